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
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.packing import packed_layout
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import HAIR_M, Site
from windopt.problem.spacing import BoolArray, SpacingRule

_MARGIN = 1.0 + 1e-9
"""Spacing is restored to this multiple of its bound, above floating-point noise."""
_ROUNDS, _SETTLING, _TINY = 100, 60, 1e-200
FEW, MANY = (2_000, 20_000), (200_000,)
"""Places drawn for a turbine without one, before lattices that just fit are tried and after."""
SPARSE = 0.02
"""Share of its bounding box below which a site is so thin that points drawn there rarely hit it."""
_PATIENCE, _GIVE = 10, 2e-3
"""Rounds after which pairs are pushed further apart than need be, and by what share at most: in a
full row plain projections only creep towards what is feasible."""
_SLIGHT = 1e-6
"""The same share where turbines are settled: they have no more than a hair to go."""


def project_to_site(layout: FloatArray, site: Site) -> FloatArray:
    """Move turbines outside the site to its nearest point: (n, 2) -> (n, 2) [m]."""
    shapely.prepare(site.area)
    return _onto(site.area, layout, ~shapely.intersects_xy(site.area, *layout.T))


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
        moved = _onto(inner, moved, off)
        if moved is layout:
            return layout
        if second_best is layout and check_feasibility(problem, moved).feasible:
            second_best = moved
        give = min(_SLIGHT, 1e-9 * 2.0 ** (number - _PATIENCE)) if number > _PATIENCE else 0.0
        apart = push_apart(problem, moved, _MARGIN + give)
        if apart is moved:
            return moved
        moved = apart
    return second_best


def _onto(area: shapely.MultiPolygon, layout: FloatArray, off: BoolArray) -> FloatArray:
    """Move the turbines that are `off` (n,) an area to its nearest point: (n, 2) -> (n, 2) [m]."""
    if not off.any():
        return layout
    moved = layout.copy()
    lines = shapely.shortest_line(area, shapely.points(layout[off]))
    moved[off] = shapely.get_coordinates(lines)[::2]
    return moved


def push_apart(problem: LayoutProblem, layout: FloatArray, margin: float = _MARGIN) -> FloatArray:
    """Move every pair that breaks the spacing rule apart, or a turbine off a fixed one: (n, 2) [m].

    Pairs part to `margin` times their bound, along the gradient of the rule's distance: along the
    line between them where the rule is circular. Where none breaks it, `layout` itself comes back.
    """
    n, rule = len(layout), problem.spacing
    everyone, kinds = problem.joined(layout), _kinds(problem, n)
    pairs = rule.pairs_too_close(everyone, kinds)
    if n < len(everyone):
        pairs = pairs[pairs[:, 0] < n]
    if not len(pairs):
        return layout
    i, j = pairs.T
    apart = _parting(rule, everyone[i] - everyone[j], rule.bounds_of(i, j, kinds) * margin)
    # a fixed turbine leaves all of the way to the other
    apart *= 0.5 if n == len(everyone) else np.where(j < n, 0.5, 1.0)[:, None]
    moved = everyone.copy()
    np.add.at(moved, i, apart)
    np.add.at(moved, j, -apart)
    return moved[:n]


def relax(problem: LayoutProblem, layout: FloatArray, rounds: int = _ROUNDS) -> FloatArray:
    """Alternate both projections; the result lies on the site, its spacing may still fall short."""
    for number in range(rounds):
        layout = project_to_site(layout, problem.site)
        give = min(_GIVE, 1e-7 * 2.0 ** (number - _PATIENCE)) if number > _PATIENCE else 0.0
        apart = push_apart(problem, layout, _MARGIN + give)
        if apart is layout:
            return layout
        layout = apart
    return project_to_site(layout, problem.site)


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
    """
    whole = len(layout) == problem.n_turbines
    if whole and check_feasibility(problem, layout).feasible:
        return layout
    try:
        mended = _mended(problem, layout, seed, FEW)
    except InfeasibleError:
        packed = packed_layout(problem, layout) if whole else None
        mended = _mended(problem, layout, seed, MANY) if packed is None else packed
    return settle(problem, mended) if whole else mended


def _mended(
    problem: LayoutProblem, layout: FloatArray, seed: int, tries: Sequence[int]
) -> FloatArray:
    """Relax a layout (n, 2) [m], and set those down elsewhere that are still at fault.

    Parameters
    ----------
    tries : sequence of int
        Numbers of places that are drawn, one after the other, until one is free.
    """
    everyone = problem.joined(relax(problem, layout)).copy()
    n, kinds = len(layout), _kinds(problem, len(layout))
    lifted: list[int] = []
    for i, j in problem.spacing.pairs_too_close(everyone, kinds).tolist():
        if i < n and i not in lifted and j not in lifted:
            lifted.append(j if j < n else i)
    standing = np.delete(np.arange(len(everyone)), lifted)
    rng = np.random.default_rng(seed)
    for one in lifted:
        clear = partial(
            problem.spacing.clear,
            kind=int(kinds[one]),
            layout=everyone[standing],
            kinds=kinds[standing],
        )
        everyone[one] = _nearest_free_place(problem, clear, one, everyone[one], rng, tries)
        standing = np.append(standing, one)
    return everyone[:n]


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


def _kinds(problem: LayoutProblem, n: int) -> IntArray:
    """Return the types of `n` turbines and of the fixed ones behind them: (n + f,)."""
    if n == len(problem.types):
        return problem.all_types
    if not problem.spacing.uniform:
        raise LayoutError(
            f"of {n} turbines the types are not known, and with them the spacing: "
            f"{problem.name!r} has {len(problem.types)}"
        )
    return np.concatenate([np.zeros(n, dtype=np.intp), problem.fixed_types])


def _parting(rule: SpacingRule, gap: FloatArray, wanted: FloatArray) -> FloatArray:
    """Return what to add to gaps (k, 2) [m] to bring them to the wanted distances (k,) [m].

    A gap g grows along the gradient of q = |M g|, which is h = M'q / |q|, to the root t of
    |q + t M h| = b; two turbines on one spot part eastwards.
    """
    mapped = rule.mapped(gap)
    distance = np.hypot(mapped[:, 0], mapped[:, 1])
    if not distance.all():
        mapped = np.where(distance[:, None] > 0, mapped, [_TINY, 0.0])
        distance = np.maximum(distance, _TINY)
    if rule.circular:
        parting: FloatArray = (np.maximum(wanted - distance, 0.0) / distance)[:, None] * mapped
        return parting
    distance, wanted = distance[:, None], wanted[:, None]
    unit = mapped / distance
    way = unit @ rule.metric  # of the gap, and what the map makes of it
    along = rule.mapped(way)
    advance = (mapped * along).sum(axis=1, keepdims=True)
    missing = np.maximum(wanted**2 - distance**2, 0.0)
    speed = (along**2).sum(axis=1, keepdims=True)
    parting = missing / (advance + np.sqrt(advance**2 + speed * missing)) * way
    return parting


def _nearest_free_place(
    problem: LayoutProblem,
    clear: Callable[[FloatArray], BoolArray],
    turbine: int,
    wish: FloatArray,
    rng: np.random.Generator,
    tries: Sequence[int],
) -> FloatArray:
    """Return the place (2,) nearest to a turbine's wish [m] of those that are `clear`."""
    edge = boundary_points(problem.site, problem.spacing.smallest_m / 20)
    edge = edge[clear(edge)]
    for n in tries:
        places = random_points(problem.site, n, rng)
        places = np.vstack([places[clear(places)], edge])
        if len(places):
            nearest: FloatArray = places[np.argmin(np.hypot(*(places - wish).T))]
            return nearest
    raise InfeasibleError(
        f"no place for turbine {turbine + 1} of {problem.n_turbines} on site "
        f"{problem.site.name!r} at {problem.min_spacing_d:g} D spacing; "
        "use fewer turbines, a smaller min_spacing_d, or a better starting layout"
    )
