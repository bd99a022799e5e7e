"""What is maximised: one object for the search and for the judge.

The value of a layout x of n turbines is

    J(x) = R_j( a_j hours sum_i p_ji v_ji P_j(x; c_ji) ) + sum_t g_t(x)

with the scenarios j, each a wake model P_j [W] in a wind of conditions c_ji and probabilities p_ji,
and of scale a_j; the worth v of energy in each condition, 1 where energy itself is maximised; a
risk measure R over the scenarios; and terms g_t of the layout. With worth in currency/Wh the unit
is the currency a year, and J is the revenue, or with the turbines' cost as a term the profit.

A search sees samples of the conditions. What it compares in them is the rate J / hours, for energy
the mean power. Scenarios of one wake model that differ by probabilities alone, such as wind years,
share the powers P_j: any number of them costs what one does. A sample for several scenarios has the
same conditions for those of them that share powers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.farm import DifferentiableFarmModel, Farm, FarmModel, stacked
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.measure import ENERGY, REVENUE, Measure
from windopt.problem.neighbours import over_build_outs
from windopt.problem.problem import LayoutProblem
from windopt.problem.scenario import Linear, Mean, Risk, Scenario, sharing_powers
from windopt.problem.term import LayoutTerm
from windopt.problem.wind_resource import WindResource

WH_PER_MWH = 1e6
MEAN = Mean()

Worth: TypeAlias = Callable[[WindResource], FloatArray]
"""What energy is worth in each class of a rose (n_directions, n_speeds) [unit/Wh]."""
Sample: TypeAlias = Conditions | Sequence[Conditions]
"""Conditions that stand for the wind of all scenarios, or one sample for each of them."""


def aim_of(problem: LayoutProblem) -> Measure:
    """Return what is maximised for a given number of turbines: revenue if energy has values."""
    return ENERGY if problem.wind.value is None else REVENUE


def market_value(wind: WindResource) -> FloatArray:
    """Return the value that a wind resource gives each of its classes [currency/Wh]."""
    assert wind.value is not None
    return wind.value / WH_PER_MWH


@dataclass(frozen=True)
class FlatWorth:
    """One worth in all conditions; called with a wind resource.

    Attributes
    ----------
    per_wh : float [unit/Wh]
    """

    per_wh: float

    def __call__(self, wind: WindResource) -> FloatArray:
        """Return the worth in each class (n_directions, n_speeds)."""
        return np.full(wind.probability.shape, self.per_wh)


@dataclass(frozen=True, eq=False)
class Objective:
    """The value of layouts (n_turbines, 2) [m] of a problem's turbines to place.

    Attributes
    ----------
    problem : LayoutProblem
        Whose fixed turbines stand beside them.
    scenarios : tuple of Scenario
    nominal : Scenario or None
        That whose energy is the AEP; by default the first of them.
    worth : callable or None
        Of the energy; None counts the energy itself.
    terms : tuple of LayoutTerm
        In the objective's unit.
    risk : Risk
        Over the scenarios.
    measure : Measure
        What the value is, and its unit.
    """

    problem: LayoutProblem
    scenarios: tuple[Scenario, ...]
    worth: Worth | None = None
    terms: tuple[LayoutTerm, ...] = ()
    risk: Risk = MEAN
    measure: Measure = ENERGY
    nominal: Scenario | None = None

    @classmethod
    def of(cls, problem: LayoutProblem, model: FarmModel) -> "Objective":
        """Return what a problem asks for, by one model: revenue if energy has values, else AEP."""
        measure = aim_of(problem)
        worth = None if measure == ENERGY else market_value
        model = over_build_outs(model, problem.neighbourhood)
        return cls(problem, (Scenario(model, problem.wind),), worth, measure=measure)

    @property
    def unit(self) -> str:
        """Of the value."""
        return self.measure.unit

    @property
    def own(self) -> Scenario:
        """The scenario whose energy is the AEP."""
        return self.nominal or self.scenarios[0]

    @property
    def model(self) -> FarmModel:
        """The wake model of that scenario."""
        return self.own.model

    @property
    def wind(self) -> WindResource:
        """The wind of that scenario."""
        return self.own.wind

    def single(self, number: int) -> "Objective":
        """Return the objective of one scenario alone, without scale."""
        one = replace(self.scenarios[number], weight=1.0, scale=1.0)
        return replace(self, scenarios=(one,), risk=MEAN, nominal=None)

    def linearised(self, layout: FloatArray, conditions: Sample) -> "Objective":
        """Return the objective whose risk has the slopes of this layout (n_turbines, 2) [m].

        Samples of few conditions say little about how scenarios differ: there a measure of risk
        that is not linear is followed by its tangent.
        """
        if self.risk.linear:
            return self
        yearly = self.problem.hours_per_year * self.values_in(layout, conditions)
        slope = self.risk.slopes(yearly, self._weights).tolist()
        return replace(self, risk=Linear(tuple(slope)))

    def averaged(self) -> "Objective":
        """Return the objective of the mean over scenarios."""
        return self if self.risk.linear else replace(self, risk=MEAN)

    def value(self, layout: FloatArray) -> float:
        """Return the value of a layout, each scenario on the whole of its wind [unit]."""
        return self.total(layout, self.values(layout))

    def values(self, layout: FloatArray) -> FloatArray:
        """Return what a layout's energy earns a year in each scenario (n_scenarios,) [unit]."""
        farm = self.farm(layout[None])
        for scenario, rose in zip(self.scenarios, self.roses, strict=True):
            scenario.model.check(farm, rose)
        return self.problem.hours_per_year * self._powers(farm, self.roses)[:, 0]

    def total(self, layout: FloatArray, earned: FloatArray) -> float:
        """Return the value of a layout from what its energy earns a year.

        Parameters
        ----------
        layout : (n_turbines, 2) [m]
        earned : (n_scenarios,) [unit]
            Scaled.
        """
        return float(self.risk.of(earned, self._weights) + self._added(layout[None])[0])

    def values_in(self, layout: FloatArray, conditions: Sample) -> FloatArray:
        """Return a layout's scaled rate in each scenario, in a sample: (n_scenarios,) [unit/h]."""
        return self._powers(self.farm(layout[None]), conditions)[:, 0]

    def energy(self, layout: FloatArray) -> float:
        """Return the annual energy production, that of the scenario `own` [Wh]."""
        farm, one = self.farm(layout[None]), self.own
        rose = one.model.rose(one.wind, one.wind.probability)
        one.model.check(farm, rose)
        return self.problem.hours_per_year * float(one.model.mean_power(farm, rose)[0])

    def of_energy(self, layout: FloatArray, energy: float) -> float:
        """Return the value of a layout [unit], its AEP [Wh] known and worth the same at all times.

        Raises
        ------
        TypeError
            When energy is not worth the same at all times.
        """
        per_wh = 1.0
        if self.worth is not None:
            if not isinstance(self.worth, FlatWorth):
                raise TypeError("energy is not worth the same at all times: evaluate the layout")
            per_wh = self.worth.per_wh
        return per_wh * energy + float(self._added(layout[None])[0])

    def rates(self, layouts: FloatArray, conditions: Sample) -> FloatArray:
        """Return what layouts (b, n_turbines, 2) [m] come to in a sample: (b,) [unit/h]."""
        power = self._powers(self.farm(layouts), conditions)
        return self._combined(power) + self._added(layouts) / self.problem.hours_per_year

    def rate_and_gradient(self, layout: FloatArray, conditions: Sample) -> tuple[float, FloatArray]:
        """Return the rate [unit/h] in a sample and its gradient (n_turbines, 2) [unit/h/m]."""
        farm, hours = self.farm(layout[None]), self.problem.hours_per_year
        each = self._each(conditions)
        if self.risk.linear:
            slopes, power = self.risk.slopes(self._weights, self._weights), None
        else:
            values = self._powers(farm, conditions)
            slopes = self.risk.slopes(hours * values[:, 0], self._weights)
            power = self._combined(values)[0]
        total, gradient = 0.0, np.zeros(farm.layouts.shape[1:])
        for wind, model in self._joined(each, slopes * self._scales):
            mean, by_xy = _differentiable(model).mean_power_gradient(farm, wind)
            total, gradient = total + float(mean[0]), gradient + by_xy[0]
        gradient = gradient[: len(layout)]
        for term in self.terms:
            gradient = gradient + term.gradient(layout[None])[0] / hours
        added = self._added(layout[None])[0] / hours
        return float((total if power is None else power) + added), gradient

    @cached_property
    def roses(self) -> tuple[Conditions, ...]:
        """The whole rose of each scenario, by worth."""
        return tuple(one.model.rose(one.wind, self.weights(one.wind)) for one in self.scenarios)

    @property
    def size(self) -> int:
        """Wind conditions of the whole rose, those of all wake models together."""
        return sum(len(self.roses[group[0]]) for group in self._groups)

    @property
    def rose(self) -> Sample:
        """The whole rose, by worth; where there are several scenarios, that of each."""
        return self.roses[0] if len(self.roses) == 1 else self.roses

    def weights(self, wind: WindResource) -> FloatArray:
        """Return probability times worth of a rose's classes (n_directions, n_speeds) [unit/Wh]."""
        if self.worth is None:
            return wind.probability
        return wind.probability * self.worth(wind)

    def place_values(
        self,
        layout: FloatArray,
        kept: IntArray,
        newcomer: int,
        places: FloatArray,
        conditions: Sample,
    ) -> FloatArray:
        """Return the rate with a turbine at each of some places, its wakes to first order: (m,).

        Parameters
        ----------
        layout : (n_turbines, 2) [m]
        kept : (k,) int
            The turbines that stand.
        newcomer : int
            The turbine to place.
        places : (m, 2) [m]
        conditions : Conditions

        Returns
        -------
        (m,) [unit/h]
        """
        problem, standing = self.problem, layout[kept]
        types = np.concatenate([problem.types[kept], problem.fixed_types])
        counted = len(kept) + (len(problem.fixed_layout) if problem.fixed_counted else 0)
        farm = Farm(problem.joined(standing)[None], types, counted)
        kind, each = int(problem.types[newcomer]), self._each(conditions)
        if self.risk.linear:
            slopes = self.risk.slopes(self._weights, self._weights) * self._scales
            rate = np.zeros(len(places))
            for wind, model in self._joined(each, slopes):
                rate += _differentiable(model).place_values(farm, kind, places, wind)
        else:
            powers = [
                _differentiable(one.model).place_values(farm, kind, places, some)
                for one, some in zip(self.scenarios, each, strict=True)
            ]
            rate = self._combined(self._scales[:, None] * np.stack(powers))
        for term in self.terms:
            rate = rate + term.at(places, standing) / problem.hours_per_year
        return rate

    def farm(self, layouts: FloatArray) -> Farm:
        """Return layouts (b, n_turbines, 2) [m] beside the fixed turbines."""
        problem = self.problem
        return Farm(
            stacked(layouts, problem.fixed_layout), problem.all_types, len(problem.counted_types)
        )

    @cached_property
    def _weights(self) -> FloatArray:
        return np.array([one.weight for one in self.scenarios])

    @cached_property
    def _scales(self) -> FloatArray:
        return np.array([one.scale for one in self.scenarios])

    @cached_property
    def _groups(self) -> list[list[int]]:
        return sharing_powers(self.scenarios)

    def _each(self, conditions: Sample) -> Sequence[Conditions]:
        if isinstance(conditions, Conditions):
            return [conditions] * len(self.scenarios)
        return conditions

    def _powers(self, farm: Farm, conditions: Sample) -> FloatArray:
        """Return the scaled mean powers in all scenarios (n_scenarios, b) [W, times worth]."""
        each, powers = self._each(conditions), np.empty((len(self.scenarios), len(farm.layouts)))
        for group in self._groups:
            model, first = self.scenarios[group[0]].model, each[group[0]]
            if len(group) > 1:
                farms = model.turbine_power(farm, first)[..., : farm.counted].sum(axis=-1)
                farms = farms.reshape(len(farms), -1)
                for number in group:
                    powers[number] = farms @ each[number].weight.ravel()
            else:
                for number in group:
                    powers[number] = model.mean_power(farm, each[number])
        return self._scales[:, None] * powers

    def _joined(
        self, each: Sequence[Conditions], factors: FloatArray
    ) -> Iterator[tuple[Conditions, FarmModel]]:
        """Yield conditions whose weights are those of the scenarios times factors, and the model.

        Scenarios that share powers are one; those of no weight are left out.
        """
        for group in self._groups:
            if any(factors[number] != 0.0 for number in group):
                weight = sum((factors[n] * each[n].weight for n in group), np.zeros(1))
                yield replace(each[group[0]], weight=weight), self.scenarios[group[0]].model

    def _combined(self, values: FloatArray) -> FloatArray:
        if self.risk.linear:
            return self.risk.of(values, self._weights)
        hours = self.problem.hours_per_year  # regret is one of years
        return self.risk.of(hours * values, self._weights) / hours

    def _added(self, layouts: FloatArray) -> FloatArray:
        """Return the sum of all terms (b,) [unit]."""
        added = np.zeros(len(layouts))
        for term in self.terms:
            added = added + term.value(layouts)
        return added


def _differentiable(model: FarmModel) -> DifferentiableFarmModel:
    if not isinstance(model, DifferentiableFarmModel):
        raise TypeError(f"{type(model).__name__} tells no gradient: search with a surrogate")
    return model
