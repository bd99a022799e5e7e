"""Refinement of a lattice: which of its points stay empty, and its six numbers.

With the turbines on given points of a lattice, AEP is smooth in its origin and its two steps, with
an exact gradient: sequential quadratic programming moves these six numbers, the boundaries and the
spacing of all turbines its constraints (`refine`). Then every turbine is relocated once, to the
empty point where the farm yields most, as in the relocation pass of the free search. Both are
repeated until neither gains.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from windopt.problem.constraints import check_feasibility
from windopt.problem.lattice import Lattice, points_on_site
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.search.clock import Clock, endless
from windopt.search.refine import Rules, minimise
from windopt.search.settings import LatticeSettings

if TYPE_CHECKING:
    from windopt.problem.objective import Objective, Sample

TOLERANCE = 1e-4
"""Of a program, in thousandths of AEP."""
WITHIN_D = 1e-6
"""Kept off boundaries and spacing, so that rounding breaks neither."""
GAIN = 1e-6
"""Share of AEP: rounds and relocation passes that gain less are the last."""
BACK = (1.0, 1.0 - 1e-6, 0.99, 0.9, 0.5)
"""How much of a program's way is tried, until a feasible lattice is met."""


@dataclass(frozen=True, eq=False)
class Placement:
    """Turbines on points of a lattice.

    Attributes
    ----------
    lattice : Lattice
    indices : (n_turbines, 2) int
    """

    lattice: Lattice
    indices: IntArray

    @property
    def layout(self) -> FloatArray:
        """Where the turbines stand (n_turbines, 2) [m]."""
        return self.lattice.points(self.indices)


def improve(
    objective: "Objective",
    placement: Placement,
    conditions: "Sample",
    least_cell: float,
    seed: int,
    settings: LatticeSettings,
    left_s: Clock = endless,
) -> Placement:
    """Improve a feasible placement in given conditions; what comes back is feasible and no worse.

    Parameters
    ----------
    least_cell : float [m²]
        Area that a cell must keep.
    seed : int
        Of the order in which turbines are relocated.
    settings : LatticeSettings
    left_s : Clock
        When no time is left it returns with what there is.
    """
    rng = np.random.default_rng(seed)
    power = _power(objective, placement, conditions)
    for _ in range(settings.rounds):
        before = power
        placement = _relocation_passes(
            objective, placement, conditions, rng, left_s, settings.passes
        )
        moved = move_lattice(objective, placement, conditions, left_s, settings)
        power = _power(objective, placement, conditions)
        if moved.lattice.cell_area >= least_cell:
            there = _power(objective, moved, conditions)
            if there > power:
                placement, power = moved, there
        if power < (1.0 + GAIN) * before or left_s() <= 0:
            break
    return placement


def _relocation_passes(
    objective: "Objective",
    placement: Placement,
    conditions: "Sample",
    rng: np.random.Generator,
    left_s: Clock,
    passes: int,
) -> Placement:
    """Move turbines to empty points, or swap two of different types, while that gains."""
    problem, n = objective.problem, len(placement.indices)
    power = _power(objective, placement, conditions)
    for _ in range(passes):
        before = power
        for i in rng.permutation(n):
            if left_s() <= 0:
                return placement
            for trial in (
                _at_best_point(objective, placement, int(i), conditions),
                _swapped(problem, placement, int(i), rng),
            ):
                if trial is not None:
                    there = _power(objective, trial, conditions)
                    if there > power:
                        placement, power = trial, there
        if power < (1.0 + GAIN) * before:
            break
    return placement


def _at_best_point(
    objective: "Objective", placement: Placement, turbine: int, conditions: "Sample"
) -> Placement | None:
    """Move a turbine to where it yields most, None where that is where it stood."""
    lattice, indices = placement.lattice, placement.indices
    points = points_on_site(objective.problem, lattice)
    taken = {tuple(index) for index in indices.tolist()}
    empty = np.array([p for p in points.tolist() if tuple(p) not in taken], dtype=np.intp)
    if not len(empty):
        return None
    choice = np.vstack([indices[turbine], empty])
    kept = np.delete(np.arange(len(indices)), turbine)
    places = lattice.points(choice)
    values = objective.place_values(placement.layout, kept, turbine, places, conditions)
    best = int(np.argmax(values))
    if best == 0:
        return None
    moved = indices.copy()
    moved[turbine] = choice[best]
    return replace(placement, indices=moved)


def _swapped(
    problem: LayoutProblem, placement: Placement, turbine: int, rng: np.random.Generator
) -> Placement | None:
    """Swap a turbine with one of another type, None where there is none."""
    others = np.flatnonzero(problem.types != problem.types[turbine])
    if not len(others):
        return None
    other = rng.choice(others)
    indices = placement.indices.copy()
    indices[[turbine, other]] = indices[[other, turbine]]
    return replace(placement, indices=indices)


def move_lattice(
    objective: "Objective",
    placement: Placement,
    conditions: "Sample",
    left_s: Clock,
    settings: LatticeSettings,
) -> Placement:
    """Move origin and steps of a lattice to where its turbines yield more; feasible."""
    problem, lattice, layout = objective.problem, placement.lattice, placement.layout
    middle = placement.indices.mean(axis=0)
    offsets = placement.indices - middle
    # the six numbers are scaled so that none of them moves a turbine by more than its share
    share = settings.range_d * problem.rotor_diameter / 3.0
    scale = share / np.maximum(1.0, np.abs(offsets).max(axis=0, initial=1.0))
    basis = np.column_stack([np.full(len(layout), share), offsets * scale])
    unit = _power(objective, placement, conditions) * 1e-3

    def positions(z: FloatArray) -> FloatArray:
        moved: FloatArray = layout + basis @ z.reshape(3, 2)
        return moved

    def loss(z: FloatArray) -> tuple[float, FloatArray]:
        power, gradient = objective.rate_and_gradient(positions(z), conditions)
        return -power / unit, -(basis.T @ gradient).ravel() / unit

    rules = Rules(objective, layout, settings.range_d)

    def jacobian(z: FloatArray) -> FloatArray:
        by_place = rules.jacobian(positions(z)).reshape(-1, len(layout), 2)
        by_number: FloatArray = np.einsum("ctx,tk->ckx", by_place, basis).reshape(-1, 6)
        return by_number

    last = minimise(
        loss,
        np.ones(6),
        lambda z: rules.slack(positions(z)) - WITHIN_D,
        jacobian,
        settings.iterations,
        TOLERANCE,
        left_s,
    )
    for far in BACK:
        shift, a, b = (far * last).reshape(3, 2)
        step = np.stack([a * scale[0], b * scale[1]])
        origin = lattice.origin + share * shift - middle @ step
        moved = replace(placement, lattice=Lattice(origin, lattice.cell + step))
        if check_feasibility(problem, moved.layout).feasible:
            return moved
    return placement


def _power(objective: "Objective", placement: Placement, conditions: "Sample") -> float:
    return float(objective.rates(placement.layout[None], conditions)[0])
