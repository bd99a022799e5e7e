"""Going on with a search that was killed, from the layouts it had found."""

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np

from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.search.grids import best_grids
from windopt.search.rose_sampler import RoseSampler
from windopt.search.solution import Solution, StartResult
from windopt.surrogate.surrogate import Surrogate

CLIMBED = 0.2
"""Of a search's progress: where climbs end and exchanges begin."""
GRID_SHARE = 0.1
"""Of its time, where that is limited: regular grids at most."""


def solution_so_far(
    problem: LayoutProblem,
    surrogate: Surrogate,
    seed: int,
    found: Sequence[StartResult],
    executor: Executor | None = None,
    seconds: float = float("inf"),
) -> Solution:
    """Return what `optimise` can carry on: the layouts found, and the grids that it began with.

    Parameters
    ----------
    problem, surrogate, seed, executor
        As of `windopt.optimise`.
    found : sequence of StartResult
        The best first.
    seconds : float
        After which no further grids are looked at [s].
    """
    rough = problem.initial_layout
    if rough is None:
        rough = random_layout(problem, np.random.default_rng(seed))
    objective = Objective.of(problem, surrogate)
    sampler = RoseSampler.of(objective, rough)
    grids = best_grids(objective, sampler, seed, executor, seconds=seconds)
    named = {f"grid-{i + 1}": grid for i, grid in enumerate(grids[:2])}
    others = [
        StartResult(name, grid, aep, aep)
        for name, grid in named.items()
        if name not in [start.name for start in found] and (aep := objective.value(grid))
    ]
    best = found[0]
    return Solution(
        layout=best.layout,
        aep_predicted=best.aep_best,
        status="stopped",
        history=(),
        starts=(*found, *others),
        grid=grids[0] if grids else None,
    )
