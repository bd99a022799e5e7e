"""Reads ERA5's wind as the Climate Data Store gives it: netCDF with the components at 100 or 10 m.

Variables are ``u100`` and ``v100``, or ``u10`` and ``v10``, over ``valid_time`` (``time`` in older
files), ``latitude`` and ``longitude``; the point nearest to the site is taken. Where recent months
stand beside older ones, along ``expver``, the first that is known at a time is taken (ECMWF, "ERA5
CDS requests which return a mixture of ERA5 and ERA5T data").
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from windopt.config.files import require_file
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource
from windopt.readers.wind.columns import nearest_point, speed_and_direction
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.time_series import Series, resource_of_series

if TYPE_CHECKING:
    from xarray import DataArray, Dataset

logger = logging.getLogger(__name__)

PAIRS = {100.0: ("u100", "v100"), 10.0: ("u10", "v10")}
"""The components, by their height [m]."""
TIMES = ("valid_time", "time")
LONGEST = 20_000_000
"""Length of a dimension, at most; its axis is read at once."""
CURE = "give u100 and v100 over time, as the Climate Data Store writes them"


def is_era5(path: Path) -> bool:
    """Return whether a netCDF file has wind components over time."""
    import netCDF4

    try:
        with netCDF4.Dataset(str(path)) as raw:
            names = {*raw.variables}
    except (OSError, RuntimeError, ValueError):
        return False
    return any({*pair} <= names for pair in PAIRS.values())


def read_era5(path: Path, context: WindContext) -> WindResource:
    """Read the wind at the point nearest to the site, at hub height."""
    require_file(path, "wind_resource")
    import netCDF4
    import xarray as xr

    try:
        with netCDF4.Dataset(str(path)) as raw:
            longest = max((len(one) for one in raw.dimensions.values()), default=0)
        if longest > LONGEST:
            raise ConfigError.of(path.name, f"has a dimension of {longest}", "cut it to the site")
        with xr.open_dataset(path, engine="netcdf4") as opened:
            return resource_of_series(_series(path.name, opened, context), context)
    except ConfigError:
        raise
    except Exception as error:  # of netCDF, HDF5, xarray and numpy, of many kinds
        said = " ".join(str(error).split())[:200]
        raise ConfigError.of(path.name, f"cannot be read as ERA5's netCDF: {said}", CURE) from None


def _series(where: str, data: "Dataset", context: WindContext) -> Series:
    height, names = next(item for item in PAIRS.items() if {*item[1]} <= {*data.variables})
    u, v = (data[name] for name in names)
    time = next((name for name in TIMES if name in u.dims), None)
    if time is None:
        raise ConfigError.of(where, f"{names[0]} has no dimension valid_time or time", CURE)
    for component in (u, v):
        unit = str(component.attrs.get("units", "m s**-1"))
        if unit not in ("m s**-1", "m s-1", "m/s"):
            raise ConfigError.of(f"{where}: {component.name}", f"is in {unit!r}", "give m/s")
    times = np.asarray(data[time].values)
    if not np.issubdtype(times.dtype, np.datetime64):
        raise ConfigError.of(f"{where}: {time}", "holds no dates", CURE)
    places = _points(data, u)
    k = nearest_point(where, places, context.site) if places is not None else 0
    speed, direction = speed_and_direction(*(_at_point(where, one, time, k) for one in (u, v)))
    order = np.argsort(times, kind="stable")
    own = {"direction": f"{where}: {names[0]}", "speed": f"{where}: {names[1]}"}
    return Series(
        where=where,
        places={**own, "time": f"{where}: {time}"},
        times=times[order].astype("datetime64[s]"),
        direction=direction[order],
        speed=speed[order],
        height=height,
    )


def _points(data: "Dataset", component: "DataArray") -> FloatArray | None:
    """Return longitude and latitude of all points (n, 2) [deg]; None where nothing says them."""
    if not {"longitude", "latitude"} <= {*data.variables}:
        return None
    longitude, latitude = (
        np.atleast_1d(np.asarray(data[name].values, dtype=np.float64))
        for name in ("longitude", "latitude")
    )
    if "longitude" not in component.dims and "latitude" not in component.dims:
        return np.stack([longitude[:1], latitude[:1]], axis=1)
    north, east = np.meshgrid(latitude, longitude, indexing="ij")
    return np.stack([(east.ravel() + 180) % 360 - 180, north.ravel()], axis=1)


def _at_point(where: str, component: "DataArray", time: str, point: int) -> FloatArray:
    """Return a component at one of the points over time (n_times,) [m/s]."""
    plane = [dim for dim in ("latitude", "longitude") if dim in component.dims]
    others = [dim for dim in component.dims if dim not in (time, *plane)]
    for dim in others:
        if component.sizes[dim] > 1 and dim != "expver":
            problem = f"{component.name} has {component.sizes[dim]} values along {dim}"
            raise ConfigError.of(where, problem, "keep one, such as a single ensemble member")
    node = np.unravel_index(point, [component.sizes[dim] for dim in plane]) if plane else ()
    values = component.isel(dict(zip(plane, map(int, node), strict=True))).transpose(time, *others)
    table = np.asarray(values.values, dtype=np.float64).reshape(component.sizes[time], -1)
    first = np.argmax(np.isfinite(table), axis=1)
    return np.asarray(table[np.arange(len(table)), first])
