"""The surrogate in wind that varies over the site is FLORIS's farm there.

The field is rough on purpose: 15 % from node to node, so that rotors' columns of points differ.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

import windopt
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.speed_up import SpeedUp
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.free_wind import Field, rotor_factors
from windopt.surrogate.surrogate import Surrogate

MadeUp = Callable[..., Surrogate]
D = 198.0
RNG = np.random.default_rng(5)
FARM = 4 * D * np.stack(np.divmod(np.arange(12), 4), axis=1) + RNG.uniform(-250, 250, (12, 2))
WD, WS, TI = RNG.uniform(0, 360, 20), RNG.uniform(6, 14, 20), RNG.uniform(0.05, 0.12, 20)
X, Y = -700.0 + np.cumsum(RNG.uniform(250, 400, 12)), -700.0 + np.cumsum(RNG.uniform(250, 400, 13))
FIELD = SpeedUp(X, Y, 30.0 * np.arange(12), RNG.uniform(0.85, 1.15, (12, 12, 13)))


def varied(surrogate: Surrogate) -> Surrogate:
    other = copy(surrogate)
    other.speed_up = FIELD
    return other


def powers(surrogate: Surrogate, layout: FloatArray = FARM) -> FloatArray:
    return np.asarray(surrogate.power(layout[None], WD, WS, TI)[0])


def test_field_is_that_of_scipy_at_every_column_of_points() -> None:
    aside = np.array([-49.5, 0.0, 49.5]) * np.ones((12, 1))
    factor, slope = rotor_factors(Field.of(FIELD), FIELD, FARM, aside, WD)
    angle = np.radians(270.0 - WD)
    across = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    for d, k in np.ndindex(len(WD), 3):
        expected = FIELD.at(FARM + aside[:, k, None] * across[d], WD[d : d + 1])[0]
        np.testing.assert_allclose(factor[d, :, k], expected, rtol=1e-13)
    for axis in (0, 1):
        step = 1e-3 * np.eye(2)[axis]
        up, down = (
            rotor_factors(Field.of(FIELD), FIELD, FARM + s, aside, WD)[0] for s in (step, -step)
        )
        np.testing.assert_allclose((up - down) / 2e-3, slope[..., axis], atol=1e-9)


def test_field_goes_on_level_beyond_its_edge() -> None:
    places = np.array([[X[0] - 900.0, Y[3]], [X[5], Y[-1] + 10.0], [X[-1] + 5.0, Y[-1] + 5.0]])
    edge = np.clip(places, [X[0], Y[0]], [X[-1], Y[-1]])
    factor, slope = rotor_factors(Field.of(FIELD), FIELD, places, np.zeros((3, 1)), WD)
    np.testing.assert_allclose(factor[..., 0], FIELD.at(edge, WD), rtol=1e-12)
    assert (slope[:, 0, 0, 0] == 0).all()
    assert (slope[:, 1, 0, 1] == 0).all()
    assert (slope[:, 2] == 0).all()


def test_without_wakes_it_is_floris(small: LayoutProblem, small_surrogate: Surrogate) -> None:
    """Turbines one by one: no wake, nothing learned. Found equal to 2e-7, in single precision."""
    problem = replace(small, wind=replace(small.wind, speed_up=FIELD), wind_shear=0.12)
    problem = replace(problem, wake=problem.wake.model_copy(update={"velocity_model": "none"}))
    surrogate = varied(small_surrogate)
    physics = replace(surrogate.flow.physics, wind_shear=0.12)
    alone = Surrogate(physics, "none", surrogate.flow.kernel.shape).double()
    alone.speed_up = FIELD
    floris = windopt.simulate_power(problem, FARM, WD, WS, TI, np.zeros(12, dtype=int))
    for as_tensors in (False, True):
        alone.as_tensors = as_tensors
        ours = alone.power(FARM[:, None], WD, WS, TI)[:, :, 0].T
        np.testing.assert_allclose(ours, floris, rtol=1e-6)
    np.testing.assert_allclose(alone.alone_power(FARM, WD, WS), floris.sum(axis=1), rtol=1e-6)


def test_with_an_exact_wake_it_is_floris() -> None:
    """Task 37's formula is exact at the thrust of its turbines; 1e-5 is its table's."""
    problem = windopt.load_problem("configs/iea37_case1_16.yaml")
    wd, ws, ti = WD, np.full(20, 9.8), np.full(20, 0.075)
    for one in (problem, replace(problem, wind=replace(problem.wind, speed_up=FIELD))):
        floris = windopt.simulate_power(one, FARM, wd, ws, ti, np.zeros(12, dtype=int))
        surrogate = analytic_surrogate(one)
        surrogate.as_tensors, surrogate.types = True, np.zeros(12, dtype=int)
        ours = surrogate.power(FARM[None], wd, ws, ti)[0]
        # per turbine: its power follows the cube of the wind
        np.testing.assert_allclose(ours, floris, rtol=3e-4)
        assert abs(float(ours.sum()) / floris.sum() - 1) < 2e-5


def test_learned_wakes_are_as_good_as_in_uniform_wind(
    small: LayoutProblem, small_surrogate: Surrogate
) -> None:
    problem = replace(small, wind=replace(small.wind, speed_up=FIELD))
    errors = []
    for one, surrogate in ((problem.uniform, small_surrogate), (problem, varied(small_surrogate))):
        floris = windopt.simulate_power(one, FARM, WD, WS, TI, np.zeros(12, dtype=int))
        runs = floris > 0.05 * one.turbine.rated_power
        errors.append(abs(powers(surrogate)[runs] / floris[runs] - 1).mean())
    assert errors[1] < 2 * errors[0]


@pytest.mark.parametrize(
    "structure",
    [
        {"superposition": "sosfs", "two_types": True, "shear": 0.14, "swirls": True},
        {"superposition": "fls", "profile": "super", "cumulative": True},
        {"superposition": "sosfs", "profile": "super", "cumulative": True, "mirror": True},
        {"superposition": "max", "mirror": True, "mixing": True},
    ],
)
def test_compiled_is_tensors_and_the_slope_is_exact(
    made_up: MadeUp, structure: dict[str, bool | str | float]
) -> None:
    surrogate = varied(made_up(**structure))
    found = []
    for as_tensors in (False, True):
        surrogate.as_tensors = as_tensors
        layouts = torch.tensor(FARM[None], requires_grad=True)
        power = surrogate.power(layouts, WD, WS, TI)
        weight = torch.linspace(1, 2, power.numel(), dtype=torch.float64).view(power.shape)
        (slope,) = torch.autograd.grad((power * weight).sum(), layouts)
        found.append((power.detach().numpy(), slope.numpy()[0]))
    (power, slope), (expected, expected_slope) = found
    np.testing.assert_allclose(power, expected, rtol=1e-6, atol=1.0)
    assert abs(slope - expected_slope).max() < 1e-5 * abs(expected_slope).max()
    uniform = copy(surrogate)
    uniform.speed_up = None
    assert abs(powers(uniform) / np.maximum(power[0], 1e5) - 1).max() > 0.1


@pytest.mark.parametrize("cumulative", [False, True])
def test_place_is_worth_its_wind(made_up: MadeUp, cumulative: bool) -> None:
    """With no third turbine in a wake, the first order is all there is."""
    profile = "super" if cumulative else "gaussian"
    surrogate = varied(made_up("fls", profile=profile, cumulative=cumulative))
    layout = FARM[[0, 6]]
    places = np.array([[1000.0, 1200.0], [1500.0, 300.0], [2300.0, 2000.0], [500.0, 2500.0]])
    wind = Conditions(WD, WS, TI, np.full(20, 0.05))
    values = surrogate.place_values(Farm.of_one_type(layout[None]), 0, places, wind)
    for place, value in zip(places, values, strict=True):
        both = Farm.of_one_type(np.vstack([layout, place])[None])
        expected = float(surrogate.mean_power(both, wind)[0])
        assert value == pytest.approx(expected, rel=2e-3)


def test_saved_surrogate_keeps_its_field(made_up: MadeUp, tmp_path) -> None:  # type: ignore[no-untyped-def]
    surrogate = varied(made_up(tables=False).float())
    surrogate.save(tmp_path)
    loaded = windopt.load_surrogate(tmp_path)
    assert loaded.speed_up is not None
    np.testing.assert_array_equal(loaded.speed_up.factor, FIELD.factor)
    loaded.flow.load_state_dict(surrogate.flow.state_dict())
    np.testing.assert_array_equal(powers(loaded), powers(surrogate))


def test_slow_wind_of_the_rose_turns_turbines_at_windy_places(
    small: LayoutProblem, small_surrogate: Surrogate
) -> None:
    slow = replace(small.wind, wind_speed=np.array([3.5, 8.0, 12.0]))
    assert small_surrogate.flow.fleet.idle_below > 3.5
    assert small_surrogate.rose(slow).ws.min() > 3.5
    assert varied(small_surrogate).rose(slow).ws.min() == 3.5
