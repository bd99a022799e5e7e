"""Many neighbours: in each wind, only those upwind of one's own farm are asked about.

Whoever stands downwind of all turbines that count takes nothing from them, and whoever stands far
to the side of them does not reach them. With the wind blowing along the unit vector d, a neighbour
at y is left out of a sector of directions where, for the turbines x_i that count,

    y·d > max_i x_i·d + m,    or    side(y) > m + s (max_i x_i·d - y·d),

with the distance side(y) across the wind from the strip that the x_i take, and the margins m [m]
and s [-], the sector's half-width added to s. What such neighbours do to others further upwind is
left out with them, which is of second order: `tests/problem/test_neighbours.py` bounds it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.farm import DifferentiableFarmModel, Farm, FarmModel
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.wind_resource import WindResource

SECTOR_DEG = 15.0
SIDE_M, SIDE_SLOPE = 1500.0, 0.25
"""m and s: wakes widen by less than 0.1 of the way, to four of their standard deviations."""


@dataclass(frozen=True, eq=False)
class Upwind(DifferentiableFarmModel):
    """A farm model that is asked only about turbines which may matter to those that count.

    Attributes
    ----------
    model : FarmModel
    """

    model: FarmModel

    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return the turbines' power, 0 of neighbours that are left out; see `FarmModel`."""
        power = np.zeros((len(farm.layouts), *wind.ws.shape, len(farm.types)))
        for rows, kept in self._parts(farm, farm.layouts[:, : farm.counted], wind):
            some = np.zeros((len(power), *wind.take(rows).ws.shape, len(farm.types)))
            some[..., kept] = self.model.turbine_power(_part(farm, kept), wind.take(rows))
            power[:, rows] = some
        return power

    def mean_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return the mean power of those that count; see `FarmModel`."""
        total = np.zeros(len(farm.layouts))
        for rows, kept in self._parts(farm, farm.layouts[:, : farm.counted], wind):
            total = total + self.model.mean_power(_part(farm, kept), wind.take(rows))
        return total

    def mean_power_gradient(self, farm: Farm, wind: Conditions) -> tuple[FloatArray, FloatArray]:
        """Return the mean power and its gradient; see `DifferentiableFarmModel`."""
        total, gradient = np.zeros(len(farm.layouts)), np.zeros(farm.layouts.shape)
        for rows, kept in self._parts(farm, farm.layouts[:, : farm.counted], wind):
            part = _part(farm, kept)
            mean, slope = self._differentiable.mean_power_gradient(part, wind.take(rows))
            total = total + mean
            gradient[:, kept] += slope
        return total, gradient

    def place_values(
        self, farm: Farm, newcomer: int, places: FloatArray, wind: Conditions
    ) -> FloatArray:
        """Return the mean power with one more turbine; see `DifferentiableFarmModel`."""
        total = np.zeros(len(places))
        own = np.concatenate([farm.layouts[0, : farm.counted], places])[None]
        for rows, kept in self._parts(farm, own, wind):
            part = _part(farm, kept)
            total += self._differentiable.place_values(part, newcomer, places, wind.take(rows))
        return total

    def rose(self, wind: WindResource, weight: FloatArray) -> Conditions:
        """Return the model's conditions; see `FarmModel`."""
        return self.model.rose(wind, weight)

    def check(self, farm: Farm, wind: Conditions) -> None:
        """Let the model warn of what it is not made for; see `FarmModel`."""
        self.model.check(farm, wind)

    @property
    def _differentiable(self) -> DifferentiableFarmModel:
        if not isinstance(self.model, DifferentiableFarmModel):
            raise TypeError(f"{type(self.model).__name__} tells no gradient")
        return self.model

    def _parts(
        self, farm: Farm, own: FloatArray, wind: Conditions
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield the rows of each sector's conditions, and the turbines that may matter there.

        Parameters
        ----------
        own : (b, m, 2) [m]
            Whose power counts.
        """
        sectors = np.floor(np.mod(wind.wd, 360.0) / SECTOR_DEG).astype(int)
        neighbours = farm.layouts[0, farm.counted :]
        for sector in np.unique(sectors):
            towards = np.deg2rad((sector + 0.5) * SECTOR_DEG + 180.0)
            along = np.array([np.sin(towards), np.cos(towards)])
            kept = may_matter(neighbours, own.reshape(-1, 2), along)
            everyone = np.append(np.arange(farm.counted), farm.counted + np.flatnonzero(kept))
            yield np.flatnonzero(sectors == sector), everyone


def may_matter(neighbours: FloatArray, own: FloatArray, along: FloatArray) -> FloatArray:
    """Return which neighbours (f, 2) [m] may slow the wind at places (m, 2) [m]: (f,) bool.

    Parameters
    ----------
    along : (2,)
        Unit vector of the wind in the middle of a sector.
    """
    across = np.array([-along[1], along[0]])
    turn = np.tan(np.deg2rad(SECTOR_DEG / 2))
    down, side = own @ along, own @ across
    y_down, y_side = neighbours @ along, neighbours @ across
    ahead = down.max() - y_down
    beside = np.maximum(0.0, np.maximum(side.min() - y_side, y_side - side.max()))
    reach = SIDE_M + (SIDE_SLOPE + turn) * np.maximum(ahead, 0.0)
    across_own = float(np.ptp(side))
    return np.asarray((ahead > -SIDE_M - turn * (beside + across_own)) & (beside < reach))


def _part(farm: Farm, kept: IntArray) -> Farm:
    return Farm(np.ascontiguousarray(farm.layouts[:, kept]), farm.types[kept], farm.counted)
