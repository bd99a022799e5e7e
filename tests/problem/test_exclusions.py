"""Exclusions of a config: shapes with the distance kept from them, on the safe side."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from windopt.config.placement import ExclusionConfig
from windopt.errors import ConfigError
from windopt.readers.load import load_problem
from windopt.readers.places.areas import Repairs
from windopt.readers.places.exclusions import read_exclusion
from windopt.readers.safe_shapes import disc_around, disc_within

NONE = Repairs(allowed=False)
POINT = st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000))
DISTANCE = st.floats(1, 1500)


def faults_of(case, write):
    with pytest.raises(ConfigError) as caught:
        load_problem(write(case))
    return caught.value.faults


def outline(shape):
    """Points all along the boundary of a shape, its vertices and between them."""
    return shapely.points(shapely.get_coordinates(shapely.segmentize(shape.boundary, 7.3)))


def assert_safe(area, shape, distance):
    """Who stands on the boundary of `area` keeps `distance` from `shape`, and not much more."""
    away = shapely.distance(outline(area), shape)
    assert away.min() >= distance * (1 - 1e-12)
    assert away.max() <= distance * 1.011  # GEOS evens out concave corners within a hundredth


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(POINT, min_size=2, max_size=7, unique=True), DISTANCE)
def test_distance_from_a_line_is_kept(points, distance):
    area = read_exclusion(ExclusionConfig(line=points, distance_m=distance), "here", NONE)
    assert_safe(area, shapely.LineString(points), distance)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(POINT, min_size=3, max_size=7, unique=True), DISTANCE)
def test_distance_from_a_polygon_is_kept(points, distance):
    hull = shapely.MultiPoint(points).convex_hull
    if hull.area < 1:
        return
    ring = list(hull.exterior.coords)
    area = read_exclusion(
        ExclusionConfig(polygon=ring, distance_m=distance), "here", Repairs(False)
    )
    assert_safe(area, hull, distance)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(POINT, DISTANCE)
def test_distance_from_a_point_is_kept(point, distance):
    area = read_exclusion(ExclusionConfig(point=point, distance_m=distance), "here", NONE)
    assert_safe(area, shapely.Point(point), distance)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(POINT, DISTANCE)
def test_circles_are_720_sided_and_on_the_safe_side(centre, radius):
    within, around = disc_within(centre, radius), disc_around(centre, radius)
    for disc in (within, around):
        assert len(disc.exterior.coords) == 721
        assert disc.area == pytest.approx(math.pi * radius**2, rel=3e-5)
    assert shapely.distance(outline(around), shapely.Point(centre)).min() >= radius * (1 - 1e-9)
    assert shapely.distance(outline(within), shapely.Point(centre)).max() <= radius * (1 + 1e-9)


def test_exclusions_of_a_config_are_taken_out(case, write):
    case["config"]["exclusions"] = [
        {"polygon": [[0, 0], [100, 0], [100, 1000], [0, 1000]]},
        {"point": [500, 500], "distance_m": 100, "name": "wreck"},
        {"line": [[1000, -100], [1000, 1100]], "distance_m": 50},
    ]
    site = load_problem(write(case)).site
    assert len(site.polygons) == 2  # the line parts it
    assert site.area_km2 == pytest.approx(2 - 0.1 - math.pi * 0.01 - 0.1, abs=2e-4)
    assert site.area.distance(shapely.Point(500, 500)) == pytest.approx(100, rel=1e-3)
    assert site.area.distance(shapely.Point(1000, 500)) == pytest.approx(50, rel=1e-3)


def test_resolved_config_keeps_them(case, write):
    case["config"]["exclusions"] = [{"point": [500, 500], "distance_m": 100}]
    problem = load_problem(write(case))
    assert load_problem(problem.config).site.area.equals(problem.site.area)


def test_exclusion_off_the_site_is_warned_of(case, write, caplog):
    case["config"]["exclusions"] = [{"point": [502000, 5716000], "distance_m": 100}]
    load_problem(write(case))
    assert "exclusions[0]: does not touch the site" in caplog.text
    assert "check its coordinates" in caplog.text


def test_slivers_are_left_out_with_a_warning(case, write, caplog):
    case["config"]["exclusions"] = [{"polygon": [[0, 0.0001], [2000, 0.0001], [2000, 2], [0, 2]]}]
    site = load_problem(write(case)).site
    assert len(site.polygons) == 1
    assert "1 sliver of" in caplog.text
    assert np.isclose(site.area.bounds[1], 2)


@pytest.mark.parametrize(
    ("exclusion", "where", "problem", "cure"),
    [
        ({}, "exclusions.0", "holds no shape", "give one of polygon, point, line and file"),
        ({"point": [1, 2], "line": [[1, 2], [3, 4]]}, "exclusions.0", "point and line", "one of"),
        ({"point": [1, 2]}, "exclusions.0", "a point has no area", "add distance_m"),
        ({"line": [[1, 2], [3, 4]]}, "exclusions.0", "a line has no area", "add distance_m"),
        ({"point": [1, 2], "distance": 3}, "exclusions.0.distance", "unknown key", "distance_m"),
        ({"point": [1, 2], "distance_m": -3}, "distance_m", "-3", "distance kept from the shape"),
        ({"line": [[1, 2]], "distance_m": 3}, "exclusions.0.line", "[[1, 2]]", "at least 2"),
        ({"polygon": [[0, 0], [9, 9]]}, "exclusions.0.polygon", "[[0, 0], [9, 9]]", "at least 3"),
        ({"polygon": [[0, 0], [9, 9], [0, 0]]}, "exclusions[0]", "2 distinct vertices", "3 or"),
        (
            {"name": "reef", "polygon": [[0, 0], [9, 9], [9, 0], [0, 9]]},
            "exclusions[0]",
            "exclusion 'reef' is self-intersecting at (4.5, 4.5)",
            "repair_boundaries: true",
        ),
        (
            {"point": [1000, 500], "distance_m": 5000},
            "exclusions[0]",
            "cover the whole site of 2 km²",
            "leave some area",
        ),
    ],
)
def test_faults_of_an_exclusion(case, write, exclusion, where, problem, cure):
    case["config"]["exclusions"] = [exclusion]
    faults = faults_of(case, write)
    assert any(
        where in fault.where and problem in fault.problem and cure in fault.cure for fault in faults
    ), faults


def test_faults_of_all_exclusions_come_at_once(case, write):
    bow_tie = [[0, 0], [9, 9], [9, 0], [0, 9]]
    case["config"]["exclusions"] = [{"polygon": bow_tie}, {"polygon": [[0, 0], [1, 1], [2, 2]]}]
    assert {fault.where for fault in faults_of(case, write)} == {"exclusions[0]", "exclusions[1]"}


def test_sliver_of_a_boundary_is_a_fault(case, write):
    case["site"]["boundaries"] = {"polygons": [{"x": [0, 0.2, 0.2, 0], "y": [0, 0, 0.1, 0.1]}]}
    (fault,) = faults_of(case, write)
    assert fault.where == "site.yaml: boundaries"
    assert fault.cure == "give coordinates in metres, not degrees or kilometres"
