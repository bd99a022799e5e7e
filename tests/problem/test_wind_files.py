"""Wind as a table: CSV roses, time series and WAsP's .tab give the rose that windIO gives."""

from pathlib import Path

import numpy as np
import pytest
from floris import FlorisModel, TimeSeries, WindRose, WindTIRose

from windopt.errors import ConfigError
from windopt.floris.simulator import simulate_power
from windopt.readers.formats import read_wind
from windopt.readers.load import load_problem
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.time_series import bin_series
from windopt.readers.windio.wind_resource import read_wind_resource

CONFIGS = Path(__file__).parents[2] / "configs"
ROSE = "wd,ws,freq_val,ti\n0,5,0.1,0.06\n0,10,0.2,0.07\n180,5,0.3,0.08\n180,10,0.4,0.09\n"
SERIES = "time,wind_speed,wind_direction,ti\n" + "".join(
    f"2024-01-01 {hour:02}:00,{5 + hour},{(350 + 2 * hour) % 361},0.06\n" for hour in range(10)
)
TAB = """A mast
 55.0 8.0 70
 4 1.0 0.0
 10 20 30 40
 1 400 400 400 400
 2 600 600 600 600
"""


@pytest.fixture
def read(tmp_path):
    def read(text, name="wind.csv", **context):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_wind(str(tmp_path / name), WindContext(**context))

    return read


def same(one, other, tolerance=1e-12):
    np.testing.assert_allclose(one.wind_direction, other.wind_direction)
    np.testing.assert_allclose(one.wind_speed, other.wind_speed)
    np.testing.assert_allclose(one.probability, other.probability, atol=tolerance)
    occurs = one.probability > 0
    np.testing.assert_allclose(
        one.turbulence_intensity[occurs], other.turbulence_intensity[occurs], atol=tolerance
    )


def test_rose_is_that_of_the_rows(read):
    wind = read(ROSE)
    np.testing.assert_array_equal(wind.wind_direction, [0, 180])
    np.testing.assert_allclose(wind.probability, [[0.1, 0.2], [0.3, 0.4]])
    np.testing.assert_allclose(wind.turbulence_intensity, [[0.06, 0.07], [0.08, 0.09]])


@pytest.mark.parametrize(
    "text",
    [
        ROSE.replace("wd,ws,freq_val,ti", "Wind Direction [deg],Wind Speed [m/s],frequency,TI"),
        ROSE.replace("wd,ws,freq_val,ti", "wind_directions,wind_speeds,p,turbulence_intensities"),
        ROSE.replace(",", ";").replace("0.", "0,"),
        ROSE.replace(",", "\t"),
        "\ufeff# a comment: 3\n\n" + ROSE.replace("\n", "\r\n"),
        ROSE.replace("180,", "-180,").replace("-180", "180.0"),
        "ti,other,ws,wd,p\n0.06,x,5,360,10\n0.07,x,10,360,20\n0.08,,5,180,30\n0.09,x,10,180,40\n",
        ROSE.replace("freq_val", "freq_val [%]").replace("0.1,", "10,").replace("0.2,", "20,")
        .replace("0.3,", "30,").replace("0.4,", "40,"),
    ],
)  # fmt: skip
def test_rose_may_be_written_otherwise(read, text):
    same(read(text), read(ROSE))


def test_one_turbulence_intensity_may_stand_in_the_config(read):
    plain = "\n".join(line.rsplit(",", 1)[0] for line in ROSE.splitlines())
    wind = read(plain, turbulence_intensity=0.1)
    np.testing.assert_allclose(wind.turbulence_intensity, 0.1)


def test_turbulence_classes_are_joined_to_their_mean(read):
    wind = read("wd,ws,ti_val,freq_val\n0,8,0.05,0.3\n0,8,0.09,0.1\n90,8,0.06,0.6\n")
    np.testing.assert_allclose(wind.probability[:, 0], [0.4, 0.6])
    np.testing.assert_allclose(wind.turbulence_intensity[:, 0], [0.06, 0.06])


@pytest.mark.parametrize(
    ("old", "new", "problem", "cure"),
    [
        ("freq_val", "share", "neither how often", "FLORIS would take all winds as equally"),
        ("wd,", "way,", "no column of the wind direction", "add 'wd'"),
        ("0.4", "0.5", "sums to 1.1, not 1", "divide"),
        ("0,10,0.2", "0,10,0.9", "sums to 1.7", "divide"),
        ("0.4", "-0.4", "negative -0.4", ">= 0"),
        ("0.4", "nan", "'nan' is no number", "each row"),
        ("0.4", "", "'' is no number", "each row"),
        ("0.4,0.09", "0.4", "is empty in line 5", "each wind"),
        ("180,10", "400,10", "400 is no direction", "0 to 360"),
        ("180,10", "360,10", "appears twice", "keep one"),
        ("180,10", "180,5", "same wind in lines 4 and 5", "keep one row"),
        ("0.09", "9", "9 is outside (0, 1)", "0.06"),
        (",ws", ",ws [knots]", "in 'knots'", "m/s"),
        (",ws", ",wind_speed_kmh", "in 'kmh'", "m/s"),
        ("180,10", "180,90", "at most", "divided by 3.6"),
        ("wd,ws,", "wd,wind_direction,ws,", "both the direction", "keep one"),
        ("freq_val,ti", "freq_val,turb", "turbulence intensity is missing", "column ti"),
    ],
)
def test_fault_of_a_rose_says_what_and_how(read, old, new, problem, cure):
    text = ROSE.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        read(text.replace("180,5,0.3,0.08", "180,5,0.3,0.09") if new == "180,5" else text)
    assert any(problem in fault.problem and cure in fault.cure for fault in caught.value.faults), (
        caught.value
    )


def test_conditional_frequencies_are_told_apart(read):
    text = (
        ROSE.replace("0.1", "0.5").replace("0.2", "0.5").replace("0.3", "0.5").replace("0.4", "0.5")
    )
    with pytest.raises(ConfigError, match=r"sums to 1 in each of the 2 directions.*multiply"):
        read(text)


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b"wd,ws,freq_val\n", b"# only: this\n", b'"'])
def test_what_is_no_table_is_refused(read, content):
    with pytest.raises(ConfigError):
        read(content, turbulence_intensity=0.06)


def test_rose_csv_has_floris_aep():
    problem = load_problem(CONFIGS / "from_floris.yaml", {"refine_wind": False})
    rose = WindRose.read_csv_long(
        str(CONFIGS / "examples" / "rose.csv"),
        wd_col="wd", ws_col="ws", ti_col_or_value="ti", freq_col="freq_val",
    )  # fmt: skip
    model = FlorisModel(str(CONFIGS / "examples" / "floris_input.yaml"))
    model.set(wind_data=rose, wind_shear=problem.wind_shear, reference_wind_height=90.0)
    model.run()
    np.testing.assert_allclose(aep(problem), model.get_farm_AEP(), rtol=1e-9)


def test_mean_turbulence_of_a_ti_rose_loses_little():
    problem = load_problem(CONFIGS / "from_floris.yaml", {"refine_wind": False})
    path = str(CONFIGS / "examples" / "ti_rose.csv")
    names = {"wd_col": "wd", "ws_col": "ws", "ti_col": "ti_val", "freq_col": "freq_val"}
    rose = WindTIRose.read_csv_long(path, **names)
    model = FlorisModel(str(CONFIGS / "examples" / "floris_input.yaml"))
    model.set(wind_data=rose, reference_wind_height=90.0)
    model.run()
    ours = aep(problem, read_wind(path, WindContext()))
    assert ours / model.get_farm_AEP() == pytest.approx(1, abs=5e-4)


def aep(problem, wind=None):
    c = (wind or problem.wind).conditions
    power = simulate_power(problem, problem.initial_layout, c.wd, c.ws, c.ti).sum(axis=1)
    return 8760 * float(power @ c.weight)


def test_series_has_floris_aep_and_its_mean_speed():
    problem = load_problem(CONFIGS / "from_floris.yaml")
    path = CONFIGS / "examples" / "series.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()[2::3]]
    _, ws, wd = (np.array(column) for column in zip(*rows, strict=True))
    ws, wd, ti = ws.astype(float), wd.astype(float), np.full(len(ws), 0.08)
    wind = bin_series(wd, ws, ti)
    assert wind.mean_wind_speed == pytest.approx(ws.mean(), abs=0.25 * (ws < 1).mean())
    model = FlorisModel(str(CONFIGS / "examples" / "floris_input.yaml"))
    model.set(wind_data=TimeSeries(wd, ws, ti), reference_wind_height=90.0)
    model.run()
    assert aep(problem, wind) / model.get_farm_AEP() == pytest.approx(1, abs=1e-3)


def test_series_equals_the_same_in_windio(read, case, write, tmp_path):
    rows = [line.split(",") for line in SERIES.splitlines()[1:]]
    case["wind_resource"]["wind_resource"] = {
        "time": [time for time, *_ in rows],
        "wind_speed": [float(speed) for _, speed, *_ in rows],
        "wind_direction": [float(direction) for _, _, direction, _ in rows],
        "turbulence_intensity": {"data": [0.06] * len(rows), "dims": ["time"]},
    }
    write(case)
    same(read(SERIES), read_wind_resource(str(tmp_path / "wind_resource.yaml")))


def test_directions_around_north_are_one(read):
    text = "time,wd,ws,ti\n0,360,8,0.06\n1,0,8,0.06\n2,359.6,8,0.06\n3,0.4,8,0.06\n"
    wind = read(text)
    assert wind.probability[0, 8] == 1


@pytest.mark.parametrize(
    ("old", "new", "problem", "cure"),
    [
        ("2024-01-01 03:00,8,", "2024-01-01 03:00,nan,", "empty in 1 row, the first in line 5",
         "gaps"),
        ("2024-01-01 03:00,8,356,0.06\n", "", "1 gap after 2024-01-01T02:00", "gaps"),
        ("01-01 03:00", "01-01 02:00", "does not increase", "sort"),
        ("2024-01-01 03:00", "1.2.2024", "'1.2.2024' is no time", "2024-01-31 13:00"),
        ("wind_speed", "wind_speed [kn]", "is in 'kn'", "m/s"),
        (",8,", ",-999,", "-999 is taken for missing: 1 of 10 rows, 10.0 %", "gaps"),
        (",8,", ",-8,", "negative -8", "nothing was measured"),
        (",8,", ",80,", "80 at most", "knots by 1.944"),
        (",356,", ",-4,", "-4 is no direction", "0 to 360"),
        ("0.06\n2024-01-01 03", "6\n2024-01-01 03", "6 is outside (0, 1)", "fraction"),
    ],
)  # fmt: skip
def test_fault_of_a_series_says_what_and_how(read, old, new, problem, cure):
    with pytest.raises(ConfigError) as caught:
        read(SERIES.replace(old, new))
    assert any(problem in fault.problem and cure in fault.cure for fault in caught.value.faults), (
        caught.value
    )


def test_gaps_may_be_allowed(read):
    text = SERIES.replace("2024-01-01 03:00,8,", "2024-01-01 03:00,,").replace(
        "01 05:00,10", "01 05:00,"
    )
    wind = read(text, allow_gaps=True)
    assert wind.probability.sum() == pytest.approx(1)
    assert np.count_nonzero(wind.probability) == 8


def test_tab_is_read_with_its_factor_and_offset(read):
    wind = read(TAB.replace("4 1.0 0.0", "4 0.5 15"), "mast.tab", turbulence_intensity=0.08)
    np.testing.assert_allclose(wind.wind_direction, [15, 105, 195, 285])
    np.testing.assert_allclose(wind.wind_speed, [0.25, 0.75])
    np.testing.assert_allclose(wind.probability, np.outer([0.1, 0.2, 0.3, 0.4], [0.4, 0.6]))
    assert (wind.turbulence_intensity == 0.08).all()


@pytest.mark.parametrize(
    "classes",
    [" 1 40 40 40 40\n 2 60 60 60 60\n", " 1 4 8 12 16\n 2 6 12 18 24\n"],
    ids=["per cent", "of all times"],
)
def test_tab_may_have_other_shares(read, classes):
    context = {"turbulence_intensity": 0.08}
    text = "".join(f"{line}\n" for line in TAB.splitlines()[:4]) + classes
    same(read(text, "mast.tab", **context), read(TAB, "mast.tab", **context))


@pytest.mark.parametrize(
    ("old", "new", "problem", "cure"),
    [
        ("10 20 30 40", "100 200 300 400", "sum to 1000, not 100 %", "per cent"),
        ("10 20 30 40", "10 20 30", "line 4", ""),
        ("2 600 600 600 600", "2 600 650 600 600", "sector 2 sum to 1050", "1000"),
        ("2 600", "0.5 600", "does not increase", "sort"),
        ("4 1.0 0.0", "4 0 0.0", "speed factor 0", "mostly 1"),
        ("4 1.0 0.0", "4.5 1.0 0.0", "4.5 sectors", "whole"),
        ("55.0 8.0 70", "55.0 8.0", "2 numbers, not 3", "blanks"),
        ("55.0 8.0 70", "55.0 8.0 30", "at 30 m, but the hub is at 70 m", "wind_shear"),
        ("600 600 600\n", "600 6oo 600\n", "not all numbers", "decimal point"),
    ],
)
def test_fault_of_a_tab_says_what_and_how(read, old, new, problem, cure):
    with pytest.raises(ConfigError) as caught:
        read(TAB.replace(old, new), "mast.tab", hub_height=70.0, turbulence_intensity=0.06)
    assert any(problem in str(fault) and cure in fault.cure for fault in caught.value.faults), (
        caught.value
    )


def test_shear_brings_a_tab_to_the_hub(read):
    context = {"turbulence_intensity": 0.08, "wind_shear": 0.14}
    wind = read(TAB, "mast.tab", hub_height=140.0, **context)
    np.testing.assert_allclose(wind.wind_speed, np.array([0.5, 1.5]) * 2**0.14)


def test_horns_rev_tab_is_windios_weibull():
    tab = load_problem(CONFIGS / "hornsrev.yaml")
    windio = load_problem(
        CONFIGS / "hornsrev.yaml",
        {"wind_resource": "windIO:plant_energy_resource/UniformWeibullResource.yaml"},
    )
    assert abs(tab.wind.probability - windio.wind.probability).sum() < 2e-3  # its two decimals
    assert tab.wind.mean_wind_speed == pytest.approx(windio.wind.mean_wind_speed, rel=2e-4)
