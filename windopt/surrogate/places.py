"""What a place is worth: a farm's power with one more turbine, at many places at once.

The move that finds good layouts takes one turbine out and looks at all places for it together.
Here that look is compiled: the farm is settled once without the turbine; then at every place the
newcomer settles in the wakes it finds, and its own wake is added to those of the turbines behind
it. What is left out is what they, slowed down, change for others in turn: the value is exact to
first order, and exact where no wake crosses three turbines.

Notation and equations are those of `compiled`, `free` among them: where the wind varies over the
site, turbines and places each have their own, and the place that is windy is worth the more.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.compiled import LAST_PLACE, compiled, free_level, interpolate, rise_growth
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
from windopt.surrogate.wake_kernel import FIRST_KNOT, KNOT_STEP, SCALE_D
from windopt.surrogate.wake_pairs import MIN_DOWNSTREAM_M


class Row(NamedTuple):
    """Turbines in one wind, upstream first: what they feel, and what their wakes are made of.

    Attributes
    ----------
    x, y, width : (n,) [m]
        Downstream, to the left, and half-width of the wake at the rotor.
    kind : (n,) int
    total : (n, columns, rows)
        Deficits at the rotor's points, summed as they superpose (of squares for sosfs).
    square : (n,)
        Square of the added turbulence.
    power : (n,) [W]
    coefficient, log_scale : (n, terms)
        (n,) Of the kernel's source terms.
    """

    x: FloatArray
    y: FloatArray
    width: FloatArray
    kind: IntArray
    total: FloatArray
    square: FloatArray
    power: FloatArray
    coefficient: FloatArray
    log_scale: FloatArray


@compiled
def place_values(
    c: Constants,
    half_width: FloatArray,
    growth: float,
    layout: FloatArray,
    kinds: IntArray,
    counted: FloatArray,
    newcomer: int,
    places: FloatArray,
    wd: FloatArray,
    ws: FloatArray,
    ti: FloatArray,
    weight: FloatArray,
    free: Any,
    free_places: Any,
    lift: Any,
) -> FloatArray:
    """Return the farm's mean power with a newcomer at each of many places: (m,) [W].

    Parameters
    ----------
    c : Constants
    half_width : (types,) [m]
        Of a wake at the rotor; `growth` [-] is its growth downstream.
    layout, kinds : (n, 2) [m]
        (n,) int The turbines that stay.
    counted : (n,)
        1 for those whose power counts, 0 for neighbours.
    newcomer : int
        Its type.
    places : (m, 2) [m]
    wd, ws, ti, weight : (k,) [deg, m/s, -, -]
    free, free_places : (k, n, columns)
        (k, m, columns), or None Free wind at the rotors' columns of points over that of the rose.
    lift : (n + 1,) or None
        Room for what lifts the wakes of tilted rotors; None where none is tilted.
    """
    n, m = len(layout), len(places)
    terms, rows, columns = c.table.shape[1], len(c.row_weight), len(c.columns)
    row = Row(
        np.empty(n + 1), np.empty(n + 1), np.empty(n + 1), np.empty(n + 1, dtype=np.int64),
        np.empty((n + 1, columns, rows)), np.empty(n + 1), np.empty(n + 1),
        np.empty((n + 1, terms)), np.empty(n + 1),
    )  # fmt: skip
    values, counts = np.zeros(m), np.empty(n)
    head, deficit = np.empty(c.heads), np.empty((columns, rows))
    row.kind[n], row.width[n] = newcomer, half_width[newcomer]
    here: Any = None if free is None else np.empty((n + 1, columns))
    for k in range(len(wd)):
        angle = math.radians(270.0 - wd[k])
        cos, sin = math.cos(angle), math.sin(angle)
        along = layout[:, 0] * cos + layout[:, 1] * sin
        order = np.argsort(along)
        alone = 0.0
        for j in range(n):
            of = order[j]
            row.x[j], row.y[j] = along[of], layout[of, 1] * cos - layout[of, 0] * sin
            row.kind[j], row.width[j] = kinds[of], half_width[kinds[of]]
            counts[j] = counted[of]
            if free is not None:
                here[j] = free[k, of]
            _settle(c, row, j, j, growth, ws[k], ti[k], head, deficit, here, lift)
            alone += row.power[j] * counts[j]
        for p in range(m):
            row.x[n] = places[p, 0] * cos + places[p, 1] * sin
            row.y[n] = places[p, 1] * cos - places[p, 0] * sin
            upstream = np.searchsorted(row.x[:n], row.x[n])
            if free is not None:
                here[n] = free_places[k, p]
            _settle(c, row, n, upstream, growth, ws[k], ti[k], head, deficit, here, lift)
            value = alone + row.power[n]
            for j in range(upstream, n):
                if counts[j] > 0.0 and _meets(row, n, j, growth):
                    _wake(c, row, n, j, head, deficit, here, lift)
                    value += counts[j] * (
                        _slowed(c, row, j, ws[k], deficit, row.total[n], here) - row.power[j]
                    )
            values[p] += weight[k] * value
    return values


@compiled
def _meets(row: Row, i: int, j: int, growth: float) -> bool:
    """Return whether `j` stands in the strip behind `i`."""
    dx = row.x[j] - row.x[i]
    near: bool = abs(row.y[j] - row.y[i]) < row.width[i] + growth * dx
    return dx > MIN_DOWNSTREAM_M and near


@compiled
def _wake(
    c: Constants,
    row: Row,
    i: int,
    j: int,
    head: FloatArray,
    deficit: FloatArray,
    free: FloatArray | None,
    lift: FloatArray | None,
) -> None:
    """Evaluate the wake of `i` at the rotor points of `j`: squares for sosfs."""
    of_i, of_j = row.kind[i], row.kind[j]
    diameter = c.diameter[of_i]
    place = (math.log((row.x[j] - row.x[i]) / (diameter * SCALE_D)) - FIRST_KNOT) / KNOT_STEP
    place = min(max(place, 0.0), LAST_PLACE)
    knot = int(place)
    past = place - knot
    for h in range(c.heads):
        head[h] = c.offset[h]
        for k in range(h * c.rank, (h + 1) * c.rank):
            head[h] += row.coefficient[i, k] * (c.table[knot, k] + past * c.slope[knot, k])
    log_amplitude = head[0] + row.log_scale[i]
    narrow = math.exp(-2.0 * head[1])
    shift = head[c.heads - 1] if c.drifts else 0.0
    ratio, dy = c.diameter[of_j] / diameter, (row.y[j] - row.y[i]) / diameter
    half = 1.0 if c.superposition == SOSFS else 0.5
    if free is not None and c.local_speed:
        log_amplitude += math.log(free_level(free[i]))
    columns, rows = deficit.shape
    rise = 0.0
    if lift is not None:
        rise = lift[i] * rise_growth((row.x[j] - row.x[i]) / diameter, c.lift_rate)[0]
    if not c.gaussian:
        exponent = 0.5 * math.exp(head[3])
        for a in range(columns):
            across = dy + c.columns[a] * ratio - shift
            for r in range(rows):
                near = (across * across + c.above[of_i, of_j, r] ** 2) * narrow
                fall = math.exp(min(exponent * math.log(near + TINY), FAR))
                deficit[a, r] = math.exp(half * (2.0 * log_amplitude - fall))
        if free is not None and c.local_speed:
            _over_free(c, deficit, free[j])
        return
    for r in range(rows):
        height = c.above[of_i, of_j, r] - rise
        both = math.exp(-height * height * narrow) if height != 0.0 else 1.0
        if c.mirror:
            height = c.image[of_i, of_j, r] - rise
            both += math.exp(-height * height * narrow)
        if c.superposition != SOSFS:
            both = math.sqrt(both)
        for a in range(columns):
            deficit[a, r] = both
    for a in range(columns):
        across = dy + c.columns[a] * ratio - shift
        lateral = math.exp(half * (2.0 * log_amplitude - across * across * narrow))
        for r in range(rows):
            deficit[a, r] *= lateral
    if free is not None and c.local_speed:
        _over_free(c, deficit, free[j])


@compiled
def _over_free(c: Constants, deficit: FloatArray, free: FloatArray) -> None:
    """Make deficits shares of the receiver's own free wind, squares for sosfs."""
    for a in range(deficit.shape[0]):
        deficit[a] /= free[a] ** 2 if c.superposition == SOSFS else free[a]


@compiled
def _rotor_speed(
    c: Constants, of: int, ws: float, total: FloatArray, free: FloatArray | None, j: int
) -> float:
    """Return the rotor's cubic-mean wind speed [m/s] under superposed deficits."""
    cube = 0.0
    for a in range(total.shape[0]):
        for r in range(total.shape[1]):
            loss = total[a, r]
            if c.superposition == SOSFS:
                loss = math.sqrt(loss + FAINT) - math.sqrt(FAINT)
            here = c.speed_up[of, r] * (1.0 - loss)
            if free is not None:
                here *= free[j, a]
            cube += c.row_weight[r] * here * here * here
    speed: float = ws * max(cube, TINY) ** (1.0 / 3.0)
    return speed


@compiled
def _power(c: Constants, of: int, u: float) -> float:
    power: float = interpolate(
        u * c.density_factor[of], c.curve_speed[of], c.curve_power[of], c.curve_points[of]
    )[0]
    return power


@compiled
def _settle(
    c: Constants,
    row: Row,
    j: int,
    upstream: int,
    growth: float,
    ws: float,
    ambient: float,
    head: FloatArray,
    deficit: FloatArray,
    free: FloatArray | None,
    lift: FloatArray | None,
) -> None:
    """Let the first `upstream` turbines act on `j`: its totals, power and source terms."""
    of = row.kind[j]
    columns, rows = deficit.shape
    total = row.total[j]
    total[:] = 0.0
    square = 0.0
    for i in range(upstream):
        if not _meets(row, i, j, growth):
            continue
        _wake(c, row, i, j, head, deficit, free, lift)
        for a in range(columns):
            for r in range(rows):
                if c.superposition == MAX:
                    total[a, r] = max(total[a, r], deficit[a, r])
                else:
                    total[a, r] += deficit[a, r]
        diameter = c.diameter[row.kind[i]]
        dx, dy = row.x[j] - row.x[i], row.y[j] - row.y[i]
        if dx <= TURBULENCE_REACH_D * diameter and abs(dy) < TURBULENCE_HALF_WIDTH_D * diameter:
            overlap = 0.0
            for r in range(rows):
                visible = OVERLAP_DEFICIT / (ws * c.speed_up[of, r])
                if c.superposition == SOSFS:
                    visible *= visible
                for a in range(columns):
                    least = visible
                    if free is not None:
                        least /= free[j, a] ** 2 if c.superposition == SOSFS else free[j, a]
                    if deficit[a, r] > least:
                        overlap += c.row_weight[r]
            added = (overlap * math.exp(head[2])) ** 2
            square = square + added if c.mixing else max(square, added)
    u = _rotor_speed(c, of, ws, total, free, j)
    row.power[j] = _power(c, of, u)
    free_ti = NO_MIXING if c.mixing else ambient
    ct, _, inside = interpolate(u, c.curve_speed[of], c.curve_thrust[of], c.curve_points[of])
    ct = min(max(ct, CT_MIN), CT_MAX) if inside else CT_MIN
    row.log_scale[j] = math.log(1.0 - math.sqrt(1.0 - ct))
    if lift is not None:
        tilt = interpolate(u, c.curve_speed[of], c.curve_tilt[of], c.curve_points[of])[0]
        lift[j] = c.lift_gain * ct * tilt
    if free is not None:
        ws *= free_level(free[j])
    source_terms(c, ct, math.sqrt(free_ti * free_ti + square), free_ti, u / ws, row.coefficient[j])


@compiled
def source_terms(
    c: Constants, ct: float, ti: float, ambient: float, speed_ratio: float, out: FloatArray
) -> None:
    """Evaluate the branch of the kernel into `out` (terms,)."""
    out[:] = c.b2
    for m in range(c.w1.shape[1]):
        q = c.b1[m] + c.w1[0, m] * (ct - 0.6) / 0.3
        q += (c.w1[1, m] * math.log(ti / 0.1) + c.w1[2, m] * math.log(ambient / 0.1)) / 0.6
        if c.local_speed:
            q += c.w1[3, m] * (1.0 - speed_ratio) / 0.15
        q /= math.sqrt(1.0 + q * q)
        for k in range(len(out)):
            out[k] += c.w2[m, k] * q


@compiled
def _slowed(
    c: Constants,
    row: Row,
    j: int,
    ws: float,
    deficit: FloatArray,
    total: FloatArray,
    free: FloatArray | None,
) -> float:
    """Return the power of `j` with one wake more [W]; `total` is overwritten."""
    for a in range(deficit.shape[0]):
        for r in range(deficit.shape[1]):
            if c.superposition == MAX:
                total[a, r] = max(row.total[j, a, r], deficit[a, r])
            else:
                total[a, r] = row.total[j, a, r] + deficit[a, r]
    power: float = _power(c, row.kind[j], _rotor_speed(c, row.kind[j], ws, total, free, j))
    return power
