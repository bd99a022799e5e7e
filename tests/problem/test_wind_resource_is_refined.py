"""Refining a rose: agreement with the published one, and what it leaves alone."""

import numpy as np
import pytest

from windopt.problem.wind_resource import WindResource
from windopt.readers.windio.wind_resource import read_wind_resource

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


@pytest.mark.parametrize("offset", [0.0, 15.0])
@pytest.mark.parametrize("missing", [[], [3], [3, 4]])
@pytest.mark.parametrize(("calm", "share"), [(0.0, 0.1), (5.0, 0.1), (7.0, 0.0)])
def test_a_calm_with_a_direction_of_its_own_is_no_sector(
    offset: float, missing: list[int], calm: float, share: float
) -> None:
    """Sectors stay 30° wide; a calm at 0° beside sectors around 15°, 45° and so on halved them."""
    sectors = np.delete(offset + 30.0 * np.arange(12), missing)
    speed = np.array([0.0, 8.0, 12.0])
    winds = np.random.default_rng(1).dirichlet(np.ones(2 * len(sectors))).reshape(-1, 2)
    table = np.column_stack([np.zeros(len(sectors)), (1 - share) * winds])
    turbulence = np.full_like(table, 0.08)
    fine = WindResource.scaled(sectors, speed, table, turbulence).refined()
    calm_row = np.array([[share, 0.0, 0.0]])
    given = WindResource.scaled(
        np.append(sectors, calm) if calm not in sectors else sectors,
        speed,
        np.append(table, calm_row, axis=0)
        if calm not in sectors
        else table + (sectors == calm)[:, None] * calm_row,
        np.full((len(sectors) + (calm not in sectors), 3), 0.08),
    )
    refined = given.refined()
    np.testing.assert_allclose(
        refined.probability[:, 1:], (1 - share) * fine.probability[:, 1:], atol=1e-15
    )
    np.testing.assert_allclose(refined.probability[:, 0].sum(), share, atol=1e-12)
    np.testing.assert_allclose(refined.probability.sum(), 1.0, rtol=1e-12)


def test_directions_without_wind_still_say_how_wide_sectors_are() -> None:
    """Every other of 36 sectors without wind, one left out: 10° wide, not 20°."""
    direction = np.delete(10.0 * np.arange(36), 7)
    table = np.where((direction % 20 == 0)[:, None], 1.0, 0.0)
    speed = np.array([9.0])
    fine = WindResource.scaled(direction, speed, table, np.full_like(table, 0.08)).refined()
    assert fine.probability[10, 0] == 0
    assert fine.probability[5, 0] == pytest.approx(fine.probability[0, 0] / 2)
