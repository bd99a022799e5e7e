"""A place is worth what it is said to be worth, and no move breaks a rule."""

from dataclasses import replace

import numpy as np
import pytest

from windopt.problem.boundary import boundary_violation
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.search.clock import clock
from windopt.search.context import SearchContext
from windopt.search.destroy_repair import (
    choose_removed,
    destroy_and_repair,
    draw_places,
    draw_sample,
    greedy_layout,
)
from windopt.search.refine import refine
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import InsertionSettings, SearchSettings
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.swirl import Swirl
from windopt.surrogate.wake_flow import FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape

SWIRL = Swirl(0.58, 0.077, 0.38, 0.004, ad=-4.0, bd=-0.01, dm=1.0)


@pytest.fixture(scope="module")
def objective(small: LayoutProblem, small_surrogate: Surrogate) -> Objective:
    return Objective.of(small, small_surrogate)


@pytest.fixture(scope="module")
def start(small: LayoutProblem) -> FloatArray:
    assert small.initial_layout is not None
    return repair(small, small.initial_layout)


@pytest.fixture(scope="module")
def sampler(small: LayoutProblem, small_surrogate: Surrogate, start: FloatArray) -> RoseSampler:
    return RoseSampler.of(Objective.of(small, small_surrogate), start)


@pytest.fixture(scope="module")
def context(objective: Objective, sampler: RoseSampler) -> SearchContext:
    return SearchContext(objective, sampler, SearchSettings())


def place_gains(
    objective: Objective, layout: FloatArray, sampler: RoseSampler
) -> tuple[FloatArray, FloatArray]:
    """Give the gains of moving turbine 4 to many places: to first order, and in full."""
    rng = np.random.default_rng(0)
    drawn = draw_places(objective.problem, layout[4:5], InsertionSettings(places=60), rng)
    places = np.vstack([layout[4:5], drawn])
    kept = np.delete(np.arange(len(layout)), 4)
    conditions = sampler.draw(80, rng)
    quick = objective.place_values(layout, kept, 4, places, conditions)
    moved = np.repeat(layout[None], len(places), axis=0)
    moved[:, 4] = places
    full = objective.rates(moved, conditions)
    return quick - quick[0], full - full[0]


def test_gain_of_a_place_is_that_of_a_full_evaluation_to_first_order(
    objective: Objective, start: FloatArray, sampler: RoseSampler
) -> None:
    quick, full = place_gains(objective, start, sampler)
    assert np.corrcoef(quick, full)[0, 1] > 0.95
    assert np.abs(quick - full).mean() < 0.25 * np.abs(full).mean()


@pytest.mark.parametrize("superposition", ["sosfs", "fls", "max"])
@pytest.mark.parametrize(
    "shape",
    [KernelShape(), KernelShape(profile="super"), KernelShape(profile="edge")],
    ids=["gaussian", "learned exponent", "hard edge"],
)
@pytest.mark.parametrize("special", ["plain", "mirror", "mixing", "shear", "cumulative", "swirl"])
def test_two_turbines_are_valued_exactly(
    small: LayoutProblem, superposition: str, shape: KernelShape, special: str
) -> None:
    """With nobody third to be slowed down in turn, first order is all there is."""
    physics = FarmPhysics(
        small.turbines,
        1.225,
        wind_shear=0.1 if special == "shear" else 0.0,
        superposition=superposition,
        mirror=special == "mirror",
        mixing=special == "mixing",
        cumulative=special == "cumulative",
        swirl=SWIRL if special == "swirl" else None,
    )
    pair = replace(small, n_turbines=2, types=np.zeros(2, dtype=int))
    objective = Objective.of(pair, Surrogate(physics, "any", shape))
    rng = np.random.default_rng(1)
    layout = rng.uniform(0.0, 3000.0, (2, 2))
    places = rng.uniform(0.0, 3000.0, (30, 2))
    sampler = RoseSampler.of(objective, layout)
    conditions = sampler.draw(40, rng)
    quick = objective.place_values(layout, np.array([0]), 1, places, conditions)
    moved = np.stack([np.stack([layout[0], place]) for place in places])
    full = objective.rates(moved, conditions)
    np.testing.assert_allclose(quick, full, rtol=1e-6)


def test_neighbours_are_felt_and_counted_as_asked(
    small: LayoutProblem, small_surrogate: Surrogate, start: FloatArray, sampler: RoseSampler
) -> None:
    near = replace(
        small, fixed_layout=np.array([[2000.0, -900.0]]), fixed_types=np.zeros(1, dtype=int)
    )
    conditions = sampler.draw(80, np.random.default_rng(0))
    alone, felt, counted = (
        Objective.of(problem, small_surrogate).rates(start[None], conditions)[0]
        for problem in (small, near, replace(near, fixed_counted=True))
    )
    assert felt < alone < counted
    for counts in (False, True):
        crowd = Objective.of(replace(near, fixed_counted=counts), small_surrogate)
        _, gradient = crowd.rate_and_gradient(start, conditions)
        nudge = np.zeros_like(start)
        nudge[3, 1] = 1e-3
        rise = np.diff(crowd.rates(np.stack([start - nudge, start + nudge]), conditions))
        assert gradient.shape == start.shape
        assert gradient[3, 1] == pytest.approx(float(rise[0]) / 2e-3, rel=1e-3)
        quick, full = place_gains(crowd, start, sampler)
        assert np.corrcoef(quick, full)[0, 1] > 0.95


@pytest.mark.parametrize("seed", range(4))
def test_moves_keep_a_layout_feasible(context: SearchContext, start: FloatArray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    group = choose_removed(start, rng, largest=5)
    assert 1 <= len(set(group.tolist())) == len(group) <= 5
    moved = destroy_and_repair(context, start, group, draw_sample(context, rng), rng)
    assert check_feasibility(context.problem, moved).feasible
    stayed = np.delete(np.arange(len(start)), group)
    np.testing.assert_array_equal(moved[stayed], start[stayed])


def test_relocating_one_gains_where_a_turbine_stands_badly(
    context: SearchContext, objective: Objective, start: FloatArray
) -> None:
    """The given farm stands in one corner of the site; its middle turbine has better places."""
    rng = np.random.default_rng(0)
    sample = draw_sample(context, rng)
    moved = destroy_and_repair(context, start, np.array([4]), sample, rng)
    assert objective.value(moved) > 1.005 * objective.value(start)


def test_turbine_that_may_stay_moves_only_where_that_is_better_in_what_decides(
    context: SearchContext, objective: Objective, sampler: RoseSampler
) -> None:
    """Screened in one condition, places are as good as drawn by lot: most turbines had to move."""
    rng = np.random.default_rng(0)
    good = greedy_layout(context, draw_sample(context, rng), rng)
    assert good is not None
    had_to, may = [], []
    for turbine in range(len(good)):
        rng = np.random.default_rng(turbine)
        sample = replace(draw_sample(context, rng), screen=sampler.draw(1, rng))
        before = objective.rates(good[None], sample.decide)[0]
        for stays, changes in ((False, had_to), (True, may)):
            one = np.array([turbine])
            moved = destroy_and_repair(context, good, one, sample, rng, may_stay=stays)
            after = objective.rates(moved[None], sample.decide)[0]
            changes.append(float(after / before - 1.0))
    assert min(had_to) < -1e-4
    assert min(may) >= -1e-9


def test_greedy_layout_is_feasible_and_beats_the_given_one(
    context: SearchContext, objective: Objective, start: FloatArray
) -> None:
    rng = np.random.default_rng(0)
    layout = greedy_layout(context, draw_sample(context, rng), rng)
    assert layout is not None
    assert check_feasibility(objective.problem, layout).feasible
    assert objective.value(layout) > 1.01 * objective.value(start)


def test_greedy_gives_up_where_nobody_fits(
    small: LayoutProblem, small_surrogate: Surrogate, sampler: RoseSampler
) -> None:
    crowded = replace(small, min_spacing_d=14.0)
    rng = np.random.default_rng(0)
    crowd = SearchContext(Objective.of(crowded, small_surrogate), sampler, SearchSettings())
    assert greedy_layout(crowd, draw_sample(crowd, rng), rng) is None


def test_places_lie_on_the_site(small: LayoutProblem, start: FloatArray) -> None:
    places = draw_places(small, start, InsertionSettings(places=500), np.random.default_rng(0))
    assert 450 <= len(places) <= 550
    assert boundary_violation(places, small.site).max() < 1e-6


def test_refinement_gains_and_stays_feasible_where_rules_bind(
    small: LayoutProblem, small_surrogate: Surrogate, start: FloatArray
) -> None:
    """The given farm, pushed apart to the least spacing and onto the boundary."""
    tight = replace(small, min_spacing_d=2.7)
    objective = Objective.of(tight, small_surrogate)
    layout = repair(tight, start)
    refined = refine(objective, layout, objective.rose, 15)
    assert check_feasibility(tight, refined).feasible
    assert objective.value(refined) > 1.001 * objective.value(layout)
    assert np.hypot(*(refined - layout).T).max() < 1.5 * tight.rotor_diameter
    np.testing.assert_array_equal(refine(objective, layout, objective.rose, 15, clock(0.0)), layout)
