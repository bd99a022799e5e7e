"""Wakes with FLORIS's GCH: swirl, what it turns aside and how it mixes, are FLORIS's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import windopt
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.surrogate import wake_flow
from windopt.surrogate.compiled import swirl as loops
from windopt.surrogate.shipped import shipped_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.swirl import Swirl, axis, bending, mixed_turbulence, over_rotors
from windopt.surrogate.wake_models import farm_physics

CONFIGS = Path(__file__).parents[2] / "configs"
ROWS = np.array([[0, 0], [5, 0.1], [10, -0.2], [15, 0.3], [0.5, 3], [5, 3.3], [11, 3.1]])
"""[D] downstream and aside: two rows, each aligned with the wind but for a little."""
WIND = (np.array([270.0, 272.0]), np.full(2, 9.0), np.array([0.06, 0.08]))
OTHER = {"ad": -4.0, "bd": -0.01, "dm": 0.8, "ka": 0.3, "alpha": 0.5}


def problem_with(model: str, **wake: Any) -> LayoutProblem:
    """Return seven turbines of the quickstart in sheared wind."""
    changes: dict[str, Any] = {
        "robust": None,
        "layout": None,
        "n_turbines": 7,
        "atmosphere.wind_shear": 0.14,
    }
    changes |= {"wake.velocity_model": model, "wake.gch": True, "device": "cpu"}
    return load_problem(CONFIGS / "quickstart.yaml", changes | wake)


def speeds(surrogate: Surrogate, layout: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return wind speed and turbulence of all turbines: (conditions, n) each."""
    wd, ws, ti = (torch.from_numpy(values).double() for values in WIND)
    state = surrogate.states(torch.tensor(layout[None]), wd, ws[:, None], ti[:, None])
    return state.u[0, :, :, 0].numpy(), state.ti[0, :, :, 0].numpy()


def with_swirl(surrogate: Surrogate, swirl: Swirl | None) -> Surrogate:
    """Return the same kernel in another physics, in double precision."""
    physics = replace(surrogate.flow.physics, swirl=swirl)
    other = Surrogate(physics, surrogate.wake_model, surrogate.flow.kernel.shape)
    other.flow.kernel.load_state_dict(surrogate.flow.kernel.state_dict())
    return other.double()


@pytest.mark.parametrize(
    ("model", "parameters", "least"),
    [("gauss", {}, 0.03), ("gauss", OTHER, 0.03), ("cc", {}, 0.01)],
)
def test_a_farm_changes_as_floris_says_that_it_does(
    model: str, parameters: dict[str, float], least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What GCH changes of winds and turbulence is FLORIS's to some per cent; all swirl is felt.

    The kernel's own error is the same with GCH and without, and drops out. Swirl left out, or with
    the wrong sign, would change nothing, or the contrary.
    """
    monkeypatch.setattr(wake_flow, "REACH_D", 100.0)
    wake = {"wake.parameters": {"wake_deflection_parameters": parameters}} if parameters else {}
    problem = problem_with(model, **wake)
    layout = ROWS * problem.rotor_diameter
    plain = replace(problem, wake=problem.wake.model_copy(update={"gch": False, "parameters": {}}))
    states = [simulated(one, layout) for one in (problem, plain)]
    changes = [with_gch - without for with_gch, without in zip(*states, strict=True)]

    shipped = shipped_surrogate(problem)
    swirl = shipped.flow.physics.swirl
    assert swirl is not None
    found = [speeds(with_swirl(shipped, one), layout) for one in (swirl, None)]
    ours = [with_gch - without for with_gch, without in zip(*found, strict=True)]
    for change, our_change in zip(changes, ours, strict=True):
        assert abs(our_change - change).mean() < 0.07 * abs(change).mean()
    assert abs(changes[0]).max() > least  # m/s
    wrong = with_swirl(shipped, swirl._replace(dm=-swirl.dm))
    reversed_change = speeds(wrong, layout)[0] - found[1][0]
    error, reversed_error = (abs(one - changes[0]).mean() for one in (ours[0], reversed_change))
    assert reversed_error > 5.0 * error


@pytest.mark.parametrize("model", ["jensen", "turboparkgauss"])
def test_swirl_mixes_in_every_model_that_has_gch(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FLORIS bends no wakes of turboparkgauss: its winds stay as they are, to a thousandth."""
    monkeypatch.setattr(wake_flow, "REACH_D", 100.0)
    problem = problem_with(model)
    layout = ROWS * problem.rotor_diameter
    plain = replace(problem, wake=problem.wake.model_copy(update={"gch": False}))
    (u, ti), (straight_u, straight_ti) = (simulated(one, layout) for one in (problem, plain))
    shipped = shipped_surrogate(problem)
    ours = speeds(with_swirl(shipped, shipped.flow.physics.swirl), layout)
    without = speeds(with_swirl(shipped, None), layout)
    change = ti - straight_ti
    assert abs(ours[1] - without[1] - change).max() < 0.1 * abs(change).max()
    if model == "turboparkgauss":
        assert abs(u - straight_u).max() < 0.01
        assert abs(ours[0] - without[0]).max() < 0.01


def simulated(problem: LayoutProblem, layout: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what FLORIS says of wind speed and turbulence: (conditions, n) each."""
    from windopt.floris.adapter import floris_configuration, simulate_farm

    state = simulate_farm(floris_configuration(problem), layout, *WIND)
    return state.wind_speed, state.turbulence_intensity.reshape(state.wind_speed.shape)


def test_shipped_kernel_of_gauss_is_floris_in_a_dense_farm() -> None:
    """36 turbines 3.5 D apart: turbines' powers are 0.5 % off, 2.3 % if swirl is left out."""
    problem = problem_with("gauss", **{"atmosphere.wind_shear": 0.02, "n_turbines": 36})
    grid = 3.5 * np.stack(np.divmod(np.arange(36), 6), axis=1)
    layout = problem.rotor_diameter * (grid + np.random.default_rng(3).normal(0, 0.3, grid.shape))
    wind = (np.arange(0.0, 360.0, 15.0), np.full(24, 9.0), np.full(24, 0.07))
    truth = windopt.simulate_power(problem, layout, *wind)
    kinds = np.zeros(36, dtype=int)

    def power(surrogate: Surrogate) -> FloatArray:
        return surrogate.power(layout[None], *wind, kinds)[0].double().numpy()

    surrogate = shipped_surrogate(problem)
    physics = replace(surrogate.flow.physics, swirl=None)
    straight = Surrogate(physics, "any", surrogate.flow.kernel.shape)
    straight.flow.kernel.load_state_dict(surrogate.flow.kernel.state_dict())
    straight.as_tensors = True
    runs = truth > 0.05 * problem.turbine.rated_power
    mape = []
    for one, worst in ((surrogate, 5e-4), (straight, 5e-3)):
        predicted = power(one)
        assert abs(predicted.sum() / truth.sum() - 1.0) < worst
        mape.append(abs(predicted / truth - 1.0)[runs].mean())
    assert mape[0] < 0.006
    assert mape[1] > 3.0 * mape[0]


def test_primitives_are_the_tensors_and_their_adjoints_the_derivatives() -> None:
    problem = problem_with("gauss", **{"wake.parameters": {"wake_deflection_parameters": OTHER}})
    physics = farm_physics(problem)
    numbers = physics.swirl_numbers
    c = loops.swirl_tables(numbers, physics.rotor_columns)

    def tensor(*values: float) -> list[torch.Tensor]:
        return [torch.tensor([v], dtype=torch.float64, requires_grad=True) for v in values]

    def slopes(value: torch.Tensor, at: list[torch.Tensor]) -> list[float]:
        return [g.item() for g in torch.autograd.grad(value.sum(), at)]

    above, image, damping = (
        torch.tensor(a[0, 0])[:, None] for a in (numbers.above, numbers.image, numbers.damping)
    )
    weight, columns = torch.tensor(numbers.weight), torch.tensor(physics.rotor_columns)[:, None]
    for aside in (-2.3, -0.3, 0.0003, 0.1, 1.7):
        at = tensor(6.3, aside)
        v, w = over_rotors(at[0], at[1] + columns.double(), above, image, damping, weight)
        assert loops.over_rotor(c, 0, 0, 6.3, aside, 1.0) == pytest.approx(
            (v.item(), w.item()), rel=1e-6
        )
        found = loops.over_rotor_adjoint(0.7, 0.4, c, 0, 0, 6.3, aside, 1.0)
        total = 0.7 * v + 0.4 * w
        assert found == pytest.approx((total.item(), *slopes(total, at)), rel=1e-5)

    ti, v, w, u = at = tensor(0.08, -0.01, 0.006, 0.7)
    mixed = mixed_turbulence(ti, v, w, u, 2.0)
    assert loops.mixed(2.0, 0.08, -0.01, 0.006, 0.7) == pytest.approx(mixed.item())
    by_state = loops.mixed_adjoint(1.0, 2.0, 0.08, -0.01, 0.006, 0.7)
    assert by_state == pytest.approx(slopes(mixed, at))

    ct, ti, v = at = tensor(0.7, 0.08, -0.01)
    bent = bending(numbers, ct, ti, v, torch.tensor(numbers.steering))
    turn = loops.turn(c.skew, numbers.steering[0], 0.7, -0.01)
    assert (turn, *loops.bent(c, 0.7, 0.08)) == pytest.approx(bent.detach()[:, 0].tolist())
    by_turn = loops.turn_adjoint(1.0, c.skew, numbers.steering[0], 0.7, -0.01)
    assert by_turn == pytest.approx(slopes(bent[0], [ct, v]))
    for place in range(4):
        near, stretch, rate, root = (float(place == k) for k in range(4))
        bent = bending(numbers, ct, ti, v, torch.tensor(numbers.steering))
        expected = [
            0.0 if g is None else g.item()
            for g in torch.autograd.grad(bent[1 + place].sum(), [ct, ti], allow_unused=True)
        ]
        assert loops.bent_adjoint(near, stretch, rate, root, c, 0.7, 0.08) == pytest.approx(
            expected
        )

    for distance in (1.1, 9.0):  # in the near and the far wake
        at = tensor(distance, *bent.detach()[:, 0].tolist())
        value = axis(at[0], torch.stack(at[1:]))
        arguments = [one.item() for one in at]
        assert loops.axis(*arguments) == pytest.approx(value.item())
        assert loops.axis_adjoint(1.0, *arguments) == pytest.approx(slopes(value, at))
