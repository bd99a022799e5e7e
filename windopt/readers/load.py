"""From a config to the layout problem: read and check every file it names."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from windopt.config.economics import TurbineRange
from windopt.config.reader import read_config
from windopt.config.schema import Config
from windopt.errors import Fault, FaultCollector, read_each
from windopt.problem.economics import Economics, net_share_of
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.neighbours import Neighbourhood
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm
from windopt.problem.turbine import Turbine, largest_rotor
from windopt.problem.wind_resource import WindResource
from windopt.readers.checks import (
    check_fixed,
    check_free_number,
    check_neighbours,
    check_on_site,
    check_reach,
    check_turbine_count,
    check_wind_is_known,
)
from windopt.readers.crs import bearing_of_north, crs_name
from windopt.readers.formats import read_layout, read_turbines, read_wind
from windopt.readers.heights import tell_of_heights
from windopt.readers.places.layout import GivenLayout
from windopt.readers.places.neighbours import joined_with, neighbourhood_of, read_neighbours
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
        Places (f, 2) [m] and types (f,) of the turbines that stand already, neighbours last.
    neighbourhood : Neighbourhood or None
        The farms of others that may come.
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
    neighbourhood: Neighbourhood | None = None

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
        share, money = net_share_of(config.losses), config.economics
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
            neighbourhood=self.neighbourhood,
            seed=config.seed,
            device=config.device,
            net_share=share,
            economics=None if money is None else Economics.of(money, share),
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
    site = _read_site(config, faults)
    turbines = faults.attempt(_read_types, config.turbine, config) if config.turbine else None
    if turbines:
        tell_of_heights(turbines, config.atmosphere.reference_height, config.atmosphere.wind_shear)
    wind = _read_winds(config, turbines, site, faults)
    layout = None
    if config.layout:
        layout = faults.attempt(read_layout, config.layout, site=site)
    if layout is not None and site is not None:
        faults.extend(check_on_site(site, layout.coordinates))
    n_turbines = _number(config, turbines, layout, faults)
    types = _assign_types(config, turbines, layout, n_turbines, faults)
    spacing, fixed = None, (np.empty((0, 2)), np.empty(0, dtype=np.intp))
    neighbourhood = None
    if turbines is not None:
        spacing = faults.attempt(read_spacing, config, turbines, wind.judged)
        places = None if layout is None else layout.coordinates
        fixed = faults.attempt(_read_fixed, config, turbines, places, site) or fixed
        farms = faults.attempt(read_neighbours, config, turbines, site)
        if farms is not None:
            neighbourhood = faults.attempt(neighbourhood_of, config, farms)
        fixed = joined_with(fixed, neighbourhood)
        if neighbourhood is not None:
            faults.extend(check_neighbours(neighbourhood, fixed, turbines, places))
    wind = _over_the_site(config, wind, site, turbines, fixed[0], faults)
    if config.site_setback is not None and site is not None and turbines:
        # the wind's mean over the site is not of what the set-back leaves
        site = faults.attempt(set_back, site, config.site_setback, largest_rotor(turbines)) or site
    parts = Parts(
        config,
        n_turbines,
        site,
        wind.judged,
        wind.given,
        wind.turn,
        turbines,
        types,
        layout,
        spacing,
        fixed,
        neighbourhood,
    )
    _check_together(parts, faults)
    return parts


class _Winds(NamedTuple):
    """What layouts are judged on, what the file gave, and the turn between the two [deg]."""

    judged: WindResource | None = None
    given: WindResource | None = None
    turn: float = 0.0


def _read_site(config: Config, faults: FaultCollector) -> Site | None:
    """Read the boundaries less the exclusions, before the set-back."""
    if not config.site:
        return None
    repair, exclusions = config.repair_boundaries, config.exclusions
    return faults.attempt(read_site, config.site, repair, exclusions, config.crs, config.where)


def _read_winds(
    config: Config,
    turbines: Sequence[Turbine] | None,
    site: Site | None,
    faults: FaultCollector,
) -> _Winds:
    """Read the wind with its values, refine it and turn it to grid north, where that is asked."""
    values = faults.attempt(read_values, config.value, config.date_format) if config.value else None
    if not config.wind_resource or (values is None and config.value):
        return _Winds()
    context = _wind_context(config, turbines, values, site)
    given = faults.attempt(read_wind, config.wind_resource, context)
    if given is None:
        return _Winds()
    wind, turn = given.refined() if config.refine_wind else given, 0.0
    if site is not None and config.wind_north == "true":
        turn = faults.attempt(_turn_to_grid, site) or 0.0
        wind = wind.turned(turn) if turn else wind
    return _Winds(wind, given, turn)


def _number(
    config: Config,
    turbines: Sequence[Turbine] | None,
    layout: GivenLayout | None,
    faults: FaultCollector,
) -> int:
    """Return the number of turbines, the least where it is free; 0 where nobody has said."""
    free = config.n_turbines
    if isinstance(free, TurbineRange):
        given = None if layout is None else len(layout)
        faults.extend(check_free_number(config, free, turbines, given, faults))
        return free.min
    counted = sum(config.turbine_counts or []) if layout is None else len(layout)
    n_turbines = counted if free is None else free
    if layout is not None and len(layout) != n_turbines:
        problem = f"{n_turbines}, but the layout has {count_of(len(layout), 'turbine')}"
        faults.append(Fault("n_turbines", problem, "make them agree, or give only one of them"))
    elif not n_turbines and not faults:
        faults.append(Fault("n_turbines", "is missing, and no layout is given", "add n_turbines"))
    return n_turbines


def _assign_types(
    config: Config,
    turbines: Sequence[Turbine] | None,
    layout: GivenLayout | None,
    n_turbines: int,
    faults: FaultCollector,
) -> IntArray | None:
    """Return the turbines' types; None where they cannot be known."""
    if isinstance(config.n_turbines, TurbineRange):
        return np.zeros(n_turbines, dtype=np.intp)
    if turbines is None or (layout is None and config.layout):
        return None
    return faults.attempt(assign_types, turbines, n_turbines, config.turbine_counts, layout)


def _over_the_site(
    config: Config,
    wind: _Winds,
    site: Site | None,
    turbines: Sequence[Turbine] | None,
    fixed: FloatArray,
    faults: FaultCollector,
) -> _Winds:
    """Let the wind vary over the site, as a map of speeds says, and warn of the ends of curves."""
    judged, given = wind.judged, wind.given
    if config.speed_map and site is not None and turbines:
        rotor, at = largest_rotor(turbines), config.wind_resource_at
        varies = faults.attempt(read_speed_map, config.speed_map, site, rotor, at, fixed)
        if judged is not None and given is not None and varies is not None:
            judged = faults.attempt(vary, judged, varies)
            given = replace(given, speed_up=varies)
    if judged is not None and turbines:
        air = config.atmosphere
        warn_of_ends(turbines, judged, air.air_density, air.wind_shear, air.reference_height)
    return _Winds(judged, given, wind.turn)


def _check_together(parts: Parts, faults: FaultCollector) -> None:
    """Check what takes several files: that the wind is known everywhere, that turbines fit."""
    site, turbines, wind = parts.site, parts.turbines, parts.wind
    if site is None or not turbines:
        return
    if wind is not None and wind.speed_up is not None:
        faults.extend(check_wind_is_known(wind.speed_up, site, turbines, parts.fixed[0]))
    if parts.spacing is None:
        return
    check_reach(site, parts.fixed[0])
    least_d, form = parts.spacing
    rule = form.rule(least_d * largest_rotor(turbines), len(turbines))
    if rule.uniform:
        numbers = np.array([parts.n_turbines])
        faults.extend(check_turbine_count(site, numbers, rule, *parts.fixed))
    elif parts.types is not None:
        of_types = np.bincount(parts.types, minlength=len(turbines))
        faults.extend(check_turbine_count(site, of_types, rule, *parts.fixed))


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
        roughness_may_differ=config.robust is not None and config.robust.roughness_std_pct > 0,
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
