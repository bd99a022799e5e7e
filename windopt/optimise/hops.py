"""Hops: from a good layout over a valley to a better one.

A hop lifts a few turbines, sets each down at the best of hundreds of places (`moves`) and lets all
of them settle (`polish`, or a short climb of large farms). The chain goes on from where it is
better. A chain begins with a sweep: every turbine is lifted once, one at a time.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from windopt.optimise.ascent import Climb, ClimbSettings, advance
from windopt.optimise.moves import choose_group, draw_sample, draw_some, exchange
from windopt.optimise.objective import Objective
from windopt.optimise.polish import MOST_TURBINES, polish
from windopt.optimise.rose_sampler import RoseSampler
from windopt.problem import FloatArray

SETTLED = 500
"""Conditions in which all turbines settle."""
LARGEST_GROUP = 0.2
"""Of the turbines."""
PROGRAMS = 10
"""Iterations of a polish."""
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
    settled : bool
        Whether to settle it once more gained nothing.
    cpu_s : float [s]
        Of the last hop.
    """

    number: int
    name: str
    layout: FloatArray
    aep: float
    best_aep: float
    hops: int = 0
    settled: bool = False
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
    if chain.hops == 0:
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
    if left > 0 and not (same and chain.settled) and not hopeless:
        layout = settle(objective, sampler, layout, rng, left, rough=chain.hops == 1)
        chain = _judged(chain, layout, objective.aep(layout), same)
    return replace(chain, cpu_s=time.process_time() - cpu)


def _judged(chain: Chain, layout: FloatArray, aep: float, same: bool) -> Chain:
    """Go on from a layout where it is good enough; `same`: nobody was moved but to settle."""
    if aep > chain.aep or (not same and aep > (1.0 - LENIENCE) * chain.best_aep):
        best = max(aep, chain.best_aep)
        return replace(chain, layout=layout, aep=aep, best_aep=best, settled=False)
    return replace(chain, settled=chain.settled or same)


def settle(
    objective: Objective,
    sampler: RoseSampler,
    layout: FloatArray,
    rng: np.random.Generator,
    seconds: float,
    rough: bool,
) -> FloatArray:
    """Let all turbines make room for those that were moved.

    Parameters
    ----------
    layout : (n_turbines, 2) [m]
    seconds : float [s]
        After which it ends.
    rough : bool
        The layout is still far from settled.
    """
    deadline = time.perf_counter() + seconds
    large = objective.problem.n_turbines > MOST_TURBINES
    if rough or large:
        settings = ClimbSettings(100 if rough else 40, seconds, 0.15 if rough else 0.05, 0.005)
        climb = Climb.start("", layout, settings, int(rng.integers(2**31)))
        layout = advance(objective, sampler, climb, settings.steps).layout
    if not large:
        left = deadline - time.perf_counter()
        layout = polish(
            objective, layout, draw_some(objective, sampler, SETTLED, rng), PROGRAMS, left
        )
    return layout
