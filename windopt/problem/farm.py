"""Farms, and what tells their powers: FLORIS, a surrogate, a formula, PyWake.

A wake model maps positions x_1 ... x_n and a wind condition c to the power of every turbine,

    P_k(x_1, ..., x_n; c) [W],

and the search and the judge need no more of it than `FarmModel`. A search by gradients needs a
`DifferentiableFarmModel`, which also tells how the mean power changes with the positions.
"""

from abc import abstractmethod
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.wind_resource import WindResource


class Farm(NamedTuple):
    """Layouts of the same turbines.

    Attributes
    ----------
    layouts : (b, n, 2) [m]
    types : (n,) int
        Indices of the turbines' types.
    counted : int
        The power of the first so many turbines counts; the others are neighbours.
    """

    layouts: FloatArray
    types: IntArray
    counted: int

    @classmethod
    def of_one_type(cls, layouts: FloatArray) -> "Farm":
        """Return layouts (b, n, 2) [m] of turbines of the first type, all of which count."""
        n = layouts.shape[1]
        return cls(layouts, np.zeros(n, dtype=np.intp), n)


@runtime_checkable
class FarmModel(Protocol):
    """Whatever tells the powers of a farm; a class that inherits from it writes one method."""

    @abstractmethod
    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return the power of every turbine, neighbours too: (b, *wind.ws.shape, n) [W]."""

    def mean_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return the weighted mean power of the turbines that count (b,) [W]."""
        power = self.turbine_power(farm, wind)[..., : farm.counted].sum(axis=-1)
        mean: FloatArray = (power * wind.weight).reshape(len(power), -1).sum(axis=1)
        return mean

    def rose(self, wind: WindResource, weight: FloatArray) -> Conditions:
        """Return a rose with weights (n_directions, n_speeds) [-]; what yields nothing may lack."""
        return wind.grid(weight)

    def check(self, farm: Farm, wind: Conditions) -> None:
        """Warn of what lies outside the range that the model is made for."""
        return None


@runtime_checkable
class DifferentiableFarmModel(FarmModel, Protocol):
    """A farm model that a search follows uphill."""

    @abstractmethod
    def mean_power_gradient(self, farm: Farm, wind: Conditions) -> tuple[FloatArray, FloatArray]:
        """Return `mean_power` (b,) [W] and its gradient by the positions (b, n, 2) [W/m]."""

    @abstractmethod
    def place_values(
        self, farm: Farm, newcomer: int, places: FloatArray, wind: Conditions
    ) -> FloatArray:
        """Return the mean power [W] with a further turbine at each of some places: (m,).

        Parameters
        ----------
        farm : Farm
            One layout: the turbines that stand.
        newcomer : int
            Type of the further turbine, which counts.
        places : (m, 2) [m]
        wind : Conditions
        """


def stacked(layouts: FloatArray, neighbours: FloatArray) -> FloatArray:
    """Return layouts (b, n, 2) with the same neighbours (f, 2) behind each: (b, n + f, 2) [m]."""
    behind = np.broadcast_to(neighbours, (len(layouts), *neighbours.shape))
    return np.concatenate([layouts, behind], axis=1)
