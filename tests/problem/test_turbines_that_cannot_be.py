"""Rotors in the ground, power coefficients no rotor has, curves with gaps: refused or said."""

import logging
import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from floris import FlorisModel

from windopt.errors import ConfigError
from windopt.problem.turbine import Turbine
from windopt.readers.formats import read_turbines
from windopt.readers.load import load_problem
from windopt.readers.turbine.context import TurbineContext

LIBRARY = (
    *("floris:nrel_5MW", "floris:iea_10MW", "floris:iea_15MW", "floris:iea_22MW"),
    *("floris:iea_15MW_multi_dim_cp_ct", "floris:iea_15MW_floating_multi_dim_cp_ct"),
    *(f"windIO:plant_energy_turbine/IEA37_{mw}MW_turbine.yaml" for mw in ("3.35", "10", "15")),
    str(Path(__file__).parents[2] / "configs" / "hornsrev" / "v80.csv"),
)
SPEED = np.arange(3.0, 26.0)
POWER = np.array(
    [0, 19.8, 119.8, 343.8, 726.4, 1297.7, 2084.7, 3112.4, 4404.3, *[5000.0] * 14]
)  # [kW], about that of NREL's 5 MW turbine
THRUST = np.array(
    [
        *([0.8] * 9),
        *(0.704, 0.576, 0.479, 0.403, 0.343, 0.295, 0.255),
        *(0.223, 0.196, 0.174, 0.155, 0.138, 0.124, 0.112),
    ]
)


HEAD = "wind_speed,power [kW],ct"


def table(speed=SPEED, power=POWER, thrust=THRUST, head=HEAD, diameter=126.0, hub=90.0) -> str:
    columns = [column for column in (speed, power, thrust) if column is not None]
    rows = [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    return "\n".join([f"# rotor_diameter: {diameter}", f"# hub_height: {hub}", head, *rows])


@pytest.fixture
def read(tmp_path):
    def read(text: str, **context: float) -> Turbine:
        (tmp_path / "t.csv").write_text(text)
        (turbine,) = read_turbines(str(tmp_path / "t.csv"), TurbineContext(**context))
        return turbine

    return read


def faults(read, text: str, **context: float) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, **context)
    assert len(caught.value.faults) == 1, caught.value
    return str(caught.value)


@pytest.mark.parametrize("path", LIBRARY)
def test_turbines_of_the_libraries_pass_without_a_word(path, caplog):
    sea = {"Tp": 2.0, "Hs": 1.0} if "multi_dim" in path else {}
    read_turbines(path, TurbineContext(multidim_conditions=sea))
    assert not caplog.records


@pytest.mark.parametrize(
    ("hub", "words"), [(25.0, "38 m into the ground"), (63.0, "touch the ground")]
)
def test_rotor_in_the_ground_is_refused(read, hub, words):
    told = faults(read, table(hub=hub))
    assert words in told
    assert "correct the hub height or the rotor diameter" in told


def test_tower_that_nobody_builds_is_refused(read):
    assert "126 m stands on a tower of 900 m" in faults(read, table(hub=900.0))
    assert read(table(hub=300.0)).hub_height == 300.0


@pytest.mark.parametrize("size", [1e200, 0.01])
def test_size_of_no_turbine_is_refused_before_it_is_used(read, size):
    assert "is the size of no turbine; give 0.1 to 2000 metres" in faults(
        read, table(diameter=size)
    )


def test_rotor_in_the_ground_by_an_entry_is_refused(read):
    text = table().replace("# hub_height: 90.0\n", "")
    assert read(text, hub_height=64.0).hub_height == 64.0
    assert "would reach 48 m into" in faults(read, text, hub_height=15.0)


@pytest.mark.parametrize("name", ["floris:nrel_5MW", "floris:iea_10MW"])
def test_size_that_a_file_says_otherwise_is_refused(name):
    with pytest.raises(ConfigError, match=r"hub_height: is 25 here, and \d+ in .*leave it out"):
        read_turbines(name, TurbineContext(hub_height=25.0))


def test_size_that_a_file_says_too_is_no_fault():
    (turbine,) = read_turbines("floris:nrel_5MW", TurbineContext(rotor_diameter=125.88))
    assert turbine.hub_height == 90


def test_rotor_in_the_ground_is_refused_in_yaml(case, write, tmp_path):
    case["turbine"]["hub_height"] = 40
    write(case)
    with pytest.raises(ConfigError, match="80 m at a hub height of 40 m would touch the ground"):
        read_turbines(str(tmp_path / "turbine.yaml"), TurbineContext())
    curves = {"wind_speed": [3, 12, 25], "power": [0, 2000, 2000]}
    curves |= {"thrust_coefficient": [0.8, 0.8, 0.1], "ref_air_density": 1.225}
    own = {"hub_height": 30, "rotor_diameter": 80, "power_thrust_table": curves}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own))
    with pytest.raises(ConfigError, match="reach 10 m into the ground"):
        read_turbines(str(tmp_path / "own.yaml"), TurbineContext())


def test_radius_for_a_diameter_is_told(read):
    """By hand: Cp = 4,404.3 kW / (0.5 x 1.225 x pi/4 x 63² x 11³) = 1.73."""
    told = faults(read, table(diameter=63.0))
    assert "is 1.73, at 11 m/s: no rotor has more than 0.593" in told
    assert "if 63 m is the radius, the diameter is 126 m and it is 0.43" in told


@pytest.mark.parametrize(
    ("unit", "factor", "cp"),
    [("knots", 0.514444, 0.43), ("mph", 0.44704, 0.43), ("km/h", 1 / 3.6, 0.43)],
)
def test_speeds_in_another_unit_are_told(read, unit, factor, cp):
    told = faults(read, table(speed=np.round(SPEED / factor, 3)))
    assert f"if the speeds are in {unit}, it is {cp}" in told


@pytest.mark.parametrize("first", [0.0, 1.0])
def test_numbers_of_rows_for_speeds_are_told(read, first):
    told = faults(read, table(speed=SPEED - 3 + first))
    assert "if the speeds are numbers of rows" in told
    assert "Betz" in told


def test_diameter_twice_too_large_is_told(read):
    told = faults(read, table(diameter=252.0, hub=150.0))
    assert "is 0.11" in told
    assert "if the diameter is 126 m, half of what is given, it is 0.43" in told


def test_air_of_the_curve_counts(read):
    """Cp 0.607 in standard air is 0.495 where the curve holds at 1.5 kg/m³."""
    text = table(diameter=106.4)
    assert "Betz" in faults(read, text)
    assert read("# air_density: 1.5\n" + text).ref_air_density == 1.5


def test_poor_rotor_is_read_with_a_warning(read, caplog):
    read(table(diameter=175.0, hub=120.0))
    assert "largest power coefficient is 0.22: that of turbines is 0.35 to 0.5" in caplog.text


def test_rough_power_near_cut_in_is_no_fault(read, caplog):
    """60 kW at 3 m/s would be a Cp of 0.29, 200 kW one of 0.97."""
    power = POWER.copy()
    power[:2] = 200.0, 220.0
    assert read(table(power=power)).rated_power == 5e6
    assert not caplog.records


@pytest.mark.parametrize(
    ("head", "factor", "words"),
    [
        ("wind_speed,power,ct", 1 / 5000, "looks like shares of rated power"),
        ("wind_speed,power,ct", 1 / 50, "looks like per cent of rated power"),
        ("wind_speed,power [kW],ct", 1 / 5000, "shares or per cent, multiply them"),
        ("wind_speed,power [kW],ct", 1 / 50, "shares or per cent, multiply them"),
        ("wind_speed,power [-],ct", 1 / 5000, "multiply by the rated power"),
        ("wind_speed,power [%],ct", 1 / 50, "multiply by the rated power"),
        ("wind_speed,power [MW],ct", 1.0, "1,000 times too large"),
        ("wind_speed,power [W],ct", 1.0, "1,000 times too small"),
    ],
)
def test_unit_of_power_is_told(read, head, factor, words):
    assert words in faults(read, table(power=factor * POWER, head=head))


def test_power_that_falls_and_rises_again_is_a_wrong_cell(read):
    """1.298 is 1,298 written the German way."""
    power = POWER.copy()
    power[5] /= 1000
    assert "falls to 1.2977 kW at 8 m/s, and rises again" in faults(read, table(power=power))
    power = POWER.copy()
    power[15] = 0.0
    assert "falls to 0 kW at 18 m/s" in faults(read, table(power=power))


def test_power_in_calm_is_a_wrong_column(read):
    assert "119.8 kW at 0 m/s" in faults(
        read, table(np.append(0.0, SPEED), np.append(119.8, POWER), np.append(0.8, THRUST))
    )


@pytest.mark.parametrize(
    ("gone", "words"),
    [(slice(0, 4), "at 4.35 to 6.1 m/s"), (slice(18, None), "at 20.8 to 24.9 m/s")],
)
def test_thrust_missing_where_there_is_power_is_refused(read, gone, words):
    thrust = THRUST.copy()
    thrust[gone] = 0.0
    told = faults(read, table(thrust=thrust))
    assert "power but next to no thrust" in told
    assert words in told


def test_empty_cell_is_named_by_its_line(read):
    text = table().replace("12.0,5000.0,0.704", "12.0,5000.0,")
    assert "line 13: ct = '' is no number" in faults(read, text)


def test_falling_speeds_are_refused(read):
    told = faults(read, table(SPEED[::-1], POWER[::-1], THRUST[::-1]))
    assert "25 is followed by 24" in told


def test_step_at_cut_out_is_read_as_one(read, caplog):
    """As FLORIS computes with the same rows, but for 25 m/s itself, which its rounding decides."""
    rows = np.append(SPEED, 25.0), np.append(POWER, 0.0), np.append(THRUST, 0.0)
    turbine = read(table(*rows))
    assert "25 m/s stands there twice, with 5000 (line 26) and 0 (line 27)" in caplog.text
    at = np.array([24.5, 25.0, 25.002, 26.0])
    power = np.interp(at, turbine.wind_speed, turbine.power, left=0, right=0)
    np.testing.assert_array_equal(power, [5e6, 5e6, 0, 0])
    assert (np.diff(turbine.wind_speed) > 0).all()
    np.testing.assert_allclose(power[[0, 3]], floris_power(*rows, at[[0, 3]]), rtol=1e-12)


def floris_power(speed, power, thrust, at):
    config = FlorisModel.get_defaults()
    config["logging"]["console"]["enable"] = False
    curves = {"wind_speed": speed, "power": power, "thrust_coefficient": thrust}
    curves |= {"ref_air_density": 1.225, "ref_tilt": 0.0}
    curves |= {"cosine_loss_exponent_yaw": 1.88, "cosine_loss_exponent_tilt": 1.88}
    own = {"turbine_type": "own", "hub_height": 90.0, "rotor_diameter": 126.0, "TSR": 8.0}
    config["farm"] = {"layout_x": [0.0], "layout_y": [0.0]}
    config["farm"]["turbine_type"] = [own | {"power_thrust_table": curves}]
    config["flow_field"].update(
        wind_directions=np.full(len(at), 270.0),
        wind_speeds=at,
        turbulence_intensities=np.full(len(at), 0.06),
        wind_shear=0.0,
        reference_wind_height=90.0,
    )
    model = FlorisModel(config)
    model.run()
    return model.get_turbine_powers()[:, 0]


def test_step_at_cut_in_is_read_as_one(read):
    rows = np.append(3.0, SPEED), np.append(0.0, POWER), np.append(0.0, THRUST)
    rows[1][1] = 5.0
    turbine = read(table(*rows))
    power = np.interp([2.99, 3.0], turbine.wind_speed, turbine.power, left=0)
    np.testing.assert_array_equal(power, [0, 5e3])


def test_speed_twice_with_two_powers_names_both_lines(read):
    speed = SPEED.copy()
    speed[6] = 8.0
    told = faults(read, table(speed=speed))
    assert "8 m/s stands there twice, with 1297.7 (line 9) and 2084.7 (line 10)" in told


@pytest.mark.parametrize(
    ("speed", "words"),
    [
        ([3, 8, 8, 8, 25], "2 speeds repeat the one before, first 8 m/s in line 6"),
        ([3, 3, 8, 8, 8], "3 speeds repeat the one before, first 3 m/s in line 5"),
        ([3, 8, 12, 25, 1e9], "goes to 1e+09 m/s; give m/s, 200 at most"),
    ],
)
def test_speeds_of_no_curve_are_refused(read, speed, words):
    assert words in faults(read, table(speed, [0, 1300, 4000, 5000, 5000], [0.8] * 5))


def test_step_is_read_in_windio_and_in_floris_yaml(case, write, tmp_path, caplog):
    curves = case["turbine"]["performance"]
    curves["power_curve"]["power_values"] += [0]
    curves["power_curve"]["power_wind_speeds"] += [25]
    write(case)
    (turbine,) = read_turbines(str(tmp_path / "turbine.yaml"), TurbineContext())
    assert turbine.wind_speed[-2:].tolist() == [25.0, 25.001]
    assert turbine.power[-2:].tolist() == [2e6, 0.0]
    assert "twice, with 2e+06 (point 3) and 0 (point 4)" in caplog.text
    rows = {"wind_speed": [3, 12, 25, 25], "power": [0, 2000, 2000, 0]}
    rows |= {"thrust_coefficient": [0.8, 0.8, 0.1, 0.0], "ref_air_density": 1.225}
    own = {"hub_height": 70, "rotor_diameter": 80, "power_thrust_table": rows}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own))
    (turbine,) = read_turbines(str(tmp_path / "own.yaml"), TurbineContext())
    assert turbine.power.tolist() == [0.0, 2e6, 2e6, 0.0]


def weibull_rose(scale: float, shape: float) -> str:
    speed = np.arange(0.5, 30.0)
    edge = np.exp(-((np.arange(31.0) / scale) ** shape))
    often = edge[:-1] - edge[1:]
    rows = [f"{270.0},{u},{p / often.sum()}" for u, p in zip(speed, often, strict=True)]
    return "wd,ws,freq_val\n" + "\n".join(rows)


@pytest.fixture
def load(tmp_path):
    def load(turbine: str, scale: float = 10.0):
        (tmp_path / "site.csv").write_text("x,y\n0,0\n3000,0\n3000,3000\n0,3000\n")
        (tmp_path / "rose.csv").write_text(weibull_rose(scale, 2.0))
        (tmp_path / "t.csv").write_text(turbine)
        config = {
            "name": "short",
            "site": "site.csv",
            "wind_resource": "rose.csv",
            "turbine": "t.csv",
            "n_turbines": 4,
            "atmosphere": {"turbulence_intensity": 0.07},
            "allow_wind_gaps": True,
            "refine_wind": False,
        }
        (tmp_path / "c.yaml").write_text(yaml.safe_dump(config))
        return load_problem(tmp_path / "c.yaml")

    return load


def share_above(problem, turbine: Turbine, end: float) -> float:
    """The energy of 5 MW between `end` and 25 m/s in that of the whole curve, by hand."""
    speed, often = problem.wind.wind_speed, problem.wind.probability.sum(axis=0)
    whole = np.interp(speed, [*turbine.wind_speed, 25.0], [*turbine.power, 5e6], left=0, right=0)
    return float((often * whole)[speed > end].sum() / (often @ whole))


def test_curve_that_ends_at_rated_says_what_that_costs(load, caplog):
    short = table([3, 5, 11.4, 15], [50, 450, 5000, 5000], [0.8, 0.8, 0.8, 0.3])
    problem = load(short)
    expected = 100 * share_above(problem, problem.turbine, 15.0)
    assert 10 < expected < 25
    assert f"ends at 15 m/s with 5000 kW and is 0 above: {expected:.1f} % of" in caplog.text


@pytest.mark.parametrize(
    "rows",
    [
        ([3, 5, 11.4, 20, 20], [50, 450, 5000, 5000, 0], [0.8, 0.8, 0.8, 0.2, 0]),
        ([3, 5, 11.4, 20, 20.01], [50, 450, 5000, 5000, 0], [0.8, 0.8, 0.8, 0.2, 0]),
        ([3, 5, 11.4, 25], [50, 450, 5000, 5000], [0.8, 0.8, 0.8, 0.2]),
    ],
)
def test_curve_that_says_where_it_ends_is_taken_at_its_word(load, caplog, rows):
    load(table(*rows))
    assert "ends at" not in caplog.text


def test_curve_that_ends_beyond_the_wind_is_no_matter(load, caplog):
    load(table(SPEED[:18], POWER[:18], THRUST[:18]), scale=5.0)
    assert "ends at" not in caplog.text


def test_curve_that_begins_late_says_what_that_costs(load, caplog):
    load(table(SPEED[4:], POWER[4:], THRUST[4:]))
    assert "begins at 7 m/s with 726.4 kW and is 0 below: about" in caplog.text


def test_rated_form_of_windio_says_its_cut_out(case, write, tmp_path, caplog):
    rated = {"rated_power": 2e6, "rated_wind_speed": 12, "cutin_wind_speed": 4}
    del case["turbine"]["performance"]["power_curve"]
    case["turbine"]["performance"] |= rated | {"cutout_wind_speed": 15}
    case["wind_resource"]["wind_resource"]["wind_speed"] = [5, 16]
    with caplog.at_level(logging.WARNING):
        assert math.isclose(load_problem(write(case)).turbine.wind_speed[-1], 15)
    assert "ends at" not in caplog.text
