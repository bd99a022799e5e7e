"""A map of mean speeds lets a rose vary over the site; mistakes are named.

What needs rasterio is skipped without it.
"""

import logging
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from scipy.special import gamma

import windopt
from windopt.config.reader import dump_config
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.readers.crs import reproject
from windopt.readers.identify import roles_of
from windopt.readers.wind.raster import Raster

sys.path.insert(0, str(Path(__file__).parent))
import atlas

pytest.importorskip("pyproj", reason="pyproj is not installed")
CONFIG = Path("configs/atlas.yaml")
MAP = Path("configs/atlas/wind-speed_100m.tif")
UTM, WGS84 = "EPSG:25832", "EPSG:4326"
SITE = Site("square", shapely.MultiPolygon([shapely.box(501000, 5600500, 503000, 5602000)]), UTM)
LOW, HIGH = np.array([500700.0, 5600200.0]), np.array([503300.0, 5602300.0])
LON, LAT = 9.0 + 0.0025 * np.arange(22), 50.54 + 0.0025 * np.arange(18)


def plane(x: FloatArray, y: FloatArray) -> FloatArray:
    """A mean speed that grows to the north-east [m/s]."""
    return np.asarray(7.0 + 30.0 * (x - 9.0) + 20.0 * (y - 50.54))


RASTER = Raster("map.tif", LON, LAT, plane(LON[:, None], LAT), WGS84)


# -- grids of other CRS, without rasterio -----------------------------------------------------


def test_values_stay_at_their_places() -> None:
    """A plane in degrees is met exactly at every node in metres."""
    grid = RASTER.in_metres(UTM, LOW, HIGH)
    nodes = np.stack(np.meshgrid(grid.x, grid.y, indexing="ij"), -1).reshape(-1, 2)
    lonlat = reproject(nodes, UTM, WGS84)
    np.testing.assert_allclose(grid.values.ravel(), plane(*lonlat.T), rtol=1e-12)
    assert grid.x[0] == LOW[0]
    assert HIGH[0] <= grid.x[-1] < HIGH[0] + 178
    assert np.diff(grid.x)[0] == pytest.approx(177.0, abs=1)  # 0.0025 degrees there
    assert np.diff(grid.y)[0] == pytest.approx(278.1, abs=1)


def test_a_grid_in_the_sites_crs_stays_as_it_is() -> None:
    x, y = 500000.0 + 250.0 * np.arange(20), 5600000.0 + 250.0 * np.arange(12)
    own = Raster("map.tif", x, y, np.add.outer(x, y), "EPSG:32632")  # WGS 84, the same metres
    np.testing.assert_array_equal(own.in_metres(UTM, LOW, HIGH).values, own.values)


def test_a_very_fine_map_is_taken_coarser() -> None:
    x, y = 4250000.0 + 4.0 * np.arange(1100), 3048500.0 + 4.0 * np.arange(1100)
    fine = Raster("map.tif", x, y, np.ones((1100, 1100)), "EPSG:3035").in_metres(UTM, LOW, HIGH)
    assert 500 <= min(fine.values.shape) <= max(fine.values.shape) <= 501
    np.testing.assert_allclose(fine.values, 1.0, rtol=1e-12)


def test_gaps_off_the_site_take_the_nearest_value() -> None:
    values = RASTER.in_metres(UTM, LOW, HIGH).values.copy()
    values[:1] = np.nan
    grid = replace(RASTER.in_metres(UTM, LOW, HIGH), values=values)
    inner = replace(
        SITE, area=shapely.MultiPolygon([shapely.box(502000, 5601000, 502500, 5601500)])
    )
    filled = grid.filled(inner, 100.0, np.empty((0, 2)))
    np.testing.assert_array_equal(filled.values[0], values[1])
    np.testing.assert_array_equal(filled.values[1:], values[1:])


def test_gaps_on_the_site_are_refused() -> None:
    values = RASTER.in_metres(UTM, LOW, HIGH).values.copy()
    values[8, 4] = np.nan
    grid = replace(RASTER.in_metres(UTM, LOW, HIGH), values=values)
    with pytest.raises(ConfigError, match=r"says nothing at 1 of its \d+ nodes"):
        grid.filled(SITE, 100.0, np.empty((0, 2)))
    far = np.array([[510000.0, 5601000.0]])
    with pytest.raises(ConfigError, match=r"fixed turbines .* give a map that covers them"):
        RASTER.in_metres(UTM, LOW, HIGH).filled(SITE, 100.0, far)


def test_a_map_is_no_resource_to_begin_a_config_from() -> None:
    with pytest.raises(ConfigError, match="name it in the config as speed_map"):
        roles_of(str(MAP))


def test_without_rasterio_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(ConfigError, match=r"rasterio, .* pip install 'windopt\[wasp\]'"):
        windopt.load_problem(CONFIG)


# -- maps -------------------------------------------------------------------------------------

needs_rasterio = pytest.mark.usefixtures("rasterio")


@pytest.fixture(scope="module")
def rasterio() -> None:
    """Nothing, where it is installed."""
    pytest.importorskip("rasterio", reason="rasterio is not installed")


@pytest.fixture(scope="module")
def problem(rasterio: None) -> LayoutProblem:
    """The example."""
    return windopt.load_problem(CONFIG)


def load(path: Path | list[Path] | None, **changes: object) -> LayoutProblem:
    names = [str(one.absolute()) for one in (path if isinstance(path, list) else [path]) if one]
    return windopt.load_problem(CONFIG, {"speed_map": names or None} | changes)


@needs_rasterio
def test_example_is_what_its_formulas_give() -> None:
    import rasterio

    with rasterio.open(MAP) as file:
        np.testing.assert_array_equal(file.read(1), atlas.speed())
        assert file.crs.to_epsg() == 4326


def test_speed_up_is_the_map_over_its_mean_on_the_site(problem: LayoutProblem) -> None:
    speed_up = problem.speed_up
    assert speed_up is not None
    inside = shapely.contains_xy(problem.site.area, *speed_up.nodes.T)
    assert speed_up.factor.ravel()[inside].mean() == pytest.approx(1.0, abs=1e-12)
    # in the middle of pixels, against the formula; what is between them is linear twice
    rows, columns = np.meshgrid(np.arange(12, 28), np.arange(12, 34), indexing="ij")
    lonlat = np.stack(
        [atlas.WEST + 0.0025 * (columns + 0.5), atlas.NORTH - 0.0025 * (rows + 0.5)], -1
    ).reshape(-1, 2)
    places = reproject(lonlat, WGS84, UTM)
    on_site = shapely.contains_xy(problem.site.area, *places.T)
    assert on_site.sum() > 100
    ratio = speed_up.at(places, np.zeros(1))[0] / atlas.speed()[12:28, 12:34].ravel()
    mean = 1 / ratio[on_site].mean()
    assert mean == pytest.approx(7.45, abs=0.01)
    assert abs(ratio[on_site] * mean - 1).max() < 0.01


def test_the_factor_is_the_same_from_everywhere(problem: LayoutProblem) -> None:
    speed_up, places = problem.speed_up, np.array([[502500.0, 5601700.0], [501000.0, 5602500.0]])
    assert speed_up is not None
    found = speed_up.at(places, np.array([0.0, 77.7, 180.0, 359.9]))
    np.testing.assert_array_equal(found, found[:1].repeat(4, axis=0))


def test_rose_keeps_its_level(problem: LayoutProblem) -> None:
    plain = load(None)
    np.testing.assert_array_equal(problem.wind.probability, plain.wind.probability)
    np.testing.assert_array_equal(problem.wind.wind_speed, plain.wind.wind_speed)


@needs_rasterio
@pytest.mark.parametrize("at", [[502500.0, 5601700.0], [505500.0, 5599500.0]], ids=["on", "off"])
def test_the_rose_holds_at_the_mast(at: list[float], problem: LayoutProblem) -> None:
    """Off the site the map is asked at another grid's nodes: equal to what is linear twice."""
    other = load(MAP, wind_resource_at=at)
    assert other.speed_up is not None
    assert problem.speed_up is not None
    ratio = other.speed_up.factor / problem.speed_up.factor
    np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-12)
    column, row = (reproject(np.array([at]), UTM, WGS84)[0] - (atlas.WEST, atlas.NORTH)) / (
        0.0025, -0.0025
    )  # fmt: skip
    value = atlas.speed()[int(row), int(column)]
    assert 7.45 / ratio.mean() == pytest.approx(float(value), rel=0.02)
    if other.speed_up.beyond(np.array([at])).any():
        return
    assert other.speed_up.at(np.array([at]), np.zeros(1))[0, 0] == pytest.approx(1.0, abs=1e-12)


@needs_rasterio
def test_an_even_map_changes_nothing(tmp_path: Path) -> None:
    path = atlas.write_map(tmp_path / "even.tif", np.full(atlas.SIZE, 7.3))
    speed_up = load(path).speed_up
    assert speed_up is not None
    np.testing.assert_allclose(speed_up.factor, 1.0, rtol=1e-12)


@needs_rasterio
def test_weibull_maps_give_their_mean_speed(tmp_path: Path, problem: LayoutProblem) -> None:
    shape = np.full(atlas.SIZE, 2.2)
    scale = atlas.speed() / gamma(1 + 1 / shape)
    maps = [
        atlas.write_map(tmp_path / f"{name}.tif", values)
        for name, values in (("a", scale), ("k", shape))
    ]
    other = load(maps)
    assert other.speed_up is not None
    assert problem.speed_up is not None
    np.testing.assert_allclose(other.speed_up.factor, problem.speed_up.factor, rtol=1e-6)
    with pytest.raises(ConfigError, match="name the map of A first"):
        load(maps[::-1])


@needs_rasterio
def test_scaled_integers_and_another_crs_are_the_same_map(
    tmp_path: Path, problem: LayoutProblem
) -> None:
    """0.01 m/s as integers, with GDAL's scale; and on pixels of 100 m in the site's metres."""
    import rasterio
    from rasterio.transform import from_origin

    values = np.nan_to_num(atlas.speed() * 100, nan=-1).round().astype(np.int16)
    path = atlas.write_map(tmp_path / "scaled.tif", values, nodata=-1)
    with rasterio.open(path, "r+") as file:
        file.scales = (0.01,)
    other = load(path)
    assert other.speed_up is not None
    assert problem.speed_up is not None
    np.testing.assert_allclose(other.speed_up.factor, problem.speed_up.factor, atol=1e-3)
    assert len(other.wind.wind_direction) == len(problem.wind.wind_direction)

    transform = from_origin(499000.0, 5605000.0, 100.0, 100.0)
    metres = np.fromfunction(lambda i, j: 7 + 0.01 * j + 0.005 * i, (70, 70))
    own = load(atlas.write_map(tmp_path / "utm.tif", metres, crs=UTM, transform=transform))
    assert own.speed_up is not None
    assert ((own.speed_up.x - 499050.0) % 100 == 0).all()  # the pixels' own middles
    here = own.speed_up.at(np.array([[502050.0, 5601950.0]]), np.zeros(1))[0, 0]
    there = own.speed_up.at(np.array([[501050.0, 5601950.0]]), np.zeros(1))[0, 0]
    assert here / there == pytest.approx(metres[30, 30] / metres[30, 20], rel=1e-12)


def test_floris_yields_what_the_map_says(problem: LayoutProblem) -> None:
    """Against FLORIS with the map's own pixels as ``heterogeneous_inflow_config``, no wakes.

    Within 0.45 % of power, 0.15 % of speed: pixels are brought onto a grid in metres.
    """
    from floris import FlorisModel

    from windopt.floris.adapter import floris_configuration

    calm = problem.wake.model_copy(update={"velocity_model": "none"})
    problem = replace(problem, wake=calm)
    layout = np.array([[501000.0, 5602500.0], [502300.0, 5601700.0], [503700.0, 5600900.0]])
    conditions = problem.given_wind.conditions
    rows, columns = np.meshgrid(*map(np.arange, atlas.SIZE), indexing="ij")
    lonlat = np.stack(
        [atlas.WEST + 0.0025 * (columns + 0.5), atlas.NORTH - 0.0025 * (rows + 0.5)], -1
    ).reshape(-1, 2)
    values = atlas.speed().ravel().astype(float)
    x, y = reproject(lonlat[~np.isnan(values)], WGS84, UTM).T
    known = values[~np.isnan(values)]
    assert problem.speed_up is not None
    inside = shapely.contains_xy(problem.site.area, x, y)
    model = FlorisModel(floris_configuration(problem.uniform))
    speeds = np.array([6.0, 9.0, 11.0])
    model.set(
        layout_x=layout[:, 0], layout_y=layout[:, 1],
        wind_directions=np.array([10.0, 200.0, 270.0]), wind_speeds=speeds,
        turbulence_intensities=np.full(3, 0.09),
        heterogeneous_inflow_config={
            "x": x, "y": y, "speed_multipliers": np.tile(known / known[inside].mean(), (3, 1)),
        },
    )  # fmt: skip
    model.run()
    ours = windopt.simulate_power(
        problem, layout, np.array([10.0, 200.0, 270.0]), speeds, np.full(3, 0.09)
    )
    np.testing.assert_allclose(ours, model.get_turbine_powers(), rtol=0.005)
    even = windopt.simulate_power(
        problem.uniform, layout, np.array([10.0, 200.0, 270.0]), speeds, np.full(3, 0.09)
    )
    assert ours[0, 1] > 1.15 * even[0, 1]
    assert len(conditions) == 360


def test_a_lone_turbine_yields_its_curve_at_the_maps_speed(tmp_path: Path, rasterio: None) -> None:
    """By hand: a plane of 1 % in 200 m, no wake, no shear; 1e-5 is the rotor's cubic mean."""
    from rasterio.transform import from_origin

    x = 499000.0 + 100.0 * (np.arange(70) + 0.5)
    values = np.tile(7.0 * (1 + (x - 502000.0) / 20_000.0), (70, 1))
    transform = from_origin(499000.0, 5605000.0, 100.0, 100.0)
    path = atlas.write_map(tmp_path / "utm.tif", values, crs=UTM, transform=transform)
    problem = load(path, wind_resource_at=[502000.0, 5601000.0])
    problem = replace(
        problem, wake=problem.wake.model_copy(update={"velocity_model": "none"}), wind_shear=0.0
    )
    for place in (501000.0, 502000.0, 503720.0):
        wd, ws = np.zeros(8), np.arange(4.0, 12.0)
        found = windopt.simulate_power(
            problem, np.array([[place, 5601500.0]]), wd, ws, np.full(8, 0.09)
        )[:, 0]
        own = ws * (1 + (place - 502000.0) / 20_000.0)
        expected = np.interp(own, problem.turbine.wind_speed, problem.turbine.power)
        np.testing.assert_allclose(found, expected, rtol=1e-4)


@needs_rasterio
@pytest.mark.parametrize(
    ("profile", "factor", "words"),
    [
        ({"crs": None}, 1.0, "names no coordinate reference system"),
        ({"crs": "EPSG:25832"}, 1.0, "give a map that covers the site"),
        ({"count": 3}, 1.0, "holds 3 bands"),
        ({}, 60.0, "is 446.7 on average over the site; give a map of mean wind speed in m/s"),
        ({}, 0.16, "is 1.191 on average"),
    ],
    ids=["no crs", "wrong crs", "picture", "power density", "air density"],
)
def test_mistakes_are_named(
    profile: dict[str, object], factor: float, words: str, tmp_path: Path
) -> None:
    path = atlas.write_map(tmp_path / "map.tif", (atlas.speed() * factor), **profile)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert words in str(caught.value), str(caught.value)
    assert len(caught.value.faults) == 1


@needs_rasterio
def test_maps_that_do_not_cover_the_site_are_refused(tmp_path: Path) -> None:
    for part, name in ((slice(0, 18), "half"), (slice(0, 3), "beside")):
        path = atlas.write_map(tmp_path / f"{name}.tif", atlas.speed()[part])
        with pytest.raises(ConfigError, match=r"says nothing at|that covers the site"):
            load(path)
    holed = atlas.speed()
    holed[20, 20] = np.nan
    with pytest.raises(ConfigError, match=r"says nothing at .* without gaps"):
        load(atlas.write_map(tmp_path / "holed.tif", holed))


@needs_rasterio
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"crs": None}, "nobody knows where the site's metres are; add crs:"),
        ({"wind_resource_at": [400000.0, 5601000.0]}, "the map says nothing at (400000, 5601000)"),
        ({"wind_resource_at": [9.03, 50.5]}, "give [x, y] of the mast in the site's CRS"),
        ({"roughness_length": None, "speed_map": "no.tif"}, "2. speed_map: there is no file"),
    ],
)
def test_mistakes_in_the_config_are_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        windopt.load_problem(CONFIG, changes)
    assert words in str(caught.value), str(caught.value)


@needs_rasterio
def test_wind_that_varies_already_takes_no_map() -> None:
    changes = {
        "wind_resource": str(Path("configs/ridge/ridge.wrg").absolute()),
        "roughness_length": None,
    }
    with pytest.raises(ConfigError, match="varies over the site itself; leave one of the two out"):
        windopt.load_problem(CONFIG, changes)


@needs_rasterio
def test_files_that_are_no_maps_are_refused(tmp_path: Path) -> None:
    for name, content in (("text.tif", b"lon,lat\n"), ("cut.tif", MAP.read_bytes()[:900])):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigError, match=rf"{name}: cannot be read as a GeoTIFF"):
            load(tmp_path / name)
    with pytest.raises(ConfigError, match="names 3 maps"):
        load([MAP, MAP, MAP])


@needs_rasterio
def test_what_was_made_of_the_map_is_said(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.INFO):
        load(MAP)
    assert "7.45 m/s on average, 0.940 to 1.085 times that over the site" in caplog.text
    assert "alike in every sector" in caplog.text
    strong = atlas.write_map(tmp_path / "strong.tif", 3 + 15 * (atlas.speed() - 7))
    load(strong)
    assert "check the map and wind_resource_at" in caplog.text


@needs_rasterio
def test_maps_travel_with_the_config(tmp_path: Path, problem: LayoutProblem) -> None:
    """Relative paths are the config's; the resolved config loads the same problem."""
    dump_config(problem.config, tmp_path / "config.yaml")
    again = windopt.load_problem(tmp_path / "config.yaml")
    assert again.speed_up is not None
    assert problem.speed_up is not None
    np.testing.assert_array_equal(again.speed_up.factor, problem.speed_up.factor)
