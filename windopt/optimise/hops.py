"""Hops: from a good layout over a valley to a better one.

A hop lifts a few turbines, sets each down at the best of hundreds of places (`moves`) and lets all
of them settle (`polish`, or a short climb of large farms). The chain goes on from where it is
better. A chain begins with a sweep: every turbine is lifted once, one at a time.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from windopt.optimise.ascent import Climb, ClimbSettings, advance
from windopt.optimise.moves import choose_group, draw_sample, exchange
from windopt.optimise.objective import Conditions, Objective
from windopt.optimise.polish import MOST_TURBINES, polish
from windopt.optimise.rose_sampler import RoseSampler
from windopt.problem import FloatArray

SETTLED = 500
"""Conditions in which all turbines settle."""
LARGEST_GROUP = 0.2
"""Of the turbines."""
PROGRAMS = 10
"""Iterations of a polish."""


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain of hops.

    Attributes
    ----------
    number : int
    name : str
        Of the start that its layout comes from.
    layout : (n_turbines, 2) [m]
        The best so far, feasible.
    aep : float [Wh]
        Its prediction.
    hops : int
    cpu_s : float [s]
        Of the last hop.
    """

    number: int
    name: str
    layout: FloatArray
    aep: float
    hops: int = 0
    cpu_s: float = 0.0


def hop(
    objective: Objective, sampler: RoseSampler, chain: Chain, seed: int, seconds: float
) -> Chain:
    """Carry a chain on by one hop, the first of them a sweep (runs inside a worker).

    After `seconds` [s] it returns with what there is by then.
    """
    cpu, deadline = time.process_time(), time.perf_counter() + seconds
    rng = np.random.default_rng((seed, chain.number, chain.hops))
    layout, n = chain.layout, len(chain.layout)
    if chain.hops == 0:
        groups = [np.array([i]) for i in rng.permutation(n)]
    else:
        groups = [choose_group(layout, rng, round(LARGEST_GROUP * n))]
    for group in groups:
        if time.perf_counter() < deadline:
            layout = exchange(objective, layout, group, draw_sample(sampler, rng), rng)
    left = deadline - time.perf_counter()
    if left > 0:
        layout = settle(objective, sampler, layout, rng, left, rough=chain.hops == 0)
    aep = objective.aep(layout)
    better = replace(chain, layout=layout, aep=aep) if aep > chain.aep else chain
    return replace(better, hops=chain.hops + 1, cpu_s=time.process_time() - cpu)


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
        layout = polish(objective, layout, some_of(objective, sampler, rng), PROGRAMS, left)
    return layout


def some_of(objective: Objective, sampler: RoseSampler, rng: np.random.Generator) -> Conditions:
    """Give the whole rose where that is small, else a sample of it."""
    whole = objective.rose
    return whole if whole[1].numel() <= 2 * SETTLED else sampler.draw(SETTLED, rng)
