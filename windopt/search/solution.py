"""What a search comes to: its answer, the way there, and what became of every start."""

import math
from dataclasses import dataclass
from typing import Literal

from windopt.problem.lattice import Lattice
from windopt.problem.layout import FloatArray
from windopt.problem.regularity import RegularLayout
from windopt.words import count_of

FoundBy = Literal["learning", "formula_then_learning", "formula", "formula_search", "grid", "given"]
"""The part of a run that found a layout: the learned search, the same from the warm start on a wake
formula, that start alone, the search of a run whose wake model is a formula, or none of them."""


@dataclass(frozen=True)
class Improvement:
    """A better feasible layout was reached from a start: its predicted AEP [Wh], at what cost.

    `aep_start` is the AEP of that start as this search was given it [Wh], nan where unknown.
    """

    wall_s: float
    cpu_s: float
    start: str
    aep: float
    aep_start: float = math.nan

    @property
    def gained(self) -> float:
        """What it has above its start [share of AEP]."""
        return self.aep / self.aep_start - 1.0


@dataclass(frozen=True)
class Origin:
    """Where an answer comes from (see `windopt.search.origin`), by predictions but for the last.

    Attributes
    ----------
    found_by : FoundBy
    start : str
        Name of the start that it grew from.
    added_pct : float or None [% of AEP]
        What the search added to that start, where the start might have been an answer itself.
    gain_pct : float or None [% of AEP]
        Over the given layout, else the regular grid.
    warm_start_gain_pct : float or None [% of AEP]
        Of the warm start, over the same, where there was one.
    over_warm_start_pct, over_warm_start_error_pct : float or None [%]
        What the answer has above the warm start by FLORIS, and its standard error.
    """

    found_by: FoundBy
    start: str = ""
    added_pct: float | None = None
    gain_pct: float | None = None
    warm_start_gain_pct: float | None = None
    over_warm_start_pct: float | None = None
    over_warm_start_error_pct: float | None = None


@dataclass(frozen=True, eq=False)
class StartResult:
    """What became of one start.

    Attributes
    ----------
    name : str
    layout : (n_turbines, 2) [m]
        The best feasible layout reached from it.
    aep_start, aep_best : float [Wh]
        Predicted, of the start and of that layout.
    status : str
        How far it was carried and why no further, in plain words.
    """

    name: str
    layout: FloatArray
    aep_start: float
    aep_best: float
    status: str = ""


@dataclass(frozen=True, eq=False)
class Solution:
    """The best feasible layout found.

    Attributes
    ----------
    layout : (n_turbines, 2) [m]
    aep_predicted : float [Wh]
        The surrogate's; FLORIS's is found by `windopt.verify`.
    status : {"converged", "budget", "stopped"}
        Why the search ended: nothing was gained any more, time used up, or interrupted.
    history : tuple of Improvement
    starts : tuple of StartResult
    grid : (n_turbines, 2) [m] or None
        The regular grid; None where none fits.
    reason : str
        Why the search ended, in plain words.
    lattice : Lattice or None
        Of a regular layout: the lattice that its turbines stand on.
    curve : tuple of RegularLayout
        Of a search with weights of regularity: the layout of each weight, in their order; the first
        is the answer.
    origin : Origin or None
        Which part of a run found it; None where nobody has asked yet.
    """

    layout: FloatArray
    aep_predicted: float
    status: str
    history: tuple[Improvement, ...]
    starts: tuple[StartResult, ...]
    grid: FloatArray | None
    reason: str = ""
    lattice: Lattice | None = None
    curve: tuple[RegularLayout, ...] = ()
    origin: Origin | None = None

    @property
    def lattices(self) -> list[Lattice]:
        """The lattices that the search has found."""
        regular = [] if self.lattice is None else [self.lattice]
        return [*regular, *(point.lattice for point in self.curve)]

    @property
    def others_of_curve(self) -> dict[str, FloatArray]:
        """The layouts of the curve (n_turbines, 2) [m] that are not the answer, each once."""
        layouts: dict[str, FloatArray] = {}
        for point in self.curve:
            seen = [self.layout, *layouts.values()]
            if not any((point.layout == other).all() for other in seen):
                layouts[f"regularity {point.regularity:g}"] = point.layout
        return layouts


@dataclass(frozen=True, eq=False)
class SizedLayout:
    """The best feasible layout known for one number of turbines.

    Attributes
    ----------
    layout : (n_turbines, 2) [m]
    aep : float [Wh]
        Predicted by the surrogate.
    searched : bool
        Whether a whole search went into it; a quick estimate otherwise.
    grid : (n_turbines, 2) [m] or None
        The regular grid, where there was a search and one fits.
    """

    layout: FloatArray
    aep: float
    searched: bool = False
    grid: FloatArray | None = None

    @property
    def n_turbines(self) -> int:
        """Number of turbines."""
        return len(self.layout)


@dataclass(frozen=True, eq=False)
class Sizing:
    """What the search for the number of turbines came to.

    Attributes
    ----------
    solution : Solution
        The layout with the highest profit; its rows are the chosen number.
    layouts : tuple of SizedLayout
        The best of each number looked at, by number.
    most : int or None
        The largest number that found a place, where that is less than the upper bound.
    """

    solution: Solution
    layouts: tuple[SizedLayout, ...]
    most: int | None = None


def as_solution(one: SizedLayout, status: str, reason: str) -> Solution:
    """Make a solution of the layout of one number alone."""
    start = StartResult(
        count_of(one.n_turbines, "turbine"), one.layout, one.aep, one.aep, "the answer"
    )
    return Solution(one.layout, one.aep, status, (), (start,), one.grid, reason)
