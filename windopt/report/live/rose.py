"""The wind of a page: the whole rose for turbines out of wakes, few speeds for what wakes take.

A turbine's power at every speed follows from its powers at a few (`windopt.problem.condensed`).
The page takes from the yield in free wind, which it knows for all speeds,

    yield = hours sum_dk [ p_dk P(u_k) ] - hours sum_ds w_ds [ P_free(u_s) - P(u_s) ],

with the rose p over all speeds k and the weights w at the few speeds s: only the loss to wakes is
interpolated. The speeds are chosen so that all kernels of the page agree with them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from windopt.problem.condensed import EVERY, choose_speeds
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.report.live.arrays import packed
from windopt.surrogate.surrogate import Surrogate

TOLERANCE = 5e-4
"""Rms error of a turbine's mean power at few speeds, as a share of what wakes make of it."""


def rose_of(
    problem: LayoutProblem, surrogates: Sequence[Surrogate], layouts: Sequence[FloatArray]
) -> dict[str, Any]:
    """Return the rose of a page.

    Parameters
    ----------
    problem : LayoutProblem
    surrogates : sequence of Surrogate
        Those of the page.
    layouts : sequence of (n_turbines, 2) [m]
        By what wakes do in them.
    """
    wind = problem.wind
    every = wind.grid(wind.probability).take(slice(None, None, EVERY))
    rows = []
    for surrogate in surrogates:
        farm = Objective.of(problem, surrogate).farm(np.stack(layouts))
        power = surrogate.turbine_power(farm, every)
        rows.append(np.moveaxis(power, 2, -1).reshape(-1, power.shape[2]))
    mean = wind.probability.mean(axis=0)
    chosen, mix = choose_speeds(np.concatenate(rows), mean, TOLERANCE)
    return {
        "direction": packed(wind.wind_direction),
        "speed": packed(wind.wind_speed),
        "probability": packed(wind.probability),
        "turbulence": packed(wind.turbulence_intensity),
        "few": {
            "chosen": chosen.tolist(),
            "weight": packed(wind.probability @ mix.T),
        },
    }
