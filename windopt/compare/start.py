"""Where every search of a comparison starts."""

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair


def fair_start(problem: LayoutProblem, seed: int) -> FloatArray:
    """Return where every search starts, feasible (n_turbines, 2) [m].

    It is the given layout, repaired, or windopt's random layout of that seed.
    """
    if problem.initial_layout is not None:
        return repair(problem, problem.initial_layout, seed)
    return random_layout(problem, np.random.default_rng(seed))
