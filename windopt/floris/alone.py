"""What a farm would yield without wakes, and the part of the rose in which it can yield at all.

Below cut-in turbines stand still, and above cut-out as well. There they have no wakes either, so
that FLORIS has nothing to say about these speeds, which are up to a quarter of a rose's conditions.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from windopt.floris.adapter import free_speed_ratio
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource

WAKE = 2e-3
"""More than what turbines that stand still can slow each other down [share of the wind speed]."""


def wake_free_aep(problem: LayoutProblem, layout: FloatArray | None = None) -> float:
    """Return the AEP [Wh] of the turbines standing alone, from the power curve FLORIS uses.

    Fixed turbines are among them where the problem counts their energy. Where the wind varies over
    the site it depends on the `layout` (n_turbines, 2) [m]; without one it is that in the rose.
    """
    alone = wake_free_power(problem, problem.wind, layout)
    return problem.hours_per_year * float(alone.sum())


def evaluated_wind(problem: LayoutProblem) -> WindResource:
    """Return the rose without the speeds at which no turbine yields or consumes anything."""
    wind = problem.wind
    turns = turning(problem, wind)
    return WindResource(
        wind.wind_direction,
        wind.wind_speed[turns],
        wind.probability[:, turns],
        wind.turbulence_intensity[:, turns],
        None if wind.value is None else wind.value[:, turns],
    )


def wake_free_power(
    problem: LayoutProblem, wind: WindResource, layout: FloatArray | None = None
) -> FloatArray:
    """Return the power of the turbines standing alone, times its probability.

    Parameters
    ----------
    problem : LayoutProblem
    wind : WindResource
    layout : (n_turbines, 2) [m], optional
        Where they stand, where the wind varies over the site; without it the rose's wind counts.

    Returns
    -------
    (n_directions, n_speeds) [W]
    """
    if problem.speed_up is None or layout is None:
        return mean_power_alone(problem, wind)
    return np.asarray(sum(at_places(problem, wind, layout)) * wind.probability)


def at_places(
    problem: LayoutProblem, wind: WindResource, layout: FloatArray
) -> Iterator[FloatArray]:
    """Yield the power of every turbine that counts, alone at its place (n_directions, n_speeds)."""
    assert problem.speed_up is not None
    types = problem.types if len(layout) == len(problem.types) else np.zeros(len(layout), int)
    if problem.fixed_counted:
        types = np.append(types, problem.fixed_types)
    # at the hub: what the rotor averages differs by the square of a gradient, 1e-5
    factor = problem.speed_up.at(problem.joined(layout)[: len(types)], wind.wind_direction)
    for kind, here in zip(types, factor.T, strict=True):
        speed = here[:, None] * wind.wind_speed
        yield _power_alone(problem, problem.turbines[kind], speed)


def turning(problem: LayoutProblem, wind: WindResource) -> NDArray[np.bool_]:
    """Return at which speeds of a rose some turbine yields or consumes (n_speeds,).

    On the slow side those that count are asked, on the fast side all: where one still turns, its
    wake may bring another back to life.
    """
    factors = np.ones(1) if problem.speed_up is None else problem.speed_up.factor
    counted, every = (
        [problem.turbines[kind] for kind in np.unique(kinds)]
        for kinds in (problem.counted_types, problem.all_types)
    )

    def free(turbine: Turbine, factor: float) -> FloatArray:
        return factor * _free_speed(problem, turbine, wind.wind_speed)

    awake = [free(one, float(factors.max())) >= one.idle_below for one in counted]
    slowest = (1.0 - WAKE) * float(factors.min())
    running = [free(one, slowest) <= one.still_above for one in every]
    return np.asarray(np.any(awake, axis=0) & np.any(running, axis=0))


def mean_power_alone(problem: LayoutProblem, wind: WindResource) -> FloatArray:
    """Return turbines' power out of all wakes, times its probability (n_directions, n_speeds)."""
    counts = np.bincount(problem.counted_types, minlength=len(problem.turbines))
    return counts @ by_type(problem, wind) * wind.probability


def by_type(problem: LayoutProblem, wind: WindResource) -> FloatArray:
    """Return the power of one turbine of each type out of all wakes (n_types, n_speeds) [W]."""
    return np.array([_power_alone(problem, one, wind.wind_speed) for one in problem.turbines])


def _power_alone(problem: LayoutProblem, turbine: Turbine, ws: FloatArray) -> FloatArray:
    """Return the power of a turbine out of all wakes at speeds at the reference height [W]."""
    speed = _free_speed(problem, turbine, ws)
    return np.asarray(np.interp(speed, turbine.wind_speed, turbine.power, left=0.0, right=0.0))


def _free_speed(problem: LayoutProblem, turbine: Turbine, ws: FloatArray) -> FloatArray:
    """Return the speeds at which a turbine's curves are read out of all wakes [m/s]."""
    density = (problem.air_density / turbine.ref_air_density) ** (1.0 / 3.0)
    speed: FloatArray = ws * free_speed_ratio(problem, turbine) * density
    return speed
