"""Primitives of one wake at a distance, each with its adjoint below it.

Equations 2 to 7 of docs/method/surrogate.md, where they are derived; `wake_kernel` and `wake_flow`
have them as tensors. Lengths are in D of the source. `g_q` is the derivative of the objective by q;
an adjoint takes that by the value and returns those by what the value depends on.
"""

import math

from windopt.problem.layout import FloatArray
from windopt.surrogate.compiled.constants import Constants
from windopt.surrogate.compiled.jit import primitive
from windopt.surrogate.wake_flow import EDGE_WIDTH, FAR, TINY
from windopt.surrogate.wake_kernel import FARTHEST_D, FIRST_KNOT, KNOT_STEP, N_KNOTS, NEAREST_D

LAST_PLACE = N_KNOTS - 1.001
FARTHEST_OUT = 300.0
"""Where the logarithm is cut of how far a point lies beyond a widened edge: no overflow."""


@primitive
def trunk_place(scaled: float) -> tuple[int, float]:
    """Return the knot before a distance [`SCALE_D`], and the share of the step to it (3)."""
    place = (math.log(scaled) - FIRST_KNOT) / KNOT_STEP
    if place < 0.0:
        place = 0.0
    if place > LAST_PLACE:
        place = LAST_PLACE
    knot = int(place)
    return knot, place - knot


@primitive
def trunk_place_adjoint(g_place: float, dx: float, diameter: float) -> float:
    """Return the derivative by the distance `dx` [1/m]: none beyond the table (equation 3*)."""
    if not NEAREST_D < dx / diameter < FARTHEST_D:
        g_place = 0.0
    slope: float = g_place / (KNOT_STEP * dx)
    return slope


@primitive
def head(c: Constants, coefficient: FloatArray, i: int, h: int, knot: int, between: float) -> float:
    """Return the learned function h from trunk and branch of source i (equation 4)."""
    value: float = c.offset[h]
    for k in range(c.first[h], c.end[h]):
        before = c.table[knot, k]
        value += coefficient[i, k] * (before + between * (c.table[knot + 1, k] - before))
    return value


@primitive
def head_slope(
    c: Constants, g_head: float, coefficient: FloatArray, i: int, h: int, knot: int
) -> float:
    """Return the derivative by the place in the trunk (equation 4*)."""
    g_place = 0.0
    for k in range(c.first[h], c.end[h]):
        g_place += g_head * coefficient[i, k] * (c.table[knot + 1, k] - c.table[knot, k])
    return g_place


@primitive
def head_adjoint(
    c: Constants,
    g_head: float,
    i: int,
    h: int,
    knot: int,
    between: float,
    g_coefficient: FloatArray,
) -> None:
    """Add the derivative by the branch (equation 4*)."""
    for k in range(c.first[h], c.end[h]):
        before = c.table[knot, k]
        g_coefficient[i, k] += g_head * (before + between * (c.table[knot + 1, k] - before))


@primitive
def growth(distance_d: float, rate: float) -> float:
    """Return how far lifted wakes have risen at a distance [D], per lift (equation 5)."""
    risen: float = math.log((distance_d - rate) / (distance_d + rate) + 2.0)
    return risen


@primitive
def growth_adjoint(g_growth: float, distance_d: float, rate: float) -> float:
    """Return the derivative by the distance (equation 5*)."""
    ratio = (distance_d - rate) / (distance_d + rate) + 2.0
    slope: float = 2.0 * rate / ((distance_d + rate) ** 2 * ratio)
    return g_growth * slope


@primitive
def lateral(log_amplitude: float, across: float, narrow: float, half: float) -> float:
    """Return a Gaussian wake's deficit at the height of its axis (equation 6).

    `narrow` is 1 / sigma^2; `half` is 1 where deficits are asked for as squares, else 1/2.
    """
    deficit: float = math.exp(half * (2.0 * log_amplitude - across**2 * narrow))
    return deficit


@primitive
def lateral_adjoint(g: float, across: float, narrow: float) -> tuple[float, float, float]:
    """Return derivatives by ln A, lateral distance and 1 / sigma^2 (equation 6*).

    `g` is the derivative by half the logarithm of the squared deficits of a column of points.
    """
    return 2.0 * g, -(2.0 * g * across * narrow), -(g * across**2)


@primitive
def vertical(height: float, narrow: float) -> float:
    """Return the square of what is left of it so much higher (equation 6)."""
    return math.exp(-height * height * narrow) if height else 1.0


@primitive
def vertical_adjoint(g: float, height: float, height2: float, narrow: float) -> tuple[float, float]:
    """Return derivatives by 1 / sigma^2 and rise (equation 6*); `g` is that of a row of points.

    `height` and `height2` are height and its square or, with an image, their means
    (`mean_height`).
    """
    return -(g * height2), 2.0 * g * height * narrow


@primitive
def ends_before(distance2: float, narrow: float, radius: float, cut: float) -> bool:
    """Return whether a wake that is cut ends before a point of a rotor (equation 6)."""
    within = cut * math.sqrt(max(1.0 / narrow - 0.25 * radius * radius, 0.0)) + radius
    outside: bool = distance2 >= within * within
    return outside


@primitive
def mean_height(above: float, image: float, of_wake: float, of_image: float) -> tuple[float, float]:
    """Return the mean height over wake and image, and that of its square (equation 6*)."""
    both = of_wake + of_image
    height2 = (above**2 * of_wake + image**2 * of_image) / both
    return (above * of_wake + image * of_image) / both, height2


@primitive
def super_gaussian(
    log_amplitude: float, distance2: float, narrow: float, exponent: float, half: float
) -> float:
    """Return the deficit at a squared distance from the axis, exponent learned (equation 7)."""
    near = distance2 * narrow
    log_power = 0.5 * exponent * math.log(near + TINY)
    deficit: float = math.exp(half * (2.0 * log_amplitude - math.exp(min(log_power, FAR))))
    return deficit


@primitive
def super_gaussian_adjoint(
    g: float, across: float, distance2: float, narrow: float, exponent: float
) -> tuple[float, float, float, float]:
    """Return derivatives by ln A, lateral distance, 1 / sigma^2 and ln m (equation 7*)."""
    near = distance2 * narrow + TINY
    log_power = 0.5 * exponent * math.log(near)
    if log_power >= FAR:
        return 2.0 * g, 0.0, 0.0, 0.0
    g_log_power = -g * math.exp(log_power)
    g_near = g_log_power * 0.5 * exponent / near
    return 2.0 * g, g_near * narrow * 2.0 * across, g_near * distance2, g_log_power * log_power


@primitive
def edged(log_amplitude: float, distance2: float, narrow: float, half: float) -> float:
    """Return the deficit of a wake with a hard edge at sigma (equation 2)."""
    deficit: float = math.exp(2.0 * half * log_amplitude) if distance2 * narrow < 1.0 else 0.0
    return deficit


@primitive
def widened_edge(log_amplitude: float, distance2: float, narrow: float, half: float) -> float:
    """Return the deficit of a wake with a widened edge, by which slopes are taken (2)."""
    beyond = math.exp(min((distance2 * narrow - 1.0) / (2.0 * EDGE_WIDTH), FARTHEST_OUT))
    inside = 1.0 / (1.0 + beyond)
    deficit: float = math.exp(2.0 * half * log_amplitude) * (
        inside * inside if half == 1.0 else inside
    )
    return deficit


@primitive
def widened_edge_adjoint(
    g: float, across: float, distance2: float, narrow: float
) -> tuple[float, float, float]:
    """Return derivatives by ln A, lateral distance and 1 / sigma^2; `g` as of 6* (2*)."""
    beyond = math.exp(min((distance2 * narrow - 1.0) / (2.0 * EDGE_WIDTH), FARTHEST_OUT))
    g_near = -(g / EDGE_WIDTH * beyond / (1.0 + beyond))
    return 2.0 * g, g_near * narrow * 2.0 * across, g_near * distance2
