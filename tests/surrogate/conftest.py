"""Farms to look at, surrogates trained as a user gets them, and some that nobody has trained."""

import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.source import surrogate_for
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.swirl import Swirl
from windopt.surrogate.tables import BranchTable, TurbulenceAxis
from windopt.surrogate.wake_flow import FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape

MadeUp = Callable[..., Surrogate]
SWIRL = Swirl(0.5, 0.08, 0.4, 0.004, ad=-4.0, bd=-0.01, dm=1.1)


@pytest.fixture(scope="session")
def trained(borssele: LayoutProblem, made_once: Callable[..., Path]) -> Surrogate:
    """The surrogate that a run of the default wake model starts with."""

    def take(path: Path) -> None:
        surrogate_for(borssele, int(os.environ.get("WINDOPT_FIXTURE_SEED", "0"))).save(path)

    return load_surrogate(made_once("trained", take), borssele)


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


@pytest.fixture(scope="session")
def made_up(mixed: LayoutProblem) -> MadeUp:
    """Make a surrogate of any structure, with random weights, all in double precision.

    Farms of two types have them by turns: 198 m across at 119 m, and 130 m at 110 m.
    """

    def make(
        superposition: str = "sosfs",
        mirror: bool = False,
        mixing: bool = False,
        shear: float = 0.0,
        two_types: bool = False,
        n_turbines: int = 12,
        seed: int = 1,
        cumulative: bool = False,
        mixing_gain: float = 0.0,
        turbulent: bool = True,
        cut: float = 0.0,
        tables: bool = True,
        swirls: bool = False,
        **shape: Any,
    ) -> Surrogate:
        turbines = mixed.turbines if two_types else mixed.turbines[:1]
        physics = FarmPhysics(
            turbines,
            1.1,
            shear,
            superposition,
            mirror,
            mixing,
            cumulative=cumulative,
            turbulent=turbulent,
            mixing_gain=mixing_gain,
            cut=cut,
            swirl=SWIRL if swirls else None,
        )
        torch.set_default_dtype(torch.float64)
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                surrogate = Surrogate(
                    physics,
                    "made up",
                    KernelShape(mixing=mixing, **shape),
                    types=np.arange(n_turbines) % 2,
                )
        finally:
            torch.set_default_dtype(torch.float32)
        kernel = surrogate.flow.kernel
        kernel.trunk[-1].weight *= 2.0  # wakes that differ from place to place
        if tables:  # as the compiled loops have it
            kernel.branch = BranchTable.of(kernel.branch, TurbulenceAxis.of(mixing), kernel.knots)
            kernel.turbulence_branch = BranchTable.of(
                kernel.turbulence_branch, TurbulenceAxis.of(False), kernel.knots
            )
        return surrogate

    return make
