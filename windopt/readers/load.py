"""From a config to the layout problem: read and check every file it names."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from windopt.config.economics import TurbineRange
from windopt.config.reader import read_config
from windopt.config.schema import Config
from windopt.errors import Fault, FaultCollector, read_each
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm
from windopt.problem.turbine import Turbine, largest_rotor
from windopt.problem.wind_resource import WindResource
from windopt.readers.checks import (
    check_fixed,
    check_free_number,
    check_on_site,
    check_reach,
    check_turbine_count,
    check_wind_is_known,
)
from windopt.readers.crs import bearing_of_north, crs_name
from windopt.readers.formats import read_layout, read_turbines, read_wind
from windopt.readers.heights import tell_of_heights
from windopt.readers.places.layout import GivenLayout
from windopt.readers.places.site import read_site
from windopt.readers.places.spacing import read_spacing
from windopt.readers.setback import set_back
from windopt.readers.turbine.checks import warn_of_ends
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.turbine_types import assign_fixed_types, assign_types
from windopt.readers.values import Values, read_values
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.speed_map import read_speed_map, vary
from windopt.words import count_of

logger = logging.getLogger(__name__)

TURN_TO_TELL = 0.1
"""Between true and grid north, from which it is worth a warning: AEP moves by 0.005 % [deg]."""


def load_problem(
    source: str | os.PathLike[str] | Config, overrides: Mapping[str, object] | None = None
) -> LayoutProblem:
    """Return the layout problem of a config.

    Parameters
    ----------
    source : str or os.PathLike[str] or Config
        A config, or the path of its YAML file.
    overrides : mapping of str to object or None
        Values by dotted key, such as ``{"wake.velocity_model": "cc"}``.

    Raises
    ------
    ConfigError
        With every fault of the config and of all the files it names.
    """
    faults = FaultCollector()
    parts = read_parts(source, overrides, faults)
    faults.raise_any()
    assert parts is not None
    return parts.problem()


@dataclass(frozen=True, eq=False)
class Parts:
    """What could be read of a config and its files; None where nothing could.

    Parameters
    ----------
    config : Config
        Without its faulty entries.
    n_turbines : int
        0 where nobody has said.
    wind : WindResource or None
        What layouts are judged on.
    given_wind : WindResource or None
        What the file gave.
    wind_turn : float [deg]
        By which its directions are turned to those of the grid.
    spacing : tuple[float, SpacingForm] or None
        The least distance in diameters of the largest rotor, and how it depends on direction and
        types.
    fixed : tuple[FloatArray, IntArray]
        Places (f, 2) [m] and types (f,) of the turbines that stand already.
    """

    config: Config
    n_turbines: int
    site: Site | None
    wind: WindResource | None
    given_wind: WindResource | None
    wind_turn: float
    turbines: tuple[Turbine, ...] | None
    types: IntArray | None
    layout: GivenLayout | None
    spacing: tuple[float, SpacingForm] | None
    fixed: tuple[FloatArray, IntArray]

    def problem(self) -> LayoutProblem:
        """Put the parts together; for those without a fault."""
        config, layout = self.config, self.layout
        assert self.site is not None
        assert self.wind is not None
        assert self.turbines is not None
        assert self.types is not None
        assert self.spacing is not None
        assert self.given_wind is not None
        wind, given = self.wind, self.given_wind
        if wind.speed_up is not None:  # nobody asks for the wind far off, and it costs time
            known = np.concatenate([np.array(self.site.area.bounds).reshape(2, 2), self.fixed[0]])
            about = 2 * largest_rotor(self.turbines)
            cut = wind.speed_up.cut(known.min(axis=0) - about, known.max(axis=0) + about)
            wind, given = replace(wind, speed_up=cut), replace(given, speed_up=cut)
        return LayoutProblem(
            name=config.name,
            site=self.site,
            wind=wind,
            given_wind=given,
            wind_turn=self.wind_turn,
            turbines=self.turbines,
            types=self.types,
            wake=config.wake,
            n_turbines=self.n_turbines,
            min_spacing_d=self.spacing[0],
            spacing_form=self.spacing[1],
            initial_layout=None if layout is None else layout.coordinates,
            air_density=config.atmosphere.air_density,
            wind_shear=config.atmosphere.wind_shear,
            config=config,
            hours_per_year=config.hours_per_year,
            fixed_layout=self.fixed[0],
            fixed_types=self.fixed[1],
            fixed_counted=config.fixed_turbines is not None and config.fixed_turbines.counted,
        )


def read_parts(
    source: str | os.PathLike[str] | Config,
    overrides: Mapping[str, object] | None,
    faults: FaultCollector,
) -> Parts | None:
    """Read a config and the files it names, adding all faults to `faults`.

    Returns
    -------
    parts : None where not even the config can be read
    """
    config = read_config(source, overrides, faults)
    if config is None:
        return None
    site = wind = given_wind = turbines = layout = types = spacing = None
    fixed, wind_turn = (np.empty((0, 2)), np.empty(0, dtype=np.intp)), 0.0
    if config.site:
        repair, exclusions = config.repair_boundaries, config.exclusions
        crs, where = config.crs, config.where
        site = faults.attempt(read_site, config.site, repair, exclusions, crs, where)
    if config.turbine:
        turbines = faults.attempt(_read_types, config.turbine, config)
    if turbines:
        tell_of_heights(turbines, config.atmosphere.reference_height, config.atmosphere.wind_shear)
    values = faults.attempt(read_values, config.value, config.date_format) if config.value else None
    if config.wind_resource and (values is not None or not config.value):
        context = _wind_context(config, turbines, values, site)
        wind = given_wind = faults.attempt(read_wind, config.wind_resource, context)
        if wind is not None and config.refine_wind:
            wind = wind.refined()
        if wind is not None and site is not None and config.wind_north == "true":
            wind_turn = faults.attempt(_turn_to_grid, site) or 0.0
            wind = wind.turned(wind_turn) if wind_turn else wind
    if config.layout:
        layout = faults.attempt(read_layout, config.layout, site=site)
    if layout is not None and site is not None:
        faults.extend(check_on_site(site, layout.coordinates))

    counted = sum(config.turbine_counts or []) if layout is None else len(layout)
    free = None
    n_turbines = counted
    if isinstance(config.n_turbines, TurbineRange):
        free = config.n_turbines
        n_turbines = free.min
    elif config.n_turbines is not None:
        n_turbines = config.n_turbines
    if free is not None:
        given = None if layout is None else len(layout)
        faults.extend(check_free_number(config, free, turbines, given, faults))
    elif layout is not None and len(layout) != n_turbines:
        problem = f"{n_turbines}, but the layout has {count_of(len(layout), 'turbine')}"
        faults.append(Fault("n_turbines", problem, "make them agree, or give only one of them"))
    elif not n_turbines and not faults:
        faults.append(Fault("n_turbines", "is missing, and no layout is given", "add n_turbines"))
    if free is not None:
        types = np.zeros(n_turbines, dtype=np.intp)
    elif turbines is not None and (layout is not None or not config.layout):
        counts = config.turbine_counts
        types = faults.attempt(assign_types, turbines, n_turbines, counts, layout)
    if turbines is not None:
        spacing = faults.attempt(read_spacing, config, turbines, wind)
        places = None if layout is None else layout.coordinates
        fixed = faults.attempt(_read_fixed, config, turbines, places, site) or fixed
    if config.speed_map and site is not None and turbines:
        rotor, at = largest_rotor(turbines), config.wind_resource_at
        varies = faults.attempt(read_speed_map, config.speed_map, site, rotor, at, fixed[0])
        if wind is not None and given_wind is not None and varies is not None:
            wind = faults.attempt(vary, wind, varies)
            given_wind = replace(given_wind, speed_up=varies)
    if wind is not None and turbines:
        air = config.atmosphere
        warn_of_ends(turbines, wind, air.air_density, air.wind_shear, air.reference_height)
    if config.site_setback is not None and site is not None and turbines:
        # the wind's mean over the site is not of what the set-back leaves
        site = faults.attempt(set_back, site, config.site_setback, largest_rotor(turbines)) or site
    if wind is not None and wind.speed_up is not None and site is not None and turbines:
        faults.extend(check_wind_is_known(wind.speed_up, site, turbines, fixed[0]))
    if site is not None and turbines is not None and spacing is not None:
        check_reach(site, fixed[0])
        rule = spacing[1].rule(spacing[0] * largest_rotor(turbines), len(turbines))
        if rule.uniform:
            faults.extend(check_turbine_count(site, np.array([n_turbines]), rule, *fixed))
        elif types is not None:
            of_types = np.bincount(types, minlength=len(turbines))
            faults.extend(check_turbine_count(site, of_types, rule, *fixed))
    return Parts(
        config,
        n_turbines,
        site,
        wind,
        given_wind,
        wind_turn,
        turbines,
        types,
        layout,
        spacing,
        fixed,
    )


def _read_types(paths: str | list[str], config: Config) -> tuple[Turbine, ...]:
    """Read the turbine types of one file or of several, in the files' order."""
    files = [paths] if isinstance(paths, str) else paths
    context = TurbineContext(config.rotor_diameter, config.hub_height, config.multidim_conditions)
    read = read_each(lambda file: read_turbines(file, context), *files)
    return tuple(turbine for types in read for turbine in types)


def _wind_context(
    config: Config,
    turbines: Sequence[Turbine] | None,
    values: Values | None,
    site: Site | None,
) -> WindContext:
    height = config.atmosphere.reference_height
    if height is None and turbines:
        height = turbines[0].hub_height
    return WindContext(
        hub_height=height,
        wind_shear=config.atmosphere.wind_shear,
        turbulence_intensity=config.atmosphere.turbulence_intensity,
        allow_gaps=config.allow_wind_gaps,
        values=values,
        site=site,
        turbine=turbines[0] if turbines else None,
        roughness_length=config.roughness_length,
        columns=config.columns,
        date_format=config.date_format,
        month_weights=config.month_weights,
    )


def _turn_to_grid(site: Site) -> float:
    """Return by how much bearings grow from true north to the site's grid north [deg]."""
    if site.crs is None:
        return 0.0
    angle = bearing_of_north(np.reshape(site.area.bounds, (2, 2)), site.crs)
    if not np.isfinite(angle):
        return 0.0
    if abs(angle) >= TURN_TO_TELL:
        logger.warning(
            "wind directions are turned by %+.2f deg from true north to grid north of %s; "
            "where they are the grid's already, set wind_north: grid",
            angle,
            crs_name(site.crs),
        )
    return angle


def _read_fixed(
    config: Config, turbines: Sequence[Turbine], given: FloatArray | None, site: Site | None
) -> tuple[FloatArray, IntArray]:
    """Read the turbines that stand already: places (f, 2) [m] and types (f,)."""
    if config.fixed_turbines is None:
        return np.empty((0, 2)), np.empty(0, dtype=np.intp)
    fixed = read_layout(config.fixed_turbines.layout, "fixed_turbines.layout", site)
    types = assign_fixed_types(turbines, fixed)
    faults = FaultCollector(check_fixed(fixed.coordinates, types, turbines, given))
    faults.raise_any()
    return fixed.coordinates, types
