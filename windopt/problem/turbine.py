"""A turbine type: rotor, hub and the curves of power and thrust over wind speed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from windopt.problem.layout import FloatArray


@dataclass(frozen=True, eq=False)
class Turbine:
    """One turbine type.

    Between the tabulated speeds the curves are linear; outside, below cut-in and above cut-out, the
    turbine stands still (FLORIS: power 0, thrust coefficient 0.0001).

    Parameters
    ----------
    rotor_diameter, hub_height : [m]
    wind_speed : (n_speeds,) increasing [m/s]
    power : (n_speeds,) at `ref_air_density` [W]
    thrust_coefficient : (n_speeds,) [-]
    ref_air_density : [kg/m³]
    """

    name: str
    rotor_diameter: float
    hub_height: float
    wind_speed: FloatArray
    power: FloatArray
    thrust_coefficient: FloatArray
    ref_air_density: float = 1.225

    @property
    def rated_power(self) -> float:
        """The largest power of the curve [W]."""
        return float(self.power.max())

    @property
    def cut_in(self) -> float:
        """The tabulated speed from which on there is power [m/s]."""
        first = int(np.argmax(self.power > 0))
        return float(self.wind_speed[max(0, first - 1)])

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
