"""windkit's netCDF: the same wind as in WAsP's files; mistakes are named.

Data sets are made here as windkit writes them; where it is installed, its own are read too.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import windopt
from windopt.errors import ConfigError
from windopt.problem.problem import LayoutProblem
from windopt.readers.formats import read_wind
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.weibull_grid import WeibullGrid
from windopt.readers.wind.wrg import read_weibull_grid

sys.path.insert(0, str(Path(__file__).parent))
import atlas

CONFIG = Path("configs/ridge.yaml")
UTM = "EPSG:25832"
AT_90 = WindContext(hub_height=90.0, turbulence_intensity=0.09)


@pytest.fixture(scope="module")
def grid() -> WeibullGrid:
    """The example's."""
    return read_weibull_grid(Path("configs/ridge/ridge.wrg"))[0]


@pytest.fixture(scope="module")
def ridge() -> LayoutProblem:
    """The example, from its .wrg."""
    return windopt.load_problem(CONFIG)


def with_crs(data: xr.Dataset, crs: str = UTM) -> xr.Dataset:
    pyproj = pytest.importorskip("pyproj", reason="pyproj is not installed")
    return data.assign_coords(crs=((), np.int8(0), {"crs_wkt": pyproj.CRS(crs).to_wkt()}))


def cuboid(grid: WeibullGrid, heights: dict[float, float]) -> xr.Dataset:
    """Weibull climates on a grid, their speeds at each height by a factor."""
    dims = ("height", "south_north", "west_east", "sector")
    tables = {"wdfreq": grid.frequency, "A": grid.scale, "k": grid.shape}
    data = {
        name: (dims, np.stack([np.transpose(v * (f if name == "A" else 1.0), (2, 1, 0))
                               for f in heights.values()]))
        for name, v in tables.items()
    }  # fmt: skip
    coords = {
        "height": list(heights), "south_north": grid.y, "west_east": grid.x,
        "sector": grid.wind_direction,
    }  # fmt: skip
    return xr.Dataset(data, coords)


def as_points(data: xr.Dataset) -> xr.Dataset:
    """The same as a list of places, in any order."""
    names = ["height", "south_north", "west_east"]
    points = data.stack(point=names).reset_index("point").reset_coords("crs", drop=True)
    shuffled = np.random.default_rng(3).permutation(points.sizes["point"])
    return points.isel(point=shuffled).assign_coords(crs=data["crs"])


def as_raster(data: xr.Dataset) -> xr.Dataset:
    """One height, as a number beside."""
    return data.isel(height=0)


def otherwise(data: xr.Dataset) -> xr.Dataset:
    """Dimensions in another order, and frequencies without a height."""
    turned = data.assign(k=data["k"].transpose("sector", "west_east", "height", "south_north"))
    return turned.assign(wdfreq=data["wdfreq"].isel(height=0, drop=True))


def south_up(data: xr.Dataset) -> xr.Dataset:
    """Axes and sectors the other way round."""
    return data.isel(south_north=slice(None, None, -1), sector=slice(None, None, -1))


def load(data: xr.Dataset, folder: Path, **changes: object) -> LayoutProblem:
    path = folder / "climate.nc"
    data.to_netcdf(path)
    own = {"wind_resource": str(path), "crs": UTM, "wind_north": "grid"}  # the ridge has no crs
    return windopt.load_problem(CONFIG, own | changes)


@pytest.mark.parametrize("structure", [as_points, as_raster, south_up, otherwise])
def test_grids_are_those_of_the_wrg(
    structure: Callable[[xr.Dataset], xr.Dataset],
    grid: WeibullGrid,
    ridge: LayoutProblem,
    tmp_path: Path,
) -> None:
    found = load(structure(with_crs(cuboid(grid, {90.0: 1.0}))), tmp_path)
    np.testing.assert_allclose(found.wind.probability, ridge.wind.probability, atol=1e-14)
    assert found.speed_up is not None
    assert ridge.speed_up is not None
    np.testing.assert_allclose(found.speed_up.factor, ridge.speed_up.factor, rtol=1e-12)
    np.testing.assert_array_equal(found.speed_up.x, ridge.speed_up.x)


def test_heights_follow_the_power_law(
    grid: WeibullGrid, ridge: LayoutProblem, tmp_path: Path
) -> None:
    """Two heights whose law gives the .wrg's wind at the hub; and one with the config's shear."""
    two = {height: (height / 90.0) ** 0.2 for height in (60.0, 150.0)}
    for heights, shear in ((two, 0.0), ({60.0: (60.0 / 90.0) ** 0.14}, 0.14)):
        changes = {"atmosphere.wind_shear": shear}
        found = load(with_crs(cuboid(grid, heights)), tmp_path, **changes)
        np.testing.assert_allclose(found.wind.probability, ridge.wind.probability, atol=1e-13)


def test_longitude_and_latitude_are_brought_into_metres(grid: WeibullGrid, tmp_path: Path) -> None:
    """A plane of A over degrees: the speed-up is that plane over its mean, at every place."""
    data = with_crs(cuboid(grid, {90.0: 1.0}))
    lon, lat = 8.98 + 0.004 * np.arange(30), 50.53 + 0.003 * np.arange(24)
    ones = np.ones((1, len(lat), len(lon), 12))
    slope = 1 + 2.0 * (lon - 9.03) + 1.0 * (lat[:, None] - 50.56)
    values = {"wdfreq": ones / 12, "A": 8.0 * ones * slope[..., None], "k": 2.0 * ones}
    data = xr.Dataset(
        {name: (("height", "south_north", "west_east", "sector"), v) for name, v in values.items()},
        {"height": [90.0], "south_north": lat, "west_east": lon, "sector": grid.wind_direction},
    )
    found = load(with_crs(data, "EPSG:4326"), tmp_path)
    assert found.speed_up is not None
    from windopt.readers.crs import reproject

    places = np.array([[501000.0, 5601000.0], [503000.0, 5602500.0]])
    here = found.speed_up.at(places, np.array([0.0, 45.0]))
    x, y = reproject(places, UTM, "EPSG:4326").T
    expected = 1 + 2.0 * (x - 9.03) + 1.0 * (y - 50.56)
    np.testing.assert_allclose(here[:, 0] / here[:, 1], expected[0] / expected[1], rtol=1e-6)
    with pytest.raises(ConfigError, match=r"nobody knows where the site's metres are; add crs:"):
        load(with_crs(data, "EPSG:4326"), tmp_path, crs=None)
    with pytest.raises(
        ConfigError, match=r"climate\.nc: says nothing at .* give a map that covers the site"
    ):
        load(with_crs(data.isel(west_east=slice(0, 8)), "EPSG:4326"), tmp_path)


def test_one_place_is_a_rose(grid: WeibullGrid, tmp_path: Path) -> None:
    one = cuboid(grid, {90.0: 1.0}).isel(west_east=[5], south_north=[7])
    found = load(one, tmp_path).given_wind
    assert found.speed_up is None
    np.testing.assert_allclose(found.sector_probability, grid.frequency[:, 5, 7], rtol=1e-9)


def binned(height: float = 90.0) -> xr.Dataset:
    """A binned climate of one point."""
    edges, share = np.arange(26.0), np.random.default_rng(2).random((4, 25))
    return xr.Dataset(
        {
            "wsfreq": (("point", "sector", "wsbin"), [share / share.sum(axis=1, keepdims=True)]),
            "wdfreq": (("point", "sector"), [[0.4, 0.1, 0.2, 0.3]]),
        },
        {
            "sector": [0.0, 90.0, 180.0, 270.0], "wsbin": edges[:-1] + 0.5,
            "wsfloor": ("wsbin", edges[:-1]), "wsceil": ("wsbin", edges[1:]),
            "west_east": ("point", [9.0]), "south_north": ("point", [50.0]),
            "height": ("point", [height]),
        },
    )  # fmt: skip


def test_binned_climates_are_roses_as_they_are(tmp_path: Path) -> None:
    data = binned()
    wind = load(data, tmp_path).given_wind
    expected = data["wsfreq"].values[0] * data["wdfreq"].values[0][:, None]
    np.testing.assert_allclose(wind.probability, expected, rtol=1e-9)
    np.testing.assert_array_equal(wind.wind_speed, np.arange(25) + 0.5)
    faster = load(binned(45.0), tmp_path).given_wind
    np.testing.assert_allclose(faster.wind_speed, wind.wind_speed * 2**0.14)


def generalised() -> xr.Dataset:
    """The example's climate, with frequencies at every height as windkit has them."""
    frequency, scale, shape = atlas.climate()
    wide = np.repeat(frequency[:, None] / 100, 5, axis=1)
    dims = ("gen_roughness", "gen_height", "sector")
    return xr.Dataset(
        {"wdfreq": (dims, wide), "A": (dims, scale.round(2)), "k": (dims, shape.round(3))},
        {
            "gen_roughness": list(atlas.ROUGHNESS), "gen_height": list(atlas.HEIGHT),
            "sector": 30.0 * np.arange(12), "west_east": 9.031, "south_north": 50.562,
            "height": 0.5,
        },
    )  # fmt: skip


def test_generalised_climates_are_those_of_the_lib(tmp_path: Path) -> None:
    lib = windopt.load_problem("configs/atlas.yaml", {"speed_map": None})
    found = load(generalised(), tmp_path, roughness_length=0.1).given_wind
    np.testing.assert_allclose(found.probability, lib.given_wind.probability, atol=1e-12)
    with pytest.raises(ConfigError, match="set roughness_length: "):
        load(generalised(), tmp_path)


def test_windkits_own_files_are_read(tmp_path: Path, grid: WeibullGrid) -> None:
    windkit = pytest.importorskip("windkit", reason="windkit is not installed")
    windkit.read_wwc("configs/ridge/ridge.wrg", crs=UTM).to_netcdf(tmp_path / "wrg.nc")
    wind = read_wind(str(tmp_path / "wrg.nc"), AT_90)
    wrg = read_wind("configs/ridge/ridge.wrg", AT_90)
    np.testing.assert_allclose(wind.probability, wrg.probability, atol=1e-7)  # single precision
    assert wind.speed_up is not None
    assert wrg.speed_up is not None
    np.testing.assert_allclose(wind.speed_up.factor, wrg.speed_up.factor, rtol=1e-6)
    windkit.read_gwc("configs/atlas/atlas.lib").to_netcdf(tmp_path / "gwc.nc")
    windkit.read_bwc("configs/hornsrev/observed.tab", crs=4326).to_netcdf(tmp_path / "bwc.nc")
    for name, given in (
        ("gwc", "configs/atlas/atlas.lib"),
        ("bwc", "configs/hornsrev/observed.tab"),
    ):
        rough = 0.1 if name == "gwc" else None
        context = WindContext(turbulence_intensity=0.09, roughness_length=rough)
        ours, theirs = (read_wind(path, context) for path in (given, str(tmp_path / f"{name}.nc")))
        np.testing.assert_allclose(theirs.probability, ours.probability, atol=1e-6)
        np.testing.assert_allclose(theirs.wind_speed, ours.wind_speed)


def without_a_node(data: xr.Dataset) -> xr.Dataset:
    return as_points(with_crs(data)).isel(point=slice(1, None))


def time_series(data: xr.Dataset) -> xr.Dataset:
    return xr.Dataset({"wind_speed": ("time", [1.0]), "wind_direction": ("time", [2.0])})


def with_gap(data: xr.Dataset) -> xr.Dataset:
    data = with_crs(data)
    data["A"][0, 8, 10] = np.nan
    return data


WRONG: dict[str, tuple[Callable[[xr.Dataset], xr.Dataset], str]] = {
    "another data set": (time_series, "holds wind_direction, wind_speed; give a windkit data set"),
    "no full grid": (without_a_node, "no full grid"),
    "no places": (lambda d: d.drop_vars("height").isel(height=0), "lacks height"),
    "below ground": (lambda d: d.assign_coords(height=[-90.0]), "not above ground"),
    "gap": (with_gap, "says nothing at 1 of its"),
    "A": (lambda d: d.assign(A=d["A"] * 10), "which no wind has"),
    "frequencies": (lambda d: d.assign(wdfreq=d["wdfreq"] * 2), "per mille, not 1000"),
    "sectors": (lambda d: d.assign_coords(sector=np.zeros(12)), "the same direction twice"),
    "elsewhere": (lambda d: with_crs(d, "EPSG:25833"), "give a map of the site, and check crs"),
    "line": (lambda d: d.isel(west_east=[3]), "has 1 x and 18 y coordinates"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_mistakes_are_named(mistake: str, grid: WeibullGrid, tmp_path: Path) -> None:
    change, words = WRONG[mistake]
    with pytest.raises(ConfigError) as caught:
        load(change(cuboid(grid, {90.0: 1.0})), tmp_path)
    assert words in str(caught.value), str(caught.value)
    assert len(caught.value.faults) == 1


def test_what_goes_by_the_config_is_asked_for_at_once(tmp_path: Path) -> None:
    nothing: dict[str, object] = {
        "atmosphere.turbulence_intensity": None,
        "atmosphere.wind_shear": 0.0,
    }
    with pytest.raises(ConfigError) as caught:
        load(binned(45.0), tmp_path, **nothing)
    assert "set atmosphere.turbulence_intensity" in str(caught.value)
    assert "holds at 45 m, but the hub is at 90 m" in str(caught.value)
    with pytest.raises(ConfigError, match=r"roughness_length: is of no use with climate\.nc"):
        load(binned(), tmp_path, roughness_length=0.1)


def test_what_is_no_netcdf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "climate.nc"
    path.write_text("no")
    with pytest.raises(ConfigError, match="cannot be read as windkit's netCDF"):
        windopt.load_problem(CONFIG, {"wind_resource": str(path)})
