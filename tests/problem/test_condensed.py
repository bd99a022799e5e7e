"""Few wind speeds, weighed rightly, tell layouts apart as the whole rose does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from windopt.problem.condensed import condensed_rose
from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair
from windopt.readers.load import load_problem
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.surrogate import Surrogate

CONFIGS = Path(__file__).parents[2] / "configs"


def powers(objective: Objective, layouts: list[FloatArray], conditions: Conditions) -> FloatArray:
    return objective.rates(np.stack(layouts), conditions)


def moved(problem: LayoutProblem, layout: FloatArray, count: int) -> list[FloatArray]:
    """Layouts as iterations compare them: one turbine stands elsewhere, the others make room."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(count):
        other = layout + rng.normal(0.0, 0.05 * problem.rotor_diameter, layout.shape)
        other[rng.integers(len(layout))] = random_layout(problem, rng)[0]
        found.append(repair(problem, other, 0))
    return found


@pytest.mark.parametrize("name", ["quickstart", "borssele", "iea37_case3", "mixed"])
def test_differences_are_those_of_the_whole_rose(name: str) -> None:
    problem = load_problem(CONFIGS / f"{name}.yaml")
    objective = Objective.of(problem, analytic_surrogate(problem))
    layout = random_layout(problem, np.random.default_rng(0))
    condensed = condensed_rose(objective, layout)
    layouts = [layout, *moved(problem, layout, 6)]
    whole = powers(objective, layouts, objective.rose)
    few = powers(objective, layouts, condensed)
    error = (few - few[0]) / whole[0] - (whole / whole[0] - 1)
    assert np.ptp(whole) / whole[0] > 5e-4
    assert np.median(np.abs(error)) < 5e-6
    assert np.abs(error).max() < 2e-4
    assert condensed.ws.shape[1] <= 10 < len(problem.wind.wind_speed)


def test_a_learned_surrogate_is_condensed_as_well(
    small: LayoutProblem, small_surrogate: Surrogate
) -> None:
    objective = Objective.of(small, small_surrogate)
    layout = random_layout(small, np.random.default_rng(0))
    condensed = condensed_rose(Objective.of(small, small_surrogate), layout)
    layouts = [layout, *moved(small, layout, 4)]
    whole = powers(objective, layouts, objective.rose)
    few = powers(objective, layouts, condensed)
    assert np.abs((few - few[0]) - (whole - whole[0])).max() < 1e-4 * whole[0]


def test_fixed_turbines_are_looked_at(small: LayoutProblem) -> None:
    fixed = replace(
        small, fixed_layout=np.array([[2500.0, 2500.0]]), fixed_types=np.zeros(1, dtype=np.intp)
    )
    surrogate = analytic_surrogate(fixed)
    condensed = condensed_rose(
        Objective.of(fixed, surrogate), random_layout(small, np.random.default_rng(0))
    )
    assert condensed.weight.shape == (360, condensed.ws.shape[1])


def test_one_speed_stays_one(small: LayoutProblem) -> None:
    problem = load_problem(CONFIGS / "iea37_case1_16.yaml")
    layout = random_layout(problem, np.random.default_rng(0))
    condensed = condensed_rose(Objective.of(problem, analytic_surrogate(problem)), layout)
    wind = problem.wind
    assert (condensed.ws == wind.wind_speed).all()
    np.testing.assert_allclose(condensed.weight, wind.probability)


def test_a_turbine_alone_needs_one_speed(small: LayoutProblem) -> None:
    alone = small.with_n_turbines(1)
    condensed = condensed_rose(
        Objective.of(alone, analytic_surrogate(alone)), np.array([[500.0, 500.0]])
    )
    power = powers(
        Objective.of(alone, analytic_surrogate(alone)),
        [np.array([[700.0, 300.0]])],
        condensed,
    )
    assert power[0] > 0
