"""The formulas of a run's worth, each with a sum that was done by hand."""

import math

import numpy as np
import pytest

from windopt.assessment.worth import (
    Curve,
    Operation,
    attributable_gain,
    energy_per_farm,
    energy_return,
    farms_to_break_even,
    marginal_return,
    recent_gain,
    stopping_point,
)
from windopt.config.energy import OperationConfig


def test_effective_years_age_and_are_discounted():
    # three years, ageing 10 %: 0.9 + 0.81 + 0.729; discounted by 50 % besides: 0.6 + 0.36 + 0.216
    assert Operation(years=3, degradation=0.1).effective_years == pytest.approx(2.439)
    assert Operation(years=3, degradation=0.1, discount=0.5).effective_years == pytest.approx(1.176)
    assert Operation(years=25, degradation=0.0).effective_years == 25


def test_a_ledger_that_says_nothing_of_the_farm_gets_the_configs_defaults():
    assert Operation.of({}) == Operation.of(OperationConfig().facts())


def test_energy_return_is_gain_over_its_years_over_energy():
    # 1 GWh/yr for 20 effective years over 2 Wh: 1e9 x 20 / 2 = 1e10
    assert energy_return(1e9, 20, 2.0) == 1e10
    assert energy_return(-1e9, 20, 2.0) == -1e10
    assert energy_return(1e9, 20, 0.0) == math.inf
    assert math.isnan(energy_return(0.0, 20, 0.0))


def test_attributable_gain_is_over_the_best_baseline():
    assert attributable_gain(10.0, [3.0, 8.0, -2.0]) == 2.0
    assert attributable_gain(10.0, []) is None


def test_a_shared_surrogate_costs_each_farm_its_share():
    # 100 Wh shared by 10, and 5 Wh each
    assert energy_per_farm(100, 5, 10) == 15
    assert energy_per_farm(100, 5, 1) == 105


@pytest.mark.parametrize(
    ("without", "farms"),
    [
        (25.0, 5.0),  # 100 / (25 - 5)
        (5.0, math.inf),  # nothing is saved per farm
        (2.0, math.inf),
        (None, None),  # no search without learning was made
    ],
)
def test_farms_until_learning_has_paid(without, farms):
    assert farms_to_break_even(100, 5, without) == farms


CURVE = Curve.of([10, 40, 80, 100], [100, 180, 178, 184])


def test_a_curve_never_falls_and_begins_with_its_first_layout():
    assert CURVE.aep_wh.tolist() == [100, 180, 180, 184]
    np.testing.assert_array_equal(CURVE.best_by([9, 10, 79, 200]), [math.nan, 100, 180, 184])


def test_the_last_quarter_of_the_energy_is_what_counts():
    # by 100: 184 less the 180 found by 75; by 50: 180 less the 100 found by 37.5
    assert recent_gain(CURVE, [100, 50, 12]).tolist()[:2] == [4, 80]
    assert math.isnan(recent_gain(CURVE, 12))  # by 9 there was nothing yet


def test_marginal_return_is_gain_per_energy_over_the_years():
    # 20 years x 4 / (a quarter of 100) = 3.2
    assert marginal_return(CURVE, 20) == pytest.approx(3.2)
    assert marginal_return(Curve.of([10], [100]), 20) is None
    assert marginal_return(Curve.of([], []), 20) is None


def test_a_search_stops_once_its_quarter_brought_less_than_the_materiality():
    # first improvement by 10, so nothing is expected of it before 10 / 0.75 = 13.3, where the
    # quarter before brought nothing
    stop = stopping_point(CURVE, 5.0)
    assert stop is not None
    assert stop.energy_wh == pytest.approx(13.3, abs=0.3)
    assert stop.saved_wh == pytest.approx(86.7, abs=0.3)


def test_a_search_that_goes_on_gaining_is_not_stopped():
    energy = np.linspace(10, 100, 200)
    assert stopping_point(Curve.of(energy, 10 * energy), 5.0) is None
    assert stopping_point(Curve.of([], []), 5.0) is None
