"""Free wind that varies over the site, at the points of rotors, with its slope by the place.

FLORIS takes the speed-up f at every point of a rotor: it is another at the left column of points
than at the right. So is it here: f_ja at column a of turbine j, which stands

    x_ja = x_j + c_a D_j e,   e = across the wind, to the left seen downstream.

f is linear on the triangles of `SpeedUp`, so that its slope is exact within each. Beyond the grid
it stays what it is at the edge, where FLORIS would take 1: a search may look there, but no layout
stays there.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.speed_up import SpeedUp
from windopt.surrogate.wake_flow import FarmPhysics


class Field(NamedTuple):
    """A `SpeedUp` as plain arrays; sectors stand last, where they are read together."""

    x: FloatArray
    y: FloatArray
    falling: NDArray[np.bool_]
    factor: FloatArray

    @classmethod
    def of(cls, speed_up: SpeedUp) -> "Field":
        """Take the arrays out."""
        factor = np.ascontiguousarray(np.moveaxis(speed_up.factor, 0, -1))
        return cls(speed_up.x, speed_up.y, speed_up.falling, factor)


class FreeWind:
    """The free wind at a farm's rotors, over that of the rose.

    Parameters
    ----------
    speed_up : SpeedUp
    physics : FarmPhysics
        Its turbines, and where the columns of points are in their rotors.
    """

    def __init__(self, speed_up: SpeedUp, physics: FarmPhysics) -> None:
        self.speed_up = speed_up
        self._field = Field.of(speed_up)
        diameter = np.array([turbine.rotor_diameter for turbine in physics.turbines])
        self._aside = diameter[:, None] * np.array(physics.rotor_columns)

    def factors(
        self, layout: FloatArray, kinds: IntArray, wd: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the factor (k, n, columns) at turbines of these types, and its slope [1/m]."""
        return rotor_factors(self._field, self.speed_up, layout, self._aside[kinds], wd)

    def differentiable(self, layouts: Tensor, kinds: Tensor | None, wd: Tensor) -> Tensor:
        """Return the factor as a function of layouts (b, n, 2): (b, k, n, columns)."""
        types = np.zeros(layouts.shape[1], int) if kinds is None else kinds.cpu().numpy()
        plain = wd.detach().cpu().double().numpy()
        factors: Callable[..., Tensor] = RotorFactors.apply
        return factors(layouts, self._field, self.speed_up, self._aside[types], plain)


def rotor_factors(
    field: Field, speed_up: SpeedUp, layout: FloatArray, aside: FloatArray, wd: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the speed-up at rotors' columns of points, and its slope by the turbine's place.

    Parameters
    ----------
    field : Field
        Of `speed_up`.
    layout : (n, 2) [m]
    aside : (n, columns) [m]
        Lateral places of the columns, from the hub.
    wd : (k,) [deg]

    Returns
    -------
    factor : (k, n, columns) [-]
    slope : (k, n, columns, 2) [1/m]
    """
    first, second, weight = speed_up.between(wd)
    factor = np.empty((len(wd), *aside.shape))
    slope = np.empty((*factor.shape, 2))
    angle = np.radians(270.0 - wd)
    _evaluate(
        field, layout, aside, np.cos(angle), np.sin(angle), first, second, weight, factor, slope
    )
    return factor, slope


@njit(cache=True, nogil=True, error_model="numpy")
def _evaluate(
    t: Field,
    layout: FloatArray,
    aside: FloatArray,
    cos: FloatArray,
    sin: FloatArray,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    weight: FloatArray,
    factor: FloatArray,
    slope: FloatArray,
) -> None:
    for d in range(len(cos)):
        one, two, w = first[d], second[d], weight[d]
        for j in range(len(layout)):
            for a in range(aside.shape[1]):
                x = layout[j, 0] - aside[j, a] * sin[d]
                y = layout[j, 1] + aside[j, a] * cos[d]
                i = min(max(np.searchsorted(t.x, x) - 1, 0), len(t.x) - 2)
                k = min(max(np.searchsorted(t.y, y) - 1, 0), len(t.y) - 2)
                wide, high = t.x[i + 1] - t.x[i], t.y[k + 1] - t.y[k]
                p, q = (x - t.x[i]) / wide, (y - t.y[k]) / high
                on_x, on_y = 0.0 <= p <= 1.0, 0.0 <= q <= 1.0
                p, q = min(max(p, 0.0), 1.0), min(max(q, 0.0), 1.0)
                # the corner at the right angle, and the two others beside and above it
                if t.falling[i, k]:
                    right = upper = 1 if p + q > 1.0 else 0
                else:
                    right = 1 if p > q else 0
                    upper = 1 - right
                here = t.factor[i + right, k + upper]
                beside = t.factor[i + 1 - right, k + upper]
                above = t.factor[i + right, k + 1 - upper]
                base = (1.0 - w) * here[one] + w * here[two]
                along_x = (1.0 - w) * beside[one] + w * beside[two] - base
                along_y = (1.0 - w) * above[one] + w * above[two] - base
                if right:
                    p, along_x = p - 1.0, -along_x
                if upper:
                    q, along_y = q - 1.0, -along_y
                factor[d, j, a] = base + p * along_x + q * along_y
                slope[d, j, a, 0] = along_x / wide if on_x else 0.0
                slope[d, j, a, 1] = along_y / high if on_y else 0.0


class RotorFactors(torch.autograd.Function):
    """`rotor_factors` as a node of autograd's graph: layouts (b, n, 2) -> (b, k, n, columns)."""

    @staticmethod
    def forward(ctx: Any, layouts: Tensor, *rest: Any) -> Tensor:
        """Return the speed-up; `rest` as of `rotor_factors`."""
        field, speed_up, aside, wd = rest
        plain = layouts.detach().cpu().double().numpy()
        both = [rotor_factors(field, speed_up, layout, aside, wd) for layout in plain]
        ctx.slope = torch.from_numpy(np.stack([slope for _, slope in both]))
        return torch.from_numpy(np.stack([factor for factor, _ in both])).to(layouts)

    @staticmethod
    def backward(ctx: Any, *by_factor: Tensor) -> Any:
        """Return the gradient by layouts (b, n, 2)."""
        (g,) = by_factor
        slope = ctx.slope.to(g)
        return (g[..., None] * slope).sum((1, 3)), None, None, None, None
