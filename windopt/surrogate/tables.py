"""Tables in the place of networks: a kernel's trunk over distance, its branch over states.

A state is a thrust coefficient and a turbulence intensity. The axes are even in
ln(sqrt(1 - Ct) + 0.1), for what wakes depend on is the wind right behind the rotor, and in
ln(I + floor). Between the knots of the branch's table
values are interpolated with Catmull and Rom's cubics in both (Catmull and Rom 1974), which go
through the knots and have continuous slopes; beyond the table they are those at its end.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from windopt.problem.layout import FloatArray

CT_KNOTS, TI_KNOTS = 49, 40
CT_SHIFT = 0.1
"""Added to sqrt(1 - Ct) before its logarithm is taken."""
CT_FIRST = math.log(1.0 + CT_SHIFT)
CT_STEP = (CT_FIRST - math.log(CT_SHIFT)) / (CT_KNOTS - 1)
CT_ENDS = (1e-4, 0.9999)
"""Thrust coefficients that stand for 0 and 1, where a wake is not defined."""


class TurbulenceAxis(NamedTuple):
    """The second axis of a branch's table: q = ln(I + floor), evenly from `first` on.

    Attributes
    ----------
    floor : float [-]
        Added to what may be nothing at all, such as mixing.
    first, step : float
    """

    floor: float
    first: float
    step: float

    @classmethod
    def of(cls, mixing: bool) -> "TurbulenceAxis":
        """Return that of turbulence intensity, or of mixing."""
        floor, least, most = (0.02, 0.0, 0.6) if mixing else (0.0, 0.01, 1.0)
        first, last = np.log(least + floor), np.log(most + floor)
        return cls(floor, float(first), float(last - first) / (TI_KNOTS - 1))

    def knots(self) -> FloatArray:
        """Return the turbulence intensities at the knots (TI_KNOTS,)."""
        values: FloatArray = np.exp(self.first + self.step * np.arange(TI_KNOTS)) - self.floor
        return np.maximum(values, 0.0)


class TrunkTable(nn.Module):
    """A trunk that is a table: the knots of ln x/D (512, 1) to its terms (512, terms)."""

    def __init__(self, terms: int, knots: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(knots, terms))

    def forward(self, knots: Tensor) -> Tensor:
        """Return the table."""
        return self.table


class BranchTable(nn.Module):
    """A branch that is a table: states (n, 2), Ct and I, to its terms (n, terms)."""

    def __init__(self, terms: int, axis: TurbulenceAxis) -> None:
        super().__init__()
        self.axis = axis
        self.table = nn.Parameter(torch.zeros(CT_KNOTS, TI_KNOTS, terms))

    @classmethod
    def of(cls, branch: nn.Module, axis: TurbulenceAxis, like: Tensor) -> "BranchTable":
        """Return the table of a branch: itself, or what a network answers at the knots.

        The table is of the precision and on the device of `like`.
        """
        if isinstance(branch, BranchTable):
            return branch
        states = torch.from_numpy(np.stack(knot_states(axis), axis=-1)).to(like)
        with torch.no_grad():
            terms = branch(states)
        table = cls(terms.shape[1], axis)
        table.table = nn.Parameter(terms.view(CT_KNOTS, TI_KNOTS, -1), requires_grad=False)
        return table

    def states(self) -> tuple[FloatArray, FloatArray]:
        """Return thrust coefficient and turbulence at every knot (CT_KNOTS * TI_KNOTS,) each."""
        return knot_states(self.axis)

    def forward(self, states: Tensor) -> Tensor:
        """Interpolate."""
        ct, ti = states.unbind(-1)
        q = torch.log((ti + self.axis.floor).clamp_min(1e-12))
        root = torch.sqrt(1.0 - ct)
        rows, of_ct = catmull_rom((CT_FIRST - torch.log(root + CT_SHIFT)) / CT_STEP, CT_KNOTS)
        columns, of_ti = catmull_rom((q - self.axis.first) / self.axis.step, TI_KNOTS)
        terms = torch.zeros((), dtype=states.dtype, device=states.device)
        for a in range(4):
            for b in range(4):
                value = self.table[rows[a], columns[b]]
                terms = terms + (of_ct[a] * of_ti[b])[:, None] * value
        return terms


def knot_states(axis: TurbulenceAxis) -> tuple[FloatArray, FloatArray]:
    """Return thrust coefficient and turbulence at every knot (CT_KNOTS * TI_KNOTS,) each."""
    root = np.exp(CT_FIRST - CT_STEP * np.arange(CT_KNOTS)) - CT_SHIFT
    ct = np.clip(1.0 - root**2, *CT_ENDS)
    return np.repeat(ct, TI_KNOTS), np.tile(axis.knots(), CT_KNOTS)


def catmull_rom(place: Tensor, knots: int) -> tuple[list[Tensor], list[Tensor]]:
    """Return the four knots around places on an axis, and their weights, each (n,)."""
    place = place.clamp(0.0, knots - 1.0)
    left = place.detach().floor().clamp(0, knots - 2)
    f = place - left
    weights = [
        ((2.0 - f) * f - 1.0) * f / 2.0,
        ((3.0 * f - 5.0) * f * f + 2.0) / 2.0,
        ((4.0 - 3.0 * f) * f + 1.0) * f / 2.0,
        (f - 1.0) * f * f / 2.0,
    ]
    first = left.long()
    return [(first + k).clamp(0, knots - 1) for k in (-1, 0, 1, 2)], weights
