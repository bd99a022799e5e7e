"""Random layouts: where searches begin that are given none, windopt's and its peers' alike."""

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import boundary_points, random_points, repair

_CANDIDATES = 30


def random_layout(problem: LayoutProblem, rng: np.random.Generator) -> FloatArray:
    """Spread turbines: each goes to that of some random places which is farthest from the others.

    A third of the places lie on the boundary, where good layouts put many turbines.
    """
    edge = boundary_points(problem.site, problem.rotor_diameter / 2)
    layout = random_points(problem.site, 1, rng)
    for _ in range(problem.n_turbines - 1):
        inside = random_points(problem.site, _CANDIDATES, rng)
        places = np.vstack([inside, rng.choice(edge, _CANDIDATES // 2)])
        gaps = np.hypot(*np.moveaxis(places[:, None] - layout[None], -1, 0)).min(axis=1)
        layout = np.vstack([layout, places[np.argmax(gaps)]])
    return repair(problem, layout, seed=int(rng.integers(2**31)))
