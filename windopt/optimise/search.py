"""The search: a portfolio of climbs that narrows round by round.

All starts climb with long steps; the best third climbs again with shorter ones; the best two are
polished. After every stretch of a climb its layout is repaired and judged on the full rose, and the
best feasible layout so far is kept: whenever the search is stopped, by its budget or by Ctrl-C,
that layout is the answer.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, wait
from dataclasses import dataclass
from functools import partial

import numpy as np

from windopt.optimise.ascent import Climb, ClimbSettings, Waypoint, advance
from windopt.optimise.grids import best_grids
from windopt.optimise.rose_sampler import RoseSampler
from windopt.optimise.starts import Start, choose_starts, random_layout
from windopt.problem import FloatArray, LayoutProblem
from windopt.simulate import Progress, available_cores
from windopt.surrogate import Surrogate

logger = logging.getLogger(__name__)

STRETCHES = 4
"""How often a climb is judged on its way."""
GRID_SHARE = 0.15
"""Of the progress shown: the search for the best regular grid."""


@dataclass(frozen=True)
class Round:
    """One round of the portfolio.

    Attributes
    ----------
    climbers : float
        Share of the starts that climb, at least one.
    first_step_d, last_step_d : float [D]
    time_share : float
        Of the search's time, where that is limited.
    """

    climbers: float
    first_step_d: float
    last_step_d: float
    time_share: float


ROUNDS = (Round(1.0, 1.0, 0.05, 0.6), Round(0.34, 0.5, 0.02, 0.2), Round(0.34, 0.1, 0.005, 0.2))


@dataclass(frozen=True)
class Improvement:
    """A better feasible layout was reached from a start: its predicted AEP [Wh], at what cost."""

    wall_s: float
    cpu_s: float
    start: str
    aep: float


@dataclass(frozen=True, eq=False)
class StartResult:
    """What became of one start.

    Attributes
    ----------
    name : str
    layout : (n_turbines, 2) [m]
        The best feasible layout reached from it.
    aep_start, aep_best : float [Wh]
        Predicted, of the start and of that layout.
    """

    name: str
    layout: FloatArray
    aep_start: float
    aep_best: float


@dataclass(frozen=True, eq=False)
class Solution:
    """The best feasible layout found.

    Attributes
    ----------
    layout : (n_turbines, 2) [m]
    aep_predicted : float [Wh]
        The surrogate's; FLORIS's is found by `windopt.verify`.
    status : {"converged", "budget", "stopped"}
        Why the search ended: all climbs done, time used up, or interrupted.
    history : tuple of Improvement
    starts : tuple of StartResult
    grid : (n_turbines, 2) [m] or None
        The best regular grid; None where none fits.
    """

    layout: FloatArray
    aep_predicted: float
    status: str
    history: tuple[Improvement, ...]
    starts: tuple[StartResult, ...]
    grid: FloatArray | None


class _Search:
    """A search under way."""

    def __init__(
        self,
        problem: LayoutProblem,
        surrogate: Surrogate,
        seed: int,
        executor: Executor | None,
        on_improvement: Callable[[Improvement, FloatArray], None] | None,
        progress: Progress,
    ) -> None:
        self.began = time.perf_counter()
        self.problem, self.surrogate, self.seed = problem, surrogate, seed
        self.executor, self.on_improvement, self.progress = executor, on_improvement, progress
        rough = problem.initial_layout
        if rough is None:
            rough = random_layout(problem, np.random.default_rng(seed))
        self.sampler = RoseSampler.of(problem, surrogate, rough)
        self.cpu_s = 0.0
        self.history: list[Improvement] = []
        self.best: Waypoint | None = None
        self.aep_start: dict[str, float] = {}
        self.reached: dict[str, Waypoint] = {}

    def run(
        self, starts: Sequence[Start], plans: Sequence[Round], max_seconds: float | None
    ) -> str:
        """Climb from the starts, round after round; says why the search ended."""
        steps = self.problem.config.optimise.steps
        stretch = max(1, steps // STRETCHES)
        counts = [max(1, round(plan.climbers * len(starts))) for plan in plans]
        done, status = 0, "converged"
        try:
            self.begin(starts)
            left = np.inf
            if max_seconds is not None:
                left = max(max_seconds - (time.perf_counter() - self.began), 0.1)
            shares = np.array([plan.time_share for plan in plans])
            for number, (plan, count) in enumerate(zip(plans, counts, strict=True)):
                at_once = 1 if self.executor is None else available_cores()
                seconds = left * shares[number] / shares.sum() / -(-count // at_once)
                settings = ClimbSettings(steps, seconds, plan.first_step_d, plan.last_step_d)
                ranked = sorted(self.reached.values(), key=lambda p: -p.aep)[:count]
                climbs = [
                    Climb.start(
                        p.climb.name, p.layout, settings, self.seed * 1000 + number * 100 + i
                    )
                    for i, p in enumerate(ranked)
                ]
                for point in self.climb_all(climbs, stretch):
                    self.judge(point)
                    done += stretch
                    if point.climb.progress >= 1.0 and point.climb.step < steps:
                        status = "budget"
                    self.progress(min(1.0, done / (steps * sum(counts))))
        except KeyboardInterrupt:
            if self.best is None:
                raise
            logger.warning("search interrupted: the best layout so far is kept")
            status = "stopped"
        return status

    def begin(self, starts: Sequence[Start]) -> None:
        """Judge the starts as they are."""
        look = partial(advance, self.problem, self.surrogate, self.sampler, steps=0)
        climbs = [Climb.start(s.name, s.layout, ClimbSettings(1), 0) for s in starts]
        for point in (map if self.executor is None else self.executor.map)(look, climbs):
            self.aep_start[point.climb.name] = point.aep
            self.judge(point)

    def judge(self, point: Waypoint) -> None:
        """Book a waypoint and keep it where it is the best of its start or of all."""
        self.cpu_s += point.cpu_s
        name = point.climb.name
        if name in self.reached and point.aep <= self.reached[name].aep:
            return
        self.reached[name] = point
        if self.best is None or point.aep > self.best.aep:
            self.best = point
        elapsed = time.perf_counter() - self.began
        self.history.append(Improvement(elapsed, self.cpu_s, name, point.aep))
        if self.on_improvement is not None:
            self.on_improvement(self.history[-1], point.layout)

    def climb_all(self, climbs: list[Climb], stretch: int) -> Iterator[Waypoint]:
        """Take every climb to its end, side by side, and yield all waypoints."""
        arguments = (self.problem, self.surrogate, self.sampler)
        if self.executor is None:
            for climb in climbs:
                while climb.progress < 1.0:
                    point = advance(*arguments, climb, stretch)
                    climb = point.climb
                    yield point
            return
        go_on = partial(advance, *arguments, steps=stretch)
        running = {self.executor.submit(go_on, climb) for climb in climbs}
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for point in (future.result() for future in done):
                    if point.climb.progress < 1.0:
                        running.add(self.executor.submit(go_on, point.climb))
                    yield point
        finally:
            for future in running:
                future.cancel()


def _nobody(share: float) -> None:
    """Hear of the progress."""


def optimise(
    problem: LayoutProblem,
    surrogate: Surrogate,
    seed: int = 0,
    max_seconds: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_improvement: Callable[[Improvement, FloatArray], None] | None = None,
    carry_on: Solution | None = None,
) -> Solution:
    """Search for the layout with the highest AEP.

    Parameters
    ----------
    problem : LayoutProblem
    surrogate : Surrogate
    seed : int
        The same seed gives the same layout, unless `max_seconds` cuts the search short.
    max_seconds : float, optional [s]
        Time the search may take; without it every climb runs to its end.
    executor : Executor, optional
        Runs climbs side by side; None runs them here, one after the other.
    progress, on_improvement : callable, optional
        Told the share of the work done, and each improvement with its layout.
    carry_on : Solution, optional
        Polish the layouts of an earlier search, after the surrogate has learned more, instead of
        starting afresh.

    Raises
    ------
    InfeasibleError
        When no feasible start can be made.
    """
    tell = progress or _nobody
    search = _Search(
        problem,
        surrogate,
        seed,
        executor,
        on_improvement,
        progress=lambda share: tell(GRID_SHARE + (1 - GRID_SHARE) * share),
    )
    if carry_on is None:
        grids = best_grids(
            problem,
            surrogate,
            search.sampler,
            seed,
            executor,
            progress=lambda share: tell(GRID_SHARE * share),
        )
        starts = choose_starts(problem, grids, problem.config.optimise.starts, seed)
        plans: Sequence[Round] = ROUNDS
    else:
        grids = [] if carry_on.grid is None else [carry_on.grid]
        starts = [Start(r.name, r.layout) for r in carry_on.starts]
        plans = ROUNDS[1:]
    status = search.run(starts, plans, max_seconds)
    assert search.best is not None
    return Solution(
        layout=search.best.layout,
        aep_predicted=search.best.aep,
        status=status,
        history=tuple(search.history),
        starts=tuple(
            StartResult(start.name, p.layout, search.aep_start[start.name], p.aep)
            for start in starts
            if (p := search.reached.get(start.name))
        ),
        grid=grids[0] if grids else None,
    )
