"""Hops: from a good layout over a valley to a better one.

A hop lifts a few turbines, sets each down at the best of hundreds of places (`moves`) and lets the
others make room: in a short climb, or by a polish where the whole rose is small or where turbines
come down where they stood. The chain goes on from where it is better, or hardly worse. It begins
with a sweep: every turbine is lifted once, one at a time.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from windopt.optimise.ascent import Climb, ClimbSettings, advance
from windopt.optimise.moves import SMALL, choose_group, draw_sample, draw_some, exchange
from windopt.optimise.objective import Objective
from windopt.optimise.polish import MOST_TURBINES, polish
from windopt.optimise.rose_sampler import RoseSampler
from windopt.problem import FloatArray

STEPS, SWEPT_STEPS, STEPS_D = 60, 120, (0.15, 0.005)
"""Steps of a climb after a hop and after a sweep; the first and the last of them [D]."""
LARGEST_GROUP = 0.2
"""Of the turbines."""
PROGRAMS, POLISHED, POLISH_SHARE = 10, 500, 0.2
"""Iterations of a polish, its conditions, and how often it takes the place of a climb."""
HOPELESS = 1.5e-3
"""Share of AEP lost by an exchange that settling has hardly ever won back."""
LENIENCE = 1e-4
"""A chain also goes on from what is worse than its best by less than this share of AEP."""


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain of hops.

    Attributes
    ----------
    number : int
    name : str
        Of the start that its layout comes from.
    layout : (n_turbines, 2) [m]
        Where it stands, feasible.
    aep : float [Wh]
        Its prediction.
    best_aep : float [Wh]
        The best it has seen.
    hops : int
    cpu_s : float [s]
        Of the last hop.
    """

    number: int
    name: str
    layout: FloatArray
    aep: float
    best_aep: float
    hops: int = 0
    cpu_s: float = 0.0

    @classmethod
    def start(cls, number: int, name: str, layout: FloatArray, aep: float) -> "Chain":
        """Begin at a layout."""
        return cls(number, name, layout, aep, aep)


def hop(
    objective: Objective, sampler: RoseSampler, chain: Chain, seed: int, seconds: float
) -> Chain:
    """Carry a chain on by one hop, the first of them a sweep (runs inside a worker).

    After `seconds` [s] it returns with what there is by then.
    """
    cpu, deadline = time.process_time(), time.perf_counter() + seconds
    rng = np.random.default_rng((seed, chain.number, chain.hops))
    layout, n = chain.layout, len(chain.layout)
    sample = draw_sample(objective, sampler, rng)
    sweeps = chain.hops == 0
    if sweeps:
        groups = [np.array([i]) for i in rng.permutation(n)]
    else:
        groups = [choose_group(layout, rng, round(LARGEST_GROUP * n))]
    for group in groups:
        if time.perf_counter() < deadline:
            layout = exchange(objective, layout, group, sample, rng)
            sample = draw_sample(objective, sampler, rng)
    chain = replace(chain, hops=chain.hops + 1)
    same = np.array_equal(layout, chain.layout)
    pair = objective.mean_power(np.stack([layout, chain.layout]), sample.decide)
    hopeless = pair[0] < (1.0 - HOPELESS) * pair[1]
    left = deadline - time.perf_counter()
    if left > 0 and not hopeless:
        small = objective.rose[1].numel() <= SMALL
        polishes = (small and not sweeps) or (same and rng.random() < POLISH_SHARE)
        if polishes and len(layout) <= MOST_TURBINES:
            conditions = draw_some(objective, sampler, POLISHED, rng)
            layout = polish(objective, layout, conditions, PROGRAMS, left)
            aep = objective.aep(layout)
        else:
            settings = ClimbSettings(SWEPT_STEPS if sweeps else STEPS, left, *STEPS_D)
            climb = Climb.start(chain.name, layout, settings, int(rng.integers(2**31)))
            point = advance(objective, sampler, climb, settings.steps)
            layout, aep = point.layout, point.aep
        if aep > (1.0 - LENIENCE) * chain.best_aep:
            best = max(aep, chain.best_aep)
            chain = replace(chain, layout=layout, aep=aep, best_aep=best)
    return replace(chain, cpu_s=time.process_time() - cpu)
