"""A first layout before anything is learned: a short search on a wake formula.

Simulating and training take their time, whatever the farm. A formula needs neither, and knows well
enough where wakes go: its layout is in hand from the first seconds on, and the search on the
learned surrogate then begins there as well.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.search.clock import Clock
from windopt.search.search import Search, ignore_progress
from windopt.search.solution import Improvement
from windopt.search.starts import GRIDS, NEAR_D, Start, first_starts
from windopt.surrogate.analytic import analytic_surrogate

WARM_START_SHARE = 0.1
"""Of the time, where that is limited: what a warm start takes at most."""
CHAINS, PATIENCE = 1, 8
"""Layouts that turbines are exchanged in, and exchanges without a gain that end it."""


def warm_start_layout(
    problem: LayoutProblem,
    seed: int = 0,
    max_seconds: float | Clock | None = None,
    executor: Executor | None = None,
    on_improvement: Callable[[Improvement, FloatArray], None] | None = None,
) -> FloatArray:
    """Search a layout on IEA Wind Task 37's wake formula, from the given and a greedy one.

    Parameters
    ----------
    problem, seed, max_seconds, executor, on_improvement
        As of `windopt.optimise`; the AEP that improvements tell is the formula's.

    Returns
    -------
    layout : (n_turbines, 2) [m]
        Feasible; for the search on the problem's own wakes to `start_from`.

    Raises
    ------
    InfeasibleError
        When no feasible start can be made.
    KeyboardInterrupt
        When it is interrupted: a warm start alone is no answer.
    """
    little = {"chains": CHAINS, "patience": PATIENCE}
    config = problem.config
    quick = config.model_copy(update={"optimise": config.optimise.model_copy(update=little)})
    problem, formula = replace(problem, config=quick), analytic_surrogate(problem)
    if not formula.compiles:  # workers cannot share a GPU
        executor = None
    search = Search(problem, formula, seed, max_seconds, executor, on_improvement, ignore_progress)
    starts = first_starts(search.objective, search.sampler, 2 + GRIDS, seed, search.clock)
    search.begin(starts)
    search.climb(starts, len(starts))
    search.hop_once()
    search.hop_on(swept=False)  # no polish: it would only follow the formula where that errs
    assert search.findings.best is not None
    return search.findings.best.layout


def start_from(layout: FloatArray) -> Start:
    """Return a sketched layout as a start of the search."""
    return Start("warm_start", layout, NEAR_D)
