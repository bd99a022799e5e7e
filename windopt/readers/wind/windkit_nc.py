r"""Reads the wind climates that windkit and PyWAsP write as netCDF (``.nc``).

========================  =============================================================
variables                 a windkit data set of
========================  =============================================================
``A, k, wdfreq``          Weibull wind climates ("wwc") at points or on a grid
``+ gen_roughness``       a generalised wind climate ("gwc") of one point
``wsfreq, wdfreq``        a binned wind climate ("bwc") of one point
========================  =============================================================

Places are ``west_east``, ``south_north`` and ``height``, in the CRS of the variable ``crs``
(``crs_wkt``, by the CF conventions); ``wdfreq`` sums to 1 over the sectors, ``wsfreq`` to 1 in each
(windkit's documentation, "Wind climate objects"). All four of its spatial structures, point,
stacked point, cuboid and raster, are lists of places here; places that form a full grid become one.
Between heights, A follows the power law, k and frequencies are linear in :math:`\ln z`, as of
windIO. windkit itself is not needed.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from windopt.config.files import require_file
from windopt.errors import ConfigError, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource
from windopt.readers.netcdf import require_few_cells
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.generalised import GeneralisedClimate
from windopt.readers.wind.raster import Raster
from windopt.readers.wind.weibull import weibull_rose
from windopt.readers.wind.weibull_grid import WeibullGrid, loss_of_yield, tell_loss

if TYPE_CHECKING:
    from xarray import Dataset

MOST_VALUES = 6_000_000
"""Of all variables together."""
PLACE = ("west_east", "south_north", "height")
REACH = 500.0
"""Around the site that the wind is read for, where no rotor is known [m]."""
KINDS = "give a windkit data set with A, k and wdfreq, or wsfreq and wdfreq"


def read_windkit(path: Path, context: WindContext) -> WindResource:
    """Read a wind climate, at hub height."""
    require_file(path, "wind_resource")
    import xarray as xr

    try:
        require_few_cells(path, MOST_VALUES)
        with xr.open_dataset(path, engine="netcdf4", decode_times=False) as opened:
            return _read(path.name, opened, context)
    except ConfigError:
        raise
    except Exception as error:  # of netCDF, HDF5, xarray and numpy, of many kinds
        said = " ".join(str(error).split())[:200]
        problem = f"cannot be read as windkit's netCDF: {said}"
        raise ConfigError.of(path.name, problem, KINDS) from None


def _read(where: str, data: "Dataset", context: WindContext) -> WindResource:
    names = {str(name) for name in data.variables}
    weibull, binned = {"A", "k", "wdfreq"} <= names, {"wsfreq", "wdfreq"} <= names
    if not (weibull or binned) or "sector" not in names:
        said = ", ".join(sorted(names)[:8]) or "nothing"
        raise ConfigError.of(where, f"holds {said}", KINDS)
    data = data.assign_coords(sector=data["sector"] % 360).sortby("sector")
    direction = _numbers(data, "sector", ("sector",))
    if len(np.unique(direction)) < len(direction) or not np.isfinite(direction).all():
        raise ConfigError.of(where, "sector holds the same direction twice", KINDS)
    if weibull and "gen_roughness" in data["A"].dims:
        return _generalised(where, data, direction).resource(context)
    if context.roughness_length is not None:
        raise ConfigError.of("roughness_length", f"is of no use with {where}", "leave it out")
    if not weibull:
        return _binned(where, data, direction, context)
    return _weibull(where, data, direction, context)


def _numbers(data: "Dataset", name: str, last: tuple[str, ...]) -> FloatArray:
    """Return a variable's numbers, by place and then along the dimensions `last`."""
    variable = data[name]
    dims = [dim for dim in variable.dims if dim not in last]
    lengths = [variable.sizes[dim] for dim in last]  # KeyError where it has not that dimension
    values = np.asarray(variable.transpose(*dims, *last).values, dtype=np.float64)
    return values.reshape(-1, *lengths) if dims else values


def _places(where: str, data: "Dataset", name: str, last: tuple[str, ...]) -> FloatArray:
    """Return x, y and height of the places of a variable (n, 3), in the order of its values."""
    import xarray as xr

    if missing := [axis for axis in PLACE if axis not in data.variables]:
        cure = "write it with windkit, with its coordinates"
        raise ConfigError.of(where, f"lacks {' and '.join(missing)}", cure)
    template = data[name].isel(dict.fromkeys(last, 0), drop=True)
    columns = []
    for axis in PLACE:
        spread = xr.broadcast(data[axis].reset_coords(drop=True), template)[0]
        if set(spread.dims) != set(template.dims):
            raise ConfigError.of(where, f"{axis} varies with more than {name} does", KINDS)
        columns.append(np.asarray(spread.transpose(*template.dims).values, float).ravel())
    places = np.stack(columns, axis=-1)
    # the height of a generalised climate says nothing; the Global Wind Atlas writes 0
    if not np.isfinite(places).all() or ("gen_height" not in last and (places[:, 2] <= 0).any()):
        cure = "give metres above ground for every place"
        raise ConfigError.of(where, "has places that are not finite, or not above ground", cure)
    return places


def _one_place(where: str, data: "Dataset", name: str, last: tuple[str, ...]) -> FloatArray:
    places = _places(where, data, name, last)
    if len(places) != 1:
        problem = f"holds {len(places)} places; of this kind one is read"
        raise ConfigError.of(where, problem, "give one, or Weibull wind climates on a grid")
    return np.asarray(places[0])


def _generalised(where: str, data: "Dataset", direction: FloatArray) -> GeneralisedClimate:
    last = ("gen_roughness", "gen_height", "sector")
    x, y, _ = _one_place(where, data, "A", last)
    roughness, height = (_numbers(data, name, (name,)) for name in last[:2])
    r, h = np.argsort(roughness), np.argsort(height)
    tables: list[FloatArray] = []
    for name in ("wdfreq", "A", "k"):
        own = tuple(dim for dim in last if dim in data[name].dims)
        values = _numbers(data, name, own).reshape([data.sizes[dim] for dim in own])
        absent = tuple(k for k, dim in enumerate(last) if dim not in own)
        whole = np.broadcast_to(np.expand_dims(values, absent), [data.sizes[d] for d in last])
        tables.append(whole[r][:, h])
    crs = _crs(data)
    lonlat = None
    if crs is not None and abs(x) <= 360 and abs(y) <= 90:
        lonlat = (float(x), float(y))
    return GeneralisedClimate(
        where, roughness[r], height[h], direction, tables[0], tables[1], tables[2], lonlat
    ).checked()


def _binned(
    where: str, data: "Dataset", direction: FloatArray, context: WindContext
) -> WindResource:
    last = ("sector", "wsbin")
    _, _, height = _one_place(where, data, "wsfreq", last)
    faults = FaultCollector()
    known = faults.attempt(context.turbulence, where)
    ratio = faults.attempt(context.speed_up, where, float(height))
    faults.raise_any()
    assert known is not None
    assert ratio is not None
    sector = _numbers(data, "wdfreq", ("sector",)).reshape(-1)
    share = _numbers(data, "wsfreq", last).reshape(len(sector), -1)
    low, high = (_numbers(data, name, ("wsbin",)) for name in ("wsfloor", "wsceil"))
    speed, sums = (low + high) / 2, share.sum(axis=1)
    blows = sector > 0
    wrong = not (sector >= 0).all() or not (share >= 0).all() or not abs(sector.sum() - 1) < 0.01
    if wrong or not (abs(sums[blows] - 1) < 0.01).all():
        cure = "wdfreq sums to 1, and wsfreq to 1 in each sector"
        raise ConfigError.of(where, "holds frequencies that do not sum to 1", cure)
    if not (np.diff(speed) > 0).all() or not 0 <= speed[0] < speed[-1] < 100:
        raise ConfigError.of(where, "wsfloor and wsceil are no bins of speeds in m/s", KINDS)
    joint = np.divide(share, sums[:, None], np.zeros_like(share), where=blows[:, None])
    joint = joint * sector[:, None]
    return WindResource.scaled(direction, ratio * speed, joint, np.full(joint.shape, known))


def _weibull(
    where: str, data: "Dataset", direction: FloatArray, context: WindContext
) -> WindResource:
    places = _places(where, data, "A", ("sector",))
    for name in ("wdfreq", "k"):  # a variable may lack a dimension, or have them in another order
        data[name] = data[name].broadcast_like(data["A"]).transpose(*data["A"].dims)
    tables = [_numbers(data, name, ("sector",)) for name in ("wdfreq", "A", "k")]
    axes = [np.unique(column) for column in places.T]
    sizes = tuple(map(len, axes))
    number = np.ravel_multi_index(
        tuple(np.searchsorted(axis, column) for axis, column in zip(axes, places.T, strict=True)),
        sizes,
    )
    if len(places) != np.prod(sizes) or len(np.unique(number)) != len(places):
        problem = (
            f"holds {len(places)} places with {sizes[0]} x, {sizes[1]} y and {sizes[2]} heights: "
            "no full grid"
        )
        raise ConfigError.of(
            where, problem, "give a cuboid or a raster around the site, or a point"
        )
    rank = np.argsort(number)
    # (s, nx, ny, heights)
    on_grid = [np.moveaxis(t[rank].reshape(*sizes, -1), -1, 0) for t in tables]
    faults = FaultCollector()
    turbulence = faults.attempt(context.turbulence, where)
    levels = faults.attempt(_heights, where, axes[2], context)
    faults.raise_any()
    assert turbulence is not None
    assert levels is not None
    lower, upper, weight, ratio = levels
    frequency, shape = (
        (1 - weight) * t[..., lower] + weight * t[..., upper] for t in (on_grid[0], on_grid[2])
    )
    low, high = on_grid[1][..., lower], on_grid[1][..., upper]
    with np.errstate(divide="ignore", invalid="ignore"):
        powered = low * (high / low) ** weight
    scale = np.where((low > 0) & (high > 0), powered, (1 - weight) * low + weight * high)
    if sizes[:2] == (1, 1):
        return _rose(where, direction, (frequency, scale, shape), turbulence, ratio)
    if min(sizes[:2]) < 2:
        problem = f"has {sizes[0]} x and {sizes[1]} y coordinates"
        raise ConfigError.of(where, problem, "give a grid of two nodes at least each way")
    raster = Raster(where, axes[0], axes[1], np.stack([frequency, scale, shape]), _crs(data))
    grid = _on_site(raster, direction, context)
    wind = grid.resource(context.site, turbulence, ratio)
    if context.turbine is not None:
        loss = loss_of_yield(grid, wind, context.turbine, ratio)
        tell_loss(where, loss, grid.on_site(context.site))
    return wind


def _heights(
    where: str, heights: FloatArray, context: WindContext
) -> tuple[int, int, float, float]:
    """Return the levels around the hub, the upper one's weight, and the ratio of speeds."""
    if len(heights) == 1:
        return 0, 0, 0.0, context.speed_up(where, float(heights[0]))
    return *context.between_heights(f"{where}: height", heights), 1.0


def _rose(
    where: str,
    direction: FloatArray,
    tables: tuple[FloatArray, ...],
    turbulence: float,
    ratio: float,
) -> WindResource:
    """Make the rose of one place; as a grid of four alike, so that it is checked alike."""
    ends = np.array([0.0, 1.0])
    wide = [np.broadcast_to(table, (len(direction), 2, 2)) for table in tables]
    _refuse_unknown(where, *wide)
    one = WeibullGrid(where, ends, ends, direction, *wide).checked()
    frequency, scale, shape = (t[:, 0, 0] for t in (one.frequency, one.scale, one.shape))
    return weibull_rose(direction, frequency, ratio * scale, shape, turbulence)


def _on_site(raster: Raster, direction: FloatArray, context: WindContext) -> WeibullGrid:
    """Bring distributions into the site's metres."""
    if (site := context.site) is not None:
        rotor = REACH if context.turbine is None else context.turbine.rotor_diameter
        bounds = np.array(site.area.bounds).reshape(2, 2)
        raster = raster.in_metres(site.crs, bounds[0] - 2 * rotor, bounds[1] + 2 * rotor)
        raster = raster.filled(site, rotor, np.empty((0, 2)))
    _refuse_unknown(raster.where, raster.values)
    return WeibullGrid(raster.where, raster.x, raster.y, direction, *raster.values).checked()


def _refuse_unknown(where: str, *tables: FloatArray) -> None:
    if not all(np.isfinite(table).all() for table in tables):
        problem = "holds frequencies, A or k that are not finite"
        raise ConfigError.of(where, problem, "give numbers at every place")


def _crs(data: "Dataset") -> str | None:
    """Return the CRS as WKT, None where the file names none."""
    if "crs" not in data.variables:
        return None
    wkt = data["crs"].attrs.get("crs_wkt") or data["crs"].attrs.get("spatial_ref")
    return str(wkt) if wkt else None
