"""A site-varying wind reaches FLORIS as its user gives it by hand."""

from dataclasses import replace

import numpy as np
import pytest
from floris import FlorisModel

import windopt
from windopt.errors import LayoutError
from windopt.floris.adapter import floris_configuration
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.speed_up import SpeedUp

RNG = np.random.default_rng(8)
X, Y = 4e5 + 500.0 * np.arange(9), 5e6 + np.array([0.0, 400, 900, 1500, 1900, 2600, 3100])
FIELD = SpeedUp(X, Y, 45.0 * np.arange(8), RNG.uniform(0.85, 1.15, (8, 9, 7)))
LAYOUT = RNG.uniform([X[0] + 60, Y[0] + 60], [X[-1] - 60, Y[-1] - 60], (7, 2))
WD, WS, TI = RNG.uniform(0, 360, 40), RNG.uniform(5, 22, 40), RNG.uniform(0.04, 0.15, 40)


@pytest.fixture(scope="module")
def varied(small: LayoutProblem) -> LayoutProblem:
    """The small problem where every place has its own wind."""
    return replace(small, wind=replace(small.wind, speed_up=FIELD))


def by_hand(problem: LayoutProblem) -> FloatArray:
    """FLORIS's model with ``heterogeneous_inflow_config``, as its manual says."""
    x, y = np.meshgrid(X, Y, indexing="ij")
    model = FlorisModel(floris_configuration(problem.uniform))
    model.set(
        layout_x=LAYOUT[:, 0],
        layout_y=LAYOUT[:, 1],
        wind_directions=WD,
        wind_speeds=WS,
        turbulence_intensities=TI,
        heterogeneous_inflow_config={
            "x": x.ravel(),
            "y": y.ravel(),
            "speed_multipliers": FIELD.towards(WD).reshape(len(WD), -1),
        },
    )
    model.run()
    return np.asarray(model.get_turbine_powers())


@pytest.mark.parametrize("model", ["gauss", "cc", "none"])
def test_powers_are_those_of_a_model_made_by_hand(varied: LayoutProblem, model: str) -> None:
    problem = replace(varied, wake=varied.wake.model_copy(update={"velocity_model": model}))
    ours = windopt.simulate_power(problem, LAYOUT, WD, WS, TI)
    np.testing.assert_allclose(ours, by_hand(problem), rtol=1e-12)
    even = windopt.simulate_power(problem.uniform, LAYOUT, WD, WS, TI)
    assert abs(ours - even).max() > 0.2 * problem.turbine.rated_power


def test_turbines_beyond_the_grid_are_refused(varied: LayoutProblem) -> None:
    """FLORIS would take the rose's wind there, and a rotor reaches a quarter of it further."""
    margin = varied.rotor_diameter / 4
    corner = np.array([[X[0] + margin, Y[-1] - margin]])
    windopt.simulate_power(varied, corner, WD[:1], WS[:1], TI[:1])
    with pytest.raises(LayoutError, match="beyond the wind resource's grid"):
        windopt.simulate_power(varied, corner - [0.1, 0.0], WD[:1], WS[:1], TI[:1])


def test_wakes_are_learned_in_uniform_wind(varied: LayoutProblem) -> None:
    """Training farms stand on no site: they would lie beyond any grid."""
    from windopt.floris.dataset import simulate_dataset
    from windopt.floris.simulator import Simulator

    few = varied.config.simulate.model_copy(
        update={"farms": 2, "conditions": 100, "max_turbines": 4}
    )
    problems = [
        replace(p, config=p.config.model_copy(update={"simulate": few}))
        for p in (varied, varied.uniform)
    ]
    one, other = (simulate_dataset(p, Simulator(p), seed=1) for p in problems)
    assert one.equals(other)
