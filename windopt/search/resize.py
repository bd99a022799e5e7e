"""One turbine more, one turbine less: a good layout of N makes a good start for N + 1 and N - 1.

The turbine that goes is the one whose removal costs the farm least, its own power less what its
wake took from the others; the one that comes takes the best of hundreds of places (`moves`). Then
the others make room, in a short climb and a few exchanges.
"""

import time
from contextlib import suppress
from dataclasses import replace

import numpy as np

from windopt.errors import InfeasibleError
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.random_layout import random_layout
from windopt.search.ascent import Climb, ClimbSettings, advance
from windopt.search.grids import random_grid
from windopt.search.hops import Chain, hop
from windopt.search.moves import draw_sample, draw_some, greedy_layout, insert
from windopt.search.rose_sampler import RoseSampler
from windopt.search.solution import SizedLayout

STEPS, STEPS_D = 60, (0.3, 0.01)
"""Steps of the climb in which a farm settles; the first and the last of them [D]."""
HOPS = 1
"""Exchanges after it."""
COMPARED, TRIES, GRIDS = 500, 3, 60
"""Conditions in which removals are compared; looks for a free place; regular grids tried on a site
that is too full for other layouts."""


def without_one(
    objective: Objective, layout: FloatArray, sampler: RoseSampler, rng: np.random.Generator
) -> FloatArray:
    """Remove the turbine that the farm misses least: (n, 2) -> (n - 1, 2) [m]."""
    smaller = _of_size(objective, len(layout) - 1)
    conditions = draw_some(smaller, sampler, COMPARED, rng)
    layouts = np.stack([np.delete(layout, i, axis=0) for i in range(len(layout))])
    remaining: FloatArray = layouts[np.argmax(smaller.rates(layouts, conditions))]
    return remaining


def with_one_more(
    objective: Objective, layout: FloatArray, sampler: RoseSampler, rng: np.random.Generator
) -> FloatArray | None:
    """Add a turbine at the best place: (n, 2) -> (n + 1, 2) [m]; None where none is free."""
    n = len(layout)
    larger = _of_size(objective, n + 1)
    for _ in range(TRIES):
        sample = draw_sample(larger, sampler, rng)
        room = np.vstack([layout, layout[-1:]])
        placed = insert(larger, room, np.arange(n), n, sample, rng, layout[-1:])
        if placed is not None:
            return placed
    return None


def resize(
    objective: Objective,
    sampler: RoseSampler,
    layout: FloatArray,
    seed: int,
    seconds: float = float("inf"),
) -> SizedLayout | None:
    """Bring a layout to the objective's number of turbines and settle it (runs inside a worker).

    Parameters
    ----------
    objective : Objective
    sampler : RoseSampler
    layout : (m, 2) [m]
        Feasible, of any number of turbines.
    seed : int
    seconds : float [s]
        Time for settling.

    Returns
    -------
    SizedLayout or None
        Feasible; None where a further turbine finds no place.
    """
    wanted = objective.problem.n_turbines
    rng = np.random.default_rng((seed, len(layout), wanted))
    while len(layout) > wanted:
        layout = without_one(objective, layout, sampler, rng)
    while len(layout) < wanted:
        larger = with_one_more(objective, layout, sampler, rng)
        if larger is None:
            return None
        layout = larger
    return _settled(objective, sampler, layout, rng, seconds)


def grow(objective: Objective, sampler: RoseSampler, seed: int, seconds: float) -> SizedLayout:
    """Make a layout from nothing and settle it (runs inside a worker).

    Raises
    ------
    InfeasibleError
        When no layout of so many turbines was found.
    """
    problem, rng = objective.problem, np.random.default_rng((seed, objective.problem.n_turbines))
    layout = greedy_layout(objective, draw_sample(objective, sampler, rng), rng)
    if layout is None:
        grids = (random_grid(rng).layout(problem) for _ in range(GRIDS))
        layout = next((grid for grid in grids if grid is not None), None)
    if layout is None:
        layout = random_layout(problem, rng)
    return _settled(objective, sampler, layout, rng, seconds)


def _settled(
    objective: Objective,
    sampler: RoseSampler,
    layout: FloatArray,
    rng: np.random.Generator,
    seconds: float,
) -> SizedLayout:
    """Let the turbines make room; where the site is too full for it they stay as they are."""
    deadline = time.perf_counter() + seconds
    best = SizedLayout(layout, objective.value(layout))
    settings = ClimbSettings(STEPS, seconds, *STEPS_D)
    with suppress(InfeasibleError):
        climb = Climb.start("", layout, settings, int(rng.integers(2**31)))
        point = advance(objective, sampler, climb, STEPS)
        if point.aep > best.aep:
            best = SizedLayout(point.layout, point.aep)
        # the first hop of a chain would be a sweep of the whole farm
        chain = replace(Chain.start(0, "", best.layout, best.aep), hops=1)
        for _ in range(HOPS):
            if (left := deadline - time.perf_counter()) > 0:
                chain = hop(objective, sampler, chain, (), int(rng.integers(2**31)), left)
        best = SizedLayout(chain.best, chain.best_aep)
    return best


def _of_size(objective: Objective, n: int) -> Objective:
    return replace(objective, problem=objective.problem.with_n_turbines(n))
