"""The local search of an iteration: all turbines make room for those that have moved.

On a small rose that is a short refinement by quadratic programs, which ends nearer to the local
optimum; elsewhere, and after many turbines have moved at once, a short stochastic gradient ascent.
"""

from dataclasses import replace

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.repair import repair
from windopt.search.ascent import Ascent, ascend
from windopt.search.clock import Clock
from windopt.search.context import SearchContext
from windopt.search.refine import refine


def search_locally(
    context: SearchContext,
    layout: FloatArray,
    after_pass: bool,
    rng: np.random.Generator,
    left_s: Clock,
) -> FloatArray:
    """Search near a feasible layout: (n_turbines, 2) [m], feasible; it may be worse.

    Parameters
    ----------
    context : SearchContext
    layout : (n_turbines, 2) [m]
    after_pass : bool
        Whether it comes from an iteration of the relocation pass.
    rng : Generator
    left_s : Clock
    """
    settings, objective = context.settings.local_search, context.objective
    is_small = objective.size <= settings.small_rose
    if is_small and not after_pass and len(layout) <= context.settings.most_refined_turbines:
        conditions = context.draw(settings.refinement.conditions, rng)
        return refine(objective, layout, conditions, settings.refinement.iterations, left_s)
    how = replace(settings.after_pass if after_pass else settings.ascent, seconds=left_s())
    ascent = Ascent.start("", layout, how, int(rng.integers(2**31)))
    ascent = ascend(context, ascent, how.steps)
    return repair(context.problem, ascent.layout, ascent.seed)
