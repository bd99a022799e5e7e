"""With FLORIS's own formula in the place of a learned wake the farm is FLORIS's farm.

So nothing but the wake of one turbine is left to learn: who adds to whom, by which rule, is exact.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from floris.core.wake_velocity.turbopark import characteristic_wake_width
from torch import Tensor

import windopt
from windopt.floris.adapter import floris_configuration, floris_model, simulate_farm
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.compiled.wake import ends_before
from windopt.surrogate.curves import TurbineCurves
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.wake_flow import NO_MIXING
from windopt.surrogate.wake_kernel import Wake, WakeKernel
from windopt.surrogate.wake_models import farm_physics, kernel_shape

D = 198.0
RNG = np.random.default_rng(8)
ROWS = D * np.array([[4.0 * i, 0.6 * (i % 3) + 5.0 * j] for i in range(5) for j in range(3)])
WIND = (np.full(12, 270.0) + RNG.uniform(-4, 4, 12), RNG.uniform(6, 12, 12), np.full(12, 0.07))
SHEAR = 0.15
TURBULENCE = {"initial": 0.1, "constant": 0.5, "ai": 0.8, "downstream": -0.32}


class Formula(WakeKernel):
    """A kernel that evaluates a velocity model at its place: no trunk, no branch."""

    model = ""

    def source_terms(self, ct: Tensor, ti: Tensor, ambient_ti: Tensor) -> Tensor:
        return torch.stack([ct, ti, ambient_ti, torch.zeros_like(ct)])

    def pair_basis(self, distance_d: Tensor) -> Tensor:
        return distance_d

    def reach(self, ambient_ti: float) -> tuple[float, float]:
        return 4.0, 0.3

    def strips(self, ti: Tensor) -> Tensor:
        return torch.tensor([[4.0], [0.3]]).to(ti).expand(2, len(ti))

    def wake(self, basis: Tensor, source_terms: Tensor) -> Wake:
        (ct, ti, ambient, own_wind), x = source_terms, basis
        induction = 0.5 * (1.0 - torch.sqrt(1.0 - ct))
        of = TURBULENCE
        added = of["constant"] * induction ** of["ai"] * ambient ** of["initial"]
        turbulence, exponent = torch.log(added * x ** of["downstream"]), None
        if self.model == "jensen":
            width = 0.5 + 0.05 * x
            amplitude = 2.0 * induction * (0.5 / width) ** 2
        elif self.model == "cc":
            beta = 0.5 * (1.0 + torch.sqrt(1.0 - ct)) / torch.sqrt(1.0 - ct)
            near = (0.0563691592 * ct + 0.13290157) * torch.sqrt(beta)
            sigma = (0.179367259 * ti + 0.0118889215) * x + near
            n = 3.11 * torch.exp(-0.68 * x) + 2.41
            loss = n * ct / (16.0 * torch.exp(torch.lgamma(2.0 / n)) * sigma ** (4.0 / n))
            amplitude = 2.0 ** (2.0 / n - 1.0)
            amplitude = amplitude - torch.sqrt((amplitude**2 - loss).clamp_min(0.0))
            width, exponent = sigma ** (2.0 / n), torch.log(n)
        else:  # empirical_gauss, within its first range of distances
            mixing = torch.sqrt((ti**2 - NO_MIXING**2).clamp_min(0.0))
            width = 0.28 + (0.023 + 2.0 * mixing) * x
            amplitude = (1.0 - torch.sqrt(1.0 - ct * (0.28 / width) ** 2)) / (8.0 * 0.28**2)
            turbulence = torch.log(induction / x**2)
        return Wake(torch.log(amplitude) + own_wind, torch.log(width), turbulence, exponent)


def problem_of(config: Path, model: str, **changes: Any) -> LayoutProblem:
    """Of a velocity model, with shear and a layout of 15 turbines."""
    turbulence = "wake_induced_mixing" if model == "empirical_gauss" else "crespo_hernandez"
    wake = {"wake.velocity_model": model, "wake.turbulence_model": turbulence}
    return windopt.load_problem(config, wake | {"atmosphere.wind_shear": SHEAR} | changes)


def speeds(problem: LayoutProblem, layout: FloatArray) -> FloatArray:
    """Rotor wind speeds of the surrogate with the formula: (n_conditions, n) [m/s]."""
    surrogate = Surrogate(farm_physics(problem), "formula", kernel_shape(problem)).double()
    surrogate.flow.kernel = Formula(kernel_shape(problem)).double()
    surrogate.flow.kernel.model = problem.wake.velocity_model
    wd, ws, ti = (torch.tensor(v) for v in WIND)
    u = surrogate.states(torch.tensor(layout[None]), wd, ws[:, None], ti[:, None]).u
    return np.asarray(u[0, :, :, 0].detach())


WIDENING = {"breakpoints_D": [60]}  # one rate of expansion for all distances of this farm


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("jensen", {}),
        ("jensen", {"wake.combination_model": "max"}),
        ("cc", {}),
        ("empirical_gauss", {"wake.parameters": {"wake_velocity_parameters": WIDENING}}),
        (
            "empirical_gauss",
            {
                "wake.combination_model": "fls",
                "wake.parameters": {
                    "wake_velocity_parameters": WIDENING,
                    "wake_turbulence_parameters": {"atmospheric_ti_gain": 0.3},
                },
            },
        ),
    ],
)
def test_farm_of_formulas_is_floris(
    small_config: Path, model: str, changes: dict[str, Any]
) -> None:
    """In rows five deep, in shear. Found equal to 1e-8, jensen to 6e-6: FLORIS adds 1 mm to x."""
    problem = problem_of(small_config, model, **changes)
    floris = simulate_farm(floris_configuration(problem), ROWS, *WIND)
    assert floris.wind_speed.min() < 0.9 * WIND[1].min()
    rtol = 1e-5 if model == "jensen" else 1e-7
    np.testing.assert_allclose(speeds(problem, ROWS), floris.wind_speed, rtol=rtol)


@pytest.mark.parametrize("combination", ["sosfs", "fls", "max"])
def test_turbopark_takes_the_root_of_squares_and_adds_no_turbulence(
    small_config: Path, combination: str
) -> None:
    """Whatever is configured: at every point of the rotor, in shear."""
    problem = problem_of(small_config, "turbopark", **{"wake.combination_model": combination})
    physics, configuration = farm_physics(problem), floris_configuration(problem)
    turbulence = simulate_farm(configuration, ROWS, *WIND).turbulence_intensity
    assert (turbulence == WIND[2][0]).all()
    assert not physics.turbulent
    assert physics.superposition == "sosfs"
    left, right, receiver = [0.0, 0.3 * D], [0.0, -1.5 * D], [9.0 * D, -0.8 * D]
    wind = (np.array([270.0]), np.array([9.0]), np.array([0.07]))

    def losses(*layout: list[float]) -> FloatArray:
        model = floris_model(configuration, np.array(layout), *wind)
        model.run()
        u = model.core.flow_field.u[0]
        return np.asarray(1.0 - u[-1] / u[0])

    one, other = losses(left, receiver), losses(right, receiver)
    assert min(one.max(), other.max()) > 0.01
    np.testing.assert_allclose(losses(left, right, receiver), np.hypot(one, other), rtol=1e-9)


def test_wakes_of_turbopark_end_where_floris_ends_them(small_config: Path) -> None:
    """The point that a wake reaches first stands a quarter of a diameter nearer than the hub."""
    problem = problem_of(small_config, "turbopark", **{"atmosphere.wind_shear": 0.0})
    configuration, aside = floris_configuration(problem), np.linspace(1.0, 2.0, 101)
    wind = (np.array([270.0]), np.array([9.0]), np.array([0.07]))
    u = [
        simulate_farm(configuration, D * np.array([[0.0, 0.0], [8.0, y]]), *wind).wind_speed[0, 1]
        for y in aside
    ]
    last = aside[np.flatnonzero(np.array(u) < 9.0 * (1.0 - 1e-9))[-1]]
    model = configuration["wake"]["wake_velocity_parameters"]["turbopark"]
    speed = torch.tensor([9.0])
    ct = TurbineCurves(problem.turbine, problem.air_density).thrust_coefficient(speed).numpy()
    beta = 0.5 * (1.0 + np.sqrt(1.0 - ct)) / np.sqrt(1.0 - ct)
    sigma = 0.25 * np.sqrt(beta) + characteristic_wake_width(8.0, 0.07, ct, model["A"])
    narrow, cut = 1.0 / (sigma**2 + 1.0 / 16.0), farm_physics(problem).cut
    for y, ends in ((last, False), (last + 0.02, True)):
        assert ends_before((y - 0.25) ** 2, float(narrow[0]), 0.5, cut) == ends
