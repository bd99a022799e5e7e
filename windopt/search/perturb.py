"""The perturbations of iterated local search: what carries a layout out of a local optimum.

A chain begins with a relocation pass: every turbine is removed once, one at a time, and goes where
it serves the farm best, or stays. Then every iteration removes a group of turbines and repairs the
layout, or takes over a part of another chain's layout (`destroy_repair`).
"""

from collections.abc import Sequence

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.search.chain import Chain
from windopt.search.clock import Clock, part_of
from windopt.search.context import SearchContext
from windopt.search.destroy_repair import (
    choose_removed,
    crossover,
    destroy_and_repair,
    draw_sample,
)


def perturb(
    context: SearchContext,
    chain: Chain,
    others: Sequence[FloatArray],
    rng: np.random.Generator,
    left_s: Clock,
) -> FloatArray:
    """Remove a group of turbines and repair, or cross over with one of the `others`.

    Returns
    -------
    (n_turbines, 2) [m]
        Feasible; the chain's own layout where nothing fits, or not in time.
    """
    layout, settings = chain.layout, context.settings.perturbation
    context = context.linearised(layout)
    sample = draw_sample(context, rng)
    if others and rng.random() < settings.crossover_share:
        other = others[int(rng.integers(len(others)))]
        return crossover(context, layout, other, sample, rng, left_s)
    largest = round(min(settings.largest_group * len(layout), settings.most_removed))
    removed = choose_removed(layout, rng, largest)
    return destroy_and_repair(context, layout, removed, sample, rng, left_s=left_s)


def relocate(
    context: SearchContext, chain: Chain, seed: int, rng: np.random.Generator, left_s: Clock
) -> FloatArray:
    """Relocate the next turbines of the chain's pass: (n_turbines, 2) [m], feasible."""
    layout, settings = chain.layout, context.settings.perturbation
    order = np.random.default_rng((seed, chain.number)).permutation(len(layout))
    context = context.linearised(layout)
    pass_left_s = part_of(left_s, settings.pass_share)
    for i in order[chain.relocated : chain.relocated + settings.relocated]:
        if pass_left_s() > 0:
            sample, turbine = draw_sample(context, rng), np.array([i])
            layout = destroy_and_repair(context, layout, turbine, sample, rng, may_stay=True)
    return layout
