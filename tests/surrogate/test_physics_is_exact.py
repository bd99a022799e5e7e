"""Everything about a farm but the wake kernel itself is FLORIS's, exactly."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from floris import FlorisModel

import windopt
from windopt.floris.adapter import floris_configuration
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource
from windopt.surrogate.curves import TurbineCurves
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.wake_models import farm_physics
from windopt.surrogate.wake_pairs import wake_pairs

Conditions = tuple[FloatArray, FloatArray, FloatArray]


def in_air_of(surrogate: Surrogate, problem: LayoutProblem) -> Surrogate:
    """The same kernel for another problem's air and turbine, in double precision."""
    torch.set_default_dtype(torch.float64)  # tables keep all their digits
    try:
        other = Surrogate(
            farm_physics(problem),
            surrogate.wake_model,
            surrogate.flow.kernel.shape,
            types=problem.types,
        )
    finally:
        torch.set_default_dtype(torch.float32)
    other.flow.kernel.load_state_dict(surrogate.flow.kernel.state_dict())
    return other


@pytest.mark.parametrize(
    "air", [{}, {"air_density": 1.1}, {"wind_shear": 0.12}, {"wind_shear": 0.2, "air_density": 1.3}]
)
def test_unwaked_turbine_is_exact(
    small: LayoutProblem, small_surrogate: Surrogate, conditions: Conditions, air: dict[str, float]
) -> None:
    problem = replace(small, **air)
    alone = np.zeros((1, 2))
    truth = windopt.simulate_power(problem, alone, *conditions)
    power = in_air_of(small_surrogate, problem).power(alone[None], *conditions)[0]
    np.testing.assert_allclose(power.detach(), truth, rtol=1e-9)


def test_turbines_abreast_and_the_foremost_are_exact(
    small: LayoutProblem, small_surrogate: Surrogate
) -> None:
    """Nothing comes from the side or from downstream."""
    row = np.stack([np.zeros(4), 500.0 * np.arange(4)], axis=1)
    behind = row + np.array([1200.0, 30.0])
    wind = (np.array([270.0]), np.array([9.0]), np.array([0.06]))
    power = small_surrogate.power(np.vstack([behind, row])[None], *wind)[0, 0].detach().numpy()
    truth = windopt.simulate_power(small, row, *wind)[0]
    np.testing.assert_allclose(power[4:], truth, rtol=1e-5)
    assert power[:4].max() < 0.9 * truth.min()


def test_wakes_reach_far_downstream_but_not_far_sideways(small_surrogate: Surrogate) -> None:
    receivers = {"far behind": (30e3, 0.0), "beside": (1e3, 1.5e3), "ahead": (-1e3, 0.0)}
    wind = (np.array([270.0]), np.array([9.0]), np.array([0.06]))
    alone = small_surrogate.power(np.zeros((1, 1, 2)), *wind).item()
    loss = {
        name: 1
        - small_surrogate.power(np.array([[(0.0, 0.0), place]]), *wind)[0, 0, 1].item() / alone
        for name, place in receivers.items()
    }
    assert loss["far behind"] > 1e-4
    assert loss["beside"] == pytest.approx(0, abs=1e-6)
    assert loss["ahead"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("density", [1.225, 1.1])
def test_turbine_curves_are_floris_interpolation(small: LayoutProblem, density: float) -> None:
    problem = replace(small, air_density=density)
    table = small.turbine.wind_speed
    speeds = np.concatenate([np.linspace(0.5, 30, 237), table[[0, 1, 700, -1]], [3.9999, 25.0001]])
    model = FlorisModel(floris_configuration(problem))
    model.set(
        wind_speeds=speeds,
        wind_directions=np.full(len(speeds), 270.0),
        turbulence_intensities=np.full(len(speeds), 0.06),
    )
    model.run()
    torch.set_default_dtype(torch.float64)
    try:
        curves = TurbineCurves(problem.turbine, density)
    finally:
        torch.set_default_dtype(torch.float32)
    u = torch.as_tensor(speeds)
    # FLORIS's own cubic mean of nine equal numbers rounds: at the ends of the table that matters
    inside = np.abs(speeds[:, None] - table[[0, -1]]).min(axis=1) > 1e-9
    power, thrust = model.get_turbine_powers()[:, 0], model.get_turbine_thrust_coefficients()[:, 0]
    np.testing.assert_allclose(curves.power(u)[inside], power[inside], rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(
        curves.thrust_coefficient(u)[inside], thrust[inside], rtol=1e-9, atol=1e-9
    )
    assert power.max() == pytest.approx(10e6)
    assert (curves.power(u)[speeds > 26.5] == 0).all()
    assert curves.power(u[(u > 3) & (u < 3.9)]).sum() == 0
    np.testing.assert_allclose(curves.thrust_coefficient(u[u < 3.9]), 0.0001)


def test_curves_carry_the_slope_of_the_table(small: LayoutProblem) -> None:
    u = torch.tensor([7.5025, 15.0, 3.0], requires_grad=True)
    (slope,) = torch.autograd.grad(TurbineCurves(small.turbine, 1.225).power(u).sum(), u)
    expected = 10e6 * 3 * ((7.5025 - 4) / 7) ** 2 / 7  # of the cubic curve
    assert slope.tolist() == pytest.approx([expected, 0.0, 0.0], rel=1e-3)


def test_speed_at_which_turbines_start_is_not_left_out(
    small: LayoutProblem, small_surrogate: Surrogate
) -> None:
    """A table may begin with power, and dense air starts a turbine below its cut-in speed."""
    turbine = replace(small.turbine, power=np.maximum(small.turbine.power, 5e5))
    wind = WindResource(
        np.array([0.0, 90.0, 180.0, 270.0]),
        np.array([3.8, 4.0]),
        np.full((4, 2), 0.125),
        np.full((4, 2), 0.06),
    )
    layout = np.zeros((1, 2))
    for density in (1.225, 1.5):
        problem = replace(small, turbines=(turbine,), air_density=density)
        c = wind.conditions
        truth = windopt.simulate_power(problem, layout, c.wd, c.ws, c.ti)[:, 0] @ c.weight
        aep = in_air_of(small_surrogate, problem).aep(layout[None], wind).item()
        assert truth > 0
        assert aep / 8760 == pytest.approx(truth, rel=1e-6)


@pytest.mark.parametrize("as_tensors", [False, True])
def test_unwaked_turbines_of_two_types_are_exact(
    mixed: LayoutProblem, small_surrogate: Surrogate, as_tensors: bool
) -> None:
    """Nine abreast; in shear each type has the wind of its own height and rotor."""
    problem = replace(mixed, wind_shear=0.2)
    surrogate = in_air_of(small_surrogate, problem)
    surrogate.as_tensors = as_tensors
    abreast = np.stack([np.zeros(9), 1500.0 * np.arange(9)], axis=1)
    ws = np.array([4.5, 8.0, 11.5, 14.0])
    wind = (np.full(4, 270.0), ws, np.full(4, 0.06))
    power = surrogate.power(abreast[None], *wind)[0]
    truth = windopt.simulate_power(problem, abreast, *wind)
    np.testing.assert_allclose(power, truth, rtol=1e-9)
    assert (truth[1, 0] / problem.turbine.rated_power) != pytest.approx(
        truth[1, -1] / problem.turbines[1].rated_power, rel=0.02
    )
    free = surrogate.wake_free_power(ws, 9)
    np.testing.assert_allclose(free, truth.sum(1), rtol=1e-9)


def test_sweep_is_the_fixed_point_of_the_farm(double: Surrogate) -> None:
    """In a row of 16 every turbine hears of the first after 15 steps of everybody on everybody."""
    row = torch.tensor([[[800.0 * k, 12.0 * (k % 3)] for k in range(16)]], dtype=torch.float64)
    wd, ws, ti = torch.tensor([270.0]), torch.tensor([[9.0]]), torch.tensor([[0.06]])
    swept = double.states(row, *(column.double() for column in (wd, ws, ti)))
    pairs = wake_pairs(row[..., 0], row[..., 1], torch.full((16,), 400.0).double(), 0.1)
    assert len(pairs.node_ends) == 16
    free = double.flow.free_stream(*(torch.full((16,), v).double() for v in (9.0, 0.06)))
    state, speeds = double.flow.unwaked(free), []
    for _ in range(17):
        state = double.flow.step(pairs, state, free)
        speeds.append(pairs.original(state.u))
    torch.testing.assert_close(swept.u[0, 0, :, 0], speeds[-1], rtol=1e-6, atol=0)  # far edges
    torch.testing.assert_close(pairs.original(state.ti), swept.ti[0, 0, :, 0], rtol=1e-6, atol=0)
    assert torch.equal(speeds[-1], speeds[-2])
    assert not torch.allclose(speeds[0], speeds[-1], rtol=1e-3)


@pytest.mark.parametrize("combination", ["sosfs", "fls", "max"])
def test_superposition_follows_floris_rule(
    small: LayoutProblem, small_surrogate: Surrogate, combination: str
) -> None:
    """Two wakes at one rotor, whose sources do not wake each other."""
    problem = replace(small, wake=small.wake.model_copy(update={"combination_model": combination}))
    kernel = in_air_of(small_surrogate, problem)
    left, right, receiver = [0.0, 120.0], [0.0, 150.0], [1500.0, 0.0]

    def speed(*layout: list[float]) -> float:
        states = kernel.states(
            torch.tensor([layout], dtype=torch.float64),
            torch.tensor([270.0], dtype=torch.float64),
            torch.tensor([[9.0]], dtype=torch.float64),
            torch.tensor([[0.06]], dtype=torch.float64),
        )
        return states.u[0, 0, -1, 0].item()

    a, b = (1 - speed(one, receiver) / 9 for one in (left, right))
    both = 1 - speed(left, right, receiver) / 9
    expected = {"sosfs": np.hypot(a, b), "fls": a + b, "max": max(a, b)}[combination]
    assert min(a, b) > 0.01
    assert both == pytest.approx(expected, rel=0.06)
