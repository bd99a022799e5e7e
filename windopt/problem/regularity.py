"""Regularity: how far a layout departs from rows, and the price of it.

The departure of a layout from a lattice is the rms distance of its turbines x_k from the points
that they belong to, in rotor diameters D,

    d = sqrt(1/n sum_k |x_k - p_k|²) / D,    p_k = o + i_k a + j_k b,

each turbine with a point of its own. The departure is that from the best-fitting lattice: with the
whole numbers given, origin o and steps a, b by least squares, and the numbers those of the nearest
points, in turn until they agree. A lattice fine enough fits anything, so its cell holds at least
two thirds of the area that the site has for each turbine, and its points keep nine tenths of the
spacing rule. With a weight w [% of AEP per D] a layout scores

    S = AEP - w/100 d AEP_0,

where AEP_0 is what the turbines would yield without wakes: a number of the problem, the same for
every layout, surrogate and judge. So the price of a diameter is a term of the objective (`term`).

As o, a and b minimise d, its gradient is that with the lattice held still,

    dd/dx_k = (x_k - p_k) / (n d D²).

On a lattice d has a kink: where w is worth more than any move off it gains, the lattice stays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from windopt.problem.lattice import AROUND, Lattice, closest_points, open_area, reduced_steps
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem

SPARE, SPACING_SHARE = 1.5, 0.9
"""Points on the site for every turbine, and share of the spacing rule; `regular` keeps stricter
limits, so that what is near its lattices is measured by them."""
NEIGHBOURS, PAIRS, DRAWN, TRIED = 8, 3000, 600, 24
"""Nearest turbines whose distances are taken for steps of a lattice, how many pairs of such steps
and random lattices are looked at, and how many of them fitted to the end."""
_TURNS = 20
_KINK = 1e-9
"""Departure below which its gradient is taken for 0 [D]."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A lattice fitted to a layout.

    Attributes
    ----------
    lattice : Lattice
    residual : (n, 2) [m]
        From each turbine's point to the turbine.
    departure_d : float [D]
    """

    lattice: Lattice
    residual: FloatArray
    departure_d: float


def fit_lattice(problem: LayoutProblem, layout: FloatArray, hints: Sequence[Lattice] = ()) -> Fit:
    """Fit the best lattice to a layout (n, 2) [m]; `hints` are tried with others."""
    cells = _candidates(problem, layout)
    # steps between turbines come first among cells that fit to the millimetre
    rough = np.round(_rough_departures(cells, layout), 3)
    promising = cells[np.argsort(rough, kind="stable")]
    admitted = islice((cell for cell in promising if _admitted(problem, cell)), TRIED)
    tried = [*hints, *(Lattice(_origin(cell, layout), cell) for cell in admitted)]
    fits = [refit(problem, lattice, layout) for lattice in tried]
    return min(fits, key=lambda fit: fit.departure_d)


def refit(problem: LayoutProblem, lattice: Lattice, layout: FloatArray) -> Fit:
    """Fit a lattice to a layout (n, 2) [m] beginning with one nearby."""
    indices = None
    for _ in range(_TURNS):
        before, indices = indices, _points_of_their_own(lattice, layout)
        if before is not None and (indices == before).all():
            break
        lattice = _least_squares(problem, lattice, indices, layout)
    assert indices is not None
    residual = layout - lattice.points(indices)
    rms = np.sqrt((residual**2).sum() / len(layout))
    return Fit(lattice, residual, float(rms / problem.rotor_diameter))


def departure(problem: LayoutProblem, layout: FloatArray) -> float:
    """Return how far a layout (n, 2) [m] departs from rows [D]."""
    return fit_lattice(problem, layout).departure_d


@dataclass(frozen=True, eq=False)
class Regularity:
    """The price of the departure from rows: a `LayoutTerm`, - price x departure.

    Attributes
    ----------
    problem : LayoutProblem
    price : float [Wh per D]
    lattice : Lattice
        That layouts are expected to be near: the one that fits best nearby counts.
    """

    problem: LayoutProblem
    price: float
    lattice: Lattice

    def value(self, layouts: FloatArray) -> FloatArray:
        """Return what layouts (b, n, 2) [m] lose by their departure: (b,) [Wh]."""
        fits = [refit(self.problem, self.lattice, layout) for layout in layouts]
        return np.array([-self.price * fit.departure_d for fit in fits])

    def gradient(self, layouts: FloatArray) -> FloatArray:
        """Return its derivative by the positions (b, n, 2) [Wh/m]."""
        fits = [refit(self.problem, self.lattice, layout) for layout in layouts]
        return np.stack([-self.price * departure_gradient(self.problem, fit) for fit in fits])

    def at(self, places: FloatArray, standing: FloatArray) -> FloatArray:
        """Return it with one more turbine at each of some places (m, 2) [m]: (m,) [Wh].

        The lattice is that of the turbines that stand (k, 2).
        """
        lattice, others = self.lattice, 0.0
        if len(standing):
            fit = refit(self.problem, lattice, standing)
            lattice, others = fit.lattice, float((fit.residual**2).sum())
        gap = places - lattice.points(lattice.nearest(places))
        rms = np.sqrt((others + (gap**2).sum(axis=1)) / (len(standing) + 1))
        lost: FloatArray = -self.price * rms / self.problem.rotor_diameter
        return lost


@dataclass(frozen=True, eq=False)
class RegularLayout:
    """The layout with the highest score at one weight of regularity.

    Attributes
    ----------
    regularity : float [% of AEP per D]
    layout : (n_turbines, 2) [m]
    aep : float [Wh]
        The surrogate's while the search goes on, FLORIS's after it.
    departure_d : float [D]
        Rms distance of the turbines from the best-fitting lattice.
    lattice : Lattice
        That lattice.
    wake_free_aep : float [Wh]
        AEP of the turbines without wakes, which the weight is a share of.
    """

    regularity: float
    layout: FloatArray
    aep: float
    departure_d: float
    lattice: Lattice
    wake_free_aep: float

    @property
    def price(self) -> float:
        """What a diameter of departure costs [Wh per D]."""
        return self.regularity / 100.0 * self.wake_free_aep

    @property
    def score(self) -> float:
        """What the weight maximises [Wh]."""
        return self.aep - self.price * self.departure_d


def choose(pool: Iterable[RegularLayout], regularity: float) -> RegularLayout:
    """Return the layout of a pool with the highest score at a weight [% of AEP per D].

    Of equal scores the neater is taken.
    """
    weighed = [replace(one, regularity=regularity) for one in pool]
    return max(weighed, key=lambda one: (one.score, -one.departure_d))


def departure_gradient(problem: LayoutProblem, fit: Fit) -> FloatArray:
    """Return the gradient of the departure by the turbines' places: (n, 2) [D/m]."""
    if fit.departure_d < _KINK:
        return np.zeros_like(fit.residual)
    n, diameter = len(fit.residual), problem.rotor_diameter
    gradient: FloatArray = fit.residual / (n * fit.departure_d * diameter**2)
    return gradient


def _points_of_their_own(lattice: Lattice, layout: FloatArray) -> IntArray:
    """Return each turbine a point near it, no two of them the same: (n, 2)."""
    nearest = lattice.nearest(layout)
    if len(np.unique(nearest, axis=0)) == len(layout):
        return nearest
    steps = reduced_steps(lattice.cell)
    around: IntArray = nearest
    for _ in range(2):  # as many rings as a crowd needs, nearly always
        around = np.unique((around[:, None] + AROUND @ steps).reshape(-1, 2), axis=0)
    cost = ((layout[:, None] - lattice.points(around)) ** 2).sum(-1)
    chosen = np.asarray(linear_sum_assignment(cost)[1])
    own: IntArray = around[chosen]
    return own


def _admitted(problem: LayoutProblem, cell: FloatArray) -> bool:
    """Return whether a cell (2, 2) [m] is large enough to count as rows."""
    lattice = Lattice(np.zeros(2), cell)
    least = open_area(problem) / (SPARE * problem.n_turbines)
    apart = SPACING_SHARE * problem.spacing.largest_bound
    return lattice.cell_area >= least and closest_points(problem, lattice) >= apart


def _least_squares(
    problem: LayoutProblem, lattice: Lattice, indices: IntArray, layout: FloatArray
) -> Lattice:
    """Fit a lattice to turbines with given indices; its origin alone where cells grow too small.

    Of a single row of turbines the step to the next row stays as it was.
    """
    middle, mean = indices.mean(axis=0), layout.mean(axis=0)
    offsets = indices - middle
    gap = layout - mean - offsets @ lattice.cell
    cell = lattice.cell + np.linalg.pinv(offsets) @ gap
    if not _admitted(problem, cell):
        cell = lattice.cell
    return Lattice(mean - middle @ cell, cell)


def _candidates(problem: LayoutProblem, layout: FloatArray) -> FloatArray:
    """Return cells (m, 2, 2) [m] that may fit.

    From turbines to their neighbours, and random ones.
    """
    n = len(layout)
    rng = np.random.default_rng(0)
    cells = np.empty((0, 2, 2))
    if n > 2:
        near = np.asarray(cKDTree(layout).query(layout, k=min(n, NEIGHBOURS + 1))[1])
        steps = (layout[near[:, 1:]] - layout[:, None]).reshape(-1, 2)
        pairs = rng.integers(0, len(steps), (4 * PAIRS, 2))
        cells = steps[pairs]
    mean_area = open_area(problem) / n
    aspect, angle = np.exp(rng.uniform(-0.7, 0.9, DRAWN)), rng.uniform(0.0, np.pi, DRAWN)
    size = np.sqrt(mean_area * rng.uniform(1.0 / SPARE, 1.5, DRAWN))
    row = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    right = np.stack([-row[:, 1], row[:, 0]], axis=1)
    shear = rng.uniform(-0.5, 0.5, DRAWN)[:, None]
    a = (size * aspect**-0.5)[:, None] * row
    drawn = np.stack([a, (size * aspect**0.5)[:, None] * right + shear * a], axis=1)
    area = np.abs(np.linalg.det(cells))
    large_enough = area >= open_area(problem) / (SPARE * problem.n_turbines)
    return np.concatenate([cells[large_enough][:PAIRS], drawn])


def _phases(cells: FloatArray, layout: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return places in cells (m, n, 2), and the mean phase (m, 1, 2) that they have in common."""
    places = (layout - layout.mean(axis=0)) @ np.linalg.inv(cells)
    turning = np.exp(2j * np.pi * places).mean(axis=1, keepdims=True)
    return places, np.angle(turning) / (2 * np.pi)


def _origin(cell: FloatArray, layout: FloatArray) -> FloatArray:
    _, phase = _phases(cell[None], layout)
    origin: FloatArray = layout.mean(axis=0) + phase[0, 0] @ cell
    return origin


def _rough_departures(cells: FloatArray, layout: FloatArray) -> FloatArray:
    """Return the rms distance (m,) [m] from lattices after one turn of least squares."""
    places, phase = _phases(cells, layout)
    whole = np.round(places - phase)
    offsets = whole - whole.mean(axis=1, keepdims=True)
    turned = offsets.transpose(0, 2, 1)
    moments = turned @ offsets + 1e-9 * np.eye(2)
    centred = layout - layout.mean(axis=0)
    fitted = np.linalg.solve(moments, turned @ centred)
    residual = centred - offsets @ fitted
    rms: FloatArray = np.sqrt((residual**2).sum(axis=(1, 2)) / len(layout))
    return rms
