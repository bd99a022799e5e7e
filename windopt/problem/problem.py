"""The layout problem: place n turbines on a site so that the farm yields the most energy a year."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from windopt.config import Config, WakeConfig
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.site import Site
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource


@dataclass(frozen=True, eq=False)
class LayoutProblem:
    """Everything that decides the annual energy production of a layout.

    Parameters
    ----------
    turbines : the types; the wind speeds hold at the first one's hub height
    types : (n_turbines,) each turbine's type, an index into `turbines`
    min_spacing_d : least distance between two turbines in diameters of the largest rotor
    initial_layout : (n_turbines, 2) [m], or None; it may break the constraints
    air_density : [kg/m³]
    wind_shear : power-law exponent of the wind profile [-]
    hours_per_year : [h]
    config : what the problem was made from
    """

    name: str
    site: Site
    wind: WindResource
    turbines: tuple[Turbine, ...]
    types: IntArray
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
    def turbine(self) -> Turbine:
        """The first type; its hub height is that of the wind speeds."""
        return self.turbines[0]

    @property
    def turbine_counts(self) -> IntArray:
        """Number of turbines of each type (n_types,)."""
        return np.bincount(self.types, minlength=len(self.turbines))

    @property
    def rotor_diameter(self) -> float:
        """Diameter of the largest rotor [m]."""
        return max(turbine.rotor_diameter for turbine in self.turbines)

    @property
    def min_spacing_m(self) -> float:
        """Least distance between two turbines [m]."""
        return self.min_spacing_d * self.rotor_diameter

    def __repr__(self) -> str:
        return (
            f"LayoutProblem({self.name!r}, {self.n_turbines} turbines, {self.site!r}, "
            f"{self.wind!r}, {self._types_in_words()}, wake {self.wake.velocity_model!r})"
        )

    def _types_in_words(self) -> str:
        if len(self.turbines) == 1:
            return repr(self.turbine)
        counted = zip(self.turbine_counts, self.turbines, strict=True)
        return ", ".join(f"{count} x {turbine!r}" for count, turbine in counted)
