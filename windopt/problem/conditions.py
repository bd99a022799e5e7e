"""Wind conditions to average over: what a farm's mean power is a weighted sum of.

    mean power = sum_i weight_i P(wd_i, ws_i, ti_i)

A list has one speed for each direction, a grid several. The weights are the conditions'
probabilities, or these times what the energy is worth (`windopt.problem.objective`); those of a
sample make the sum an unbiased estimate, and need not sum to 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from windopt.problem.layout import FloatArray


@dataclass(frozen=True, eq=False)
class Conditions:
    """Weighted wind conditions.

    Parameters
    ----------
    wd : (k,) [deg]
        Wind direction.
    ws : (k,) for a list, (k, s) for a grid of s speeds by direction [m/s]
        Wind speed.
    ti : like `ws` [-]
        Turbulence intensity.
    weight : like `ws` [-, or worth of energy]
        Of each in the mean; some may be negative.
    """

    wd: FloatArray
    ws: FloatArray
    ti: FloatArray
    weight: FloatArray

    @classmethod
    def grid(
        cls, wd: FloatArray, ws: FloatArray, ti: FloatArray, weight: FloatArray
    ) -> "Conditions":
        """Return the grid of directions (k,) and speeds (s,); `ti` and `weight` are (k, s)."""
        return cls(wd, np.broadcast_to(ws, ti.shape), ti, weight)

    def __len__(self) -> int:
        return int(self.ws.size)

    @property
    def listed(self) -> "Conditions":
        """The same as a list, direction by direction; itself where it is one."""
        if self.ws.ndim == 1:
            return self
        wd = np.repeat(self.wd, self.ws.shape[1])
        return Conditions(wd, self.ws.ravel(), self.ti.ravel(), self.weight.ravel())

    def in_steps(self, step_deg: float) -> "Conditions":
        """Return a grid with fewer directions, at most so far apart [deg], each for several.

        A list, and directions that are uneven or not all around, stay what they are.
        """
        n = len(self.wd)
        gap = 360.0 / max(1, n)
        every = int(step_deg / gap + 1e-9)
        if self.ws.ndim == 1 or every < 2 or not np.allclose(np.diff(self.wd), gap):
            return self
        first = np.arange(0, n, every)
        count = np.diff(first, append=n)

        def mean(values: FloatArray) -> FloatArray:
            by_group: FloatArray = np.add.reduceat(values, first, axis=0)
            return by_group / (count if values.ndim == 1 else count[:, None])

        return Conditions(
            mean(self.wd),
            self.ws[: len(first)],
            mean(self.ti),
            np.add.reduceat(self.weight, first, axis=0),
        )

    def take(self, rows: Any) -> "Conditions":
        """Return some rows, by a slice, indices or a mask (k,)."""
        return Conditions(self.wd[rows], self.ws[rows], self.ti[rows], self.weight[rows])
