"""The curve of AEP against regularity: for each weight the layout with the highest score.

All layouts met on the way make one pool: those of the free search, the best lattice, and what
grows from them. Each weight takes from the pool the layout that scores highest for it, whichever
weight it was grown for. So AEP and departure both fall, or stay, as the weight rises: were it
otherwise, the two weights could change layouts and one of them would gain.

Layouts grow by the ascents, iterations and refinements of the free search, with the score in the
place of AEP (`regularity`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from windopt.floris.alone import wake_free_aep
from windopt.problem.lattice import Lattice
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.regularity import Regularity, RegularLayout, choose, fit_lattice
from windopt.search.ascent import Ascent, advance
from windopt.search.chain import Chain
from windopt.search.clock import clock
from windopt.search.context import SearchContext, SearchTask
from windopt.search.iterate import iterate
from windopt.search.refine import refine
from windopt.search.scenario_sampler import sampler_of
from windopt.search.stop import FirstOf, NoGain, OutOfTime


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
    task: SearchTask,
    rough: FloatArray,
    layouts: Sequence[FloatArray],
    lattices: Sequence[Lattice],
) -> Curve:
    """Search the best layout for each weight of the settings.

    Parameters
    ----------
    task : SearchTask
    rough : (n_turbines, 2) [m]
        Where wake losses are measured, that wind conditions are drawn by.
    layouts : sequence of (n_turbines, 2) [m]
        Feasible ones to begin with, the free search's and the best lattice's among them.
    lattices : sequence of Lattice
        Known ones, which some of the layouts may stand on.

    Returns
    -------
    Curve
        One point for each weight, in their order. After Ctrl-C it is made of what there is.
    """
    settings, left_s, weights = task.settings.curve, task.left_s, task.settings.regularity
    objective = task.objective(task.problem)
    sampler = sampler_of(objective, rough)
    context = SearchContext(objective, sampler, task.settings)
    pool = [weigh(objective, layout, lattices) for layout in layouts]
    priced = [weight for weight in weights if weight > 0]
    no_gain, rounds = NoGain(task.settings.patience, settings.gain_tolerance), 0
    stop = FirstOf(no_gain, OutOfTime(left_s, left_s()))
    status, reason = "converged", ""
    try:
        while priced and (not no_gain.met or not rounds):
            if stop.out_of_time.met:
                status, reason = "budget", "the budget was spent"
                break
            chosen = [choose(pool, weight) for weight in priced]
            begun = list(enumerate(chosen))
            if not rounds:  # from both ends of the curve
                ends = min(pool, key=lambda one: one.departure_d), choose(pool, 0.0)
                begun = [(k, replace(e, regularity=w)) for k, w in enumerate(priced) for e in ends]
            waves = -(-len(begun) // task.at_once)
            seconds = left_s() / waves * (1.0 if rounds else settings.ascent_share)
            grow = partial(_grow, context, task.seed, rounds, seconds)
            for layout in task.map(grow, begun):
                known = [*lattices, *(one.lattice for one in chosen)]
                pool.append(weigh(objective, layout, known))
            gained = any(
                choose(pool, one.regularity).score > (1.0 + settings.gain_tolerance) * one.score
                for one in chosen
            )
            no_gain.count(gained or not rounds, settings.iterations * len(priced))
            rounds += 1
            task.progress(stop.share)
    except KeyboardInterrupt:
        status, reason = "stopped", "the search was interrupted"
    if status == "converged":
        reason = no_gain.reason(of="any weight's score")
    return Curve(tuple(choose(pool, weight) for weight in weights), status, reason)


def _grow(
    context: SearchContext,
    seed: int,
    rounds: int,
    seconds: float,
    begun: tuple[int, RegularLayout],
) -> FloatArray:
    """Ascend from a layout in the first round, else iterate (runs inside a worker)."""
    left_s, (number, one) = clock(seconds), begun
    problem, settings = context.problem, context.settings.curve
    price = Regularity(problem, one.price, one.lattice)
    regular = replace(context.objective, terms=(*context.objective.terms, price))
    weighed = replace(context, objective=regular)
    if not rounds:
        steps = context.settings.ascent.steps
        how = replace(settings.ascent, steps=steps, seconds=seconds)
        ascent = Ascent.start("", one.layout, how, seed * 1000 + number)
        layout = advance(weighed, ascent, steps).layout
    else:
        chain = Chain.start(number, "", one.layout, one.score)
        chain = replace(chain, iterations=(rounds - 1) * settings.iterations)
        for _ in range(settings.iterations):
            if left_s() > 0:
                chain = iterate(weighed, chain, (), seed, left_s())
        layout = chain.best
    if left_s() <= 0 or problem.n_turbines > context.settings.most_refined_turbines:
        return layout
    conditions = context.draw(
        settings.refinement.conditions, np.random.default_rng((seed, number, rounds))
    )
    refined = refine(regular, layout, conditions, settings.refinement.iterations, left_s)
    return max(layout, refined, key=regular.value)
