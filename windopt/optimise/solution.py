"""What a search comes to: its answer, the way there, and what became of every start."""

from dataclasses import dataclass

from windopt.optimise.lattice import Lattice
from windopt.problem import FloatArray
from windopt.words import count_of


@dataclass(frozen=True)
class Improvement:
    """A better feasible layout was reached from a start: its predicted AEP [Wh], at what cost."""

    wall_s: float
    cpu_s: float
    start: str
    aep: float


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
class NeatLayout:
    """The layout with the highest score at one weight of neatness.

    Attributes
    ----------
    neatness : float [% of AEP per D]
    layout : (n_turbines, 2) [m]
    aep : float [Wh]
        The surrogate's while the search goes on, FLORIS's after it.
    departure_d : float [D]
        Rms distance of the turbines from the best-fitting lattice.
    lattice : Lattice
        That lattice.
    """

    neatness: float
    layout: FloatArray
    aep: float
    departure_d: float
    lattice: Lattice

    @property
    def score(self) -> float:
        """What the weight maximises [Wh]."""
        return self.aep * (1.0 - self.neatness / 100.0 * self.departure_d)


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
        The best regular grid; None where none fits.
    reason : str
        Why the search ended, in plain words.
    lattice : Lattice or None
        Of a regular layout: the lattice that its turbines stand on.
    curve : tuple of NeatLayout
        Of a search with weights of neatness: the layout of each weight, in their order; the first
        is the answer.
    """

    layout: FloatArray
    aep_predicted: float
    status: str
    history: tuple[Improvement, ...]
    starts: tuple[StartResult, ...]
    grid: FloatArray | None
    reason: str = ""
    lattice: Lattice | None = None
    curve: tuple[NeatLayout, ...] = ()


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
        The best regular grid, where there was a search and one fits.
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
