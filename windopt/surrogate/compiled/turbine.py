"""Primitives of a turbine at its rotor's wind, each with its adjoint below it.

Equations 13 to 15 of docs/method/surrogate.md, where they are derived; `curves` and `wake_kernel`
have them as tensors. The adjoint of a curve is the slope that comes with its value. `g_q` is the
derivative of the objective by q.
"""

import math

from windopt.problem.layout import FloatArray
from windopt.surrogate.compiled.constants import Constants
from windopt.surrogate.compiled.curve_tables import BUCKETS
from windopt.surrogate.compiled.jit import primitive
from windopt.surrogate.curves import CT_MAX, CT_MIN
from windopt.surrogate.tables import CT_FIRST, CT_SHIFT, CT_STEP
from windopt.surrogate.wake_flow import TILT_EXPONENT


@primitive
def point_before(c: Constants, of: int, u: float) -> int:
    """Return the point of a type's curves before a speed; -1 beyond their ends (13)."""
    speed = c.curves.speed
    if u < speed[of, 0] or u > c.curves.last[of]:
        return -1
    bucket = int((u - speed[of, 0]) * c.curves.per_speed[of])
    at: int = c.curves.before[of, min(max(bucket, 0), BUCKETS)]  # whatever becomes of a NaN
    while speed[of, at + 1] < u:
        at += 1
    return at


@primitive
def interpolate(c: Constants, curve: FloatArray, of: int, at: int, u: float) -> float:
    """Return a curve's value behind point `at` (13); its slope is ``curve[of, at, 1]`` (13*)."""
    value: float = curve[of, at, 0] + curve[of, at, 1] * (u - c.curves.speed[of, at])
    return value


@primitive
def power(c: Constants, of: int, u: float) -> tuple[float, float]:
    """Return power [W] and its slope by the rotor's wind speed (13, 13*)."""
    factor = c.density_factor[of]
    at = point_before(c, of, u * factor)
    if at < 0:
        return 0.0, 0.0
    curve = c.curves.power
    return interpolate(c, curve, of, at, u * factor), curve[of, at, 1] * factor


@primitive
def thrust(c: Constants, of: int, u: float) -> tuple[float, float]:
    """Return the thrust coefficient and its slope, 0 where it is clipped (13, 13*)."""
    at = point_before(c, of, u)
    if at < 0:
        return CT_MIN, 0.0
    value = interpolate(c, c.curves.thrust, of, at, u)
    clipped = min(max(value, CT_MIN), CT_MAX)
    return clipped, c.curves.thrust[of, at, 1] if clipped == value else 0.0


@primitive
def tilt(c: Constants, of: int, u: float) -> tuple[float, float]:
    """Return the rotor's tilt [rad] and its slope (13, 13*)."""
    at = point_before(c, of, u)
    if at < 0:
        return 0.0, 0.0
    return interpolate(c, c.curves.tilt, of, at, u), c.curves.tilt[of, at, 1]


@primitive
def lift(gain: float, ct: float, tilted: float) -> float:
    """Return what lifts the wake of a tilted rotor (equation 14)."""
    return gain * ct * tilted


@primitive
def lift_adjoint(g_lift: float, gain: float, ct: float, tilted: float) -> tuple[float, float]:
    """Return the derivatives by Ct and tilt (equation 14*)."""
    return g_lift * gain * tilted, g_lift * gain * ct


@primitive
def log_scale(ct: float) -> float:
    """Return the logarithm of what amplitudes are measured in (equation 15)."""
    scale: float = math.log(1.0 - math.sqrt(1.0 - ct))
    return scale


@primitive
def log_scale_adjoint(g_scale: float, ct: float) -> float:
    """Return the derivative by Ct (equation 15*)."""
    root = math.sqrt(1.0 - ct)
    slope: float = g_scale * 0.5 / (root * (1.0 - root))
    return slope


@primitive
def log_tilted(tilted: float) -> float:
    """Return the logarithm of what a tilted rotor's wake is shallower (equation 14)."""
    shallower: float = TILT_EXPONENT * math.log(math.cos(tilted))
    return shallower


@primitive
def log_tilted_adjoint(g_scale: float, tilted: float) -> float:
    """Return the derivative by tilt (equation 14*)."""
    slope: float = -g_scale * TILT_EXPONENT * math.tan(tilted)
    return slope


@primitive
def table_place(value: float, first: float, step: float, knots: int) -> tuple[int, float, bool]:
    """Return the knot before a value, the share of the step, and whether it lies inside (15)."""
    place = (value - first) / step
    inside = 0.0 < place < knots - 1.0
    place = min(max(place, 0.0), knots - 1.0)
    left = min(int(place), knots - 2)
    return left, place - left, inside


@primitive
def thrust_place(ct: float) -> float:
    """Return the place of a thrust coefficient on its axis (equation 15)."""
    place: float = (CT_FIRST - math.log(math.sqrt(1.0 - ct) + CT_SHIFT)) / CT_STEP
    return place


@primitive
def thrust_place_adjoint(g_place: float, ct: float) -> float:
    """Return the derivative by Ct (equation 15*)."""
    root = math.sqrt(1.0 - ct)
    slope: float = g_place / (2.0 * root * (root + CT_SHIFT) * CT_STEP)
    return slope


@primitive
def catmull_rom(f: float) -> tuple[float, float, float, float]:
    """Return the weights of the four knots around a place (equation 15)."""
    return (
        0.5 * f * ((2.0 - f) * f - 1.0),
        0.5 * (f * f * (3.0 * f - 5.0) + 2.0),
        0.5 * f * ((4.0 - 3.0 * f) * f + 1.0),
        0.5 * f * f * (f - 1.0),
    )


@primitive
def catmull_rom_slope(f: float) -> tuple[float, float, float, float]:
    """Return the slopes of these weights by the place (equation 15*)."""
    return (
        0.5 * ((4.0 - 3.0 * f) * f - 1.0),
        0.5 * f * (9.0 * f - 10.0),
        0.5 * ((8.0 - 9.0 * f) * f + 1.0),
        0.5 * f * (3.0 * f - 2.0),
    )


@primitive
def near_knot(left: int, k: int, knots: int) -> int:
    """Return the k-th of the four knots around a place, within the table (equation 15)."""
    return max(min(left - 1 + k, knots - 1), 0)


@primitive
def strip(c: Constants, ti: float) -> tuple[float, float]:
    """Return half-width [D] and growth of the strip in which a wake is felt, linear in ln I."""
    place = (math.log(ti + c.ti_floor) - c.ti_first) / c.ti_step
    knot, share, _ = table_place(place, 0.0, 1.0, len(c.strip))
    half_width = c.strip[knot, 0] + share * (c.strip[knot + 1, 0] - c.strip[knot, 0])
    growth = c.strip[knot, 1] + share * (c.strip[knot + 1, 1] - c.strip[knot, 1])
    return half_width, growth


@primitive
def collapse(c: Constants, ambient: float, row: FloatArray) -> None:
    """Set T's branch over Ct, (ct knots, terms of T), in ambient turbulence (equation 15)."""
    knots, columns, terms = c.ambient_branch.shape
    left, g, _ = table_place(math.log(ambient), c.ambient_first, c.ambient_step, columns)
    of_q = catmull_rom(g)
    for x in range(knots):
        for k in range(terms):
            row[x, k] = 0.0
            for b in range(4):
                row[x, k] += of_q[b] * c.ambient_branch[x, near_knot(left, b, columns), k]


@primitive
def branch(
    c: Constants, ct: float, ti: float, ambient_row: FloatArray, coefficient: FloatArray, j: int
) -> None:
    """Set the branch's terms of turbine j in its state (equation 15); T's by `collapse`."""
    knots, columns, terms = c.branch.shape
    row, f, _ = table_place(thrust_place(ct), 0.0, 1.0, knots)
    column, g, _ = table_place(math.log(ti + c.ti_floor), c.ti_first, c.ti_step, columns)
    of_ct, of_q = catmull_rom(f), catmull_rom(g)
    for k in range(coefficient.shape[1]):
        coefficient[j, k] = 0.0
    for a in range(4):
        x = near_knot(row, a, knots)
        for b in range(4):
            y, weight = near_knot(column, b, columns), of_ct[a] * of_q[b]
            for k in range(terms):
                coefficient[j, k] += weight * c.branch[x, y, k]
        if c.turbulent:
            for k in range(ambient_row.shape[1]):
                coefficient[j, terms + k] += of_ct[a] * ambient_row[x, k]


@primitive
def branch_adjoint(
    c: Constants, g_coefficient: FloatArray, j: int, ct: float, ti: float, ambient_row: FloatArray
) -> tuple[float, float]:
    """Return the derivatives by Ct and turbulence of turbine j (equation 15*)."""
    knots, columns, terms = c.branch.shape
    row, f, ct_inside = table_place(thrust_place(ct), 0.0, 1.0, knots)
    column, g, ti_inside = table_place(math.log(ti + c.ti_floor), c.ti_first, c.ti_step, columns)
    of_ct, of_q = catmull_rom(f), catmull_rom(g)
    by_ct, by_q = catmull_rom_slope(f), catmull_rom_slope(g)
    g_ct, g_q = 0.0, 0.0
    for a in range(4):
        x = near_knot(row, a, knots)
        for b in range(4):
            y, value = near_knot(column, b, columns), 0.0
            for k in range(terms):
                value += c.branch[x, y, k] * g_coefficient[j, k]
            g_ct += by_ct[a] * of_q[b] * value
            g_q += of_ct[a] * by_q[b] * value
        if c.turbulent:
            value = 0.0
            for k in range(ambient_row.shape[1]):
                value += ambient_row[x, k] * g_coefficient[j, terms + k]
            g_ct += by_ct[a] * value
    by_place = thrust_place_adjoint(g_ct, ct) if ct_inside else 0.0
    by_ti = g_q / (c.ti_step * (ti + c.ti_floor)) if ti_inside else 0.0
    return by_place, by_ti
