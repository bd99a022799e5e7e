"""The free search: ascents from a portfolio of starts, iterated local search, the last refinement.

All starts ascend by stochastic gradients (`ascent`), and the best of the first few take one
iteration before others are made, so that a good layout comes early. From the best few grow the
chains of iterated local search (`iterate`). At the end the best few are refined by sequential
quadratic programming (`refine`). Iterations and refinements see the rose condensed to few wind
speeds (`condensed`).

Every layout is repaired and evaluated on the full rose before it counts, and the best feasible one
so far is kept: whenever the search is stopped, by its budget or by Ctrl-C, that layout is the
answer.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.search.ascent import Ascent, Waypoint, advance
from windopt.search.clock import clock
from windopt.search.context import SearchContext, SearchTask
from windopt.search.findings import EVALUATED, Findings, Found
from windopt.search.grids import best_grids
from windopt.search.iterate import IteratedLocalSearch
from windopt.search.refine import refine
from windopt.search.settings import AscentSettings
from windopt.search.starts import Start, first_starts, grown_starts
from windopt.workers.executor import one_by_one, side_by_side

logger = logging.getLogger(__name__)


class Search:
    """A free search under way.

    Parameters
    ----------
    task : SearchTask
    """

    def __init__(self, task: SearchTask) -> None:
        self.findings = Findings(task.on_improvement)
        self.task, self.settings, self.problem = task, task.settings, task.problem
        self.given_s = self.left_s
        self.share = 0.0
        self.context = task.context()
        self.local_search = IteratedLocalSearch(task, self.context, self.findings)
        self.grid: FloatArray | None = None
        self.settled, self.resumed = "", False
        self.ascents = 0
        self.evaluation_s = np.inf
        self.ascended: list[Found] = []

    @property
    def left_s(self) -> float:
        """Time left [s]."""
        return self.task.left_s()

    @property
    def least_s(self) -> float:
        """Time that is too short for anything more [s]."""
        schedule = self.settings.schedule
        return max(schedule.worthwhile * self.given_s, schedule.evaluations * self.evaluation_s)

    def progress(self, share: float) -> None:
        """Report the share of the work done; it never falls, whatever the search finds."""
        self.share = max(self.share, share)
        self.task.progress(self.share)

    def run(self, rounds: Iterable[Sequence[Start]], total: int, resumed: bool) -> tuple[str, str]:
        """Ascend from the starts, iterate from the best; returns a solution's status and reason.

        Parameters
        ----------
        rounds : iterable of sequences of Start
            The next are made when the last have ascended.
        total : int
            Starts in all.
        resumed : bool
            Whether they are what an earlier search has come to.
        """
        self.resumed = resumed
        try:
            for starts in rounds:
                self.begin(starts)
                self.ascend(starts, total)
                if not resumed:
                    self.iterate_once()
            self.iterate(resumed)
            self.refine(self.findings.ranked[: self.settings.last_refined])
            self.go_on()
            self.progress(1.0)
        except KeyboardInterrupt:
            if self.findings.best is None:
                raise
            logger.warning("search interrupted: the best layout so far is kept")
            return "stopped", "the search was interrupted"
        return self.end()

    def go_on(self) -> None:
        """Spend on iterations what the last refinement took less than was kept for it."""
        while not self.settled and self.left_s > self.least_s:
            self.iterate(relocated=True)
            self.refine(self.findings.ranked[: self.settings.last_refined])

    def end(self) -> tuple[str, str]:
        """Return a solution's status and reason."""
        if not self.settled or self.left_s <= 0:
            return "budget", "the budget was spent"
        return "converged", self.settled

    # -- starts -----------------------------------------------------------------------------

    def fresh_starts(self, also: Sequence[Start], wanted: int) -> Iterator[list[Start]]:
        """Make starts: first those that cost next to nothing, so that a good layout comes soon.

        Parameters
        ----------
        also : sequence of Start
            Starts from elsewhere.
        wanted : int
            Starts beside these.
        """
        seed, executor, left_s = self.task.seed, self.task.executor, self.task.left_s
        n_grids = self.settings.grid_starts
        first = first_starts(self.context, wanted, seed, left_s)
        yield [*also, *first]
        known = [start.name for start in first]
        grow = partial(grown_starts, self.context, seed=seed, executor=executor, left_s=left_s)
        yield (grown := grow(max(0, wanted - len(known) - n_grids), known=known))
        known += [start.name for start in grown]
        seconds = self.settings.schedule.grid_share * self.given_s
        grids = best_grids(self.context, executor=executor, left_s=clock(seconds))
        self.grid = grids[0] if grids else None
        some = min(wanted - len(known), n_grids)
        regular = [Start(f"grid-{i}", grid) for i, grid in enumerate(grids[:some], start=1)]
        yield regular + grow(some - len(regular), known=known)

    def begin(self, starts: Sequence[Start]) -> None:
        """Evaluate the starts as they are."""
        look = partial(advance, self.context, steps=0)
        ascents = [Ascent.start(s.name, s.layout, AscentSettings(1), 0) for s in starts]
        for point in self.task.map(look, ascents):
            self.findings.aep_start[point.ascent.name] = point.aep
            self.findings.carried[point.ascent.name] = EVALUATED
            self.findings.note(Found(point.ascent.name, point.layout, point.aep), point.cpu_s)
            self.evaluation_s = min(self.evaluation_s, point.ascent.spent_s)

    # -- ascents ----------------------------------------------------------------------------

    def ascend(self, starts: Sequence[Start], total: int) -> None:
        """Ascend from some of the starts, side by side."""
        settings, schedule = self.settings, self.settings.schedule
        seconds = schedule.ascent_share * max(self.given_s, 0.1) / -(-total // self.task.at_once)
        seconds = min(seconds, max(self.left_s, schedule.least_s))
        ascents = [
            Ascent.start(
                start.name,
                start.layout,
                replace(
                    settings.ascent, seconds=seconds, first_step_d=start.first_step_d(settings)
                ),
                self.task.seed * 1000 + i,
            )
            for i, start in enumerate(starts, start=self.ascents)
        ]
        for done, point in enumerate(self.waypoints(ascents), start=1):
            self.findings.carried[point.ascent.name] = _how_far(point.ascent)
            self.findings.note(Found(point.ascent.name, point.layout, point.aep), point.cpu_s)
            ascended = self.ascents + min(done / settings.stretches, len(ascents))
            self.progress(schedule.ascent_share * ascended / total)
        self.ascents += len(ascents)
        self.ascended += [self.findings.reached[start.name] for start in starts]
        self.ascended.sort(key=lambda found: -found.aep)

    def waypoints(self, ascents: Sequence[Ascent]) -> Iterator[Waypoint]:
        """Take every ascent to its end, side by side, and yield all waypoints."""
        stretch = max(1, self.settings.ascent.steps // self.settings.stretches)
        go_on = partial(advance, self.context, steps=stretch)

        def then(point: Waypoint) -> partial[Waypoint] | None:
            return partial(go_on, point.ascent) if point.ascent.progress < 1.0 else None

        yield from side_by_side(self.task.executor, (partial(go_on, one) for one in ascents), then)

    # -- iterated local search --------------------------------------------------------------

    def iterate_once(self) -> None:
        """Begin chains at the best that have ascended, as many as there will be at last."""
        settings = self.settings
        if not settings.patience or self.left_s <= 0:
            return
        seconds = settings.schedule.ascent_share * self.given_s * self.task.at_once
        seconds = min(seconds / settings.chains, self.left_s)
        self.local_search.begin(self.ascended[: settings.chains], seconds)

    def iterate(self, relocated: bool) -> None:
        """Let chains grow from the best layouts until they gain nothing any more.

        Parameters
        ----------
        relocated : bool
            Whether a relocation pass has been over these layouts.
        """
        best = self.findings.ranked if relocated else self.ascended
        self.grow(best, self.problem.n_turbines if relocated else 0, self.settings.patience)

    def grow(
        self,
        best: Sequence[Found],
        relocated: int,
        patience: int,
        partners: Sequence[FloatArray] = (),
    ) -> None:
        """Let chains grow from some layouts; parameters as of `IteratedLocalSearch.run`."""
        schedule = self.settings.schedule
        whole = 1.0 - schedule.ascent_share - schedule.refinement_share
        self.settled = self.local_search.run(
            best,
            relocated,
            self.kept_s,
            lambda share: self.progress(schedule.ascent_share + whole * share),
            patience,
            partners,
        )

    @property
    def kept_s(self) -> float:
        """Of the time left, what iterations leave for the last refinement [s]."""
        share = self.settings.schedule.refinement_share
        return share * self.left_s if self.left_s < np.inf else 0.0

    # -- the end ----------------------------------------------------------------------------

    def refine(self, some: Sequence[Found]) -> None:
        """Refine some layouts, and see on the full rose what that is worth.

        Iterations leave a layout a few hundredths of a per cent below what refinement makes of it:
        which one is the best shows only then.
        """
        if self.problem.n_turbines > self.settings.most_refined_turbines:
            return
        kept_s = self.settings.schedule.evaluations * self.evaluation_s
        tasks = (
            partial(_refined, self.context, found, seconds)
            for found in some
            if (seconds := self.left_s - kept_s) > 0
        )
        for found, cpu_s in one_by_one(self.task.executor, tasks):
            self.findings.note(found, cpu_s)


def _refined(context: SearchContext, found: Found, seconds: float) -> tuple[Found, float]:
    """Refine a layout; returns it with the CPU time that took [s] (runs inside a worker)."""
    cpu, objective = time.process_time(), context.objective
    conditions = context.sampler.condensed
    iterations = context.settings.last_iterations
    layout = refine(objective, found.layout, conditions, iterations, clock(seconds))
    better = Found(found.start, layout, objective.value(layout))
    return better, time.process_time() - cpu


def _how_far(ascent: Ascent) -> str:
    """Return in words how far an ascent has come."""
    if ascent.progress < 1.0:
        return "part of a gradient ascent"
    whole = ascent.step >= ascent.settings.steps
    return "gradient ascent" if whole else "gradient ascent for its share of the time"
