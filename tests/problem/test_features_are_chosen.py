"""`where:` chooses features of a file by their attributes, and what matches nothing is a fault."""

import datetime
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from windopt.config.placement import ExclusionConfig
from windopt.config.reader import load_config
from windopt.errors import ConfigError
from windopt.initialise.draft import Draft, draft_text
from windopt.readers.load import load_problem
from windopt.readers.places.choice import same_value
from windopt.readers.places.site import read_site

CORNER = np.array([500_000.0, 5_950_000.0])
LEASES = [  # lots of 1 km², 2 km apart
    {"LEASE_NO": "OCS-A 0501", "STATE": "MA", "Block": 7, "active": "yes", "depth": 40.5},
    {"LEASE_NO": "OCS-A 0512", "STATE": "NY", "Block": 8, "active": "yes", "depth": 41.0},
    {"LEASE_NO": "OCS-A 0520", "STATE": "MA", "Block": 9, "active": "no", "depth": 55.0},
]


def lot(k):
    ring = np.array([(x + 2 * k, y) for x, y in [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]])
    return (CORNER + 1000 * ring).tolist()


@pytest.fixture
def leases(tmp_path):
    features = [
        {
            "type": "Feature",
            "properties": values,
            "geometry": {"type": "Polygon", "coordinates": [lot(k)]},
        }
        for k, values in enumerate(LEASES)
    ]
    path = tmp_path / "leases.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


def west_of(path, where):
    """Which lots were taken, from their western sides."""
    site = read_site(path, where=where)
    return sorted(round((p.bounds[0] - CORNER[0]) / 2000) for p in site.polygons)


@pytest.mark.parametrize(
    ("where", "lots"),
    [
        ({}, [0, 1, 2]),
        ({"LEASE_NO": "OCS-A 0501"}, [0]),
        ({"lease_no": " ocs-a  0501 "}, [0]),
        ({"Lease No": "OCS-A 0501"}, [0]),
        ({"LEASE_NO": ["OCS-A 0501", "OCS-A 0520"]}, [0, 2]),
        ({"STATE": "MA"}, [0, 2]),
        ({"STATE": "MA", "Block": 9}, [2]),
        ({"Block": "8"}, [1]),
        ({"Block": 8.0}, [1]),
        ({"depth": 41}, [1]),
        ({"depth": "40.5"}, [0]),
        ({"active": True}, [0, 1]),
        ({"active": False}, [2]),
    ],
)
def test_features_are_chosen_by_their_attributes(leases, where, lots):
    assert west_of(leases, where) == lots


@pytest.mark.parametrize(
    ("asked", "has", "same"),
    [
        (501, "0501", True),
        ("501", "0501", False),
        ("501", 501, True),
        (1.5, "1,5", True),
        (True, 1, True),
        (True, "Y", True),
        (True, "MA", False),
        (False, None, False),
        ("2024-05-01", datetime.date(2024, 5, 1), True),
        (7, "seven", False),
        ("", None, False),
    ],
)
def test_values_are_compared_as_people_write_them(asked, has, same):
    assert same_value(asked, has) is same


def test_how_many_were_taken_is_said(leases, caplog):
    read_site(leases, where={"STATE": "MA"})
    assert "where: takes 2 of the 3 features of leases.geojson" in caplog.text


@pytest.mark.parametrize(
    ("where", "place", "words"),
    [
        (
            {"LEASE_NO": "OCS-A 0510"},
            "where.LEASE_NO",
            "no feature of leases.geojson has 'OCS-A 05",
        ),
        (
            {"LEASE_NO": "OCS-A 0510"},
            "where.LEASE_NO",
            "there is 'OCS-A 0501', 'OCS-A 0512', 'OCS-",
        ),
        ({"LEASE_NO": "OCSA 0512"}, "where.LEASE_NO", "did you mean 'OCS-A 0512'?"),
        ({"STATE": ["MA", "RI"]}, "where.STATE", "no feature of leases.geojson has 'RI'"),
        ({"LEASENO": "OCS-A 0501"}, "where.LEASENO", "did you mean 'LEASE_NO'?"),
        ({"owner": "X"}, "where.owner", "whose features have 'LEASE_NO', 'STATE', 'Block'"),
        ({"STATE": "NY", "Block": 9}, "where", "has all of STATE and Block"),
        ({"Block": 10}, "where.Block", "in quotes where it begins with 0"),
    ],
)
def test_what_matches_nothing_is_a_fault(leases, where, place, words):
    with pytest.raises(ConfigError) as caught:
        read_site(leases, where=where)
    (fault,) = caught.value.faults
    assert fault.where == place
    assert words in str(fault)


def test_faults_of_features_that_are_not_chosen_do_not_matter(leases):
    document = json.loads(Path(leases).read_text())
    document["features"][1]["geometry"]["coordinates"] = [[[None, 1]]]
    Path(leases).write_text(json.dumps(document))
    assert west_of(leases, {"STATE": "MA"}) == [0, 2]
    with pytest.raises(ConfigError):
        read_site(leases)


def test_shapefile_and_table_are_chosen_from(tmp_path):
    shapefile = pytest.importorskip("shapefile", reason="pyshp comes with windopt[dev]")
    from pyproj import CRS

    with shapefile.Writer(str(tmp_path / "leases.shp"), shapeType=shapefile.POLYGON) as writer:
        writer.field("LEASE_NO", "C", 20)
        writer.field("BLOCK", "N")
        for k, values in enumerate(LEASES):
            writer.poly([lot(k)[::-1]])
            writer.record(values["LEASE_NO"], values["Block"])
    (tmp_path / "leases.prj").write_text(CRS(32631).to_wkt("WKT1_ESRI"))
    path = str(tmp_path / "leases.shp")
    assert west_of(path, {"LEASE_NO": "OCS-A 0512"}) == [1]
    assert west_of(path, {"block": ["7", 9]}) == [0, 2]

    lines = ["Lease No;Block;wkt"]
    for k, values in enumerate(LEASES):
        text = ", ".join(f"{x} {y}" for x, y in lot(k))
        lines.append(f"{values['LEASE_NO']};{values['Block']};POLYGON (({text}))")
    (tmp_path / "leases.csv").write_text("\n".join(lines))
    assert west_of(str(tmp_path / "leases.csv"), {"LEASE_NO": "OCS-A 0512"}) == [1]
    rows = ["parcel,x,y", *(f"{k},{x},{y}" for k in range(3) for x, y in lot(k))]
    (tmp_path / "rows.csv").write_text("\n".join(rows))
    assert west_of(str(tmp_path / "rows.csv"), {"parcel": [0, 2]}) == [0, 2]


def test_placemarks_are_chosen_by_name_folder_and_data(tmp_path):
    pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
    marks = ""
    for k, name in enumerate(("north", "south")):
        text = " ".join(f"{3 + k + x},{51 + y}" for x, y in ((0, 0), (0.02, 0), (0.02, 0.02)))
        text += f" {3 + k},51"
        ring = f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"
        marks += (
            f"<Folder><name>round {k}</name><Placemark><name>{name}</name><ExtendedData>"
            f'<Data name="Owner"><value>Firm {k}</value></Data></ExtendedData>'
            f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon></Placemark></Folder>"
        )
    path = tmp_path / "leases.kml"
    path.write_text(f"<kml><Document>{marks}</Document></kml>")
    for where in ({"name": "South"}, {"folder": "round 1"}, {"Owner": "Firm 1"}):
        assert read_site(str(path), where=where).crs == "EPSG:32631"
        assert len(read_site(str(path), where=where).polygons) == 1
    with pytest.raises(ConfigError, match="'folder', 'Owner', 'name'"):
        read_site(str(path), where={"lease": "X"})


def test_exclusions_have_a_choice_of_their_own(leases, caplog):
    item = ExclusionConfig(file=leases, where={"STATE": "NY"})
    site = read_site(leases, exclusions=[item])
    assert site.area_km2 == pytest.approx(2.0)
    assert "exclusions[0].where: takes 1 of the 3 features" in caplog.text
    item = ExclusionConfig(file=leases, where={"STATE": "TX"})
    with pytest.raises(ConfigError) as caught:
        read_site(leases, exclusions=[item])
    assert caught.value.faults[0].where == "exclusions[0].where.STATE"


def test_config_says_it_and_its_faults_come_with_others(case, write, leases):
    case["config"] |= {
        "site": leases,
        "where": {"LEASE_NO": "OCS-A 0501"},
        "layout": None,
        "n_turbines": 2,
    }
    problem = load_problem(write(case))
    assert problem.site.area_km2 == pytest.approx(1.0)
    assert load_problem(problem.config).site.area.equals(problem.site.area)
    case["config"]["where"] = {"STATE": "CA"}
    case["turbine"]["rotor_diameter"] = -1
    with pytest.raises(ConfigError) as caught:
        load_problem(write(case))
    assert {"where.STATE", "turbine.yaml: rotor_diameter"} <= {f.where for f in caught.value.faults}


def test_windio_has_no_attributes(case, write):
    case["config"]["where"] = {"name": "a"}
    with pytest.raises(ConfigError, match="windIO's have none"):
        load_problem(write(case))


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("OCS-A 0501", "names no attribute; write lines such as LEASE_NO"),
        ({"LEASE_NO": {"a": 1}}, "is no value of an attribute"),
        ({"LEASE_NO": None}, "None is no value of an attribute"),
        ({"LEASE_NO": []}, "LEASE_NO is an empty list"),
        ({"depth": float("nan")}, "nan is no value"),
    ],
)
def test_faults_of_the_entry(case, write, where, words):
    case["config"]["where"] = where
    with pytest.raises(ConfigError) as caught:
        load_problem(write(case))
    (fault,) = [f for f in caught.value.faults if f.where.endswith("where")]
    assert words in str(fault)


def test_where_of_an_exclusion_needs_a_file(case, write):
    case["config"]["exclusions"] = [{"point": [1, 2], "distance_m": 9, "where": {"a": 1}}]
    with pytest.raises(ConfigError, match="where chooses features of a file; add file"):
        load_problem(write(case))


def test_dates_of_a_config_are_text(tmp_path):
    path = tmp_path / "farm.yaml"
    entries = {"site": "s", "wind_resource": "w", "turbine": "t", "n_turbines": 1}
    text = yaml.safe_dump(entries) + "where: {granted: 2024-05-01, phase: [1, two]}\n"
    path.write_text(text)
    assert load_config(path).where == {"granted": "2024-05-01", "phase": [1, "two"]}


def test_first_config_of_a_file_with_many_features_says_how_to_choose(leases, tmp_path):
    draft = Draft("farm", leases, "rose.csv", ["floris:nrel_5MW"], n_turbines=3)
    text = draft_text(draft, tmp_path / "farm.yaml")
    line = "# where: {lease_no: OCS-A 0501}  # of the 3 features of that file, only these"
    assert line in text.splitlines()
    document = json.loads(Path(leases).read_text())
    Path(leases).write_text(json.dumps(document | {"features": document["features"][:1]}))
    assert "where:" not in draft_text(draft, tmp_path / "farm.yaml")
