"""Feasibility is exact geometry with stated tolerances, and the packing bound is a bound."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from windopt.problem.boundary import boundary_violation
from windopt.problem.constraints import check_feasibility, spacing
from windopt.problem.site import Site
from windopt.readers.checks import most_turbines
from windopt.readers.load import load_problem


def site(*polygons):
    return Site("test", shapely.MultiPolygon(list(polygons)))


@pytest.fixture
def problem(case, write):
    return load_problem(write(case))


def test_violation_is_the_distance_to_the_nearest_parcel():
    area = site(shapely.box(0, 0, 100, 100), shapely.box(300, 0, 400, 100))
    layout = np.array([[50.0, 50], [100, 100], [110, 50], [280, 50], [403, 104]])
    np.testing.assert_allclose(boundary_violation(layout, area), [0, 0, 10, 20, 5])


def test_violation_takes_batches():
    layouts = np.zeros((2, 3, 5, 2))
    layouts[1, 2, 4] = [-7, 0]
    violation = boundary_violation(layouts, site(shapely.box(0, 0, 1, 1)))
    assert violation.shape == (2, 3, 5)
    assert violation.sum() == violation[1, 2, 4] == 7


def test_violation_in_a_hole_is_the_way_out():
    ring = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    assert boundary_violation(np.array([[45.0, 50.0]]), site(ring)) == [5]


@given(st.integers(2, 12), st.integers(0, 10_000))
def test_spacing_is_the_nearest_of_all_pairs(n, seed):
    layout = np.random.default_rng(seed).uniform(0, 1000, (n, 2))
    pairs = np.linalg.norm(layout[:, None] - layout[None], axis=-1) + np.diag([np.inf] * n)
    np.testing.assert_allclose(spacing(layout), pairs.min(axis=1))


def test_lone_turbine_has_all_the_space():
    assert spacing(np.zeros((1, 2))) == [np.inf]


def test_turbines_in_one_place_have_none():
    np.testing.assert_array_equal(spacing(np.zeros((3, 2))), [0, 0, 0])


@pytest.mark.parametrize(
    ("layout", "feasible"),
    [
        ([[0, 0], [160, 0], [320, 0]], True),
        ([[0, 0], [159.99, 0], [320, 0]], False),
        ([[0, 0], [160 - 1e-5, 0], [320, 0]], True),
        ([[-0.0009, 0], [160, 0], [320, 0]], True),
        ([[-0.0011, 0], [160, 0], [320, 0]], False),
        ([[0, np.nan], [160, 0], [320, 0]], False),
    ],
)
def test_tolerances_are_a_millimetre_and_a_millionth_of_a_diameter(problem, layout, feasible):
    assert check_feasibility(problem, np.array(layout, dtype=float)).feasible is feasible


def test_feasibility_states_the_worst_figures(problem):
    figures = check_feasibility(problem, np.array([[-3.0, 0], [0, 4], [1000, 500]]))
    assert figures.max_boundary_violation_m == 3
    assert figures.min_spacing_d == 5 / 80


def test_layout_of_another_size_is_a_mistake(problem):
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        check_feasibility(problem, np.zeros((2, 2)))


@pytest.mark.parametrize("width", [0.01, 1, 3.3, 20])
def test_packing_bound_is_above_regular_packings_and_near_them(width):
    rows = int(width / (np.sqrt(3) / 2)) + 1
    hexagonal = sum(int(width - 0.5 * (row % 2) + 1) for row in range(rows))
    fitting = max(hexagonal, (int(width) + 1) ** 2)
    bound = most_turbines(site(shapely.box(0, 0, width, width)), 1.0)
    assert fitting <= bound <= 1.25 * fitting


def test_packing_bound_knows_a_concave_site():
    ring = shapely.box(0, 0, 100, 100).difference(shapely.box(1, 1, 99, 99))
    assert 400 <= most_turbines(site(ring), 1.0) < 1.5 * 2 * 400
    full = most_turbines(site(shapely.box(0, 0, 100, 100)), 1.0)
    assert full > 10_000
