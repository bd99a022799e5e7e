"""`windopt init` with houses and roads, with a file that holds a whole farm, with faults."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from windopt.commands import cli
from windopt.config.reader import load_config
from windopt.errors import ConfigError
from windopt.readers.identify import roles_of

SYSTEM = "windIO:wind_energy_system/IEA37_case_study_3_wind_energy_system.yaml"


def shapes(kind: str, *coordinates: object) -> str:
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": one}}
        for one in coordinates
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a site, its wind, and what lies on it."""
    (tmp_path / "site.csv").write_text("x,y\n0,0\n4000,0\n4000,3000\n0,3000\n")
    rows = [f"{wd},{ws},0.25,0.07" for wd in (0, 180) for ws in (6, 11)]
    header = "wind_direction,wind_speed,probability,turbulence_intensity"
    (tmp_path / "wind.csv").write_text("\n".join([header, *rows]) + "\n")
    (tmp_path / "houses.geojson").write_text(shapes("Point", [1000, 1000], [2000, 2500]))
    (tmp_path / "roads.geojson").write_text(shapes("LineString", [[0, 1500], [4000, 1600]]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*arguments: object) -> Any:
    turbine = ["--turbine", "floris:nrel_5MW", "--n-turbines", "4"]
    return CliRunner().invoke(cli.app, ["init", "--yes", *turbine, *map(str, arguments)])


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("houses", "exclusions"),
        ("existing_dwellings_2024", "exclusions"),
        ("power-lines", "exclusions"),
        ("turbine_positions_lake", "layout"),
        ("Woodhouse", "layout"),
        ("positions", "layout"),
    ],
)
def test_points_are_told_apart_by_their_file_s_name(tmp_path: Path, name: str, role: str) -> None:
    file = tmp_path / f"{name}.geojson"
    file.write_text(shapes("Point", [1000, 1000], [2000, 2500]))
    assert roles_of(str(file)) == {role}


def test_houses_and_roads_keep_turbines_off(desk: Path) -> None:
    files = ("site.csv", "wind.csv", "houses.geojson", "roads.geojson")
    ended = init(*files, "--distance", 500, "--distance", 100)
    assert ended.exit_code == 0, ended.output
    kept = {Path(e.file).name: e.distance_m for e in load_config(desk / "site.yaml").exclusions}
    assert kept == {"houses.geojson": 500.0, "roads.geojson": 100.0}
    assert "  4 turbines, nrel_5MW: 5 MW, D 125.88 m, hub 90 m\n" in ended.output


def test_distances_that_do_not_fit_are_refused(desk: Path) -> None:
    ended = init("site.csv", "wind.csv", "houses.geojson", "--distance", 5, "--distance", 6)
    assert isinstance(ended.exception, ConfigError)
    assert "--distance: 2 distances for 1 file of exclusions; give one" in str(ended.exception)


def test_a_config_with_faults_is_written_and_they_are_told(desk: Path) -> None:
    ended = init("site.csv", "wind.csv", "houses.geojson", "roads.geojson")
    assert isinstance(ended.exception, ConfigError)
    assert ended.exception.exit_code == 2
    # two houses and a road: one fault for each file
    assert len(ended.exception.faults) == 2
    assert "nor has 1 other feature" in str(ended.exception)
    assert "check it again with: windopt check site.yaml" in ended.output
    assert yaml.safe_load((desk / "site.yaml").read_text())["n_turbines"] == 4


def test_output_is_words_and_no_python(desk: Path) -> None:
    ended = init("site.csv", "wind.csv")
    assert ended.exit_code == 0, ended.output
    for sign in ("Problem(", "Site(", "Turbine(", "WindResource(", "{'", "['", "1 polygons"):
        assert sign not in ended.output
    assert "  site site: 1 polygon, 12.00 km², spacing at least 2 D (252 m)\n" in ended.output


def test_a_system_s_own_layout_gives_way_to_a_number(desk: Path) -> None:
    ended = CliRunner().invoke(
        cli.app, ["init", "--yes", SYSTEM, "--n-turbines", "9", "--ti", ".1"]
    )
    assert ended.exit_code == 0, ended.output
    assert f"  --site, --wind, --turbine: {SYSTEM}\n" in ended.output
    (written,) = desk.glob("*.yaml")
    config = load_config(written)
    assert (config.n_turbines, config.layout) == (9, None)


def test_a_system_becomes_a_config(desk: Path) -> None:
    ended = CliRunner().invoke(cli.app, ["init", "--yes", SYSTEM])
    assert ended.exit_code == 0, ended.output
    assert f"  --site, --wind, --turbine, --layout: {SYSTEM}\n" in ended.output
    assert "25 turbines, IEA Wind Task 37 10MW" in ended.output
