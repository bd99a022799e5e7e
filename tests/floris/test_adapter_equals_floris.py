"""Our FLORIS adapter gives what a FLORIS user gets who sets up the same farm by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from floris import FlorisModel

import windopt
from windopt.floris.adapter import floris_defaults
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem

RNG = np.random.default_rng(4)
LAYOUT = RNG.uniform(0.0, 3000.0, (7, 2))
WD, WS, TI = RNG.uniform(0, 360, 40), RNG.uniform(3, 27, 40), RNG.uniform(0.04, 0.15, 40)
GCH_SWITCHES = ("secondary_steering", "yaw_added_recovery", "transverse_velocities")


def test_defaults_are_floris_defaults() -> None:
    assert floris_defaults() == FlorisModel.get_defaults()


def by_hand(problem: LayoutProblem, changes: dict[str, Any], gch: bool, **flow: Any) -> FloatArray:
    """Set up FLORIS's default model with our turbine, layout and wind, as its manual does."""
    inputs = FlorisModel.get_defaults()
    inputs["wake"]["model_strings"].update(changes)
    for switch in GCH_SWITCHES:
        inputs["wake"][f"enable_{switch}"] = gch
    t = problem.turbine
    table = {
        "ref_air_density": 1.225,
        "ref_tilt": 0.0,
        "cosine_loss_exponent_yaw": 1.88,
        "cosine_loss_exponent_tilt": 1.88,
        "wind_speed": list(t.wind_speed),
        "power": list(t.power / 1000),
        "thrust_coefficient": list(t.thrust_coefficient),
    }
    turbine = {
        "turbine_type": "ours",
        "hub_height": t.hub_height,
        "rotor_diameter": t.rotor_diameter,
        "TSR": 8.0,
        "power_thrust_table": table,
    }
    model = FlorisModel(inputs)
    model.set(
        layout_x=LAYOUT[:, 0],
        layout_y=LAYOUT[:, 1],
        turbine_type=[turbine],
        reference_wind_height=t.hub_height,
        wind_directions=WD,
        wind_speeds=WS,
        turbulence_intensities=TI,
        **{"wind_shear": 0.0, "air_density": 1.225, **flow},
    )
    model.run()
    return np.asarray(model.get_turbine_powers())


EMPIRICAL = {
    "velocity_model": "empirical_gauss",
    "turbulence_model": "wake_induced_mixing",
    "deflection_model": "empirical_gauss",
}


@pytest.mark.parametrize(
    "models",
    [
        {},
        {"velocity_model": "jensen"},
        {"velocity_model": "turboparkgauss"},
        {"velocity_model": "cc"},
        {"combination_model": "fls"},
        {"combination_model": "max"},
        EMPIRICAL,
    ],
    ids=lambda models: "-".join(models.values()) or "default",
)
def test_powers_are_those_of_floris_with_its_own_deflection_model(
    small: LayoutProblem, models: dict[str, str]
) -> None:
    ours = {name: model for name, model in models.items() if name != "deflection_model"}
    problem = replace(small, wake=small.wake.model_copy(update=ours))
    power = windopt.simulate_power(problem, LAYOUT, WD, WS, TI)
    assert power.shape == (40, 7)
    np.testing.assert_allclose(power, by_hand(small, models, gch=False), rtol=1e-9, atol=1e-3)


def test_gch_is_floris_default_configuration(small: LayoutProblem) -> None:
    problem = replace(small, wake=small.wake.model_copy(update={"gch": True}))
    power = windopt.simulate_power(problem, LAYOUT, WD, WS, TI)
    np.testing.assert_allclose(power, by_hand(small, {}, gch=True), rtol=1e-9, atol=1e-3)
    plain = windopt.simulate_power(small, LAYOUT, WD, WS, TI)
    assert np.abs(power / np.maximum(plain, 1.0) - 1).max() > 1e-5


def test_shear_and_air_density_reach_floris(small: LayoutProblem) -> None:
    problem = replace(small, wind_shear=0.12, air_density=1.1)
    power = windopt.simulate_power(problem, LAYOUT, WD, WS, TI)
    expected = by_hand(small, {}, gch=False, wind_shear=0.12, air_density=1.1)
    np.testing.assert_allclose(power, expected, rtol=1e-9, atol=1e-3)


def test_wake_parameters_reach_floris(small_config: Any) -> None:
    def power(**parameters: dict[str, float]) -> FloatArray:
        overrides = {"wake.parameters": {f"wake_{k}_parameters": v for k, v in parameters.items()}}
        problem = windopt.load_problem(small_config, overrides)
        return windopt.simulate_power(problem, LAYOUT, WD, WS, TI)

    default = power()
    np.testing.assert_array_equal(power(velocity={"ka": 0.38}), default)  # FLORIS's own
    assert power(velocity={"ka": 0.6}).sum() > 1.002 * default.sum()  # wider wakes recover sooner
    assert power(turbulence={"constant": 1.0}).sum() > 1.002 * default.sum()


def test_turbine_alone_follows_its_power_curve(small: LayoutProblem) -> None:
    speeds = np.array([3.9, 4.0, 7.5, 11.0, 18.0, 25.0, 25.1])
    power = windopt.simulate_power(
        small, np.zeros((1, 2)), np.full(7, 270.0), speeds, np.full(7, 0.06)
    )
    share = np.clip((speeds - 4.0) / 7.0, 0, 1) ** 3 * (speeds <= 25)  # IEA37 case study 3
    np.testing.assert_allclose(power[:, 0], 10e6 * share, rtol=1e-4, atol=1.0)


def test_wind_direction_is_meteorological(small: LayoutProblem) -> None:
    west, east = [0.0, 0.0], [1000.0, 0.0]
    power = windopt.simulate_power(
        small,
        np.array([west, east]),
        np.array([270.0, 90.0, 0.0]),
        np.full(3, 9.0),
        np.full(3, 0.06),
    )
    alone = power.max()
    assert power[0] == pytest.approx([alone, power[0, 1]])  # a west wind spares the western turbine
    assert power[0, 1] < 0.8 * alone
    assert power[1, 0] < 0.8 * alone
    assert power[2] == pytest.approx([alone, alone])


def test_one_condition_may_be_given_as_plain_numbers(small: LayoutProblem) -> None:
    power = windopt.simulate_power(small, LAYOUT, WD[0], WS[0], TI[0])
    np.testing.assert_array_equal(
        power, windopt.simulate_power(small, LAYOUT, WD[:1], WS[:1], TI[:1])
    )
