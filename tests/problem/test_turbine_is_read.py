"""The forms of a windIO turbine give its curves of power and thrust."""

import math

import numpy as np
import pytest

from windopt.readers.windio.turbine import read_turbines

EXAMPLES = "windIO:plant_energy_turbine/IEA37_"


def read_turbine(path):
    (turbine,) = read_turbines(path)
    return turbine


@pytest.fixture
def read(case, write, tmp_path):
    def read(**performance):
        case["turbine"]["performance"].update(performance)
        write(case)
        return read_turbine(str(tmp_path / "turbine.yaml"))

    return read


@pytest.mark.parametrize(
    ("name", "rated_power", "rated"), [("10MW", 10e6, 11.0), ("3.35MW", 3.35e6, 9.8)]
)
def test_rated_form_is_the_cubic_curve_of_task_37(name, rated_power, rated):
    turbine = read_turbine(f"{EXAMPLES}{name}_turbine.yaml")
    speed = np.array([4.0, 5.5, 8.005, rated, 20.0, 25.0])
    expected = rated_power * np.minimum((speed - 4) / (rated - 4), 1) ** 3
    np.testing.assert_allclose(
        np.interp(speed, turbine.wind_speed, turbine.power), expected, rtol=1e-5, atol=1
    )
    assert turbine.wind_speed[[0, -1]].tolist() == [4.0, 25.0]
    assert np.diff(turbine.wind_speed).min() > 1e-9
    assert turbine.rated_power == rated_power


def test_thrust_table_is_kept_between_cut_in_and_cut_out():
    turbine = read_turbine(f"{EXAMPLES}3.35MW_turbine.yaml")
    assert (turbine.thrust_coefficient == 0.888888889).all()
    turbine = read_turbine(f"{EXAMPLES}10MW_turbine.yaml")
    at = np.searchsorted(turbine.wind_speed, 8.330837837)
    assert turbine.wind_speed[at] == 8.330837837
    assert turbine.thrust_coefficient[at] == 0.776845963


def test_power_curve_and_thrust_curve_meet_on_one_grid(read):
    turbine = read()
    np.testing.assert_array_equal(turbine.wind_speed, [4, 10, 12, 25])
    np.testing.assert_allclose(turbine.power, [0, 1.5e6, 2e6, 2e6])
    np.testing.assert_allclose(turbine.thrust_coefficient[:2], 0.8)
    assert turbine.thrust_coefficient[2] == pytest.approx(0.8 - 0.7 * 2 / 15)


def test_cp_curve_is_power_of_the_swept_area(read, case):
    del case["turbine"]["performance"]["power_curve"]
    cp = {"Cp_values": [0.4, 0.45, 0.03], "Cp_wind_speeds": [4, 10, 25]}
    turbine = read(Cp_curve=cp, generator_efficiency=0.9)
    area = math.pi * 40**2
    expected = 0.5 * 1.225 * area * 0.9 * np.array([0.4 * 4**3, 0.45 * 10**3, 0.03 * 25**3])
    np.testing.assert_allclose(turbine.power, expected)


def test_15_mw_example_reaches_its_rating():
    turbine = read_turbine(f"{EXAMPLES}15MW_turbine.yaml")
    assert turbine.rated_power == pytest.approx(15e6, rel=0.1)  # Cp is without drive-train losses
    assert (turbine.rotor_diameter, turbine.hub_height) == (240, 150)


def test_only_turbine_type_of_a_farm_is_taken(case, write, tmp_path):
    case["layout"]["turbine_types"] = {0: case["turbine"]}
    write(case)
    assert read_turbine(str(tmp_path / "layout.yaml")).name == "2 MW"


def test_turbine_types_of_a_farm_come_in_the_order_of_their_keys(case, write, tmp_path):
    types = {2: "c", 0: "a", 1: "b"}
    case["layout"]["turbine_types"] = {
        key: case["turbine"] | {"name": name} for key, name in types.items()
    }
    write(case)
    turbines = read_turbines(str(tmp_path / "layout.yaml"))
    assert [turbine.name for turbine in turbines] == ["a", "b", "c"]


def test_turbine_types_with_names_keep_the_order_of_the_file(case, write, tmp_path):
    turbine = case["turbine"]
    case["layout"]["turbine_types"] = {"b": turbine, "a": turbine | {"name": "4 MW"}}
    write(case)
    turbines = read_turbines(str(tmp_path / "layout.yaml"))
    assert [turbine.name for turbine in turbines] == ["4 MW", "2 MW"]
