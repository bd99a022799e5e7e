"""Measures of risk are what their formulas say, and their slopes those of differences."""

from dataclasses import replace

import numpy as np
import pytest

from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm, FarmModel
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.scenario import (
    ConditionalValue,
    Linear,
    Mean,
    MeanLessSpread,
    Regret,
    Risk,
    Scenario,
    Worst,
    sharing_powers,
)

VALUES = np.array([4.0, 1.0, 3.0, 2.0])
WEIGHTS = np.array([0.4, 0.05, 0.25, 0.3])
RISKS: list[Risk] = [
    Mean(),
    MeanLessSpread(1.5),
    ConditionalValue(0.9),
    ConditionalValue(0.5),
    Worst(),
    Regret((4.5, 1.2, 5.0, 2.1)),
    Linear((0.1, 0.2, 0.3, 0.4)),
]


@pytest.mark.parametrize(
    ("risk", "by_hand"),
    [
        (Mean(), 0.4 * 4 + 0.05 * 1 + 0.25 * 3 + 0.3 * 2),
        # the mean is 3; squares of 1, -2, 0, -1
        (MeanLessSpread(2.0), 3.0 - 2.0 * np.sqrt(0.4 * 1 + 0.05 * 4 + 0.3 * 1)),
        # the worst tenth: all 5 % of the 1, and 5 of the 30 % of the 2
        (ConditionalValue(0.9), (0.05 * 1 + 0.05 * 2) / 0.1),
        # the worst half: 5 % of the 1, 30 % of the 2, 15 of the 25 % of the 3
        (ConditionalValue(0.5), (0.05 * 1 + 0.3 * 2 + 0.15 * 3) / 0.5),
        (Worst(), 1.0),
        # lags 0.5, 0.2, 2, 0.1: the third is the largest; the mean of the best is 3.74
        (Regret((4.5, 1.2, 5.0, 2.1)), -2.0 + 0.4 * 4.5 + 0.05 * 1.2 + 0.25 * 5.0 + 0.3 * 2.1),
        (Linear((0.1, 0.2, 0.3, 0.4)), 0.4 + 0.2 + 0.9 + 0.8),
    ],
)
def test_measures_agree_with_figures_by_hand(risk: Risk, by_hand: float) -> None:
    assert pytest.approx(3.0) == WEIGHTS @ VALUES
    assert float(risk.of(VALUES, WEIGHTS)) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("risk", RISKS, ids=lambda one: type(one).__name__)
def test_slopes_are_those_of_differences(risk: Risk) -> None:
    slopes = risk.slopes(VALUES, WEIGHTS)
    for k in range(4):
        step = 1e-6 * np.eye(4)[k]
        ahead, behind = (float(risk.of(VALUES + s, WEIGHTS)) for s in (step, -step))
        assert slopes[k] == pytest.approx((ahead - behind) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("risk", RISKS[:-1], ids=lambda one: type(one).__name__)
def test_measures_know_no_order_and_what_all_scenarios_share(risk: Risk) -> None:
    """The same whatever the scenarios' order; what is added to all of them is added to it."""
    order = np.array([2, 0, 3, 1])
    turned = risk
    if isinstance(risk, Regret):
        turned = Regret(tuple(np.array(risk.best)[order].tolist()))
    measure = float(risk.of(VALUES, WEIGHTS))
    assert float(turned.of(VALUES[order], WEIGHTS[order])) == pytest.approx(measure, rel=1e-12)
    assert float(risk.of(VALUES + 7.0, WEIGHTS)) == pytest.approx(measure + 7.0, rel=1e-12)
    both = risk.of(np.stack([VALUES, VALUES + 7.0], axis=1), WEIGHTS)
    np.testing.assert_allclose(both, [measure, measure + 7.0])


def test_scenarios_without_weight_do_not_count() -> None:
    values, weights = np.array([-9.0, 1.0, 2.0]), np.array([0.0, 0.5, 0.5])
    assert Worst().of(values, weights) == 1.0
    assert ConditionalValue(0.9).of(values, weights) == pytest.approx(1.0)


def test_spread_of_equal_values_has_slopes() -> None:
    same = np.full(4, 5.0)
    np.testing.assert_array_equal(MeanLessSpread(3.0).slopes(same, WEIGHTS), WEIGHTS)


def test_wind_years_of_a_model_share_its_powers(small: LayoutProblem) -> None:
    models = [FarmModelOfNobody(), FarmModelOfNobody()]
    other = replace(small.wind, probability=small.wind.probability[::-1])
    scenarios = [Scenario(m, wind, 0.25) for wind in (small.wind, other) for m in models]
    assert sharing_powers(scenarios) == [[0, 2], [1, 3]]
    louder = replace(small.wind, turbulence_intensity=2 * small.wind.turbulence_intensity)
    assert sharing_powers([*scenarios, Scenario(models[0], louder)])[-1] == [4]


class FarmModelOfNobody(FarmModel):
    """Turbines of 1 MW."""

    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        return np.full((len(farm.layouts), *wind.ws.shape, farm.layouts.shape[1]), 1e6)
