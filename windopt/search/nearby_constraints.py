"""Boundaries and spacing as smooth constraints, for the programs that refine a layout.

Every turbine near a boundary keeps its distance to it above 0, and every pair of neighbours its
spacing above the least, with exact derivatives. Which turbines, edges and pairs are near is found
once: it holds as long as no turbine moves further than it was told.
"""

import numpy as np
import shapely
from scipy.spatial import cKDTree

from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem


class NearbyConstraints:
    """The constraints that can be felt within reach of a layout, in diameters.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n_turbines, 2) [m]
    range_d : float [D]
        How far a turbine may move in each coordinate.
    """

    def __init__(self, problem: LayoutProblem, layout: FloatArray, range_d: float) -> None:
        self.problem = problem
        step = range_d * np.sqrt(2.0) * problem.rotor_diameter
        rim = problem.site.area.boundary
        self.near_rim = np.flatnonzero(shapely.distance(shapely.points(layout), rim) < 2.0 * step)
        self.edges = _edges_within_reach(problem.site.area, layout[self.near_rim], step)
        farms = problem.joined(layout)
        rule = problem.spacing
        reach = rule.largest_m + 2.0 * step
        pairs: IntArray = cKDTree(farms).query_pairs(reach, output_type="ndarray")
        self.pairs = pairs[pairs.min(axis=1) < len(layout)] if len(pairs) else pairs
        i, j = self.pairs.T
        types = problem.all_types
        self.bound = rule.bound_m[types[i], types[j]]

    def slack(self, layout: FloatArray) -> FloatArray:
        """Return the distances to the boundaries, positive inside, and the spacing to spare [D]."""
        distance, _ = self._to_rim(layout)
        gap = self._gaps(layout)
        spare = np.hypot(*gap.T) - self.bound
        return np.concatenate([distance, spare]) / self.problem.rotor_diameter

    def jacobian(self, layout: FloatArray) -> FloatArray:
        """Return the derivatives of the slack by the coordinates (n_constraints, 2 n) [1/m x D]."""
        n, metric = len(layout), self.problem.spacing.metric
        _, inward = self._to_rim(layout)
        out = np.zeros((len(self.near_rim) + len(self.pairs), n, 2))
        out[np.arange(len(self.near_rim)), self.near_rim] = inward
        gap = self._gaps(layout)
        unit = (gap / np.maximum(np.hypot(*gap.T), 1e-9)[:, None]) @ metric
        rows = len(self.near_rim) + np.arange(len(self.pairs))
        for side, sign in ((0, 1.0), (1, -1.0)):
            moves = self.pairs[:, side] < n
            out[rows[moves], self.pairs[moves, side]] = sign * unit[moves]
        return out.reshape(len(out), 2 * n) / self.problem.rotor_diameter

    def _gaps(self, layout: FloatArray) -> FloatArray:
        farms = self.problem.joined(layout)
        i, j = self.pairs.T
        return self.problem.spacing.mapped(farms[i] - farms[j])

    def _to_rim(self, layout: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return signed distances [m] to the boundaries and their gradients (k, 2)."""
        here = layout[self.near_rim]
        (start, edge), points = self.edges, np.arange(len(here))
        gaps = _gaps_to_edges(here, start, edge)
        nearest = np.hypot(gaps[..., 0], gaps[..., 1]).argmin(axis=1)
        gap = gaps[points, nearest]
        distance = np.hypot(*gap.T)
        inside = shapely.contains_xy(self.problem.site.area, *here.T)
        away = np.where(inside, 1.0, -1.0)[:, None] * gap / np.maximum(distance, 1e-9)[:, None]
        along = edge[points, nearest]
        to_left = np.stack([-along[:, 1], along[:, 0]], axis=1)
        to_left /= np.hypot(*to_left.T)[:, None]
        on_rim = distance < 1e-3
        return np.where(inside, distance, -distance), np.where(on_rim[:, None], to_left, away)


def _edges_within_reach(
    area: shapely.MultiPolygon, points: FloatArray, step: float
) -> tuple[FloatArray, FloatArray]:
    """Return where edges start, and the edges: those that may become the nearest to each point.

    A site drawn round has hundreds of edges. The points may move by `step` [m]: what is further
    away than the nearest edge by more than twice that cannot become the nearest.

    Returns
    -------
    (k, m, 2), (k, m, 2) [m]
        Of points (k, 2); rows are filled up with edges that are further away.
    """
    start, edge = _edges(area)
    gaps = _gaps_to_edges(points, start[None], edge[None])
    distance = np.hypot(gaps[..., 0], gaps[..., 1])
    nearest = distance.min(axis=1, keepdims=True, initial=np.inf)
    most = int((distance <= nearest + 2.0 * step).sum(axis=1).max(initial=1))
    chosen = np.sort(np.argsort(distance, axis=1, kind="stable")[:, :most], axis=1)
    return start[chosen], edge[chosen]


def _gaps_to_edges(points: FloatArray, start: FloatArray, edge: FloatArray) -> FloatArray:
    """Return ways (k, m, 2) from the nearest places on edges (k or 1, m, 2) to points (k, 2)."""
    away = points[:, None] - start
    along = (away * edge).sum(-1) / np.maximum((edge**2).sum(-1), 1e-12)
    gaps: FloatArray = points[:, None] - (start + np.clip(along, 0.0, 1.0)[..., None] * edge)
    return gaps


def _edges(area: shapely.MultiPolygon) -> tuple[FloatArray, FloatArray]:
    """Return where the edges of all boundaries start, and the edges, the site to their left."""
    starts, edges = [], []
    for parcel in area.geoms:
        oriented = shapely.orient_polygons(parcel)
        for ring in (oriented.exterior, *oriented.interiors):
            corners = shapely.get_coordinates(ring)
            starts.append(corners[:-1])
            edges.append(np.diff(corners, axis=0))
    return np.vstack(starts), np.vstack(edges)
