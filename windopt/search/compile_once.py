"""What an installation pays once, before any search does: compiled code on its disk.

Numba keeps it in `NUMBA_CACHE_DIR` where that is set, else beside the package, else, where the
package cannot be written to, in the user's cache folder; separately for each kind of processor.
"""

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.speed_up import SpeedUp
from windopt.problem.turbine import Turbine
from windopt.search.rose_sampler import RoseSampler
from windopt.surrogate.analytic import analytic_surrogate, is_formula
from windopt.surrogate.compiled.farm import kernels_on_disk
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import untrained_surrogate
from windopt.surrogate.wake_flow import FarmPhysics
from windopt.surrogate.wake_models import farm_physics

CONDITIONS = 4
KERNELS = 2
"""Wakes are compiled for rotors of one point and for those of nine."""


def compile_all() -> None:
    """Have numba compile what searches call, whatever the problem: a made-up farm does.

    Loops for wakes that swirl (FLORIS's GCH) are left to the first run that has them.
    """
    turbine = Turbine("any", 100.0, 100.0, *np.array([[4.0, 25.0], [0.0, 1e6], [0.8, 0.1]]))
    layout = np.array([[0.0, 0.0], [500.0, 0.0]])
    grid = np.array([-1e3, 1e3])
    wind = Conditions.grid(
        np.array([270.0]), np.array([9.0]), np.full((1, 1), 0.07), np.ones((1, 1))
    )
    drawn = Conditions(*np.array([[270.0], [9.0], [0.07], [1.0]]))
    for points in (1, 3):
        physics = FarmPhysics((turbine,), 1.225, 0.0, "sosfs", rotor_points=points)
        surrogate = Surrogate(physics, "any")
        surrogate.speed_up = SpeedUp(grid, grid, np.zeros(1), np.ones((1, 2, 2)))
        farm = Farm.of_one_type(layout[None])
        surrogate.mean_power_gradient(farm, wind)
        surrogate.place_values(Farm.of_one_type(layout[None, :1]), 0, layout[1:], drawn)


def warm_up(problem: LayoutProblem) -> None:
    """Have numba compile what windopt's searches call, where its cache has not got it yet."""
    for surrogate in structures(problem):
        compile_for(problem, surrogate)


def structures(problem: LayoutProblem) -> list[Surrogate]:
    """Return a surrogate of each structure that a run searches on: each is compiled apart."""
    formula = analytic_surrogate(problem)
    return [formula] if is_formula(problem) else [formula, untrained_surrogate(problem)]


def compile_for(problem: LayoutProblem, surrogate: Surrogate) -> None:
    """Call once what a search calls of a surrogate."""
    if not surrogate.compiles:
        return
    rng = np.random.default_rng(0)
    layout, objective = random_layout(problem, rng), Objective.of(problem, surrogate)
    sampler = RoseSampler.of(objective, layout)
    for some in (sampler.draw(CONDITIONS, rng), sampler.draw_directions(CONDITIONS, rng)):
        objective.rates(layout[None], some)
        objective.rate_and_gradient(layout, some)
        objective.place_values(layout, np.arange(1, len(layout)), 0, layout[:1], some)


def is_compiled(problem: LayoutProblem) -> bool:
    """Return whether an earlier run has left all that compiled, as far as numba's cache tells."""
    if not analytic_surrogate(problem).compiles:
        return True
    if farm_physics(problem).swirl is not None:
        return kernels_on_disk() > 0 and kernels_on_disk(swirl=True) > 0
    return kernels_on_disk() >= (1 if is_formula(problem) else KERNELS)


def all_is_compiled() -> bool:
    """Return whether that holds for any problem whose wakes do not swirl."""
    return kernels_on_disk() >= KERNELS
