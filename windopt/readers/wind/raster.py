"""Values on a grid of one CRS, brought onto a grid in the site's metres.

Values are bilinear between the nodes. The new grid is as fine as the old one; where both are in one
CRS it is the old one. Nodes without a value, the rim of a country in an atlas, say, are refused
where turbines may stand, and take the nearest value elsewhere: the wind is asked on a rectangle.
"""

import logging
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.readers.crs import crs_name, reproject

logger = logging.getLogger(__name__)

MOST_NODES = 500
"""Along one side of a new grid: a finer map is taken coarser."""
SAME = 0.01
"""Distance of places that two CRS agree on [m]."""


@dataclass(frozen=True, eq=False)
class Raster:
    """Values on a grid.

    Parameters
    ----------
    where : file, for messages
    x, y : (nx,)
        (ny,) increasing, in units of `crs`.
    values : (..., nx, ny)
        Nan where nothing is known.
    crs : str or None
        Of x and y; None takes the site's.
    """

    where: str
    x: FloatArray
    y: FloatArray
    values: FloatArray
    crs: str | None

    def at(self, places: FloatArray) -> FloatArray:
        """Return the values at places (n, 2) in `crs`: (..., n), nan off the grid."""
        from scipy.interpolate import RegularGridInterpolator

        values = np.moveaxis(self.values, (-2, -1), (0, 1))
        between = RegularGridInterpolator((self.x, self.y), values, bounds_error=False)
        return np.asarray(np.moveaxis(between(places), 0, -1))

    def in_metres(self, crs: str | None, low: FloatArray, high: FloatArray) -> "Raster":
        """Return the values around the box from `low` to `high` (2,) [m] on a grid in `crs`.

        Raises
        ------
        ConfigError
            Where nobody has said what the site's CRS is, but this raster has one; or there is
            nothing there.
        """
        if self.crs is None:
            return self
        if crs is None:
            problem = f"is in {crs_name(self.crs)}, but nobody knows where the site's metres are"
            cure = "add crs: to the config, the CRS of the site's coordinates, such as EPSG:25831"
            raise ConfigError.of(self.where, problem, cure)
        corners = np.array([low, high, (low[0], high[1]), (high[0], low[1])])
        if np.allclose(reproject(corners, self.crs, crs), corners, rtol=0.0, atol=SAME):
            return replace(self, crs=None)
        steps = self._steps(crs, (low + high) / 2)
        steps = np.maximum(steps, (high - low) / (MOST_NODES - 1))
        x, y = (np.arange(a, b + step, step) for a, b, step in zip(low, high, steps, strict=True))
        nodes = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
        own = reproject(nodes, crs, self.crs)
        values = self.at(own)
        if not np.isfinite(values).any():
            here = own.mean(axis=0)
            problem = (
                f"spans {self.x[0]:.8g} to {self.x[-1]:.8g} and {self.y[0]:.8g} to "
                f"{self.y[-1]:.8g} in {crs_name(self.crs)}, the site is around ({here[0]:.8g}, "
                f"{here[1]:.8g})"
            )
            raise ConfigError.of(self.where, problem, "give a map of the site, and check crs")
        return Raster(self.where, x, y, values.reshape(*values.shape[:-1], len(x), len(y)), None)

    def _steps(self, crs: str, middle: FloatArray) -> FloatArray:
        """Return the distance of the nodes along each axis of `crs` (2,) [m], at `middle` (2,)."""
        here = reproject(middle[None], crs, str(self.crs))[0]
        aside = here + np.diag([float(np.diff(axis).mean()) for axis in (self.x, self.y)])
        there = reproject(aside, str(self.crs), crs) - middle
        lengths = np.asarray(np.hypot(there[:, 0], there[:, 1]))
        if not np.isfinite(lengths).all():
            problem = f"{crs_name(self.crs)} does not reach the site"
            raise ConfigError.of(self.where, problem, "check crs and the site's coordinates")
        turned = abs(there[0, 0]) < abs(there[0, 1])
        return lengths[::-1] if turned else lengths

    def filled(self, site: Site, reach: float, others: FloatArray) -> "Raster":
        """Return the grid with a value at every node.

        Parameters
        ----------
        site : Site
            Where values must be known.
        reach : float [m]
            And so far around it.
        others : (f, 2) [m]
            Places where they must be known too.

        Raises
        ------
        ConfigError
            Where the map says nothing there.
        """
        known = np.isfinite(self.values).reshape(-1, len(self.x), len(self.y))
        unknown = np.asarray(~known.all(axis=0))
        self._check_covers(site, others)
        if not unknown.any():
            return self
        nodes = np.stack(np.meshgrid(self.x, self.y, indexing="ij"), axis=-1)
        cell = float(np.hypot(np.diff(self.x).max(), np.diff(self.y).max()))
        asked = shapely.union_all([site.area, *shapely.points(others)])
        needed = shapely.dwithin(shapely.points(nodes), asked, reach + cell)
        if (missing := unknown & needed).any():
            i, j = np.argwhere(missing)[0]
            problem = (
                f"says nothing at {missing.sum()} of its {needed.sum()} nodes on and about the "
                f"site, such as ({self.x[i]:.10g}, {self.y[j]:.10g})"
            )
            cure = "give a map that covers the site and a cell more all round, without gaps"
            raise ConfigError.of(self.where, problem, cure)
        return replace(self, values=_nearest(self.values, unknown))

    def _check_covers(self, site: Site, others: FloatArray) -> None:
        west, south, east, north = site.area.bounds
        low, high = np.array([west, south]), np.array([east, north])
        for place in others:
            low, high = np.minimum(low, place), np.maximum(high, place)
        first, last = np.array([self.x[0], self.y[0]]), np.array([self.x[-1], self.y[-1]])
        if (low >= first).all() and (high <= last).all():
            return
        problem = (
            f"spans x {self.x[0]:.10g} to {self.x[-1]:.10g} and y {self.y[0]:.10g} to "
            f"{self.y[-1]:.10g}, the site and fixed turbines x {low[0]:.10g} to {high[0]:.10g} and "
            f"y {low[1]:.10g} to {high[1]:.10g}"
        )
        raise ConfigError.of(self.where, problem, "give a map that covers them, and check crs")


def _nearest(values: FloatArray, unknown: NDArray[np.bool_]) -> FloatArray:
    """Return nodes that are unknown (nx, ny) the value of the nearest that is known."""
    from scipy.ndimage import distance_transform_edt

    i, j = distance_transform_edt(unknown, return_distances=False, return_indices=True)
    return np.asarray(values[..., i, j])
