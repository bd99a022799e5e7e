r"""From a generalised wind climate to the rose at the hub.

A generalised climate (WAsP's ``.lib`` and ``.gwc``, the Global Wind Atlas's "GWC file") says what
the wind would be over flat terrain of one roughness length all round: frequency, A and k of each
sector, for some roughness lengths :math:`z_0` and heights z (Troen and Petersen, European Wind
Atlas, 1989). What hills and changes of roughness do to the wind at a place is not in it; WAsP adds
that. Roughness 0 is open water.

Between heights, A, k and frequency are taken as linear in :math:`\ln z`: exact for a logarithmic
profile, and what windkit's ``vinterp_wind_speed`` and wind-stats' ``get_weibull_parameters`` do.
Between roughness lengths of land they are linear in :math:`\ln z_0`, as in wind-stats. Between
water and land nothing is interpolated: over water the atmosphere is stratified otherwise, and even
the sectors' frequencies differ. Nothing is extrapolated.
"""

import logging
from dataclasses import dataclass

import numpy as np

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.problem.wind_resource import WindResource
from windopt.readers.crs import WGS84, reproject
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.weibull import SCALES, SHAPES, mean_speed, weibull_rose

logger = logging.getLogger(__name__)

ROUNDING = 0.02
"""By how much printed frequencies may be off their sum, as a share of it."""
FAR_KM = 20.0
"""From the site, beyond which a climate is another place's."""


@dataclass(frozen=True, eq=False)
class GeneralisedClimate:
    """Weibull distributions by roughness length, height and sector.

    Parameters
    ----------
    where : file, for messages
    roughness : (r,) [m]
        Increasing, 0 for water.
    height : (h,) [m]
        Increasing, above ground.
    wind_direction : (s,) [deg]
        Centres of the sectors, increasing within [0, 360).
    frequency : (r, h, s) of each sector [-]
    scale, shape : (r, h, s) [-]
        A [m/s] and k.
    lonlat : tuple[float, float] or None
        Longitude and latitude it is for [deg], None where it does not say.
    """

    where: str
    roughness: FloatArray
    height: FloatArray
    wind_direction: FloatArray
    frequency: FloatArray
    scale: FloatArray
    shape: FloatArray
    lonlat: tuple[float, float] | None = None

    def checked(self) -> "GeneralisedClimate":
        """Return the climate with frequencies that sum to 1.

        Raises
        ------
        ConfigError
            Where numbers are no frequencies, or no scales and shapes of wind.
        """
        faults = FaultCollector()
        for name, axis in (("roughness lengths", self.roughness), ("heights", self.height)):
            lowest = 0.0 if axis is self.roughness else 1e-9
            if not (axis >= lowest).all() or not (np.diff(axis) > 0).all():
                said = ", ".join(f"{value:g}" for value in axis[:8])
                faults.append(
                    Fault(self.where, f"{name} {said} do not increase", "give them in metres")
                )
        total = self.frequency.sum(axis=-1)
        whole = 100.0 if np.median(total) > 2 else 1.0
        if not (self.frequency >= 0).all():
            faults.append(Fault(self.where, "holds negative frequencies", "give frequencies >= 0"))
        elif not (abs(total / whole - 1.0) <= ROUNDING).all():
            i, j = np.unravel_index(int(np.argmax(abs(total / whole - 1.0))), total.shape)
            problem = f"the sectors' frequencies at {self._level(i, j)} sum to {total[i, j]:g}"
            cure = f"they sum to {whole:g}: fetch the file again"
            faults.append(Fault(self.where, problem, cure))
        for name, values, (low, high) in (("A", self.scale, SCALES), ("k", self.shape, SHAPES)):
            wrong = (self.frequency > 0) & ~((values > low) & (values < high))
            if wrong.any():
                i, j, s = np.argwhere(wrong)[0]
                problem = f"{name} is {values[i, j, s]:g} at {self._level(i, j)}, sector {s + 1}"
                cure = "fetch the file again: no wind has that"
                faults.append(Fault(self.where, problem, cure))
        faults.raise_any()
        # a sector without wind has no distribution of its own; any will do
        blows = (self.frequency > 0) & (self.scale > 0) & (self.shape > SHAPES[0])
        scale, shape = (
            np.where(blows, values, usual)
            for values, usual in ((self.scale, 8.0), (self.shape, 2.0))
        )
        return GeneralisedClimate(
            self.where, self.roughness, self.height, self.wind_direction,
            self.frequency / total[..., None], scale, shape, self.lonlat,
        )  # fmt: skip

    def resource(self, context: WindContext) -> WindResource:
        """Return the rose over ground of the config's roughness length, at hub height."""
        faults = FaultCollector()
        over = faults.attempt(self._over, context.roughness_length)
        levels = faults.attempt(self._levels, context)
        turbulence = faults.attempt(context.turbulence, self.where)
        faults.raise_any()
        assert over is not None
        assert levels is not None
        assert turbulence is not None
        frequency, scale, shape = (
            _between(_between(values, over), levels)
            for values in (self.frequency, self.scale, self.shape)
        )
        self._tell(context, float(frequency @ mean_speed(scale, shape)))
        return weibull_rose(self.wind_direction, frequency, scale, shape, turbulence)

    def _over(self, roughness: float | None) -> tuple[int, int, float]:
        """Return the roughness lengths around one, and the weight of the upper one."""
        known = self.roughness
        given = ", ".join(f"{value:g}" for value in known)
        if roughness is None:
            problem = f"holds for flat terrain of the roughness lengths {given} m"
            cure = "set roughness_length: to that of the ground all round, such as 0.03 for fields"
            if known[0] == 0:
                cure += ", 0 for a site at sea"
            raise ConfigError.of(self.where, problem, cure, lacks="roughness_length")
        near = int(np.argmin(abs(known - roughness)))
        if abs(known[near] - roughness) <= 1e-6 + 1e-3 * known[near]:
            return near, near, 0.0
        land = known[known > 0]
        if not len(land) or not land[0] < roughness < land[-1]:
            problem = f"{roughness:g} m is beyond those of {self.where}, {given} m"
            cure = "give one within them, or calculate the site's resource in WAsP, as a .wrg"
            if known[0] == 0 and len(land) and roughness < land[0]:
                problem = f"{roughness:g} m is between water and land of {self.where}, {given} m"
                cure = f"give 0 for a site at sea, or {land[0]:g} for the smoothest land"
            raise ConfigError.of("roughness_length", problem, cure)
        upper = int(np.searchsorted(known, roughness))
        return upper - 1, upper, _weight(known[upper - 1], known[upper], roughness)

    def _levels(self, context: WindContext) -> tuple[int, int, float]:
        """Return the levels around the hub, and the weight of the upper one."""
        hub = context.hub_height
        if hub is None or not self.height[0] < hub < self.height[-1]:
            return context.between_heights(f"{self.where}: heights", self.height)
        upper = int(np.searchsorted(self.height, hub))
        return upper - 1, upper, _weight(self.height[upper - 1], self.height[upper], hub)

    def _level(self, i: np.intp, j: np.intp) -> str:
        return f"roughness {self.roughness[i]:g} m, height {self.height[j]:g} m"

    def _tell(self, context: WindContext, mean: float) -> None:
        """Report what the rose is, and is not."""
        rough = context.roughness_length
        logger.warning(
            "%s: the wind over flat %s all round: %.2f m/s at the hub; %s is not in it",
            self.where,
            "open water" if rough == 0 else f"ground of roughness length {rough:g} m",
            mean,
            "a coast nearby" if rough == 0 else "what hills and changes of roughness do",
        )
        away = _distance_km(self.lonlat, context.site)
        if away > FAR_KM and self.lonlat is not None:
            logger.warning(
                "%s: is for %.3f E %.3f N, %.0f km from the site: fetch that of the site",
                self.where,
                *self.lonlat,
                away,
            )


def _weight(low: float, high: float, value: float) -> float:
    return float(np.log(value / low) / np.log(high / low))


def _between(values: FloatArray, levels: tuple[int, int, float]) -> FloatArray:
    """Interpolate along the first axis."""
    lower, upper, weight = levels
    return np.asarray((1.0 - weight) * values[lower] + weight * values[upper])


def _distance_km(lonlat: tuple[float, float] | None, site: Site | None) -> float:
    """Return how far off a place is, 0 where nobody can tell [km]."""
    if lonlat is None or site is None or site.crs is None:
        return 0.0
    x, y = site.area.centroid.coords[0]
    try:
        lon, lat = np.radians(reproject(np.array([[x, y]]), site.crs, WGS84)[0])
    except ConfigError:  # without pyproj it is not known
        return 0.0
    east, north = np.radians(lonlat)
    angle = np.sin((north - lat) / 2) ** 2
    angle += np.cos(lat) * np.cos(north) * np.sin((east - lon) / 2) ** 2
    return float(2 * 6371.0 * np.arcsin(np.sqrt(np.clip(angle, 0.0, 1.0))))
