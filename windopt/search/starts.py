"""Where the search starts: the given layout, regular grids, greedy and random layouts."""

import time
from collections.abc import Collection
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import count, islice

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair
from windopt.search.clock import Clock, endless
from windopt.search.moves import draw_sample, greedy_layout
from windopt.search.rose_sampler import RoseSampler
from windopt.workers.executor import one_by_one

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
    objective: Objective,
    sampler: RoseSampler,
    n_starts: int,
    seed: int,
    left_s: Clock = endless,
) -> list[Start]:
    """Return those of `n_starts` starts that cost next to nothing.

    The given layout, a greedy one.
    """
    problem, starts = objective.problem, []
    if problem.initial_layout is not None:
        starts.append(Start("given", repair(problem, problem.initial_layout, seed)))
    if n_starts > len(starts) + GRIDS:
        starts.append(_grow(objective, sampler, seed, "greedy-1", left_s()))
    return starts[:n_starts]


def grown_starts(
    objective: Objective,
    sampler: RoseSampler,
    wanted: int,
    seed: int,
    executor: Executor | None = None,
    known: Collection[str] = (),
    left_s: Clock = endless,
) -> list[Start]:
    """Return `wanted` greedy and random starts beside those `known` by name.

    What would be greedy is random where it is not ready in the time left.
    """
    names = (f"{kind}-{i}" for i in count(1) for kind in ("greedy", "random"))
    fresh = list(islice((name for name in names if name not in known), wanted))
    tasks = (partial(_grow, objective, sampler, seed, name, left_s()) for name in fresh)
    grown = {start.name: start for start in one_by_one(executor, tasks)}
    return [grown[name] for name in fresh]


def _grow(
    objective: Objective, sampler: RoseSampler, seed: int, name: str, seconds: float
) -> Start:
    """Make a greedy layout in some time [s], or a random one (runs inside a worker)."""
    kind, number, deadline = *name.split("-"), time.perf_counter() + seconds
    rng = np.random.default_rng((seed, int(number)))
    if kind == "greedy":
        layout = greedy_layout(objective, draw_sample(objective, sampler, rng), rng, deadline)
        if layout is not None:
            return Start(name, layout, NEAR_D)
    return Start(name, random_layout(objective.problem, rng))
