"""Where the search starts: the given layout, regular grids, greedy and random layouts."""

from collections.abc import Collection
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from typing import Literal

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair
from windopt.search.clock import Clock, clock, endless
from windopt.search.context import SearchContext
from windopt.search.destroy_repair import draw_sample, greedy_layout
from windopt.search.settings import SearchSettings
from windopt.workers.executor import one_by_one


@dataclass(frozen=True, eq=False)
class Start:
    """A layout to start from.

    Attributes
    ----------
    name : str
    layout : (n_turbines, 2) [m]
        Feasible.
    optimum : {"far", "near", "resumed"}
        How far the next local optimum may be: anywhere, near, where gradients have little left to
        do, or about what an earlier search has come to.
    """

    name: str
    layout: FloatArray
    optimum: Literal["far", "near", "resumed"] = "far"

    def first_step_d(self, settings: SearchSettings) -> float:
        """Return the first step of an ascent from it [D]."""
        if self.optimum == "far":
            return settings.ascent.first_step_d
        return settings.near_step_d if self.optimum == "near" else settings.resumed_step_d


def first_starts(
    context: SearchContext, n_starts: int, seed: int, left_s: Clock = endless
) -> list[Start]:
    """Return those of `n_starts` starts that cost next to nothing.

    The given layout, a greedy one.
    """
    problem, starts = context.problem, []
    if problem.initial_layout is not None:
        starts.append(Start("given", repair(problem, problem.initial_layout, seed)))
    if n_starts > len(starts) + context.settings.grid_starts:
        starts.append(_grow(context, seed, "greedy-1", left_s()))
    return starts[:n_starts]


def grown_starts(
    context: SearchContext,
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
    tasks = (partial(_grow, context, seed, name, left_s()) for name in fresh)
    grown = {start.name: start for start in one_by_one(executor, tasks)}
    return [grown[name] for name in fresh]


def _grow(context: SearchContext, seed: int, name: str, seconds: float) -> Start:
    """Make a greedy layout in some time [s], or a random one (runs inside a worker)."""
    kind, number, left_s = *name.split("-"), clock(seconds)
    rng = np.random.default_rng((seed, int(number)))
    if kind == "greedy":
        layout = greedy_layout(context, draw_sample(context, rng), rng, left_s)
        if layout is not None:
            return Start(name, layout, "near")
    return Start(name, random_layout(context.problem, rng))
