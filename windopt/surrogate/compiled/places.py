"""What a place is worth: a farm's power with one more turbine, at many places at once.

The move that finds good layouts takes one turbine out and looks at all places for it together.
Here that look is compiled: the farm is settled once without the turbine; then at every place the
newcomer settles in the wakes it finds, and its own wake is added to those of the turbines behind
it. What is left out is what they, slowed down, change for others in turn: the value is exact to
first order, and exact where no wake crosses three turbines.

It is made of the steps and primitives that `farm` is made of. Where the wind varies over the site,
turbines and places each have their own, and the place that is windy is worth the more.
"""

from typing import NamedTuple

import numpy as np

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.compiled import rotor, turbine
from windopt.surrogate.compiled.constants import Constants
from windopt.surrogate.compiled.downstream import Lines, is_behind, line_up, turn
from windopt.surrogate.compiled.jit import kernel, step
from windopt.surrogate.compiled.pair import act, is_felt, receive
from windopt.surrogate.compiled.records import (
    UNKNOWN,
    Flow,
    Turbines,
    Wakes,
    new_flow,
    new_turbines,
    new_wakes,
)
from windopt.surrogate.compiled.state import expect, least_turbulence, settle, shed
from windopt.surrogate.compiled.turbine import collapse


class Standing(NamedTuple):
    """The turbines that stay, and the newcomer with its places.

    Attributes
    ----------
    layout : (n, 2) [m]
    kinds : (n,) int
    counted : (n,)
        1 for those whose power counts, 0 for neighbours.
    newcomer : int
        Its type.
    places : (m, 2) [m]
    half_width : (types,) [m]
        Of the strip in which a wake is felt at most, at the rotor.
    growth : float [-]
        By which strips widen downstream.
    """

    layout: FloatArray
    kinds: IntArray
    counted: FloatArray
    newcomer: int
    places: FloatArray
    half_width: FloatArray
    growth: float


class Conditions(NamedTuple):
    """Wind conditions; free wind at rotors' columns of points is over that of the rose.

    Attributes
    ----------
    wd, ws, ti, weight : (k,) [deg, m/s, -, -]
    free, free_places : (k, n, columns), (k, m, columns)
        Of no condition where the wind is the same everywhere.
    """

    wd: FloatArray
    ws: FloatArray
    ti: FloatArray
    weight: FloatArray
    free: FloatArray
    free_places: FloatArray


def place_values(c: Constants, farm: Standing, wind: Conditions) -> FloatArray:
    """Return the farm's mean power with a newcomer at each of many places: (m,) [W]."""
    slots = len(farm.layout) + 1
    values = np.zeros(len(farm.places))
    turbines = new_turbines(c, slots, len(wind.free) > 0)
    lines = line_up(farm.layout, wind.wd)
    _values(c, farm, wind, lines, turbines, new_flow(c, slots), new_wakes(c, 1), values)
    return values


@kernel
def _values(
    c: Constants,
    farm: Standing,
    wind: Conditions,
    lines: Lines,
    t: Turbines,
    flow: Flow,
    wakes: Wakes,
    values: FloatArray,
) -> None:
    """Add up the conditions: first the turbines that stay settle, then the newcomer everywhere.

    It takes the slot behind theirs, at one place after the other. Before all come the types in free
    wind: theirs is the state of whom no wake reaches.
    """
    n, types = len(farm.layout), len(c.diameter)
    behind = farm.half_width[farm.newcomer]
    for k in range(len(wind.wd)):
        ws, alone = wind.ws[k], 0.0
        free_ti = least_turbulence(c, wind.ti[k])
        collapse(c, free_ti, flow.ambient_row)
        for q in range(types if t.varied else 0, types + n + len(farm.places)):
            upstream, j = 0, n + 1 + q
            if q >= types + n:
                j = n
                _come(c, farm, wind, lines, k, q - types - n, t)
                upstream = _count_upstream(t.x, n)
            elif q >= types:
                j = upstream = q - types
                _stand(c, farm, wind, lines, k, j, t)
            expect(c, flow, j)
            waked = t.varied
            for i in range(upstream):
                dx, dy = t.x[j] - t.x[i], t.y[j] - t.y[i]
                near = is_behind(dx, dy, farm.half_width[t.kind[i]], farm.growth)
                if near and is_felt(t, flow, i, j):
                    wakes.between[0] = UNKNOWN
                    act(c, t, flow, wakes, 0, i, j)
                    receive(c, t, flow, wakes, ws, 0, i, j)
                    waked = True
            if j <= n:
                flow.state[j] = j if waked else n + 1 + t.kind[j]
            if waked or j > n:
                settle(c, t, flow, ws, free_ti, j)
                shed(c, t, flow, ws, j)
            if j > n:
                continue
            if j < n:
                alone += flow.power[flow.state[j]] * farm.counted[lines.order[k, j]]
                continue
            value = alone + flow.power[flow.state[n]]
            for j in range(upstream, n):
                counted = farm.counted[lines.order[k, j]]
                dx, dy = t.x[j] - t.x[n], t.y[j] - t.y[n]
                near = counted > 0.0 and is_behind(dx, dy, behind, farm.growth)
                if near and is_felt(t, flow, n, j):
                    wakes.between[0] = UNKNOWN
                    act(c, t, flow, wakes, 0, n, j)
                    slowed = _slowed_power(c, t, flow, wakes, ws, j)
                    value += counted * (slowed - flow.power[flow.state[j]])
            values[q - types - n] += wind.weight[k] * value


@step
def _stand(
    c: Constants, farm: Standing, wind: Conditions, lines: Lines, k: int, j: int, t: Turbines
) -> None:
    """Set the turbine that stands at place `j` of the line."""
    of, columns = lines.order[k, j], len(c.columns)
    t.x[j], t.y[j], t.kind[j] = lines.x[k, j], lines.y[k, j], farm.kinds[of]
    if t.varied:
        for a in range(columns):
            t.free[j, a] = wind.free[k, of, a]


@step
def _come(
    c: Constants, farm: Standing, wind: Conditions, lines: Lines, k: int, m: int, t: Turbines
) -> None:
    """Set the newcomer to its place `m`, behind all others in the arrays."""
    n, columns = len(farm.layout), len(c.columns)
    t.x[n], t.y[n] = turn(farm.places[m, 0], farm.places[m, 1], lines.cos[k], lines.sin[k])
    t.kind[n] = farm.newcomer
    if t.varied:
        for a in range(columns):
            t.free[n, a] = wind.free_places[k, m, a]


@step
def _count_upstream(x: FloatArray, n: int) -> int:
    """Return how many of the first `n` turbines stand upstream of the one behind them in `x`."""
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if x[middle] < x[n]:
            low = middle + 1
        else:
            high = middle
    return low


@step
def _slowed_power(c: Constants, t: Turbines, flow: Flow, wakes: Wakes, ws: float, j: int) -> float:
    """Return the power of `j` with the wake at hand besides [W] (equations 9, 10 and 13)."""
    of_j, s, cube = t.kind[j], flow.state[j], 0.0
    for r in range(len(c.row_weight)):
        for a in range(len(c.columns)):
            total = rotor.gather(flow.total[s, a, r], wakes.deficit[0, a, r], c.superposition)
            loss = rotor.superposed(total, c.superposition)
            if c.cumulative:
                loss = rotor.of_free_wind(loss, c.speed_up[of_j, r] * t.free[j, a])
            cube += c.row_weight[r] * rotor.point_cube(c.speed_up[of_j, r], loss, t.free[j, a])
    return turbine.power(c, of_j, rotor.cubic_mean(ws, cube))[0]
