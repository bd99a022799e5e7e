"""FLORIS, surrogates and PyWake answer alike, as farm models, and the judge is one of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from windopt.floris.simulator import Simulator
from windopt.problem.conditions import Conditions
from windopt.problem.farm import DifferentiableFarmModel, Farm, FarmModel
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.pywake.farm import PyWakeFarm
from windopt.readers.load import load_problem
from windopt.surrogate.analytic import analytic_surrogate
from windopt.verification.evaluate import judge

CONFIGS = Path(__file__).parents[2] / "configs"
LAYOUTS = np.array(
    [[[0.0, 0.0], [800.0, 0.0], [0.0, 1500.0]], [[0.0, 0.0], [900.0, 90.0], [5.0, 5e3]]]
)
GRID = Conditions.grid(
    np.array([0.0, 270.0]),
    np.array([6.0, 9.0, 12.0]),
    np.full((2, 3), 0.06),
    np.full((2, 3), 1 / 6),
)


def pywake(problem: LayoutProblem) -> FarmModel:
    pytest.importorskip("py_wake", reason="py_wake comes with windopt[compare]")
    return PyWakeFarm(problem, problem.wind)


@pytest.fixture(scope="module")
def formula() -> LayoutProblem:
    """Three turbines in a wake that all codes have alike, Task 37's."""
    return load_problem(CONFIGS / "iea37_case1_16.yaml").with_n_turbines(3)


@pytest.fixture(params=[Simulator, analytic_surrogate, pywake], ids=lambda make: make.__name__)
def model(request: pytest.FixtureRequest, formula: LayoutProblem) -> FarmModel:
    make: Callable[[LayoutProblem], FarmModel] = request.param
    return make(formula)


def test_powers_have_the_shape_of_the_conditions(model: FarmModel, formula: LayoutProblem) -> None:
    assert isinstance(model, FarmModel)
    farm = Farm.of_one_type(LAYOUTS)
    power = model.turbine_power(farm, GRID)
    assert power.shape == (2, 2, 3, 3)
    listed = model.turbine_power(farm, GRID.listed)
    assert listed.shape == (2, 6, 3)
    np.testing.assert_allclose(listed.reshape(power.shape), power, rtol=1e-6)
    mean = model.mean_power(farm, GRID)
    np.testing.assert_allclose(mean, power.sum(-1).mean((1, 2)), rtol=1e-6)
    first = model.mean_power(farm._replace(counted=1), GRID)
    np.testing.assert_allclose(first, power[..., 0].mean((1, 2)), rtol=1e-6)


def test_turbine_alone_yields_its_curve(model: FarmModel, formula: LayoutProblem) -> None:
    turbine = formula.turbine
    power = model.turbine_power(Farm.of_one_type(np.zeros((1, 1, 2))), GRID)[0, ..., 0]
    expected = np.interp(GRID.ws, turbine.wind_speed, turbine.power)
    np.testing.assert_allclose(power, expected, rtol=1e-4)


def test_all_agree_on_a_wake(model: FarmModel, formula: LayoutProblem) -> None:
    power = model.turbine_power(Farm.of_one_type(LAYOUTS), GRID)
    assert (power[0, 1, :2, 1] < 0.8 * power[0, 1, :2, 0]).all()  # east of another in west wind
    floris = Simulator(formula).turbine_power(Farm.of_one_type(LAYOUTS), GRID)
    np.testing.assert_allclose(power, floris, rtol=2e-3)


def test_who_tells_gradients(formula: LayoutProblem) -> None:
    assert isinstance(analytic_surrogate(formula), DifferentiableFarmModel)
    assert not isinstance(Simulator(formula), DifferentiableFarmModel)


def test_judge_finds_the_objectives_value(formula: LayoutProblem) -> None:
    coarse = replace(formula, wind=formula.given_wind)
    layout, simulator = LAYOUTS[1], Simulator(coarse)
    value = np.linspace(20.0, 80.0, coarse.wind.probability.size)
    valued = replace(coarse.wind, value=value.reshape(coarse.wind.probability.shape))
    for problem in (coarse, replace(coarse, wind=valued)):
        (judged,) = judge(problem, {"": layout}, replace(simulator, problem=problem)).values()
        objective = Objective.of(problem, Simulator(problem))
        assert judged.measure == objective.measure
        assert judged.value == pytest.approx(objective.value(layout), rel=1e-12)
        assert judged.aep == pytest.approx(objective.energy(layout), rel=1e-12)
