"""Primitives of a turbine at its rotor's wind, each with its adjoint below it.

Equations 13 to 15 of docs/method/surrogate.md, where they are derived; `curves` and `wake_kernel`
have them as tensors. The adjoint of a curve is the slope that comes with its value. `g_q` is the
derivative of the objective by q.
"""

import math

from windopt.problem.layout import FloatArray
from windopt.surrogate.compiled.constants import Constants
from windopt.surrogate.compiled.jit import primitive
from windopt.surrogate.curves import CT_MAX, CT_MIN
from windopt.surrogate.tables import CT_FIRST, CT_SHIFT, CT_STEP
from windopt.surrogate.wake_flow import TILT_EXPONENT


@primitive
def interpolate(
    u: float, xs: FloatArray, ys: FloatArray, of: int, points: int
) -> tuple[float, float, bool]:
    """Return value, slope, and whether `u` lies within the table of a type (13, 13*)."""
    if u < xs[of, 0] or u > xs[of, points - 1]:
        return 0.0, 0.0, False
    low, high = 0, points - 1
    while high - low > 1:
        middle = (low + high) // 2
        if xs[of, middle] < u:
            low = middle
        else:
            high = middle
    slope = (ys[of, high] - ys[of, low]) / (xs[of, high] - xs[of, low])
    return ys[of, low] + slope * (u - xs[of, low]), slope, True


@primitive
def power(c: Constants, of: int, u: float) -> tuple[float, float]:
    """Return power [W] and its slope by the rotor's wind speed (13, 13*)."""
    factor = c.density_factor[of]
    value, slope, _ = interpolate(u * factor, c.curve_speed, c.curve_power, of, c.curve_points[of])
    return value, slope * factor


@primitive
def thrust(c: Constants, of: int, u: float) -> tuple[float, float]:
    """Return the thrust coefficient and its slope, 0 where it is clipped (13, 13*)."""
    value, slope, inside = interpolate(u, c.curve_speed, c.curve_thrust, of, c.curve_points[of])
    clipped = min(max(value, CT_MIN), CT_MAX) if inside else CT_MIN
    return clipped, slope if clipped == value else 0.0


@primitive
def tilt(c: Constants, of: int, u: float) -> tuple[float, float]:
    """Return the rotor's tilt [rad] and its slope (13, 13*)."""
    value, slope, _ = interpolate(u, c.curve_speed, c.curve_tilt, of, c.curve_points[of])
    return value, slope


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
    return min(max(left - 1 + k, 0), knots - 1)


@primitive
def look_up(
    table: FloatArray, ct: float, q: float, first: float, step: float, out: FloatArray, j: int
) -> None:
    """Add to the terms of turbine j what a branch's table has at Ct and q = ln(I + floor) (15)."""
    knots, columns, terms = table.shape
    row, f, _ = table_place(thrust_place(ct), 0.0, 1.0, knots)
    column, g, _ = table_place(q, first, step, columns)
    of_ct, of_q = catmull_rom(f), catmull_rom(g)
    for a in range(4):
        for b in range(4):
            weight = of_ct[a] * of_q[b]
            x, y = near_knot(row, a, knots), near_knot(column, b, columns)
            for k in range(terms):
                out[j, k] += weight * table[x, y, k]


@primitive
def look_up_adjoint(
    table: FloatArray, ct: float, q: float, first: float, step: float, g_out: FloatArray, j: int
) -> tuple[float, float]:
    """Return the derivatives by Ct and q (equation 15*)."""
    knots, columns, terms = table.shape
    row, f, ct_inside = table_place(thrust_place(ct), 0.0, 1.0, knots)
    column, g, q_inside = table_place(q, first, step, columns)
    of_ct, of_q = catmull_rom(f), catmull_rom(g)
    by_ct, by_q = catmull_rom_slope(f), catmull_rom_slope(g)
    g_ct, g_q = 0.0, 0.0
    for a in range(4):
        for b in range(4):
            x, y = near_knot(row, a, knots), near_knot(column, b, columns)
            value = 0.0
            for k in range(terms):
                value += table[x, y, k] * g_out[j, k]
            g_ct += by_ct[a] * of_q[b] * value
            g_q += of_ct[a] * by_q[b] * value
    by_place = thrust_place_adjoint(g_ct, ct) if ct_inside else 0.0
    return by_place, g_q / step if q_inside else 0.0


@primitive
def branch(
    c: Constants, ct: float, ti: float, ambient: float, coefficient: FloatArray, j: int
) -> None:
    """Set the branch's terms of turbine j in its state (equation 15)."""
    for k in range(coefficient.shape[1]):
        coefficient[j, k] = 0.0
    q = math.log(ti + c.ti_floor)
    look_up(c.branch, ct, q, c.ti_first, c.ti_step, coefficient, j)
    if c.turbulent:
        q = math.log(ambient)
        look_up(c.ambient_branch, ct, q, c.ambient_first, c.ambient_step, coefficient, j)


@primitive
def branch_adjoint(
    c: Constants, g_coefficient: FloatArray, j: int, ct: float, ti: float, ambient: float
) -> tuple[float, float]:
    """Return the derivatives by Ct and turbulence of turbine j (equation 15*)."""
    q = math.log(ti + c.ti_floor)
    g_ct, g_q = look_up_adjoint(c.branch, ct, q, c.ti_first, c.ti_step, g_coefficient, j)
    if c.turbulent:
        q = math.log(ambient)
        by_ct, _ = look_up_adjoint(
            c.ambient_branch, ct, q, c.ambient_first, c.ambient_step, g_coefficient, j
        )
        g_ct += by_ct
    return g_ct, g_q / (ti + c.ti_floor)
