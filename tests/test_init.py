"""`windopt init`: what files are for, the config it writes, what it asks and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from windopt.commands import cli
from windopt.commands import init as command
from windopt.config.reader import load_config
from windopt.errors import ConfigError
from windopt.initialise.guess import guess_roles
from windopt.readers.identify import roles_of

PLACES = Path(__file__).parents[1] / "configs" / "places"
SITE = {
    "name": "square",
    "boundaries": {"polygons": [{"x": [0, 4000, 4000, 0], "y": [0, 0, 3000, 3000]}]},
}
WIND = {
    "wind_resource": {
        "wind_direction": [0, 180],
        "wind_speed": [5, 10],
        "probability": {"data": [[0.2, 0.3], [0.2, 0.3]], "dims": ["wind_direction", "wind_speed"]},
        "turbulence_intensity": {"data": 0.06, "dims": []},
    }
}
TURBINE = {
    "name": "2 MW",
    "hub_height": 70,
    "rotor_diameter": 80,
    "performance": {
        "power_curve": {"power_values": [0, 2e6, 2e6], "power_wind_speeds": [4, 12, 25]},
        "Ct_curve": {"Ct_values": [0.8, 0.8, 0.1], "Ct_wind_speeds": [4, 10, 25]},
    },
}
BOUNDARY = "parcel,x,y\na,0,0\na,4000,0\na,4000,3000\na,0,3000\n"
LAYOUT = "id,x,y\nT1,100,100\nT2,2000,1500\nT3,3900,2900\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of a farm, and nobody at the keyboard."""
    for name, content in (("wind", WIND), ("turbine", TURBINE), ("square", SITE)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content))
    (tmp_path / "boundary.csv").write_text(BOUNDARY)
    (tmp_path / "layout.csv").write_text(LAYOUT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*arguments: object, answers: str | None = None) -> Any:
    return CliRunner().invoke(cli.app, ["init", *map(str, arguments)], input=answers)


def faults_of(ended: Any) -> list[str]:
    assert isinstance(ended.exception, ConfigError), ended.output
    return [str(fault) for fault in ended.exception.faults]


def test_files_become_a_checked_config(desk):
    ended = init("layout.csv", "turbine.yaml", "boundary.csv", "wind.yaml")
    assert ended.exit_code == 0, ended.output
    assert "boundary.yaml: no faults" in ended.output
    config = load_config(desk / "boundary.yaml")
    assert config.name == "boundary"
    assert [Path(p).name for p in (config.site, config.wind_resource, config.turbine)] == [
        "boundary.csv",
        "wind.yaml",
        "turbine.yaml",
    ]
    assert config.layout == str(desk / "layout.csv")
    text = (desk / "boundary.yaml").read_text()
    assert "site: boundary.csv" in text  # relative, so that the folder can be moved
    assert "# exclusions:" in text


def test_flags_say_everything_and_paths_follow_the_config(desk):
    flags = ("--site", "square.yaml", "--wind", "wind.yaml", "--turbine", "turbine.yaml")
    ended = init(*flags, "--n-turbines", 3, "--name", "no", "--out", "sub/it.yaml", "--yes")
    assert ended.exit_code == 0, ended.output
    config = load_config(desk / "sub" / "it.yaml")
    assert (config.name, config.n_turbines) == ("no", 3)  # not YAML's false
    assert "site: ../square.yaml" in (desk / "sub" / "it.yaml").read_text()


def test_file_that_is_there_is_not_overwritten(desk):
    (desk / "boundary.yaml").write_text("precious: true\n")
    ended = init("layout.csv", "turbine.yaml", "boundary.csv", "wind.yaml")
    (fault,) = faults_of(ended)
    assert fault.startswith("--out: 'boundary.yaml' exists, and is not overwritten")
    assert (desk / "boundary.yaml").read_text() == "precious: true\n"


def test_what_is_missing_names_its_flag_where_nobody_can_be_asked(desk):
    assert faults_of(init("boundary.csv")) == [
        "--wind: wind resource is missing; add --wind FILE",
        "--turbine: turbine is missing; add --turbine FILE",
        "--n-turbines: neither a layout nor the number of turbines is given; "
        "add --n-turbines N, or --layout FILE",
    ]
    assert sorted(desk.glob("*.yaml")) == [
        desk / f"{n}.yaml" for n in ("square", "turbine", "wind")
    ]


def test_faults_of_the_files_are_told_and_the_config_stays(desk):
    (desk / "wind.yaml").write_text(yaml.safe_dump(WIND).replace("0.06", "6"))
    ended = init("layout.csv", "turbine.yaml", "boundary.csv", "wind.yaml")
    (fault,) = faults_of(ended)
    assert "6 is outside (0, 1)" in fault
    assert ended.exception.exit_code == 2
    assert (desk / "boundary.yaml").exists()


def test_questions_are_asked_until_they_are_answered(desk, monkeypatch):
    monkeypatch.setattr(command, "is_interactive", lambda: True)
    answers = ["gone.yaml", "wind.yaml", "turbine.yaml", "n", "many", "0", "3", "", "my farm", ""]
    ended = init("boundary.csv", answers="\n".join([*answers, ""]))
    assert ended.exit_code == 0, ended.output
    assert "there is no file 'gone.yaml'" in ended.output
    assert "0 is not above 0" in ended.output
    config = load_config(desk / "my-farm.yaml")
    assert (config.name, config.n_turbines, config.crs) == ("my farm", 3, None)


def test_crs_of_the_site_is_written_down(desk):
    pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
    files = [PLACES / name for name in ("borssele3.geojson", "cables.geojson", "neighbours.kml")]
    ended = init(*files, "wind.yaml", "turbine.yaml", "--distance", 150, "--n-turbines", 9)
    assert ended.exit_code == 0, ended.output
    config = load_config(desk / "borssele3.yaml")
    assert config.crs == "EPSG:32631"
    assert [(Path(e.file).name, e.distance_m) for e in config.exclusions] == [
        ("cables.geojson", 150.0)
    ]
    assert config.fixed_turbines.layout.endswith("neighbours.kml")


@pytest.mark.parametrize(
    ("name", "text", "role"),
    [
        ("a.csv", BOUNDARY, "site"),
        ("boundary.csv", "lon,lat\n3,51\n3.1,51\n3.1,51.1\n", "site"),
        ("a.csv", "x,y\n0,0\n4000,0\n4000,3000\n0,3000\n0,0\n", "site"),
        ("a.csv", LAYOUT.replace("T3", "T3,").replace("id", "type,id"), "layout"),
        ("wtg.csv", "x,y\n0,0\n4000,0\n4000,3000\n", "layout"),
        ("existing.csv", "x,y,type\n0,0,1\n", "fixed_turbines"),
        ("a.csv", 'wkt\n"POLYGON ((0 0, 9 0, 9 9, 0 0))"\n', "site"),
        ("rose.csv", "wd,ws,freq_val\n0,8,1\n", "wind_resource"),
        ("rose.csv", "Wind Direction [deg];Wind Speed;Frequency\n0;8;1\n", "wind_resource"),
        ("t.csv", "wind_speed,power_kw,ct\n4,0,0.8\n", "turbine"),
        ("a.tab", "Hornsrev\n", "wind_resource"),
        ("a.yaml", "turbine_type: x\npower_thrust_table: {}\n", "turbine"),
        ("a.yaml", "farm: {}\nflow_field: {}\nwake: {}\n", "turbine"),
        ("a.yaml", "layouts: [{}]\n", "layout"),
    ],
)
def test_files_are_told_by_their_content(tmp_path, name, text, role):
    (tmp_path / name).write_text(text)
    assert role in roles_of(str(tmp_path / name))


@pytest.mark.parametrize(
    ("kind", "coordinates", "name", "role"),
    [
        ("Polygon", [[[0, 0], [9, 0], [9, 9], [0, 0]]], "zone", "site"),
        ("Polygon", [[[0, 0], [9, 0], [9, 9], [0, 0]]], "no-go_areas", "exclusions"),
        ("LineString", [[0, 0], [9, 0]], "zone", "exclusions"),
        ("MultiPoint", [[0, 0], [9, 0]], "zone", "layout"),
        ("Point", [0, 0], "wrecks", "exclusions"),
    ],
)
def test_maps_are_told_by_what_is_drawn(tmp_path, kind, coordinates, name, role):
    path = tmp_path / f"{name}.geojson"
    path.write_text(json.dumps({"type": kind, "coordinates": coordinates}))
    assert roles_of(str(path)) == {role}


def test_windio_system_gives_what_no_other_file_gives(desk):
    system = {"site": {**SITE, "energy_resource": WIND}, "wind_farm": {"turbines": TURBINE}}
    (desk / "system.yaml").write_text(yaml.safe_dump(system))
    assert roles_of("system.yaml") == {"site", "wind_resource", "turbine"}
    chosen = guess_roles(["system.yaml", "boundary.csv"])
    assert chosen == {
        "site": ["boundary.csv"],
        "wind_resource": ["system.yaml"],
        "turbine": ["system.yaml"],
    }


def test_doubtful_files_are_refused_all_at_once(desk):
    (desk / "notes.md").write_text("# none\n")
    (desk / "broken.geojson").write_text("{")
    with pytest.raises(ConfigError) as caught:
        guess_roles(["notes.md", "broken.geojson", "gone.csv", "boundary.csv", "square.yaml"])
    text = [str(fault) for fault in caught.value.faults]
    assert "notes.md: is not recognised by its content; say what it is with --site" in text[0]
    assert "broken.geojson: cannot be read as GeoJSON" in text[1]
    assert "there is no file" in text[2]
    assert "--site: boundary.csv and square.yaml could each be it" in text[3]
    said = guess_roles(["boundary.csv", "square.yaml"], said=("site",))
    assert said == {}


CURVES = "wind_speed,power [kW],ct\n3,0,0.8\n12,2000,0.6\n25,2000,0.1\n"
STILL = "# height: 100\nwd,ws,freq\n0,5,0.4\n180,10,0.6\n"
SILENT = ("boundary.csv", "curves.csv", "rose.csv", "layout.csv")


@pytest.fixture
def silent(desk: Path) -> Path:
    """Files that leave out turbulence, rotor, hub height and shear."""
    (desk / "curves.csv").write_text(CURVES)
    (desk / "rose.csv").write_text(STILL)
    return desk


def test_flags_say_what_files_leave_out(silent):
    facts = ("--ti", 0.07, "--rotor", 80, "--hub", 70, "--shear", 0.1)
    ended = init(*SILENT, *facts)
    assert ended.exit_code == 0, ended.output
    config = load_config(silent / "boundary.yaml")
    assert (config.rotor_diameter, config.hub_height) == (80, 70)
    assert config.atmosphere.turbulence_intensity == 0.07
    assert config.atmosphere.wind_shear == 0.1


def test_what_files_leave_out_is_asked_for(silent, monkeypatch):
    monkeypatch.setattr(command, "is_interactive", lambda: True)
    answers = ["", "", "", "7", "0,07", "many", "80", "70", "0.1"]
    ended = init(*SILENT, answers="\n".join([*answers, ""]))
    assert ended.exit_code == 0, ended.output
    assert "7 is not between 0 and 1" in ended.output
    assert "Rotor diameter in metres" in ended.output
    config = load_config(silent / "boundary.yaml")
    assert (config.rotor_diameter, config.atmosphere.wind_shear) == (80, 0.1)


def test_without_anybody_to_ask_faults_tell_what_files_leave_out(silent):
    ended = init(*SILENT)
    faults = faults_of(ended)
    lacking = [fault.lacks for fault in ended.exception.faults]
    assert lacking == ["rotor_diameter", "hub_height", "turbulence_intensity"]
    assert "does not say the rotor_diameter" in faults[0]
    assert "set atmosphere.turbulence_intensity" in faults[2]


def test_floris_input_gives_its_wake_and_air_too(desk):
    example = PLACES.parent / "examples" / "floris_input.yaml"
    text = example.read_text().replace("velocity_model: gauss", "velocity_model: jensen")
    (desk / "input.yaml").write_text(text)
    site, rose = (str(example.with_name(name)) for name in ("site.yaml", "rose.csv"))
    ended = init(site, rose, "input.yaml")
    assert ended.exit_code == 0, ended.output
    config = load_config(desk / "site.yaml")
    assert config.wake.velocity_model == "jensen"
    assert config.atmosphere.wind_shear == 0.12


def test_values_are_not_taken_for_wind(tmp_path):
    (tmp_path / "value.csv").write_text("wind_direction,value\n0,80\n")
    with pytest.raises(ConfigError, match="what a MWh is worth; leave it out here, and name it"):
        roles_of(str(tmp_path / "value.csv"))


@pytest.mark.parametrize("header", ["wdir,wspd,freq", "Date;Time;WS [m/s];WD [deg]"])
def test_what_is_guessed_can_be_read(tmp_path, header):
    (tmp_path / "wind.csv").write_text(f"{header}\n")
    assert roles_of(str(tmp_path / "wind.csv")) == {"wind_resource"}
