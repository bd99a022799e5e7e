"""Which part of a run found a layout, by what is known of its starts (see `search.origin`)."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.search.origin import GIVEN, GRID, WARM_START, found_by, kind_of, trace_origin
from windopt.search.solution import FoundBy, Improvement, Origin, Solution
from windopt.stages.references import reference_layouts
from windopt.verification.contenders import SURE
from windopt.verification.evaluated import EvaluatedLayout

KIND = {"initial": GIVEN, "grid": GRID, WARM_START: WARM_START}
"""What a search calls the layouts that need none."""


def known_starts(
    problem: LayoutProblem, solution: Solution, seed: int, warm_start: FloatArray | None
) -> dict[str, FloatArray]:
    """Return the starts that are answers already, as they were, each (n_turbines, 2) [m].

    Parameters
    ----------
    solution, seed
        As of `reference_layouts`.
    warm_start : (n_turbines, 2) [m] or None
    """
    references = reference_layouts(problem, solution, seed)
    known = {KIND[name]: layout for name, layout in references.items()}
    return known if warm_start is None else known | {WARM_START: warm_start}


def with_origin(
    objective: Objective, solution: Solution, known: Mapping[str, FloatArray]
) -> Solution:
    """Return a solution that says which part of the run found it; `known` as of `known_starts`."""
    return replace(solution, origin=trace_origin(objective, solution, known))


def origin_of_answer(
    objective: Objective,
    solution: Solution,
    best: str,
    seen: Mapping[str, EvaluatedLayout],
    known: Mapping[str, FloatArray],
) -> Origin:
    """Return which part of a run found the layout that FLORIS has chosen.

    What was begun by the warm start and is not better in FLORIS for sure was found by the warm
    start.

    Parameters
    ----------
    best : str
        Its name among those that FLORIS has seen. A reference, and the warm start, are their own
        finders.
    seen : mapping of EvaluatedLayout
    known : mapping of (n_turbines, 2) [m]
        As of `known_starts`.
    """
    answer = seen[best]
    origin = trace_origin(objective, solution, known, answer.layout)
    if best in KIND:
        own: dict[str, FoundBy] = {"initial": "given", "grid": "grid", WARM_START: "formula"}
        return replace(origin, found_by=own[best], start=KIND[best], added_pct=0.0)
    warm_start = seen.get(WARM_START)
    if warm_start is None:
        return origin
    lead, error = answer.value - warm_start.value, answer.lead_error(warm_start)
    if origin.found_by == "formula_then_learning" and lead <= SURE * error:
        origin = replace(origin, found_by="formula")
    per_cent = 100.0 / abs(warm_start.value)
    return replace(
        origin, over_warm_start_pct=per_cent * lead, over_warm_start_error_pct=per_cent * error
    )


class Parts:
    """Names the part of a run that found each improvement of a search.

    Parameters
    ----------
    objective : Objective
        Of the search.
    learned : bool
        Whether the search runs on a learned surrogate.
    seed : int
        Of the run.
    warm_start : (n_turbines, 2) [m] or None
    carry_on : Solution or None
        What the search carries on: its starts are no longer what they were.
    """

    def __init__(
        self,
        objective: Objective,
        learned: bool,
        seed: int,
        warm_start: FloatArray | None,
        carry_on: Solution | None = None,
    ) -> None:
        self.objective, self.learned = objective, learned
        self.seed, self.warm_start, self.carry_on = seed, warm_start, carry_on

    @cached_property
    def _known(self) -> dict[str, float]:
        """Value of the starts as they were; these few are judged when first asked for."""
        assert self.carry_on is not None
        objective = self.objective
        known = known_starts(objective.problem, self.carry_on, self.seed, self.warm_start)
        return {kind: objective.value(layout) for kind, layout in known.items()}

    def part(self, row: Improvement) -> FoundBy:
        """Name the part that found an improvement."""
        gained = row.gained
        if self.carry_on is not None:
            gained = row.aep / self._known.get(kind_of(row.start), math.nan) - 1.0
        return found_by(row.start, gained, self.learned)
