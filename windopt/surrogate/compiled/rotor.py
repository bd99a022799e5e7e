"""Primitives of a rotor in the wakes of others, each with its adjoint below it.

Equations 8 to 12 of docs/method/surrogate.md, where they are derived; `wake_flow` has them as
tensors. `g_q` is the derivative of the objective by q.
"""

import math

from windopt.surrogate.compiled.constants import MAX, SOSFS
from windopt.surrogate.compiled.jit import primitive
from windopt.surrogate.wake_flow import (
    FAINT,
    OVERLAP_DEFICIT,
    TINY,
    TURBULENCE_HALF_WIDTH_D,
    TURBULENCE_REACH_D,
)

STILL = 1.001 * TINY ** (1 / 3)
"""Wakes may add up to more than the wind: below this share of it, more of them change nothing."""


@primitive
def gather(total: float, deficit: float, superposition: int) -> float:
    """Return deficits gathered so far, and one more: their sum or the largest (equation 9)."""
    return max(total, deficit) if superposition == MAX else total + deficit


@primitive
def gather_adjoint(g_total: float, is_deepest: bool) -> float:
    """Return the derivative by one deficit: for max of the deepest only (equation 9*)."""
    return g_total if is_deepest else 0.0


@primitive
def superposed(total: float, superposition: int) -> float:
    """Return the superposed deficit S of those gathered (equation 9)."""
    return math.sqrt(total + FAINT) - math.sqrt(FAINT) if superposition == SOSFS else total


@primitive
def superposed_adjoint(g_loss: float, loss: float, superposition: int) -> float:
    """Return the derivative by the gathered deficits (equation 9*)."""
    return g_loss * (0.5 / (loss + math.sqrt(FAINT))) if superposition == SOSFS else g_loss


@primitive
def of_free_wind(loss: float, free: float) -> float:
    """Return a deficit of the rose's wind as one of the free wind (equation 8)."""
    return loss / free


@primitive
def of_free_wind_adjoint(g: float, loss: float, free: float) -> tuple[float, float]:
    """Return derivatives by the deficit of the rose's wind and by the free wind (equation 8*)."""
    return g / free, -(g * loss / (free * free))


@primitive
def point_cube(speed_up: float, loss: float, free: float) -> float:
    """Return the cube of the wind at a point of the rotor over that of the rose (equation 10)."""
    speed = speed_up * (1.0 - loss) * free
    cube: float = speed**3
    return cube


@primitive
def point_cube_adjoint(
    g_cube_third: float, speed_up: float, loss: float, free: float
) -> tuple[float, float]:
    """Return derivatives by S and by the free wind; takes three times that by the cube (10*)."""
    left = 1.0 - loss
    g = -g_cube_third * speed_up**3 * left * left
    return g * free**3, -(g * left * free**2)


@primitive
def cubic_mean(ws: float, cube: float) -> float:
    """Return the rotor's wind speed [m/s] from the mean of cubes (equation 10)."""
    u: float = ws * max(cube, TINY) ** (1.0 / 3.0)
    return u


@primitive
def cubic_mean_adjoint(g_u: float, u: float, ws: float) -> float:
    """Return three times the derivative by the mean of cubes (equation 10*)."""
    return 0.0 if u < STILL * ws else g_u * ws * (ws / u) ** 2


@primitive
def is_close(dx: float, dy: float, diameter: float) -> bool:
    """Return whether a rotor is near enough for a wake to add turbulence (equation 11)."""
    near: bool = abs(dy) < TURBULENCE_HALF_WIDTH_D * diameter
    return dx <= TURBULENCE_REACH_D * diameter and near


@primitive
def visible(ws: float, superposition: int) -> float:
    """Return the deficit of so much wind, as it is gathered, at which a point is waked (11)."""
    least = OVERLAP_DEFICIT / ws
    return least * least if superposition == SOSFS else least


@primitive
def added_turbulence(overlap: float, log_turbulence: float) -> float:
    """Return what a wake adds to the turbulence at a rotor it overlaps (equation 11)."""
    added: float = overlap * math.exp(log_turbulence)
    return added


@primitive
def added_turbulence_adjoint(g_ti: float, added: float, ti: float) -> float:
    """Return the derivative by ln T; the overlap counts as constant (equations 11* and 12*)."""
    slope: float = g_ti * added**2 / ti
    return slope


@primitive
def turbulence(free_ti: float, square: float) -> float:
    """Return the turbulence at a rotor, to which wakes add so much, squared (equation 12)."""
    intensity: float = math.sqrt(free_ti**2 + square)
    return intensity
