"""Scenarios: what may be the case, and how one number is made of the farm's value in each.

A scenario is a wake model with its parameters, a wind year, and how likely the two are. A risk
measure maps the values v_j of J scenarios with weights w_j to one: their mean,

    R(v) = sum_j w_j v_j,

or one that looks at the worse of them. The search needs its slopes dR/dv_j too. All measures grow
with every value, by slopes that sum to 1 (but for `MeanLessSpread`, whose slopes may be negative):
what is the same in all scenarios counts as it does in one.

Models of wakes disagree about AEP by per cents, whatever the layout. Values are therefore scaled,
such that a layout of reference is worth the same in every scenario: then v_j over that worth is 1
plus the gain over the reference, and risk is that of the gain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from windopt.problem.farm import FarmModel
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource


@dataclass(frozen=True, eq=False)
class Scenario:
    """One of the cases that an objective weighs.

    Attributes
    ----------
    model : FarmModel
        A wake model with its parameters.
    wind : WindResource
        A wind year.
    weight : float [-]
        Its probability; those of all scenarios sum to 1.
    scale : float [-]
        By which its values are multiplied.
    """

    model: FarmModel
    wind: WindResource
    weight: float = 1.0
    scale: float = 1.0


class Risk(Protocol):
    """One number from the values in all scenarios."""

    @property
    def linear(self) -> bool:
        """Whether its slopes are the same whatever the values."""

    def of(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the measure of values (n_scenarios, ...) of weights (n_scenarios,): (...)."""

    def slopes(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return its derivatives by the values (n_scenarios,): (n_scenarios,) [-]."""


@dataclass(frozen=True)
class Mean:
    """The expected value."""

    linear = True

    def of(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the weighted mean over scenarios; see `Risk`."""
        return np.asarray(np.tensordot(weights, values, axes=1), dtype=np.float64)

    def slopes(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the weights; see `Risk`."""
        return weights


@dataclass(frozen=True)
class Linear:
    """A risk measure's tangent: the sum of values times slopes that are given.

    Attributes
    ----------
    slope : tuple of float [-]
        By scenario.
    """

    slope: tuple[float, ...]
    linear = True

    def of(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the sum; see `Risk`."""
        return np.asarray(np.tensordot(self.slopes(values, weights), values, axes=1), np.float64)

    def slopes(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the given slopes; see `Risk`."""
        return np.array(self.slope)


@dataclass(frozen=True)
class MeanLessSpread:
    """The mean less some standard deviations, m - k s with s² = sum_j w_j (v_j - m)².

    Attributes
    ----------
    k : float
        How many.
    """

    k: float
    linear = False

    def of(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return m - k s; see `Risk`."""
        mean, spread = _moments(values, weights)
        return np.asarray(mean - self.k * spread)

    def slopes(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return w_j (1 - k (v_j - m) / s); see `Risk`."""
        mean, spread = _moments(values, weights)
        if spread <= 1e-12 * abs(mean):
            return weights
        return np.asarray(weights * (1.0 - self.k * (values - mean) / spread))


@dataclass(frozen=True)
class ConditionalValue:
    """The mean of the worst share of the cases: conditional value at risk.

    Rockafellar and Uryasev, J. Risk 2, 21, 2000. Of a scenario at the edge of that share, the part
    that belongs to it counts.

    Attributes
    ----------
    level : float
        1 less the share, such as 0.9: the mean of the worst tenth. 0 is the mean.
    """

    level: float
    linear = False

    def of(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the mean of the worst share; see `Risk`."""
        flat = values.reshape(len(values), -1)
        told = [float(self.slopes(column, weights) @ column) for column in flat.T]
        return np.array(told).reshape(values.shape[1:])

    def slopes(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return each scenario's part of the worst share; see `Risk`."""
        share, order = 1.0 - self.level, np.argsort(values, kind="stable")
        before = np.cumsum(weights[order]) - weights[order]
        part = np.clip(share - before, 0.0, weights[order]) / share
        slopes = np.empty_like(part)
        slopes[order] = part
        return slopes


@dataclass(frozen=True)
class Worst:
    """The value in the worst scenario."""

    linear = False

    def of(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the least value of scenarios that have weight; see `Risk`."""
        return np.asarray(values[weights > 0].min(axis=0))

    def slopes(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return 1 for the worst scenario; see `Risk`."""
        slopes = np.zeros(len(values))
        slopes[int(np.argmin(np.where(weights > 0, values, np.inf)))] = 1.0
        return slopes


@dataclass(frozen=True)
class Regret:
    """The worst lag behind what would be best in a scenario, min_j (v_j - b_j) + mean of b.

    The largest regret max_j (b_j - v_j) is minimised (Savage, J. Am. Stat. Assoc. 46, 55, 1951).
    The constant makes it a value like the others.

    Attributes
    ----------
    best : tuple of float [as the values]
        b, the value of each scenario's own best layout.
    """

    best: tuple[float, ...]
    linear = False

    def of(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the measure; see `Risk`."""
        best = np.array(self.best)
        lag = values - best.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(Worst().of(lag, weights) + weights @ best)

    def slopes(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return 1 for the scenario that lags most; see `Risk`."""
        return Worst().slopes(values - np.array(self.best), weights)


def _moments(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return weighted mean and standard deviation over scenarios, (...) each."""
    mean = np.tensordot(weights, values, axes=1)
    square = np.tensordot(weights, (values - mean) ** 2, axes=1)
    return np.asarray(mean), np.sqrt(np.asarray(square))


def sharing_powers(scenarios: Sequence[Scenario]) -> list[list[int]]:
    """Return which scenarios differ by probabilities alone: their powers are computed but once."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, one in enumerate(scenarios):
        wind = one.wind
        grid = (wind.wind_direction, wind.wind_speed, wind.turbulence_intensity, wind.speed_up)
        groups.setdefault((id(one.model), *map(id, grid)), []).append(number)
    return list(groups.values())
