"""The layout problem: place n turbines on a site so that the farm yields the most energy a year."""

from dataclasses import dataclass
from functools import cached_property

from windopt.config import Config, WakeConfig
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource


@dataclass(frozen=True, eq=False)
class LayoutProblem:
    """Everything that decides the annual energy production of a layout.

    Parameters
    ----------
    min_spacing_d : least distance between two turbines in rotor diameters
    initial_layout : (n_turbines, 2) [m], or None; it may break the constraints
    air_density : [kg/m³]
    wind_shear : power-law exponent of the wind profile [-]
    hours_per_year : [h]
    config : what the problem was made from
    """

    name: str
    site: Site
    wind: WindResource
    turbine: Turbine
    wake: WakeConfig
    n_turbines: int
    min_spacing_d: float
    initial_layout: FloatArray | None
    air_density: float
    wind_shear: float
    config: Config
    hours_per_year: float = 8760.0

    @cached_property
    def fine_wind(self) -> WindResource:
        """The rose on at least 360 directions: what layouts are searched and judged on."""
        return self.wind.refined(360)

    @property
    def min_spacing_m(self) -> float:
        """Least distance between two turbines [m]."""
        return self.min_spacing_d * self.turbine.rotor_diameter

    def __repr__(self) -> str:
        return (
            f"LayoutProblem({self.name!r}, {self.n_turbines} turbines, {self.site!r}, "
            f"{self.wind!r}, {self.turbine!r}, wake {self.wake.velocity_model!r})"
        )
