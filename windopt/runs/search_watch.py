"""A search as it goes on: its improvements kept, its state there for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass

from windopt.ledger.ledger import Ledger
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.violations import breaks_rules
from windopt.runs.history import History
from windopt.search.solution import FoundBy, Improvement

REFERENCES = {"given": "initial", "grid-1": "grid"}
"""The starts that a result is held against, as the verdict calls them."""


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
    revenue : float or None
        Of the best so far, predicted, where it is maximised [currency].
    repaired : bool
        Whether the given layout broke a rule, so that `initial` is what repair has made of it.
    """

    aep_gwh: float
    start: str
    feasible: bool
    gain_pct: float | None
    reference: str
    energy_wh: float | None
    left_s: float | None
    n_turbines: int | None = None
    revenue: float | None = None
    repaired: bool = False


class SearchWatch:
    """Keeps the improvements of a search, and tells how it stands to whoever asks.

    Parameters
    ----------
    problem, ledger, history
        Of the run.
    left_s : callable or None
        Tells what the budget leaves the search [s].
    reference : (str, float [Wh or currency]) or None
        Kind of the layout that the best is held against, and its predicted AEP, or its revenue
        where that is maximised; None takes the first start, where that is the given layout or the
        best regular grid.
    """

    def __init__(
        self,
        problem: LayoutProblem,
        ledger: Ledger,
        history: History,
        left_s: Callable[[], float] | None,
        reference: tuple[str, float] | None = None,
    ) -> None:
        self.problem, self.ledger, self.history = problem, ledger, history
        self.left_s, self.reference = left_s, reference
        given = problem.initial_layout
        self._repaired = given is not None and breaks_rules(problem, given)
        self._best: tuple[Improvement, float | None, bool] | None = None

    def improved(
        self,
        row: Improvement,
        layout: FloatArray,
        found_by: FoundBy,
        revenue: float | None = None,
    ) -> None:
        """Keep a layout (n_turbines, 2) [m], the best so far, with its revenue if that counts."""
        if self._best is None and self.reference is None and row.start in REFERENCES:
            self.reference = REFERENCES[row.start], row.aep if revenue is None else revenue
        feasible = check_feasibility(self.problem, layout).feasible
        self._best = row, revenue, feasible
        self.history.add(
            self.ledger.totals(),
            row.start,
            row.aep / 1e9,
            found_by,
            feasible=feasible,
            layout=layout,
            revenue_predicted=revenue,
        )

    def look(self) -> SearchState | None:
        """Return how the search stands, None before its first layout. Takes a few ms."""
        if self._best is None:
            return None
        row, revenue, feasible = self._best
        kind, before = self.reference or ("", None)
        merit = row.aep if revenue is None else revenue
        return SearchState(
            aep_gwh=row.aep / 1e9,
            start=row.start,
            feasible=feasible,
            gain_pct=None if before is None else 100.0 * (merit / before - 1.0),
            reference=kind,
            energy_wh=self.ledger.totals().energy_wh["central"],
            left_s=None if self.left_s is None else max(0.0, self.left_s()),
            n_turbines=None if self.problem.turbine_range is None else self.problem.n_turbines,
            revenue=revenue,
            repaired=self._repaired,
        )
