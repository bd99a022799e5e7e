"""What an installation pays once, before any search does: compiled code on its disk."""

import numpy as np

from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.search.rose_sampler import RoseSampler
from windopt.surrogate.analytic import analytic_surrogate, is_formula
from windopt.surrogate.compiled.farm import kernels_on_disk
from windopt.surrogate.training import untrained_surrogate

CONDITIONS = 4


def warm_up(problem: LayoutProblem) -> None:
    """Have numba compile what windopt's searches call, where its cache has not got it yet."""
    rng = np.random.default_rng(0)
    layout = random_layout(problem, rng)
    surrogates = [analytic_surrogate(problem)]
    if not is_formula(problem):  # what is learned has another structure, compiled apart
        surrogates.append(untrained_surrogate(problem))
    for surrogate in surrogates:
        if not surrogate.compiles:
            continue
        objective = Objective.of(problem, surrogate)
        sampler = RoseSampler.of(objective, layout)
        for some in (sampler.draw(CONDITIONS, rng), sampler.draw_directions(CONDITIONS, rng)):
            objective.rates(layout[None], some)
            objective.rate_and_gradient(layout, some)
            objective.place_values(layout, np.arange(1, len(layout)), 0, layout[:1], some)


def is_compiled(problem: LayoutProblem) -> bool:
    """Return whether an earlier run has left all that compiled, as far as numba's cache tells."""
    kernels = 1 if is_formula(problem) else 2
    return not analytic_surrogate(problem).compiles or kernels_on_disk() >= kernels
