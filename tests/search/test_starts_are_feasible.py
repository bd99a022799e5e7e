"""The search starts from feasible layouts: random ones, and grids that are grids."""

from concurrent.futures import Executor
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import shapely
from scipy.spatial.distance import pdist

from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm, ellipse_metric
from windopt.search.grids import random_grid
from windopt.search.patterns import optimise
from windopt.search.solution import Solution
from windopt.surrogate.surrogate import Surrogate


def is_lattice(layout: FloatArray, min_spacing: float, tolerance: float = 1e-6) -> bool:
    """Whether all positions are whole steps of one cell apart, and the cell no tiny one."""
    steps = layout - layout[0]
    differences = (layout[:, None] - layout[None]).reshape(-1, 2)
    length = np.hypot(*differences.T)
    differences = differences[(length > 1e-6) & (length < 3 * length[length > 1e-6].min())]
    for a, b in combinations(differences, 2):
        cell = np.stack([a, b])
        if abs(np.linalg.det(cell)) < 0.5 * min_spacing**2:
            continue
        whole = steps @ np.linalg.inv(cell)
        if np.abs(whole - whole.round()).max() < tolerance:
            return True
    return False


def test_the_test_of_grids_tells_grids() -> None:
    rng = np.random.default_rng(0)
    cell = np.array([[500.0, 30.0], [200.0, 700.0]])
    steps = np.stack(np.divmod(np.arange(12), 4), axis=1)
    grid = steps @ cell
    assert is_lattice(grid, 396)
    assert is_lattice(np.delete(grid, [3, 6], axis=0), 396)
    assert not is_lattice(grid + rng.normal(0, 1.0, grid.shape), 396)
    assert not is_lattice(rng.uniform(0, 3000, (12, 2)), 396)


@pytest.mark.parametrize("n_turbines", [1, 2, 9, 16])
def test_random_layouts_are_feasible_and_spread(small: LayoutProblem, n_turbines: int) -> None:
    problem = replace(small, n_turbines=n_turbines, initial_layout=None)
    layouts = [random_layout(problem, np.random.default_rng(seed)) for seed in range(4)]
    for layout in layouts:
        assert check_feasibility(problem, layout).feasible
    assert not np.array_equal(layouts[0], layouts[1])
    if n_turbines == 9:
        assert min(pdist(layout).min() for layout in layouts) > 2.5 * small.turbine.rotor_diameter


@pytest.mark.parametrize("n_turbines", [5, 9, 14])
def test_grid_is_regular_feasible_and_of_exactly_n(
    quick: LayoutProblem, small_surrogate: Surrogate, pool: Executor, n_turbines: int
) -> None:
    problem = replace(
        quick,
        n_turbines=n_turbines,
        types=np.zeros(n_turbines, dtype=int),
        initial_layout=None,
    )
    little = problem.config.model_copy(
        update={
            "optimise": problem.config.optimise.model_copy(
                update={"steps": 4, "starts": 1, "patience": 0}
            )
        }
    )
    found: Solution = optimise(replace(problem, config=little), small_surrogate, executor=pool)
    assert found.grid is not None
    assert found.grid.shape == (n_turbines, 2)
    assert check_feasibility(problem, found.grid).feasible
    assert is_lattice(found.grid, problem.min_spacing_m)


def test_site_without_room_for_a_grid_is_searched_all_the_same(
    quick: LayoutProblem, small_surrogate: Surrogate
) -> None:
    """In parcels a turbine wide no grid fits, and single turbines do."""
    places = np.random.default_rng(3).uniform(0, 20_000, (9, 2))
    parcels = [shapely.Point(*place).buffer(30.0) for place in places]
    problem = replace(
        quick, site=Site("islands", shapely.MultiPolygon(parcels)), initial_layout=None
    )
    found = optimise(problem, small_surrogate, seed=0)
    assert found.grid is None
    assert check_feasibility(problem, found.layout).feasible
    assert {start.name for start in found.starts} == {"greedy-1", "random-1"}


def test_grids_keep_clear_of_neighbours_and_fill_an_ellipse(small: LayoutProblem) -> None:
    """A neighbour in the middle of the site, and a spacing twice as long along the wind."""
    near = replace(
        small, fixed_layout=np.array([[1500.0, 1500.0]]), fixed_types=np.zeros(1, dtype=int)
    )
    metric = ellipse_metric(2.0, 1.0, 270.0)
    stretched = replace(small, min_spacing_d=4.5, spacing_form=SpacingForm(metric))
    rng = np.random.default_rng(0)
    for problem in (near, stretched):
        grids = [random_grid(rng).layout(problem) for _ in range(40)]
        fitting = [layout for layout in grids if layout is not None]
        assert fitting
        assert all(check_feasibility(problem, layout).feasible for layout in fitting)
    circular = replace(small, min_spacing_d=4.5)
    rng = np.random.default_rng(0)
    grids = [random_grid(rng) for _ in range(40)]
    fit = [sum(g.layout(p) is not None for g in grids) for p in (circular, stretched)]
    assert fit[0] < fit[1]
