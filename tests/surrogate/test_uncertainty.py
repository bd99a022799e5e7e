"""The ensemble says how far a claimed difference in AEP may be off."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

import windopt
from windopt.errors import ConfigError
from windopt.optimise.objective import Objective
from windopt.pipeline import RunResult
from windopt.problem import FloatArray, LayoutProblem, load_problem
from windopt.simulate import read_dataset
from windopt.surrogate import Surrogate, doubt_surrogate, load_surrogate


def test_run_leaves_members_and_says_how_sure_it_is(
    small_run: RunResult, small_surrogate: Surrogate
) -> None:
    assert len(small_surrogate.members) == 3
    assert small_surrogate.doubt > 0
    error = small_run.summary["gain_predicted_error_pct"]
    assert 0 < error < 5
    verdict = small_run.folder.read_verdict()
    one = verdict["layouts"]
    claimed = one["final"]["aep_predicted_gwh"] - one["initial"]["aep_predicted_gwh"]
    assert verdict["claimed_gain_gwh"] == pytest.approx(claimed, rel=1e-6)


def test_difference_is_that_of_the_aeps_and_grows_with_the_change(
    small_surrogate: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    rng = np.random.default_rng(0)
    near, far = (farm + rng.normal(0.0, step, farm.shape) for step in (2.0, 400.0))
    errors = []
    for other in (farm, near, far):
        difference, error = small_surrogate.aep_difference(other, farm, small.given_wind)
        with torch.no_grad():
            aep = small_surrogate.aep(np.stack([other, farm]), small.given_wind)
        assert difference == pytest.approx(float(aep[0] - aep[1]), abs=1.0)
        errors.append(error)
    assert errors[0] == 0
    assert 0 < 5 * errors[1] < errors[2]


def test_error_is_scaled_by_the_doubt(
    small_surrogate: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    twice = deepcopy(small_surrogate)
    twice.doubt *= 2
    _, error = small_surrogate.aep_difference(1.1 * farm, farm, small.given_wind)
    assert twice.aep_difference(1.1 * farm, farm, small.given_wind)[1] == pytest.approx(2 * error)


def test_without_members_the_error_is_unknown(
    small_surrogate: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    alone = deepcopy(small_surrogate)
    alone.members = []
    assert np.isnan(alone.aep_difference(farm, 1.1 * farm, small.given_wind)[1])


def test_members_differ_and_leave_the_surrogate_as_it_was(
    small_run: RunResult, small_surrogate: Surrogate
) -> None:
    dataset = read_dataset(small_run.folder.dataset)
    pupil, state = deepcopy(small_surrogate), torch.get_rng_state()
    doubt_surrogate(pupil, dataset, 2, seed=5)
    assert torch.equal(torch.get_rng_state(), state)
    own = pupil.flow.kernel.state_dict()
    for name, weight in small_surrogate.flow.kernel.state_dict().items():
        assert torch.equal(weight, own[name])
    first, second = (member["offset"] for member in pupil.members)
    assert not torch.equal(first, second)
    again = deepcopy(small_surrogate)
    doubt_surrogate(again, dataset, 2, seed=5)
    assert again.doubt == pupil.doubt
    assert torch.equal(again.members[0]["offset"], first)


def test_members_are_saved(
    small_run: RunResult, small: LayoutProblem, farm: FloatArray, small_surrogate: Surrogate
) -> None:
    back = load_surrogate(small_run.folder.surrogate, small)
    assert back.doubt == small_surrogate.doubt
    for one, other in zip(back.members, small_surrogate.members, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in other)
    assert windopt.load_surrogate(small_run.folder.surrogate).members


def test_a_number_of_members_that_makes_no_sense_is_refused(small: LayoutProblem) -> None:
    with pytest.raises(ConfigError, match=r"train\.members"):
        load_problem(small.config, {"train.members": -1})


@pytest.mark.parametrize("counted", [False, True])
def test_difference_beside_fixed_turbines_is_the_objectives(
    small_surrogate: Surrogate, small: LayoutProblem, counted: bool
) -> None:
    layout = small.initial_layout
    assert layout is not None
    problem = replace(
        small,
        fixed_layout=np.array([[-600.0, 200.0], [-600.0, 900.0]]),
        fixed_types=np.zeros(2, dtype=np.intp),
        fixed_counted=counted,
    )
    objective = Objective(problem, small_surrogate)
    difference, error = small_surrogate.aep_difference(
        problem.joined(1.1 * layout),
        problem.joined(layout),
        problem.wind,
        problem.all_types,
        len(problem.counted_types),
    )
    expected = objective.aep(1.1 * layout) - objective.aep(layout)
    assert difference == pytest.approx(expected, abs=1.0)
    assert error > 0
    assert objective.aep(layout) != Objective(small, small_surrogate).aep(layout)
