"""Maps and tables as they are usually wrong: each says culprit, value and cure."""

import json
from copy import deepcopy

import numpy as np
import pytest

from windopt.config.placement import ExclusionConfig
from windopt.errors import ConfigError
from windopt.readers.crs import from_lonlat, to_lonlat
from windopt.readers.load import load_problem
from windopt.readers.places.layout import read_layout
from windopt.readers.places.site import read_site

pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")

UTM = "EPSG:25831"
METRES = [(499000, 5720000), (503000, 5720000), (503000, 5723000), (499000, 5723000)]
DEGREES = to_lonlat(np.array(METRES, dtype=float), UTM).tolist()
RING = [*DEGREES, DEGREES[0]]
SQUARE = {"type": "Polygon", "coordinates": [RING]}


def site_of(tmp_path, content, name="site.geojson", crs=UTM, repair=False):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_site(str(path), repair, crs=crs)


def fault_of(*args, **kwargs):
    with pytest.raises(ConfigError) as caught:
        site_of(*args, **kwargs)
    (fault,) = caught.value.faults
    return fault


def table(rows, header="x,y"):
    return "\n".join([header, *(f"{x},{y}" for x, y in rows)])


def swapped(ring):
    return [[y, x] for x, y in ring]


DECLARED = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25831"}}}
IN_METRES = {
    "type": "Polygon",
    "coordinates": [[list(place) for place in (*METRES, METRES[0])]],
    "crs": {"type": "name", "properties": {"name": "EPSG:4326"}},
}
BOW_TIE = [DEGREES[0], DEGREES[2], DEGREES[1], DEGREES[3], DEGREES[0]]
HOLE_OUTSIDE = [[x + 1, y] for x, y in RING]


@pytest.mark.parametrize(
    ("content", "problem", "cure"),
    [
        (
            {**SQUARE, "coordinates": [swapped(RING)]},
            "the other way round",
            "longitude comes first",
        ),
        ({**SQUARE, **DECLARED}, "says it is in EPSG:25831, but", "correct its CRS"),
        ({**SQUARE, "coordinates": [RING[:-1]]}, "its ring is open", "repair_boundaries: true"),
        ({**SQUARE, "coordinates": [BOW_TIE]}, "self-intersecting at", "repair_boundaries: true"),
        ({**SQUARE, "coordinates": [RING, HOLE_OUTSIDE]}, "invalid (hole lies", "repair"),
        ({**SQUARE, "coordinates": [RING[:2] + RING[:1]]}, "2 distinct vertices", "3 or more"),
        ({**SQUARE, "coordinates": [[[3, "a"], *RING]]}, "[3, 'a'] is no position", "two numbers"),
        ({**SQUARE, "coordinates": [[[3], *RING]]}, "[3] is no position", "two numbers"),
        ({**SQUARE, "coordinates": []}, "is an empty Polygon", "draw something"),
        ({"type": "LineString", "coordinates": RING}, "is a line, not a polygon", "it closes"),
        ({"type": "LineString", "coordinates": RING[:3]}, "is a line, not a", "lines to polygons"),
        ({"type": "Point", "coordinates": [3, 51]}, "is a point, not a polygon", "polygon"),
        ({"type": "Circle", "coordinates": [3, 51]}, "unknown geometry 'Circle'", "polygons"),
        ({"type": "FeatureCollection", "features": []}, "holds no features", "draw some"),
        ({"type": "FeatureCollection"}, "is no list", "export it again"),
        ({"type": "Feature", "geometry": None}, "holds no features", "draw some"),
        ({**SQUARE, "crs": {"type": "link"}}, "names no coordinate reference system", "EPSG"),
        ("{", "cannot be read as GeoJSON", "correct it"),
        ("[1]", "has no 'type' of GeoJSON", "export it as GeoJSON"),
        ('{"a": ' * 100_000, "cannot be read as GeoJSON", "correct it"),
        (IN_METRES, "(503000, 5723000) is no longitude", "give degrees"),
    ],
)
def test_geojson(tmp_path, content, problem, cure):
    fault = fault_of(tmp_path, content)
    assert fault.where.startswith("site.geojson")
    assert problem in fault.problem
    assert cure in fault.cure


@pytest.mark.parametrize(
    ("content", "problem", "cure"),
    [
        (table(DEGREES), "is taken as metres, but", "name the columns longitude and latitude"),
        (table(METRES, "x_ft,y_ft"), "is in 'ft'", "multiply by 0.3048"),
        (table(METRES, "a,b"), "has the columns a, b", "name two of them x and y"),
        (table(swapped(METRES)), "is not where EPSG:25831 can be used", "swap x and y"),
        (table([("51°38'", 3)], "lat,lon"), 'lat = "51°38\'" is no number', "decimal degrees"),
        (table([(1, 2), ("inf", 2), (3, 4)]), "x = 'inf' is no number", "write metres"),
        (table([(1, 2), (1, 2), (1, 2)]), "1 distinct vertex", "3 or more"),
        (table([]), "holds no rows", "add some"),
        ("", "is empty", "column names"),
        ("x,y\n499000,5,5720000,1\n", "has 4 cells for 2 columns", "semicolons"),
        ("parcel,hole,x,y\na,1,0,0\na,1,9,0\na,1,9,9\n", "has a hole, but no", "leave hole empty"),
        ("wkt\nPOLYGON ((1 2\n", "is no WKT", "write POLYGON"),
        ("x,y\n1,2\n".encode("utf-16"), "is no text file", "UTF-8"),
        (table(METRES, "x [km],y [km]"), "is in 'km'", "both columns to metres"),
        (table(DEGREES, "lon [rad],lat [rad]"), "is in 'rad'", "decimal degrees"),
        ("x,y,x\n1,2,3\n", "'x' and 'x' are both the x", "keep one"),
        ("1,2\n3,4\n5,7\n", "begins with 1, 2", "column names"),
        ("wkt;a\nPOLYGON ((0 0, 9 0, 9 9));1\n", "is no WKT: ", "first vertex again at its end"),
        (
            "wkt;a\nSRID=25831;POLYGON ((0 0, 9 0, 9 9, 0 0));1\n",
            "has 3 cells for 2 columns",
            "semicolons",
        ),
        (
            'wkt;a\n"SRID=4326;POINT (3 51)";1\n"SRID=25831;POINT (3 51)";1\n',
            "is in several CRS: 25831, 4326",
            "project all to one",
        ),
    ],
)
def test_tables(tmp_path, content, problem, cure):
    fault = fault_of(tmp_path, content, name="site.csv")
    assert fault.where.startswith("site.csv")
    assert problem in fault.problem
    assert cure in fault.cure


@pytest.mark.parametrize(
    ("content", "problem", "cure"),
    [
        ("<kml", "cannot be read as KML", "correct it"),
        ("<kml><Document/></kml>", "holds no placemarks", "draw some"),
        ('<!DOCTYPE kml [<!ENTITY a "b">]><kml/>', "document type declaration", "plain KML"),
        (
            "<kml><Placemark><name>reef</name><Point><coordinates>a,b</coordinates></Point>"
            "</Placemark></kml>",
            "'a,b' are no coordinates",
            "longitude,latitude",
        ),
        ("<kml><Placemark><Polygon/></Placemark></kml>", "is an empty Polygon", "draw something"),
    ],
)
def test_kml(tmp_path, content, problem, cure):
    fault = fault_of(tmp_path, content, name="site.kml")
    assert problem in fault.problem
    assert cure in fault.cure


@pytest.mark.parametrize(
    ("name", "problem", "cure"),
    [
        ("site.dbf", "is a part of a shapefile", "name site.shp"),
        ("site.dwg", "is of a format that is not read", "export it as GeoJSON"),
        ("site.gpkg", "cannot be read as a GeoPackage", "export it again"),
        ("site.gml", "cannot be read as GML", "export it again"),
        ("site.dxf", "cannot be read as DXF", "export it again"),
        ("site.fgb", "cannot be read as FlatGeobuf", "export it again"),
        ("site.shp", "cannot be read as a shapefile", "export it again"),
        ("site.zip", "cannot be unzipped", "zip it again"),
        ("site.kmz", "cannot be read as KML", "correct it"),
    ],
)
def test_files_that_are_something_else(tmp_path, name, problem, cure):
    pytest.importorskip("shapefile", reason="pyshp comes with windopt[dev]")
    fault = fault_of(tmp_path, "nonsense", name=name)
    assert problem in fault.problem
    assert cure in fault.cure


@pytest.mark.parametrize("points", [METRES, DEGREES])
def test_shapefile_without_prj(tmp_path, points):
    shapefile = pytest.importorskip("shapefile", reason="pyshp comes with windopt[dev]")
    with shapefile.Writer(str(tmp_path / "site.shp"), shapeType=shapefile.POLYGON) as writer:
        writer.field("id", "N")
        writer.poly([[*points[::-1], points[-1]]])
        writer.record(1)
    with pytest.raises(ConfigError) as caught:
        read_site(str(tmp_path / "site.shp"))
    (fault,) = caught.value.faults
    assert "put site.prj beside it" in fault.cure
    assert "crs: EPSG:" in fault.cure
    if points is METRES:  # the config may say it
        assert read_site(str(tmp_path / "site.shp"), crs=UTM).area_km2 == pytest.approx(12.0)


@pytest.mark.parametrize(
    ("crs", "problem"),
    [
        ("EPSG:4326", "counts in degrees"),
        ("EPSG:2263", "counts in US survey foot, not metres"),
        ("EPSG:4978", "is no map projection"),
        ("EPSG:1", "is no coordinate reference system"),
        ("somewhere", "is no coordinate reference system"),
        ("EPSG:3857", "stretches distances by 1.612 there"),
        ("EPSG:25834", "stretches distances by"),
    ],
)
def test_crs_that_no_layout_should_have(tmp_path, crs, problem):
    fault = fault_of(tmp_path, SQUARE, crs=crs)
    assert problem in fault.problem
    assert "EPSG:" in fault.cure


def test_north_of_the_grid_is_warned_of(tmp_path, caplog):
    site_of(tmp_path, SQUARE, crs="EPSG:3035")  # Lambert around 10° E: 7° x sin 51.6°
    assert "north of EPSG:3035 is -5.5° off true north" in caplog.text


def test_repair_closes_rings_and_lines_and_unties_bows(tmp_path):
    for content, km2 in (
        ({**SQUARE, "coordinates": [RING[:-1]]}, 12.0),
        ({"type": "LineString", "coordinates": RING}, 12.0),
        ({**SQUARE, "coordinates": [BOW_TIE]}, 6.0),
    ):
        site = site_of(tmp_path, content, repair=True)
        assert site.area_km2 == pytest.approx(km2, rel=1e-3)


def test_faults_of_all_features_come_at_once(tmp_path):
    features = [
        {"type": "Feature", "geometry": {**SQUARE, "coordinates": [ring]}}
        for ring in (RING[:-1], RING, [[3, None], *RING])
    ]
    with pytest.raises(ConfigError) as caught:
        site_of(tmp_path, {"type": "FeatureCollection", "features": features})
    places = [fault.where for fault in caught.value.faults]
    assert places == ["site.geojson: features[0]", "site.geojson: features[2]"]


def test_projected_geojson_without_crs_is_metres_with_a_warning(tmp_path, caplog):
    ring = [list(place) for place in (*METRES, METRES[0])]
    site = site_of(tmp_path, {**SQUARE, "coordinates": [ring]}, crs=None)
    assert (site.crs, site.area_km2) == (None, pytest.approx(12.0))
    assert "names no CRS" in caplog.text


MOVED = {
    "x and y swapped": lambda places: places[:, ::-1],
    "taken as feet": lambda places: places / 0.3048,
    "taken as kilometres": lambda places: places / 1000,
    "taken as EPSG:32632": lambda places: from_lonlat(to_lonlat(places, UTM), "EPSG:32632"),
    "taken as EPSG:3857": lambda places: from_lonlat(to_lonlat(places, UTM), "EPSG:3857"),
}


@pytest.mark.parametrize("words", list(MOVED))
def test_layout_in_another_crs_than_the_site(case, write, tmp_path, words):
    places = np.array([(500000, 5721000), (501000, 5721000), (502000, 5722000)], dtype=float)
    (tmp_path / "site.csv").write_text(table(METRES))
    moved = MOVED[words](places)
    (tmp_path / "layout.csv").write_text(table(moved.tolist()))
    names = {"site": "site.csv", "layout": "layout.csv", "crs": UTM}
    with pytest.raises(ConfigError) as caught:
        load_problem(write(case), names)
    (fault,) = [fault for fault in caught.value.faults if fault.where == "layout"]
    assert "km off the site" in fault.problem
    assert words in fault.cure


def test_layout_in_degrees_needs_to_know_where_the_site_is(tmp_path):
    local = read_site(_written(tmp_path / "site.csv", table([(0, 0), (4000, 0), (4000, 4000)])))
    path = _written(tmp_path / "layout.csv", table(DEGREES, "longitude,latitude"))
    with pytest.raises(ConfigError, match="nobody knows where the site's metres are; add crs:"):
        read_layout(path, site=local)


def test_layout_of_lines_and_half_named_types(tmp_path):
    lines = _written(
        tmp_path / "l.geojson", json.dumps({"type": "LineString", "coordinates": RING})
    )
    with pytest.raises(ConfigError, match="is a LineString, not a point; keep the turbines only"):
        read_layout(lines)
    typed = _written(tmp_path / "t.csv", "lon,lat,type\n3.0,51.6,0\n3.1,51.6,\n")
    with pytest.raises(ConfigError, match="line 3: names no turbine type, as 1 of 2 turbines do"):
        read_layout(typed)


@pytest.mark.parametrize(
    ("content", "distance", "problem", "cure"),
    [
        ({"type": "LineString", "coordinates": RING}, 0, "a line has no area", "add distance_m"),
        ({"type": "Point", "coordinates": [3, 51.6]}, 0, "a point has no area", "add distance_m"),
        ({**SQUARE, "coordinates": [BOW_TIE]}, 9, "self-intersecting", "repair_boundaries"),
        (SQUARE, 5000, "cover the whole site", "leave some area"),
    ],
)
def test_exclusions_from_files(tmp_path, content, distance, problem, cure):
    boundary = _written(tmp_path / "site.csv", table(METRES))
    file = _written(tmp_path / "off.geojson", json.dumps(content))
    item = ExclusionConfig(file=file, distance_m=distance)
    with pytest.raises(ConfigError) as caught:
        read_site(boundary, exclusions=[item], crs=UTM)
    assert any(problem in f.problem and cure in f.cure for f in caught.value.faults)


def test_exclusion_file_that_is_missing_is_a_fault_beside_others(case, write):
    case["config"]["exclusions"] = [{"file": "gone.geojson", "distance_m": 50}]
    case["turbine"]["rotor_diameter"] = -1
    with pytest.raises(ConfigError) as caught:
        load_problem(write(case))
    assert {fault.where for fault in caught.value.faults} == {
        "exclusions[0].file",
        "turbine.yaml: rotor_diameter",
    }


def test_exclusion_in_another_zone_is_warned_of_with_the_cure(tmp_path, caplog):
    boundary = _written(tmp_path / "site.csv", table(METRES))
    lonlat = to_lonlat(np.array([[501000.0, 5721000.0]]), UTM)
    (x, y), *_ = from_lonlat(lonlat, "EPSG:32632").tolist()
    read_site(boundary, exclusions=[ExclusionConfig(point=(x, y), distance_m=9)], crs=UTM)
    assert "does not touch the site" in caplog.text
    assert "taken as EPSG:32632 they would lie on it" in caplog.text


def test_windio_says_its_crs(case, write):
    polygon = case["site"]["boundaries"]["polygons"][0]
    assert load_problem(write(case)).site.crs is None
    polygon |= {"crs": UTM}
    assert load_problem(write(case)).site.crs == UTM
    other = deepcopy(case)
    other["site"]["boundaries"]["polygons"][0]["crs"] = "nonsense"
    assert load_problem(write(other)).site.crs is None


def _written(path, text):
    path.write_text(text)
    return str(path)
