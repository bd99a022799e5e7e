"""Which part of a run found a layout, asked with what its folder keeps (see `optimise.origin`)."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.runs.session import Run
from windopt.search.origin import GIVEN, GRID, WARM_START, found_by, kind_of, trace_origin
from windopt.search.solution import FoundBy, Improvement, Origin, Solution
from windopt.stages.references import reference_layouts
from windopt.stages.warm_start import read_warm_start
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.contenders import SURE
from windopt.verification.evaluated import EvaluatedLayout

KIND = {"initial": GIVEN, "grid": GRID, WARM_START: WARM_START}
"""What a search calls the layouts that need none."""


def known_starts(run: Run, solution: Solution) -> dict[str, FloatArray]:
    """Return the starts that are answers already, as they were, each (n_turbines, 2) [m]."""
    known = {KIND[name]: layout for name, layout in reference_layouts(run, solution).items()}
    warm_start = read_warm_start(run)
    return known if warm_start is None else known | {WARM_START: warm_start}


def with_origin(run: Run, surrogate: Surrogate, solution: Solution) -> Solution:
    """Return a solution that says which part of the run found it."""
    known = known_starts(run, solution)
    return replace(solution, origin=trace_origin(run.problem, surrogate, solution, known))


def origin_of_answer(
    run: Run,
    surrogate: Surrogate,
    solution: Solution,
    best: str,
    seen: Mapping[str, EvaluatedLayout],
) -> Origin:
    """Return which part of a run found the layout that FLORIS has chosen.

    What was begun by the warm start and is not better in FLORIS for sure was found by the warm
    start.

    Parameters
    ----------
    best : str
        What the layout is called before the judge: a reference, or the warm start, is its own
        finder.
    seen : mapping of EvaluatedLayout
    """
    answer = seen[best]
    known = known_starts(run, solution)
    origin = trace_origin(run.problem, surrogate, solution, known, answer.layout)
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
    run, surrogate
    carry_on : Solution or None
        What the search carries on: its starts are no longer what they were.
    """

    def __init__(self, run: Run, surrogate: Surrogate, carry_on: Solution | None = None) -> None:
        self.run, self.surrogate, self.carry_on = run, surrogate, carry_on

    @cached_property
    def _known(self) -> dict[str, float]:
        """AEP of the starts as they were [Wh]; these few are judged when first asked for."""
        assert self.carry_on is not None
        objective = Objective.of(self.run.problem, self.surrogate)
        known = known_starts(self.run, self.carry_on)
        return {kind: objective.value(layout) for kind, layout in known.items()}

    def part(self, row: Improvement) -> FoundBy:
        """Name the part that found an improvement."""
        gained = row.gained
        if self.carry_on is not None:
            gained = row.aep / self._known.get(kind_of(row.start), math.nan) - 1.0
        return found_by(row.start, gained, self.run.learns)
