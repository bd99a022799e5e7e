"""Which part of a run found its answer: learning, a wake formula, a regular grid, or the user.

A search begins at several layouts, and three of them might have been the answer without it: the
given one, the regular grid, and the warm start on a wake formula. So the answer is held
against the start that it grew from: only what exceeds that start was found by the search.
"""

import math
from collections.abc import Mapping

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.search.accept import ThresholdAcceptance
from windopt.search.settings import SearchSettings
from windopt.search.solution import FoundBy, Origin, Solution
from windopt.surrogate.analytic import is_formula

WARM_START, GIVEN, GRID = "warm_start", "given", "grid"
"""Kinds of starts that are answers already; "grid-1" is one of the last."""
ROWS = "rows"
"""The start of a layout whose regularity was weighed: it grew from free ones and lattices."""
SAME_M = 1e-3
"""Two layouts are one up to this distance of their turbines [m]."""


def found_by(start: str, gained: float, learned: bool) -> FoundBy:
    """Name the part of a run that found a layout.

    Parameters
    ----------
    start : str
        Name of the start that it grew from.
    gained : float
        What it has above that start as it was [share of predicted AEP]; nan where nobody knows.
    learned : bool
        Whether the search ran on a learned surrogate, not on a formula.
    """
    kind, unchanged = kind_of(start), gained <= ThresholdAcceptance.negligible
    if unchanged and kind == GIVEN:
        return "given"
    if unchanged and kind == GRID:
        return "grid"
    if not learned:
        return "formula_search"
    if kind == WARM_START:
        return "formula" if unchanged else "formula_then_learning"
    return "learning"


def kind_of(start: str) -> str:
    """Return what a start is, without its number."""
    return start.partition("-")[0]


def trace_origin(
    objective: Objective,
    solution: Solution,
    known: Mapping[str, FloatArray],
    layout: FloatArray | None = None,
) -> Origin:
    """Return where an answer comes from, and what its search has added, all by one objective.

    Parameters
    ----------
    objective : Objective
        Of the search.
    solution : Solution
        Which start led is told by what it says of its starts.
    known : mapping of str to (n_turbines, 2) [m]
        `WARM_START`, `GIVEN` and `GRID` as they were, those that there are: the gain is told over
        the given layout, else over the grid.
    layout : (n_turbines, 2) [m], optional
        The answer, where it is another than the solution's.
    """
    problem, answer = objective.problem, solution.layout if layout is None else layout
    start = _led(problem, solution, answer, known)
    aep = objective.value(answer)
    above = {name: aep / objective.value(one) - 1.0 for name, one in known.items()}
    kind = kind_of(start)
    gained = 0.0 if _named(answer, known) == kind else above.get(kind, math.nan)
    gain = above.get(GIVEN, above.get(GRID))
    warm_started = None
    if gain is not None and WARM_START in above:
        warm_started = 100.0 * ((1.0 + gain) / (1.0 + above[WARM_START]) - 1.0)
    return Origin(
        found_by=found_by(start, gained, not is_formula(problem)),
        start=start,
        added_pct=None if math.isnan(gained) else 100.0 * gained,
        gain_pct=None if gain is None else 100.0 * gain,
        warm_start_gain_pct=warm_started,
    )


def _led(
    problem: LayoutProblem,
    solution: Solution,
    answer: FloatArray,
    known: Mapping[str, FloatArray],
) -> str:
    """Name the start that an answer grew from."""
    settings = SearchSettings.of(problem.config)
    if (
        settings.pattern == "free" and settings.regularity[0] > 0
    ):  # its AEP tells nothing of where it began
        return _named(answer, known) or ROWS
    return max(solution.starts, key=lambda start: start.aep_best).name


def _named(answer: FloatArray, known: Mapping[str, FloatArray]) -> str | None:
    """Name the known layout that an answer is, whatever the order of its turbines."""
    for kind, layout in known.items():
        apart = np.hypot(*(answer[:, None] - layout).T) if layout.shape == answer.shape else None
        if apart is not None and max(apart.min(0).max(), apart.min(1).max()) < SAME_M:
            return kind
    return None
