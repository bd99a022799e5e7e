"""Packing: places for turbines on a site that they just fit on.

Where the site is a whole number of spacings wide, hardly any other layout is feasible than the one
that begins in its corners, and neither chance nor projections find that. Tried here are the
lattices of `exact_fits`, parcel by parcel; the fullest is taken. It is a last resort, and no bound:
sites that hold more in another arrangement are not told.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import shapely
import shapely.affinity
from scipy.spatial import cKDTree

from windopt.problem.constraints import check_feasibility
from windopt.problem.exact_fits import CORNERS, JUST, corner_cells, turning_corners
from windopt.problem.lattice import free_of_others
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem

ROUNDING_M = 1e-6
"""Off the site by which a lattice point counts as on its boundary [m]."""
MOST_CELLS = 200
"""Squares of the least spacing in the area of a parcel; where more fit, the search for a free place
has room enough to succeed."""


def packed_layout(problem: LayoutProblem, layout: FloatArray) -> FloatArray | None:
    """Move the turbines of a layout (n, 2) [m] to packed places, the nearest as far as they go.

    None where too few are found.
    """
    from scipy.optimize import linear_sum_assignment  # comes with all of SciPy's optimisers

    places = _packed_places(problem)
    if len(places) < len(layout):
        return None
    apart = ((layout[:, None] - places) ** 2).sum(axis=-1)
    packed = places[linear_sum_assignment(apart)[1]]
    return packed if check_feasibility(problem, packed).feasible else None


@lru_cache(maxsize=4)
def _packed_places(problem: LayoutProblem) -> FloatArray:
    """Return places (m, 2) [m] that keep the spacing of any two types from each other."""
    rule = problem.spacing
    (a, b), (c, d) = rule.metric
    area = shapely.affinity.affine_transform(problem.site.area, [a, b, c, d, 0.0, 0.0])
    bound = rule.largest_bound
    least = bound * (1.0 - 1e-9)
    taken = rule.mapped(problem.fixed_layout)
    fixed = len(taken)
    for parcel in sorted(area.geoms, key=lambda part: -part.area):
        if parcel.area > MOST_CELLS * bound**2:
            continue
        best: FloatArray = np.empty((0, 2))
        for points in _lattices(parcel, bound):
            if len(taken):
                points = points[cKDTree(taken).query(points)[0] >= least]
            if len(points) > len(best):
                best = points
        taken = np.vstack([taken, best])
    places: FloatArray = taken[fixed:] @ np.linalg.inv(rule.metric).T
    return places[free_of_others(problem, places)] if problem.further_constraints else places


def _lattices(parcel: shapely.Polygon, bound: float) -> Iterator[FloatArray]:
    """Yield the points (m, 2) of each lattice that lie on a parcel, in the mapped space."""
    corners = turning_corners([parcel], CORNERS)
    radius = float(np.hypot(*np.ptp(corners, axis=0)))
    shapely.prepare(parcel)
    for corner, cell in corner_cells(corners, bound):
        height = abs(np.linalg.det(cell)) / np.hypot(*cell.T).max()
        reach = int(radius / height) + 1
        steps = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 2), axis=-1).reshape(-1, 2)
        offsets = steps[steps.any(axis=1)] @ cell
        distance = np.hypot(*offsets.T)
        if distance.min() < bound * (1.0 - JUST):
            continue
        points = corner + np.vstack([[0.0, 0.0], offsets[distance <= radius * (1.0 + JUST)]])
        yield points[shapely.dwithin(parcel, shapely.points(points), ROUNDING_M)]
