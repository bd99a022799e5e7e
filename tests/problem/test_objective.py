"""The objective is what its formula says, whatever its scenarios, worth, terms and risk."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from windopt.problem.conditions import Conditions
from windopt.problem.farm import DifferentiableFarmModel, Farm, FarmModel
from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY, PROFIT, REVENUE, measures_of
from windopt.problem.objective import FlatWorth, Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.profit import profit_objective
from windopt.problem.scenario import MeanLessSpread, Scenario
from windopt.problem.term import LayoutTerm, TurbineCost
from windopt.readers.load import load_problem

LAYOUT = np.array([[100.0, 200.0], [900.0, 300.0], [500.0, 1500.0]])


@dataclass(frozen=True)
class Slope(DifferentiableFarmModel):
    """Turbines that yield the more the farther east they stand, and the harder it blows."""

    per_metre: float = 1.0

    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        east = 1e4 + self.per_metre * farm.layouts[..., 0]
        return wind.ws[..., None] * east[:, *[None] * wind.ws.ndim]

    def mean_power_gradient(self, farm: Farm, wind: Conditions) -> tuple[FloatArray, FloatArray]:
        gradient = np.zeros_like(farm.layouts)
        gradient[:, : farm.counted, 0] = self.per_metre * (wind.weight * wind.ws).sum()
        return self.mean_power(farm, wind), gradient

    def place_values(
        self, farm: Farm, newcomer: int, places: FloatArray, wind: Conditions
    ) -> FloatArray:
        standing = np.broadcast_to(farm.layouts, (len(places), *farm.layouts.shape[1:]))
        # the newcomer stands first, so that it counts
        layouts = np.concatenate([places[:, None], standing], axis=1)
        types = np.append(newcomer, farm.types)
        return self.mean_power(Farm(layouts, types, farm.counted + 1), wind)


class Flat(FarmModel):
    """Turbines of 1 MW."""

    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        return np.full((len(farm.layouts), *wind.ws.shape, farm.layouts.shape[1]), 1e6)


@dataclass(frozen=True)
class FromOrigin:
    """A price on the distance from the origin."""

    price: float

    def value(self, layouts: FloatArray) -> FloatArray:
        return -self.price * np.linalg.norm(layouts, axis=-1).sum(axis=-1)

    def gradient(self, layouts: FloatArray) -> FloatArray:
        return -self.price * layouts / np.linalg.norm(layouts, axis=-1, keepdims=True)

    def at(self, places: FloatArray, standing: FloatArray) -> FloatArray:
        return self.value(standing[None])[0] - self.price * np.linalg.norm(places, axis=-1)


@pytest.fixture
def three(small: LayoutProblem) -> LayoutProblem:
    return replace(small, n_turbines=3, types=np.zeros(3, dtype=np.intp), initial_layout=None)


def test_energy_is_hours_times_mean_power(three: LayoutProblem) -> None:
    objective = Objective.of(three, Flat())
    assert objective.measure == ENERGY
    assert objective.unit == "Wh/yr"
    assert objective.value(LAYOUT) == pytest.approx(8760 * 3e6)
    assert objective.energy(LAYOUT) == objective.value(LAYOUT)


def test_scenarios_are_averaged_by_their_weights(three: LayoutProblem) -> None:
    windier = replace(three.wind, wind_speed=2 * three.wind.wind_speed)
    one, other = Scenario(Slope(), three.wind, 0.3), Scenario(Slope(2.0), windier, 0.7)
    values = [Objective(three, (replace(s, weight=1.0),)).value(LAYOUT) for s in (one, other)]
    both = Objective(three, (one, other))
    assert both.value(LAYOUT) == pytest.approx(0.3 * values[0] + 0.7 * values[1])
    assert values[0] != pytest.approx(values[1])
    rates = both.rates(LAYOUT[None], both.roses)  # each scenario in its own wind
    assert 8760 * rates[0] == pytest.approx(both.value(LAYOUT))


def test_flat_worth_scales_energy_and_its_gradient(three: LayoutProblem) -> None:
    energy = Objective.of(three, Slope())
    earning = replace(energy, worth=FlatWorth(60e-6), measure=REVENUE)
    assert earning.value(LAYOUT) == pytest.approx(60e-6 * energy.value(LAYOUT))
    assert earning.energy(LAYOUT) == pytest.approx(energy.energy(LAYOUT))
    rate, gradient = energy.rate_and_gradient(LAYOUT, energy.rose)
    earned, by_worth = earning.rate_and_gradient(LAYOUT, earning.rose)
    assert earned == pytest.approx(60e-6 * rate)
    np.testing.assert_allclose(by_worth, 60e-6 * gradient, rtol=1e-12)


def test_energy_of_windy_hours_counts_by_its_worth(three: LayoutProblem) -> None:
    value = np.broadcast_to(three.wind.wind_speed, three.wind.probability.shape)
    priced = replace(three, wind=replace(three.wind, value=value))
    objective = Objective.of(priced, Flat())
    assert objective.unit == "currency/yr"
    assert objective.value(LAYOUT) == pytest.approx(8760 * 3 * three.wind.mean_wind_speed)


def test_gradient_is_that_of_differences(three: LayoutProblem) -> None:
    """With several scenarios, a risk measure that is not linear, worth and a term."""
    scenarios = (Scenario(Slope(), three.wind, 0.4), Scenario(Slope(3.0), three.wind, 0.6))
    terms = (FromOrigin(2.0), TurbineCost(5.0))
    objective = Objective(three, scenarios, FlatWorth(1e-3), terms, MeanLessSpread(1.0))
    rate, gradient = objective.rate_and_gradient(LAYOUT, objective.rose)
    assert rate == pytest.approx(objective.rates(LAYOUT[None], objective.rose)[0])
    assert 8760 * rate == pytest.approx(objective.value(LAYOUT))
    for k in range(3):
        for axis in range(2):
            step = np.zeros((3, 2))
            step[k, axis] = 0.1
            ahead, behind = objective.rates(
                np.stack([LAYOUT + step, LAYOUT - step]), objective.rose
            )
            assert gradient[k, axis] == pytest.approx((ahead - behind) / 0.2, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("counted", [True, False])
def test_value_of_a_place_is_that_of_the_layout(three: LayoutProblem, counted: bool) -> None:
    beside = replace(
        three,
        fixed_layout=np.array([[3000.0, 50.0]]),
        fixed_types=np.zeros(1, dtype=np.intp),
        fixed_counted=counted,
    )
    objective = replace(Objective.of(beside, Slope()), terms=(FromOrigin(4e3), TurbineCost(1e9)))
    places = np.array([[10.0, 20.0], [800.0, 900.0]])
    values = objective.place_values(LAYOUT, np.array([0, 1]), 2, places, objective.rose)
    full = [np.vstack([LAYOUT[:2], place]) for place in places]
    np.testing.assert_allclose(values, objective.rates(np.stack(full), objective.rose))


def test_neighbours_count_as_asked(three: LayoutProblem) -> None:
    beside = replace(three, fixed_layout=np.zeros((2, 2)), fixed_types=np.zeros(2, dtype=np.intp))
    assert Objective.of(beside, Flat()).value(LAYOUT) == pytest.approx(8760 * 3e6)
    counted = replace(beside, fixed_counted=True)
    assert Objective.of(counted, Flat()).value(LAYOUT) == pytest.approx(8760 * 5e6)


def test_profit_is_worth_less_the_turbines_cost(small: LayoutProblem) -> None:
    money = {"economics": {"value_per_mwh": 50, "cost_per_turbine": 1e5}}
    problem = load_problem(small.config, {**money, "losses.other_pct": 10.0})
    three = replace(problem, n_turbines=3, types=np.zeros(3, dtype=np.intp), initial_layout=None)
    profit = profit_objective(three, Flat())
    assert profit.measure == PROFIT
    expected = 0.9 * 50 * 3 * 8760 - 3e5  # 3 MW, 50 a MWh, a tenth lost
    assert profit.value(LAYOUT) == pytest.approx(expected)
    assert profit.of_energy(LAYOUT, profit.energy(LAYOUT)) == pytest.approx(expected)
    assert profit_objective(three).of_energy(LAYOUT, 3e6 * 8760) == pytest.approx(expected)


def test_model_without_gradient_says_so(three: LayoutProblem) -> None:
    objective = Objective.of(three, Flat())
    with pytest.raises(TypeError, match="Flat tells no gradient"):
        objective.rate_and_gradient(LAYOUT, objective.rose)


def test_worth_by_condition_is_not_that_of_known_energy(three: LayoutProblem) -> None:
    value = np.ones_like(three.wind.probability)
    priced = Objective.of(replace(three, wind=replace(three.wind, value=value)), Flat())
    with pytest.raises(TypeError, match="evaluate the layout"):
        priced.of_energy(LAYOUT, 1e9)


def test_terms_are_terms() -> None:
    assert isinstance(TurbineCost(1.0), LayoutTerm)
    cost = TurbineCost(7.0)
    np.testing.assert_array_equal(cost.value(np.zeros((2, 3, 2))), [-21.0, -21.0])
    np.testing.assert_array_equal(cost.at(np.zeros((4, 2)), np.zeros((2, 2))), -21.0)
    assert not cost.gradient(np.ones((1, 3, 2))).any()


def test_grid_is_listed_direction_by_direction() -> None:
    weight = np.array([[0.1, 0.2], [0.3, 0.4]])
    grid = Conditions.grid(
        np.array([0.0, 90.0]), np.array([5.0, 9.0]), np.full((2, 2), 0.1), weight
    )
    listed = grid.listed
    assert len(grid) == len(listed) == 4
    np.testing.assert_array_equal(listed.wd, [0, 0, 90, 90])
    np.testing.assert_array_equal(listed.ws, [5, 9, 5, 9])
    np.testing.assert_array_equal(listed.weight, [0.1, 0.2, 0.3, 0.4])
    assert listed.listed is listed
    np.testing.assert_array_equal(grid.take([1]).listed.weight, [0.3, 0.4])


def test_list_and_grid_have_one_mean_power(three: LayoutProblem) -> None:
    farm = Farm.of_one_type(np.stack([LAYOUT, LAYOUT + 50.0]))
    grid = three.wind.grid(three.wind.probability)
    power = Slope().turbine_power(farm, grid)
    assert power.shape == (2, *grid.ws.shape, 3)
    expected = np.tensordot(power.sum(axis=-1), grid.weight, axes=2)
    np.testing.assert_allclose(Slope().mean_power(farm, grid), expected)
    np.testing.assert_allclose(Slope().mean_power(farm, grid.listed), expected)


def test_files_tell_what_was_maximised_first() -> None:
    assert measures_of({"aep_gwh": 1.0}) == [ENERGY]
    assert measures_of({"aep_gwh": 1.0, "revenue": 2.0}) == [REVENUE, ENERGY]
    assert [REVENUE.of("initial"), ENERGY.of("net")] == ["revenue_initial", "aep_net_gwh"]
    assert ENERGY.told(3e9) == {"aep_gwh": 3.0}
