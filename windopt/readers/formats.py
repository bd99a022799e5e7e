"""Which reader a file gets.

===================  ==============================================================================
``floris:NAME``      a turbine of FLORIS's library
``windIO:PATH``      an example of windIO
``.csv``, ``.txt``   a table: rose, time series, turbine or layout, by the config key and the header
``.tab``             WAsP's observed wind climate
``.wrg``, ``.rsf``   WAsP's resource grid: wind that varies over the site
``.lib``, ``.gwc``   WAsP's generalised wind climate, as of the Global Wind Atlas
``.nc``              windkit's wind climates, at a point or on a grid; ERA5's wind components
``.yaml``, ``.yml``  FLORIS's where it has the sections farm, flow_field and wake, or, as a turbine,
                     a power_thrust_table; else windIO's
===================  ==============================================================================
"""

from collections.abc import Callable
from pathlib import Path

from windopt.config.files import FLORIS_PREFIX, require_file
from windopt.config.floris_input import is_floris_input
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.site import Site
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource
from windopt.readers.floris_farm import read_floris_layout, read_floris_turbines, read_floris_wind
from windopt.readers.places import layout
from windopt.readers.places.layout import GivenLayout
from windopt.readers.tables import TABLES
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.turbine.floris import library_turbine, read_floris_turbine
from windopt.readers.turbine.table import SIZES, read_turbine_csv
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.era5_nc import is_era5, read_era5
from windopt.readers.wind.table import read_wind_csv
from windopt.readers.wind.wasp_gwc import read_wasp_gwc
from windopt.readers.wind.wasp_lib import read_wasp_lib
from windopt.readers.wind.wasp_tab import read_wasp_tab
from windopt.readers.wind.windkit_nc import read_windkit
from windopt.readers.wind.wrg import read_wrg
from windopt.readers.windio import turbine, wind_resource
from windopt.readers.windio.document import resolve

TO_GRID = "make a .wrg of it, with WAsP or windkit's wwc_to_file"
NOT_YET = {
    **dict.fromkeys(
        (".tif", ".tiff"),
        (
            "is a map without directions",
            "give a rose here, such as the atlas's .lib, and name the map as speed_map:",
        ),
    ),
    **dict.fromkeys(
        (".grd", ".asc"),
        (
            "is a raster of one quantity without a CRS",
            "give a .wrg with all sectors; or a rose, and this as speed_map:, made a GeoTIFF with "
            "gdal_translate -a_srs",
        ),
    ),
    **dict.fromkeys((".pwc", ".wrb"), ("is not supported yet", TO_GRID)),
}
"""Files that people have, what they are and what to do with them."""


def _read_netcdf(file: Path, context: WindContext) -> WindResource:
    return (read_era5 if is_era5(file) else read_windkit)(file, context)


GENERALISED = {".lib": read_wasp_lib, ".gwc": read_wasp_gwc}
WIND: dict[str, Callable[[Path, WindContext], WindResource]] = {
    **dict.fromkeys(TABLES, read_wind_csv),
    ".tab": read_wasp_tab,
    ".wrg": read_wrg,
    ".rsf": read_wrg,
    ".nc": _read_netcdf,
    **GENERALISED,
}
"""The reader of each kind of file with a wind resource, by suffix; others are windIO's or FLORIS's.
Maps have such a table in `windopt.readers.places.files`."""


def read_wind(path: str, context: WindContext) -> WindResource:
    """Read a wind resource of any known form, and put its value onto it where there is one."""
    suffix = resolve(path).suffix.lower()
    served = suffix in (*GENERALISED, ".nc", *NOT_YET) or context.roughness_may_differ
    if context.roughness_length is not None and not served:
        problem = f"{context.roughness_length:g} m is of no use with {Path(path).name}"
        cure = "leave it out; it is for .lib and .gwc files and robust.roughness_std_pct"
        raise ConfigError.of("roughness_length", problem, cure)
    _refuse_what_is_of_tables(path, suffix, context)
    wind = _read_wind(path, context)
    return wind if context.values is None else context.values.onto(wind)


def _refuse_what_is_of_tables(path: str, suffix: str, context: WindContext) -> None:
    """Refuse entries of the config that only a table of the wind has a use for."""
    if suffix in TABLES or suffix in NOT_YET:
        return
    said: dict[str, object] = {
        "columns": context.columns,
        "month_weights": context.month_weights or None,
    }
    if suffix == ".nc":  # of ERA5 it may be
        del said["month_weights"]
    if context.values is None or context.values.kind != "time":
        said["date_format"] = context.date_format
    for key, value in said.items():
        if value is not None:
            problem = f"is of no use with {Path(path).name}"
            raise ConfigError.of(key, problem, "leave it out; it is for tables, .csv or .txt")


def _read_wind(path: str, context: WindContext) -> WindResource:
    file = resolve(path)
    suffix = file.suffix.lower()
    if suffix in WIND:
        return WIND[suffix](file, context)
    if suffix in NOT_YET:
        require_file(file, "wind_resource")
        raise ConfigError.of(file.name, *NOT_YET[suffix])
    if is_floris_input(file):
        return read_floris_wind(file, context)
    return wind_resource.read_wind_resource(path, context)


def read_turbines(path: str, context: TurbineContext) -> tuple[Turbine, ...]:
    """Read the turbine types of a file of any known form."""
    if not path.startswith(FLORIS_PREFIX):
        file = resolve(path)
        if file.suffix.lower() in TABLES:
            return (read_turbine_csv(file, context),)
    turbines = _read_turbines(path, context)
    faults = FaultCollector()
    for name in SIZES:
        given, told = getattr(context, name), [getattr(turbine, name) for turbine in turbines]
        if given is not None and any(size != given for size in told):
            sizes = " and ".join(f"{size:g}" for size in dict.fromkeys(told))
            problem = f"is {given:g} here, and {sizes} in {Path(path).name}"
            faults.append(Fault(name, problem, "leave it out; it is for a table that does not say"))
    faults.raise_any()
    return turbines


def _read_turbines(path: str, context: TurbineContext) -> tuple[Turbine, ...]:
    if path.startswith(FLORIS_PREFIX):
        return (read_floris_turbine(library_turbine(path), context),)
    file = resolve(path)
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
