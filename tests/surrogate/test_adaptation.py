"""A kernel learns new farms without its old data, and does not forget what it knows."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
from xarray import Dataset

from windopt.floris.dataset import read_dataset, to_dataset
from windopt.floris.simulator import FarmCase, Simulator
from windopt.pipeline import RunResult
from windopt.problem.problem import LayoutProblem
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


def test_error_falls_on_the_new_farms_and_does_not_rise_on_others(
    lessons: Callable[[int], Dataset], small_run: RunResult, small_surrogate: Surrogate
) -> None:
    others = read_dataset(small_run.folder.dataset)
    new, unseen = lessons(1), lessons(2)
    pupil = deepcopy(small_surrogate)
    known = {
        name: errors_on(pupil, farms)[MAPE] for name, farms in zip("nuo", (new, unseen, others))
    }
    learned = adapt(pupil, new, seed=0)
    now = {name: errors_on(pupil, farms)[MAPE] for name, farms in zip("nuo", (new, unseen, others))}
    assert learned == (known["n"], now["n"])
    assert now["n"] < 0.85 * known["n"]
    assert now["u"] < 0.95 * known["u"]
    assert now["o"] < 1.1 * known["o"]
