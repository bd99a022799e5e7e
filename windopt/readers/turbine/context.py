"""What the config says of turbines beside their files."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TurbineContext:
    """What to go by where a turbine's file says nothing.

    Parameters
    ----------
    rotor_diameter, hub_height : float or None [m]
    multidim_conditions : mapping of str to float
        By name, of a turbine whose curves depend on more than wind speed.
    """

    rotor_diameter: float | None = None
    hub_height: float | None = None
    multidim_conditions: Mapping[str, float] = field(default_factory=dict)
