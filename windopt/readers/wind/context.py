"""What the config knows of the wind that a wind resource's file may leave out."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.problem.turbine import Turbine
from windopt.readers.checks import HIGHEST_TURBULENCE
from windopt.readers.heights import SAME_HEIGHT
from windopt.readers.values import Values

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WindContext:
    """What to go by where a file says nothing.

    Parameters
    ----------
    hub_height : float or None [m]
        To which wind speeds are brought, that of the first turbine type unless
        `atmosphere.reference_height` is another; None if unknown.
    wind_shear : float [-]
        Power-law exponent of the wind profile.
    turbulence_intensity : float or None [-]
        Where the file has none.
    allow_gaps : bool
        Whether a time series may have gaps and empty cells.
    values : Values or None
        What a MWh is worth, if that depends on the wind or time.
    site : Site or None
        Where the wind varies over it; None if unknown.
    turbine : Turbine or None
        The first type; None if unknown.
    roughness_length : float or None [m]
        Of the ground all round, for a generalised climate; None if unknown.
    roughness_may_differ : bool
        Whether scenarios know of the roughness, whatever the wind's file.
    columns : mapping of str to str or None
        What a table's columns are called, by the names of the config's entry.
    date_format : str or None
        The form of the dates in a table, as of `datetime.strptime`.
    month_weights : bool
        Whether each calendar month of a time series has its share of the year.
    """

    hub_height: float | None = None
    wind_shear: float = 0.0
    turbulence_intensity: float | None = None
    allow_gaps: bool = False
    values: Values | None = None
    site: Site | None = None
    turbine: Turbine | None = None
    roughness_length: float | None = None
    roughness_may_differ: bool = False
    columns: Mapping[str, str] | None = None
    date_format: str | None = None
    month_weights: bool = False

    def turbulence(self, where: str, add: str = "") -> float:
        """Return the turbulence intensity for a file that has none.

        Parameters
        ----------
        where : str
            The file.
        add : str
            What to add there, if it can hold one.
        """
        if self.turbulence_intensity is None:
            cure = "set atmosphere.turbulence_intensity, such as 0.06 offshore"
            cure = f"{add}, or {cure}" if add else f"{cure}: such a file holds none"
            problem = "turbulence intensity is missing"
            raise ConfigError.of(where, problem, cure, lacks="turbulence_intensity")
        if self.turbulence_intensity > HIGHEST_TURBULENCE:
            problem = f"{self.turbulence_intensity:g} is more than any site has"
            cure = "give a share such as 0.06 offshore or 0.1 on land"
            raise ConfigError.of("atmosphere.turbulence_intensity", problem, cure)
        return self.turbulence_intensity

    def speed_up(self, where: str, height: float, shear: float | None = None) -> float:
        """Return the ratio of wind speeds at hub height to those at `height` [m].

        By the power law, (hub / height) ^ shear; the file's own `shear` goes before the config's.
        Where nobody has given one, heights that differ by next to nothing count as the same.
        """
        hub = self.hub_height
        if hub is None or height == hub:
            return 1.0
        exponent = self.wind_shear if shear is None else shear
        if exponent == 0.0 and shear is None:
            if abs(height / hub - 1) <= SAME_HEIGHT:
                return 1.0
            raise ConfigError.of(
                where,
                f"holds at {height:g} m, but {self._aim()} {hub:g} m",
                "set atmosphere.wind_shear, such as 0.08 offshore or 0.14 on land, "
                f"or give the wind at {hub:g} m",
                lacks="wind_shear",
            )
        ratio = float((hub / height) ** exponent)
        logger.info("%s: speeds at %g m times %.4f give those at %g m", where, height, ratio, hub)
        return ratio

    def between_heights(self, where: str, heights: FloatArray) -> tuple[int, int, float]:
        """Return the levels around the hub, and the weight of the upper one.

        Parameters
        ----------
        where : str
            The place of the heights.
        heights : (n_heights,) [m]
            Increasing.

        Returns
        -------
        lower, upper, weight
            The weight is linear in the logarithm of the height, which is exact for a power law
            where logarithms of speeds are interpolated.
        """
        hub = self.hub_height
        if hub is None:
            return 0, 0, 0.0
        near = int(np.argmin(abs(heights / hub - 1)))
        inside = heights[0] < hub < heights[-1]
        if heights[near] == hub or (not inside and abs(heights[near] / hub - 1) <= SAME_HEIGHT):
            return near, near, 0.0
        if not inside:
            span = f"{heights[0]:g} to {heights[-1]:g} m"
            problem = f"spans {span}, but {self._aim()} {hub:g} m"
            raise ConfigError.of(where, problem, f"give the wind at {hub:g} m, or levels around it")
        upper = int(np.searchsorted(heights, hub))
        low, high = heights[upper - 1], heights[upper]
        return upper - 1, upper, float(np.log(hub / low) / np.log(high / low))

    def _aim(self) -> str:
        """Name the height to which wind speeds are brought."""
        if self.turbine is None or self.turbine.hub_height == self.hub_height:
            return "the hub is at"
        return "atmosphere.reference_height is"
