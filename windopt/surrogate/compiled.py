"""The same flow and its gradient as compiled loops: what processors run.

`wake_flow` is arithmetic on large tensors: made for training and for graphics processors, it leaves
a processor waiting for memory. Here numba compiles the loop that FLORIS itself has, over turbines
from upstream to downstream, and its reverse: the exact gradient, by hand. A direction's pairs stay
in the cache, all is double precision, and threads share nothing. A test holds both against each
other.

Per direction: turn the farm, sort it, list the pairs within reach. Per wind speed: go down the
list, keeping what the way back needs; then go back up it. Notation and equations are those of
`wake_flow` and `wake_kernel`; `g_q` is the derivative of the objective by q.

`free` is the free wind at every rotor over that of the rose (`free_wind`), None where the wind is
the same everywhere: numba compiles each of the two on its own and leaves out what is not asked for.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numba import njit

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.constants import MAX, SOSFS, Constants
from windopt.surrogate.curves import CT_MAX, CT_MIN
from windopt.surrogate.wake_flow import (
    FAINT,
    FAR,
    NO_MIXING,
    OVERLAP_DEFICIT,
    TINY,
    TURBULENCE_HALF_WIDTH_D,
    TURBULENCE_REACH_D,
)
from windopt.surrogate.wake_kernel import (
    FARTHEST_D,
    FIRST_KNOT,
    KNOT_STEP,
    N_KNOTS,
    NEAREST_D,
    SCALE_D,
)
from windopt.surrogate.wake_pairs import MIN_DOWNSTREAM_M

CONDITIONS_PER_TASK = 64
"""Work is cut the same whatever the number of threads, so that sums are the same too."""
LAST_PLACE = N_KNOTS - 1.001
SAME_BITS = {"nnan", "ninf", "nsz", "arcp"}
"""LLVM's liberties that change no sum's order: no NaN, no infinity, no sign of 0, reciprocals."""
_STILL = 1.001 * TINY ** (1 / 3)
"""Wakes may add up to more than the wind: below this share of it, more of them change nothing."""


def turbine_power(
    c: Constants,
    strip: tuple[FloatArray, float],
    layout: FloatArray,
    kinds: IntArray,
    wd: FloatArray,
    ws: FloatArray,
    ti: FloatArray,
    by_power: FloatArray | None = None,
    free: tuple[FloatArray, FloatArray] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return powers of one layout and, where asked, the gradient of an objective.

    Parameters
    ----------
    c : Constants
    strip : (n,) [m]
        And float [-] Half-width of each turbine's wake at its rotor, and its growth downstream.
    layout : (n, 2) [m]
    kinds : (n,) int
    wd : (n_directions,) [deg]
    ws, ti : (n_directions, n_speeds) [m/s, -]
    by_power : (n_directions, n_speeds, n or 1), optional
        Derivative of the objective by every power [1/W].
    free : optional
        Free wind at the rotors' columns of points over that of the rose, (n_directions, n, columns)
        [-], and its slope by the turbines' places (n_directions, n, columns, 2) [1/m].

    Returns
    -------
    power : (n_directions, n_speeds, n) [W]
    gradient : (n, 2)
        Zero where not asked for.
    """
    directions, speeds = ws.shape
    power = np.empty((directions, speeds, len(layout)))
    asked = by_power is not None
    weight = by_power if by_power is not None else np.zeros((directions, speeds, 1))
    size = max(1, CONDITIONS_PER_TASK // speeds)

    def part(start: int) -> FloatArray:
        gradient = np.zeros((len(layout), 2))
        some = slice(start, start + size)
        _directions(
            c, *strip, layout, kinds, wd[some], ws[some], ti[some], weight[some], asked,
            power[some], gradient, *((None, None) if free is None else (f[some] for f in free)),
        )  # fmt: skip
        return gradient

    starts = range(0, directions, size)
    threads = min(torch.get_num_threads(), len(starts))
    if threads == 1:
        return power, np.sum([part(start) for start in starts], axis=0)
    with ThreadPoolExecutor(threads) as pool:
        return power, np.sum(list(pool.map(part, starts)), axis=0)


def compiled(function: Any) -> Any:
    """Have numba compile a function into every one that calls it, to the same bits at every call.

    Sums keep their order. Where `fastmath` may reorder them ("reassoc"), LLVM makes two versions of
    a loop and chooses at every call, by how far apart its arrays happen to lie in memory: the last
    bits of a gradient then differ from thread to thread and from run to run. Products and sums are
    not joined either ("contract"), so that processors with other vector lengths round alike.
    A function that stands alone is translated twice, alone and again in its callers; `forceinline`
    leaves one translation, also for code from numba's cache.
    """
    return njit(cache=True, nogil=True, fastmath=SAME_BITS, error_model="numpy", forceinline=True)(
        function
    )


@compiled
def interpolate(u: float, xs: FloatArray, ys: FloatArray, points: int) -> tuple[float, float, bool]:
    """Interpolate: value, slope, and whether `u` lies within the table."""
    if u < xs[0] or u > xs[points - 1]:
        return 0.0, 0.0, False
    low, high = 0, points - 1
    while high - low > 1:
        middle = (low + high) // 2
        if xs[middle] < u:
            low = middle
        else:
            high = middle
    slope = (ys[high] - ys[low]) / (xs[high] - xs[low])
    return ys[low] + slope * (u - xs[low]), slope, True


@compiled
def free_level(free: FloatArray) -> float:
    """Return the cubic mean over a rotor's columns of points of the free wind there."""
    cube = 0.0
    for a in range(len(free)):
        cube += free[a] ** 3
    level: float = (cube / len(free)) ** (1.0 / 3.0)
    return level


@compiled
def rise_growth(distance_d: float, rate: float) -> tuple[float, float]:
    """Return how far lifted wakes have risen at a distance [D], and the slope of that."""
    ratio = (distance_d - rate) / (distance_d + rate) + 2.0
    slope: float = 2.0 * rate / ((distance_d + rate) ** 2 * ratio)
    growth: float = math.log(ratio)
    return growth, slope


@compiled
def _directions(
    c: Constants,
    half_width: FloatArray,
    growth: float,
    layout: FloatArray,
    kinds: IntArray,
    wd: FloatArray,
    ws: FloatArray,
    ti: FloatArray,
    by_power: FloatArray,
    asked: bool,
    power: FloatArray,
    gradient: FloatArray,
    free: Any,
    free_slope: Any,
) -> None:
    n = len(layout)
    x, y = np.empty(n), np.empty(n)
    kind, width = np.empty(n, dtype=np.int64), np.empty(n)
    for d in range(len(wd)):
        angle = math.radians(270.0 - wd[d])
        cos, sin = math.cos(angle), math.sin(angle)
        along = layout[:, 0] * cos + layout[:, 1] * sin
        order = np.argsort(along)
        for k in range(n):
            j = order[k]
            x[k], y[k] = along[j], layout[j, 1] * cos - layout[j, 0] * sin
            kind[k], width[k] = kinds[j], half_width[j]
        source, first = _pairs(x, y, width, growth)
        g_x, g_y = np.zeros(n), np.zeros(n)
        here: Any = None if free is None else free[d][order]
        g_here: Any = None if free is None else np.zeros((n, len(c.columns)))
        for s in range(ws.shape[1]):
            g_power = np.zeros(n)
            if asked:
                for k in range(n):
                    g_power[k] = by_power[d, s, order[k] if by_power.shape[2] > 1 else 0]
            _farm(
                c, x, y, kind, source, first, ws[d, s], ti[d, s], g_power, asked,
                order, power[d, s], g_x, g_y, here, g_here,
            )  # fmt: skip
        for k in range(n):
            j = order[k]
            gradient[j, 0] += g_x[k] * cos - g_y[k] * sin
            gradient[j, 1] += g_x[k] * sin + g_y[k] * cos
            if free is not None:
                for a in range(len(c.columns)):
                    gradient[j, 0] += g_here[k, a] * free_slope[d, j, a, 0]
                    gradient[j, 1] += g_here[k, a] * free_slope[d, j, a, 1]


@compiled
def _pairs(
    x: FloatArray, y: FloatArray, half_width: FloatArray, growth: float
) -> tuple[IntArray, IntArray]:
    """List the sources of each receiver, of turbines that stand upstream first."""
    n = len(x)
    first = np.zeros(n + 1, dtype=np.int64)
    source = np.empty(16 * n, dtype=np.int64)
    count = 0
    for j in range(n):
        if count + j > len(source):
            longer = np.empty(2 * len(source) + j, dtype=np.int64)
            longer[:count] = source[:count]
            source = longer
        for i in range(j):
            dx = x[j] - x[i]
            if dx > MIN_DOWNSTREAM_M and abs(y[j] - y[i]) < half_width[i] + growth * dx:
                source[count] = i
                count += 1
        first[j + 1] = count
    return source[:count], first


@compiled
def _farm(
    c: Constants,
    x: FloatArray,
    y: FloatArray,
    kind: IntArray,
    source: IntArray,
    first: IntArray,
    ws: float,
    ambient: float,
    g_power: FloatArray,
    asked: bool,
    order: IntArray,
    power: FloatArray,
    g_x: FloatArray,
    g_y: FloatArray,
    free: Any,
    g_free: Any,
) -> None:
    """Go down one farm in one condition, and back up where a gradient is asked for.

    `free` and `g_free` are (n, columns), or None.
    """
    n, pairs, terms = len(x), len(source), c.table.shape[1]
    columns, rows = len(c.columns), len(c.row_weight)
    inputs, hidden = c.w1.shape
    free_ti = NO_MIXING if c.mixing else ambient
    ambient_input = math.log(free_ti / 0.1) / 0.6
    half = 1.0 if c.superposition == SOSFS else 0.5

    u, local_ti = np.empty(n), np.empty(n)
    u_slope, ct, ct_slope = np.empty(n), np.empty(n), np.empty(n)
    lift, tilt, tilt_slope = np.zeros(n), np.zeros(n), np.zeros(n)
    total = np.zeros((n, columns, rows))
    largest = np.full((n, columns, rows), -1, dtype=np.int64)
    coefficient, log_scale = np.empty((n, terms)), np.empty(n)
    unit, rise = np.empty((n, hidden)), np.empty((n, hidden))
    branch_input = np.empty(inputs)
    # of each pair, for the way back
    knot, between = np.empty(pairs, dtype=np.int64), np.empty(pairs)
    narrow, exponent = np.empty(pairs), np.ones(pairs)
    across, added = np.empty((pairs, columns)), np.zeros(pairs)
    vertical, mirrored = np.ones((pairs, rows)), np.zeros((pairs, rows))
    raised = np.zeros(pairs)
    deficit = np.empty((pairs, columns, rows))
    noisiest = np.full(n, -1, dtype=np.int64)
    head, product, lateral = np.empty(c.heads), np.empty(terms), np.empty(columns)
    if free is not None:
        level, g_level = np.empty(n), np.zeros(n)
        for j in range(n):
            level[j] = free_level(free[j])

    for j in range(n):
        of_j = kind[j]
        square = 0.0
        for p in range(first[j], first[j + 1]):
            i = source[p]
            of_i = kind[i]
            diameter = c.diameter[of_i]
            dx, dy = x[j] - x[i], y[j] - y[i]
            place = (math.log(dx / (diameter * SCALE_D)) - FIRST_KNOT) / KNOT_STEP
            if place < 0.0:
                place = 0.0
            if place > LAST_PLACE:
                place = LAST_PLACE
            knot[p] = int(place)
            between[p] = place - knot[p]
            at, past = knot[p], between[p]
            for k in range(terms):
                product[k] = coefficient[i, k] * (c.table[at, k] + past * c.slope[at, k])
            for h in range(c.heads):
                head[h] = c.offset[h]
                for k in range(h * c.rank, (h + 1) * c.rank):
                    head[h] += product[k]
            log_amplitude = head[0] + log_scale[i]
            narrow[p] = math.exp(-2.0 * head[1])
            shift = head[c.heads - 1] if c.drifts else 0.0
            ratio = c.diameter[of_j] / diameter
            if c.lifts:
                raised[p] = lift[i] * rise_growth(dx / diameter, c.lift_rate)[0]
            for a in range(columns):
                across[p, a] = dy / diameter + c.columns[a] * ratio - shift
            if c.gaussian:
                for a in range(columns):
                    lateral[a] = math.exp(
                        half * (2.0 * log_amplitude - across[p, a] ** 2 * narrow[p])
                    )
                for r in range(rows):
                    height = c.above[of_i, of_j, r] - raised[p]
                    vertical[p, r] = math.exp(-height * height * narrow[p]) if height else 1.0
                    if c.mirror:
                        height = c.image[of_i, of_j, r] - raised[p]
                        mirrored[p, r] = math.exp(-height * height * narrow[p])
                    both = vertical[p, r] + mirrored[p, r]
                    if c.superposition != SOSFS:
                        both = math.sqrt(both)
                    for a in range(columns):
                        deficit[p, a, r] = lateral[a] * both
            else:
                exponent[p] = math.exp(head[3])
                for a in range(columns):
                    for r in range(rows):
                        near = (across[p, a] ** 2 + c.above[of_i, of_j, r] ** 2) * narrow[p]
                        log_power = 0.5 * exponent[p] * math.log(near + TINY)
                        deficit[p, a, r] = math.exp(
                            half * (2.0 * log_amplitude - math.exp(min(log_power, FAR)))
                        )
            if free is not None and c.local_speed:  # as deep as the source's own wind makes it
                for a in range(columns):
                    for r in range(rows):
                        deeper = level[i] / free[j, a]
                        deficit[p, a, r] *= deeper**2 if c.superposition == SOSFS else deeper
            for a in range(columns):
                for r in range(rows):
                    if c.superposition != MAX:
                        total[j, a, r] += deficit[p, a, r]
                    elif deficit[p, a, r] > total[j, a, r]:
                        total[j, a, r] = deficit[p, a, r]
                        largest[j, a, r] = p
            close = dx <= TURBULENCE_REACH_D * diameter
            if c.turbulent and close and abs(dy) < TURBULENCE_HALF_WIDTH_D * diameter:
                overlap = 0.0
                for r in range(rows):
                    visible = OVERLAP_DEFICIT / (ws * c.speed_up[of_j, r])
                    if c.superposition == SOSFS:
                        visible *= visible
                    for a in range(columns):
                        least = visible
                        if free is not None:
                            least /= free[j, a] ** 2 if c.superposition == SOSFS else free[j, a]
                        if deficit[p, a, r] > least:
                            overlap += c.row_weight[r]
                added[p] = overlap * math.exp(head[2])
                if c.mixing:
                    square += added[p] ** 2
                elif added[p] ** 2 > square:
                    square = added[p] ** 2
                    noisiest[j] = p
        cube = 0.0
        for r in range(rows):
            for a in range(columns):
                if c.superposition == SOSFS:
                    total[j, a, r] = math.sqrt(total[j, a, r] + FAINT) - math.sqrt(FAINT)
                speed = c.speed_up[of_j, r] * (1.0 - total[j, a, r])
                if free is not None:
                    speed *= free[j, a]
                cube += c.row_weight[r] * speed**3
        u[j] = ws * max(cube, TINY) ** (1.0 / 3.0)
        local_ti[j] = math.sqrt(free_ti**2 + square)
        curve, points = c.curve_speed[of_j], c.curve_points[of_j]
        factor = c.density_factor[of_j]
        value, slope, _ = interpolate(u[j] * factor, curve, c.curve_power[of_j], points)
        power[order[j]], u_slope[j] = value, slope * factor
        value, slope, inside = interpolate(u[j], curve, c.curve_thrust[of_j], points)
        clipped = min(max(value, CT_MIN), CT_MAX) if inside else CT_MIN
        ct[j], ct_slope[j] = clipped, slope if clipped == value else 0.0
        if c.lifts:
            tilt[j], tilt_slope[j], _ = interpolate(u[j], curve, c.curve_tilt[of_j], points)
            lift[j] = c.lift_gain * ct[j] * tilt[j]
        log_scale[j] = math.log(1.0 - math.sqrt(1.0 - ct[j]))
        branch_input[0] = (ct[j] - 0.6) / 0.3
        branch_input[1] = math.log(local_ti[j] / 0.1) / 0.6
        branch_input[2] = ambient_input
        if c.local_speed:
            branch_input[3] = (1.0 - u[j] / ws) / 0.15
            if free is not None:
                branch_input[3] = (1.0 - u[j] / (ws * level[j])) / 0.15
        unit[j] = c.b1
        for k in range(inputs):
            for m in range(hidden):
                unit[j, m] += c.w1[k, m] * branch_input[k]
        for m in range(hidden):
            root = 1.0 / math.sqrt(1.0 + unit[j, m] * unit[j, m])
            unit[j, m] *= root
            rise[j, m] = root * root * root
        coefficient[j] = c.b2
        for m in range(hidden):
            for k in range(terms):
                coefficient[j, k] += c.w2[m, k] * unit[j, m]

    if not asked:
        return

    g_ti = np.zeros(n)
    g_u = g_power * u_slope
    g_coefficient, g_scale, g_lift = np.zeros((n, terms)), np.zeros(n), np.zeros(n)
    g_input = np.empty(inputs)
    g_head = np.empty(c.heads)
    g_total = np.empty((columns, rows))
    for j in range(n - 1, -1, -1):
        of_j = kind[j]
        # as a source
        g_input[:] = 0.0
        for m in range(hidden):
            g = 0.0
            for k in range(terms):
                g += c.w2[m, k] * g_coefficient[j, k]
            g *= rise[j, m]
            for k in range(inputs):
                g_input[k] += c.w1[k, m] * g
        root = math.sqrt(1.0 - ct[j])
        g_ct = g_input[0] / 0.3 + g_scale[j] * 0.5 / (root * (1.0 - root))
        if c.lifts:
            g_ct += g_lift[j] * c.lift_gain * tilt[j]
            g_u[j] += g_lift[j] * c.lift_gain * ct[j] * tilt_slope[j]
        g_u[j] += g_ct * ct_slope[j]
        g_ti[j] += g_input[1] / (0.6 * local_ti[j])
        if c.local_speed:
            if free is not None:
                g_u[j] -= g_input[3] / (0.15 * ws * level[j])
                g_level[j] += g_input[3] * u[j] / (0.15 * ws * level[j] ** 2)
            else:
                g_u[j] -= g_input[3] / (0.15 * ws)
        # its free wind
        if free is not None and c.local_speed:
            for a in range(columns):
                g_free[j, a] += g_level[j] * free[j, a] ** 2 / (columns * level[j] ** 2)
        # as a receiver
        still = u[j] < _STILL * ws
        steepness = 0.0 if still else g_u[j] * ws * (ws / u[j]) ** 2
        for r in range(rows):
            for a in range(columns):
                speed_up = c.speed_up[of_j, r]
                left = 1.0 - total[j, a, r]
                g = -steepness * c.row_weight[r] * speed_up**3 * left * left
                if free is not None:
                    g_free[j, a] -= g * left * free[j, a] ** 2
                    g *= free[j, a] ** 3
                if c.superposition == SOSFS:
                    g *= 0.5 / (total[j, a, r] + math.sqrt(FAINT))
                g_total[a, r] = g
        for p in range(first[j], first[j + 1]):
            i = source[p]
            of_i = kind[i]
            diameter = c.diameter[of_i]
            g_head[:] = 0.0
            g_narrow, g_across, g_amplitude, g_rise = 0.0, 0.0, 0.0, 0.0
            for r in range(rows):
                above = c.above[of_i, of_j, r] - raised[p]
                image = c.image[of_i, of_j, r] - raised[p]
                above2, image2 = above**2, image**2
                both = vertical[p, r] + mirrored[p, r]
                height2 = (above2 * vertical[p, r] + image2 * mirrored[p, r]) / both
                height = (above * vertical[p, r] + image * mirrored[p, r]) / both
                for a in range(columns):
                    if c.superposition == MAX and largest[j, a, r] != p:
                        continue
                    g = g_total[a, r] * deficit[p, a, r] * half
                    g_amplitude += 2.0 * g
                    if free is not None and c.local_speed:
                        g_level[i] += 2.0 * g / level[i]
                        g_free[j, a] -= 2.0 * g / free[j, a]
                    if c.gaussian:
                        g_across -= 2.0 * g * across[p, a] * narrow[p]
                        g_narrow -= g * (across[p, a] ** 2 + height2)
                        g_rise += 2.0 * g * height * narrow[p]
                        continue
                    distance2 = across[p, a] ** 2 + above2
                    near = distance2 * narrow[p] + TINY
                    log_power = 0.5 * exponent[p] * math.log(near)
                    if log_power < FAR:
                        g_log_power = -g * math.exp(log_power)
                        g_head[3] += g_log_power * log_power
                        g_near = g_log_power * 0.5 * exponent[p] / near
                        g_narrow += g_near * distance2
                        g_across += g_near * narrow[p] * 2.0 * across[p, a]
            g_head[0] = g_amplitude
            g_scale[i] += g_amplitude
            g_head[1] = -2.0 * narrow[p] * g_narrow
            if added[p] > 0.0 and (c.mixing or noisiest[j] == p):
                g_head[2] = g_ti[j] * added[p] ** 2 / local_ti[j]
            if c.drifts:
                g_head[c.heads - 1] = -g_across
            for h in range(c.heads):
                product[h * c.rank : (h + 1) * c.rank] = g_head[h]
            at, past, g_place = knot[p], between[p], 0.0
            for k in range(terms):
                g_coefficient[i, k] += product[k] * (c.table[at, k] + past * c.slope[at, k])
                g_place += product[k] * coefficient[i, k] * c.slope[at, k]
            dx = x[j] - x[i]
            if not NEAREST_D < dx / diameter < FARTHEST_D:
                g_place = 0.0
            g_dx, g_dy = g_place / (KNOT_STEP * dx), g_across / diameter
            if c.lifts:
                growth, slope = rise_growth(dx / diameter, c.lift_rate)
                g_lift[i] += g_rise * growth
                g_dx += g_rise * lift[i] * slope / diameter
            g_x[j] += g_dx
            g_x[i] -= g_dx
            g_y[j] += g_dy
            g_y[i] -= g_dy


def kernels_on_disk() -> int:
    """Return how many kinds of kernel numba's cache has the code; 0 where it cannot be read."""
    try:
        return len(_farm._cache._cache_file._load_index())
    except (AttributeError, OSError):  # nothing of numba's own documentation
        return 0
