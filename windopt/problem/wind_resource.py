"""The wind resource: how often the wind blows from where, how fast and how turbulent.

A rose of n sectors holds the joint probability p(θ, u) of direction θ and speed u. Refined to m
directions, the mass of each sector is spread over the directions around it by a fixed kernel: even
over the sector, of width h = 360°/n, and then averaged over a window w, the multiple of the step
g = 360°/m nearest to h. At a distance d from the sector's centre a direction has the share

    g / (h w) · min(h, w, max(0, (h + w) / 2 - |d|)).

Where n divides m, this is the joint table interpolated linearly and periodically. In any case each
sector's shares sum to 1, so that every sum over the rose is kept (probability by speed, p u³, p
times value, p times turbulence intensity), and an even rose stays even. Interpolating p(θ) and
p(u | θ) apart, as in the 360-direction rose of IEA Wind Task 37's case study 4, keeps none of
those: with 12 sectors of trade wind a lone turbine then yields 7.5 % less.

Too few directions flatter a layout: a farm in line with its grid reads 4.8 % high with 36
directions.
"""

import logging
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.speed_up import SpeedUp, turn

logger = logging.getLogger(__name__)

CALM = 0.25
"""The middle of the class from 0 to 0.5 m/s [m/s]."""
STILL = 0.5
"""Below this speed it is calm: nobody asks from where [m/s]."""
EXACT = 0.01
"""Off an even rose's centres by which directions count as these [deg]."""
ROUNDED = 0.5
"""Off them at most: directions in whole degrees [deg]."""
FINEST = 72
"""Sectors of a rose of which most are without wind and left out."""


class WindYear(NamedTuple):
    """A calendar year of a time series, on the classes of its rose.

    Attributes
    ----------
    year : int
    probability : (n_directions, n_speeds) [-]
        Joint, sums to 1.
    """

    year: int
    probability: FloatArray


@dataclass(frozen=True, eq=False)
class WindResource:
    """A wind rose.

    Parameters
    ----------
    wind_direction : (n_directions,) [deg]
        Increasing within [0, 360).
    wind_speed : (n_speeds,) [m/s]
        Increasing.
    probability : (n_directions, n_speeds) [-]
        Joint, sums to 1.
    turbulence_intensity : (n_directions, n_speeds) [-]
    value : (n_directions, n_speeds) of the energy, None where none is given [currency/MWh]
    speed_up : SpeedUp or None
        By what the wind speed differs from place to place, None where it does not.
    years : tuple of WindYear
        The whole calendar years of a time series; none of what is no time series.
    """

    wind_direction: FloatArray
    wind_speed: FloatArray
    probability: FloatArray
    turbulence_intensity: FloatArray
    value: FloatArray | None = None
    speed_up: SpeedUp | None = None
    years: tuple[WindYear, ...] = ()

    @classmethod
    def scaled(
        cls,
        wind_direction: FloatArray,
        wind_speed: FloatArray,
        probability: FloatArray,
        turbulence_intensity: FloatArray,
        value: FloatArray | None = None,
    ) -> "WindResource":
        """Return a rose with its directions in order and its probabilities scaled to 1.

        Calm, a speed of 0, becomes a breath of air: FLORIS divides by the wind speed.
        """
        order = np.argsort(wind_direction % 360, kind="stable")
        if wind_speed[0] == 0.0:
            breath = np.append(CALM, wind_speed[1:2] / 2).min()
            wind_speed = np.append(breath, wind_speed[1:])
        return cls(
            (wind_direction % 360)[order],
            wind_speed,
            probability[order] / probability.sum(),
            turbulence_intensity[order],
            None if value is None else value[order],
        )

    @property
    def occurs(self) -> NDArray[np.bool_]:
        """Which classes do (n_directions, n_speeds)."""
        return np.asarray(self.probability > 0)

    @property
    def conditions(self) -> Conditions:
        """The conditions that occur, direction by direction, weighted by probability."""
        return self.grid(self.probability).listed.take(self.occurs.ravel())

    def grid(self, weight: FloatArray) -> Conditions:
        """Return all classes with weights (n_directions, n_speeds)."""
        return Conditions.grid(
            self.wind_direction, self.wind_speed, self.turbulence_intensity, weight
        )

    @property
    def sector_probability(self) -> FloatArray:
        """Probability of each direction (n_directions,) [-]."""
        return np.asarray(self.probability.sum(axis=1))

    @property
    def mean_wind_speed(self) -> float:
        """Mean free-stream wind speed [m/s]."""
        return float(self.probability.sum(axis=0) @ self.wind_speed)

    def refined(self, n_directions: int = 360) -> "WindResource":
        """Return the rose on `n_directions` even directions from 0°, itself when it has as many.

        Speed by speed, probability, and probability times value and times turbulence intensity,
        keep their sums over all directions. So a turbine without neighbours yields the same, and
        mean speed, power density, mean value and mean turbulence intensity stay. Where a speed-up
        differs from sector to sector, that holds for the rose alone: between two sectors the
        speed-up is linear, and a place that is windy in one sector only has less of it (a lone
        turbine on the ridge of the example: 0.07 % rms, 0.13 % at most).

        Sectors without wind may be missing. Directions of no even rose, or fewer than three, are a
        list of cases to look at and no rose of sectors: they stay as they are.
        """
        step = 360.0 / n_directions
        gaps = np.diff(self.wind_direction, append=self.wind_direction[0] + 360.0)
        if len(self.wind_direction) >= n_directions or gaps.min() < 1.001 * step:
            return self
        kept = self._of_sectors()
        sectors = even_sectors(self.wind_direction[kept])
        if sectors is None:
            given = len(self.wind_direction)
            logger.warning(
                "%d wind %s no even rose, and not refined: layouts are judged on %s alone, between "
                "which turbines hide from wakes. AEP of rows reads 4.8 %% high with 36 directions, "
                "and a wake loss of 4 %% read 10 %% with 11; give sectors of equal width, with "
                "frequency 0 where no wind blows, or refine_wind: false for a list of cases",
                given,
                "direction is" if given == 1 else "directions are",
                "it" if given == 1 else "these directions",
            )
            return self
        width, first, number = sectors
        self._tell_sectors(width, first, number, self.wind_direction[kept])
        direction = np.asarray(step * np.arange(n_directions), dtype=np.float64)
        share = np.full((n_directions, len(kept)), 1 / n_directions)  # of calm, from all sides
        share[:, kept] = spread(direction, np.asarray(first + width * number), width)
        probability = share @ self.probability
        turbulence = share @ (self.probability * self.turbulence_intensity)
        return WindResource(
            direction,
            self.wind_speed,
            probability,
            _over(turbulence, probability, self._nearest(direction, self.turbulence_intensity)),
            None
            if self.value is None
            else _over(
                share @ (self.probability * self.value),
                probability,
                self._nearest(direction, self.value),
            ),
            self.speed_up,
            tuple(one._replace(probability=share @ one.probability) for one in self.years),
        )

    def turned(self, angle: float) -> "WindResource":
        """Return the rose with its directions increased by an angle [deg]."""
        direction = turn(self.wind_direction, angle)
        order = np.argsort(direction)
        return WindResource(
            direction[order],
            self.wind_speed,
            self.probability[order],
            self.turbulence_intensity[order],
            None if self.value is None else self.value[order],
            None if self.speed_up is None else self.speed_up.turned(angle),
            tuple(one._replace(probability=one.probability[order]) for one in self.years),
        )

    def _nearest(self, direction: FloatArray, values: FloatArray) -> FloatArray:
        """Return the `values` (n_directions, k) of the directions next to `direction` (m,)."""
        apart = abs((direction[:, None] - self.wind_direction + 180.0) % 360.0 - 180.0)
        return np.asarray(values[np.argmin(apart, axis=1)])

    def _of_sectors(self) -> NDArray[np.bool_]:
        """Return which directions are those of sectors (n_directions,).

        A calm is often written with a direction of its own, such as 0, beside sectors around 15°,
        45° and so on. Taken for a sector it would halve the others. So is a direction without any
        wind. A few of these are left out where the others alone are an even rose with fewer gaps.
        """
        blows = np.asarray((self.probability[:, self.wind_speed > STILL] > 0).any(axis=1))
        every = np.ones_like(blows)
        if blows.all() or 4 * np.count_nonzero(~blows) > np.count_nonzero(blows):
            return every
        without = even_sectors(self.wind_direction[blows])
        if without is None:
            return every
        taken = even_sectors(self.wind_direction)
        if taken is not None:
            absent = round(360.0 / taken[0]) - len(blows)
            if absent <= round(360.0 / without[0]) - np.count_nonzero(blows):
                return every
        logger.info(
            "there is no wind from %s deg: it counts as no sector of the rose",
            ", ".join(f"{one:g}" for one in self.wind_direction[~blows]),
        )
        return blows

    def _tell_sectors(
        self, width: float, first: float, number: IntArray, direction: FloatArray
    ) -> None:
        """Report which sectors are taken to be without wind, and which directions to be rounded."""
        total = round(360.0 / width)
        if silent := sorted(
            round((first + width * k) % 360.0, 2) for k in set(range(total)) - set(number.tolist())
        ):
            listed = ", ".join(f"{one:g}" for one in silent[:6])
            logger.warning(
                "the rose has %d of %d sectors: in the others (%s%s deg) no wind blows",
                total - len(silent),
                total,
                listed,
                " ..." if len(silent) > 6 else "",
            )
        off = abs((direction - first - width * number + 180.0) % 360.0 - 180.0).max()
        if off > EXACT:
            logger.warning(
                "the wind directions are up to %.2f deg off the centres of %d even sectors: they "
                "are taken as rounded",
                off,
                total,
            )

    def __repr__(self) -> str:
        return (
            f"WindResource({len(self.wind_direction)} directions x {len(self.wind_speed)} speeds, "
            f"mean {self.mean_wind_speed:.2f} m/s"
            f"{'' if self.speed_up is None else f', {self.speed_up!r}'})"
        )


def even_sectors(direction: FloatArray) -> tuple[float, float, IntArray] | None:
    """Return which even rose some directions are the sectors.

    The least gap is taken as the sectors' width. Where half of the sectors are there, directions
    may be rounded: by a twentieth of the width, to whole degrees at most. Where fewer are, sectors
    are 5° wide or wider: a list of cases is mostly in whole degrees.

    Parameters
    ----------
    direction : (n_directions,) [deg]
        Increasing within [0, 360).

    Returns
    -------
    width, first, number
        Width of a sector [deg], centre of the sector of the first direction [deg], and the
        directions' sectors counted from it (n_directions,); None if it is no such rose.
    """
    if len(direction) < 3:
        return None
    gap = float(np.diff(direction, append=direction[0] + 360.0).min())
    found: tuple[float, float, float, IntArray] | None = None
    for total in range(max(3, int(360.0 / (gap + 1.0))), round(360.0 / gap) + 1):
        width = 360.0 / total
        number = np.rint((direction - direction[0]) / width)
        off = direction - direction[0] - width * number
        worst = float(np.ptp(off)) / 2
        many = 2 * len(direction) >= total
        if not many and total > FINEST:
            continue
        allowed = min(ROUNDED, width / 20) + 1e-9 if many else EXACT
        if worst > allowed or len(np.unique(number % total)) < len(direction):
            continue
        if found is None or worst < found[0] - 1e-9:
            middle = 0.0 if worst <= EXACT else float(off.min() + off.max()) / 2
            found = worst, width, float(direction[0]) + middle, number.astype(np.intp)
    return None if found is None else found[1:]


def spread(direction: FloatArray, centre: FloatArray, width: float) -> FloatArray:
    """Return the share of each sector's mass that falls on each direction (see the module).

    Parameters
    ----------
    direction : (m,) [deg]
        Even.
    centre : (n,) of the sectors [deg]
    width : float [deg]
        Of a sector, not less than the step of `direction`.

    Returns
    -------
    (m, n), its columns sum to 1 [-]
    """
    step = 360.0 / len(direction)
    window = step * round(width / step)
    apart = abs((direction[:, None] - centre + 180.0) % 360.0 - 180.0)
    share = np.clip((width + window) / 2 - apart, 0.0, min(width, window))
    return np.asarray(share / share.sum(axis=0))


def _over(weighted: FloatArray, weight: FloatArray, without: FloatArray) -> FloatArray:
    """Return the mean `weighted / weight`; `without` where nothing has weight."""
    return np.asarray(np.divide(weighted, weight, out=np.array(without), where=weight > 0))
