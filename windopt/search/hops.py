"""Hops: from a good layout over a valley to a better one.

A hop changes a layout at a stroke (a few turbines are lifted and set down again, each at the best
of hundreds of places, or a part of another chain's layout is taken over, see `moves`) and lets
everybody make room: in a short climb or a short polish. The chain goes on from where it is better,
or hardly worse. It begins with a sweep: every turbine is lifted once, one at a time. Layouts are
compared on the condensed rose.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.repair import repair
from windopt.search.ascent import Climb, ClimbSettings, go_on
from windopt.search.moves import choose_group, draw_sample, draw_some, exchange, splice
from windopt.search.polish import MOST_TURBINES, polish
from windopt.search.rose_sampler import RoseSampler
from windopt.workers.counts import WORK

SPLICED = 0.3
"""Share of the hops that take over a part of another chain's layout."""
LARGEST_GROUP, MOST_LIFTED = 0.2, 12
"""Turbines lifted together: a share of them all, and how many at most."""
SWEPT = 60
"""Turbines that a hop of the sweep lifts, one at a time."""
SWEEP_SHARE = 0.7
"""Of the time of a hop, where that is limited: what is swept has to settle as well."""
STEPS, SWEPT_STEPS, STEPS_D = 60, 120, (0.15, 0.002)
"""Steps of a climb after a hop and after a sweep; the first and the last of them [D]."""
DIRECTIONS = 60
"""Drawn for each step at least: which of two hops is better shows only where both have settled."""
PROGRAMS, POLISHED = 10, 200
"""Iterations of a polish, and its conditions."""
SMALL_ROSE = 1000
"""Conditions of a rose that is small enough to polish on after every hop."""
HOPELESS = 0.1
"""Loss by a move that settling has hardly ever won back, in a turbine's share of the power; after
a sweep, of many small moves, it has."""
LENIENCE = 0.025
"""A chain also goes on from what is worse than its best by less than this, in the same measure."""
SETTLED = 2e-6
"""What gains less than this share of power has gained nothing."""


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain of hops.

    Attributes
    ----------
    number : int
    name : str
        Of the start that it comes from.
    best : (n_turbines, 2) [m]
        The best layout it has seen, feasible.
    best_aep : float [Wh]
        Its prediction on the whole rose.
    best_score : float [W]
        Its mean power on the condensed rose; 0 before the first hop.
    layout : (n_turbines, 2) [m]
        Where the chain stands, feasible.
    score : float [W]
        Its mean power on the condensed rose.
    settled : bool
        Whether settling would gain nothing there.
    hops, stale : int
        In all, and since it last gained something.
    swept : int
        Turbines that have been lifted one at a time.
    cpu_s : float [s]
        Of the last hop.
    """

    number: int
    name: str
    best: FloatArray
    best_aep: float
    best_score: float
    layout: FloatArray
    score: float
    settled: bool = False
    hops: int = 0
    stale: int = 0
    swept: int = 0
    cpu_s: float = 0.0

    @classmethod
    def start(
        cls, number: int, name: str, layout: FloatArray, aep: float, swept: int = 0
    ) -> "Chain":
        """Begin at a layout."""
        return cls(number, name, layout, aep, 0.0, layout, 0.0, swept=swept)


def hop(
    objective: Objective,
    sampler: RoseSampler,
    chain: Chain,
    others: Sequence[FloatArray],
    seed: int,
    seconds: float,
) -> Chain:
    """Carry a chain on by one hop, the first of them a sweep (runs inside a worker).

    Parameters
    ----------
    objective : Objective
    sampler : RoseSampler
    chain : Chain
    others : sequence of (n_turbines, 2) [m]
        Good layouts to take parts from.
    seed : int
    seconds : float [s]
        Time after which it returns with what there is by then.
    """
    cpu, deadline = time.process_time(), time.perf_counter() + seconds
    WORK.add(hops=1)
    rng = np.random.default_rng((seed, chain.number, chain.hops))
    rose = sampler.condensed
    sweeps = chain.swept < len(chain.layout)
    if not chain.score:
        score = _score(objective, chain.layout, rose)
        chain = replace(chain, score=score, best_score=score)
    before = chain.best_score
    if sweeps:
        swept_by = deadline - (1.0 - SWEEP_SHARE) * seconds if seconds < np.inf else deadline
        layout = _swept(objective, sampler, chain, seed, rng, swept_by)
        chain = replace(chain, swept=chain.swept + SWEPT)
    else:
        layout = _moved(objective, sampler, chain, others, rng, deadline)
    moved = not np.array_equal(layout, chain.layout)
    if moved or not chain.settled:
        score = _score(objective, layout, rose) if moved else chain.score
        left = deadline - time.perf_counter()
        hopeless = not sweeps and score <= (1.0 - HOPELESS / len(layout)) * chain.score
        if not hopeless and left > 0:
            layout = _settled(objective, sampler, layout, sweeps, rng, left)
            score = _score(objective, layout, rose)
            chain = _gone_on(objective, chain, layout, score, moved)
    gained = chain.best_score > (1.0 + SETTLED) * before
    stale = 0 if gained else chain.stale + 1
    return replace(chain, hops=chain.hops + 1, stale=stale, cpu_s=time.process_time() - cpu)


def _swept(
    objective: Objective,
    sampler: RoseSampler,
    chain: Chain,
    seed: int,
    rng: np.random.Generator,
    deadline: float,
) -> FloatArray:
    """Lift the next turbines of the sweep, one at a time: (n_turbines, 2) [m], feasible."""
    layout = chain.layout
    order = np.random.default_rng((seed, chain.number)).permutation(len(layout))
    for i in order[chain.swept : chain.swept + SWEPT]:
        if time.perf_counter() < deadline:
            sample = draw_sample(objective, sampler, rng)
            layout = exchange(objective, layout, np.array([i]), sample, rng, may_stay=True)
    return layout


def _moved(
    objective: Objective,
    sampler: RoseSampler,
    chain: Chain,
    others: Sequence[FloatArray],
    rng: np.random.Generator,
    deadline: float,
) -> FloatArray:
    """Splice or exchange a group: (n_turbines, 2) [m], feasible."""
    layout, sample = chain.layout, draw_sample(objective, sampler, rng)
    if others and rng.random() < SPLICED:
        other = others[int(rng.integers(len(others)))]
        return splice(objective, layout, other, sample, rng, deadline)
    group = choose_group(layout, rng, round(min(LARGEST_GROUP * len(layout), MOST_LIFTED)))
    return exchange(objective, layout, group, sample, rng, deadline=deadline)


def _score(objective: Objective, layout: FloatArray, rose: Conditions) -> float:
    return float(objective.rates(layout[None], rose)[0])


def _settled(
    objective: Objective,
    sampler: RoseSampler,
    layout: FloatArray,
    swept: bool,
    rng: np.random.Generator,
    seconds: float,
) -> FloatArray:
    """Let all turbines make room, by a polish where the whole rose is small: (n, 2) [m]."""
    small = len(objective.rose) <= SMALL_ROSE
    if small and not swept and len(layout) <= MOST_TURBINES:
        conditions = draw_some(objective, sampler, POLISHED, rng)
        return polish(objective, layout, conditions, PROGRAMS, seconds)
    steps = SWEPT_STEPS if swept else STEPS
    settings = ClimbSettings(steps, seconds, *STEPS_D, least_directions=DIRECTIONS)
    climb = Climb.start("", layout, settings, int(rng.integers(2**31)))
    climb = go_on(objective, sampler, climb, settings.steps)
    return repair(objective.problem, climb.layout, climb.seed)


def _gone_on(
    objective: Objective, chain: Chain, layout: FloatArray, score: float, moved: bool
) -> Chain:
    """Let the chain go on from a layout, unless that is worse."""
    if score <= (1.0 - LENIENCE / len(layout)) * chain.best_score:
        return chain
    settled = not moved and score < (1.0 + SETTLED) * chain.score
    if not settled or score > chain.score:
        chain = replace(chain, layout=layout, score=score)
    chain = replace(chain, settled=settled)
    if score > chain.best_score and (aep := objective.value(layout)) > chain.best_aep:
        return replace(chain, best=layout, best_aep=aep, best_score=score)
    return chain
