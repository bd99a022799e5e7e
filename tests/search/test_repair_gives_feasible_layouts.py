"""Whatever the layout, repair gives a feasible one close by, or says that it found none."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely.affinity import translate

from windopt.errors import InfeasibleError
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.site import Site

DISC = shapely.Point(0, 0).buffer(2000.0)
L_SHAPE = shapely.box(0, 0, 4000, 4000) - shapely.box(1500, 1500, 4000, 4000)
COMB = shapely.union_all(
    [shapely.box(0, 0, 4200, 500)]
    + [shapely.box(x, 0, x + 300, 3000) for x in range(0, 4200, 1300)]
)
SITES = {
    "disc": DISC,
    "concave": L_SHAPE,
    "comb": COMB,
    "ring": DISC - shapely.Point(0, 0).buffer(1500.0),
    "disc with holes": DISC
    - shapely.box(-900, -900, -300, 900)
    - shapely.box(300, -200, 1500, 200),
    "parcels": shapely.union_all(
        [translate(shapely.box(0, 0, 900, 900), 2500 * i, 0) for i in range(3)]
    ),
    "national grid": translate(L_SHAPE, 502_300.0, 5_716_700.0),
}


def on(problem: LayoutProblem, name: str, n_turbines: int = 9) -> LayoutProblem:
    area = SITES[name]
    parts = area.geoms if isinstance(area, shapely.MultiPolygon) else [area]
    site = Site(name, shapely.MultiPolygon(list(parts)))
    return replace(problem, site=site, n_turbines=n_turbines, initial_layout=None)


def assert_feasible(problem: LayoutProblem, layout: FloatArray) -> None:
    judged = check_feasibility(problem, layout)
    assert judged.feasible, judged
    assert judged.max_boundary_violation_m < 1e-6
    assert judged.min_spacing_d >= problem.min_spacing_d - 1e-9


@pytest.mark.parametrize("name", SITES)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    layout=arrays(np.float64, (9, 2), elements=st.floats(-6000, 10_000, width=32)),
    seed=st.integers(0, 3),
)
def test_any_layout_becomes_feasible(
    small: LayoutProblem, name: str, layout: FloatArray, seed: int
) -> None:
    problem = on(small, name)
    assert_feasible(problem, repair(problem, layout + np.array(problem.site.area.bounds[:2]), seed))


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize(
    "layout",
    [
        np.zeros((9, 2)),
        np.tile([1e7, -1e7], (9, 1)),
        np.repeat([[0.0, 0.0], [400.0, 0.0], [800.0, 0.0]], 3, axis=0),
        np.stack([np.linspace(0, 1, 9), np.zeros(9)], axis=1),
    ],
    ids=["on one spot", "far outside", "in threes", "a metre of turbines"],
)
def test_worst_layouts_become_feasible(small: LayoutProblem, name: str, layout: FloatArray) -> None:
    problem = on(small, name)
    assert_feasible(problem, repair(problem, layout))


def test_turbine_in_a_hole_steps_out_and_the_others_stay(small: LayoutProblem) -> None:
    assert small.initial_layout is not None
    fixed = repair(small, small.initial_layout)
    moved = np.hypot(*(fixed - small.initial_layout).T)
    assert_feasible(small, fixed)
    np.testing.assert_allclose(moved[[0, 3, 6]], 5.0, atol=1e-5)  # the row outside by 5 m
    assert moved[8] == pytest.approx(100.0)  # out of the exclusion, by its nearest side
    np.testing.assert_array_equal(moved[[1, 2, 4, 5, 7]], 0.0)


def test_turbines_too_close_step_apart_evenly(small: LayoutProblem) -> None:
    problem = on(small, "disc", 3)
    layout = np.array([[-100.0, 0.0], [100.0, 0.0], [0.0, 1500.0]])
    np.testing.assert_allclose(
        repair(problem, layout), [[-198.0, 0.0], [198.0, 0.0], [0.0, 1500.0]], atol=1e-3
    )


def test_feasible_layout_is_left_alone(small: LayoutProblem) -> None:
    assert small.initial_layout is not None
    fixed = repair(small, small.initial_layout)
    np.testing.assert_array_equal(repair(small, fixed), fixed)


def test_turbines_keep_their_order_when_one_has_to_jump(small: LayoutProblem) -> None:
    """Four turbines on a spit of three places: who finds none goes to the parcel beside it."""
    spit = shapely.box(0, 0, 850, 10)
    site = Site("spit", shapely.MultiPolygon([spit, shapely.box(2000, 0, 5000, 3000)]))
    problem = replace(small, site=site, n_turbines=5, initial_layout=None)
    layout = np.array([[0.0, 5], [400, 5], [600, 5], [800, 5], [4000, 1000]])
    fixed = repair(problem, layout)
    assert_feasible(problem, fixed)
    assert (fixed[:4, 0] < 1000).sum() in (2, 3)
    np.testing.assert_array_equal(fixed[4], layout[4])
    assert np.hypot(*(fixed[0] - layout[0])) < 100


def test_same_seed_same_layout(small: LayoutProblem) -> None:
    problem, layout = on(small, "comb"), np.zeros((9, 2))
    np.testing.assert_array_equal(repair(problem, layout, 5), repair(problem, layout, 5))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(side=st.floats(350, 900), seed=st.integers(0, 100))
def test_crowded_site_gives_a_feasible_layout_or_an_error(
    small: LayoutProblem, side: float, seed: int
) -> None:
    site = Site("crowded", shapely.MultiPolygon([shapely.box(0, 0, side, side)]))
    problem = replace(small, site=site, n_turbines=4, initial_layout=None)
    layout = np.random.default_rng(seed).uniform(0, side, (4, 2))
    try:
        fixed = repair(problem, layout)
    except InfeasibleError:
        assert side < 700  # four turbines 396 m apart fit on a square of 396 m, but hardly
    else:
        assert_feasible(problem, fixed)


def test_impossible_is_said_with_the_cure(small: LayoutProblem) -> None:
    site = Site("yard", shapely.MultiPolygon([shapely.box(0, 0, 300, 300)]))
    problem = replace(small, site=site, n_turbines=3, initial_layout=None)
    with pytest.raises(
        InfeasibleError, match=r"no place for turbine \d of 3 on site 'yard' at 2 D.*fewer turbines"
    ):
        repair(problem, np.zeros((3, 2)))
