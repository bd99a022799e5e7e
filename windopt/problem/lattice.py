"""Lattices: what rows are made of.

The points of a lattice are p = o + i a + j b with whole numbers i and j, an origin o and a cell of
two steps a and b. Many cells make the same points; the reduced one (Lagrange and Gauss) has the
shortest step of all as a and the shortest that is not along it as b. Rows run along a: of all ways
to see rows in a lattice that is the one with the widest lanes between them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from windopt.problem.constraint import Standing
from windopt.problem.layout import BoolArray, FloatArray, IntArray
from windopt.problem.problem import LayoutProblem


@dataclass(frozen=True, eq=False)
class Lattice:
    """A lattice.

    Attributes
    ----------
    origin : (2,) [m]
    cell : (2, 2) [m]
        The steps a and b, one in each row.
    """

    origin: FloatArray
    cell: FloatArray

    def points(self, indices: IntArray) -> FloatArray:
        """Return the points with some indices: (..., 2) -> (..., 2) [m]."""
        return self.origin + indices @ self.cell

    def nearest(self, layout: FloatArray) -> IntArray:
        """Return the indices of the points nearest to some places (n, 2) [m], two may share one.

        Rounding in the reduced cell finds a near point, and the nearest is among its neighbours.
        """
        steps = reduced_steps(self.cell)
        cell = steps @ self.cell
        rounded = np.round((layout - self.origin) @ np.linalg.inv(cell))
        around = rounded[:, None] + AROUND
        gap = layout[:, None] - self.origin - around @ cell
        best = (gap**2).sum(-1).argmin(axis=1)
        chosen = around[np.arange(len(layout)), best] @ steps
        indices: IntArray = chosen.astype(np.intp)
        return indices

    @property
    def cell_area(self) -> float:
        """Area of a cell [m²]."""
        return float(abs(np.linalg.det(self.cell)))

    @cached_property
    def rows(self) -> FloatArray:
        """The step along the rows, to between N and S by E, and the step to the next on its right.

        Returns
        -------
        (2, 2) [m]
        """
        a, b = reduced_steps(self.cell) @ self.cell
        if a[0] < 0 or (a[0] == 0 and a[1] < 0):
            a = -a
        return np.stack([a, b if b[0] * a[1] - b[1] * a[0] > 0 else -b])

    @property
    def spacing_in_row(self) -> float:
        """Distance of neighbours in a row [m]."""
        return float(np.hypot(*self.rows[0]))

    @property
    def row_spacing(self) -> float:
        """Distance between rows, at right angles to them [m]."""
        return self.cell_area / self.spacing_in_row

    @property
    def bearing(self) -> float:
        """Compass bearing of the rows, in [0, 180) [deg]."""
        a, _ = self.rows
        return float(np.rad2deg(np.arctan2(*a)) % 180)

    @property
    def stagger(self) -> float:
        """Shift along the bearing of the next row on the right, in spacings: -0.5 to 0.5 [-]."""
        a, b = self.rows
        return float(a @ b / (a @ a))


AROUND = np.array([(i, j) for i in (0, -1, 1) for j in (0, -1, 1)])


def reduced_steps(cell: FloatArray) -> IntArray:
    """Return the whole numbers (2, 2) that, times a cell (2, 2), make the reduced cell."""
    steps: IntArray = np.eye(2, dtype=np.intp)
    for _ in range(100):  # every turn but the last shortens the cell
        a, b = steps @ cell
        if b @ b < a @ a:
            steps = steps[[1, 0]]
            a, b = b, a
        whole = round(float(a @ b / (a @ a)))
        if whole == 0:
            break
        steps = np.array([[1, 0], [-whole, 1]], dtype=np.intp) @ steps
    return steps


def closest_points(problem: LayoutProblem, lattice: Lattice) -> float:
    """Return the least distance of a lattice's points in the spacing rule's eyes [m]."""
    mapped = problem.spacing.mapped(lattice.cell)
    shortest, _ = reduced_steps(mapped) @ mapped
    return float(np.hypot(*shortest))


def open_area(problem: LayoutProblem) -> float:
    """Return the area of the site where no fixed turbine keeps others away [m²]."""
    area = problem.site.area
    if len(problem.fixed_layout):
        reach = problem.spacing.smallest_m
        area = area.difference(shapely.buffer(shapely.MultiPoint(problem.fixed_layout), reach))
    return float(area.area)


def points_on_site(problem: LayoutProblem, lattice: Lattice) -> IntArray:
    """Return the indices (m, 2) of the points on the site that are clear of the fixed turbines."""
    area = problem.site.area
    shapely.prepare(area)
    west, south, east, north = area.bounds
    corners = np.array([(west, south), (west, north), (east, south), (east, north)])
    reach = (corners - lattice.origin) @ np.linalg.inv(lattice.cell)
    low, high = np.floor(reach.min(axis=0)), np.ceil(reach.max(axis=0))
    j, i = np.mgrid[low[1] : high[1] + 1, low[0] : high[0] + 1]
    indices: IntArray = np.stack([i.ravel(), j.ravel()], axis=1).astype(np.intp)
    points = lattice.points(indices)
    on_site = shapely.intersects_xy(area, *points.T)
    indices, points = indices[on_site], points[on_site]
    if len(problem.fixed_layout) or problem.further_constraints:
        indices = indices[free_of_others(problem, points)]
    return indices


def outermost(points: FloatArray, n: int) -> IntArray:
    """Choose the `n` of some points (m, 2) that are farthest from their middle: sorted (n,)."""
    outward = np.hypot(*(points - points.mean(axis=0)).T)
    chosen: IntArray = np.sort(np.argsort(-outward, kind="stable")[:n])
    return chosen


def free_of_others(problem: LayoutProblem, points: FloatArray) -> BoolArray:
    """Return which points (m, 2) on the site a first turbine of every type may take: (m,)."""
    free = np.ones(len(points), dtype=bool)
    for kind in np.unique(problem.types):
        for constraint in problem.constraints[1:]:
            free &= constraint.free(points, Standing.nobody(int(kind)))
    return free
