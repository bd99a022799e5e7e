"""From a config to the layout problem: read and check every file it names."""

import os
from collections.abc import Mapping

from windopt.config import Config, read_config
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.checks import check_turbine_count
from windopt.problem.problem import LayoutProblem
from windopt.problem.readers.layout import read_layout
from windopt.problem.readers.site import read_site
from windopt.problem.readers.turbine import read_turbine
from windopt.problem.readers.wind_resource import read_wind_resource


def load_problem(
    source: str | os.PathLike[str] | Config, overrides: Mapping[str, object] | None = None
) -> LayoutProblem:
    """Return the layout problem of a config.

    Parameters
    ----------
    source : a config, or the path of its YAML file.
    overrides : values by dotted key, such as ``{"wake.velocity_model": "cc"}``.

    Raises
    ------
    ConfigError
        With every fault of the config and of all the files it names.
    """
    faults = FaultCollector()
    config = read_config(source, overrides, faults)
    if config is None:
        raise ConfigError(faults)
    site = wind = turbine = layout = None
    if config.site:
        site = faults.attempt(read_site, config.site, config.repair_boundaries)
    if config.wind_resource:
        wind = faults.attempt(read_wind_resource, config.wind_resource)
    if config.turbine:
        turbine = faults.attempt(read_turbine, config.turbine)
    if config.layout:
        layout = faults.attempt(read_layout, config.layout)

    n_turbines = config.n_turbines or (0 if layout is None else len(layout))
    if layout is not None and len(layout) != n_turbines:
        problem = f"{n_turbines}, but the layout has {len(layout)} turbines"
        faults.append(Fault("n_turbines", problem, "make them agree, or give only one of them"))
    elif not n_turbines and not faults:
        faults.append(Fault("n_turbines", "is missing, and no layout is given", "add n_turbines"))
    if site is not None and turbine is not None:
        spacing = config.min_spacing_d * turbine.rotor_diameter
        faults.extend(check_turbine_count(site, n_turbines, spacing))
    faults.raise_any()
    assert site is not None
    assert wind is not None
    assert turbine is not None

    return LayoutProblem(
        name=config.name,
        site=site,
        wind=wind,
        turbine=turbine,
        wake=config.wake,
        n_turbines=n_turbines,
        min_spacing_d=config.min_spacing_d,
        initial_layout=layout,
        air_density=config.atmosphere.air_density,
        wind_shear=config.atmosphere.wind_shear,
        config=config,
    )
