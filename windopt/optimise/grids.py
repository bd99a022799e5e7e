"""Regular grids that fill a site with exactly n turbines: the engineer's plain answer.

They are starts for the search and the yardstick for its result. A grid has an angle, an aspect
ratio (row spacing over spacing in the row) and may be staggered; for each of these the spacing is
the largest at which at least n grid points lie on the site, over a few offsets of the grid. Points
in excess are left out from the middle of the farm, where they would be waked most.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import shapely

from windopt.problem import FloatArray, LayoutProblem, Site

ANGLES_DEG = np.arange(0.0, 180.0, 7.5)
ASPECTS = (1.0, 1.5, 2.25)
STAGGERS = (0.0, 0.5)
OFFSETS = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5), (0.25, 0.25), (0.75, 0.25))
_SHRINK = 0.985


def regular_grids(problem: LayoutProblem) -> Iterator[FloatArray]:
    """Yield the grids (n_turbines, 2) [m] that keep the minimum spacing; there may be none."""
    shapely.prepare(problem.site.area)
    for angle, aspect, stagger in product(ANGLES_DEG, ASPECTS, STAGGERS):
        grid = _widest_grid(problem.site, problem.n_turbines, angle, aspect, stagger)
        within_row = 1.0 / np.sqrt(aspect)
        between_rows = np.hypot(stagger * within_row, np.sqrt(aspect))
        if grid is None:
            continue
        layout, scale = grid
        if scale * min(within_row, between_rows) >= problem.min_spacing_m:
            yield layout


def _widest_grid(
    site: Site, n: int, angle_deg: float, aspect: float, stagger: float
) -> tuple[FloatArray, float] | None:
    """Shrink the grid's spacing until n points fit: the layout and the spacing [m]."""
    west, south, east, north = site.area.bounds
    centre = np.array([(west + east) / 2, (south + north) / 2])
    reach = 0.5 * np.hypot(east - west, north - south)
    angle = np.deg2rad(angle_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    scale = 1.6 * np.sqrt(site.area.area / n)
    while scale > 0.3 * np.sqrt(site.area.area / n):
        step = scale * np.array([1.0 / np.sqrt(aspect), np.sqrt(aspect)])
        columns, rows = np.ceil(reach / step).astype(int) + 1
        row, column = np.mgrid[-rows : rows + 1, -columns : columns + 1]
        unit = np.stack([(column + stagger * (row % 2)).ravel(), row.ravel()], axis=1)
        fitting = []
        for offset in OFFSETS:
            points = (unit + offset) * step @ turn + centre
            points = points[shapely.contains_xy(site.area, *points.T)]
            if len(points) >= n:
                fitting.append(points)
        if fitting:
            points = min(fitting, key=len)
            outward = np.hypot(*(points - points.mean(axis=0)).T)
            return points[np.sort(np.argsort(-outward, kind="stable")[:n])], float(scale)
        scale *= _SHRINK
    return None
