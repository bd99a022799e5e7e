"""Repair: the feasible layout nearest to a given one, or nearly so.

Alternating projections: turbines outside step to the nearest point of the site, pairs that are too
close step apart, until both hold. Where that jams (a corner, a full parcel), the turbines still at
fault are lifted out and set down at the nearest free place; where none is free, all turbines go to
a lattice that just fits (`exact_fits`), if there is one. The result satisfies the constraints
strictly, by a margin far below the tolerances of `windopt.problem.constraints`: it is settled a
hair off the boundaries, so that it lies inside them when it has been written and read again. What
is feasible within the tolerances is left alone.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import shapely

from windopt.errors import InfeasibleError, LayoutError
from windopt.problem.boundary import move_onto
from windopt.problem.constraint import Standing
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import BoolArray, FloatArray
from windopt.problem.packing import packed_layout
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import HAIR_M, Site

_ROUNDS, _SETTLING = 100, 60
FEW, MANY = (2_000, 20_000), (200_000,)
"""Places drawn for a turbine without one, before lattices that just fit are tried and after."""
SPARSE = 0.02
"""Share of its bounding box below which a site is so thin that points drawn there rarely hit it."""
_PATIENCE, _GIVE = 10, 2e-3
"""Rounds after which pairs are pushed further apart than need be, and by what share at most: in a
full row plain projections only creep towards what is feasible."""
_SLIGHT = 1e-6
"""The same share where turbines are settled: they have no more than a hair to go."""


def settle(problem: LayoutProblem, layout: FloatArray) -> FloatArray:
    """Move a feasible layout's turbines that are on a boundary, or nearly, a hair inside: (n, 2).

    The spacing is restored where it suffers. Where it leaves no room for that, as on a site that
    the turbines just fit on, its tolerance is used; where not even that suffices, `layout` itself
    comes back.
    """
    inner, moved, second_best = problem.site.inner, layout, layout
    for number in range(_SETTLING):
        shapely.prepare(inner)
        off = ~shapely.dwithin(inner, shapely.points(moved), HAIR_M / 5)
        moved = move_onto(inner, moved, off)
        if moved is layout:
            return layout
        if second_best is layout and check_feasibility(problem, moved).feasible:
            second_best = moved
        give = min(_SLIGHT, 1e-9 * 2.0 ** (number - _PATIENCE)) if number > _PATIENCE else 0.0
        mended = _mend(problem, moved, give)
        if mended is moved:
            return moved
        moved = mended
    return second_best


def _mend(problem: LayoutProblem, layout: FloatArray, give: float) -> FloatArray:
    """Project onto every constraint but the boundary: (n, 2) -> (n, 2) [m].

    Where none is broken, `layout` itself comes back.
    """
    for constraint in problem.constraints[1:]:
        layout = constraint.project(layout, give)
    return layout


def relax(problem: LayoutProblem, layout: FloatArray, rounds: int = _ROUNDS) -> FloatArray:
    """Project onto the constraints in turn; the result lies on the site, others may be short."""
    _require_types(problem, len(layout))
    for number in range(rounds):
        layout = problem.boundary.project(layout)
        give = min(_GIVE, 1e-7 * 2.0 ** (number - _PATIENCE)) if number > _PATIENCE else 0.0
        mended = _mend(problem, layout, give)
        if mended is layout:
            return layout
        layout = mended
    return problem.boundary.project(layout)


def repair(problem: LayoutProblem, layout: FloatArray, seed: int = 0) -> FloatArray:
    """Return a feasible layout close to `layout`.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n, 2) [m]
    seed : int
        Of the free places tried where projections jam.

    Raises
    ------
    InfeasibleError
        When no free place was found for some turbine, and the turbines fit on no lattice either.
        Or when what came out breaks a further constraint.
    """
    whole = len(layout) == problem.n_turbines
    if whole and check_feasibility(problem, layout).feasible:
        return layout
    try:
        mended = _mended(problem, layout, seed, FEW)
    except InfeasibleError:
        packed = packed_layout(problem, layout) if whole else None
        mended = _mended(problem, layout, seed, MANY) if packed is None else packed
    mended = settle(problem, mended) if whole else mended
    for constraint in problem.further_constraints:
        if (broken := constraint.broken(mended)) is not None:
            raise InfeasibleError(
                f"no layout was found that keeps {constraint.name!r}: {broken.in_words}; "
                "use fewer turbines, or a better starting layout"
            )
    return mended


def _mended(
    problem: LayoutProblem, layout: FloatArray, seed: int, tries: Sequence[int]
) -> FloatArray:
    """Relax a layout (n, 2) [m], and set those down elsewhere that are still at fault.

    Parameters
    ----------
    tries : sequence of int
        Numbers of places that are drawn, one after the other, until one is free.
    """
    layout = relax(problem, layout).copy()
    types = problem.types if len(layout) == len(problem.types) else np.zeros(len(layout), np.intp)
    lifted: list[int] = []
    for constraint in problem.constraints:
        lifted += [i for i in constraint.crowded(layout, types) if i not in lifted]
    standing = np.delete(np.arange(len(layout)), lifted)
    rng = np.random.default_rng(seed)
    for one in lifted:
        there = Standing(layout[standing], types[standing], int(types[one]))
        free = partial(problem.free, standing=there)
        layout[one] = _nearest_free_place(problem, free, one, layout[one], rng, tries)
        standing = np.append(standing, one)
    return layout


def random_points(site: Site, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw `n` points uniformly from the site: (n, 2) [m]."""
    west, south, east, north = site.area.bounds
    if site.area.area < SPARSE * (east - west) * (north - south):
        return _points_of_triangles(site, n, rng)
    shapely.prepare(site.area)
    points = np.empty((0, 2))
    while len(points) < n:
        draw = rng.uniform((west, south), (east, north), (2 * n + 100, 2))
        points = np.vstack([points, draw[shapely.contains_xy(site.area, *draw.T)]])
    return points[:n]


def _points_of_triangles(site: Site, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw points of a thin site (n, 2) [m], none of them in vain: of its triangles by area."""
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(site.area))
    a, b, c = np.moveaxis(shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3], 1, 0)
    size = shapely.area(triangles)
    chosen = rng.choice(len(triangles), n, p=size / size.sum())
    u, v = rng.random((2, n, 1))
    fold = u + v > 1.0
    u, v = np.where(fold, 1.0 - u, u), np.where(fold, 1.0 - v, v)
    points: FloatArray = a[chosen] + u * (b - a)[chosen] + v * (c - a)[chosen]
    return points


def boundary_points(site: Site, step: float) -> FloatArray:
    """Return points every `step` metres or less along all boundaries, corners included: (k, 2)."""
    return np.unique(shapely.get_coordinates(shapely.segmentize(site.area, step)), axis=0)


def _require_types(problem: LayoutProblem, n: int) -> None:
    """Refuse layouts of another number of turbines where the spacing depends on their types."""
    if n != len(problem.types) and not problem.spacing.uniform:
        raise LayoutError(
            f"of {n} turbines the types are not known, and with them the spacing: "
            f"{problem.name!r} has {len(problem.types)}"
        )


def _nearest_free_place(
    problem: LayoutProblem,
    free: Callable[[FloatArray], BoolArray],
    turbine: int,
    wish: FloatArray,
    rng: np.random.Generator,
    tries: Sequence[int],
) -> FloatArray:
    """Return the place (2,) nearest to a turbine's wish [m] of those that are `free`."""
    edge = boundary_points(problem.site, problem.spacing.smallest_m / 20)
    edge = edge[free(edge)]
    for n in tries:
        places = random_points(problem.site, n, rng)
        places = np.vstack([places[free(places)], edge])
        if len(places):
            nearest: FloatArray = places[np.argmin(np.hypot(*(places - wish).T))]
            return nearest
    raise InfeasibleError(
        f"no place for turbine {turbine + 1} of {problem.n_turbines} on site "
        f"{problem.site.name!r} at {problem.min_spacing_d:g} D spacing; "
        "use fewer turbines, a smaller min_spacing_d, or a better starting layout"
    )
