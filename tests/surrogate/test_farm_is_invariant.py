"""What a farm yields does not depend on where the map begins, which way it is turned or how the
turbines are numbered, and not on how the computation is cut up.
"""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate import surrogate as module
from windopt.surrogate.surrogate import Surrogate

MadeUp = Callable[..., Surrogate]
Conditions = tuple[FloatArray, FloatArray, FloatArray]


def turned(layout: FloatArray, clockwise_deg: float) -> FloatArray:
    angle = np.deg2rad(clockwise_deg)
    x, y = layout.T
    return np.stack(
        [x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)], axis=1
    )


def test_turbines_are_waked_here(
    double: Surrogate, farm: FloatArray, conditions: Conditions
) -> None:
    """Otherwise nothing below would mean anything."""
    power = double.power(farm[None], *conditions)[0]
    alone = power.max(dim=1).values
    assert (power < 0.9 * alone[:, None]).double().mean() > 0.2


@pytest.mark.parametrize("offset", [(1e4, -3e4), (5.2e5, 5.7e6)])
def test_translation(
    double: Surrogate, farm: FloatArray, conditions: Conditions, offset: tuple[float, float]
) -> None:
    here = double.power(farm[None], *conditions)
    there = double.power((farm + np.array(offset))[None], *conditions)
    torch.testing.assert_close(there, here, rtol=1e-9, atol=1e-3)


def test_single_precision_resolves_a_farm_in_a_national_grid(
    small_surrogate: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    """At 5,700 km single precision counts in half metres."""
    here = small_surrogate.aep(farm[None], small.given_wind).item()
    there = small_surrogate.aep((farm + np.array([5.2e5, 5.7e6]))[None], small.given_wind).item()
    assert there == pytest.approx(here, rel=1e-7)


@pytest.mark.parametrize("clockwise_deg", [90.0, 133.7])
def test_rotation_of_layout_and_wind(
    double: Surrogate, farm: FloatArray, conditions: Conditions, clockwise_deg: float
) -> None:
    wd, ws, ti = conditions
    north_up = double.power(farm[None], wd, ws, ti)
    rotated = double.power(turned(farm, clockwise_deg)[None], wd + clockwise_deg, ws, ti)
    torch.testing.assert_close(rotated, north_up, rtol=1e-9, atol=1e-3)
    wrong = double.power(turned(farm, clockwise_deg)[None], wd - clockwise_deg, ws, ti)
    assert not torch.allclose(wrong, north_up, rtol=1e-3)


def test_order_of_turbines(double: Surrogate, farm: FloatArray, conditions: Conditions) -> None:
    order = np.random.default_rng(0).permutation(len(farm))
    power = double.power(farm[None], *conditions)
    torch.testing.assert_close(
        double.power(farm[order][None], *conditions), power[:, :, order], rtol=1e-9, atol=1e-3
    )


def test_order_of_conditions(double: Surrogate, farm: FloatArray, conditions: Conditions) -> None:
    backwards = tuple(a[::-1].copy() for a in conditions)
    power = double.power(farm[None], *conditions)
    torch.testing.assert_close(
        double.power(farm[None], *backwards), power.flip(1), rtol=1e-9, atol=1e-3
    )


def test_batch_of_layouts_equals_each_alone(
    double: Surrogate, small: LayoutProblem, farm: FloatArray, conditions: Conditions
) -> None:
    layouts = np.stack([farm, turned(farm, 30), 1.7 * farm + 1e5])
    together = double.power(layouts, *conditions)
    assert together.shape == (3, 30, 10)
    alone = torch.cat([double.power(layout[None], *conditions) for layout in layouts])
    torch.testing.assert_close(together, alone, rtol=1e-9, atol=1e-3)
    aep = double.aep(layouts, small.given_wind)
    assert aep.shape == (3,)
    torch.testing.assert_close(
        aep,
        torch.cat([double.aep(layout[None], small.given_wind) for layout in layouts]),
        rtol=1e-9,
        atol=0,
    )


def test_aep_is_the_weighted_sum_of_powers(
    double: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    c = small.given_wind.conditions
    power = double.power(farm[None], c.wd, c.ws, c.ti)[0].sum(1).detach().numpy()
    expected = 8760 * float(power @ c.weight)
    assert double.aep(farm[None], small.given_wind).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("as_tensors", [False, True])
def test_results_do_not_depend_on_the_blocks(
    double: Surrogate,
    small: LayoutProblem,
    farm: FloatArray,
    conditions: Conditions,
    as_tensors: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not even at the far edge of wakes: turbulence intensity, by which it is drawn, differs."""
    monkeypatch.setattr(double, "as_tensors", as_tensors)
    rose = double.rose(small.given_wind)

    def results() -> tuple[torch.Tensor, ...]:
        layouts = torch.tensor(np.stack([farm, turned(farm, 50)]), requires_grad=True)
        aep = double.aep(layouts, small.given_wind)
        (slope,) = torch.autograd.grad(aep.sum(), layouts)
        with torch.no_grad():
            power = double.power(layouts, *conditions)
            without_gradient = double.aep(layouts, small.given_wind)
        both = double.mean_power_gradient(Farm.of_one_type(layouts.detach().numpy()), rose)
        return aep, without_gradient, slope, power, *(torch.from_numpy(one) for one in both)

    whole = results()
    assert torch.equal(whole[0], whole[1])
    for size in (2 * 10**2 * 3 * 5, 1, 10**9):  # five directions of the rose, one, all
        monkeypatch.setattr(module, "CANDIDATE_PAIRS_PER_BLOCK", size)
        for cut, expected in zip(results(), whole, strict=True):
            least = 1e-9 * expected.abs().max().item()
            torch.testing.assert_close(cut, expected, rtol=1e-9, atol=least)


@pytest.mark.parametrize("as_tensors", [False, True])
@pytest.mark.parametrize("superposition", ["sosfs", "fls", "max"])
def test_mixed_farm_is_as_invariant(
    made_up: MadeUp, farm: FloatArray, conditions: Conditions, superposition: str, as_tensors: bool
) -> None:
    """Types go with their turbines, wherever these are carried, turned or numbered."""
    surrogate = made_up(superposition, two_types=True, shear=0.14, mirror=True, swirls=True)
    surrogate.as_tensors = as_tensors
    types = np.arange(10) % 2
    wd, ws, ti = conditions
    power = surrogate.power(farm[None], wd, ws, ti, types)
    order = np.random.default_rng(0).permutation(10)
    there, rotated, renumbered = (
        surrogate.power(layout[None], wd + angle, ws, ti, kinds)
        for layout, angle, kinds in (
            (farm + np.array([5.2e5, 5.7e6]), 0.0, types),
            (turned(farm, 133.7), 133.7, types),
            (farm[order], 0.0, types[order]),
        )
    )
    # in a national grid a metre has only nine binary digits less than double precision holds
    torch.testing.assert_close(there, power, rtol=1e-8, atol=1e-2)
    torch.testing.assert_close(rotated, power, rtol=1e-9, atol=1e-3)
    torch.testing.assert_close(renumbered, power[:, :, order], rtol=1e-9, atol=1e-3)
    assert not torch.allclose(surrogate.power(farm[None], wd, ws, ti, 1 - types), power, rtol=0.1)


def test_neither_threads_nor_the_places_of_arrays_in_memory_change_a_bit(
    double: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    """Loops that may reorder sums choose an order by where arrays lie: one call in twelve did."""
    rose, found = double.rose(small.wind), []
    rng, held = np.random.default_rng(0), []
    before = torch.get_num_threads()
    try:
        for threads in 12 * (1, 2, 3, 4):
            held.append(np.empty(rng.integers(1, 5000)))  # others lie elsewhere next time
            torch.set_num_threads(threads)
            found.append(double.mean_power_gradient(Farm.of_one_type(farm[None]), rose))
    finally:
        torch.set_num_threads(before)
    for power, gradient in found[1:]:
        np.testing.assert_array_equal(power, found[0][0])
        np.testing.assert_array_equal(gradient, found[0][1])
