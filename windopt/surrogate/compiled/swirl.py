"""Primitives of swirl, each with its adjoint below it, and the steps made of them.

Equations 16 to 19 of docs/method/surrogate.md; `windopt.surrogate.swirl` derives them and has them
as tensors. Lengths are in D of the source. `g_q` is the derivative of the objective by q.

The steps at the end are chosen when the loops are compiled: where no wake swirls, `Constants.swirl`
is None, and nothing is left of them.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numba.core import types
from numba.extending import overload

from windopt.problem.layout import FloatArray
from windopt.surrogate.compiled.jit import OPTIONS, primitive
from windopt.surrogate.swirl import (
    AXIS_ROOT,
    AXIS_SCALE,
    CORE2,
    FAR,
    LARGEST_SINE,
    NEAR,
    WITHIN_CORE,
    SwirlNumbers,
)

MOST_OUTSIDE = math.exp(-WITHIN_CORE / CORE2)
Typing = TypeVar("Typing", bound=Callable[..., Any])
SERIES = 1e-3
"""Of q / e^2, below which the slope of phi is a series: the difference would lose its digits."""
V, W, SPIN, TURN, NEAR_END, STRETCH, RATE, ROOT, STATES = range(9)
"""What is kept of a turbine: v and w from others, s, and the angle, n, E / (5.2 a r), a and r of
the axis of its wake."""


DRIVE, STEERING, OWN_V, OWN_W, START = range(5)
"""Columns of `SwirlTables.of_type`."""


class SwirlTables(NamedTuple):
    """`SwirlNumbers` as the loops take them: numbers of types, and of rows, side by side.

    Attributes
    ----------
    alpha, beta, ka, kb, bd, gain, skew : float
    of_type : (types, 5)
        Spin, steering, own v and w, start.
    of_row : (types, types, rows, 4)
        h, h', damping, and exp(-h^2 / e^2).
    weight : (rows,)
    columns : tuple of float
    """

    alpha: float
    beta: float
    ka: float
    kb: float
    bd: float
    gain: float
    skew: float
    of_type: FloatArray
    of_row: FloatArray
    weight: FloatArray
    columns: tuple[float, ...]


def swirl_tables(numbers: SwirlNumbers, columns: tuple[float, ...]) -> SwirlTables:
    """Return the numbers of a farm as the loops take them."""
    of_type = numbers.spin, numbers.steering, numbers.own_v, numbers.own_w, numbers.start
    inside = np.exp(-(numbers.above**2) / CORE2)
    of_row = numbers.above, numbers.image, numbers.damping, inside
    return SwirlTables(
        *numbers[:7],
        np.ascontiguousarray(np.stack(of_type, axis=-1)),
        np.ascontiguousarray(np.stack(of_row, axis=-1)),
        numbers.weight,
        columns,
    )


def _chosen(function: Any) -> Callable[[Typing], Typing]:
    """Have what stands below compiled into the loops for a step, by the types of its arguments.

    The step itself only has a name and a signature: numba puts one of two bodies in its place, that
    of wakes that swirl or that of those that do not. So the latter cost nothing. Called outside of
    compiled loops it raises NotImplementedError, on purpose.
    """
    options: Any = {"forceinline": True, "_nrt": False, **OPTIONS}
    chosen: Callable[[Typing], Typing] = overload(
        function,
        jit_options=options,
        strict=False,  # for annotations are not the same
    )
    return chosen


@primitive
def core(q: float, outside: float) -> float:
    """Return phi, a vortex's speed over the distance from its axis (equation 16).

    `outside` is exp(-q / e^2).
    """
    return (1.0 - outside) / q


@primitive
def core_slope(q: float, outside: float) -> float:
    """Return its slope by the squared distance (equation 16*)."""
    if q < SERIES * CORE2:
        return (q / CORE2 / 3.0 - 0.5) / (CORE2 * CORE2)
    return (outside / CORE2 - (1.0 - outside) / q) / q


@primitive
def over_rotor(
    c: SwirlTables, of_i: int, of_j: int, distance: float, aside: float, ratio: float
) -> tuple[float, float]:
    """Return v and w over s at a rotor so far behind and aside of another (equation 16)."""
    lateral, upwards = 0.0, 0.0
    for a in range(len(c.columns)):
        y = aside + c.columns[a] * ratio
        outside, left = math.exp(-y * y / CORE2), max(-y, 0.0)
        for r in range(len(c.weight)):
            above, image = c.of_row[of_i, of_j, r, 0], c.of_row[of_i, of_j, r, 1]
            decay = c.weight[r] / (1.0 + c.of_row[of_i, of_j, r, 2] * distance)
            q = max(y * y + above * above, WITHIN_CORE)
            of_wake = core(q, min(outside * c.of_row[of_i, of_j, r, 3], MOST_OUTSIDE))
            of_image = 1.0 / (y * y + image * image)
            lateral += decay * (above * of_wake - image * of_image)
            upwards += decay * left * (of_wake - of_image)
    return lateral, upwards


@primitive
def over_rotor_adjoint(
    g_v: float,
    g_w: float,
    c: SwirlTables,
    of_i: int,
    of_j: int,
    distance: float,
    aside: float,
    ratio: float,
) -> tuple[float, float, float]:
    """Return the derivatives by s, distance and lateral distance (equation 16*).

    The latter two are over s.
    """
    g_spin, g_distance, g_aside = 0.0, 0.0, 0.0
    for a in range(len(c.columns)):
        y = aside + c.columns[a] * ratio
        outside, left = math.exp(-y * y / CORE2), max(-y, 0.0)
        for r in range(len(c.weight)):
            above, image = c.of_row[of_i, of_j, r, 0], c.of_row[of_i, of_j, r, 1]
            damping = c.of_row[of_i, of_j, r, 2]
            damped = 1.0 / (1.0 + damping * distance)
            decay = c.weight[r] * damped
            q = max(y * y + above * above, WITHIN_CORE)
            here = min(outside * c.of_row[of_i, of_j, r, 3], MOST_OUTSIDE)
            of_wake, by_wake = core(q, here), core_slope(q, here)
            of_image = 1.0 / (y * y + image * image)
            by_image = -of_image * of_image
            value = g_v * (above * of_wake - image * of_image) + g_w * left * (of_wake - of_image)
            g_spin += decay * value
            g_distance -= decay * damped * damping * value
            g_core = g_v * (above * by_wake - image * by_image) + g_w * left * (by_wake - by_image)
            by_left = of_wake - of_image if y < 0.0 else 0.0
            g_aside += decay * (2.0 * y * g_core - g_w * by_left)
    return g_spin, g_distance, g_aside


@primitive
def mixed(gain: float, ti: float, v: float, w: float, u: float) -> float:
    """Return I', in which a rotor's wake mixes, of its u / U (equation 17)."""
    together: float = math.sqrt(ti * ti + (v * v + w * w) / (3.0 * u * u))
    return ti + gain * (together - ti)


@primitive
def mixed_adjoint(
    g: float, gain: float, ti: float, v: float, w: float, u: float
) -> tuple[float, float, float, float]:
    """Return the derivatives by I, v, w and u / U (equation 17*)."""
    share = (v * v + w * w) / (3.0 * u * u)
    together = math.sqrt(ti * ti + share)
    by_share = g * gain * 0.5 / together
    each = 2.0 * by_share / (3.0 * u * u)
    g_ti = g * (1.0 + gain * (ti / together - 1.0))
    return g_ti, each * v, each * w, -2.0 * by_share * share / u


@primitive
def turn(skew: float, steering: float, ct: float, v: float) -> float:
    """Return the angle by which a wake turns aside (equation 18)."""
    sine = min(max(steering * v / ct, -LARGEST_SINE), LARGEST_SINE)
    angle: float = skew * 0.5 * math.asin(sine) * (1.0 - math.sqrt(1.0 - ct))
    return angle


@primitive
def turn_adjoint(
    g: float, skew: float, steering: float, ct: float, v: float
) -> tuple[float, float]:
    """Return the derivatives by Ct and v (equation 18*)."""
    left = math.sqrt(1.0 - ct)
    sine = min(max(steering * v / ct, -LARGEST_SINE), LARGEST_SINE)
    g_ct = g * skew * 0.5 * math.asin(sine) * 0.5 / left
    if abs(sine) >= LARGEST_SINE:
        return g_ct, 0.0
    g_sine = g * skew * 0.5 * (1.0 - left) / math.sqrt(1.0 - sine * sine)
    return g_ct - g_sine * sine / ct, g_sine * steering / ct


@primitive
def bent(c: SwirlTables, ct: float, ti: float) -> tuple[float, float, float, float]:
    """Return n, E / (5.2 a r), a and r of a wake's axis (equation 18)."""
    left = math.sqrt(1.0 - ct)
    deep = 1.0 - left
    near = (1.0 + left) / (math.sqrt(2.0) * (4.0 * c.alpha * ti + 2.0 * c.beta * deep))
    rate = math.sqrt(8.0) * (c.ka * ti + c.kb)
    root = math.sqrt(ct)
    stretch: float = (deep * deep - NEAR * deep + FAR) / (AXIS_SCALE * rate * root)
    return near, stretch, rate, root


@primitive
def bent_adjoint(
    g_near: float,
    g_stretch: float,
    g_rate: float,
    g_root: float,
    c: SwirlTables,
    ct: float,
    ti: float,
) -> tuple[float, float]:
    """Return the derivatives by Ct and I (equation 18*)."""
    left = math.sqrt(1.0 - ct)
    deep = 1.0 - left
    below = 4.0 * c.alpha * ti + 2.0 * c.beta * deep
    near, stretch, rate, root = bent(c, ct, ti)
    g_rate -= g_stretch * stretch / rate
    g_root -= g_stretch * stretch / root
    g_deep = g_stretch * (2.0 * deep - NEAR) / (AXIS_SCALE * rate * root)
    g_deep -= g_near * (1.0 / (math.sqrt(2.0) * below) + near * 2.0 * c.beta / below)
    g_ti = g_rate * math.sqrt(8.0) * c.ka - g_near * near * 4.0 * c.alpha / below
    return g_deep * 0.5 / left + g_root * 0.5 / root, g_ti


@primitive
def axis(
    distance: float, angle: float, near: float, stretch: float, rate: float, root: float
) -> float:
    """Return how far a wake has turned to the left, less ad and bd (equation 19)."""
    width = AXIS_ROOT * (1.0 + rate * max(distance - near, 0.0))
    grown = (AXIS_ROOT + root) * (width - root) / ((AXIS_ROOT - root) * (width + root))
    turned: float = angle * (min(distance, near) + stretch * math.log(grown))
    return turned


@primitive
def axis_adjoint(
    g: float, distance: float, angle: float, near: float, stretch: float, rate: float, root: float
) -> tuple[float, float, float, float, float, float]:
    """Return the derivatives by all of them (equation 19*)."""
    beyond = max(distance - near, 0.0)
    width = AXIS_ROOT * (1.0 + rate * beyond)
    grown = math.log((AXIS_ROOT + root) * (width - root) / ((AXIS_ROOT - root) * (width + root)))
    g_grown = g * angle * stretch
    apart = width * width - root * root
    g_width = g_grown * 2.0 * root / apart
    g_root = 2.0 * g_grown * (AXIS_ROOT / (AXIS_ROOT * AXIS_ROOT - root * root) - width / apart)
    g_angle = g * (min(distance, near) + stretch * grown)
    g_distance, g_near = g * angle, 0.0
    if beyond > 0.0:
        g_distance = g_width * AXIS_ROOT * rate
        g_near = g * angle - g_distance
    return g_distance, g_angle, g_near, g * angle * grown, g_width * AXIS_ROOT * beyond, g_root


def swirls(c: SwirlTables | None) -> bool:
    """Return whether wakes swirl, which is known when the loops are compiled."""
    return c is not None


@_chosen(swirls)
def _swirls(c: Any) -> Any:
    if isinstance(c, types.NoneType):
        return lambda c: False
    return lambda c: True


def turned(c: SwirlTables | None, state: FloatArray, s: int, of_i: int, distance: float) -> float:
    """Return how far the wake of a source has turned to the left [D] (equation 19)."""
    raise NotImplementedError


@_chosen(turned)
def _turned(c: Any, state: Any, s: Any, of_i: Any, distance: Any) -> Any:
    if isinstance(c, types.NoneType):
        return lambda c, state, s, of_i, distance: 0.0

    def of_swirl(c: Any, state: Any, s: Any, of_i: Any, distance: Any) -> Any:
        aside = axis(
            distance, state[s, TURN], state[s, NEAR_END], state[s, STRETCH], state[s, RATE],
            state[s, ROOT],
        )  # fmt: skip
        return aside + c.of_type[of_i, START] + c.bd * distance

    return of_swirl


def stir(
    c: SwirlTables | None,
    state: FloatArray,
    s: int,
    j: int,
    of_i: int,
    of_j: int,
    distance: float,
    aside: float,
    ratio: float,
) -> None:
    """Let the swirl of a source act at `j` (equation 16)."""
    raise NotImplementedError


@_chosen(stir)
def _stir(
    c: Any, state: Any, s: Any, j: Any, of_i: Any, of_j: Any, distance: Any, aside: Any, ratio: Any
) -> Any:
    if isinstance(c, types.NoneType):
        return lambda c, state, s, j, of_i, of_j, distance, aside, ratio: None

    def of_swirl(
        c: Any, state: Any, s: Any, j: Any, of_i: Any, of_j: Any, distance: Any, aside: Any,
        ratio: Any,
    ) -> None:  # fmt: skip
        v, w = over_rotor(c, of_i, of_j, distance, aside, ratio)
        state[j, V] += state[s, SPIN] * v
        state[j, W] += state[s, SPIN] * w

    return of_swirl


def stir_adjoint(
    c: SwirlTables | None,
    g_across: float,
    state: FloatArray,
    slopes: FloatArray,
    s: int,
    j: int,
    of_i: int,
    of_j: int,
    distance: float,
    aside: float,
    ratio: float,
) -> tuple[float, float]:
    """Add the derivatives by the source's state; return those by distances [D] (19*, 16*)."""
    raise NotImplementedError


@_chosen(stir_adjoint)
def _stir_adjoint(
    c: Any, g_across: Any, state: Any, slopes: Any, s: Any, j: Any, of_i: Any, of_j: Any,
    distance: Any, aside: Any, ratio: Any,
) -> Any:  # fmt: skip
    if isinstance(c, types.NoneType):
        return lambda c, g_across, state, slopes, s, j, of_i, of_j, distance, aside, ratio: (
            0.0,
            0.0,
        )

    def of_swirl(
        c: Any, g_across: Any, state: Any, slopes: Any, s: Any, j: Any, of_i: Any, of_j: Any,
        distance: Any, aside: Any, ratio: Any,
    ) -> tuple[Any, Any]:  # fmt: skip
        g_distance, g_turn, g_near, g_stretch, g_rate, g_root = axis_adjoint(
            -g_across, distance, state[s, TURN], state[s, NEAR_END], state[s, STRETCH],
            state[s, RATE], state[s, ROOT],
        )  # fmt: skip
        slopes[s, TURN] += g_turn
        slopes[s, NEAR_END] += g_near
        slopes[s, STRETCH] += g_stretch
        slopes[s, RATE] += g_rate
        slopes[s, ROOT] += g_root
        g_spin, by_distance, by_aside = over_rotor_adjoint(
            slopes[j, V], slopes[j, W], c, of_i, of_j, distance, aside, ratio
        )
        slopes[s, SPIN] += g_spin
        spin = state[s, SPIN]
        return g_distance - g_across * c.bd + spin * by_distance, spin * by_aside

    return of_swirl


def shed(
    c: SwirlTables | None,
    state: FloatArray,
    j: int,
    of_j: int,
    ct: float,
    driven: float,
    ti: float,
    u: float,
) -> float:
    """Let the wake of `j` swirl and turn aside; return in which turbulence it mixes (17, 18).

    `driven` is the thrust coefficient by which it swirls, `u` is over that of the rose.
    """
    raise NotImplementedError


@_chosen(shed)
def _shed(c: Any, state: Any, j: Any, of_j: Any, ct: Any, driven: Any, ti: Any, u: Any) -> Any:
    if isinstance(c, types.NoneType):
        return lambda c, state, j, of_j, ct, driven, ti, u: ti

    def of_swirl(
        c: Any, state: Any, j: Any, of_j: Any, ct: Any, driven: Any, ti: Any, u: Any
    ) -> Any:
        spin = c.of_type[of_j, DRIVE] * driven * u
        state[j, SPIN] = spin
        state[j, TURN] = turn(c.skew, c.of_type[of_j, STEERING], ct, state[j, V])
        near, stretch, rate, root = bent(c, ct, ti)
        state[j, NEAR_END], state[j, STRETCH] = near, stretch
        state[j, RATE], state[j, ROOT] = rate, root
        v = state[j, V] + spin * c.of_type[of_j, OWN_V]
        w = state[j, W] + spin * c.of_type[of_j, OWN_W]
        return mixed(c.gain, ti, v, w, u)

    return of_swirl


def shed_adjoint(
    c: SwirlTables | None,
    g_mixed: float,
    state: FloatArray,
    slopes: FloatArray,
    j: int,
    of_j: int,
    ct: float,
    driven: float,
    ti: float,
    u: float,
) -> tuple[float, float, float, float]:
    """Return derivatives by Ct, `driven`, I and u, and set those by v and w (18*, 17*)."""
    raise NotImplementedError


@_chosen(shed_adjoint)
def _shed_adjoint(
    c: Any, g_mixed: Any, state: Any, slopes: Any, j: Any, of_j: Any, ct: Any, driven: Any,
    ti: Any, u: Any,
) -> Any:  # fmt: skip
    if isinstance(c, types.NoneType):
        return lambda c, g_mixed, state, slopes, j, of_j, ct, driven, ti, u: (
            0.0,
            0.0,
            g_mixed,
            0.0,
        )

    def of_swirl(
        c: Any, g_mixed: Any, state: Any, slopes: Any, j: Any, of_j: Any, ct: Any, driven: Any,
        ti: Any, u: Any,
    ) -> tuple[Any, Any, Any, Any]:  # fmt: skip
        spin, own_v, own_w = state[j, SPIN], c.of_type[of_j, OWN_V], c.of_type[of_j, OWN_W]
        by_ti, by_v, by_w, g_u = mixed_adjoint(
            g_mixed, c.gain, ti, state[j, V] + spin * own_v, state[j, W] + spin * own_w, u
        )
        g_ct, g_v = turn_adjoint(
            slopes[j, TURN], c.skew, c.of_type[of_j, STEERING], ct, state[j, V]
        )
        by_ct, g_ti = bent_adjoint(
            slopes[j, NEAR_END], slopes[j, STRETCH], slopes[j, RATE], slopes[j, ROOT], c, ct, ti
        )
        slopes[j, V], slopes[j, W] = g_v + by_v, by_w
        g_spin = slopes[j, SPIN] + by_v * own_v + by_w * own_w
        drive = c.of_type[of_j, DRIVE]
        return g_ct + by_ct, g_spin * drive * u, g_ti + by_ti, g_u + g_spin * drive * driven

    return of_swirl
