"""The surrogate's gradient is the derivative of its power: checked by finite differences."""

import numpy as np
import pytest
import torch

from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.surrogate import Surrogate


@pytest.fixture(scope="module")
def four(farm: FloatArray) -> torch.Tensor:
    """Four turbines in rotor diameters: (1, 4, 2)."""
    return torch.tensor(farm[None, :4] / 198.0)


def test_gradient_of_power(double: Surrogate, four: torch.Tensor) -> None:
    wd, ws, ti = np.array([275.0, 180.0, 33.0]), np.array([7.0, 9.0, 10.5]), np.full(3, 0.07)

    def megawatts(layout_d: torch.Tensor) -> torch.Tensor:
        return double.power(198.0 * layout_d, wd, ws, ti) / 1e6

    layout = four.clone().requires_grad_()
    slope = torch.autograd.functional.jacobian(megawatts, layout)
    assert slope.abs().max() > 0.1
    assert torch.autograd.gradcheck(megawatts, layout, eps=1e-6, atol=1e-5)


def test_gradient_of_aep(double: Surrogate, small: LayoutProblem, four: torch.Tensor) -> None:
    def gwh(layout_d: torch.Tensor) -> torch.Tensor:
        return double.aep(198.0 * layout_d, small.given_wind) / 1e9

    assert torch.autograd.gradcheck(gwh, four.clone().requires_grad_(), eps=1e-6, atol=1e-5)


def test_gradient_of_a_batch_is_each_layouts_own(
    double: Surrogate, small: LayoutProblem, four: torch.Tensor
) -> None:
    layouts = torch.cat([198.0 * four, 350.0 * four]).requires_grad_()
    (together,) = torch.autograd.grad(double.aep(layouts, small.given_wind).sum(), layouts)
    for i in range(2):
        one = layouts[i : i + 1].detach().requires_grad_()
        (alone,) = torch.autograd.grad(double.aep(one, small.given_wind).sum(), one)
        torch.testing.assert_close(together[i : i + 1], alone, rtol=1e-6, atol=1.0)


def test_gradient_in_single_precision_points_the_same_way(
    small_surrogate: Surrogate, double: Surrogate, small: LayoutProblem, farm: FloatArray
) -> None:
    slopes = []
    for surrogate in (small_surrogate, double):
        layout = torch.tensor(farm[None], requires_grad=True)
        (slope,) = torch.autograd.grad(surrogate.aep(layout, small.given_wind).sum(), layout)
        slopes.append(slope.flatten())
    assert torch.cosine_similarity(*slopes, dim=0) > 0.99999


@pytest.mark.parametrize("as_tensors", [False, True])
def test_gradient_at_one_go_is_autograds(
    double: Surrogate,
    small: LayoutProblem,
    farm: FloatArray,
    monkeypatch: pytest.MonkeyPatch,
    as_tensors: bool,
) -> None:
    monkeypatch.setattr(double, "as_tensors", as_tensors)
    rose = double.rose(small.given_wind)
    layouts = torch.tensor(np.stack([farm, 1.4 * farm]), requires_grad=True)
    aep = double.aep(layouts, small.given_wind)
    (slope,) = torch.autograd.grad(aep.sum(), layouts)
    farms, hours = Farm.of_one_type(layouts.detach().numpy()), double.hours_per_year
    power, gradient = double.mean_power_gradient(farms, rose)
    np.testing.assert_allclose(hours * power, aep.detach(), rtol=1e-12)
    np.testing.assert_allclose(power, double.mean_power(farms, rose), rtol=1e-12)
    np.testing.assert_allclose(gradient, slope / hours, rtol=1e-9, atol=1e-9)
