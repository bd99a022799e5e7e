"""A farm to look at, and a surrogate trained as a user gets it."""

from copy import deepcopy

import numpy as np
import pytest

from windopt.problem import FloatArray, LayoutProblem
from windopt.simulate import Simulator, simulate_dataset
from windopt.surrogate import Surrogate, train_surrogate


@pytest.fixture(scope="session")
def trained(borssele: LayoutProblem) -> Surrogate:
    """A surrogate of the default wake model, with the default settings."""
    dataset = simulate_dataset(borssele, Simulator(borssele), seed=0)
    return train_surrogate(borssele, 0, dataset)


@pytest.fixture(scope="session")
def double(small_surrogate: Surrogate) -> Surrogate:
    """The little surrogate in double precision, so that only its own logic makes a difference."""
    return deepcopy(small_surrogate).double()


@pytest.fixture(scope="session")
def farm() -> FloatArray:
    """Ten turbines at random, 3 to 6 D apart: (10, 2) [m]."""
    rng = np.random.default_rng(11)
    grid = 900.0 * np.stack(np.divmod(np.arange(10), 4), axis=1)
    return grid + rng.uniform(-200.0, 200.0, (10, 2))


@pytest.fixture(scope="session")
def conditions() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Wind direction, speed and turbulence intensity of 30 conditions: (30,) each."""
    rng = np.random.default_rng(12)
    return rng.uniform(0, 360, 30), rng.uniform(5, 13, 30), rng.uniform(0.05, 0.12, 30)
