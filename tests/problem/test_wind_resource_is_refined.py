"""Refining a rose: agreement with the published one, and what it leaves alone."""

import numpy as np
import pytest

from windopt.problem import WindResource
from windopt.problem.readers.wind_resource import read_wind_resource

EXAMPLES = "windIO:plant_energy_resource/IEA37_case_study_"


def rose(probability, directions=None, ti=0.06):
    probability = np.asarray(probability, dtype=float)
    n = len(probability)
    directions = np.arange(n) * 360 / n if directions is None else np.asarray(directions, float)
    speeds = np.arange(1.0, probability.shape[1] + 1)
    return WindResource(directions, speeds, probability, np.full(probability.shape, ti))


def test_refined_case_3_rose_has_the_sectors_of_the_case_4_rose_and_its_own_mean_speed():
    """Case 4's rose is p(sector) times p(speed given sector), each interpolated: it is slower."""
    given = read_wind_resource(f"{EXAMPLES}3_energy_resource.yaml")
    published = read_wind_resource(f"{EXAMPLES}4_energy_resource.yaml")
    refined = given.refined()
    np.testing.assert_array_equal(refined.wind_direction, published.wind_direction)
    np.testing.assert_allclose(refined.sector_probability, published.sector_probability, atol=1e-11)
    assert refined.mean_wind_speed == pytest.approx(given.mean_wind_speed, rel=1e-12)
    assert np.abs(refined.probability - published.probability).sum() == pytest.approx(
        0.00168, rel=0.01
    )


def test_fine_rose_stays_itself():
    fine = read_wind_resource(f"{EXAMPLES}4_energy_resource.yaml")
    assert fine.refined() is fine
    assert fine.refined(72) is fine


@pytest.mark.parametrize("directions", [[270.0], [0, 180], [0, 90, 200], [10, 25, 37, 40]])
def test_list_of_cases_is_not_smeared_over_the_rose(directions):
    cases = rose(np.full((len(directions), 1), 1 / len(directions)), directions)
    assert cases.refined() is cases


def test_refining_is_periodic_and_keeps_the_sum():
    refined = rose([[0.4], [0.1], [0.1], [0.4]]).refined(8)
    np.testing.assert_allclose(
        refined.probability[:, 0] * 8, np.array([4, 2.5, 1, 1, 1, 2.5, 4, 4]) * 8 / 20
    )


def test_refining_turns_with_a_rose_that_starts_elsewhere():
    start = rose([[0.4], [0.1], [0.1], [0.4]]).refined(8)
    turned = rose([[0.4], [0.1], [0.1], [0.4]], [45, 135, 225, 315]).refined(8)
    np.testing.assert_allclose(turned.probability, np.roll(start.probability, 1, axis=0))


def test_sector_without_wind_leaves_the_sum():
    refined = rose([[0.5, 0.2], [0.0, 0.0], [0.1, 0.1], [0.0, 0.1]]).refined(36)
    assert refined.probability.sum() == pytest.approx(1, abs=1e-12)
    assert (refined.probability >= 0).all()
    assert refined.probability[9].sum() == 0


def test_conditions_are_direction_major_without_the_impossible():
    conditions = rose([[0.5, 0.2], [0.0, 0.3]]).conditions
    np.testing.assert_array_equal(conditions.wd, [0, 0, 180])
    np.testing.assert_array_equal(conditions.ws, [1, 2, 2])
    np.testing.assert_array_equal(conditions.weight, [0.5, 0.2, 0.3])
    np.testing.assert_array_equal(conditions.ti, [0.06] * 3)
    assert len(conditions) == 3
