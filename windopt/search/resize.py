"""One turbine more, one turbine less: a good layout of N makes a good start for N + 1 and N - 1.

The turbine that goes is the one whose removal costs the farm least, its own power less what its
wake took from the others; the one that comes is inserted at the best of hundreds of places
(`destroy_repair`). Then the others make room, in a short ascent and a few iterations.
"""

from contextlib import suppress
from dataclasses import replace

import numpy as np

from windopt.errors import InfeasibleError
from windopt.problem.layout import FloatArray
from windopt.problem.random_layout import random_layout
from windopt.search.ascent import Ascent, advance
from windopt.search.chain import Chain
from windopt.search.clock import Clock, clock
from windopt.search.context import SearchContext
from windopt.search.destroy_repair import draw_sample, greedy_layout, insert
from windopt.search.grids import random_grid
from windopt.search.iterate import iterate
from windopt.search.solution import SizedLayout


def without_one(context: SearchContext, layout: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Remove the turbine that the farm misses least: (n, 2) -> (n - 1, 2) [m]."""
    smaller = _of_size(context, len(layout) - 1)
    conditions = smaller.draw(context.settings.sizing.compared, rng)
    layouts = np.stack([np.delete(layout, i, axis=0) for i in range(len(layout))])
    remaining: FloatArray = layouts[np.argmax(smaller.objective.rates(layouts, conditions))]
    return remaining


def with_one_more(
    context: SearchContext, layout: FloatArray, rng: np.random.Generator
) -> FloatArray | None:
    """Add a turbine at the best place: (n, 2) -> (n + 1, 2) [m]; None where none is free."""
    n = len(layout)
    larger = _of_size(context, n + 1)
    for _ in range(context.settings.sizing.tries):
        sample = draw_sample(larger, rng)
        room = np.vstack([layout, layout[-1:]])
        placed = insert(larger, room, np.arange(n), n, sample, rng, layout[-1:])
        if placed is not None:
            return placed
    return None


def resize(
    context: SearchContext,
    layout: FloatArray,
    seed: int,
    seconds: float = float("inf"),
) -> SizedLayout | None:
    """Bring a layout to the problem's number of turbines and settle it (runs inside a worker).

    Parameters
    ----------
    context : SearchContext
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
    wanted = context.problem.n_turbines
    rng = np.random.default_rng((seed, len(layout), wanted))
    while len(layout) > wanted:
        layout = without_one(context, layout, rng)
    while len(layout) < wanted:
        larger = with_one_more(context, layout, rng)
        if larger is None:
            return None
        layout = larger
    return _settled(context, layout, rng, clock(seconds))


def grow(context: SearchContext, seed: int, seconds: float) -> SizedLayout:
    """Make a layout from nothing and settle it (runs inside a worker).

    Raises
    ------
    InfeasibleError
        When no layout of so many turbines was found.
    """
    problem, rng = context.problem, np.random.default_rng((seed, context.problem.n_turbines))
    layout = greedy_layout(context, draw_sample(context, rng), rng)
    if layout is None:
        grids = (random_grid(rng).layout(problem) for _ in range(context.settings.sizing.grids))
        layout = next((grid for grid in grids if grid is not None), None)
    if layout is None:
        layout = random_layout(problem, rng)
    return _settled(context, layout, rng, clock(seconds))


def _settled(
    context: SearchContext, layout: FloatArray, rng: np.random.Generator, left_s: Clock
) -> SizedLayout:
    """Let the turbines make room; where the site is too full for it they stay as they are."""
    objective, settings = context.objective, context.settings.sizing
    best = SizedLayout(layout, objective.value(layout))
    how = replace(settings.ascent, seconds=left_s())
    with suppress(InfeasibleError):
        ascent = Ascent.start("", layout, how, int(rng.integers(2**31)))
        point = advance(context, ascent, how.steps)
        if point.aep > best.aep:
            best = SizedLayout(point.layout, point.aep)
        # an iteration draws by its number: with another one other layouts would be found
        chain = replace(Chain.start(0, "", best.layout, best.aep), iterations=1)
        for _ in range(settings.iterations):
            if left_s() > 0:
                chain = iterate(context, chain, (), int(rng.integers(2**31)), left_s())
        best = SizedLayout(chain.best, chain.best_aep)
    return best


def _of_size(context: SearchContext, n: int) -> SearchContext:
    objective = context.objective
    resized = replace(objective, problem=objective.problem.with_n_turbines(n))
    return replace(context, objective=resized)
