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
def branch(
    c: Constants,
    inputs: FloatArray,
    unit: FloatArray,
    bend: FloatArray,
    coefficient: FloatArray,
    j: int,
) -> None:
    """Set the branch's output of turbine j, with what its adjoint needs (equation 15).

    `unit` and `bend` (n, hidden) are the value and the slope of the hidden units.
    """
    hidden, terms = c.w2.shape
    for m in range(hidden):
        unit[j, m] = c.b1[m]
    for k in range(len(inputs)):
        for m in range(hidden):
            unit[j, m] += c.w1[k, m] * inputs[k]
    for m in range(hidden):
        root = 1.0 / math.sqrt(1.0 + unit[j, m] * unit[j, m])
        unit[j, m] *= root
        bend[j, m] = root * root * root
    for k in range(terms):
        coefficient[j, k] = c.b2[k]
    for m in range(hidden):
        for k in range(terms):
            coefficient[j, k] += c.w2[m, k] * unit[j, m]


@primitive
def branch_adjoint(
    c: Constants, g_coefficient: FloatArray, bend: FloatArray, j: int, g_inputs: FloatArray
) -> None:
    """Set the derivatives by the branch's inputs (equation 15*)."""
    hidden, terms = c.w2.shape
    for k in range(len(g_inputs)):
        g_inputs[k] = 0.0
    for m in range(hidden):
        g = 0.0
        for k in range(terms):
            g += c.w2[m, k] * g_coefficient[j, k]
        g *= bend[j, m]
        for k in range(len(g_inputs)):
            g_inputs[k] += c.w1[k, m] * g
