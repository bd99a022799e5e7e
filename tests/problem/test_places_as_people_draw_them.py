"""Tables of several parcels, hidden placemarks, and sites on both sides of the antimeridian."""

import json
import logging
import re

import numpy as np
import pytest
import shapely

from windopt.config.placement import ExclusionConfig
from windopt.errors import ConfigError
from windopt.readers.crs import from_lonlat, middle_of, unwrapped, utm_zone
from windopt.readers.places.layout import read_layout
from windopt.readers.places.site import read_site

pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")

A = [(0, 0), (1400, 0), (1400, 1400), (0, 1400)]  # 1.96 km²
B = [(1800, 1700), (3200, 1700), (3200, 3100), (1800, 3100)]  # 1.96 km²
IN_A = [(200, 200), (700, 200), (700, 700), (200, 700)]  # 0.25 km²


def rows(ring, *more, closed=False):
    return [",".join(map(str, (*more, x, y))) for x, y in (*ring, *ring[: int(closed)])]


def table(tmp_path, *lines, header="x,y", name="site.csv"):
    path = tmp_path / name
    path.write_text("\n".join([header, *lines, ""]))
    return str(path)


TABLES = {
    "blank line": ([*rows(A), "", *rows(B)], 3.92),
    "blank line of commas": ([*rows(A), ",", *rows(B)], 3.92),
    "two blank lines, and one at the end": ([*rows(A), "", "  ", *rows(B), ""], 3.92),
    "blank line and a comment": ([*rows(A), "", "# parcel B", *rows(B)], 3.92),
    "comment within a ring": ([*rows(A[:2]), "# the north", *rows(A[2:])], 1.96),
    "closed rings, blank line": ([*rows(A, closed=True), "", *rows(B, closed=True)], 3.92),
    "closed rings": ([*rows(A, closed=True), *rows(B, closed=True)], 3.92),
    "closed, then open": ([*rows(A, closed=True), *rows(B)], 3.92),
    "three closed rings": ([*rows(A, closed=True), *rows(B, closed=True)] * 1, 3.92),
    "hole after a blank line": ([*rows(A), "", *rows(IN_A)], 1.71),
    "hole after the outline closes": ([*rows(A, closed=True), *rows(IN_A, closed=True)], 1.71),
    "hole and the way back": (
        [*rows(A, closed=True), *rows(IN_A, closed=True), *rows(A[:1])],
        1.71,
    ),
    "a blank line after each vertex": ([line for row in rows(A) for line in (row, "")], 1.96),
}


@pytest.mark.parametrize("kind", TABLES)
def test_rings_of_a_table_are_told_apart(tmp_path, kind):
    lines, km2 = TABLES[kind]
    assert read_site(table(tmp_path, *lines)).area_km2 == pytest.approx(km2)


def test_parcels_parted_by_blank_lines_are_told(tmp_path, caplog):
    site = read_site(table(tmp_path, *rows(A), "", *rows(B)))
    assert len(site.polygons) == 2
    assert "holds 2 rings, parted by blank lines or where one closes" in caplog.text
    caplog.clear()
    read_site(table(tmp_path, *rows(A)))
    assert not caplog.records


def test_blank_line_within_a_ring_is_named_by_its_lines(tmp_path):
    with pytest.raises(ConfigError, match=r"lines 2 to 3: has 2 distinct vertices"):
        read_site(table(tmp_path, *rows(A[:2]), "", *rows(A[2:])))


@pytest.mark.parametrize("column", ["parcel", "name", "id", "zone", "Lease", "area_id"])
def test_column_tells_parcels_apart(tmp_path, column):
    path = table(tmp_path, *rows(A, "west"), *rows(B, "east"), header=f"{column},x,y")
    assert len(read_site(path).polygons) == 2


def test_names_of_vertices_are_no_parcels(tmp_path):
    lines = [f"P{k},{x},{y}" for k, (x, y) in enumerate(A)]
    assert read_site(table(tmp_path, *lines, header="name,x,y")).area_km2 == pytest.approx(1.96)


def test_hole_column_and_several_rings_of_a_parcel(tmp_path):
    lines = [*rows(A, "a", "", closed=True), *rows(B, "a", ""), *rows(IN_A, "a", 1)]
    site = read_site(table(tmp_path, *lines, header="parcel,hole,x,y"))
    assert site.area_km2 == pytest.approx(3.92 - 0.25)


def test_parcel_within_another_parcel_of_a_table_counts_once(tmp_path, caplog):
    lines = [*rows(A, "a"), *rows(IN_A, "b")]
    site = read_site(table(tmp_path, *lines, header="parcel,x,y"))
    assert site.area_km2 == pytest.approx(1.96)
    assert "'b' lies within 'a' (0.25 km²)" in caplog.text


# -- hidden placemarks ----------------------------------------------------------------------------

HIDE = "<visibility>0</visibility>"


def placemark(name, west, inside="", holes=()):
    """0.02 by 0.01 degrees from (west, 51.6)."""
    x = np.array([0, 0.02, 0.02, 0, 0]) + west
    y = np.array([0, 0, 0.01, 0.01, 0]) + 51.6
    text = " ".join(f"{a:.6f},{b:.6f},0" for a, b in zip(x, y, strict=True))
    outer = f"<outerBoundaryIs><LinearRing><coordinates>{text}</coordinates></LinearRing>"
    return (
        f"<Placemark><name>{name}</name>{inside}<Polygon>{outer}</outerBoundaryIs></Polygon>"
        "</Placemark>"
    )


def kml(tmp_path, *marks):
    path = tmp_path / "site.kml"
    body = "".join(marks)
    head = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>lease</name>'
    path.write_text(f"{head}{body}</Document></kml>")
    return str(path)


SEEN = placemark("west", 3.0)


@pytest.mark.parametrize(
    "hidden",
    [
        placemark("draft", 3.1, HIDE),
        placemark("draft", 3.1, "<visibility> false </visibility>"),
        f"<Folder><name>old</name>{HIDE}{placemark('draft', 3.1)}</Folder>",
        f"<Folder>{HIDE}<Folder><visibility>1</visibility>{placemark('draft', 3.1)}</Folder>"
        "</Folder>",
    ],
)
def test_hidden_placemarks_are_left_out_by_name(tmp_path, caplog, hidden):
    alone = read_site(kml(tmp_path, SEEN)).area_km2
    caplog.clear()
    site = read_site(kml(tmp_path, hidden, SEEN))
    assert site.area_km2 == pytest.approx(alone)
    assert "1 placemark is hidden (visibility 0) and left out: 'draft'" in caplog.text


def test_placemarks_that_are_seen_stay(tmp_path, caplog):
    site = read_site(kml(tmp_path, placemark("a", 3.0, "<visibility>1</visibility>"), SEEN))
    assert "hidden" not in caplog.text
    assert len(site.polygons) == 1


def test_only_hidden_placemarks_are_a_fault_that_names_them(tmp_path):
    path = kml(tmp_path, placemark("plan A", 3.0, HIDE), placemark("plan B", 3.1, HIDE))
    with pytest.raises(ConfigError, match=r"hidden \(visibility 0\): 'plan A', 'plan B'; tick"):
        read_site(path)


def test_hole_of_a_kml_without_outline_is_no_ground(tmp_path):
    mark = SEEN.replace("outerBoundaryIs", "innerBoundaryIs")
    with pytest.raises(ConfigError, match="is an empty Polygon"):
        read_site(kml(tmp_path, mark))


def test_polygons_of_a_multigeometry_are_holes_by_containment(tmp_path):
    ring = "<coordinates>{}</coordinates>"
    body = ""
    for west, south, width in ((3.0, 51.6, 0.02), (3.005, 51.605, 0.01)):
        corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
        text = " ".join(f"{west + i * width:.6f},{south + j * width:.6f}" for i, j in corners)
        ring = f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"
        body += f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
    path = kml(tmp_path, f"<Placemark><MultiGeometry>{body}</MultiGeometry></Placemark>")
    site = read_site(path, crs="EPSG:32631")
    assert len(site.polygons[0].interiors) == 1
    # 0.02 by 0.02 degrees at 51.61° N, less a quarter of it: 69.23 and 111.27 km to a degree
    assert site.area_km2 == pytest.approx(0.75 * 0.02**2 * 69.23 * 111.27, rel=2e-3)


# -- the antimeridian -----------------------------------------------------------------------------


def square(west, east, south=-16.8, north=-16.77):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def geojson(tmp_path, *polygons, name="site.geojson"):
    path = tmp_path / name
    geometry = {"type": "MultiPolygon", "coordinates": [[ring] for ring in polygons]}
    path.write_text(json.dumps(geometry))
    return str(path)


# 0.06 degrees of longitude at 16.785° S by 0.03 of latitude: 106.62 and 110.66 km to a degree;
# the UTM scale at the edge of a zone is 1.0009, and counts twice
KM2 = 0.06 * 106.62 * 0.03 * 110.66 * 1.0018


@pytest.mark.parametrize(
    "polygons",
    [
        [square(179.97, 180), square(-180, -179.97)],
        [square(179.97, 180.03)],
        [square(-180.03, -179.97)],
        [square(179.97, 180), square(180, 180.03)],
        [square(-180.03, -180), square(-180, -179.97)],
        [square(179.97, 180.01), square(-179.99, -179.97)],
    ],
)
def test_site_at_the_antimeridian_is_one_parcel_in_its_own_zone(tmp_path, caplog, polygons):
    site = read_site(geojson(tmp_path, *polygons))
    assert site.crs in ("EPSG:32760", "EPSG:32701")
    assert len(site.polygons) == 1
    assert site.area_km2 == pytest.approx(KM2, rel=5e-4)
    assert re.search(r"at 16\.7[89]° S, (179\.99|180\.00)° [EW]", caplog.text)


def test_layout_and_exclusions_at_the_antimeridian_lie_on_the_site(tmp_path):
    item = ExclusionConfig(file=geojson(tmp_path, square(180.01, 180.03), name="e.geojson"))
    site = read_site(
        geojson(tmp_path, square(179.97, 180), square(-180, -179.97)), exclusions=[item]
    )
    assert site.area_km2 == pytest.approx(KM2 * 2 / 3, rel=1e-3)
    path = tmp_path / "layout.csv"
    path.write_text("lon,lat\n179.98,-16.785\n-179.995,-16.785\n180.005,-16.785\n")
    layout = read_layout(str(path), site=site).coordinates
    assert shapely.contains_xy(site.area, *layout.T).all()
    np.testing.assert_allclose(layout[1], layout[2], atol=1e-6)


def test_longitudes_of_0_to_360_are_read_and_told(tmp_path, caplog):
    site = read_site(geojson(tmp_path, square(286.0, 286.05, 40.9, 40.94)))
    other = read_site(geojson(tmp_path, square(-74.0, -73.95, 40.9, 40.94)))
    assert site.crs == "EPSG:32618"
    assert site.area.symmetric_difference(other.area).area < 1e-3
    assert "5 of 5 longitudes are beyond +180; 360 is taken off them: 286 is -74" in caplog.text


def test_table_with_longitudes_of_0_to_360(tmp_path):
    path = table(
        tmp_path,
        "286,40.9",
        "286.05,40.9",
        "286.05,40.94",
        "286,40.94",
        header="longitude,latitude",
    )
    assert read_site(path).crs == "EPSG:32618"


@pytest.mark.parametrize("x", [[400, 400.05], [-400, -399.95]])
def test_longitudes_of_no_circle_are_refused(tmp_path, x):
    ends = [*x, *x[::-1]]
    lines = [f"{a},{b}" for a, b in zip(ends, (40.9, 40.9, 40.94, 40.94), strict=True)]
    with pytest.raises(ConfigError, match="is no longitude and latitude"):
        read_site(table(tmp_path, *lines, header="longitude,latitude"))


def test_small_site_in_metres_is_not_taken_for_degrees(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        site = read_site(geojson(tmp_path, square(0, 350, 0, 80)))
    assert site.crs is None
    assert site.area.area == pytest.approx(350 * 80)


@pytest.mark.parametrize(
    ("places", "middle", "zone"),
    [
        ([(179.0, 5.0), (-179.5, 5.0)], 179.75, "EPSG:32660"),
        ([(-179.0, 5.0), (179.5, 5.0)], -179.75, "EPSG:32601"),
        ([(2.0, -1.0), (4.0, -3.0)], 3.0, "EPSG:32731"),
    ],
)
def test_middle_of_places_does_not_jump(places, middle, zone):
    places = np.array(places)
    assert middle_of(places)[0] == pytest.approx(middle)
    assert utm_zone(places) == zone
    np.testing.assert_allclose(
        from_lonlat(unwrapped(places), zone), from_lonlat(places, zone), atol=1e-6
    )
