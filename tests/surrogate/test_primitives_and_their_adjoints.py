"""Each primitive of the compiled wake is its tensor, and its adjoint is the derivative."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from windopt.surrogate.compiled import downstream, rotor, turbine, wake
from windopt.surrogate.compiled.constants import FLS, MAX, SOSFS, constants
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.tables import CT_KNOTS
from windopt.surrogate.wake_flow import Deflection
from windopt.surrogate.wake_kernel import KNOT_STEP, SCALE_D
from windopt.surrogate.wake_pairs import rotate_to_wind

MadeUp = Callable[..., Surrogate]
Function = Callable[..., float]

RNG = np.random.default_rng(3)


def slopes(function: Function, at: tuple[float, ...], step: float = 1e-6) -> list[float]:
    """Central differences by every argument."""
    found = []
    for k, value in enumerate(at):
        up, down = ((*at[:k], value + s, *at[k + 1 :]) for s in (step, -step))
        found.append((function(*up) - function(*down)) / (2 * step))
    return found


def test_turn() -> None:
    angle = np.radians(270.0 - 213.0)
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = rotate_to_wind(torch.tensor([[3.0, -5.0]]).double(), torch.tensor(213.0).double())
    assert downstream.turn(3.0, -5.0, cos, sin) == pytest.approx((x.item(), y.item()))
    expected = slopes(
        lambda e, n: float(np.dot([2.0, 0.7], downstream.turn(e, n, cos, sin))), (3.0, -5.0)
    )
    assert downstream.turn_adjoint(2.0, 0.7, cos, sin) == pytest.approx(expected)


def test_trunk_place() -> None:
    diameter = 120.0

    def place(dx: float) -> float:
        return float(sum(wake.trunk_place(dx / (diameter * SCALE_D))))

    assert wake.trunk_place_adjoint(1.0, 700.0, diameter) == pytest.approx(
        slopes(place, (700.0,), 1e-3)[0], rel=1e-6
    )
    assert wake.trunk_place_adjoint(1.0, 1e6, diameter) == 0.0
    assert place(700.0 * np.exp(KNOT_STEP)) == pytest.approx(place(700.0) + 1.0)


def test_heads_are_the_kernels(made_up: MadeUp) -> None:
    flow = made_up(profile="super", ranks=(3, 6, 2, 4)).flow
    c, kernel = constants(flow), flow.kernel
    rng = np.random.default_rng(0)
    terms = rng.normal(size=(1, c.table.shape[1]))
    assert c.end[2] == c.table.shape[1]
    # T's terms are the last of the loops
    order = np.argsort([*range(9), *range(11, 15), 9, 10])
    row = torch.tensor(np.append(terms[0, order], 0.0))[:, None]
    expected = kernel.wake(kernel.pair_basis(torch.tensor([6.3], dtype=torch.float64)), row)
    tensors = [expected.log_amplitude, expected.log_width, expected.log_turbulence]
    for h, tensor in enumerate([*tensors, expected.log_exponent]):

        def head(distance_d: float, coefficient: np.ndarray = terms, h: int = h) -> float:
            return wake.head(c, coefficient, 0, h, *wake.trunk_place(distance_d / SCALE_D))

        assert tensor is not None
        assert head(6.3) == pytest.approx(tensor.item(), rel=1e-12)
        g_terms, knot = np.zeros_like(terms), wake.trunk_place(6.3 / SCALE_D)
        wake.head_adjoint(c, 0.7, 0, h, *knot, g_terms)
        g_place = wake.head_slope(c, 0.7, terms, 0, h, knot[0])
        slope = wake.trunk_place_adjoint(g_place, 6.3, 1.0)
        assert slope == pytest.approx(0.7 * slopes(head, (6.3,))[0], rel=1e-5)
        for k in range(c.table.shape[1]):
            moved = terms.copy()
            moved[0, k] += 1.0
            by_term = 0.7 * (head(6.3, moved) - head(6.3))
            assert g_terms[0, k] == pytest.approx(by_term, rel=1e-6, abs=1e-12)


def test_growth_and_lift() -> None:
    ours = Deflection(3.0, 22.0)
    assert wake.growth(7.0, 22.0) == pytest.approx(ours.growth(torch.tensor(7.0).double()).item())
    expected = 0.4 * slopes(lambda x: wake.growth(x, 22.0), (7.0,))[0]
    assert wake.growth_adjoint(0.4, 7.0, 22.0) == pytest.approx(expected)
    assert turbine.lift(3.0, 0.8, 0.1) == pytest.approx(0.24)
    expected_two = slopes(lambda ct, tilt: turbine.lift(3.0, ct, tilt), (0.8, 0.1))
    assert turbine.lift_adjoint(1.0, 3.0, 0.8, 0.1) == pytest.approx(expected_two)


@pytest.mark.parametrize("half", [1.0, 0.5])
def test_gaussian(half: float) -> None:
    """Of a wake and its image, both lifted by a rise."""
    at = (-0.6, 0.3, 4.0, 0.1)  # ln A, across, narrow, rise

    def deficit(log_amplitude: float, across: float, narrow: float, rise: float) -> float:
        both = wake.vertical(0.2 - rise, narrow) + wake.vertical(0.9 - rise, narrow)
        return float(wake.lateral(log_amplitude, across, narrow, half) * both**half)

    # sqrt(1 / 4 - 0.6^2 / 4) wide
    assert wake.ends_before(1.81**2, 4.0, 0.6, 3.0)
    assert not wake.ends_before(1.79**2, 4.0, 0.6, 3.0)
    two = [wake.vertical(h - 0.1, 4.0) for h in (0.2, 0.9)]
    height, height2 = wake.mean_height(0.1, 0.8, *two)
    g = half * deficit(*at)
    by_amplitude, by_across, by_narrow = wake.lateral_adjoint(g, 0.3, 4.0)
    by_height, by_rise = wake.vertical_adjoint(g, height, height2, 4.0)
    found = by_amplitude, by_across, by_narrow + by_height, by_rise
    assert found == pytest.approx(slopes(deficit, at), rel=1e-6)


@pytest.mark.parametrize("half", [1.0, 0.5])
def test_super_gaussian(half: float) -> None:
    def deficit(log_amplitude: float, across: float, narrow: float, log_exponent: float) -> float:
        distance2 = across**2 + 0.04
        return wake.super_gaussian(
            log_amplitude, distance2, narrow, float(np.exp(log_exponent)), half
        )

    at = (-0.6, 0.3, 4.0, np.log(2.7))
    found = wake.super_gaussian_adjoint(half * deficit(*at), 0.3, 0.13, 4.0, 2.7)
    assert found == pytest.approx(slopes(deficit, at), rel=1e-6)
    gaussian = wake.lateral(-0.6, 0.3, 4.0, half)
    assert wake.super_gaussian(-0.6, 0.09, 4.0, 2.0, half) == pytest.approx(gaussian)
    assert wake.super_gaussian_adjoint(1.0, 9.0, 81.0, 4.0, 6.0) == (2.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("half", [1.0, 0.5])
def test_hard_edge_and_the_widened_one(half: float) -> None:
    def deficit(log_amplitude: float, across: float, narrow: float) -> float:
        return wake.widened_edge(log_amplitude, across**2 + 0.04, narrow, half)

    at = (-0.6, 0.3, 6.0)
    found = wake.widened_edge_adjoint(half * deficit(*at), 0.3, 0.13, 6.0)
    assert found == pytest.approx(slopes(deficit, at), rel=1e-6)
    inside = np.exp(2 * half * -0.6)
    assert wake.edged(-0.6, 0.99, 1.0, half) == pytest.approx(inside)
    assert wake.edged(-0.6, 1.01, 1.0, half) == 0.0
    assert wake.widened_edge(-0.6, 0.0, 1.0, half) == pytest.approx(inside, rel=0.02)
    assert wake.widened_edge(-0.6, 1.0, 1.0, half) == pytest.approx(inside * 0.5 ** (2 * half))
    assert wake.widened_edge(-0.6, 1.5**2, 1.0, half) < 0.01 * inside


def test_deficit_of_the_roses_wind_and_of_the_free_wind() -> None:
    expected = 0.7 * np.array(slopes(lambda loss, free: rotor.of_free_wind(loss, free), (0.3, 1.1)))
    assert rotor.of_free_wind(0.3, 1.1) == pytest.approx(0.3 / 1.1)
    assert rotor.of_free_wind_adjoint(0.7, 0.3, 1.1) == pytest.approx(tuple(expected))


@pytest.mark.parametrize("superposition", [SOSFS, FLS, MAX])
def test_superposition_and_rotor_speed(superposition: int) -> None:
    deficits = np.array([0.1, 0.25])
    if superposition == SOSFS:
        deficits = deficits**2

    def loss(one: float, other: float) -> float:
        return rotor.superposed(rotor.gather(one, other, superposition), superposition)

    def u(one: float, other: float, free: float) -> float:
        return rotor.cubic_mean(9.0, 0.7 + 0.3 * rotor.point_cube(1.1, loss(one, other), free))

    at = (*deficits, 0.9)
    combined = {SOSFS: np.hypot(0.1, 0.25), FLS: 0.35, MAX: 0.25}[superposition]
    assert loss(*deficits) == pytest.approx(combined, abs=1e-9)
    third = rotor.cubic_mean_adjoint(1.0, u(*at), 9.0)
    g_loss, g_free = rotor.point_cube_adjoint(0.3 * third, 1.1, loss(*deficits), 0.9)
    g_total = rotor.superposed_adjoint(g_loss, loss(*deficits), superposition)
    found = [rotor.gather_adjoint(g_total, superposition != MAX or k == 1) for k in (0, 1)]
    assert (*found, g_free) == pytest.approx(slopes(u, at), rel=1e-6)
    assert rotor.cubic_mean_adjoint(1.0, 1e-5, 9.0) == 0.0


def test_turbulence() -> None:
    def ti(log_turbulence: float) -> float:
        return rotor.turbulence(0.06, rotor.added_turbulence(0.5, log_turbulence) ** 2)

    found = rotor.added_turbulence_adjoint(1.0, rotor.added_turbulence(0.5, -2.0), ti(-2.0))
    assert found == pytest.approx(slopes(ti, (-2.0,))[0], rel=1e-6)
    assert rotor.is_close(15.0 * 90, 1.9 * 90, 90.0)
    assert not rotor.is_close(15.1 * 90, 0.0, 90.0)
    assert not rotor.is_close(90.0, 2.0 * 90, 90.0)
    assert rotor.visible(5.0, FLS) == pytest.approx(0.01)
    assert rotor.visible(5.0, SOSFS) == pytest.approx(1e-4)


def test_curves_and_branch_are_the_tensors(made_up: MadeUp) -> None:
    flow = made_up(two_types=True).flow
    c, fleet = constants(flow), flow.fleet
    for of in (0, 1):
        ends = fleet.types[of].wind_speed[[0, 1, -1]].double().tolist()
        for u in (2.0, 6.3, 9.1, 40.0, *ends, *RNG.uniform(3.0, 25.0, 50)):
            tensor = torch.tensor([u], dtype=torch.float64, requires_grad=True)
            kind = torch.tensor([of])
            for ours, theirs in (
                (turbine.power, fleet.power),
                (turbine.thrust, fleet.thrust_coefficient),
                (turbine.tilt, fleet.tilt),
            ):
                value = theirs(tensor, kind)
                (slope,) = torch.autograd.grad(value.sum(), tensor)
                assert ours(c, of, u) == pytest.approx((value.item(), slope.item()), rel=1e-9)

    state = torch.tensor([0.7, 0.09, 0.06], dtype=torch.float64, requires_grad=True)
    rows = flow.kernel.source_terms(*state[:, None])[:, 0]
    coefficient, ambient = np.empty((1, len(rows) - 1)), np.empty((CT_KNOTS, 6))
    turbine.collapse(c, 0.06, ambient)
    turbine.branch(c, 0.7, 0.09, ambient, coefficient, 0)
    np.testing.assert_allclose(coefficient[0], rows[:-1].detach(), rtol=1e-12)
    assert turbine.log_scale(0.7) == pytest.approx(rows[-1].item())

    weight = np.linspace(1.0, 2.0, len(rows) - 1)[None]
    by_state = turbine.branch_adjoint(c, weight, 0, 0.7, 0.09, ambient)
    (slope,) = torch.autograd.grad((rows[:-1] * torch.tensor(weight[0])).sum(), state)
    np.testing.assert_allclose(by_state, slope[:2], rtol=1e-9)
    expected = slopes(turbine.log_scale, (0.7,))[0]
    assert turbine.log_scale_adjoint(1.0, 0.7) == pytest.approx(expected, rel=1e-6)
