"""Repair keeps ellipses, types, exclusions and fixed turbines, on sites of any form."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from windopt.errors import InfeasibleError, LayoutError
from windopt.problem.boundary import BOUNDARY_TOLERANCE_M
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import relax, repair
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm, ellipse_metric
from windopt.readers.checks import check_turbine_count


@st.composite
def sites(draw: st.DrawFn) -> Site:
    """One or two star-shaped parcels of some 1 to 3 km, with or without holes."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    parcels = []
    for number in range(draw(st.integers(1, 2))):
        angle = np.sort(rng.uniform(0, 2 * np.pi, draw(st.integers(4, 10))))
        angle += np.linspace(0, 1e-3, len(angle))
        radius = rng.uniform(500, 1700, len(angle))
        east, north = 5000 * number + radius * np.cos(angle), radius * np.sin(angle)
        parcel = shapely.make_valid(shapely.Polygon(np.stack([east, north], axis=1)))
        for _ in range(draw(st.integers(0, 2))):
            hole = shapely.Point(*rng.uniform(-1200, 1200, 2)).buffer(rng.uniform(50, 300))
            parcel = parcel.difference(hole)
        parcels.append(parcel)
    area = shapely.union_all(parcels)
    parts = [part for part in shapely.get_parts(area) if part.area > 1]
    return Site("drawn", shapely.MultiPolygon([p for p in parts if p.geom_type == "Polygon"]))


@st.composite
def problems(draw: st.DrawFn, small: LayoutProblem, mixed: LayoutProblem) -> LayoutProblem:
    """Problems of 1 to 18 turbines under any rule, some of them beside fixed turbines."""
    by_type = draw(st.booleans())
    base = mixed if by_type else small
    n, n_fixed = draw(st.integers(1, 18)), draw(st.integers(0, 3))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    across = draw(st.floats(0.3, 1.0))
    share = np.array([[1.0, 0.6], [0.6, 0.8]]) if by_type else None
    kinds = rng.integers(0, len(base.turbines), n + n_fixed)
    return replace(
        base,
        site=draw(sites()),
        n_turbines=n,
        types=kinds[:n],
        min_spacing_d=draw(st.floats(1.5, 4.0)),
        spacing_form=SpacingForm(ellipse_metric(1.0, across, draw(st.floats(0, 360))), share),
        initial_layout=None,
        fixed_layout=rng.uniform(-2500, 2500, (n_fixed, 2)),
        fixed_types=kinds[n:],
    )


def fits(problem: LayoutProblem) -> bool:
    """Whether the turbines take no more than a third of what the site can hold at the very most."""
    counts = 3 * problem.turbine_counts
    fixed = problem.fixed_layout, problem.fixed_types
    return not list(check_turbine_count(problem.site, counts, problem.spacing, *fixed))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_result_is_feasible_or_there_is_an_error(
    small: LayoutProblem, mixed: LayoutProblem, data: st.DataObject, seed: int
) -> None:
    problem = data.draw(problems(small, mixed))
    layout = np.random.default_rng(seed).normal(0, 2000, (problem.n_turbines, 2))
    before = layout.copy()
    try:
        fixed = repair(problem, layout, seed)
    except InfeasibleError:
        assert not fits(problem)
    else:
        judged = check_feasibility(problem, fixed)
        assert judged.feasible, judged
        assert judged.max_boundary_violation_m < 1e-6
        assert judged.spacing_kept >= 1 - 1e-9
        # repairing twice, or another time, is the same
        np.testing.assert_array_equal(repair(problem, fixed, seed), fixed)
        np.testing.assert_array_equal(repair(problem, layout, seed), fixed)
    np.testing.assert_array_equal(layout, before)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_relaxed_layout_lies_on_the_site(
    small: LayoutProblem, mixed: LayoutProblem, data: st.DataObject, seed: int
) -> None:
    problem = data.draw(problems(small, mixed))
    layout = np.random.default_rng(seed).normal(0, 2000, (problem.n_turbines, 2))
    for rounds in (1, 5):
        judged = check_feasibility(problem, relax(problem, layout, rounds))
        assert judged.max_boundary_violation_m < BOUNDARY_TOLERANCE_M / 1000


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    across=st.floats(0.2, 1.0),
    wind=st.floats(0, 360),
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
)
def test_pair_parts_evenly_to_just_the_rule(
    small: LayoutProblem, across: float, wind: float, x: float, y: float
) -> None:
    form = SpacingForm(ellipse_metric(1.0, across, wind))
    problem = replace(small, spacing_form=form, n_turbines=2)
    layout = np.array([[0.0, 0.0], [x, y]])
    kinds = np.zeros(2, dtype=np.intp)
    moved = problem.least_spacing.project(layout)
    if problem.spacing.ratio(layout, kinds) >= 1:
        np.testing.assert_array_equal(moved, layout)
        return
    assert problem.spacing.ratio(moved, kinds) == pytest.approx(1, abs=1e-8)
    np.testing.assert_allclose(moved.mean(axis=0), layout.mean(axis=0), atol=1e-6)
    # along the gradient the way is no longer than along the line between the two
    radially = np.hypot(x, y) * (1 / max(problem.spacing.ratio(layout, kinds), 1e-9) - 1)
    way = np.hypot(*(moved[1] - moved[0] - layout[1]))
    assert way <= radially + 1e-3 or problem.spacing.ratio(layout, kinds) < 1e-6


def test_turbine_leaves_a_fixed_one_all_the_way(small: LayoutProblem) -> None:
    there = np.array([[2000.0, 1000.0]])
    problem = replace(small, fixed_layout=there, fixed_types=np.zeros(1, dtype=np.intp))
    layout = np.array([[2100.0, 1000.0], [200.0, 200.0]])
    problem = replace(problem, n_turbines=2)
    fixed: FloatArray = repair(problem, layout)
    np.testing.assert_allclose(fixed, [[2396.0, 1000.0], [200.0, 200.0]], atol=1e-4)


def test_turbine_walled_in_by_fixed_ones_is_set_down_elsewhere(small: LayoutProblem) -> None:
    ring = 390 * np.exp(2j * np.pi * np.arange(6) / 6)
    wall = np.stack([1000 + ring.real, 2000 + ring.imag], axis=1)
    problem = replace(
        small, n_turbines=1, fixed_layout=wall, fixed_types=np.zeros(6, dtype=np.intp)
    )
    fixed = repair(problem, np.array([[1000.0, 2000.0]]))
    assert check_feasibility(problem, fixed).feasible
    assert np.hypot(*(fixed[0] - [1000, 2000])) < 900


def test_types_must_be_known_where_the_spacing_depends_on_them(mixed: LayoutProblem) -> None:
    share = np.array([[1.0, 0.6], [0.6, 0.8]])
    problem = replace(mixed, spacing_form=SpacingForm(share=share))
    with pytest.raises(LayoutError, match="of 4 turbines the types are not known"):
        repair(problem, np.zeros((4, 2)))
