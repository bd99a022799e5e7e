"""The same boundary as GeoJSON, shapefile, KML and CSV is the same site, in any CRS."""

import json
import logging
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from windopt.config.placement import ExclusionConfig
from windopt.errors import ConfigError
from windopt.readers.crs import from_lonlat, reproject, to_lonlat, utm_zone
from windopt.readers.load import load_problem
from windopt.readers.places.layout import read_layout
from windopt.readers.places.site import read_site

pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
shapefile = pytest.importorskip("shapefile", reason="pyshp comes with windopt[dev]")

CONFIGS = Path(__file__).parents[2] / "configs"
FORMS = ("geojson", "shapefile", "kml", "csv")
OUTLINE = [(0.0, 0.0), (4000.0, 0.0), (4000.0, 3000.0), (2500.0, 3500.0), (0.0, 3000.0)]
HOLE = [(1000.0, 1000.0), (1000.0, 1500.0), (1800.0, 1500.0), (1800.0, 1000.0)]
ISLAND = [(5000.0, 0.0), (6000.0, 0.0), (6000.0, 1000.0)]
AREA = shapely.Polygon(OUTLINE).area - shapely.Polygon(HOLE).area + shapely.Polygon(ISLAND).area
CORNER = (500_000.0, 5_720_000.0)  # on the central meridian of zone 31


def shifted(ring):
    return [(x + CORNER[0], y + CORNER[1]) for x, y in ring]


def in_degrees(ring):
    return to_lonlat(np.array(shifted(ring)), "EPSG:25831").tolist()


def closed(ring):
    return [list(vertex) for vertex in (*ring, ring[0])]


def write_form(form, folder):
    """Write a parcel with a hole and another parcel; return the file."""
    polygons = [[OUTLINE, HOLE], [ISLAND]]
    if form == "geojson":
        rings = [[closed(in_degrees(ring)) for ring in parts] for parts in polygons]
        geometry = {"type": "MultiPolygon", "coordinates": rings}
        feature = {"type": "Feature", "properties": {"name": "zone"}, "geometry": geometry}
        path = folder / "zone.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    elif form == "shapefile":
        from pyproj import CRS

        path = folder / "zone.shp"
        with shapefile.Writer(str(path), shapeType=shapefile.POLYGONZ) as writer:
            writer.field("name", "C")
            outer, hole = closed(shifted(OUTLINE))[::-1], closed(shifted(HOLE))[::-1]
            writer.polyz([[[x, y, 7.0] for x, y in ring] for ring in (outer, hole)])
            writer.record("zone")
            writer.polyz([[[x, y, 7.0] for x, y in closed(shifted(ISLAND))[::-1]]])
            writer.record("island")
        (folder / "zone.prj").write_text(CRS(25831).to_wkt("WKT1_ESRI"))
    elif form == "kml":
        marks = ""
        for parts in polygons:
            marks += "<Placemark><Polygon>"
            for k, ring in enumerate(parts):
                side = "innerBoundaryIs" if k else "outerBoundaryIs"
                text = "\n".join(f"{x:.12f},{y:.12f},0" for x, y in closed(in_degrees(ring)))
                marks += (
                    f"<{side}><LinearRing><coordinates>{text}</coordinates></LinearRing></{side}>"
                )
            marks += "</Polygon></Placemark>"
        path = folder / "zone.kml"
        kml = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>'
        path.write_text(f"{kml}{marks}</Folder></Document></kml>")
    else:
        path = folder / "zone.csv"
        rows = ["parcel;hole;Easting [m];Northing [m]"]
        for name, hole, ring in (("a", "", OUTLINE), ("a", 1, HOLE), ("b", "", ISLAND)):
            rows += [f"{name};{hole};{x:.2f};{y:.2f}".replace(".", ",") for x, y in shifted(ring)]
        path.write_text("\n".join(rows))
    return path


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_a_boundary_with_a_hole_give_one_area(form, tmp_path):
    site = read_site(str(write_form(form, tmp_path)), crs="EPSG:25831")
    assert site.crs == "EPSG:25831"
    assert len(site.polygons) == 2
    assert sum(len(parcel.interiors) for parcel in site.polygons) == 1
    assert site.area.area == pytest.approx(AREA, rel=1e-6)
    assert site.area.bounds == pytest.approx(
        (*CORNER, CORNER[0] + 6000, CORNER[1] + 3500), abs=1e-3
    )


def test_shipped_configs_are_one_site_and_have_no_faults():
    areas = []
    for form in FORMS:
        problem = load_problem(CONFIGS / f"site_{form}.yaml")
        assert problem.site.crs == "EPSG:25831"
        areas.append(read_site(problem.config.site, crs=problem.config.crs).area.area)
    assert areas == pytest.approx([areas[0]] * len(FORMS), rel=1e-6)
    assert areas[0] == pytest.approx(65.829e6, rel=1e-4)


def test_shipped_extras_are_read():
    kept_off = load_problem(CONFIGS / "site_geojson.yaml").site
    cable_end = from_lonlat(np.array([[2.9342, 51.6716]]), "EPSG:25831")
    assert len(kept_off.polygons) == 3  # the cable parts the eastern parcel
    assert not kept_off.area.covers(shapely.Point(cable_end[0]))
    assert len(load_problem(CONFIGS / "site_kml.yaml").fixed_layout) == 5
    given = load_problem(CONFIGS / "site_csv.yaml")
    inside = shapely.covers(given.site.area.buffer(1e-6), shapely.points(given.initial_layout))
    assert inside.all()


def test_published_pairs_of_coordinates():
    # IOGP Geomatics Guidance Note 7-2, section 3.5.3.1, on OSGB36: to the centimetre
    grid = reproject(np.array([[0.5, 50.5]]), "EPSG:4277", "EPSG:27700")
    np.testing.assert_allclose(grid, [[577274.99, 69740.50]], atol=0.011)
    # Eiffel tower, 48.8582° N, 2.2945° E is 31 N 448251 5411932 (Movable Type Scripts, cut to 1 m)
    tower = from_lonlat(np.array([[2.2945, 48.8582]]), "EPSG:32631")
    np.testing.assert_array_equal(np.floor(tower), [[448251, 5411932]])
    # 45° N on a central meridian: k0 times the meridian's arc, 0.9996 x 4984944.378 m (WGS 84)
    north = from_lonlat(np.array([[15.0, 45.0]]), "EPSG:32633")
    np.testing.assert_allclose(north, [[500_000.0, 0.9996 * 4_984_944.378]], atol=1e-3)


def test_there_and_back_is_the_same_place():
    places = np.array([[484178.55, 5732482.8], [503163.37, 5729155.3]])
    lonlat = to_lonlat(places, "25831")
    assert ((lonlat > [2.7, 51.5]) & (lonlat < [3.1, 51.8])).all()
    np.testing.assert_allclose(from_lonlat(lonlat, "EPSG:25831"), places, atol=1e-6)


@pytest.mark.parametrize(
    ("place", "zone"),
    [((3.0, 51.6), "EPSG:32631"), ((-70.2, 41.0), "EPSG:32619"), ((174.8, -41.3), "EPSG:32760")],
)
def test_utm_zone_is_that_of_the_place(place, zone):
    assert utm_zone(np.array([place])) == zone


def test_degrees_without_a_crs_get_their_utm_zone_with_a_warning(tmp_path, caplog):
    site = read_site(str(write_form("geojson", tmp_path)))
    assert site.crs == "EPSG:32631"
    assert site.area.area == pytest.approx(AREA, rel=1e-6)
    assert "EPSG:32631 (WGS 84 / UTM zone 31N)" in caplog.text
    assert "51.64° N, 3.04° E" in caplog.text


def test_projected_file_says_its_crs_itself(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert read_site(str(write_form("shapefile", tmp_path))).crs == "EPSG:25831"
    assert not caplog.text


def test_member_crs_of_geojson_is_followed(tmp_path):
    ring = [[list(vertex) for vertex in closed(shifted(OUTLINE))]]
    document = {
        "type": "Polygon",
        "coordinates": ring,
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25831"}},
    }
    path = tmp_path / "site.geojson"
    path.write_text(json.dumps(document))
    assert read_site(str(path)).crs == "EPSG:25831"
    moved = read_site(str(path), crs="EPSG:32632")
    assert moved.crs == "EPSG:32632"
    assert moved.area.area == pytest.approx(shapely.Polygon(OUTLINE).area, rel=0.01)


def test_feet_of_a_prj_become_metres(tmp_path):
    """State Plane coordinates in US survey feet: 1 sq ft is 0.0929 m²."""
    from pyproj import CRS

    with shapefile.Writer(str(tmp_path / "ny.shp"), shapeType=shapefile.POLYGON) as writer:
        writer.field("id", "N")
        corner, side = (1_200_000.0, 100_000.0), 20_000.0
        square = [(0, 0), (0, side), (side, side), (side, 0), (0, 0)]
        writer.poly([[(corner[0] + x, corner[1] + y) for x, y in square]])
        writer.record(1)
    (tmp_path / "ny.prj").write_text(CRS(2263).to_wkt("WKT1_ESRI"))
    site = read_site(str(tmp_path / "ny.shp"))
    assert site.crs == "EPSG:32618"
    assert site.area.area == pytest.approx((side * 1200 / 3937) ** 2, rel=1e-3)


def test_kmz_and_zip_hold_what_lies_beside_them(tmp_path):
    import zipfile

    kml = write_form("kml", tmp_path)
    with zipfile.ZipFile(tmp_path / "zone.kmz", "w") as archive:
        archive.write(kml, "doc.kml")
    write_form("shapefile", tmp_path)
    with zipfile.ZipFile(tmp_path / "zone.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(tmp_path / f"zone{suffix}", f"folder/zone{suffix}")
    for name in ("zone.kmz", "zone.zip"):
        site = read_site(str(tmp_path / name), crs="EPSG:25831")
        assert site.area.area == pytest.approx(AREA, rel=1e-6)


def test_layouts_of_all_forms_are_one(tmp_path):
    site = read_site(str(write_form("csv", tmp_path)), crs="EPSG:25831")
    places = np.array(shifted([(100, 100), (2000, 200), (3900, 2900)]))
    degrees = to_lonlat(places, "EPSG:25831")
    features = [
        {
            "type": "Feature",
            "properties": {"type": t},
            "geometry": {"type": "Point", "coordinates": [*p, 12.0]},
        }
        for p, t in zip(degrees.tolist(), (0, 1, 0), strict=True)
    ]
    (tmp_path / "l.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    marks = "".join(
        f"<Placemark><name>T</name><Point><coordinates>{x},{y}</coordinates></Point></Placemark>"
        for x, y in degrees.tolist()
    )
    (tmp_path / "l.kml").write_text(f"<kml><Document>{marks}</Document></kml>")
    rows = "".join(f"{y},{x},0\n" for x, y in degrees.tolist())
    (tmp_path / "l.csv").write_text(f"Lat,Lon,type\n{rows}")
    with shapefile.Writer(str(tmp_path / "l.shp"), shapeType=shapefile.POINT) as writer:
        writer.field("id", "N")
        for x, y in places:
            writer.point(x, y)
            writer.record(1)
    from pyproj import CRS

    (tmp_path / "l.prj").write_text(CRS(32631).to_wkt("WKT1_ESRI"))
    for name in ("l.geojson", "l.kml", "l.csv", "l.shp"):
        layout = read_layout(str(tmp_path / name), site=site)
        np.testing.assert_allclose(layout.coordinates, places, atol=1e-3)
    assert read_layout(str(tmp_path / "l.geojson"), site=site).type_names == (0, 1, 0)
    assert read_layout(str(tmp_path / "l.kml"), site=site).type_names is None


def test_exclusions_of_a_file_keep_their_distance(tmp_path):
    boundary = str(write_form("csv", tmp_path))
    line = {"type": "LineString", "coordinates": in_degrees([(2000, -500), (2000, 900)])}
    spot = {"type": "Point", "coordinates": in_degrees([(3000, 2000)])[0]}
    area = {
        "type": "Polygon",
        "coordinates": [closed(in_degrees([(0, 2000), (500, 2000), (500, 2500), (0, 2500)]))],
    }
    file = tmp_path / "off.geojson"
    file.write_text(json.dumps({"type": "GeometryCollection", "geometries": [line, spot, area]}))
    item = ExclusionConfig(file=str(file), distance_m=100)
    site = read_site(boundary, exclusions=[item], crs="EPSG:25831")
    for shape in (
        shapely.LineString(shifted([(2000, 0), (2000, 900)])),
        shapely.Point(shifted([(3000, 2000)])[0]),
        shapely.Point(shifted([(500, 2250)])[0]),
    ):
        assert site.area.distance(shape) == pytest.approx(100, rel=2e-3)
    taken = 200 * 900 + np.pi * 1e4 / 2 + np.pi * 1e4 + 600 * 700 - (1 - np.pi / 4) * 2e4
    assert AREA - site.area.area == pytest.approx(taken, rel=1e-3)


def test_metres_need_no_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyproj", None)
    site = read_site(str(write_form("csv", tmp_path)))
    assert site.crs is None
    assert site.area.area == pytest.approx(AREA, rel=1e-9)
    with pytest.raises(ConfigError, match=r"pip install 'windopt\[geo\]'"):
        read_site(str(write_form("csv", tmp_path)), crs="EPSG:25831")
