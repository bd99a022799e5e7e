"""Holes, islands, repairs and parts that are empty: areas reckoned by hand, in km²."""

import json
import struct

import numpy as np
import pytest

from windopt.config.placement import ExclusionConfig
from windopt.errors import ConfigError
from windopt.readers.places.site import read_site

pytest.importorskip("pyproj", reason="pyproj is missing: pip install 'windopt[geo]'")
shapefile = pytest.importorskip("shapefile", reason="pyshp comes with windopt[dev]")

CORNER = np.array([500_000.0, 5_950_000.0])
UTM = "EPSG:32631"
DECLARED = {"crs": {"type": "name", "properties": {"name": UTM}}}


def ring(*places):
    """Vertices in km from the corner, closed, in metres."""
    return (CORNER + 1000.0 * np.array([*places, places[0]])).tolist()


def box(x0, y0, x1, y1, clockwise=False):
    places = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return ring(*(places[::-1] if clockwise else places))


def geojson(tmp_path, *geometries):
    path = tmp_path / "site.geojson"
    features = [{"type": "Feature", "properties": {}, "geometry": g} for g in geometries]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **DECLARED}))
    return str(path)


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def multi(*polygons):
    return {"type": "MultiPolygon", "coordinates": [list(rings) for rings in polygons]}


def collection(*geometries):
    return {"type": "GeometryCollection", "geometries": list(geometries)}


SQUARE = box(0, 0, 3, 3)  # 9 km²
BOW_TIE = ring((0, 0), (3, 3), (3, 0), (0, 3))  # two triangles of 2.25 km²
REPAIRED = {
    "hole that shares an edge": (polygon(SQUARE, box(0, 1, 0.5, 1.5)), 8.75),
    "hole that shares a corner's two edges": (polygon(SQUARE, box(0, 0, 0.5, 0.5)), 8.75),
    "hole across the outline": (polygon(SQUARE, box(2.5, 1, 3.5, 2)), 8.5),
    "hole outside": (polygon(SQUARE, box(4, 1, 5, 2)), 9.0),
    "hole in a hole": (polygon(SQUARE, box(1, 1, 2, 2), box(1.2, 1.2, 1.8, 1.8)), 8.0),
    "holes that overlap": (polygon(SQUARE, box(1, 1, 2, 2), box(1.5, 1, 2.5, 2)), 7.5),
    "holes that share an edge": (polygon(SQUARE, box(1, 1, 2, 2), box(2, 1, 2.5, 2)), 7.5),
    "hole that parts the site": (polygon(SQUARE, box(-1, 1, 4, 2)), 6.0),
    "bow-tie": (polygon(BOW_TIE), 4.5),
    "hole like a bow-tie": (polygon(SQUARE, ring((1, 1), (2, 2), (2, 1), (1, 2))), 8.5),
    "spike": (polygon(ring((0, 0), (3, 0), (3, 1), (5, 1), (3, 1), (3, 3), (0, 3))), 9.0),
    "ring gone round twice": (polygon([*SQUARE, *SQUARE[1:]]), 9.0),
    "loop over itself": (
        polygon(ring((0, 0), (3, 0), (3, 2), (1, 2), (1, -1), (2, -1), (2, 3), (0, 3))),
        9.0,  # 2 x 3, 1 x 2 to the right of it and 1 x 1 below; 1 x 2 are gone round twice
    ),
    "cut from the outline to the hole": (
        polygon([*SQUARE, *box(1, 1, 2, 2, clockwise=True), SQUARE[0]]),
        8.0,
    ),
    "the same, wound alike": (polygon([*SQUARE, *box(1, 1, 2, 2), SQUARE[0]]), 8.0),
    "cut from the outline to another parcel": (
        polygon([*SQUARE, *box(4, 0, 5, 1), SQUARE[0]]),
        10.0,
    ),
    "hole and outline have changed places": (polygon(box(1, 1, 2, 2), SQUARE), 8.0),
    "ring that is open": (polygon(SQUARE[:-1]), 9.0),
    "vertices twice": (polygon([p for p in SQUARE for _ in range(2)]), 9.0),
    "parcels that overlap": (multi([SQUARE], [box(2, 2, 4, 4)]), 12.0),
    "bow-tie that overlaps a parcel": (multi([box(0, 0, 3, 1)], [BOW_TIE]), 3 + 4.5 - 1),
}


@pytest.mark.parametrize("kind", REPAIRED)
def test_repair_neither_opens_a_hole_nor_adds_ground(tmp_path, kind):
    geometry, km2 = REPAIRED[kind]
    site = read_site(geojson(tmp_path, geometry), repair_boundaries=True)
    assert site.area_km2 == pytest.approx(km2, abs=1e-9)


def test_repair_says_what_it_did(tmp_path, caplog):
    read_site(geojson(tmp_path, polygon(BOW_TIE)), repair_boundaries=True)
    assert "boundary repaired: Self-intersection" in caplog.text
    assert "0 km² as drawn, 4.5 km² in 2 parts after" in caplog.text
    read_site(geojson(tmp_path, polygon(SQUARE, box(4, 1, 5, 2))), repair_boundaries=True)
    assert "8 km² as drawn, 9 km² after" in caplog.text


@pytest.mark.parametrize("kind", ["hole that shares an edge", "hole across the outline", "spike"])
def test_what_is_not_to_be_repaired_is_refused(tmp_path, kind):
    with pytest.raises(ConfigError, match="pass repair_boundaries: true"):
        read_site(geojson(tmp_path, REPAIRED[kind][0]))


def test_repair_that_leaves_nothing_is_a_fault(tmp_path):
    with pytest.raises(ConfigError, match="boundary has no area"):
        read_site(geojson(tmp_path, polygon(SQUARE, SQUARE)), repair_boundaries=True)


def test_repaired_exclusion_keeps_what_its_outline_goes_round(tmp_path):
    star = [(1.5 + np.sin(0.8 * np.pi * k), 1.5 + np.cos(0.8 * np.pi * k)) for k in range(5)]
    item = ExclusionConfig(polygon=ring(*star))
    site = read_site(geojson(tmp_path, polygon(SQUARE)), True, [item])
    # the whole star, its pentagon too: 10 triangles of the middle, a corner and a notch
    notch = np.cos(0.4 * np.pi) / np.cos(0.2 * np.pi)
    assert site.area_km2 == pytest.approx(9 - 5 * notch * np.sin(0.2 * np.pi), abs=1e-6)


NESTED = {
    "polygon in a polygon": (multi([SQUARE], [box(1, 1, 2, 2)]), 8.0),
    "the smaller comes first": (multi([box(1, 1, 2, 2)], [SQUARE]), 8.0),
    "two in one": (multi([SQUARE], [box(0.5, 1, 1, 2)], [box(2, 1, 2.5, 2)]), 8.0),
    "two in one that share an edge": (multi([SQUARE], [box(1, 1, 2, 2)], [box(2, 1, 2.5, 2)]), 7.5),
    "in one, sharing an edge with it": (multi([SQUARE], [box(0, 1, 0.5, 1.5)]), 8.75),
    "island within a hole": (multi([SQUARE, box(0.5, 0.5, 2.5, 2.5)], [box(1, 1, 2, 2)]), 6.0),
    "island that fills a hole": (multi([SQUARE, box(1, 1, 2, 2)], [box(1, 1, 2, 2)]), 9.0),
    "island by containment": (multi([SQUARE], [box(0.5, 0.5, 2.5, 2.5)], [box(1, 1, 2, 2)]), 6.0),
    "hole in an island": (
        multi([SQUARE, box(0.5, 0.5, 2.5, 2.5)], [box(1, 1, 2, 2)], [box(1.4, 1.4, 1.6, 1.6)]),
        5.96,
    ),
    "in one of two": (multi([SQUARE], [box(4, 0, 6, 2)], [box(4.5, 0.5, 5, 1)]), 12.75),
    "drawn twice": (multi([SQUARE], [SQUARE]), 9.0),
    "in a collection": (collection(polygon(SQUARE), polygon(box(1, 1, 2, 2))), 8.0),
}


@pytest.mark.parametrize("kind", NESTED)
def test_polygons_of_one_feature_are_holes_by_containment(tmp_path, kind):
    geometry, km2 = NESTED[kind]
    assert read_site(geojson(tmp_path, geometry)).area_km2 == pytest.approx(km2, abs=1e-9)


def test_holes_by_containment_are_told(tmp_path, caplog):
    read_site(geojson(tmp_path, multi([SQUARE], [box(1, 1, 2, 2)])))
    assert "1 polygon lies within another of the same feature, of 1 km²" in caplog.text


def test_feature_within_another_is_a_parcel_and_told(tmp_path, caplog):
    site = read_site(geojson(tmp_path, polygon(SQUARE), polygon(box(1, 1, 2, 2))))
    assert site.area_km2 == pytest.approx(9.0)
    assert "parcel 2 lies within parcel 1 (1 km²)" in caplog.text
    assert "A hole is an inner ring of the same feature" in caplog.text


LEFT_OUT = {
    "empty part": (multi([SQUARE], []), "1 of 2 parts is empty"),
    "part of an empty ring": (multi([[]], [SQUARE]), "1 of 2 parts is empty"),
    "two empty parts": (multi([], [SQUARE], []), "2 of 3 parts are empty"),
    "empty hole": (polygon(SQUARE, []), "1 of 1 holes is empty"),
    "empties in a collection": (
        collection(polygon(SQUARE), polygon(), {"type": "Point", "coordinates": []}, multi()),
        "3 of 4 parts are empty",
    ),
    "null in a collection": (collection(None, polygon(SQUARE)), "1 of 2 parts is empty"),
    "label in a collection": (
        collection(polygon(SQUARE), {"type": "Point", "coordinates": CORNER.tolist()}),
        "1 of the 2 parts of boundary is no polygon",
    ),
}


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_parts_that_are_empty_are_left_out_with_a_warning(tmp_path, caplog, kind):
    geometry, words = LEFT_OUT[kind]
    assert read_site(geojson(tmp_path, geometry)).area_km2 == pytest.approx(9.0)
    assert words in caplog.text


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        (None, "1 of 2 features has no geometry"),
        (multi(), "1 of 2 features is empty"),
        (polygon([]), "1 of 2 features is empty"),
        (collection(), "1 of 2 features is empty"),
        ({"type": "Point", "coordinates": CORNER.tolist()}, "1 of 2 features is no polygon"),
        ({"type": "LineString", "coordinates": SQUARE[:3]}, "1 of 2 features is no polygon"),
    ],
)
def test_features_without_ground_are_left_out_with_a_warning(tmp_path, caplog, beside, words):
    site = read_site(geojson(tmp_path, beside, polygon(SQUARE)))
    assert site.area_km2 == pytest.approx(9.0)
    assert words in caplog.text


@pytest.mark.parametrize("empty", [polygon(), multi(), multi([], [[]]), collection()])
def test_nothing_drawn_at_all_is_a_fault(tmp_path, empty):
    with pytest.raises(ConfigError, match=f"is an empty {empty['type']}; draw something"):
        read_site(geojson(tmp_path, empty))


def test_line_that_closes_is_not_left_out_in_silence(tmp_path):
    path = geojson(tmp_path, polygon(SQUARE), {"type": "LineString", "coordinates": SQUARE})
    with pytest.raises(ConfigError, match="is a line, not a polygon"):
        read_site(path)


def shapefile_of(tmp_path, *shapes):
    from pyproj import CRS

    path = tmp_path / "site.shp"
    with shapefile.Writer(str(path), shapeType=shapefile.POLYGON) as writer:
        writer.field("name", "C")
        for number, rings in enumerate(shapes):
            writer.poly(rings)
            writer.record(f"lot {number}")
    (tmp_path / "site.prj").write_text(CRS(32631).to_wkt("WKT1_ESRI"))
    return str(path)


RIGHT, LEFT = True, False
RINGS = {
    "as it should be": ([(0, 0, 3, 3, RIGHT), (1, 1, 2, 2, LEFT)], 8.0),
    "both clockwise": ([(0, 0, 3, 3, RIGHT), (1, 1, 2, 2, RIGHT)], 8.0),
    "both anticlockwise": ([(0, 0, 3, 3, LEFT), (1, 1, 2, 2, LEFT)], 8.0),
    "the other way round": ([(0, 0, 3, 3, LEFT), (1, 1, 2, 2, RIGHT)], 8.0),
    "hole first": ([(1, 1, 2, 2, RIGHT), (0, 0, 3, 3, RIGHT)], 8.0),
    "outline alone, anticlockwise": ([(0, 0, 3, 3, LEFT)], 9.0),
    "island, as it should be": (
        [(0, 0, 3, 3, RIGHT), (0.5, 0.5, 2.5, 2.5, LEFT), (1, 1, 2, 2, RIGHT)],
        6.0,
    ),
    "island, all clockwise": (
        [(0, 0, 3, 3, RIGHT), (0.5, 0.5, 2.5, 2.5, RIGHT), (1, 1, 2, 2, RIGHT)],
        6.0,
    ),
    "hole in an island": (
        [
            *((0, 0, 3, 3, RIGHT), (0.5, 0.5, 2.5, 2.5, LEFT)),
            *((1, 1, 2, 2, RIGHT), (1.4, 1.4, 1.6, 1.6, LEFT)),
        ],
        5.96,
    ),
    "two outlines and three holes, mixed": (
        [
            *((0, 0, 3, 3, RIGHT), (1, 1, 2, 2, RIGHT), (0.2, 0.2, 0.7, 0.4, LEFT)),
            *((4, 0, 6, 2, RIGHT), (4.5, 0.5, 5, 1, LEFT)),
        ],
        9 - 1 - 0.1 + 4 - 0.25,
    ),
    "parcel apart that goes the other way": ([(0, 0, 3, 3, RIGHT), (4, 0, 5, 1, LEFT)], 10.0),
    "parcel beside it that goes the other way": ([(0, 0, 3, 3, RIGHT), (3, 0, 4, 1, LEFT)], 10.0),
}


@pytest.mark.parametrize("kind", RINGS)
def test_rings_of_a_shapefile_are_holes_by_containment(tmp_path, kind):
    rings, km2 = RINGS[kind]
    site = read_site(shapefile_of(tmp_path, [box(*one) for one in rings]))
    assert site.area_km2 == pytest.approx(km2, abs=1e-9)


@pytest.mark.parametrize(
    ("rings", "km2"),
    [
        ([(0, 0, 3, 3, RIGHT), (2.5, 1, 3.5, 2, LEFT)], 8.5),  # across the outline
        ([(0, 0, 3, 3, RIGHT), (0, 1, 0.5, 1.5, LEFT)], 8.75),  # along it
        ([(0, 0, 3, 3, RIGHT), (4, 0, 7, 3, RIGHT), (2, 1, 5, 2, LEFT)], 16.0),  # across two
    ],
)
def test_hole_of_a_shapefile_across_an_outline_is_a_hole(tmp_path, rings, km2):
    path = shapefile_of(tmp_path, [box(*one) for one in rings])
    with pytest.raises(ConfigError, match="repair"):
        read_site(path)
    assert read_site(path, repair_boundaries=True).area_km2 == pytest.approx(km2, abs=1e-9)


def test_null_shapes_of_a_shapefile_are_left_out(tmp_path):
    path = shapefile_of(tmp_path, [box(0, 0, 3, 3, RIGHT)])
    with open(path, "r+b") as file, shapefile.Reader(path) as reader:
        at = reader.shape(0)
        assert at.shapeType == shapefile.POLYGON
        file.seek(100 + 8)
        file.write(struct.pack("<i", 0))
    with pytest.raises(ConfigError, match="holds no shapes"):
        read_site(path)
