"""windIO's time series, heights and operating masks, and joint beside conditional tables."""

import numpy as np
import pytest

from windopt.errors import ConfigError
from windopt.readers.wind.context import WindContext
from windopt.readers.windio.wind_resource import read_wind_resource

EXAMPLES = "windIO:plant_energy_resource/"
SERIES = {"time": [0, 1, 2, 3], "wind_speed": [5, 6, 7, 8], "wind_direction": [0, 90, 180, 270]}


@pytest.fixture
def read(case, write, tmp_path):
    def read(changes, replace=False, **context):
        resource = {} if replace else case["wind_resource"]["wind_resource"]
        case["wind_resource"]["wind_resource"] = resource | changes
        write(case)
        return read_wind_resource(str(tmp_path / "wind_resource.yaml"), WindContext(**context))

    return read


def series(**changes):
    return SERIES | {"turbulence_intensity": {"data": 0.06, "dims": []}} | changes


@pytest.mark.parametrize(
    ("name", "winds"),
    [
        ("timeseries.yaml", [(0, 5), (350, 6), (30, 3)]),
        ("timeseries_vertical_variation.yaml", [(2, 7), (350, 6), (30, 3.3)]),
    ],
)
def test_windios_own_series_are_read(name, winds):
    context = WindContext(turbulence_intensity=0.07, hub_height=2.0)
    wind = read_wind_resource(EXAMPLES + name, context)
    assert wind.probability.sum() == pytest.approx(1)
    for direction, speed in winds:
        of_direction = wind.probability[direction]
        assert of_direction.sum() == pytest.approx(1 / 3)
        assert of_direction @ wind.wind_speed * 3 == pytest.approx(speed)


def test_netcdf_series_is_read_as_far_as_its_turbulence():
    with pytest.raises(ConfigError, match=r"turbulence_intensity: 2.61894 is outside \(0, 1\)"):
        read_wind_resource(EXAMPLES + "timeseries_with_netcdf.yaml")


def test_turbulence_varies_with_time(read):
    ti = {"data": [0.05, 0.06, 0.07, 0.08], "dims": ["time"]}
    wind = read(series(turbulence_intensity=ti), replace=True)
    assert wind.turbulence_intensity[180, 7] == 0.07


@pytest.mark.parametrize(
    "mask",
    [
        {"data": [1, 1, 0, 1], "dims": ["time"]},
        {"data": [[1, 1], [1, 1], [0, 0], [1, 1]], "dims": ["time", "wind_turbine"]},
        {"data": [[1, 1, 0, 1], [1, 1, 0, 1]], "dims": ["wind_turbine", "time"]},
    ],
)
def test_farm_at_rest_counts_as_calm(read, mask):
    wind = read(series(operating=mask), replace=True)
    assert wind.probability[180, 7] == 0
    assert wind.probability[180, 0] == 0.25
    assert wind.probability.sum() == 1


def test_operating_by_wind_leaves_the_sum(read):
    wind = read({"operating": {"data": [1, 1, 0, 1], "dims": ["wind_direction"]}})
    np.testing.assert_allclose(wind.wind_speed, [0.25, 5, 10])
    np.testing.assert_allclose(wind.probability[2], [0.2, 0, 0])
    np.testing.assert_allclose(wind.probability[1], [0, 0.1, 0.2])


def test_turbines_at_rest_one_by_one_are_refused(read):
    mask = {"data": [[1, 1], [1, 0], [1, 1], [1, 1]], "dims": ["time", "wind_turbine"]}
    with pytest.raises(ConfigError, match=r"differs between turbines.*whole farm"):
        read(series(operating=mask), replace=True)


def test_power_law_between_heights_is_exact(read):
    low, high = np.array([5, 6, 7, 8.0]), np.array([5, 6, 7, 8.0]) * 2**0.2
    wind = read(
        series(
            height=[60, 120],
            wind_speed={"data": np.stack([low, high], axis=1).tolist(), "dims": ["time", "height"]},
            wind_direction={"data": [[350, 10], [90, 90], [180, 180], [270, 270]],
                            "dims": ["time", "height"]},
        ),
        replace=True, hub_height=60 * 2**0.5,
    )  # fmt: skip
    for direction, speed in ((0, 5), (90, 6), (180, 7), (270, 8)):  # 0: from 350 to 10 degrees
        of_direction = wind.probability[direction]
        assert of_direction.sum() == 0.25
        assert of_direction @ wind.wind_speed * 4 == pytest.approx(speed * 2**0.1)


def test_weibull_scale_follows_the_power_law(read):
    of_height = {"weibull_a": [8, 9, 8, 9], "weibull_k": [2] * 4, "sector_probability": [0.25] * 4}
    plain = {k: {"data": v, "dims": ["wind_direction"]} for k, v in of_height.items()}
    fixed = {
        "wind_direction": [0, 90, 180, 270],
        "turbulence_intensity": {"data": 0.06, "dims": []},
    }
    at_hub = [scale * 1.5**0.1 for scale in of_height["weibull_a"]]
    hub = read(fixed | plain | {"weibull_a": {"data": at_hub, "dims": ["wind_direction"]}}, True)
    shear = {"alpha": 0.1, "h_ref": 80}
    scaled = read(fixed | plain | {"shear": shear}, replace=True, hub_height=120.0)
    np.testing.assert_allclose(scaled.probability, hub.probability)


def test_other_height_without_shear_is_a_fault(read):
    with pytest.raises(ConfigError, match=r"holds at 100 m, but the hub is at 120 m; set atmos"):
        read({"reference_height": 100}, hub_height=120.0)
    assert read({"reference_height": 100}, hub_height=101.0).wind_speed[0] == 5
    sheared = read({"reference_height": 100}, hub_height=120.0, wind_shear=0.1)
    np.testing.assert_allclose(sheared.wind_speed, np.array([5, 10]) * 1.2**0.1)


def test_hub_outside_the_heights_is_a_fault(read):
    speeds = {"data": [[5, 6]] * 4, "dims": ["time", "height"]}
    with pytest.raises(ConfigError, match="spans 60 to 120 m, but the hub is at 150 m"):
        read(series(height=[60, 120], wind_speed=speeds), replace=True, hub_height=150.0)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"time": [0, 1, 3, 4]}, "has 1 gap after 1.0: 1 time is missing"),
        ({"time": [0, 1, 1, 2]}, "does not increase"),
        ({"time": ["a", "b", "c", "d"]}, "cannot be read"),
        ({"time": 3}, "no list of times"),
        ({"wind_speed": [5, 6, 7]}, "shape"),
        ({"wind_speed": [5, 6, 7, -1]}, "negative"),
        ({"wind_direction": [0, 90, 180, 999]}, "no direction"),
        ({"operating": {"data": [0, 0, 0, 0], "dims": ["time"]}}, "0 throughout"),
        ({"operating": {"data": [0, 2, 0, 0], "dims": ["time"]}}, "other than 0 to 1"),
        ({"turbulence_intensity": {"data": [0.1], "dims": ["z"]}}, "varies with z"),
        ({"wind_speed": {"data": [5, 6, 7, 8], "dims": "time"}}, "dims 'time'"),
    ],
)
def test_fault_of_a_series_is_told(read, changes, problem):
    with pytest.raises(ConfigError, match=problem):
        read(series(**changes), replace=True)


@pytest.mark.parametrize(
    ("table", "sector", "problem"),
    [
        ([[0.5, 0.5]] * 4, None, "sums to 4, and to 1 in each of its 4 directions"),
        ([[0.1, 0.1]] * 4, None, "sums to 0.8, not 1"),
        ([[0.1, 0.15]] * 4, [0.2, 0.3, 0.3, 0.2], "sums to 0.25, but sector_probability is 0.2"),
        ([[0.5, 0.4]] * 4, [0.25] * 4, "sums to 0.9, not 1"),
    ],
)
def test_joint_and_conditional_tables_are_told_apart(read, table, sector, problem):
    beside = {} if sector is None else {"sector_probability": sector}
    with pytest.raises(ConfigError, match=problem):
        read({"probability": table} | beside)
