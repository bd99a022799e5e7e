"""The ensemble says how far a claimed difference in AEP may be off."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

import windopt
from windopt.errors import ConfigError
from windopt.floris.dataset import read_dataset
from windopt.pipeline import RunResult
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import make_batches, train_surrogate, training_flow
from windopt.surrogate.uncertainty import HeldOut, doubt_surrogate, farm_power, student


def test_run_leaves_members_and_says_how_sure_it_is(
    small_run: RunResult, small_surrogate: Surrogate
) -> None:
    assert len(small_surrogate.members) == 3
    assert small_surrogate.doubt > 0
    error = small_run.summary["gain_predicted_error_pct"]
    assert 0 < error < 5
    verdict = small_run.folder.read_verification()
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
    once = deepcopy(small_surrogate)
    once.wake_error = 0.0
    twice = deepcopy(once)
    twice.doubt *= 2
    _, error = once.aep_difference(1.1 * farm, farm, small.given_wind)
    assert twice.aep_difference(1.1 * farm, farm, small.given_wind)[1] == pytest.approx(2 * error)


def test_members_of_one_mind_do_not_hide_what_held_out_farms_show(
    small_surrogate: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    """Layouts of nearly the same AEP differ in each wind, and so does the error."""
    agreed = deepcopy(small_surrogate)
    agreed.doubt, agreed.wake_error = 0.0, 0.1
    turned = farm[:, ::-1]
    difference, error = agreed.aep_difference(turned, farm, small.given_wind)
    assert error > 0.1 * abs(difference)
    agreed.wake_error = 0.2
    assert agreed.aep_difference(turned, farm, small.given_wind)[1] == pytest.approx(2 * error)
    assert agreed.aep_difference(farm, farm, small.given_wind)[1] == 0


def test_few_held_out_farms_count_for_less() -> None:
    factors = [student(n) for n in (1, 2, 6, 1000)]
    assert factors == sorted(factors, reverse=True)
    assert factors[0] == pytest.approx(1.837, abs=1e-3)  # of tables of Student's t
    assert factors[-1] == pytest.approx(1.0, abs=1e-3)
    alike = [HeldOut(np.full(n, 0.01), np.zeros(n), np.full(n, 0.05)) for n in (1, 6)]
    assert alike[0].size > alike[1].size > 0.01
    assert alike[1].share_of_wake_loss == pytest.approx(20 * alike[1].size)


def test_errors_that_cancel_by_chance_are_not_taken_for_none() -> None:
    lucky = HeldOut(np.array([1e-6]), np.array([0.004]), np.array([0.05]))
    assert lucky.size > 0.004


def test_a_training_cut_short_widens_the_band_and_the_band_covers_its_error(
    small_run: RunResult, small_surrogate: Surrogate, small: LayoutProblem
) -> None:
    dataset, seed = read_dataset(small_run.folder.dataset), small.config.seed
    brief = train_surrogate(load_problem(small.config, {"train.steps": 10}), seed, dataset)
    doubt_surrogate(brief, dataset, 3, seed, share=0.1)
    verdict = small_run.folder.read_verification()
    final, given = (verdict["layouts"][name] for name in ("final", "initial"))
    pair = np.array(final["layout"]), np.array(given["layout"])
    claimed, band = brief.aep_difference(*pair, small.wind)
    assert band > 2 * small_surrogate.aep_difference(*pair, small.wind)[1]
    assert abs(claimed / 1e9 - (final["aep_gwh"] - given["aep_gwh"])) < 2 * band / 1e9
    assert brief.wake_error > 2 * small_surrogate.wake_error > 0
    loss = verdict["wake_free_aep_gwh"] - final["aep_gwh"]
    with torch.no_grad():
        predicted = float(brief.aep(pair[0][None], small.wind)[0]) / 1e9
    assert abs(predicted - final["aep_gwh"]) < 2 * brief.wake_error * loss


def test_without_members_or_a_card_that_tells_it_the_error_is_unknown(
    small_surrogate: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    alone = deepcopy(small_surrogate)
    alone.members, alone.wake_error = [], 0.0
    assert np.isnan(alone.aep_difference(farm, 1.1 * farm, small.given_wind)[1])


def test_without_members_the_error_is_the_cards_share_of_the_wake_losses_that_change(
    small_surrogate: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    shipped, both = deepcopy(small_surrogate), (farm[:, ::-1], farm, small.given_wind)
    shipped.members, shipped.wake_error = [], 0.02
    difference, error = shipped.aep_difference(*both)
    # wakes change for the better in some winds, for the worse in others
    assert error > 0.02 * abs(difference) > 0
    shipped.wake_error = 0.04
    assert shipped.aep_difference(*both)[1] == pytest.approx(2 * error)
    assert shipped.aep_difference(farm, farm, small.given_wind)[1] == 0


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
    assert back.wake_error == small_surrogate.wake_error > 0
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
    objective = Objective.of(problem, small_surrogate)
    difference, error = small_surrogate.aep_difference(
        problem.joined(1.1 * layout),
        problem.joined(layout),
        problem.wind,
        problem.all_types,
        len(problem.counted_types),
    )
    expected = objective.value(1.1 * layout) - objective.value(layout)
    assert difference == pytest.approx(expected, abs=1.0)
    assert error > 0
    assert objective.value(layout) != Objective.of(small, small_surrogate).value(layout)


def test_errors_are_taken_condition_by_condition(
    small_run: RunResult, small_surrogate: Surrogate
) -> None:
    """Nodes are sorted by how far downstream they are: their sums are of the farm's conditions."""
    dataset, flow = read_dataset(small_run.folder.dataset), training_flow(small_surrogate)
    one = dataset.isel(farm=[int(np.flatnonzero(dataset["held_out"].to_numpy())[0])])
    (batch,) = make_batches(flow, one, 1)
    power = farm_power(flow, batch, batch.truth.u, one.sizes["turbine"])
    floris = np.nansum(one["power"].to_numpy()[0], axis=1)
    assert np.ptp(floris) > 0.1 * floris.max()
    # order and sums: a batch may have its conditions in another order
    np.testing.assert_allclose(np.sort(power), np.sort(floris), rtol=2e-3)
