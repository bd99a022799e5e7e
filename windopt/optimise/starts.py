"""Where the search starts: the given layout, regular grids, greedy and random layouts."""

from collections.abc import Collection
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import count, islice

import numpy as np

from windopt.optimise.moves import draw_sample, greedy_layout
from windopt.optimise.objective import Objective
from windopt.optimise.repair import repair
from windopt.optimise.rose_sampler import RoseSampler
from windopt.optimise.scatter import random_layout
from windopt.problem import FloatArray

GRIDS = 2
"""Regular grids among the starts."""
FAR_D, NEAR_D = 1.0, 0.15
"""The first step of a climb from anywhere, and from where gradients have little left to do [D]."""


@dataclass(frozen=True, eq=False)
class Start:
    """A named, feasible layout (n_turbines, 2) [m], and the first step of a climb from it [D]."""

    name: str
    layout: FloatArray
    first_step_d: float = FAR_D


def first_starts(
    objective: Objective, sampler: RoseSampler, n_starts: int, seed: int
) -> list[Start]:
    """Give those of `n_starts` starts that cost next to nothing: the given layout, a greedy one."""
    problem, starts = objective.problem, []
    if problem.initial_layout is not None:
        starts.append(Start("given", repair(problem, problem.initial_layout, seed)))
    if n_starts > len(starts) + GRIDS:
        starts.append(_grow(objective, sampler, seed, "greedy-1"))
    return starts[:n_starts]


def grown_starts(
    objective: Objective,
    sampler: RoseSampler,
    wanted: int,
    seed: int,
    executor: Executor | None = None,
    known: Collection[str] = (),
) -> list[Start]:
    """Give `wanted` greedy and random starts beside those `known` by name."""
    names = (f"{kind}-{i}" for i in count(1) for kind in ("greedy", "random"))
    fresh = islice((name for name in names if name not in known), wanted)
    grow = partial(_grow, objective, sampler, seed)
    return list((map if executor is None else executor.map)(grow, fresh))


def _grow(objective: Objective, sampler: RoseSampler, seed: int, name: str) -> Start:
    """Make a greedy or a random layout (runs inside a worker)."""
    kind, number = name.split("-")
    rng = np.random.default_rng((seed, int(number)))
    if kind == "greedy":
        layout = greedy_layout(objective, draw_sample(objective, sampler, rng), rng)
        if layout is not None:
            return Start(name, layout, NEAR_D)
    return Start(name, random_layout(objective.problem, rng))
