"""A farm as the compiled loops take it: numbers out of the kernel's tensors, and reach of wakes.

Both are kept for as long as the kernel stays the same: a search asks ten thousands of times.
"""

import numpy as np
import torch

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.compiled.constants import Constants, constants
from windopt.surrogate.compiled.far_field import far_from
from windopt.surrogate.compiled.farm import Layout, Wind, turbine_power
from windopt.surrogate.compiled.places import Conditions, Standing, place_values
from windopt.surrogate.free_wind import FreeWind
from windopt.surrogate.wake_flow import WakeFlow

Strip = tuple[FloatArray, float]


class CompiledFarm:
    """The flow of a farm as compiled loops.

    Parameters
    ----------
    flow : WakeFlow
        The same flow as tensors; may learn in between.
    """

    def __init__(self, flow: WakeFlow) -> None:
        self._flow = flow
        self._known: tuple[object, Constants, dict[float, Strip]] | None = None

    def power(
        self,
        layout: FloatArray,
        kinds: IntArray,
        wd: FloatArray,
        ws: FloatArray,
        ti: FloatArray,
        largest_ti: float,
        by_power: FloatArray | None,
        free_wind: FreeWind | None,
    ) -> tuple[FloatArray, FloatArray]:
        """Return a layout's powers and a gradient; see `compiled.farm.turbine_power`.

        `largest_ti` is the ambient turbulence by which the reach of wakes is drawn.
        """
        numbers, (half_width, growth) = self._numbers(largest_ti)
        n, columns = len(layout), len(numbers.columns)
        free, slope = np.empty((0, n, columns)), np.empty((0, n, columns, 2))
        if free_wind is not None:
            free, slope = free_wind.factors(layout, kinds, wd)
        about_middle = layout - layout.mean(axis=0)
        farm = Layout(about_middle, kinds, half_width[kinds], growth, far_from(numbers, n))
        return turbine_power(numbers, farm, Wind(wd, ws, ti, free, slope), by_power)

    def place_values(
        self,
        layout: FloatArray,
        kinds: IntArray,
        counted: int,
        newcomer: int,
        places: FloatArray,
        wd: FloatArray,
        ws: FloatArray,
        ti: FloatArray,
        weight: FloatArray,
        free_wind: FreeWind | None,
    ) -> FloatArray:
        """Return the farm's mean power [W] with a newcomer at each of many places: (m,).

        Conditions are (n_conditions,); the rest is as of `Surrogate.place_values`.
        """
        numbers, (half_width, growth) = self._numbers(float(ti.max()))
        free = free_places = np.empty((0, 0, len(numbers.columns)))
        if free_wind is not None:
            free, _ = free_wind.factors(layout, kinds, wd)
            free_places, _ = free_wind.factors(places, np.full(len(places), newcomer), wd)
        middle = places.mean(axis=0)
        farm = Standing(
            layout - middle,
            np.ascontiguousarray(kinds, dtype=np.int64),
            (np.arange(len(layout)) < counted).astype(np.float64),
            newcomer,
            places - middle,
            half_width,
            growth,
        )
        wind = Conditions(wd, ws, ti, weight, free, free_places)
        values: FloatArray = place_values(numbers, farm, wind)
        return values

    def _numbers(self, most: float) -> tuple[Constants, Strip]:
        """Return the kernel's numbers, and where its wakes are felt: half-width [m] and growth."""
        state = [(id(p), p._version) for p in self._flow.kernel.parameters()]
        if self._known is None or self._known[0] != state:
            self._known = state, constants(self._flow), {}
        _, numbers, strips = self._known
        if most not in strips:
            half_width, growth = self._flow.reach(most, torch.arange(len(numbers.diameter)))
            strips[most] = half_width.double().numpy(), growth
        return numbers, strips[most]
