"""Boundaries less exclusions, circles, repair and overlap."""

import logging
import math

import pytest
import shapely

from windopt.readers.places.site import read_site

BOW_TIE = {"name": "IVa", "x": [0, 2000, 2000, 0], "y": [0, 1000, 0, 1000]}


@pytest.fixture
def read(case, write, tmp_path):
    def read(repair=False, **changes):
        case["site"].update(changes)
        write(case)
        return read_site(str(tmp_path / "site.yaml"), repair)

    return read


def test_exclusions_are_taken_out(read):
    hole = {"x": [500, 600, 600, 500], "y": [400, 400, 600, 600]}
    site = read(exclusions={"polygons": [hole]})
    assert site.area_km2 == pytest.approx(2 - 0.02)
    assert not site.area.contains(shapely.Point(550, 500))


def test_closed_ring_is_the_same_polygon(read):
    ring = {"x": [0, 2000, 2000, 0, 0], "y": [0, 0, 1000, 1000, 0]}
    assert read(boundaries={"polygons": [ring]}).area.equals(read().area)


def test_circles_keep_on_the_safe_side(read):
    circle = {"center": {"x": 0, "y": 0}, "radius": 1000}
    disc = read(boundaries={"circle": circle}).area
    assert shapely.hausdorff_distance(disc.centroid, disc) == pytest.approx(1000)
    assert 0 < math.pi * 1000**2 - disc.area < 1e-4 * disc.area
    square = {"x": [-2000, 2000, 2000, -2000], "y": [-2000, -2000, 2000, 2000]}
    around = read(boundaries={"polygons": [square]}, exclusions={"circle": circle}).area
    assert around.distance(shapely.Point(0, 0)) == pytest.approx(1000)


def test_self_intersection_is_repaired_when_asked(read, caplog):
    site = read(repair=True, boundaries={"polygons": [BOW_TIE]})
    assert len(site.polygons) == 2
    assert site.area_km2 == pytest.approx(1)
    assert "Self-intersection" in caplog.text


def test_overlapping_parcels_are_united_with_a_warning(read, caplog):
    first = {"x": [0, 2000, 2000, 0], "y": [0, 0, 1000, 1000]}
    second = {"x": [1000, 3000, 3000, 1000], "y": [0, 0, 1000, 1000]}
    with caplog.at_level(logging.WARNING):
        site = read(boundaries={"polygons": [first, second]})
    assert site.area_km2 == pytest.approx(3)
    assert len(site.polygons) == 1
    assert "1000000 m²" in caplog.text


def test_parcels_apart_stay_apart_in_silence(read, caplog):
    first = {"x": [0, 2000, 2000, 0], "y": [0, 0, 1000, 1000]}
    second = {"x": [5000, 6000, 6000], "y": [0, 0, 1000]}
    assert len(read(boundaries={"polygons": [first, second]}).polygons) == 2
    assert not caplog.records
