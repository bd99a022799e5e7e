"""A kernel that is folded from FLORIS's own wake functions gives FLORIS's farms.

This is the structure without the networks: what is exact about a farm, the low rank and the tables.
The bounds are some three times what was measured.
"""

from typing import Any

import numpy as np
import pytest
import torch

import windopt
from windopt.floris.adapter import floris_configuration
from windopt.floris.sampling import jittered_grid
from windopt.floris.simulator import FarmCase, Simulator
from windopt.floris.wake_parameters import TURBULENCE, VELOCITY, vector
from windopt.floris.wake_points import added_turbulence, wake_shape
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.conditioned import LEARNED_AMBIENT, LEARNED_CT, LEARNED_D, LEARNED_TI
from windopt.surrogate.shipped import folded_surrogate
from windopt.surrogate.surrogate import Surrogate

MIXING = {"wake.turbulence_model": "wake_induced_mixing"}
CASES: dict[str, tuple[dict[str, Any], float, float]] = {
    "jensen": ({}, 0.002, 0.01),
    "gauss": ({}, 0.06, 0.5),
    "gauss without added turbulence": ({"wake.turbulence_model": "none"}, 0.08, 0.5),
    "gauss, fls, shear": (
        {"wake.combination_model": "fls", "atmosphere.wind_shear": 0.14},
        0.08,
        0.6,
    ),
    "cc": ({}, 0.02, 0.25),
    "cc, shear": ({"atmosphere.wind_shear": 0.14}, 0.02, 0.25),
    "turboparkgauss": ({}, 0.006, 0.08),
    "turbopark, max": ({"wake.combination_model": "max"}, 0.2, 1.2),
    "empirical_gauss": (MIXING, 0.05, 0.2),
    "empirical_gauss, ambient mixing": (
        MIXING | {"wake.parameters": {"wake_turbulence_parameters": {"atmospheric_ti_gain": 0.02}}},
        0.05,
        0.2,
    ),
}
"""Settings, and the largest error of the energy and mean error of turbines' power [%]."""


@pytest.mark.parametrize("case", CASES)
def test_farm_is_that_of_floris(case: str, borssele: LayoutProblem) -> None:
    settings, energy_pct, power_pct = CASES[case]
    model = case.partition(",")[0].partition(" ")[0]
    problem = windopt.load_problem(borssele.config, settings | {"wake.velocity_model": model})
    surrogate = folded_from_floris(problem)
    rng = np.random.default_rng(3)
    layout = jittered_grid(30, 4.5, rng) * problem.rotor_diameter
    wd, ws = rng.uniform(0.0, 360.0, 40), rng.uniform(6.0, 14.0, 40)
    ti = rng.uniform(0.04, 0.14, 40)
    (state,) = Simulator(problem).simulate([FarmCase(layout, wd, ws, ti)])
    with torch.no_grad():
        power = surrogate.power(layout[None], wd, ws, ti).double().numpy()[0]
    energy_error = 100.0 * (power.sum() / state.power.sum() - 1.0)
    runs = state.power > 0.05 * problem.turbine.rated_power
    power_error = 100.0 * np.abs(power[runs] / state.power[runs] - 1.0).mean()
    assert abs(energy_error) < energy_pct
    assert power_error < power_pct


def folded_from_floris(problem: LayoutProblem) -> Surrogate:
    """Return a problem's surrogate whose kernel is FLORIS's own wake, folded."""
    wake, given = problem.wake, floris_configuration(problem)["wake"]
    model, turbulence = wake.velocity_model, wake.turbulence_model
    velocity = vector(VELOCITY[model], given["wake_velocity_parameters"][model])
    exponents = vector(
        TURBULENCE[turbulence], given["wake_turbulence_parameters"].get(turbulence) or {}
    )
    mixing = turbulence == "wake_induced_mixing"

    def shape_of(distance: FloatArray, ct: FloatArray, ti: FloatArray) -> FloatArray:
        asked = np.clip(ti, *(LEARNED_TI if not mixing else (0.0, 1.0)))
        with np.errstate(all="ignore"):
            return wake_shape(
                model, velocity, np.clip(distance, *LEARNED_D), np.clip(ct, *LEARNED_CT), asked
            )

    def added(distance: FloatArray, ct: FloatArray, ti: FloatArray) -> FloatArray:
        asked = np.clip(ct, *LEARNED_CT), np.clip(ti, *LEARNED_AMBIENT)
        return added_turbulence(turbulence, exponents, distance, *asked)[..., None]

    adds = turbulence != "none" and model != "turbopark"
    return folded_surrogate(problem, shape_of, added if adds else None)
