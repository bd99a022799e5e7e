"""A first layout before anything is learned: a short search on a wake formula.

Simulating and training take their time, whatever the farm. The formula that is fitted to the wake
model needs neither, and knows well enough where wakes go: its layout is in hand from the first
seconds on, and the search on the learned surrogate then begins there as well.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.search.clock import Clock, clock
from windopt.search.context import SearchTask
from windopt.search.search import Search
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement
from windopt.search.starts import Start, first_starts
from windopt.surrogate.fitted_formula import fitted_formula

WARM_START_SHARE = 0.1
"""Of the time, where that is limited: what a warm start takes at most."""
CHAINS, PATIENCE = 1, 8
"""Chains, and iterations without a gain that end it."""


def warm_start_layout(
    problem: LayoutProblem,
    seed: int = 0,
    max_seconds: float | Clock | None = None,
    executor: Executor | None = None,
    on_improvement: Callable[[Improvement, FloatArray], None] | None = None,
    settings: SearchSettings | None = None,
) -> FloatArray:
    """Search a layout on the fitted wake formula, from the given and a greedy one.

    Parameters
    ----------
    problem, seed, max_seconds, executor, on_improvement
        As of `windopt.optimise`; the AEP that improvements tell is the formula's.
    settings : SearchSettings, optional
        As of `windopt.optimise`; but for its chains and its patience.

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
    settings = settings or SearchSettings.of(problem.config)
    settings = replace(settings, chains=CHAINS, patience=PATIENCE)
    formula = fitted_formula(problem)
    if not formula.compiles:  # workers cannot share a GPU
        executor = None
    left_s = clock(max_seconds)
    search = Search(
        SearchTask(
            problem, formula, settings, seed, left_s, executor, on_improvement=on_improvement
        )
    )
    starts = first_starts(search.context, 2 + settings.grid_starts, seed, left_s)
    search.begin(starts)
    search.ascend(starts, len(starts))
    search.iterate_once()
    search.iterate(relocated=False)  # no refinement: it would follow the formula where that errs
    assert search.findings.best is not None
    return search.findings.best.layout


def start_from(layout: FloatArray) -> Start:
    """Return the layout of a warm start as a start of the search."""
    return Start("warm_start", layout, "near")
