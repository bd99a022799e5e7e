"""A wind rose that a search by trial in a slow simulator can afford.

FLORIS's own examples of layout optimisation take 72 directions and one wind speed, and so do we.
FLORIS has no gradient: a step of 25 turbines asks for 51 simulations, which take minutes on a rose
of 360 directions and 20 speeds.
"""

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource

DIRECTIONS, SPEEDS = 72, 1
ALL = 10**9
"""More than any rose has, of either."""


def coarse_rose(
    problem: LayoutProblem, directions: int = DIRECTIONS, speeds: int = SPEEDS
) -> WindResource:
    """Return the rose that layouts are judged on, gathered in sectors and in groups of speeds.

    Sectors gather the directions nearest to their own, groups are of about equal probability and
    stand at their mean speed. Speeds at which no turbine turns are left out: they yield nothing.

    Parameters
    ----------
    problem : LayoutProblem
    directions, speeds : int
        The most of each.

    Returns
    -------
    WindResource
        Its probability is that of the wind that turns turbines.
    """
    wind = problem.wind
    turning = wind.wind_speed >= min(turbine.idle_below for turbine in problem.turbines)
    turning &= wind.wind_speed <= max(turbine.wind_speed[-1] for turbine in problem.turbines)
    probability = wind.probability[:, turning]
    sector, group = np.arange(len(probability)), np.arange(probability.shape[1])
    wind_direction = wind.wind_direction
    if len(wind_direction) > directions:
        step = 360.0 / directions
        sector = np.floor(wind_direction / step + 0.5).astype(int) % directions
        wind_direction = np.asarray(step * np.arange(directions), dtype=np.float64)
    overall = probability.sum(axis=0)
    if len(overall) > speeds:
        middle = (np.cumsum(overall) - overall / 2) / overall.sum()
        group = np.unique((middle * speeds).astype(int), return_inverse=True)[1]
    size = len(wind_direction), group[-1] + 1
    index = np.add.outer(sector * size[1], group).ravel()

    def gathered(values: FloatArray) -> FloatArray:
        summed = np.bincount(index, values.ravel(), size[0] * size[1])
        return np.asarray(summed, dtype=np.float64).reshape(size)

    weight = gathered(probability)
    ti = gathered(probability * wind.turbulence_intensity[:, turning])
    blows = weight > 0
    summed = np.bincount(group, overall * wind.wind_speed[turning])
    wind_speed = summed / np.bincount(group, overall)
    return WindResource(
        wind_direction, wind_speed, weight, np.divide(ti, weight, out=np.ones(size), where=blows)
    )


def full_rose(problem: LayoutProblem) -> WindResource:
    """Return the rose that layouts are judged on, but for speeds at which no turbine turns."""
    return coarse_rose(problem, ALL, ALL)
