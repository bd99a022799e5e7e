"""A search as it goes on: its improvements kept, its state there for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from windopt.ledger.ledger import Ledger
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY, Measure
from windopt.problem.problem import LayoutProblem
from windopt.problem.violations import breaks_rules
from windopt.runs.history import History, Value
from windopt.search.solution import FoundBy, Improvement

REFERENCES = {"given": "initial", "grid-1": "grid"}
"""The starts that a result is held against, as `verification.json` calls them."""


@dataclass(frozen=True)
class SearchState:
    """How a search stands.

    Attributes
    ----------
    aep_gwh : float
        The best so far, predicted by the surrogate.
    start : str
        Where that layout came from.
    feasible : bool
    gain_pct : float or None
        Over the reference, predicted as well, of what is maximised; None without one.
    reference : {"initial", "grid", ""}
    energy_wh : float or None
        Spent since the run began, central estimate; None where it is not measured.
    left_s : float or None
        Time that the budget leaves the search; None without a budget.
    n_turbines : int or None
        Of the best so far, where the number is free.
    value : float or None
        Of the best so far, predicted, by what is maximised, as files have it.
    measure : Measure
        What is maximised.
    repaired : bool
        Whether the given layout broke a rule, so that `initial` is what repair has made of it.
    problem : LayoutProblem or None
    layout : (n_turbines, 2) or None [m]
        The best so far.
    """

    aep_gwh: float
    start: str
    feasible: bool
    gain_pct: float | None
    reference: str
    energy_wh: float | None
    left_s: float | None
    n_turbines: int | None = None
    value: float | None = None
    measure: Measure = ENERGY
    repaired: bool = False
    problem: LayoutProblem | None = None
    layout: FloatArray | None = None


class SearchWatch:
    """Keeps the improvements of a search, and tells how it stands to whoever asks.

    Parameters
    ----------
    problem, ledger, history
        Of the run; without a history the improvements are shown and not kept.
    left_s : callable or None
        Tells what the budget leaves the search [s].
    reference : (str, float) or None
        Kind of the layout that the best is held against, and its predicted value [unit of the
        measure]; None takes the first start, where that is the given layout or the best regular
        grid.
    measure : Measure
        What is maximised.
    """

    def __init__(
        self,
        problem: LayoutProblem,
        ledger: Ledger,
        history: History | None,
        left_s: Callable[[], float] | None,
        reference: tuple[str, float] | None = None,
        measure: Measure = ENERGY,
    ) -> None:
        self.problem, self.ledger, self.history = problem, ledger, history
        self.measure = measure
        self.left_s, self.reference = left_s, reference
        given = problem.initial_layout
        self._repaired = given is not None and breaks_rules(problem, given)
        self._best: tuple[Improvement, float, bool, FloatArray] | None = None

    def improved(
        self,
        row: Improvement,
        layout: FloatArray,
        found_by: FoundBy,
        value: float | None = None,
    ) -> None:
        """Keep a layout (n_turbines, 2) [m], the best so far.

        Parameters
        ----------
        row : Improvement
            With its AEP.
        layout : (n_turbines, 2) [m]
        found_by : FoundBy
        value : float, optional [unit of the measure]
            By default its AEP.
        """
        value = row.aep if value is None else value
        if self._best is None and self.reference is None and row.start in REFERENCES:
            self.reference = REFERENCES[row.start], value
        feasible = check_feasibility(self.problem, layout).feasible
        self._best = row, value, feasible, np.array(layout)
        if self.history is None:
            return
        self.history.add(
            self.ledger.totals(),
            row.start,
            row.aep / 1e9,
            found_by,
            feasible=feasible,
            layout=layout,
            value=Value(self.measure, value),
        )

    def look(self) -> SearchState | None:
        """Return how the search stands, None before its first layout. Takes a few ms."""
        if self._best is None:
            return None
        row, value, feasible, layout = self._best
        kind, before = self.reference or ("", None)
        return SearchState(
            aep_gwh=row.aep / 1e9,
            start=row.start,
            feasible=feasible,
            gain_pct=None if before is None else 100.0 * (value / before - 1.0),
            reference=kind,
            energy_wh=self.ledger.totals().energy_wh["central"],
            left_s=None if self.left_s is None else max(0.0, self.left_s()),
            n_turbines=None if self.problem.turbine_range is None else self.problem.n_turbines,
            value=value / self.measure.per,
            measure=self.measure,
            repaired=self._repaired,
            problem=self.problem,
            layout=layout,
        )
