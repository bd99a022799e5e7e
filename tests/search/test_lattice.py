"""Lattices: their rows are the engineer's, and their points those on the site."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from windopt.problem.lattice import Lattice, open_area, points_on_site, reduced_steps
from windopt.problem.problem import LayoutProblem

steps = st.floats(-3000, 3000)
cells = st.tuples(steps, steps, steps, steps).map(lambda c: np.reshape(c, (2, 2)))


def test_rows_have_spacing_bearing_and_stagger() -> None:
    """Rows to the north-east, 1,000 m in the row, 1,500 m apart, the right one 300 m ahead."""
    along, right = np.array([1.0, 1.0]) / np.sqrt(2), np.array([1.0, -1.0]) / np.sqrt(2)
    cell = np.stack([1000 * along, 300 * along + 1500 * right])
    for steps in ([[1, 0], [0, 1]], [[-1, 0], [0, -1]], [[1, 1], [0, 1]], [[2, 1], [1, 1]]):
        lattice = Lattice(np.zeros(2), np.array(steps) @ cell)
        assert lattice.spacing_in_row == pytest.approx(1000)
        assert lattice.row_spacing == pytest.approx(1500)
        assert lattice.bearing == pytest.approx(45)
        assert lattice.stagger == pytest.approx(0.3)


@given(cells.filter(lambda cell: abs(np.linalg.det(cell)) > 1e4))
def test_reduced_cell_makes_the_same_points_by_the_shortest_steps(cell: np.ndarray) -> None:
    steps = reduced_steps(cell)
    assert abs(round(np.linalg.det(steps))) == 1
    a, b = steps @ cell
    assert abs(a @ b) <= 0.5 * (a @ a) * (1 + 1e-6)
    assert a @ a <= (b @ b) * (1 + 1e-9)


@settings(deadline=None)
@given(cells.filter(lambda cell: abs(np.linalg.det(cell)) > 1e5), st.integers(0, 1000))
def test_nearest_point_is_nearest(cell: np.ndarray, seed: int) -> None:
    lattice = Lattice(np.array([40.0, -70.0]), cell)
    place = np.random.default_rng(seed).uniform(-2000, 2000, (1, 2))
    found = np.hypot(*(lattice.points(lattice.nearest(place)) - place).T)[0]
    reduced = Lattice(lattice.origin, reduced_steps(cell) @ cell)
    j, i = np.mgrid[-4:5, -4:5]
    around = reduced.nearest(place) + np.stack([i.ravel(), j.ravel()], axis=1)
    assert found <= np.hypot(*(reduced.points(around) - place).T).min() + 1e-6


def test_points_lie_on_the_site_clear_of_neighbours(small: LayoutProblem) -> None:
    lattice = Lattice(np.array([50.0, 60.0]), np.array([[400.0, 30.0], [-90.0, 450.0]]))
    points = lattice.points(points_on_site(small, lattice))
    assert shapely.intersects_xy(small.site.area, *points.T).all()
    j, i = np.mgrid[-30:31, -30:31]
    every = lattice.points(np.stack([i.ravel(), j.ravel()], axis=1))
    assert len(points) == shapely.intersects_xy(small.site.area, *every.T).sum()
    near = replace(small, fixed_layout=points[:1], fixed_types=np.zeros(1, dtype=int))
    assert len(points_on_site(near, lattice)) < len(points)
    assert open_area(near) < open_area(small)
