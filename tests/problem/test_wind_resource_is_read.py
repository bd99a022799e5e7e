"""The forms of a windIO wind resource give the same joint probability."""

import numpy as np
import pytest
from scipy.stats import weibull_min

from windopt.readers.windio.wind_resource import read_wind_resource

EXAMPLES = "windIO:plant_energy_resource/"
JOINT = np.array([[0.1, 0.1], [0.1, 0.2], [0.1, 0.1], [0.1, 0.2]])


@pytest.fixture
def read(case, write, tmp_path):
    def read(**changes):
        resource = case["wind_resource"]["wind_resource"]
        resource.update(changes)
        write(case)
        return read_wind_resource(str(tmp_path / "wind_resource.yaml"))

    return read


def test_joint_probability(read):
    np.testing.assert_allclose(read().probability, JOINT)


def test_plain_lists_are_over_direction_and_speed(read):
    wind = read(probability=JOINT.tolist(), turbulence_intensity=[0.05, 0.06, 0.07, 0.08])
    np.testing.assert_allclose(wind.probability, JOINT)
    np.testing.assert_allclose(wind.turbulence_intensity[:, 1], [0.05, 0.06, 0.07, 0.08])


def test_dims_may_be_swapped(read):
    wind = read(
        probability={"data": JOINT.T.tolist(), "dims": ["wind_speed", "wind_direction"]},
        turbulence_intensity={"data": [0.1, 0.06], "dims": ["wind_speed"]},
    )
    np.testing.assert_allclose(wind.probability, JOINT)
    np.testing.assert_allclose(wind.turbulence_intensity, [[0.1, 0.06]] * 4)


def test_probability_given_direction_is_multiplied_by_the_sectors(read):
    sector = JOINT.sum(axis=1)
    wind = read(probability=(JOINT / sector[:, None]).tolist(), sector_probability=sector.tolist())
    np.testing.assert_allclose(wind.probability, JOINT)


def test_sector_probability_beside_a_joint_one_changes_nothing(read):
    wind = read(sector_probability=JOINT.sum(axis=1).tolist())
    np.testing.assert_allclose(wind.probability, JOINT)


def test_rounded_probabilities_are_scaled_to_one(read):
    wind = read(probability=(JOINT * 0.9999).tolist())
    assert wind.probability.sum() == pytest.approx(1, abs=1e-14)


def test_directions_are_sorted_and_360_is_0(read):
    wind = read(wind_direction=[90, 180, 270, 360])
    np.testing.assert_array_equal(wind.wind_direction, [0, 90, 180, 270])
    np.testing.assert_allclose(wind.probability, np.roll(JOINT, 1, axis=0))


@pytest.mark.parametrize("form", ["UniformResource.yaml", "UniformResource_nc.yaml"])
def test_single_speed_in_yaml_and_netcdf(form):
    wind = read_wind_resource(EXAMPLES + form)
    assert wind.probability.shape == (16, 1)
    assert wind.mean_wind_speed == pytest.approx(9.8)
    assert wind.probability[12, 0] == pytest.approx(0.213)
    assert (wind.turbulence_intensity == 0.075).all()


@pytest.mark.parametrize("form", ["UniformWeibullResource.yaml", "UniformWeibullResource_nc.yaml"])
def test_weibull_bins_hold_the_exact_probability(form):
    wind = read_wind_resource(EXAMPLES + form)
    assert wind.wind_speed[[0, -1]].tolist() == [0.5, 29.5]
    sector = wind.sector_probability[9]
    assert sector == pytest.approx(0.1473792, rel=1e-4)
    law = weibull_min(2.607422, scale=11.68746)  # 270 degrees
    speed = wind.wind_speed[8]
    expected = law.cdf(speed + 0.5) - law.cdf(speed - 0.5)
    assert wind.probability[9, 8] / sector == pytest.approx(expected, rel=1e-4)
