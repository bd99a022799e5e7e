"""Terms: what is added to the worth of a farm's energy, and depends on where turbines stand.

    J(x) = R(worth x energy) + sum_t g_t(x)

A term g [unit of the objective] tells its value, its gradient, and its value with one more turbine
at many places at once, by which turbines are inserted. Regularity, cables and foundations by depth
are such terms. So is the cost of the turbines, which depends on their number alone.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from windopt.problem.layout import FloatArray


@runtime_checkable
class LayoutTerm(Protocol):
    """What a layout is worth beside its energy; negative where it costs."""

    def value(self, layouts: FloatArray) -> FloatArray:
        """Return the term of layouts (b, n, 2) [m]: (b,) in the objective's unit."""

    def gradient(self, layouts: FloatArray) -> FloatArray:
        """Return its derivative by the positions (b, n, 2), in the objective's unit per metre."""

    def at(self, places: FloatArray, standing: FloatArray) -> FloatArray:
        """Return the term with one more turbine at each of some places (m, 2) [m]: (m,).

        Parameters
        ----------
        places : (m, 2) [m]
        standing : (k, 2) [m]
            The turbines that stand.
        """


@dataclass(frozen=True)
class TurbineCost:
    """What the turbines cost: - cost x n.

    Attributes
    ----------
    cost : float
        Of a turbine a year, in the objective's unit.
    """

    cost: float

    def value(self, layouts: FloatArray) -> FloatArray:
        """Return the cost of layouts (b, n, 2): (b,)."""
        return np.full(len(layouts), -self.cost * layouts.shape[1])

    def gradient(self, layouts: FloatArray) -> FloatArray:
        """Return zeros: a turbine costs the same wherever it stands."""
        return np.zeros_like(layouts)

    def at(self, places: FloatArray, standing: FloatArray) -> FloatArray:
        """Return the cost with one more turbine than stand: (m,)."""
        return np.full(len(places), -self.cost * (len(standing) + 1))
