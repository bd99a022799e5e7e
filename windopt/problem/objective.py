"""What the search maximises: the AEP by the surrogate, with the neighbours that never move.

Where the energy has values, it is the AEP in the rose weighed by value: the revenue over the mean
value. `Objective.energy` is the AEP in any case.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource
from windopt.surrogate.surrogate import Surrogate

Conditions: TypeAlias = tuple[Tensor, Tensor, Tensor, Tensor]
"""wd (k,) [deg]; ws [m/s], ti and weight (k, s): a sample of the rose, or the whole of it."""


@dataclass(frozen=True, eq=False)
class Objective:
    """A problem's AEP by a surrogate, of layouts (n_turbines, 2) [m] of the turbines to place."""

    problem: LayoutProblem
    surrogate: Surrogate

    def aep(self, layout: FloatArray) -> float:
        """Return annual energy production on the fine rose, by value where it has values [Wh]."""
        return self._aep(layout, self.problem.paid_wind)

    def energy(self, layout: FloatArray) -> float:
        """Return the annual energy production on the fine rose [Wh]."""
        return self._aep(layout, self.problem.wind)

    def _aep(self, layout: FloatArray, wind: WindResource) -> float:
        with torch.no_grad():
            aep = self.surrogate.aep(
                self._farms(layout[None]), wind, self.problem.all_types, self._counted
            )
        return float(aep.item())

    def mean_power(self, layouts: FloatArray, conditions: Conditions) -> FloatArray:
        """Return the mean power of some layouts (b, n_turbines, 2) in a sample: (b,) [W]."""
        with torch.no_grad():
            power = self.surrogate.mean_power(
                self._farms(layouts), *conditions, self.problem.all_types, self._counted
            )
        return np.asarray(power.cpu().numpy(), dtype=np.float64)

    def power_and_gradient(
        self, layout: FloatArray, conditions: Conditions
    ) -> tuple[float, FloatArray]:
        """Return the mean power [W] in a sample and its gradient (n_turbines, 2) [W/m]."""
        power, gradient = self.surrogate.mean_power_gradient(
            self._farms(layout[None]), *conditions, self.problem.all_types, self._counted
        )
        placed = gradient[0, : len(layout)].cpu().numpy()
        return float(power.item()), np.asarray(placed, dtype=np.float64)

    @cached_property
    def rose(self) -> Conditions:
        """The whole of the rose that is searched on."""
        return self.surrogate.rose(self.problem.paid_wind)

    def place_values(
        self,
        layout: FloatArray,
        kept: IntArray,
        newcomer: int,
        places: FloatArray,
        conditions: Conditions,
    ) -> FloatArray:
        """Return the farm's mean power with a turbine at each of some places, to first order: (m,).

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
        (m,) [W]
        """
        fixed, types = self.problem.fixed_layout, self.problem.types
        return self.surrogate.place_values(
            self.problem.joined(layout[kept]),
            np.concatenate([types[kept], self.problem.fixed_types]),
            len(kept) + (len(fixed) if self.problem.fixed_counted else 0),
            int(types[newcomer]),
            places,
            *conditions,
        )

    @property
    def _counted(self) -> int:
        return len(self.problem.counted_types)

    def _farms(self, layouts: FloatArray) -> Tensor:
        fixed = self.problem.fixed_layout
        neighbours = np.broadcast_to(fixed, (len(layouts), *fixed.shape))
        return torch.from_numpy(np.concatenate([layouts, neighbours], axis=1))
