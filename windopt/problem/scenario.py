"""Scenarios: what may be the case, and how one number is made of the farm's value in each.

A scenario is a wake model with its parameters, a wind year, and how likely the two are. A risk
measure maps the values v_j of J scenarios with weights w_j to one: their mean,

    R(v) = sum_j w_j v_j,

or one that looks at the worse of them. The search needs its slopes dR/dv_j too.
"""

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
    """

    model: FarmModel
    wind: WindResource
    weight: float = 1.0


class Risk(Protocol):
    """One number from the values in all scenarios."""

    def of(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the measure of values (n_scenarios, ...) of weights (n_scenarios,): (...)."""

    def slopes(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return its derivatives by the values (n_scenarios,): (n_scenarios,) [-]."""


@dataclass(frozen=True)
class Mean:
    """The expected value."""

    def of(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the weighted mean over scenarios; see `Risk`."""
        return np.asarray(np.tensordot(weights, values, axes=1), dtype=np.float64)

    def slopes(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the weights; see `Risk`."""
        return weights
