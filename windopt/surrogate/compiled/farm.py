"""A farm's powers and their exact gradient: down the farm, and back up it.

`wake_flow` is arithmetic on large tensors: made for training and for graphics processors, it leaves
a processor waiting for memory. Here numba compiles the loop that FLORIS itself has, over turbines
from upstream to downstream, and its reverse, of primitives whose adjoints stand beside them
(`downstream`, `wake`, `rotor`, `turbine`). A direction's pairs stay in the cache, all is double
precision, and threads share nothing. Equation numbers are those of docs/method/surrogate.md.

Per direction: turn the farm, sort it, list the pairs within reach. Per wind speed: go down the
list, keeping what the way back needs; then go back up it.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.compiled import swirl
from windopt.surrogate.compiled.constants import Constants
from windopt.surrogate.compiled.downstream import (
    Lines,
    Pairs,
    line_up,
    pairs_within_reach,
    turn_adjoint,
)
from windopt.surrogate.compiled.far_field import log_stands_for, wake_ends
from windopt.surrogate.compiled.jit import SOURCES, kernel, step
from windopt.surrogate.compiled.pair import act, act_adjoint, is_felt, receive
from windopt.surrogate.compiled.records import (
    UNKNOWN,
    Flow,
    Slopes,
    Turbines,
    Wakes,
    new_flow,
    new_slopes,
    new_turbines,
    new_wakes,
)
from windopt.surrogate.compiled.state import (
    expect,
    least_turbulence,
    settle,
    settle_adjoint,
    shed,
    shed_adjoint,
)
from windopt.surrogate.compiled.swirl import SwirlTables
from windopt.surrogate.compiled.turbine import collapse

CONDITIONS_PER_TASK = 64
"""At most; work is cut the same whatever the number of threads, so that sums are the same too."""


class Layout(NamedTuple):
    """Where turbines stand.

    Attributes
    ----------
    places : (n, 2) [m]
    kinds : (n,) int
    half_width : (n,) [m]
        Of the strip in which each turbine's wake is felt, at its rotor.
    growth : float [-]
        By which strips widen downstream.
    far : float [m]
        Beyond it some wakes stand for others (`far_field`); infinite where none does.
    """

    places: FloatArray
    kinds: IntArray
    half_width: FloatArray
    growth: float
    far: float


class Wind(NamedTuple):
    """Wind on a grid of directions and speeds.

    Attributes
    ----------
    wd : (n_directions,) [deg]
    ws, ti : (n_directions, n_speeds) [m/s, -]
    free : (n_directions, n, columns) [-]
        Free wind at the rotors' columns of points over that of the rose; of no direction where it
        is the same everywhere.
    free_slope : (n_directions, n, columns, 2) [1/m]
        Its slope by the turbines' places.
    """

    wd: FloatArray
    ws: FloatArray
    ti: FloatArray
    free: FloatArray
    free_slope: FloatArray

    def part(self, some: slice) -> "Wind":
        """Take some directions."""
        return Wind(*(values[some] for values in self))


def turbine_power(
    c: Constants,
    layout: Layout,
    wind: Wind,
    by_power: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return powers of one layout and, where asked, the gradient of an objective.

    Parameters
    ----------
    c : Constants
    layout : Layout
    wind : Wind
    by_power : (n_directions, n_speeds, n or 1), optional
        Derivative of the objective by every power [1/W].

    Returns
    -------
    power : (n_directions, n_speeds, n) [W]
    gradient : (n, 2)
        Zero where not asked for.
    """
    directions, speeds = wind.ws.shape
    n = len(layout.places)
    power = np.empty((directions, speeds, n))
    asked = by_power is not None
    weight = by_power if by_power is not None else np.zeros((directions, speeds, 1))
    tasks = max(1, math.ceil(directions * speeds / CONDITIONS_PER_TASK))
    size = max(1, math.ceil(directions / tasks))  # equal tasks: threads then end together

    def part(start: int) -> FloatArray:
        some = slice(start, start + size)
        return _part(c, layout, wind.part(some), weight[some], asked, power[some])

    starts = range(0, directions, size)
    threads = min(torch.get_num_threads(), len(starts))
    if threads == 1:
        return power, np.sum([part(start) for start in starts], axis=0)
    with ThreadPoolExecutor(threads) as pool:
        return power, np.sum(list(pool.map(part, starts)), axis=0)


def _part(
    c: Constants,
    layout: Layout,
    wind: Wind,
    by_power: FloatArray,
    asked: bool,
    power: FloatArray,
) -> FloatArray:
    """Fill in the powers of some directions and return their part of the gradient."""
    n = len(layout.places)
    gradient = np.zeros((n, 2))
    lines = line_up(layout.places, wind.wd)
    ends = wake_ends(wind.wd, n, layout.far)
    pairs = pairs_within_reach(lines, layout.half_width, layout.growth, ends)
    turbines = new_turbines(c, n, len(wind.free) > 0)
    wakes, slopes = new_wakes(c, pairs.most), new_slopes(c, n)
    _sweep(
        c, layout.kinds, layout.far, lines, pairs, wind, by_power, asked,
        turbines, new_flow(c, n), wakes, slopes, power, gradient,
    )  # fmt: skip
    return gradient


@kernel
def _sweep(
    c: Constants,
    kinds: IntArray,
    far: float,
    lines: Lines,
    pairs: Pairs,
    wind: Wind,
    by_power: FloatArray,
    asked: bool,
    t: Turbines,
    flow: Flow,
    wakes: Wakes,
    slopes: Slopes,
    power: FloatArray,
    gradient: FloatArray,
) -> None:
    """Fill in powers and add to the gradient, direction by direction."""
    n, columns = len(kinds), len(c.columns)
    for d in range(len(wind.wd)):
        _place(c, kinds, lines, wind, d, t)
        for p in range(pairs.first[d, n]):
            wakes.between[p] = UNKNOWN
        if far < math.inf:
            _stand_for_others(t, wakes, pairs, far, d)
        slopes.x[:], slopes.y[:], slopes.free[:] = 0.0, 0.0, 0.0
        for s in range(wind.ws.shape[1]):
            _down(c, t, flow, wakes, pairs, d, wind.ws[d, s], wind.ti[d, s])
            for k in range(n):
                power[d, s, lines.order[d, k]] = flow.power[flow.state[k]]
            if asked:
                for k in range(n):
                    j = lines.order[d, k] if by_power.shape[2] > 1 else 0
                    slopes.u[k] = by_power[d, s, j] * flow.power_slope[flow.state[k]]
                _up(c, t, flow, wakes, slopes, pairs, d, wind.ws[d, s])
        for k in range(n):
            j = lines.order[d, k]
            east, north = turn_adjoint(slopes.x[k], slopes.y[k], lines.cos[d], lines.sin[d])
            gradient[j, 0] += east
            gradient[j, 1] += north
            if t.varied:
                for a in range(columns):
                    gradient[j, 0] += slopes.free[k, a] * wind.free_slope[d, j, a, 0]
                    gradient[j, 1] += slopes.free[k, a] * wind.free_slope[d, j, a, 1]


@step
def _place(c: Constants, kinds: IntArray, lines: Lines, wind: Wind, d: int, t: Turbines) -> None:
    """Set the turbines of a direction, with their free wind."""
    columns = len(c.columns)
    for k in range(len(t.x)):
        j = lines.order[d, k]
        t.x[k], t.y[k], t.kind[k] = lines.x[d, k], lines.y[d, k], kinds[j]
        if t.varied:
            for a in range(columns):
                t.free[k, a] = wind.free[d, j, a]


@step
def _stand_for_others(t: Turbines, wakes: Wakes, pairs: Pairs, far: float, d: int) -> None:
    """Set how many each wake of a direction stands for, by its distance alone."""
    for j in range(len(t.x)):
        for p in range(pairs.first[d, j], pairs.first[d, j + 1]):
            i = pairs.source[pairs.start[d] + p]
            wakes.stands_for[p] = log_stands_for(t.x[j] - t.x[i], far)


@step
def _down(
    c: Constants,
    t: Turbines,
    flow: Flow,
    wakes: Wakes,
    pairs: Pairs,
    d: int,
    ws: float,
    ambient: float,
) -> None:
    """Let wakes act from upstream to downstream, in one condition.

    The types in free wind come first: theirs is the state of every turbine that no wake reaches.
    """
    n, types = len(t.x), len(c.diameter)
    free_ti = least_turbulence(c, ambient)
    collapse(c, free_ti, flow.ambient_row)
    for q in range(types if t.varied else 0, types + n):
        j = q - types if q >= types else n + q
        expect(c, flow, j)
        if j < n:
            flow.state[j] = j if t.varied else n + t.kind[j]
            for p in range(pairs.first[d, j], pairs.first[d, j + 1]):
                i = pairs.source[pairs.start[d] + p]
                wakes.felt[p] = is_felt(t, flow, i, j)
                if wakes.felt[p]:
                    act(c, t, flow, wakes, p, i, j)
                    receive(c, t, flow, wakes, ws, p, i, j)
                    flow.state[j] = j
        if j >= n or flow.state[j] == j:
            settle(c, t, flow, ws, free_ti, j)
            if j >= n or pairs.hits[d, j]:
                shed(c, t, flow, ws, j)


@step
def _up(
    c: Constants,
    t: Turbines,
    flow: Flow,
    wakes: Wakes,
    slopes: Slopes,
    pairs: Pairs,
    d: int,
    ws: float,
) -> None:
    """Take derivatives back from downstream to upstream; by u they begin as those by power."""
    n = len(t.x)
    for j in range(len(slopes.ti)):
        slopes.ti[j], slopes.log_scale[j], slopes.lift[j] = 0.0, 0.0, 0.0
        if swirl.swirls(c.swirl):
            for k in range(slopes.swirl.shape[1]):
                slopes.swirl[j, k] = 0.0
        for k in range(slopes.coefficient.shape[1]):
            slopes.coefficient[j, k] = 0.0
    for j in range(n - 1, -1, -1):
        if flow.state[j] != j:
            continue  # it is in free wind: no place of anybody changes its state
        if pairs.hits[d, j]:
            shed_adjoint(c, t, flow, slopes, ws, j)
        still = slopes.u[j] == 0.0 and slopes.ti[j] == 0.0
        if still and not swirl.swirls(c.swirl):
            continue
        settle_adjoint(c, t, flow, slopes, ws, j)
        for p in range(pairs.first[d, j], pairs.first[d, j + 1]):
            i = pairs.source[pairs.start[d] + p]
            if wakes.felt[p]:
                act_adjoint(c, t, flow, wakes, slopes, p, i, j)


def kernels_on_disk(swirl: bool = False) -> int:
    """Return of how many kinds of kernel, with swirl or without, numba's cache has the code.

    0 where it cannot be read.
    """
    try:
        known = _sweep._cache._cache_file._load_index()  # type: ignore[attr-defined]
    except (AttributeError, OSError):  # nothing of numba's own documentation
        return 0
    current = [kind for kind in known if SOURCES in kind]
    return sum((SwirlTables.__name__ in str(kind)) == swirl for kind in current)


def kernels_folder() -> Path:
    """Return where numba keeps the code: beside the package, or where users may write."""
    return Path(_sweep.stats.cache_path)  # type: ignore[attr-defined]
