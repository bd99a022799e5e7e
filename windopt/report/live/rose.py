"""The wind of a page: the whole rose for turbines out of wakes, few speeds for what wakes take.

A turbine's loss to wakes at every speed follows from its losses at a few (`problem.condensed`):

    yield = hours sum_dk [ p_dk P_free(u_k) ] - hours sum_ds w_ds [ P_free(u_s) - P(u_s) ],

with the rose p over all speeds k and the weights w at the few speeds s. So turbines out of wakes
are exact. The speeds are so many that the AEP of no layout that is tried is further off than
`WORST`: the run's layouts, and some at random, where wakes are deep. Each kernel has its own.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.report.live.arrays import packed
from windopt.surrogate.surrogate import Surrogate

WORST = 2e-5
"""Error of a layout's AEP at few speeds, as a share of it."""
DIRECTIONS = 36
"""So many of the rose are looked at."""
AT_RANDOM, FEWEST, MOST = 400, 6, 40
"""Turbines in layouts of random places that are looked at, and the number of these layouts."""
NEAR_D = 0.2
"""How far the second turbine stands from the first at least [rotor diameters]."""
WORK = 5000
"""Turbines squared times speeds that a page computes in no time: small farms have more speeds."""
RIDGE = 1e-13
"""Added to the diagonal, of its sum: no speed is made of the rounding errors of others."""


def rose_of(problem: LayoutProblem) -> dict[str, Any]:
    """Return the rose of a page."""
    wind = problem.wind
    return {
        "direction": packed(wind.wind_direction),
        "speed": packed(wind.wind_speed),
        "probability": packed(wind.probability),
        "turbulence": packed(wind.turbulence_intensity),
    }


def few_of(
    problem: LayoutProblem, surrogate: Surrogate, layouts: Sequence[FloatArray]
) -> dict[str, Any]:
    """Return the few wind speeds that do for a kernel, by what wakes do in some layouts.

    Parameters
    ----------
    problem : LayoutProblem
    surrogate : Surrogate
    layouts : sequence of (n_turbines, 2) [m]
    """
    wind = problem.wind
    step = max(1, len(wind.wind_direction) // DIRECTIONS)
    every = wind.grid(wind.probability).take(slice(None, None, step))
    tried = np.stack([*layouts, *_at_random(problem)])
    alone, power = _powers(problem, surrogate, tried, every)
    total = (power * every.weight).sum((1, 2, 3))
    least = WORK // len(problem.all_types) ** 2
    chosen, mix = few_speeds(alone - power, every.weight, total, least)
    return {"chosen": chosen.tolist(), "weight": packed(wind.probability @ mix.T)}


def few_speeds(
    loss: FloatArray, weight: FloatArray, total: FloatArray, least: int = 1
) -> tuple[IntArray, FloatArray]:
    """Choose few wind speeds from whose losses to wakes those at all speeds follow.

    Of all speeds, that one is left out again and again without which the worst error is least.

    Parameters
    ----------
    loss : (layouts, n_turbines, n_directions, n_speeds) [W]
    weight : (n_directions, n_speeds)
    total : (layouts,)
        Their farms' power weighted likewise [W].
    least : int
        So many speeds where there are so many.

    Returns
    -------
    chosen : (k,)
    mix : (k, n_speeds)
        ``loss[..., chosen] @ mix`` is about the loss at all speeds.
    """
    rows = loss.reshape(-1, loss.shape[-1])
    gram = rows.T @ rows
    if not gram.any():  # nobody stands in a wake
        return np.array([len(gram) // 2]), np.zeros((1, len(gram)))
    gram = gram + RIDGE * np.trace(gram) * np.eye(len(gram))
    # of each layout, what a mix of one speed for another comes to (layouts, n_speeds, n_speeds)
    share = np.einsum("lds,dk->lsk", loss.sum(axis=1), weight) / total[:, None, None]
    exact = np.trace(share, axis1=1, axis2=2)

    def mixed(chosen: IntArray) -> tuple[float, FloatArray]:
        mix: FloatArray = np.linalg.solve(gram[np.ix_(chosen, chosen)], gram[chosen])
        return float(abs((share[:, chosen] * mix).sum((1, 2)) - exact).max()), mix

    chosen = np.flatnonzero(weight.any(axis=0))
    best = mixed(chosen)
    while len(chosen) > max(least, 1):
        fewer = [np.delete(chosen, k) for k in range(len(chosen))]
        tried = [mixed(one) for one in fewer]
        spare = int(np.argmin([error for error, _ in tried]))
        if tried[spare][0] > WORST:
            break
        chosen, best = fewer[spare], tried[spare]
    return chosen, best[1]


def _powers(
    problem: LayoutProblem, surrogate: Surrogate, layouts: FloatArray, wind: Conditions
) -> tuple[FloatArray, FloatArray]:
    """Return powers without and with wakes (b, n, n_directions, n_speeds) [W]."""
    farm = Objective.of(problem, surrogate).farm(layouts)
    power = np.moveaxis(surrogate.turbine_power(farm, wind), -1, 1)[:, : farm.counted]
    alone = np.empty_like(power)
    for j, kind in enumerate(farm.types[: farm.counted]):
        if problem.speed_up is None and kind in farm.types[:j]:
            alone[:, j] = alone[:, int(np.argmax(farm.types == kind))]
            continue
        lone = Farm(farm.layouts[:, j : j + 1], farm.types[j : j + 1], 1)
        alone[:, j] = surrogate.turbine_power(lone, wind)[..., 0]
    return alone, power


def _at_random(problem: LayoutProblem) -> FloatArray:
    """Return layouts (layouts, n_turbines, 2) [m]: random places, two turbines on each other."""
    low, high = np.reshape(problem.site.area.bounds, (2, 2))
    count = min(max(AT_RANDOM // problem.n_turbines, FEWEST), MOST)
    share = np.random.default_rng(problem.seed).random((count, problem.n_turbines, 2))
    places: FloatArray = low + (high - low) * share
    if problem.n_turbines > 1:  # as when one is dragged past another
        angle = 2 * np.pi * share[:, 1, 0]
        apart = problem.rotor_diameter * (NEAR_D + share[:, 1, 1])
        aside = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        places[:, 1] = places[:, 0] + apart[:, None] * aside
    return places
