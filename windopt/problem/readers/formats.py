"""Which reader a file gets.

===================  ==============================================================================
``floris:NAME``      a turbine of FLORIS's library
``windIO:PATH``      an example of windIO
``.csv``, ``.txt``   a table: rose, time series, turbine or layout, by the config key and the header
``.tab``             WAsP's observed wind climate
``.wrg``, ``.rsf``   WAsP's resource grid: wind that varies over the site
``.yaml``, ``.yml``  FLORIS's where it has the sections farm, flow_field and wake, or, as a turbine,
                     a power_thrust_table; else windIO's
===================  ==============================================================================
"""

from pathlib import Path

from windopt.config import FLORIS_PREFIX, is_floris_input, require_file
from windopt.problem.readers import layout, turbine, wind_resource
from windopt.problem.readers.floris_farm import (
    read_floris_layout,
    read_floris_turbines,
    read_floris_wind,
)
from windopt.problem.readers.floris_turbine import library_turbine, read_floris_turbine
from windopt.problem.readers.layout import GivenLayout
from windopt.problem.readers.turbine_context import TurbineContext
from windopt.problem.readers.turbine_csv import read_turbine_csv
from windopt.problem.readers.wasp_tab import read_wasp_tab
from windopt.problem.readers.wind_context import WindContext
from windopt.problem.readers.wind_csv import read_wind_csv
from windopt.problem.readers.windio import resolve
from windopt.problem.readers.wrg import read_wrg
from windopt.problem.site import Site
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource

TABLES = (".csv", ".txt", ".dat")


def read_wind(path: str, context: WindContext) -> WindResource:
    """Read a wind resource of any known form, and put its value onto it where there is one."""
    wind = _read_wind(path, context)
    return wind if context.values is None else context.values.onto(wind)


def _read_wind(path: str, context: WindContext) -> WindResource:
    file = resolve(path)
    if file.suffix.lower() in TABLES:
        return read_wind_csv(file, context)
    if file.suffix.lower() == ".tab":
        return read_wasp_tab(file, context)
    if file.suffix.lower() in (".wrg", ".rsf"):
        return read_wrg(file, context)
    if is_floris_input(file):
        return read_floris_wind(file, context)
    return wind_resource.read_wind_resource(path, context)


def read_turbines(path: str, context: TurbineContext) -> tuple[Turbine, ...]:
    """Read the turbine types of a file of any known form."""
    if path.startswith(FLORIS_PREFIX):
        return (read_floris_turbine(library_turbine(path), context),)
    file = resolve(path)
    if file.suffix.lower() in TABLES:
        return (read_turbine_csv(file, context),)
    if is_floris_input(file):
        return read_floris_turbines(file, context)
    if _is_floris_turbine(file):
        return (read_floris_turbine(file, context),)
    return turbine.read_turbines(path)


def read_layout(path: str, key: str = "layout", site: Site | None = None) -> GivenLayout:
    """Read a layout of any known form; `key` is the config key that names it."""
    file = resolve(path)
    if is_floris_input(file):
        return read_floris_layout(file, key)
    return layout.read_layout(path, key, site)


def _is_floris_turbine(file: Path) -> bool:
    require_file(file, "turbine")
    text = file.read_text(encoding="utf-8", errors="replace")
    return any(line.startswith("power_thrust_table:") for line in text.splitlines())
