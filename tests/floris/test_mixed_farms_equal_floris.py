"""Farms of several turbine types give what FLORIS gives for the same farm set up by hand."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from floris import FlorisModel

import windopt
from windopt.errors import LayoutError
from windopt.floris import simulator
from windopt.floris.adapter import wake_model_hash
from windopt.floris.simulator import FarmCase, Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine

RNG = np.random.default_rng(8)
LAYOUT = RNG.uniform(0.0, 3000.0, (9, 2))
TYPES = np.array([0, 1, 1, 0, 1, 0, 0, 1, 0])
WD, WS, TI = RNG.uniform(0, 360, 40), RNG.uniform(3, 27, 40), RNG.uniform(0.04, 0.15, 40)


def definition(name: str, turbine: Turbine) -> dict[str, Any]:
    return {
        "turbine_type": name,
        "hub_height": turbine.hub_height,
        "rotor_diameter": turbine.rotor_diameter,
        "TSR": 8.0,
        "power_thrust_table": {
            "ref_air_density": 1.225,
            "ref_tilt": 0.0,
            "cosine_loss_exponent_yaw": 1.88,
            "cosine_loss_exponent_tilt": 1.88,
            "wind_speed": list(turbine.wind_speed),
            "power": list(turbine.power / 1000),
            "thrust_coefficient": list(turbine.thrust_coefficient),
        },
    }


def by_hand(problem: LayoutProblem, models: dict[str, str], wind_shear: float = 0.0) -> FloatArray:
    """Set up FLORIS's default model with a list of turbine types, as its manual does."""
    inputs = FlorisModel.get_defaults()
    inputs["wake"]["model_strings"].update(models)
    for switch in ("secondary_steering", "yaw_added_recovery", "transverse_velocities"):
        inputs["wake"][f"enable_{switch}"] = False
    large, little = (
        definition(*pair) for pair in zip(("large", "little"), problem.turbines, strict=True)
    )
    model = FlorisModel(inputs)
    model.set(
        layout_x=LAYOUT[:, 0],
        layout_y=LAYOUT[:, 1],
        turbine_type=[little if little_one else large for little_one in TYPES],
        reference_wind_height=119.0,
        wind_directions=WD,
        wind_speeds=WS,
        turbulence_intensities=TI,
        wind_shear=wind_shear,
        air_density=1.225,
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
        {"velocity_model": "turbopark"},
        {"velocity_model": "cc"},
        {"combination_model": "max"},
        EMPIRICAL,
    ],
    ids=lambda models: "-".join(models.values()) or "default",
)
def test_powers_are_those_of_floris(mixed: LayoutProblem, models: dict[str, str]) -> None:
    ours = {name: model for name, model in models.items() if name != "deflection_model"}
    problem = replace(mixed, wake=mixed.wake.model_copy(update=ours))
    power = windopt.simulate_power(problem, LAYOUT, WD, WS, TI, TYPES)
    np.testing.assert_allclose(power, by_hand(mixed, models), rtol=1e-9, atol=1e-3)


def test_shear_is_taken_from_the_first_types_hub(mixed: LayoutProblem) -> None:
    problem = replace(mixed, wind_shear=0.2)
    power = windopt.simulate_power(problem, LAYOUT, WD, WS, TI, TYPES)
    np.testing.assert_allclose(power, by_hand(mixed, {}, 0.2), rtol=1e-9, atol=1e-3)
    little = problem.turbines[1]
    alone = windopt.simulate_power(problem, np.zeros((1, 2)), 270.0, 7.0, 0.06, np.array([1]))
    speed = 7.0 * (110 / 119) ** 0.2
    expected = np.interp(speed, little.wind_speed, little.power)
    assert alone[0, 0] == pytest.approx(expected, rel=0.03)  # FLORIS averages over the rotor
    assert alone[0, 0] < 0.93 * np.interp(7.0, little.wind_speed, little.power)


def test_turbines_are_by_default_of_the_problems_types(mixed: LayoutProblem) -> None:
    assert mixed.types.tolist() == [0] * 5 + [1] * 4
    given = windopt.simulate_power(mixed, LAYOUT, WD, WS, TI, mixed.types)
    np.testing.assert_array_equal(windopt.simulate_power(mixed, LAYOUT, WD, WS, TI), given)
    c = mixed.given_wind.conditions
    (farm,) = Simulator(mixed).farm_power([LAYOUT], mixed.given_wind)
    power = windopt.simulate_power(mixed, LAYOUT, c.wd, c.ws, c.ti, mixed.types)
    np.testing.assert_allclose(farm, power.sum(axis=1), rtol=1e-12)


def test_turbines_and_their_types_change_places_together(mixed: LayoutProblem) -> None:
    order = np.random.default_rng(0).permutation(9)
    power = windopt.simulate_power(mixed, LAYOUT, WD, WS, TI, TYPES)
    swapped = windopt.simulate_power(mixed, LAYOUT[order], WD, WS, TI, TYPES[order])
    np.testing.assert_allclose(swapped, power[:, order], rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize("index", [0, 1])
def test_farm_all_of_one_type_is_that_types_farm(
    mixed: LayoutProblem, caplog: pytest.LogCaptureFixture, index: int
) -> None:
    with caplog.at_level(logging.WARNING):
        power = windopt.simulate_power(mixed, LAYOUT, WD, WS, TI, np.full(9, index))
    assert not caplog.records
    one = replace(mixed, turbines=(mixed.turbines[index],), types=np.zeros(9, dtype=np.intp))
    expected = windopt.simulate_power(one, LAYOUT, WD, WS, TI)
    np.testing.assert_allclose(power, expected, rtol=1e-9, atol=1e-3)


def test_work_that_is_cut_keeps_the_types(
    mixed: LayoutProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = FarmCase(LAYOUT, WD, WS, TI, TYPES)
    (whole,) = Simulator(mixed).simulate([case])
    monkeypatch.setattr(simulator, "TURBINE_CONDITIONS_PER_TASK", 9 * 7)
    (joined,) = Simulator(mixed).simulate([case])
    np.testing.assert_allclose(joined.power, whole.power, rtol=1e-12)


def test_layout_of_unknown_types_is_refused(mixed: LayoutProblem, small: LayoutProblem) -> None:
    with pytest.raises(LayoutError, match=r"of 4 turbines the types are not known: .* has 9"):
        windopt.simulate_power(mixed, LAYOUT[:4], WD, WS, TI)
    assert windopt.simulate_power(small, LAYOUT[:4], WD, WS, TI).shape == (40, 4)


@pytest.mark.parametrize("types", [[0, 1], [0, 1, 2, 0], [0, -1, 0, 0]])
def test_types_that_do_not_exist_are_refused(mixed: LayoutProblem, types: Sequence[int]) -> None:
    with pytest.raises(LayoutError, match="4 turbines cannot have the types"):
        windopt.simulate_power(mixed, LAYOUT[:4], WD, WS, TI, np.array(types))


def test_wake_model_does_not_depend_on_turbines(small: LayoutProblem, mixed: LayoutProblem) -> None:
    assert wake_model_hash(mixed) == wake_model_hash(small)
