"""A kernel learns new farms without its old data, and does not forget what it knows."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
import torch
from xarray import Dataset

from windopt.floris.dataset import read_dataset, to_dataset
from windopt.floris.simulator import FarmCase, Simulator
from windopt.pipeline import RunResult
from windopt.problem.problem import LayoutProblem
from windopt.surrogate import adaptation
from windopt.surrogate.adaptation import MAPE, adapt
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import errors_on


@pytest.fixture(scope="module")
def lessons(unrefined: LayoutProblem) -> Callable[[int], Dataset]:
    """Some layouts about the given one, each in 60 conditions, as FLORIS sees them."""

    def simulate(seed: int) -> Dataset:
        rng = np.random.default_rng(seed)
        given = unrefined.initial_layout
        assert given is not None
        ti = np.full(60, 0.075)
        cases = [
            FarmCase(
                given + rng.normal(0.0, 150.0, given.shape),
                rng.uniform(0, 360, 60),
                rng.uniform(6, 12, 60),
                ti,
                unrefined.all_types,
            )
            for _ in range(3)
        ]
        return to_dataset(cases, Simulator(unrefined).simulate(cases))

    return simulate


def errors(surrogate: Surrogate, *of: Dataset) -> list[float]:
    """Error of turbine power on each [%]."""
    return [errors_on(surrogate, farms)[MAPE] for farms in of]


def test_error_falls_on_the_new_farms_and_does_not_rise_on_others(
    lessons: Callable[[int], Dataset], small_run: RunResult, small_surrogate: Surrogate
) -> None:
    others = read_dataset(small_run.folder.dataset)
    farms = lessons(1), lessons(2), others
    pupil, members = deepcopy(small_surrogate), len(small_surrogate.members)
    known = errors(pupil, *farms)
    learned = adapt(pupil, farms[0], seed=0)
    taught, unseen, elsewhere = errors(pupil, *farms)
    assert learned == (known[0], taught)
    assert taught < 0.85 * known[0]
    assert unseen < 0.95 * known[1]  # layouts of the same site that it was not shown
    assert elsewhere < 1.1 * known[2]
    assert members
    assert not pupil.members  # they were those of another kernel
    assert pupil.wake_error >= small_surrogate.wake_error


def test_without_the_anchor_it_forgets(
    lessons: Callable[[int], Dataset],
    small_run: RunResult,
    small_surrogate: Surrogate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Farms of other wakes than it knows: held, it gives way less elsewhere."""
    others, wrong = read_dataset(small_run.folder.dataset), lessons(1)
    free = 1.0 - wrong["rotor_wind_speed"] / wrong["wind_speed"]
    wrong["rotor_wind_speed"] = wrong["wind_speed"] * (1.0 - 1.3 * free)
    held, loose = deepcopy(small_surrogate), deepcopy(small_surrogate)
    (known,) = errors(held, others)
    held.wake_error = 1e-3
    adapt(held, wrong, seed=0)
    monkeypatch.setattr(adaptation, "ANCHOR", 0.0)
    adapt(loose, wrong, seed=0)
    (kept,), (lost,) = errors(held, others), errors(loose, others)
    assert known < kept < lost
    assert held.wake_error > 1e-3  # what it gets wrong there even now


def test_the_same_seed_teaches_the_same_and_the_kernel_keeps_its_shape(
    lessons: Callable[[int], Dataset], small_surrogate: Surrogate
) -> None:
    one, other, new = deepcopy(small_surrogate), deepcopy(small_surrogate), lessons(1)
    for pupil in (one, other):
        adapt(pupil, new, seed=3)
    assert one.fingerprint == other.fingerprint != small_surrogate.fingerprint
    before, after = (s.flow.kernel.state_dict() for s in (small_surrogate, one))
    assert {k: v.shape for k, v in before.items()} == {k: v.shape for k, v in after.items()}
    assert torch.equal(before["trunk.0.weight"], after["trunk.0.weight"])
    assert not any(weight.requires_grad for weight in one.flow.kernel.parameters())
    layout = np.zeros((1, 1, 2))
    wind = [np.full(1, 270.0), np.full(1, 9.0), np.full(1, 0.07)]
    alone = [s.power(layout, *wind).item() for s in (small_surrogate, one)]
    assert alone[0] == alone[1]  # what a turbine makes on its own was never learned
