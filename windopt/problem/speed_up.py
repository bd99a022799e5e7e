"""Wind that varies over the site: by what the wind speed differs from place to place.

At place (x, y), in wind from θ, the free wind speed is

    U(x, y, θ) = u f(x, y, θ),

where u is the speed of the rose and f the speed-up. f is known on a grid of places and for some
directions. Between directions it is linear and periodic. Between places it is linear on triangles,
two to a cell of the grid: those of FLORIS, which gives its `heterogeneous_inflow_config` to SciPy's
`LinearNDInterpolator` (``floris/core/flow_field.py``). In a regular grid either diagonal of a cell
is a Delaunay triangulation; which one Qhull takes is asked of Qhull, so that every stage has the
same f up to rounding.

Beyond the grid FLORIS takes f = 1, a step. There is no wind to be known there: layouts that reach
beyond are refused.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windopt.problem.layout import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class SpeedUp:
    """How the free wind speed varies over the site.

    Parameters
    ----------
    x, y : (nx,) [m]
        (ny,) increasing, of the grid's nodes.
    wind_direction : (s,) [deg]
        Increasing within [0, 360).
    factor : (s, nx, ny) [-]
        Wind speed at each node over that of the rose.
    """

    x: FloatArray
    y: FloatArray
    wind_direction: FloatArray
    factor: FloatArray

    @property
    def nodes(self) -> FloatArray:
        """The grid's nodes, those of one x after each other (nx * ny, 2) [m]."""
        return np.stack(np.meshgrid(self.x, self.y, indexing="ij"), axis=-1).reshape(-1, 2)

    @cached_property
    def triangulation(self) -> Any:
        """SciPy's Delaunay triangulation of the nodes, as FLORIS makes it."""
        from scipy.spatial import Delaunay

        return Delaunay(self.nodes)

    @cached_property
    def falling(self) -> NDArray[np.bool_]:
        """Whether a cell is cut from its upper left corner to its lower right (nx - 1, ny - 1)."""
        i, j = np.divmod(np.asarray(self.triangulation.simplices), len(self.y))
        if (np.ptp(i, axis=1) != 1).any() or (np.ptp(j, axis=1) != 1).any():
            raise ValueError("the triangles of the grid are not halves of its cells")
        # the right angle is where two corners share x and two share y
        right, upper = (k.sum(axis=1) - 3 * k.min(axis=1) == 2 for k in (i, j))
        falling = np.zeros((len(self.x) - 1, len(self.y) - 1), dtype=bool)
        falling[i.min(axis=1), j.min(axis=1)] = right == upper
        return falling

    def between(self, wd: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the directions around each of `wd` (k,) [deg], and the second one's weight."""
        known = self.wind_direction
        second = np.searchsorted(known, wd % 360.0, side="right") % len(known)
        first = second - 1  # of the first, the last
        gap = (known[second] - known[first]) % 360.0
        weight = ((wd - known[first]) % 360.0) / np.where(gap > 0.0, gap, 360.0)
        return first % len(known), second, weight

    def towards(self, wd: FloatArray) -> FloatArray:
        """Return the speed-up at all nodes in wind from `wd` (k,) [deg]: (k, nx, ny)."""
        first, second, weight = self.between(wd)
        w = weight[:, None, None]
        return np.asarray((1.0 - w) * self.factor[first] + w * self.factor[second])

    def at(self, places: FloatArray, wd: FloatArray) -> FloatArray:
        """Return the speed-up at places (m, 2) [m] in wind from `wd` (k,) [deg]: (k, m).

        NaN beyond the grid.
        """
        from scipy.interpolate import LinearNDInterpolator

        by_sector = self.factor.reshape(len(self.factor), -1).T
        here = LinearNDInterpolator(self.triangulation, by_sector)(np.asarray(places))  # (m, s)
        first, second, weight = self.between(wd)
        w = weight[:, None]
        return np.asarray((1.0 - w) * here.T[first] + w * here.T[second])

    def beyond(self, places: FloatArray, margin: float = 0.0) -> NDArray[np.bool_]:
        """Return which places (m, 2) [m] are not on the grid, or less than `margin` [m] within."""
        low = np.array([self.x[0], self.y[0]]) + margin
        high = np.array([self.x[-1], self.y[-1]]) - margin
        return np.asarray(((places < low) | (places > high)).any(axis=1))

    def cut(self, low: FloatArray, high: FloatArray) -> "SpeedUp":
        """Keep what lies around the box from `low` to `high` (2,) [m], with a cell about it."""
        (i, p), (j, q) = (
            (
                max(0, int(np.searchsorted(axis, a, side="right")) - 2),
                int(np.searchsorted(axis, b)) + 2,
            )
            for axis, a, b in zip((self.x, self.y), low, high, strict=True)
        )
        return SpeedUp(
            self.x[i:p], self.y[j:q], self.wind_direction, self.factor[:, i:p, j:q].copy()
        )

    def turned(self, angle: float) -> "SpeedUp":
        """Return the speed-up with its directions increased by an angle [deg]."""
        direction = turn(self.wind_direction, angle)
        order = np.argsort(direction)
        return SpeedUp(self.x, self.y, direction[order], self.factor[order])

    def __repr__(self) -> str:
        return (
            f"SpeedUp({len(self.x)} x {len(self.y)} places, {len(self.factor)} directions, "
            f"{self.factor.min():.3f} to {self.factor.max():.3f})"
        )


def turn(direction: FloatArray, angle: float) -> FloatArray:
    """Return directions increased by an angle, within [0, 360) [deg]."""
    turned = (direction + angle) % 360.0
    return np.where(turned < 360.0, turned, 0.0)  # of -1e-17, Python's remainder is 360
