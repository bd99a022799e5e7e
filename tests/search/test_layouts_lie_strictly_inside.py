"""What is found lies strictly inside the site, as written too; what is given is left alone."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import shapely
import shapely.affinity

from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import write_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair, settle
from windopt.problem.site import Site

PARTS = {
    "square": shapely.box(0, 0, 2000, 2000),
    "far from the origin": shapely.box(500_000, 5_700_000, 502_000, 5_702_000),
    "slanted": shapely.Polygon([(0, 0), (2100, 300), (1700, 2200), (-400, 1800)]),
    "with a hole": shapely.box(0, 0, 2000, 2000) - shapely.box(700, 700, 1300, 1300),
    "two": shapely.MultiPolygon([shapely.box(0, 0, 900, 2000), shapely.box(1300, 0, 2200, 2000)]),
}


def on(problem: LayoutProblem, area: shapely.Geometry, n_turbines: int) -> LayoutProblem:
    parts = list(shapely.get_parts(area))
    types = np.zeros(n_turbines, dtype=np.intp)
    site = Site("site", shapely.MultiPolygon(parts))
    return replace(problem, site=site, n_turbines=n_turbines, types=types, initial_layout=None)


def read_back(path, layout):
    write_layout_csv(path, layout)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return shapely.points([(float(row["x"]), float(row["y"])) for row in rows])


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("off", [0.0, 1e-4, -1e-7, 0.9e-3], ids=["on", "0.1 mm", "in", "0.9 mm"])
def test_settled_layouts_lie_strictly_inside_as_written(small, tmp_path, name, off):
    area = PARTS[name]
    problem = replace(on(small, area, 5), min_spacing_d=1.0)
    low = np.array(area.bounds[:2])
    places = np.array([[-500.0, 600], [600, -300], [2500, 900], [1000, 2500], [1000, 760]])
    rim = shapely.get_coordinates(
        shapely.shortest_line(problem.site.area.boundary, shapely.points(places + low))
    )[::2]
    outward = rim - np.array(problem.site.area.centroid.coords[0])
    layout = rim + off * outward / np.hypot(*outward.T)[:, None]
    settled = settle(problem, layout)
    assert check_feasibility(problem, layout).feasible
    assert np.hypot(*(settled - layout).T).max() < 2e-3
    assert check_feasibility(problem, settled).feasible
    for shape in (problem.site.area, area):
        assert shapely.within(read_back(tmp_path / "layout.csv", settled), shape).all()
    np.testing.assert_array_equal(settle(problem, settled), settled)


def test_repaired_layouts_lie_strictly_inside_as_written(small, tmp_path):
    problem = on(small, PARTS["with a hole"], 9)
    for seed in range(5):
        rough = np.random.default_rng(seed).uniform(-500, 2500, (9, 2))
        fixed = repair(problem, rough)
        points = read_back(tmp_path / "layout.csv", fixed)
        assert shapely.within(points, problem.site.area).all()


@pytest.mark.parametrize("corner", [(0.0, 0.0), (512_345.678, 5_712_345.678)])
def test_turbines_that_just_fit_stay_feasible_and_come_inside(small, tmp_path, corner):
    """Nine turbines on a square of two spacings by two: the tolerance of the spacing is used."""
    side = small.min_spacing_m
    problem = on(small, shapely.box(*corner, *(np.array(corner) + 2 * side)), 9)
    fit = np.stack(np.meshgrid(*[side * np.arange(3)] * 2), axis=-1).reshape(-1, 2) + corner
    assert check_feasibility(problem, fit).feasible
    np.testing.assert_array_equal(repair(problem, fit), fit)
    settled = settle(problem, fit)
    judged = check_feasibility(problem, settled)
    assert judged.feasible
    assert judged.max_boundary_violation_m == 0
    points = read_back(tmp_path / "layout.csv", settled)
    assert shapely.within(points, problem.site.area).all()


def test_feasible_layout_on_the_boundary_is_left_as_given(small):
    problem = on(small, PARTS["square"], 3)
    given = np.array([[0.0, 0.0], [2000.0, 1000.0], [1000.0, 2000.0005]])
    np.testing.assert_array_equal(repair(problem, given), given)


def test_site_narrower_than_a_hair_is_its_own_inner_part():
    site = Site("thread", shapely.MultiPolygon([shapely.box(0, 0, 5e5, 4e-6)]))
    assert site.inner is site.area


def test_zero_is_written_without_a_sign(tmp_path):
    path = tmp_path / "layout.csv"
    write_layout_csv(path, np.array([[-1e-9, 0.0], [-0.0, -4e-7], [-1e-6, 2.0]]))
    assert path.read_text().splitlines()[1:] == [
        "0.000000,0.000000",
        "0.000000,0.000000",
        "-0.000001,2.000000",
    ]


TURNED = shapely.affinity.rotate(shapely.box(0, 0, 2, 1), 31.0, origin=(0, 0))
TIGHT = {
    "3 x 3 on a square": (shapely.box(0, 0, 2, 2), 9),
    "3 x 2, turned": (TURNED, 6),
    "a triangle of 6": (shapely.Polygon([(0, 0), (2, 0), (1, np.sqrt(3))]), 6),
    "two on a line": (shapely.box(0, 0, 1, 1e-3), 2),
    "4 and 2 on parcels": (
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 0, 6, 0.5)]),
        6,
    ),
}


@pytest.mark.parametrize("name", TIGHT)
@pytest.mark.parametrize("corner", [(0.0, 0.0), (512_345.678, 5_712_345.678)])
def test_turbines_that_just_fit_are_set_down_from_anywhere(small, tmp_path, name, corner):
    area, n_turbines = TIGHT[name]
    scale = small.min_spacing_m
    area = shapely.affinity.affine_transform(area, [scale, 0, 0, scale, *corner])
    problem = on(small, area, n_turbines)
    for seed in range(3):
        rough = np.random.default_rng(seed).uniform(0, scale, (n_turbines, 2)) + corner
        fixed = repair(problem, rough, seed)
        assert check_feasibility(problem, fixed).feasible
        points = read_back(tmp_path / "layout.csv", fixed)
        assert shapely.within(points, problem.site.area).all()
    assert check_feasibility(problem, random_layout(problem, np.random.default_rng(0))).feasible
