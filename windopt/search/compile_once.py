"""What an installation pays once, before any search does: compiled code on its disk."""

import numpy as np

from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.search.rose_sampler import RoseSampler
from windopt.surrogate.analytic import analytic_surrogate, is_formula
from windopt.surrogate.compiled.farm import kernels_on_disk
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import untrained_surrogate

CONDITIONS = 4


def warm_up(problem: LayoutProblem) -> None:
    """Have numba compile what windopt's searches call, where its cache has not got it yet."""
    for surrogate in structures(problem):
        compile_for(problem, surrogate)


def structures(problem: LayoutProblem) -> list[Surrogate]:
    """Return a surrogate of each structure that a run searches on: each is compiled apart."""
    formula = analytic_surrogate(problem)
    return [formula] if is_formula(problem) else [formula, untrained_surrogate(problem)]


def compile_for(problem: LayoutProblem, surrogate: Surrogate) -> None:
    """Call once what a search calls of a surrogate."""
    if not surrogate.compiles:
        return
    rng = np.random.default_rng(0)
    layout, objective = random_layout(problem, rng), Objective.of(problem, surrogate)
    sampler = RoseSampler.of(objective, layout)
    for some in (sampler.draw(CONDITIONS, rng), sampler.draw_directions(CONDITIONS, rng)):
        objective.rates(layout[None], some)
        objective.rate_and_gradient(layout, some)
        objective.place_values(layout, np.arange(1, len(layout)), 0, layout[:1], some)


def is_compiled(problem: LayoutProblem) -> bool:
    """Return whether an earlier run has left all that compiled, as far as numba's cache tells."""
    kernels = 1 if is_formula(problem) else 2
    return not analytic_surrogate(problem).compiles or kernels_on_disk() >= kernels
