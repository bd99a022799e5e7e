"""The boundary: every turbine stands on the site, clear of exclusions and set-backs.

The slack of turbine i is its signed distance to the boundary, in rotor diameters,

    s_i = +- |x_i - e(x_i)| / D,

positive inside, where e(x) is the place nearest to x on any edge of the site's rings. Its gradient
is the unit vector away from the boundary, (x_i - e) / |x_i - e| inside and its opposite outside; on
the boundary itself, where both vanish, it is the edge's normal to the site's side.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from windopt.problem.constraint import Constraint, Standing
from windopt.problem.layout import BoolArray, FloatArray, IntArray
from windopt.problem.site import Site

BOUNDARY_TOLERANCE_M = 1e-3


@dataclass(frozen=True, eq=False)
class Boundary(Constraint):
    """Every turbine on the site.

    Parameters
    ----------
    site : Site
    rotor_diameter : float [m]
        The slack's unit.
    turbines : (k,) int, or None
        The turbines that are looked at; None looks at all.
    edges : (k, m, 2) and (k, m, 2) [m], or None
        Where edges start, and the edges, the site to their left: those looked at for each turbine.
    """

    site: Site
    rotor_diameter: float
    turbines: IntArray | None = None
    edges: tuple[FloatArray, FloatArray] | None = None

    name = "boundary"

    def slack(self, layout: FloatArray) -> FloatArray:
        """Return the signed distances to the boundary, positive inside (k,) [D]."""
        return self._distances(layout)[0] / self.rotor_diameter

    def jacobian(self, layout: FloatArray) -> FloatArray:
        """Return the derivatives of the slack by the places (k, n, 2) [D/m]."""
        _, inward = self._distances(layout)
        turbines = np.arange(len(layout)) if self.turbines is None else self.turbines
        out = np.zeros((len(turbines), len(layout), 2))
        out[np.arange(len(turbines)), turbines] = inward
        return out / self.rotor_diameter

    def free(self, places: FloatArray, standing: Standing) -> BoolArray:
        """Return which places (m, 2) [m] lie on the site: (m,)."""
        shapely.prepare(self.site.area)
        on_site = shapely.dwithin(self.site.area, shapely.points(places), BOUNDARY_TOLERANCE_M)
        return np.asarray(on_site, dtype=np.bool_)

    def within_reach(self, layout: FloatArray, step_m: float) -> "Boundary":
        """Return the boundary for the turbines that can meet it, with the edges they can meet."""
        area = self.site.area
        near = shapely.distance(shapely.points(layout), area.boundary) < 2.0 * step_m
        turbines = np.flatnonzero(near)
        edges = _edges_within_reach(area, layout[turbines], step_m)
        return Boundary(self.site, self.rotor_diameter, turbines, edges)

    def keeps(self, layout: FloatArray) -> bool:
        """Return whether all turbines stand on the site, to the tolerance."""
        return bool((boundary_violation(layout, self.site) <= BOUNDARY_TOLERANCE_M).all())

    def project(self, layout: FloatArray, give: float = 0.0) -> FloatArray:
        """Move turbines off the site to its nearest point, whatever `give`: (n, 2) [m]."""
        shapely.prepare(self.site.area)
        off = ~shapely.intersects_xy(self.site.area, *layout.T)
        return move_onto(self.site.area, layout, off)

    def _distances(self, layout: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return signed distances (k,) [m] to the boundary and their gradients (k, 2)."""
        here = layout if self.turbines is None else layout[self.turbines]
        start, edge = self._all_edges(len(here)) if self.edges is None else self.edges
        points = np.arange(len(here))
        gaps = _gaps_to_edges(here, start, edge)
        nearest = np.hypot(gaps[..., 0], gaps[..., 1]).argmin(axis=1)
        gap = gaps[points, nearest]
        distance = np.hypot(*gap.T)
        inside = shapely.contains_xy(self.site.area, *here.T)
        away = np.where(inside, 1.0, -1.0)[:, None] * gap / np.maximum(distance, 1e-9)[:, None]
        along = edge[points, nearest]
        to_left = np.stack([-along[:, 1], along[:, 0]], axis=1)
        to_left /= np.hypot(*to_left.T)[:, None]
        on_rim = distance < 1e-3
        return np.where(inside, distance, -distance), np.where(on_rim[:, None], to_left, away)

    def _all_edges(self, n: int) -> tuple[FloatArray, FloatArray]:
        start, edge = _edges(self.site.area)
        shape = (n, *start.shape)
        return np.broadcast_to(start, shape), np.broadcast_to(edge, shape)


def boundary_violation(layout: FloatArray, site: Site) -> FloatArray:
    """Return how far each turbine lies outside the site, 0 inside.

    Parameters
    ----------
    layout : (..., n_turbines, 2) [m]

    Returns
    -------
    violation : (..., n_turbines) [m]
    """
    shapely.prepare(site.area)
    return np.asarray(shapely.distance(shapely.points(layout), site.area), dtype=np.float64)


def move_onto(area: shapely.MultiPolygon, layout: FloatArray, off: BoolArray) -> FloatArray:
    """Move the turbines that are `off` (n,) an area to its nearest point: (n, 2) -> (n, 2) [m].

    Where none is, `layout` itself comes back.
    """
    if not off.any():
        return layout
    moved = layout.copy()
    lines = shapely.shortest_line(area, shapely.points(layout[off]))
    moved[off] = shapely.get_coordinates(lines)[::2]
    return moved


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
