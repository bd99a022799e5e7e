"""The search goes where the wind is, and weighs it against wakes."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from windopt.floris.alone import wake_free_aep
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import random_points
from windopt.problem.speed_up import SpeedUp
from windopt.search.ascent import Ascent, ascend
from windopt.search.context import SearchContext
from windopt.search.destroy_repair import draw_sample, greedy_layout
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import AscentSettings, SearchSettings
from windopt.surrogate.surrogate import Surrogate


@pytest.fixture(scope="module")
def windy(small: LayoutProblem) -> LayoutProblem:
    """The small problem with a hill of 20 % more wind, off its middle."""
    west, south, east, north = small.site.area.bounds
    x, y = np.linspace(west - 200, east + 200, 14), np.linspace(south - 200, north + 200, 15)
    here = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    top = np.array([west + 0.7 * (east - west), south + 0.6 * (north - south)])
    away = np.hypot(*np.moveaxis(here - top, -1, 0)) / (0.25 * (east - west))
    factor = 1 + 0.2 * np.exp(-(away**2) / 2)
    field = SpeedUp(x, y, np.array([0.0]), factor[None])
    return replace(small, wind=replace(small.wind, speed_up=field))


def objective_of(problem: LayoutProblem, surrogate: Surrogate) -> Objective:
    """With a surrogate that knows the problem's wind."""
    knowing = copy(surrogate)
    knowing.speed_up, knowing.types = problem.speed_up, problem.types
    return Objective.of(problem, knowing)


def factors(problem: LayoutProblem, layout: FloatArray) -> FloatArray:
    assert problem.speed_up is not None
    return np.asarray(problem.speed_up.at(layout, np.zeros(1))[0])


def test_greedy_placement_goes_uphill(windy: LayoutProblem, small_surrogate: Surrogate) -> None:
    rng = np.random.default_rng(1)
    objective = objective_of(windy, small_surrogate)
    start = random_points(windy.site, windy.n_turbines, rng)
    sampler = RoseSampler.of(objective, start)
    context = SearchContext(objective, sampler, SearchSettings())
    greedy = greedy_layout(context, draw_sample(context, rng), rng)
    assert greedy is not None
    assert check_feasibility(windy, greedy).feasible
    blind = objective_of(windy.uniform, small_surrogate)
    unseeing = replace(context, objective=blind)
    sample = draw_sample(unseeing, np.random.default_rng(1))
    elsewhere = greedy_layout(unseeing, sample, rng)
    assert elsewhere is not None
    assert factors(windy, greedy).mean() > factors(windy, elsewhere).mean() + 0.02
    assert objective.value(greedy) > 1.02 * objective.value(elsewhere)
    assert wake_free_aep(windy, greedy) > 1.02 * wake_free_aep(windy, elsewhere)


def test_a_lone_turbine_climbs_to_the_top(windy: LayoutProblem, small_surrogate: Surrogate) -> None:
    """No wake, no wake loss: conditions must be drawn for what places differ in."""
    lone = windy.with_n_turbines(1)
    objective = objective_of(lone, small_surrogate)
    start = random_points(lone.site, 1, np.random.default_rng(3))
    sampler = RoseSampler.of(objective, start)
    ascent = Ascent.start("one", start, AscentSettings(120, conditions=20), 0)
    reached = ascend(SearchContext(objective, sampler, SearchSettings()), ascent, 120).layout
    assert factors(lone, start)[0] < 1.1
    best = factors(lone, random_points(lone.site, 2000, np.random.default_rng(4))).max()
    assert factors(lone, reached)[0] > 0.995 * best > 1.15


def test_draws_are_unbiased(windy: LayoutProblem, small_surrogate: Surrogate) -> None:
    """The whole rose against many draws of it."""
    objective = objective_of(windy, small_surrogate)
    rng = np.random.default_rng(5)
    layouts = np.stack([random_points(windy.site, windy.n_turbines, rng) for _ in range(2)])
    sampler = RoseSampler.of(objective, layouts[0])
    drawn = np.mean([np.diff(objective.rates(layouts, sampler.draw(200, rng))) for _ in range(60)])
    whole = np.diff(objective.rates(layouts, objective.rose))[0]
    scale = objective.rates(layouts, objective.rose)[0]
    assert abs(drawn - whole) < 1e-3 * scale
