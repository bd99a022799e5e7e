"""The search: climbs from a portfolio of starts, then exchanges, then the last polish.

All starts climb, and the best of the first few hop once before others are made, so that a good
layout comes early. From the best few grow chains of hops (`chains`, `hops`): turbines are lifted
and set down again, each at the best of hundreds of places, the others make room, and the chain goes
on from the result where it is better. At the end the best few are polished (`polish`). Hops and
polish see the rose condensed to few wind speeds (`condensed`).

Every layout is repaired and judged on the full rose before it counts, and the best feasible one so
far is kept: whenever the search is stopped, by its budget or by Ctrl-C, that layout is the answer.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial

import numpy as np

from windopt.floris.simulator import Progress
from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.search.ascent import Climb, ClimbSettings, Waypoint, advance
from windopt.search.chains import Chains
from windopt.search.clock import Clock, clock
from windopt.search.findings import Findings, Found
from windopt.search.grids import best_grids
from windopt.search.polish import MOST_TURBINES, polish
from windopt.search.rose_sampler import RoseSampler
from windopt.search.solution import Improvement
from windopt.search.starts import GRIDS, Start, first_starts, grown_starts
from windopt.surrogate.surrogate import Surrogate
from windopt.workers.executor import available_cores, one_by_one, side_by_side

logger = logging.getLogger(__name__)

STRETCHES = 2
"""How often a climb is judged on its way."""
LAST_STEP_D, AGAIN_STEP_D = 0.02, 0.3
"""The last step of climbs, and the first where an earlier search is carried on [D]."""
GRID_SHARE, CLIMB_SHARE, POLISH_SHARE = 0.1, 0.2, 0.05
"""Of the search's time, where that is limited: regular grids, climbs or first hops at most, and the
last polish."""
LEAST_S = 0.02
"""Every climb has so long, whatever the time [s]."""
WORTHWHILE = 0.01
"""Of that time: what is left after a polish is spent on hops where it is more."""
JUDGED = 2
"""Times that a layout can be judged, which a polish leaves: its result is, and it looks at the
clock before every look at the rose."""
POLISHED, LAST_PROGRAMS = 3, 40
"""Layouts that are polished at the end, and iterations of each polish."""


class Search:
    """A search under way."""

    def __init__(
        self,
        problem: LayoutProblem,
        surrogate: Surrogate,
        seed: int,
        max_seconds: float | Clock | None,
        executor: Executor | None,
        on_improvement: Callable[[Improvement, FloatArray], None] | None,
        progress: Progress,
    ) -> None:
        self.findings = Findings(on_improvement)
        self.problem, self.seed = problem, seed
        self.objective = Objective.of(problem, surrogate)
        self.clock = clock(max_seconds)
        self.given_s = self.left_s
        self.executor, self.observer = executor, progress
        self.share = 0.0
        rough = problem.initial_layout
        if rough is None:
            rough = random_layout(problem, np.random.default_rng(seed))
        self.sampler = RoseSampler.of(self.objective, rough)
        self.chains = Chains(
            self.objective, self.sampler, self.findings, seed, executor, self.clock
        )
        self.grid: FloatArray | None = None
        self.settled, self.swept = "", False
        self.climbs = 0
        self.judging_s = np.inf
        self.climbed: list[Found] = []

    @property
    def left_s(self) -> float:
        """Time left [s]."""
        return self.clock()

    @property
    def least_s(self) -> float:
        """Time that is too short for anything more [s]."""
        return max(WORTHWHILE * self.given_s, JUDGED * self.judging_s)

    @property
    def at_once(self) -> int:
        """How many tasks are done side by side."""
        return 1 if self.executor is None else available_cores()

    def progress(self, share: float) -> None:
        """Report the share of the work done; it never falls, whatever the search finds."""
        self.share = max(self.share, share)
        self.observer(self.share)

    def run(self, rounds: Iterable[Sequence[Start]], total: int, swept: bool) -> tuple[str, str]:
        """Climb from the starts, hop on from the best; returns a solution's status and reason.

        Parameters
        ----------
        rounds : iterable of sequences of Start
            The next are made when the last have been climbed from.
        total : int
            Starts in all.
        swept : bool
            Whether they are what an earlier search has come to.
        """
        self.swept = swept
        try:
            for starts in rounds:
                self.begin(starts)
                self.climb(starts, total)
                if not swept:
                    self.hop_once()
            self.hop_on(swept)
            self.polish(self.findings.ranked[:POLISHED])
            self.go_on()
            self.progress(1.0)
        except KeyboardInterrupt:
            if self.findings.best is None:
                raise
            logger.warning("search interrupted: the best layout so far is kept")
            return "stopped", "the search was interrupted"
        return self.end()

    def go_on(self) -> None:
        """Spend on hops what the last polish took less than was kept for it."""
        while not self.settled and self.left_s > self.least_s:
            self.hop_on(swept=True)
            self.polish(self.findings.ranked[:POLISHED])

    def end(self) -> tuple[str, str]:
        """Return a solution's status and reason."""
        if not self.settled or self.left_s <= 0:
            return "budget", "the budget was spent"
        return "converged", self.settled

    def fresh_starts(self, also: Sequence[Start], wanted: int) -> Iterator[list[Start]]:
        """Make starts: first those that cost next to nothing, so that a good layout comes soon.

        Parameters
        ----------
        also : sequence of Start
            Starts from elsewhere.
        wanted : int
            Starts beside these.
        """
        ours = self.objective, self.sampler
        first = first_starts(*ours, wanted, self.seed, self.clock)
        yield [*also, *first]
        known = [start.name for start in first]
        grow = partial(
            grown_starts, *ours, seed=self.seed, executor=self.executor, left_s=self.clock
        )
        yield (grown := grow(max(0, wanted - len(known) - GRIDS), known=known))
        known += [start.name for start in grown]
        grids = best_grids(*ours, self.seed, self.executor, seconds=GRID_SHARE * self.given_s)
        self.grid = grids[0] if grids else None
        some = min(wanted - len(known), GRIDS)
        regular = [Start(f"grid-{i}", grid) for i, grid in enumerate(grids[:some], start=1)]
        yield regular + grow(some - len(regular), known=known)

    def begin(self, starts: Sequence[Start]) -> None:
        """Judge the starts as they are."""
        look = partial(advance, self.objective, self.sampler, steps=0)
        climbs = [Climb.start(s.name, s.layout, ClimbSettings(1), 0) for s in starts]
        for point in (map if self.executor is None else self.executor.map)(look, climbs):
            self.findings.aep_start[point.climb.name] = point.aep
            self.findings.carried[point.climb.name] = "judged only"
            self.findings.judge(Found(point.climb.name, point.layout, point.aep), point.cpu_s)
            self.judging_s = min(self.judging_s, point.climb.spent_s)

    # -- climbs -----------------------------------------------------------------------------

    def climb(self, starts: Sequence[Start], total: int) -> None:
        """Climb from some of the starts, side by side."""
        steps = self.problem.config.optimise.steps
        seconds = CLIMB_SHARE * max(self.given_s, 0.1) / -(-total // self.at_once)
        seconds = min(seconds, max(self.left_s, LEAST_S))
        climbs = [
            Climb.start(
                start.name,
                start.layout,
                ClimbSettings(steps, seconds, start.first_step_d, LAST_STEP_D),
                self.seed * 1000 + i,
            )
            for i, start in enumerate(starts, start=self.climbs)
        ]
        stretch = max(1, steps // STRETCHES)
        for done, point in enumerate(self.climb_all(climbs, stretch), start=1):
            self.findings.carried[point.climb.name] = _how_far(point.climb)
            self.findings.judge(Found(point.climb.name, point.layout, point.aep), point.cpu_s)
            climbed = self.climbs + min(done / STRETCHES, len(climbs))
            self.progress(CLIMB_SHARE * climbed / total)
        self.climbs += len(climbs)
        self.climbed += [self.findings.reached[start.name] for start in starts]
        self.climbed.sort(key=lambda found: -found.aep)

    def climb_all(self, climbs: list[Climb], stretch: int) -> Iterator[Waypoint]:
        """Take every climb to its end, side by side, and yield all waypoints."""
        go_on = partial(advance, self.objective, self.sampler, steps=stretch)

        def then(point: Waypoint) -> partial[Waypoint] | None:
            return partial(go_on, point.climb) if point.climb.progress < 1.0 else None

        yield from side_by_side(self.executor, (partial(go_on, climb) for climb in climbs), then)

    # -- hops -------------------------------------------------------------------------------

    def hop_once(self) -> None:
        """Begin chains at the best that have climbed, as many as there will be at last.

        A layout not far from the last one comes early, while starts are still to come.
        """
        settings = self.problem.config.optimise
        if not settings.patience or self.left_s <= 0:
            return
        seconds = CLIMB_SHARE * self.given_s * self.at_once / settings.chains
        seconds = min(seconds, self.left_s)
        self.chains.begin(self.climbed[: settings.chains], seconds)

    def hop_on(self, swept: bool) -> None:
        """Let chains of hops grow from the best layouts until they gain nothing any more.

        Parameters
        ----------
        swept : bool
            Whether these layouts come from chains that have lifted every turbine once.
        """
        best = self.findings.ranked if swept else self.climbed
        lifted = self.problem.n_turbines if swept else 0
        self.grow(best, lifted, self.problem.config.optimise.patience)

    def grow(
        self,
        best: Sequence[Found],
        lifted: int,
        patience: int,
        partners: Sequence[FloatArray] = (),
    ) -> None:
        """Let chains grow from some layouts; parameters as of `Chains.grow`."""
        whole = 1.0 - CLIMB_SHARE - POLISH_SHARE
        self.settled = self.chains.grow(
            best,
            lifted,
            self.kept_s,
            lambda share: self.progress(CLIMB_SHARE + whole * share),
            patience,
            partners,
        )

    @property
    def kept_s(self) -> float:
        """Of the time left, what hops leave for the last polish [s]."""
        return POLISH_SHARE * self.left_s if self.left_s < np.inf else 0.0

    # -- the end ----------------------------------------------------------------------------

    def polish(self, some: Sequence[Found]) -> None:
        """Polish some layouts, and see on the full rose what that is worth.

        Hops leave a layout a few hundredths of a per cent below what polishing makes of it: which
        one is the best shows only then.
        """
        if self.problem.n_turbines > MOST_TURBINES:
            return
        rose = self.sampler.condensed
        tasks = (
            partial(_polished, self.objective, rose, found, seconds)
            for found in some
            if (seconds := self.left_s - JUDGED * self.judging_s) > 0
        )
        for found, cpu_s in one_by_one(self.executor, tasks):
            self.findings.judge(found, cpu_s)


def _polished(
    objective: Objective, rose: Conditions, found: Found, seconds: float
) -> tuple[Found, float]:
    """Polish a layout; returns it with the CPU time that took [s] (runs inside a worker)."""
    cpu = time.process_time()
    layout = polish(objective, found.layout, rose, LAST_PROGRAMS, seconds)
    better = Found(found.start, layout, objective.value(layout))
    return better, time.process_time() - cpu


def _how_far(climb: Climb) -> str:
    """Return in words how far a climb has come."""
    if climb.progress < 1.0:
        return "climbed part of the way"
    return "climbed" if climb.step >= climb.settings.steps else "climbed for its share of the time"


def ignore_progress(share: float) -> None:
    """Hear of the progress."""
