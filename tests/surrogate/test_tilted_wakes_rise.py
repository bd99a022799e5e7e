"""Wakes of tilted rotors rise by FLORIS's formula, in the compiled farm as in the tensor one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from floris.core.wake_deflection.empirical_gauss import EmpiricalGaussVelocityDeflection

import windopt
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.tables import BranchTable, TurbulenceAxis
from windopt.surrogate.wake_flow import Deflection
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_models import farm_physics

EMPIRICAL = {
    "wake.velocity_model": "empirical_gauss",
    "wake.turbulence_model": "wake_induced_mixing",
}
FLOATING = "floris:iea_15MW_floating_multi_dim_cp_ct"
RNG = np.random.default_rng(6)
FARM = 800.0 * np.stack(np.divmod(np.arange(9), 3), axis=1) + RNG.uniform(-200, 200, (9, 2))
WIND = (RNG.uniform(0, 360, 12), RNG.uniform(6, 13, 12), np.full(12, 0.07))


@pytest.fixture(scope="module")
def problem(small_config: Path) -> LayoutProblem:
    """Nine turbines: five of 5 MW that tilt by 5°, four that float and tilt with the wind."""
    return windopt.load_problem(
        small_config,
        EMPIRICAL
        | {
            "turbine": ["floris:nrel_5MW", FLOATING],
            "turbine_counts": [5, 4],
            "multidim_conditions": {"Tp": 2.0, "Hs": 1.0},
            "layout": None,
            "n_turbines": 9,
            "atmosphere.wind_shear": 0.1,
            "min_spacing_d": 1.0,
        },
    )


def random_kernel(problem: LayoutProblem, **changes: Any) -> Surrogate:
    """A surrogate that nobody has trained, in double precision."""
    torch.set_default_dtype(torch.float64)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            physics = replace(farm_physics(problem), **changes)
            shape = KernelShape(mixing=True)
            surrogate = Surrogate(physics, "none", shape, types=problem.types)
    finally:
        torch.set_default_dtype(torch.float32)
    return surrogate


def farm_power(surrogate: Surrogate, layout: FloatArray) -> float:
    return float(surrogate.power(layout[None], *WIND).sum())


def test_rise_is_that_of_floris() -> None:
    model = EmpiricalGaussVelocityDeflection(
        horizontal_deflection_gain_D=3.0, vertical_deflection_gain_D=-1, deflection_rate=22.0
    )
    distance = np.array([1.0, 4.0, 9.0, 21.0, 60.0])
    one = np.ones((1, 1, 1, 1))
    x = distance[None, :, None, None] * 126.0
    _, rise = model.function(
        0 * one, 0 * one, 0 * one, 5.0 * one, 0.1 * one, 0.8 * one, 126.0 * one, x=x
    )
    ours = Deflection(3.0, 22.0)
    lift = ours.lift(torch.tensor(0.8), torch.deg2rad(torch.tensor(5.0)))
    rise_d = lift * ours.growth(torch.from_numpy(distance))
    np.testing.assert_allclose(126.0 * rise_d, rise[0, :, 0, 0], rtol=1e-6)


@pytest.mark.parametrize("superposition", ["sosfs", "fls", "max"])
def test_compiled_and_tensors_agree(problem: LayoutProblem, superposition: str) -> None:
    surrogate = random_kernel(problem, superposition=superposition)
    assert surrogate.flow.physics.deflection == (3.0, 22.0)
    kernel = surrogate.flow.kernel  # as the compiled loops have it
    for name, mixing in (("branch", True), ("turbulence_branch", False)):
        table = BranchTable.of(getattr(kernel, name), TurbulenceAxis.of(mixing), kernel.knots)
        setattr(kernel, name, table)
    results = []
    for as_tensors in (False, True):
        surrogate.as_tensors = as_tensors
        layout = torch.tensor(FARM[None], requires_grad=True)
        power = surrogate.power(layout, *WIND)
        weight = torch.linspace(1, 2, power.numel(), dtype=torch.float64).view(power.shape)
        (slope,) = torch.autograd.grad((power * weight).sum(), layout)
        results.append((power.detach(), slope))
    torch.testing.assert_close(results[0][0], results[1][0], rtol=1e-6, atol=1.0)
    largest = results[1][1].abs().max().item()
    assert (results[0][1] - results[1][1]).abs().max().item() < 1e-5 * largest
    flat = random_kernel(problem, superposition=superposition, deflection=None)
    assert farm_power(flat, FARM) != pytest.approx(farm_power(surrogate, FARM), rel=5e-5)


def test_gradient_is_that_of_differences(problem: LayoutProblem) -> None:
    surrogate, step = random_kernel(problem), 1e-3
    layout = torch.tensor(FARM[None], requires_grad=True)
    (slope,) = torch.autograd.grad(surrogate.power(layout, *WIND).sum(), layout)
    for k, axis in ((0, 0), (4, 1), (7, 0), (8, 1)):
        moved = np.zeros_like(FARM)
        moved[k, axis] = step
        difference = farm_power(surrogate, FARM + moved) - farm_power(surrogate, FARM - moved)
        assert slope[0, k, axis].item() == pytest.approx(difference / (2 * step), rel=1e-4, abs=1.0)


def test_value_of_a_place_knows_that_wakes_rise(problem: LayoutProblem) -> None:
    """Two turbines, of which one is to find a place: the value is exact."""
    surrogate = random_kernel(problem)
    there = np.array([[0.0, 0.0]])
    places = np.array([[700.0, 20.0], [-650.0, 0.0], [300.0, 500.0]])
    wd, ws, ti = WIND
    wind = Conditions(wd, ws, ti, np.full(12, 1 / 12))
    for kinds in ([0, 1], [1, 0]):
        farm = Farm(there[None], np.array(kinds[:1]), 1)
        values = surrogate.place_values(farm, kinds[1], places, wind)
        for place, value in zip(places, values, strict=True):
            pair = np.vstack([there, place])[None]
            exact = surrogate.power(pair, *WIND, types=np.array(kinds))[0].sum(1).mean().item()
            assert value == pytest.approx(exact, rel=1e-6)


def test_card_keeps_tilts_and_heights(problem: LayoutProblem, tmp_path: Path) -> None:
    surrogate = random_kernel(problem, reference_height=100.0)
    surrogate.wake = problem.wake.model_dump()
    surrogate.save(tmp_path)
    found = load_surrogate(tmp_path).double()
    physics = found.flow.physics
    assert (physics.deflection, physics.reference_height) == (Deflection(3.0, 22.0), 100.0)
    np.testing.assert_array_equal(physics.turbines[0].tilt_curve, 5.0)
    floating, original = physics.turbines[1], problem.turbines[1]
    np.testing.assert_array_equal(floating.tilt_curve, original.tilt_curve)
    assert floating.tilt_curve.max() > 10.0
    assert farm_power(found, FARM) == pytest.approx(farm_power(surrogate, FARM), rel=1e-5)


def test_other_wake_models_do_not_ask_for_the_tilt(problem: LayoutProblem) -> None:
    gauss = problem.wake.model_copy(
        update={"velocity_model": "gauss", "turbulence_model": "crespo_hernandez"}
    )
    assert farm_physics(replace(problem, wake=gauss)).deflection is None
    upright = tuple(replace(problem.turbine, tilt=0.0) for _ in range(2))
    assert farm_physics(replace(problem, turbines=upright)).deflection is None
