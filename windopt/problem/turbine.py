"""A turbine type: rotor, hub and the curves of power and thrust over wind speed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from windopt.problem.floater import Floater
from windopt.problem.layout import FloatArray

TIP_SPEED_RATIO = 8.0
"""FLORIS's usual one, for turbines that do not say theirs."""

NO_THRUST = 1e-3
"""Thrust coefficient up to which there is no wake; outside its curves FLORIS has 0.0001."""


@dataclass(frozen=True, eq=False)
class Turbine:
    """One turbine type.

    Between the tabulated speeds the curves are linear; outside, below cut-in and above cut-out, the
    turbine stands still (FLORIS: power 0, thrust coefficient 0.0001). Where it consumes, its power
    is negative.

    Parameters
    ----------
    rotor_diameter, hub_height : float [m]
    wind_speed : (n_speeds,) [m/s]
        Increasing.
    power : (n_speeds,) [W]
        At `ref_air_density`.
    thrust_coefficient : (n_speeds,) [-]
    ref_air_density : float [kg/m³]
    tilt : float [deg]
        Of the rotor, at which the curves hold; only wakes of `empirical_gauss` know of it.
    floater : Floater or None
        Where the tilt depends on the wind; the curves are then those to which it leads.
    tip_speed_ratio : float [-]
        Only wakes with FLORIS's GCH know of it.
    cut_out_known : bool
        Whether its file says that the last speed is the cut-out speed.
    """

    name: str
    rotor_diameter: float
    hub_height: float
    wind_speed: FloatArray
    power: FloatArray
    thrust_coefficient: FloatArray
    ref_air_density: float = 1.225
    tilt: float = 0.0
    floater: Floater | None = None
    tip_speed_ratio: float = TIP_SPEED_RATIO

    @property
    def tilt_curve(self) -> FloatArray:
        """The tilt at each of the tabulated speeds (n_speeds,) [deg]."""
        if self.floater is not None:
            return self.floater.tilt_at(self.wind_speed)
        return np.full(len(self.wind_speed), self.tilt)

    cut_out_known: bool = False

    @property
    def rated_power(self) -> float:
        """The largest power of the curve [W]."""
        return float(self.power.max())

    @property
    def cut_in(self) -> float:
        """The tabulated speed from which on there is power [m/s]."""
        return self._up_to(self.power > 0)

    @property
    def idle_below(self) -> float:
        """The tabulated speed below which its power is 0: it neither yields nor consumes [m/s]."""
        return self._up_to(self.power != 0)

    @property
    def still_above(self) -> float:
        """The tabulated speed above which it stands still, without power or wake [m/s]."""
        works = (self.power != 0) | (self.thrust_coefficient > NO_THRUST)
        last = int(np.flatnonzero(works)[-1]) if works.any() else 0
        return float(self.wind_speed[min(last + 1, len(works) - 1)])

    def _up_to(self, works: NDArray[np.bool_]) -> float:
        first = int(np.argmax(works))
        return float(self.wind_speed[max(0, first - 1)])

    @property
    def power_coefficient(self) -> FloatArray:
        """Cp = P / (rho A u³ / 2) of the tabulated points, 0 in calm: (n_speeds,) [-]."""
        area = math.pi / 4 * self.rotor_diameter**2
        wind = 0.5 * self.ref_air_density * area * self.wind_speed**3
        return np.divide(self.power, wind, out=np.zeros_like(wind), where=wind > 0)

    @property
    def in_words(self) -> str:
        """Name, power and size, such as ``IEA 10 MW: 10 MW, D 198 m, hub 119 m``."""
        return (
            f"{self.name}: {self.rated_power / 1e6:.4g} MW, "
            f"D {self.rotor_diameter:g} m, hub {self.hub_height:g} m"
        )

    def __repr__(self) -> str:
        return (
            f"Turbine({self.name!r}, {self.rated_power / 1e6:.4g} MW, "
            f"D {self.rotor_diameter:g} m, hub {self.hub_height:g} m)"
        )


def largest_rotor(turbines: Sequence[Turbine]) -> float:
    """Return the largest rotor diameter of some types [m]."""
    return max(turbine.rotor_diameter for turbine in turbines)
