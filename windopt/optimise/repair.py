"""Repair: the feasible layout nearest to a given one, or nearly so.

Alternating projections: turbines outside step to the nearest point of the site, pairs that are too
close step apart, until both hold. Where that jams (a corner, a full parcel), the turbines still at
fault are lifted out and set down at the nearest free place. The result satisfies the constraints
strictly, by a margin far below the tolerances of `windopt.problem.constraints`.
"""

import numpy as np
import shapely
from scipy.spatial import cKDTree

from windopt.errors import InfeasibleError
from windopt.problem import FloatArray, LayoutProblem, Site, check_feasibility

_MARGIN = 1.0 + 1e-9
"""Spacing is restored to this multiple of its bound, above floating-point noise."""
_ROUNDS = 100


def project_to_site(layout: FloatArray, site: Site) -> FloatArray:
    """Move turbines outside the site to its nearest point: (n, 2) -> (n, 2) [m]."""
    shapely.prepare(site.area)
    outside = ~shapely.intersects_xy(site.area, layout[:, 0], layout[:, 1])
    if not outside.any():
        return layout
    moved = layout.copy()
    lines = shapely.shortest_line(site.area, shapely.points(layout[outside]))
    moved[outside] = shapely.get_coordinates(lines)[::2]
    return moved


def push_apart(layout: FloatArray, min_spacing: float) -> FloatArray:
    """Move every pair closer than `min_spacing` [m] apart along the line between them."""
    pairs = cKDTree(layout).query_pairs(min_spacing, output_type="ndarray")
    if not len(pairs):
        return layout
    moved = layout.copy()
    i, j = pairs.T
    gap = layout[i] - layout[j]
    distance = np.hypot(*gap.T)
    # two turbines on one spot part eastwards
    unit = np.where(distance[:, None] > 0, gap / np.maximum(distance, 1e-12)[:, None], [1.0, 0.0])
    step = 0.5 * np.maximum(min_spacing * _MARGIN - distance, 0.0)[:, None] * unit
    np.add.at(moved, i, step)
    np.add.at(moved, j, -step)
    return moved


def relax(problem: LayoutProblem, layout: FloatArray, rounds: int = _ROUNDS) -> FloatArray:
    """Alternate both projections; the result lies on the site, its spacing may still fall short."""
    for _ in range(rounds):
        layout = project_to_site(layout, problem.site)
        apart = push_apart(layout, problem.min_spacing_m)
        if apart is layout:
            break
        layout = apart
    return project_to_site(layout, problem.site)


def repair(problem: LayoutProblem, layout: FloatArray, seed: int = 0) -> FloatArray:
    """Give a feasible layout close to `layout`.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n, 2) [m]
    seed : int
        Of the free places tried where projections jam.

    Raises
    ------
    InfeasibleError
        When no free place was found for some turbine.
    """
    if len(layout) == problem.n_turbines and check_feasibility(problem, layout).feasible:
        return layout
    layout = relax(problem, layout)
    bound = problem.min_spacing_m
    crowded = cKDTree(layout).query_pairs(bound * (1 - 1e-12), output_type="ndarray")
    lifted: list[int] = []
    for i, j in crowded:
        if i not in lifted and j not in lifted:
            lifted.append(int(j))
    kept = np.delete(layout, lifted, axis=0)
    rng = np.random.default_rng(seed)
    for wish in layout[lifted]:
        kept = np.vstack([kept, _nearest_free_place(problem, kept, wish, rng)])
    order = np.argsort([*np.delete(np.arange(len(layout)), lifted), *lifted])
    return kept[order]


def random_points(site: Site, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw `n` points uniformly from the site: (n, 2) [m]."""
    west, south, east, north = site.area.bounds
    shapely.prepare(site.area)
    points = np.empty((0, 2))
    while len(points) < n:
        draw = rng.uniform((west, south), (east, north), (2 * n + 100, 2))
        points = np.vstack([points, draw[shapely.contains_xy(site.area, *draw.T)]])
    return points[:n]


def boundary_points(site: Site, step: float) -> FloatArray:
    """Give points every `step` metres or less along all boundaries, corners included: (k, 2)."""
    return np.unique(shapely.get_coordinates(shapely.segmentize(site.area, step)), axis=0)


def _nearest_free_place(
    problem: LayoutProblem, layout: FloatArray, wish: FloatArray, rng: np.random.Generator
) -> FloatArray:
    bound = problem.min_spacing_m
    tree = cKDTree(layout) if len(layout) else None
    for n in (2_000, 20_000, 200_000):
        places = np.vstack(
            [random_points(problem.site, n, rng), boundary_points(problem.site, bound / 20)]
        )
        if tree is not None:
            places = places[tree.query(places)[0] >= bound * _MARGIN]
        if len(places):
            nearest: FloatArray = places[np.argmin(np.hypot(*(places - wish).T))]
            return nearest
    raise InfeasibleError(
        f"no place for turbine {len(layout) + 1} of {problem.n_turbines} on site "
        f"{problem.site.name!r} at {problem.min_spacing_d:g} D spacing; "
        "use fewer turbines, a smaller min_spacing_d, or a better starting layout"
    )
