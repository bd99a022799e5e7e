"""The layout problem: place n turbines on a site so that the farm yields the most energy a year."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from windopt.config.economics import TurbineRange
from windopt.config.schema import Config
from windopt.config.wake import WakeConfig
from windopt.errors import LayoutError
from windopt.problem.boundary import Boundary
from windopt.problem.constraint import Constraint, Standing
from windopt.problem.economics import Economics
from windopt.problem.layout import BoolArray, FloatArray, IntArray
from windopt.problem.least_spacing import LeastSpacing
from windopt.problem.neighbours import Neighbourhood
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm, SpacingRule
from windopt.problem.speed_up import SpeedUp
from windopt.problem.turbine import Turbine, largest_rotor
from windopt.problem.wind_resource import WindResource
from windopt.words import count_of


@dataclass(frozen=True, eq=False)
class LayoutProblem:
    """Everything that decides the annual energy production of a layout.

    Parameters
    ----------
    wind : WindResource
        What layouts are searched and judged on: the rose on 360 directions, if so configured, from
        the grid's north.
    given_wind : WindResource
        The wind as its file gave it.
    turbines : tuple[Turbine, ...]
        The types; the wind speeds hold at `reference_height`.
    types : (n_turbines,)
        Each turbine's type, an index into `turbines`.
    n_turbines : int
        Where the number is free, the least until a search has chosen another.
    min_spacing_d : float
        Least distance between two turbines in diameters of the largest rotor; where it depends on
        direction or types, the largest.
    initial_layout : (n_turbines, 2) [m], or None; it may break the constraints
    air_density : float [kg/m³]
    wind_shear : float [-]
        Power-law exponent of the wind profile.
    hours_per_year : float [h]
    config : Config
        What the problem was made from.
    wind_turn : float [deg]
        By which the given directions were turned from true to grid north.
    spacing_form : SpacingForm
        How the least distance depends on direction and types.
    fixed_layout : (f, 2) [m]
        Turbines that stand already and stay, on the site or off it.
    fixed_types : (f,)
        Their types, indices into `turbines`.
    fixed_counted : bool
        Whether their energy counts in the AEP; their wakes do in any case.
    neighbourhood : Neighbourhood or None
        The farms of others, the last of the fixed turbines, and when they stand.
    net_share : float [-]
        Share of the gross energy that is left after losses.
    economics : Economics or None
        What the energy is worth and turbines cost, where the config says.
    seed : int
        Of every random choice.
    device : str
        Where to train and search: auto, cpu or cuda.
    further_constraints : tuple[Constraint, ...]
        What layouts have to keep beside the boundary and the spacing.
    """

    name: str
    site: Site
    wind: WindResource
    given_wind: WindResource
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
    wind_turn: float = 0.0
    spacing_form: SpacingForm = field(default_factory=SpacingForm)
    fixed_layout: FloatArray = field(default_factory=lambda: np.empty((0, 2)))
    fixed_types: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    fixed_counted: bool = False
    neighbourhood: Neighbourhood | None = None
    net_share: float = 1.0
    economics: Economics | None = None
    seed: int = 0
    device: str = "auto"
    further_constraints: tuple[Constraint, ...] = ()

    @property
    def varying(self) -> Neighbourhood | None:
        """The neighbours, where they do not all stand all the time; else None."""
        farms = self.neighbourhood
        return None if farms is None or farms.always else farms

    @property
    def losses_pct(self) -> float:
        """All losses together [% of the gross AEP]."""
        return 100.0 * (1.0 - self.net_share)

    @property
    def speed_up(self) -> SpeedUp | None:
        """By what the wind speed differs from place to place; None where it does not."""
        return self.wind.speed_up

    @cached_property
    def uniform(self) -> "LayoutProblem":
        """The problem with the same wind everywhere: what wakes are learned in."""
        if self.speed_up is None:
            return self
        return replace(self, wind=replace(self.wind, speed_up=None))

    @property
    def turbine_range(self) -> TurbineRange | None:
        """The bounds of a free number of turbines, of which `n_turbines` is then one; or None."""
        number = self.config.n_turbines
        return number if isinstance(number, TurbineRange) else None

    def with_n_turbines(self, n: int) -> "LayoutProblem":
        """Return the problem with another number of turbines, and no given layout.

        Raises
        ------
        LayoutError
            When there are several turbine types: nobody knows of which type the others are.
        """
        if n == self.n_turbines:
            return self
        if len(self.turbines) > 1:
            raise LayoutError(
                f"{self.name!r} has {len(self.turbines)} turbine types: of "
                f"{count_of(n, 'turbine')} the types are not known; give one type"
            )
        types = np.zeros(n, dtype=np.intp)
        return replace(self, n_turbines=n, types=types, initial_layout=None)

    @property
    def turbine(self) -> Turbine:
        """The first type."""
        return self.turbines[0]

    @property
    def reference_height(self) -> float:
        """The height at which the wind speeds hold: the config's, or the first type's hub [m]."""
        given = self.config.atmosphere.reference_height
        return self.turbine.hub_height if given is None else given

    @property
    def turbine_counts(self) -> IntArray:
        """Number of turbines of each type (n_types,)."""
        return np.bincount(self.types, minlength=len(self.turbines))

    @property
    def rotor_diameter(self) -> float:
        """Diameter of the largest rotor [m]."""
        return largest_rotor(self.turbines)

    @property
    def min_spacing_m(self) -> float:
        """Least distance between two turbines [m]; the largest of the spacing rule's."""
        return self.min_spacing_d * self.rotor_diameter

    @cached_property
    def spacing(self) -> SpacingRule:
        """How far apart turbines must stand."""
        return self.spacing_form.rule(self.min_spacing_m, len(self.turbines))

    @cached_property
    def boundary(self) -> Boundary:
        """The constraint that turbines stand on the site."""
        return Boundary(self.site, self.rotor_diameter)

    @cached_property
    def least_spacing(self) -> LeastSpacing:
        """The constraint that turbines stand far enough apart."""
        fixed = self.fixed_layout, self.fixed_types
        return LeastSpacing(self.spacing, self.types, *fixed, self.rotor_diameter)

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """All that a layout has to keep; the boundary is the first."""
        return (self.boundary, self.least_spacing, *self.further_constraints)

    def free(self, places: FloatArray, standing: Standing) -> BoolArray:
        """Return at which places (m, 2) [m] one more turbine keeps every constraint: (m,)."""
        free = np.ones(len(places), dtype=np.bool_)
        for constraint in self.constraints:
            free[free] = constraint.free(places[free], standing)
        return free

    @property
    def spacing_in_words(self) -> str:
        """The spacing rule, such as ``2 D (396 m)``."""
        rule, largest = self.spacing, f"{self.min_spacing_d:.4g} D"
        if not rule.uniform:
            return f"{rule.smallest_m:.0f} to {rule.largest_m:.0f} m by type"
        if not rule.circular:
            across = f"{rule.smallest_m / self.rotor_diameter:.4g} D"
            direction = rule.long_axis
            return f"{largest} along {direction:.0f}-{direction + 180:.0f}°, {across} across"
        return f"{largest} ({self.min_spacing_m:.0f} m)"

    @cached_property
    def all_types(self) -> IntArray:
        """Types of all turbines, those placed and then the fixed ones (n_turbines + f,)."""
        return np.concatenate([self.types, self.fixed_types])

    @property
    def counted_types(self) -> IntArray:
        """Types of the turbines whose energy counts; in `joined` layouts they are the first."""
        return self.all_types if self.fixed_counted else self.types

    def joined(self, layout: FloatArray) -> FloatArray:
        """Return a layout with the fixed turbines behind it: (n, 2) -> (n + f, 2) [m]."""
        return np.concatenate([layout, self.fixed_layout]) if len(self.fixed_layout) else layout

    def __repr__(self) -> str:
        return (
            f"LayoutProblem({self.name!r}, {self.turbines_in_words}"
            f"{self._fixed_in_words()}, {self.site!r}, "
            f"{self.wind!r}, {self._types_in_words()}, wake {self.wake.velocity_model!r})"
        )

    @property
    def number_in_words(self) -> str:
        """The number of turbines, such as ``25`` or ``15 to 35``."""
        free = self.turbine_range
        return str(self.n_turbines) if free is None else f"{free.min} to {free.max}"

    @property
    def turbines_in_words(self) -> str:
        """The number of turbines with its noun, such as ``1 turbine`` or ``15 to 35 turbines``."""
        free = self.turbine_range
        if free is None:
            return count_of(self.n_turbines, "turbine")
        return f"{free.min} to {count_of(free.max, 'turbine')}"

    @property
    def directions_in_words(self) -> str:
        """What became of the directions, such as ``12 directions given, refined to 360``."""
        given, judged = len(self.given_wind.wind_direction), len(self.wind.wind_direction)
        words = f"{count_of(given, 'direction')} given"
        if judged != given:
            words += f", refined to {judged}"
        if self.wind_turn:
            words += f", turned by {self.wind_turn:+.2f}° from true to grid north"
        return words

    def _fixed_in_words(self) -> str:
        return f" beside {len(self.fixed_layout)} fixed" if len(self.fixed_layout) else ""

    def _types_in_words(self) -> str:
        if len(self.turbines) == 1:
            return repr(self.turbine)
        counted = zip(self.turbine_counts, self.turbines, strict=True)
        return ", ".join(f"{count} x {turbine!r}" for count, turbine in counted)
