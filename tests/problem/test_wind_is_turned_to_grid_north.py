"""Wind directions count from true north, layouts from the grid's: the rose is turned between."""

import logging
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod, Proj

from windopt.errors import ConfigError
from windopt.problem.problem import LayoutProblem
from windopt.problem.speed_up import SpeedUp
from windopt.problem.wind_resource import WindResource
from windopt.readers.crs import bearing_of_north, from_lonlat, parse_crs
from windopt.readers.load import load_problem

PLACES = [
    ("EPSG:25832", 11.9, 54.0, -1),  # east of the middle: true north lies left of the grid's
    ("EPSG:25832", 6.1, 54.0, 1),
    ("EPSG:32756", 155.9, -33.0, 1),  # south of the equator it is the other way round
    ("EPSG:27700", 1.5, 53.0, -1),
    ("EPSG:3035", 3.0, 52.0, 1),
]


@pytest.mark.parametrize(("crs", "longitude", "latitude", "sign"), PLACES)
def test_bearing_is_that_of_the_geodesic_north(
    crs: str, longitude: float, latitude: float, sign: int
) -> None:
    here = from_lonlat(np.array([[longitude, latitude]]), crs)
    found = bearing_of_north(here, crs)
    assert math.copysign(1, found) == sign
    assert abs(found) > 1
    convergence = Proj(parse_crs(crs)).get_factors(longitude, latitude).meridian_convergence
    assert abs(found) == pytest.approx(abs(convergence), abs=1e-3)
    for azimuth in (0.0, 60.0, 200.0):
        ahead = Geod(ellps="GRS80").fwd(longitude, latitude, azimuth, 500.0)[:2]
        x, y = (from_lonlat(np.array([ahead]), crs) - here)[0]
        on_the_grid = math.degrees(math.atan2(x, y))
        off = (on_the_grid - (azimuth + found) + 180) % 360 - 180
        assert abs(off) < (0.01 if crs != "EPSG:3035" else 0.05)  # which keeps areas, not angles


def config(tmp_path: Path, **entries: object) -> Path:
    """Write a site at the eastern rim of UTM zone 32, two turbines in a row along true west."""
    corner = from_lonlat(np.array([[11.9, 54.0]]), "EPSG:25832")[0]
    square = corner + 2000.0 * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    rows = "\n".join(f"{x!r},{y!r}" for x, y in square.tolist())
    (tmp_path / "site.csv").write_text(f"x,y\n{rows}\n")
    middle = square.mean(axis=0)
    longitude, latitude = Proj(parse_crs("EPSG:25832"))(*middle, inverse=True)
    east = Geod(ellps="GRS80").fwd(longitude, latitude, 90.0, 600.0)[:2]
    other = from_lonlat(np.array([east]), "EPSG:25832")[0]
    (tmp_path / "layout.csv").write_text(
        "x,y\n" + "\n".join(f"{x!r},{y!r}" for x, y in np.array([middle, other]).tolist()) + "\n"
    )
    (tmp_path / "rose.csv").write_text("wd,ws,freq_val\n0,8,0.1\n90,8,0.1\n180,8,0.1\n270,8,0.7\n")
    lines = [
        "name: north",
        "site: site.csv",
        "layout: layout.csv",
        "wind_resource: rose.csv",
        "turbine: floris:nrel_5MW",
        "atmosphere: {turbulence_intensity: 0.07}",
        *(f"{key}: {value}" for key, value in entries.items()),
    ]
    (tmp_path / "north.yaml").write_text("\n".join(lines) + "\n")
    return tmp_path / "north.yaml"


def most_waked(problem: LayoutProblem) -> float:
    """Return the wind direction [deg] along the row, as the grid has it."""
    assert problem.initial_layout is not None
    x, y = problem.initial_layout[0] - problem.initial_layout[1]
    return math.degrees(math.atan2(x, y)) % 360


def test_wind_from_the_true_west_blows_along_a_row_that_was_built_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        turned = load_problem(config(tmp_path, crs="EPSG:25832", refine_wind="false"))
    assert "turned by -2.3" in caplog.text
    assert "wind_north: grid" in caplog.text
    west = turned.wind.wind_direction[np.argmax(turned.wind.sector_probability)]
    assert west == pytest.approx(most_waked(turned), abs=0.02)
    assert west == pytest.approx(270 + turned.wind_turn)
    np.testing.assert_array_equal(turned.given_wind.wind_direction, [0, 90, 180, 270])
    assert (np.diff(turned.wind.wind_direction) > 0).all()
    assert turned.directions_in_words.startswith("4 directions given, turned by -2.3")


@pytest.mark.parametrize(
    "entries", [{}, {"crs": "EPSG:25832", "wind_north": "grid"}, {"wind_north": "true"}]
)
def test_nothing_is_turned_without_a_crs_or_where_the_wind_is_the_grids(
    tmp_path: Path, entries: dict[str, object]
) -> None:
    problem = load_problem(config(tmp_path, **entries))
    np.testing.assert_array_equal(problem.wind.wind_direction, np.arange(360.0))
    assert problem.wind_turn == 0
    assert problem.directions_in_words == "4 directions given, refined to 360"


def test_the_rose_is_turned_after_it_is_refined(tmp_path: Path) -> None:
    """So that a sum over the rose stays, and so does which share a direction has."""
    turned = load_problem(config(tmp_path, crs="EPSG:25832"))
    plain = load_problem(config(tmp_path, crs="EPSG:25832", wind_north="grid"))
    back = turned.wind.turned(-turned.wind_turn)
    np.testing.assert_allclose(
        np.roll(back.sector_probability, 180), np.roll(plain.wind.sector_probability, 180)
    )
    assert turned.wind.mean_wind_speed == pytest.approx(plain.wind.mean_wind_speed)


def test_speed_up_turns_with_the_rose() -> None:
    factor = 1 + 0.1 * np.random.default_rng(0).random((4, 2, 2))
    grid = np.array([0.0, 1000.0])
    rose = WindResource(
        90.0 * np.arange(4), np.array([8.0]), np.full((4, 1), 0.25), np.full((4, 1), 0.07)
    )
    rose = replace(rose, speed_up=SpeedUp(grid, grid, rose.wind_direction, factor))
    turned = rose.turned(-2.5)
    assert rose.speed_up is not None
    assert turned.speed_up is not None
    wd = np.array([0.0, 33.0, 180.0, 359.0])
    np.testing.assert_allclose(turned.speed_up.towards(wd - 2.5), rose.speed_up.towards(wd))
    assert turned.wind_direction.tolist() == [87.5, 177.5, 267.5, 357.5]


def test_another_north_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="wind_north"):
        load_problem(config(tmp_path, wind_north="magnetic"))
    with pytest.raises(ConfigError, match="wind_north"):
        load_problem(config(tmp_path, wind_north="false"))
