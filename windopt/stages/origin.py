"""Which part of a run found a layout, asked with what its folder keeps (see `optimise.origin`)."""

import math
from dataclasses import replace
from functools import cached_property

from windopt.optimise import Improvement, Origin, Solution
from windopt.optimise.objective import Objective
from windopt.optimise.origin import GIVEN, GRID, SKETCH, found_by, kind_of, trace_origin
from windopt.optimise.solution import FoundBy
from windopt.problem import FloatArray
from windopt.stages.references import reference_layouts
from windopt.stages.run import Run
from windopt.stages.sketch import read_sketch
from windopt.surrogate import Surrogate

KIND = {"initial": GIVEN, "grid": GRID}
"""What a search calls the references."""


def known_starts(run: Run, solution: Solution) -> dict[str, FloatArray]:
    """Give the starts that are answers already, as they were, each (n_turbines, 2) [m]."""
    known = {KIND[name]: layout for name, layout in reference_layouts(run, solution).items()}
    sketch = read_sketch(run)
    return known if sketch is None else known | {SKETCH: sketch}


def with_origin(run: Run, surrogate: Surrogate, solution: Solution) -> Solution:
    """Give a solution that says which part of the run found it."""
    known = known_starts(run, solution)
    return replace(solution, origin=trace_origin(run.problem, surrogate, solution, known))


def origin_of_answer(
    run: Run, surrogate: Surrogate, solution: Solution, best: str, layout: FloatArray
) -> Origin:
    """Tell which part of a run found the layout that FLORIS has chosen.

    Parameters
    ----------
    best : str
        What the layout is called before the judge: a reference is its own finder.
    layout : (n_turbines, 2) [m]
    """
    origin = trace_origin(run.problem, surrogate, solution, known_starts(run, solution), layout)
    if best in KIND:
        part: FoundBy = "given" if best == "initial" else "grid"
        return replace(origin, found_by=part, start=KIND[best], added_pct=0.0)
    return origin


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
        objective = Objective(self.run.problem, self.surrogate)
        known = known_starts(self.run, self.carry_on)
        return {kind: objective.aep(layout) for kind, layout in known.items()}

    def part(self, row: Improvement) -> FoundBy:
        """Name the part that found an improvement."""
        gained = row.gained
        if self.carry_on is not None:
            gained = row.aep / self._known.get(kind_of(row.start), math.nan) - 1.0
        return found_by(row.start, gained, self.run.learns)
