"""The curve of AEP against regularity: for each weight the layout with the highest score.

All layouts met on the way make one pool: those of the free search, the best lattice, and what
grows from them. Each weight takes from the pool the layout that scores highest for it, whichever
weight it was grown for. So AEP and departure both fall, or stay, as the weight rises: were it
otherwise, the two weights could change layouts and one of them would gain.

Layouts grow by the climbs, exchanges and polishes of the free search, with the score in the place
of AEP (`regularity`).
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from windopt.floris.alone import wake_free_aep
from windopt.floris.simulator import Progress
from windopt.problem.lattice import Lattice
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.regularity import Regularity, RegularLayout, choose, fit_lattice
from windopt.search.ascent import Climb, ClimbSettings, advance
from windopt.search.hops import Chain, hop
from windopt.search.moves import draw_some
from windopt.search.polish import MOST_TURBINES, polish
from windopt.search.rose_sampler import RoseSampler
from windopt.workers.executor import available_cores

STEP_D = (0.3, 0.01)
"""The first and the last step of a climb [D]."""
HOPS = 4
"""Of a chain in each round but the first, when layouts climb."""
CLIMB_SHARE = 0.5
"""Of the time, where that is limited."""
PROGRAMS, POLISHED = 20, 1000
"""Iterations of a polish, and its conditions."""
GAIN_TOLERANCE = 1e-5
"""Share of the score: rounds that gain less for every weight do not keep the search going."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The best layout of each weight; status and reason as of a `Solution`."""

    points: tuple[RegularLayout, ...]
    status: str
    reason: str


def weigh(objective: Objective, layout: FloatArray, hints: Sequence[Lattice] = ()) -> RegularLayout:
    """Measure AEP and departure of a layout (n_turbines, 2) [m], with no weight yet."""
    fit = fit_lattice(objective.problem, layout, hints)
    free = wake_free_aep(objective.problem)
    return RegularLayout(0.0, layout, objective.value(layout), fit.departure_d, fit.lattice, free)


def trace_curve(
    objective: Objective,
    sampler: RoseSampler,
    weights: Sequence[float],
    layouts: Sequence[FloatArray],
    lattices: Sequence[Lattice],
    seed: int,
    left_s: Callable[[], float],
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Curve:
    """Search the best layout for each weight.

    Parameters
    ----------
    objective : Objective
        AEP, with no price on the departure.
    sampler : RoseSampler
    weights : sequence of float [% of AEP per D]
    layouts : sequence of (n_turbines, 2) [m]
        Feasible ones to begin with, the free search's and the best lattice's among them.
    lattices : sequence of Lattice
        Known ones, which some of the layouts may stand on.
    seed : int
    left_s : callable
        Tells the time left [s].
    executor : Executor, optional
        Runs the weights side by side.
    progress : callable, optional
        Told the share of the work done.

    Returns
    -------
    Curve
        One point for each weight, in their order. After Ctrl-C it is made of what there is.
    """
    pool = [weigh(objective, layout, lattices) for layout in layouts]
    patience = objective.problem.config.optimise.patience
    priced = [weight for weight in weights if weight > 0]
    limit, since, rounds = left_s(), 0, 0
    status, reason = "converged", ""
    run = map if executor is None else executor.map
    try:
        while priced and (since < patience or not rounds):
            if left_s() <= 0:
                status, reason = "budget", "the budget was spent"
                break
            chosen = [choose(pool, weight) for weight in priced]
            begun = list(enumerate(chosen))
            if not rounds:  # from both ends of the curve
                ends = min(pool, key=lambda one: one.departure_d), choose(pool, 0.0)
                begun = [(k, replace(e, regularity=w)) for k, w in enumerate(priced) for e in ends]
            waves = -(-len(begun) // (1 if executor is None else available_cores()))
            seconds = left_s() / waves * (1.0 if rounds else CLIMB_SHARE)
            grow = partial(_grow, objective, sampler, seed, rounds, seconds)
            for layout in run(grow, begun):
                known = [*lattices, *(one.lattice for one in chosen)]
                pool.append(weigh(objective, layout, known))
            gained = any(
                choose(pool, one.regularity).score > (1.0 + GAIN_TOLERANCE) * one.score
                for one in chosen
            )
            since = 0 if gained or not rounds else since + HOPS * len(priced)
            rounds += 1
            if progress is not None:
                spent = since / patience if patience else 1.0
                progress(min(1.0, max(spent, 1.0 - left_s() / limit if limit < np.inf else 0.0)))
    except KeyboardInterrupt:
        status, reason = "stopped", "the search was interrupted"
    if status == "converged":
        gain = f"less than {100 * GAIN_TOLERANCE:.3g} % of any weight's score"
        reason = f"the last {since} exchanges gained {gain}"
        if not since:
            reason = "optimise.patience is 0: no turbines were exchanged"
    return Curve(tuple(choose(pool, weight) for weight in weights), status, reason)


def _grow(
    objective: Objective,
    sampler: RoseSampler,
    seed: int,
    rounds: int,
    seconds: float,
    begun: tuple[int, RegularLayout],
) -> FloatArray:
    """Climb from a layout in the first round, else exchange turbines (runs inside a worker)."""
    deadline = time.perf_counter() + seconds
    number, one = begun
    problem = objective.problem
    price = Regularity(problem, one.price, one.lattice)
    neat = replace(objective, terms=(*objective.terms, price))
    if not rounds:
        settings = ClimbSettings(problem.config.optimise.steps, seconds, *STEP_D)
        climb = Climb.start("", one.layout, settings, seed * 1000 + number)
        layout = advance(neat, sampler, climb, settings.steps).layout
    else:
        chain = Chain.start(number, "", one.layout, one.score)
        chain = replace(chain, hops=(rounds - 1) * HOPS)
        for _ in range(HOPS):
            if time.perf_counter() < deadline:
                chain = hop(neat, sampler, chain, (), seed, deadline - time.perf_counter())
        layout = chain.best
    left = deadline - time.perf_counter()
    if left <= 0 or problem.n_turbines > MOST_TURBINES:
        return layout
    rng = np.random.default_rng((seed, number, rounds))
    polished = polish(neat, layout, draw_some(objective, sampler, POLISHED, rng), PROGRAMS, left)
    return max(layout, polished, key=neat.value)
