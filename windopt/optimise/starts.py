"""Where the search starts: the given layout, regular grids, random layouts."""

from dataclasses import dataclass

import numpy as np

from windopt.optimise.repair import boundary_points, random_points, repair
from windopt.problem import FloatArray, LayoutProblem

_CANDIDATES = 30


@dataclass(frozen=True, eq=False)
class Start:
    """A named, feasible layout (n_turbines, 2) [m]."""

    name: str
    layout: FloatArray


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


def choose_starts(
    problem: LayoutProblem, grids: list[FloatArray], n_starts: int, seed: int
) -> list[Start]:
    """Give `n_starts` starts: the given layout, repaired, two grids, and random ones."""
    starts = []
    if problem.initial_layout is not None:
        starts.append(Start("given", repair(problem, problem.initial_layout, seed)))
    starts += [Start(f"grid-{i + 1}", grid) for i, grid in enumerate(grids[:2])]
    rng = np.random.default_rng(seed)
    while len(starts) < n_starts:
        number = sum(s.name.startswith("random") for s in starts) + 1
        starts.append(Start(f"random-{number}", random_layout(problem, rng)))
    return starts[:n_starts]
