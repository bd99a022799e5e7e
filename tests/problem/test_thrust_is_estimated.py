"""Turbines that come without thrust coefficients, or without power, get them from what is there."""

import math
from pathlib import Path

import numpy as np
import pytest
import yaml

from windopt.errors import ConfigError
from windopt.readers.formats import read_turbines
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.turbine.thrust_estimate import thrust_from_power

V80 = Path(__file__).parents[2] / "configs" / "hornsrev" / "v80.csv"
LIBRARY = ("floris:nrel_5MW", "floris:iea_10MW", "floris:iea_15MW", "floris:iea_22MW", str(V80))
AREA = math.pi / 4 * 80**2
SPEED = np.array([4, 6, 8, 10, 12, 14, 18, 25.0])
POWER = np.array([60, 240, 610, 1180, 1800, 2000, 2000, 2000.0])  # [kW]
CP = 1e3 * POWER / (0.5 * 1.225 * AREA * SPEED**3)
THRUST = np.array([0.82, 0.81, 0.8, 0.78, 0.62, 0.42, 0.18, 0.07])


@pytest.fixture
def read(tmp_path):
    def read(head: str, *columns: np.ndarray):
        rows = [",".join(map(repr, map(float, row))) for row in zip(*columns, strict=True)]
        text = "\n".join(["# rotor_diameter: 80", "# hub_height: 70", head, *rows])
        (tmp_path / "t.csv").write_text(text)
        (turbine,) = read_turbines(str(tmp_path / "t.csv"), TurbineContext())
        return turbine

    return read


@pytest.mark.parametrize("path", LIBRARY)
def test_estimate_is_near_the_thrust_of_known_turbines(path):
    """Where they have power, weighed by Rayleigh winds of 9 m/s; 0.2 near cut-in."""
    (turbine,) = read_turbines(path, TurbineContext())
    estimate = thrust_from_power(
        path, turbine.wind_speed, turbine.power, turbine.rotor_diameter, turbine.ref_air_density
    )
    speed = np.arange(4.0, 25.0, 0.1)
    ours, theirs = (
        np.interp(speed, turbine.wind_speed, thrust)
        for thrust in (estimate, turbine.thrust_coefficient)
    )
    often = speed * np.exp(-math.pi / 4 * (speed / 9) ** 2)
    assert often @ abs(ours - theirs) / often.sum() < 0.055
    assert abs(ours - theirs).max() < 0.2


def test_estimate_is_momentum_theory():
    """By hand: Ct = 4a(1 - a) = 0.8 at a = 0.2764, where Cp = 4a(1 - a)² = 0.5789."""
    estimate = thrust_from_power("t", SPEED, 1e3 * POWER, 80.0, 1.225)
    optimal = int(np.argmax(CP))
    assert (estimate[: optimal + 1] == 0.8).all()
    a = (1 - np.sqrt(1 - estimate)) / 2
    induced = 4 * a * (1 - a) ** 2
    assert induced[optimal] == pytest.approx(0.57889, abs=1e-5)
    above = slice(optimal + 2, None)  # the next is within 1 % of the largest
    np.testing.assert_allclose(induced[above], CP[above] / CP.max() * induced[optimal], rtol=1e-9)


def test_estimate_is_said_with_its_method(read, caplog):
    turbine = read("ws,power [kW]", SPEED, POWER)
    assert "t.csv: has no thrust coefficients: estimated from the power by momentum" in caplog.text
    assert "0.01 to 0.1 off in the mean" in caplog.text
    assert turbine.thrust_coefficient[0] == 0.8
    np.testing.assert_array_equal(turbine.power, 1e3 * POWER)


@pytest.mark.parametrize("name", ["Cp [-]", "power coefficient", "Cp", "c_p", "Power_Coefficient"])
def test_power_comes_from_the_power_coefficient(read, name, caplog):
    turbine = read(f"wind speed [m/s],{name},Ct [-]", SPEED, CP, THRUST)
    np.testing.assert_allclose(turbine.power, 1e3 * POWER, rtol=1e-12)
    np.testing.assert_array_equal(turbine.thrust_coefficient, THRUST)
    assert not caplog.records


def test_power_coefficient_alone_gives_both(read, caplog):
    turbine = read("ws,cp", SPEED, CP)
    np.testing.assert_allclose(turbine.power, 1e3 * POWER, rtol=1e-12)
    expected = thrust_from_power("t", SPEED, 1e3 * POWER, 80.0, 1.225)
    np.testing.assert_allclose(turbine.thrust_coefficient, expected, rtol=1e-9)
    assert "has no thrust coefficients" in caplog.text


def test_density_of_the_file_is_that_of_its_power_coefficient(read):
    turbine = read("# air_density: 1.1\nws,cp,ct", SPEED, CP, THRUST)
    np.testing.assert_allclose(turbine.power, 1e3 * POWER * 1.1 / 1.225, rtol=1e-12)


def test_power_goes_before_its_coefficient(read):
    turbine = read("ws,power [kW],cp,ct", SPEED, POWER, 0.9 * CP, THRUST)
    np.testing.assert_array_equal(turbine.power, 1e3 * POWER)


def test_thrust_in_kilonewtons_is_its_coefficient(read, caplog):
    newtons = THRUST * 0.5 * 1.225 * AREA * SPEED**2
    turbine = read("ws,power [kW],thrust [kN]", SPEED, POWER, newtons / 1e3)
    np.testing.assert_allclose(turbine.thrust_coefficient, THRUST, rtol=1e-12)
    assert not caplog.records


def test_thrust_under_an_unknown_name_is_not_estimated(read):
    with pytest.raises(ConfigError, match=r"no column ct among ws, power \[kW\], my ct"):
        read("ws,power [kW],my ct", SPEED, POWER, THRUST)


def test_thrust_in_per_cent_is_refused(read):
    with pytest.raises(ConfigError, match=r"ct \[%\]: is in '%'; give the coefficient"):
        read("ws,power [kW],ct [%]", SPEED, POWER, 100 * THRUST)


def test_windio_and_floris_without_thrust_get_the_same(read, case, write, tmp_path, caplog):
    expected = read("ws,power [kW]", SPEED, POWER).thrust_coefficient
    curve = {"power_values": (1e3 * POWER).tolist(), "power_wind_speeds": SPEED.tolist()}
    case["turbine"]["performance"] = {"power_curve": curve}
    write(case)
    (windio,) = read_turbines(str(tmp_path / "turbine.yaml"), TurbineContext())
    rows = {"wind_speed": SPEED.tolist(), "power": POWER.tolist(), "ref_air_density": 1.225}
    own = {"hub_height": 70, "rotor_diameter": 80, "power_thrust_table": rows}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own))
    (floris,) = read_turbines(str(tmp_path / "own.yaml"), TurbineContext())
    for turbine in (windio, floris):
        np.testing.assert_allclose(turbine.thrust_coefficient, expected, rtol=1e-12)
    told = [record.getMessage().split(": has")[0] for record in caplog.records]
    assert told == ["t.csv", "turbine.yaml: performance", "own.yaml: power_thrust_table"]


def test_neither_power_nor_thrust_is_told_once(case, write, tmp_path):
    case["turbine"]["performance"] = {}
    write(case)
    with pytest.raises(ConfigError, match="has no power curve") as caught:
        read_turbines(str(tmp_path / "turbine.yaml"), TurbineContext())
    assert len(caught.value.faults) == 1


def test_no_power_at_all_is_told_once(read):
    with pytest.raises(ConfigError, match="has no power at any speed") as caught:
        read("ws,power [kW]", SPEED, 0 * POWER)
    assert len(caught.value.faults) == 1
