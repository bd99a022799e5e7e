"""The result in other programs' files says there what it says here."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import windIO
import yaml

from windopt.config.wake import WakeConfig
from windopt.exports.floris_layout import write_floris_layout
from windopt.exports.geojson_layout import write_geojson_layout, write_geojson_site
from windopt.exports.layout_files import write_layout_files
from windopt.exports.placed import parcels_of, turbine_columns, type_names
from windopt.floris.alone import wake_free_aep
from windopt.floris.simulator import Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.speed_up import SpeedUp
from windopt.problem.wind_resource import WindResource
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder, write_json
from windopt.verification.evaluate import judge


def coarse(problem: LayoutProblem) -> LayoutProblem:
    """The problem on its own 12 directions."""
    config = problem.config.model_copy(update={"refine_wind": False})
    return replace(problem, config=config, wind=problem.given_wind)


def aep_by_the_recipe(folder: Path, monkeypatch: pytest.MonkeyPatch) -> float:
    """Run the lines that the file's head gives; the last one is the AEP [Wh]."""
    head = (folder / "layout.floris.yaml").read_text().splitlines()
    *lines, last = (line[2:] for line in head if line.startswith("# ") and "Its AEP" not in line)
    names: dict[str, Any] = {}
    monkeypatch.chdir(folder)
    exec("\n".join(lines), names)
    return float(eval(last, names))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "layout.floris.yaml", tmp_path / "layout.floris_wind.csv"


def layout_of(problem: LayoutProblem) -> FloatArray:
    assert problem.initial_layout is not None
    return problem.initial_layout


@pytest.mark.parametrize("name", ["small", "mixed"])
def test_floris_finds_the_same_aep_in_the_written_files(
    name: str,
    files: tuple[Path, Path],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = coarse(request.getfixturevalue(name))
    ours = judge(problem, {"a": layout_of(problem)}, Simulator(problem))["a"].aep
    write_floris_layout(*files, problem, layout_of(problem))
    assert aep_by_the_recipe(files[0].parent, monkeypatch) == pytest.approx(ours, rel=1e-9)


def test_floris_leaves_out_the_energy_of_neighbours_and_takes_uneven_speeds(
    small: LayoutProblem, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rose = small.given_wind
    wind = WindResource(
        rose.wind_direction,
        np.array([6.0, 9.5, 11.0]),
        rose.probability,
        rose.turbulence_intensity,
    )
    beside = np.array([[2500.0, 2500.0], [3100.0, 2500.0]])
    problem = replace(
        coarse(small), wind=wind, fixed_layout=beside, fixed_types=np.zeros(2, dtype=np.intp)
    )
    alone = replace(problem, fixed_layout=np.empty((0, 2)), fixed_types=np.empty(0, dtype=np.intp))
    layout = layout_of(problem)
    ours = judge(problem, {"a": layout}, Simulator(problem))["a"].aep
    assert ours < judge(alone, {"a": layout}, Simulator(alone))["a"].aep
    write_floris_layout(*files, problem, layout)
    assert aep_by_the_recipe(files[0].parent, monkeypatch) == pytest.approx(ours, rel=1e-9)


def test_floris_reads_a_rose_at_multiples_of_its_step_by_its_own_reader(
    small: LayoutProblem, files: tuple[Path, Path]
) -> None:
    from floris import FlorisModel, WindRose

    rose = small.given_wind
    multiples = WindResource(
        rose.wind_direction,
        np.array([6.0, 9.0, 12.0]),
        rose.probability,
        rose.turbulence_intensity,
    )
    problem = replace(coarse(small), wind=multiples)
    write_floris_layout(*files, problem, layout_of(problem))
    table = WindRose.read_csv_long(
        str(files[1]), freq_col="frequencies", ti_col_or_value="turbulence_intensities"
    )
    model = FlorisModel(str(files[0]))
    model.set(wind_data=table)
    model.run()
    ours = judge(problem, {"a": layout_of(problem)}, Simulator(problem))["a"].aep
    assert model.get_farm_AEP() == pytest.approx(ours, rel=1e-9)


def test_task_37s_wake_model_is_named_in_the_recipe(
    small: LayoutProblem, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    wake = {"velocity_model": "iea37", "turbulence_model": "none"}
    problem = replace(coarse(small), wake=WakeConfig.model_validate(wake))
    write_floris_layout(*files, problem, layout_of(problem))
    assert "import windopt.floris.iea37" in files[0].read_text()
    ours = judge(problem, {"a": layout_of(problem)}, Simulator(problem))["a"].aep
    assert aep_by_the_recipe(files[0].parent, monkeypatch) == pytest.approx(ours, rel=1e-9)


def test_floris_finds_the_wind_of_every_place(
    small: LayoutProblem, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    west, south, east, north = small.site.area.bounds
    x, y = np.linspace(west - 100, east + 100, 5), np.linspace(south - 100, north + 100, 6)
    factor = np.random.default_rng(2).uniform(0.9, 1.1, (8, 5, 6))
    field = SpeedUp(x, y, 45.0 * np.arange(8), factor)
    problem = coarse(replace(small, given_wind=replace(small.given_wind, speed_up=field)))
    judged = judge(problem, {"a": layout_of(problem)}, Simulator(problem))["a"]
    write_floris_layout(*files, problem, layout_of(problem))
    assert aep_by_the_recipe(files[0].parent, monkeypatch) == pytest.approx(judged.aep, rel=1e-9)
    assert 0 < judged.wake_loss_pct < 30
    lost = 100 * (1 - judged.aep / wake_free_aep(problem, layout_of(problem)))
    assert judged.wake_loss_pct == pytest.approx(lost)
    assert judged.turbine_wake_loss_pct.min() > -0.01


def test_turbines_of_a_layout_are_named_with_parcel_and_type(mixed: LayoutProblem) -> None:
    layout = np.array([[100.0, 100.0], [5100.0, 100.0], [100.0, -0.5], [2500.0, 2500.0]])
    triangle, concave = np.argsort([polygon.area for polygon in mixed.site.polygons]) + 1
    assert parcels_of(mixed, layout).tolist() == [concave, triangle, concave, 0]
    assert type_names(mixed) == [mixed.turbines[kind].name for kind in mixed.types]
    alike = replace(mixed, turbines=(mixed.turbine, mixed.turbine))
    assert type_names(alike) == mixed.types.tolist()


def test_layout_files_of_a_run_are_read_back(
    mixed: LayoutProblem, small_config: Path, tmp_path: Path
) -> None:
    folder = RunFolder.create(tmp_path / "run")
    layout = layout_of(mixed) + 7.0
    n = len(layout)
    final = {
        "layout": layout,
        "turbine_aep_gwh": np.arange(1.0, n + 1),
        "turbine_wake_loss_pct": np.full(n, 4.5),
    }
    initial = {"layout": layout_of(mixed)}
    write_json(folder.verification, {"layouts": {"initial": initial, "final": final}})
    write_layout_files(folder, mixed)
    with folder.layout.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:5] == ["x", "y", "id", "parcel", "type"]
    assert [row["id"] for row in rows] == [str(i) for i in range(1, n + 1)]
    assert float(rows[2]["aep_gwh"]) == 3.0
    assert float(rows[2]["wake_loss_pct"]) == 4.5
    files = [f"windIO:plant_energy_turbine/IEA37_{size}MW_turbine.yaml" for size in (10, 3.35)]
    for path in (folder.layout, folder.layout_windio):
        again = load_problem(small_config, {"layout": str(path), "turbine": files})
        np.testing.assert_allclose(again.initial_layout, layout, atol=1e-6)
        np.testing.assert_array_equal(again.types, mixed.types)
    farm = windIO.load_yaml(folder.layout_windio)
    windIO.validate(folder.layout_windio, "plant/wind_farm")
    assert farm["layouts"][0]["coordinates"]["x"] == layout[:, 0].tolist()
    assert yaml.safe_load(folder.layout_floris.read_text())["farm"]["layout_y"][0] == layout[0, 1]
    assert "aep_gwh" not in folder.layout_initial.read_text()


def test_geojson_without_a_crs_counts_in_metres_and_says_that_it_is_nowhere(
    small: LayoutProblem, tmp_path: Path
) -> None:
    layout = layout_of(small)
    write_geojson_layout(tmp_path / "a.geojson", small, layout, turbine_columns(small, layout))
    write_geojson_site(tmp_path / "b.geojson", small)
    turbines, site = (json.loads((tmp_path / f"{c}.geojson").read_text()) for c in "ab")
    assert turbines["crs"] is None
    assert turbines["features"][0]["properties"]["type"] == small.turbine.name
    points, parcels = (
        [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in drawn["features"]]
        for drawn in (turbines, site)
    )
    np.testing.assert_allclose(shapely.get_coordinates(points), layout, atol=1e-3)
    assert shapely.union_all(parcels).symmetric_difference(small.site.area).area < 1.0
    assert all(parcel.exterior.is_ccw for parcel in parcels)


def test_geojson_of_a_known_crs_has_longitude_and_latitude_and_is_read_back(
    small: LayoutProblem, tmp_path: Path
) -> None:
    pyproj = pytest.importorskip("pyproj", reason="the extra geo is not installed")
    corner = np.array([500_000.0, 5_700_000.0])
    area = shapely.transform(small.site.area, lambda places: places + corner)
    site = replace(small.site, area=area, crs="EPSG:25831")
    layout = layout_of(small) + corner + [0.0, 10.0]
    problem = replace(small, site=site)
    columns = turbine_columns(problem, layout)
    path, site_path = tmp_path / "layout.geojson", tmp_path / "site.geojson"
    write_geojson_layout(path, problem, layout, columns)
    write_geojson_site(site_path, problem)
    drawn = json.loads(path.read_text())
    assert "crs" not in drawn
    first = drawn["features"][0]
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:25831", always_xy=True)
    back = to_metres.transform(*first["geometry"]["coordinates"])
    np.testing.assert_allclose(back, layout[0], atol=0.01)
    assert first["properties"]["longitude"] == pytest.approx(3.0, abs=0.01)
    assert columns["latitude"][0] == pytest.approx(51.45, abs=0.1)
    files = {"site": str(site_path), "layout": str(path), "crs": "EPSG:25831"}
    again = load_problem(small.config, files)
    np.testing.assert_allclose(again.initial_layout, layout, atol=0.01)
    assert again.site.area.symmetric_difference(area).area < 1000.0  # a millimetre all around
    frames = pytest.importorskip("geopandas", reason="geopandas is not installed")
    table = frames.read_file(path)
    assert table.crs.to_epsg() == 4326
    np.testing.assert_allclose(table.to_crs(25831).geometry.x, layout[:, 0], atol=0.01)
