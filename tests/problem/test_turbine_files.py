"""Turbines as CSV and in FLORIS's format are those of windIO, and FLORIS's own powers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from floris import FlorisModel

from windopt.errors import ConfigError
from windopt.floris.simulator import simulate_power
from windopt.readers.formats import read_turbines
from windopt.readers.load import load_problem
from windopt.readers.turbine.context import TurbineContext

CONFIGS = Path(__file__).parents[2] / "configs"
V80 = (CONFIGS / "hornsrev" / "v80.csv").read_text()
TABLE = {
    "ref_air_density": 1.225,
    "wind_speed": [3, 12, 25],
    "power": [0, 2000, 2000],
    "thrust_coefficient": [0.8, 0.8, 0.1],
}
DEFINITION = {"turbine_type": "two", "hub_height": 70, "rotor_diameter": 80, "TSR": 8.0}
SEA = {"Tp": 2.0, "Hs": 1.0}


@pytest.fixture
def read(tmp_path):
    def read(text, name="turbine.csv", **context):
        (tmp_path / name).write_text(text)
        (turbine,) = read_turbines(str(tmp_path / name), TurbineContext(**context))
        return turbine

    return read


def test_csv_equals_the_same_in_windio(read, case, write, tmp_path):
    rows = [list(map(float, line.split(","))) for line in V80.splitlines()[5:]]
    speed, power, thrust = (list(column) for column in zip(*rows, strict=True))
    case["turbine"] |= {
        "performance": {
            "power_curve": {
                "power_values": [1e3 * kw for kw in power],
                "power_wind_speeds": speed,
            },
            "Ct_curve": {"Ct_values": thrust, "Ct_wind_speeds": speed},
        }
    }
    write(case)
    (windio,) = read_turbines(str(tmp_path / "turbine.yaml"), TurbineContext())
    ours = read(V80)
    assert (
        (ours.rotor_diameter, ours.hub_height)
        == (80, 70)
        == (
            windio.rotor_diameter,
            windio.hub_height,
        )
    )
    for name in ("wind_speed", "power", "thrust_coefficient"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(windio, name))
    assert ours.name == "Vestas V80-2.0"


@pytest.mark.parametrize(
    ("header", "factor"),
    [
        ("ws,power_kw,ct", 1),
        ("Wind Speed [m/s],Power [MW],Ct [-]", 1e-3),
        ("ws,power (W),thrust_coefficient", 1e3),
        ("ws,power,ct", 1),
        ("ws,power,ct", 1e3),
        ("ws,power,ct", 1e-3),
    ],
)
def test_unit_is_that_of_the_header_or_the_only_possible(read, header, factor):
    rows = [line.split(",") for line in V80.splitlines()[5:]]
    text = "\n".join(f"{u},{float(p) * factor:g},{ct}" for u, p, ct in rows)
    turbine = read(f"{header}\n{text}", rotor_diameter=80.0, hub_height=70.0)
    np.testing.assert_allclose(turbine.power, read(V80).power)


@pytest.mark.parametrize(
    ("old", "new", "problem", "cure"),
    [
        ("# rotor_diameter: 80 m\n", "", "does not say the rotor_diameter", "rotor_diameter [m]"),
        ("diameter: 80 m", "diameter: big", "'big'", "with your number"),
        ("[kW]", "[hp]", "in 'hp'", "W, kW or MW"),
        ("[kW]", "[MW]", "W/m²", "1,000 times too large in W"),
        ("diameter: 80", "diameter: 8", "W/m²", "power in W"),
        (",ct", ",ct max", "no column ct", "wind_speed, power [kW], ct"),
        (",ct", ",thrust", "does not say its unit", "call it ct"),
        ("speed [m/s]", "speed [km/h]", "in 'km/h'", "m/s"),
        ("5,154,0.806", "4,154,0.806", "66.6 (line 7) and 154 (line 8)", "keep one"),
        ("5,154,0.806", "5,x,0.806", "'x' is no number", "number"),
        ("0.806", "806", "thrust coefficient 806", "coefficients"),
    ],
)
def test_fault_of_a_csv_says_what_and_how(read, old, new, problem, cure):
    with pytest.raises(ConfigError) as caught:
        read(V80.replace(old, new))
    assert any(problem in fault.problem and cure in fault.cure for fault in caught.value.faults), (
        caught.value
    )


def test_no_unit_that_fits_is_a_fault(read):
    with pytest.raises(ConfigError, match=r"does not say its unit.*as 'power \[kW\]'"):
        read(V80.replace(" [kW]", "").replace("diameter: 80", "diameter: 800"))


def test_size_is_given_once(read):
    assert read(V80, rotor_diameter=80.0).rotor_diameter == 80
    with pytest.raises(ConfigError, match=r"90 here, and 80 in turbine.csv; keep one"):
        read(V80, rotor_diameter=90.0)


def test_floris_library_equals_the_windio_file():
    (ours,) = read_turbines("floris:nrel_5MW", TurbineContext())
    (windio,) = read_turbines(str(CONFIGS / "suite" / "nrel_5mw.yaml"), TurbineContext())
    speed = windio.wind_speed
    np.testing.assert_allclose(
        np.interp(speed, ours.wind_speed, ours.power), windio.power, rtol=1e-9
    )
    thrust = np.interp(speed, ours.wind_speed, ours.thrust_coefficient)
    np.testing.assert_allclose(thrust, windio.thrust_coefficient, atol=1e-9)
    assert (ours.rotor_diameter, ours.hub_height) == (125.88, 90)


@pytest.mark.parametrize(
    ("name", "conditions", "rtol"),
    [
        ("nrel_5MW", {}, 1e-12),
        ("iea_10MW", {}, 1e-12),
        ("iea_15MW_multi_dim_cp_ct", SEA, 1e-12),
        ("iea_15MW_multi_dim_cp_ct", {"Tp": 3.4, "Hs": 2.9}, 1e-12),
        ("iea_15MW_floating_multi_dim_cp_ct", SEA, 1e-3),
    ],
)
def test_floris_computes_the_same_powers(name, conditions, rtol):
    (turbine,) = read_turbines(f"floris:{name}", TurbineContext(multidim_conditions=conditions))
    problem = load_problem(CONFIGS / "quickstart.yaml", {"n_turbines": 4, "layout": None})
    problem = replace(problem, turbines=(turbine,))
    layout = 5 * turbine.rotor_diameter * np.array([[0, 0], [1, 0], [2, 0.1], [0.2, 1.0]])
    rng = np.random.default_rng(0)
    wd, ws, ti = rng.uniform(0, 360, 80), rng.uniform(3, 26, 80), rng.uniform(0.04, 0.15, 80)
    ours = simulate_power(problem, layout, wd, ws, ti)
    theirs = floris_power(name, conditions, layout, wd, ws, ti, turbine.hub_height)
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1.0)
    assert abs(ours.sum() / theirs.sum() - 1) < max(1e-12, rtol / 100)


def floris_power(name, conditions, layout, wd, ws, ti, height):
    config = FlorisModel.get_defaults()
    config["logging"]["console"]["enable"] = False
    for switch in ("secondary_steering", "yaw_added_recovery", "transverse_velocities"):
        config["wake"][f"enable_{switch}"] = False
    config["farm"] = {"layout_x": layout[:, 0], "layout_y": layout[:, 1], "turbine_type": [name]}
    config["flow_field"].update(
        wind_directions=wd,
        wind_speeds=ws,
        turbulence_intensities=ti,
        reference_wind_height=height,
        wind_shear=0.0,
    )
    if conditions:
        config["flow_field"]["multidim_conditions"] = conditions
    model = FlorisModel(config)
    model.run()
    return model.get_turbine_powers()


def test_own_file_of_floris_with_data_beside_it(read, tmp_path):
    (tmp_path / "sea.csv").write_text(
        "Tp,ws,power,thrust_coefficient\n" + "".join(
            f"{tp},{u},{p * tp / 2},{ct}\n" for tp in (1, 2)
            for u, p, ct in zip(*(TABLE[k] for k in ("wind_speed", "power", "thrust_coefficient")),
                                strict=True)
        )
    )  # fmt: skip
    table = {"ref_air_density": 1.225, "power_thrust_data_file": "sea.csv"}
    definition = DEFINITION | {"multi_dimensional_cp_ct": True, "power_thrust_table": table}
    text = yaml.safe_dump(definition)
    assert read(text, "two.yaml", multidim_conditions={"Tp": 1}).rated_power == 1e6
    assert read(text, "two.yaml", multidim_conditions={"Tp": 1.8}).rated_power == 2e6
    for conditions, problem in (
        ({}, "is missing; the curves of sea.csv depend on {Tp: 1 or 2}"),
        ({"Hs": 1}, "has Hs"),
        ({"Tp": 3}, "3 is outside the table"),
    ):
        with pytest.raises(ConfigError) as caught:
            read(text, "two.yaml", multidim_conditions=conditions)
        assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"operation_model": "peak-shaving"}, "changes the curves"),
        ({"generator_efficiency": 1.0}, "is of FLORIS 3"),
        ({"rotor_diameter": -1}, "not above 0"),
        ({"hub_height": None}, "hub_height"),
        ({"power_thrust_table": TABLE | {"power": [0, 2e6, 2e6]}}, "W/m²"),
        ({"power_thrust_table": TABLE | {"power": [0, 2000]}}, "3 speeds, 2 powers"),
        ({"power_thrust_table": TABLE | {"wind_speed": [3, 12, 12]}}, "12 m/s stands there twice"),
        ({"multi_dimensional_cp_ct": True}, "power_thrust_data_file: is missing"),
        ({"correct_cp_ct_for_tilt": True}, "floating_tilt_table: is missing"),
    ],
)
def test_fault_of_floris_turbine_is_told(read, change, problem):
    definition = DEFINITION | {"power_thrust_table": TABLE} | change
    with pytest.raises(ConfigError, match=problem):
        read(yaml.safe_dump(definition), "two.yaml")


def test_unknown_library_turbine_names_the_nearest():
    with pytest.raises(ConfigError, match="no 'nrel_5mw'; did you mean 'nrel_5MW'"):
        read_turbines("floris:nrel_5mw", TurbineContext())
