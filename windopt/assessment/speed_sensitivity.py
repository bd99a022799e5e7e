"""By how many per cent AEP changes where all wind speeds change by 1 %.

    S = d ln AEP / d ln U = d ln A(f) / d ln f   where   A(f) = (1 - w) A(1)

A(f) is what the turbines yield alone, by the power curves that FLORIS uses, at f times the speeds
of the wind rose, and w the wake loss that FLORIS finds. So the wakes count as one drop of all
speeds that loses as much energy: in a wake turbines run lower on their power curve, where it is
steeper. FLORIS at other speeds has the same S within 2 %; without wakes, f = 1, it comes out a
tenth too low (`results/uncertainty`).

A class of wind speeds stands for all speeds up to the middle to the next one. It is spread over
these, or else the whole of the class at the cut-out speed would be lost at once.
"""

from collections.abc import Callable
from dataclasses import replace
from math import log

import numpy as np

from windopt.floris.alone import wake_free_power
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource

STEP = 0.01
"""By which speeds are changed up and down [-]."""
PARTS = 200
"""Speeds that a class is spread over."""
HALVINGS = 40
"""Of the interval in which f is looked for."""


def speed_sensitivity(
    problem: LayoutProblem, layout: FloatArray, wake_loss_pct: float
) -> float | None:
    """Return S of a layout's AEP [-]; None where it yields nothing.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n_turbines, 2) [m]
        Where the wind varies over the site, the mean of its places counts.
    wake_loss_pct : float [%]
        FLORIS's.
    """
    wind = from_one_side(problem.wind)
    if problem.speed_up is not None:
        factor = problem.speed_up.at(layout, problem.wind.wind_direction)
        mean = float((problem.wind.sector_probability @ factor).mean())
        wind = replace(wind, wind_speed=mean * wind.wind_speed)
    wind = classes_spread(wind)

    def yielded(factor: float) -> float:
        scaled = replace(wind, wind_speed=factor * wind.wind_speed)
        return float(wake_free_power(problem, scaled).sum())

    free, left = yielded(1.0), 1.0 - wake_loss_pct / 100.0
    if free <= 0 or left <= 0:
        return None
    low, slowed = 0.0, 1.0
    for _ in range(HALVINGS if left < 1 else 0):
        middle = (low + slowed) / 2
        low, slowed = (middle, slowed) if yielded(middle) < left * free else (low, middle)
    return log_slope(lambda factor: yielded(factor * slowed))


def log_slope(of: Callable[[float], float], step: float = STEP) -> float | None:
    """Return d ln of(f) / d ln f at f = 1 by a central difference [-].

    None where there are no positive values.

    Parameters
    ----------
    of : callable
        Of a factor about 1.
    step : float
        By which the factor goes up and down.
    """
    up, down = of(1.0 + step), of(1.0 - step)
    if min(up, down) <= 0:
        return None
    return log(up / down) / log((1.0 + step) / (1.0 - step))


def from_one_side(wind: WindResource) -> WindResource:
    """Return a rose with the same speeds, all from the north."""
    probability = wind.probability.sum(axis=0, keepdims=True)
    return WindResource(np.zeros(1), wind.wind_speed, probability, np.zeros_like(probability))


def classes_spread(wind: WindResource, parts: int = PARTS) -> WindResource:
    """Return a rose with each class of speeds spread evenly over its width, in some speeds.

    The widths meet in the middle between two speeds; the first and the last class reach as far to
    the other side. One speed alone has no width, and stays.

    Parameters
    ----------
    wind : WindResource
    parts : int
        Speeds instead of one.
    """
    speed = wind.wind_speed
    if len(speed) < 2:
        return wind
    middles = (speed[1:] + speed[:-1]) / 2
    first, last = max(0.0, 1.5 * speed[0] - 0.5 * speed[1]), 1.5 * speed[-1] - 0.5 * speed[-2]
    edges = np.concatenate([[first], middles, [last]])
    within = (np.arange(parts) + 0.5) / parts
    spread = edges[:-1, None] + np.diff(edges)[:, None] * within
    return replace(
        wind,
        wind_speed=spread.ravel(),
        probability=np.repeat(wind.probability, parts, axis=1) / parts,
        turbulence_intensity=np.repeat(wind.turbulence_intensity, parts, axis=1),
        value=None if wind.value is None else np.repeat(wind.value, parts, axis=1),
    )
