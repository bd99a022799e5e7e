"""How many turbines: the number N between bounds that earns most in a year.

    profit(N) = value x AEP(N) - cost x N

AEP(N) is that of the best layout of N turbines found. It is nearly concave: every further turbine
stands in a worse place and wakes the others, so that profit rises to where the last turbine just
pays for itself, and falls. First a quick curve over all N: layouts grow from the least number by
one turbine at a time and shrink back again (`resize`), and the better of each N is kept. Then a
whole search at the N that looks best, then at its two neighbours, until the best N lies between two
that have been searched as long. Good layouts are handed on from one N to the next, so that no N is
favoured by luck.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np

from windopt.errors import InfeasibleError, LayoutError
from windopt.floris.simulator import Progress
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import settle
from windopt.problem.scenarios import Scenarios
from windopt.search.clock import Clock, keeping
from windopt.search.context import SearchContext, SearchTask
from windopt.search.farms import FarmsByNumber
from windopt.search.free import optimise_freely
from windopt.search.resize import grow, resize
from windopt.search.scenario_sampler import sampler_of
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement, SizedLayout, Sizing, Solution, as_solution
from windopt.search.starts import Start
from windopt.surrogate.scenarios import scenarios_for
from windopt.surrogate.surrogate import Surrogate

logger = logging.getLogger(__name__)


class _Sizer:
    """A search for the number of turbines under way."""

    def __init__(self, task: SearchTask) -> None:
        problem = self.problem = task.problem
        bounds = problem.turbine_range
        if bounds is None or problem.economics is None:
            raise LayoutError(
                f"the number of turbines of {problem.name!r} is not free: {problem.n_turbines}; "
                "give n_turbines: {min: ..., max: ...} and economics"
            )
        self.task, self.seed, self.settings = task, task.seed, task.settings.sizing
        self.least, self.most = bounds.min, bounds.max
        fewest = problem.with_n_turbines(bounds.min)
        rough = random_layout(fewest, np.random.default_rng(task.seed))
        self.sampler = sampler_of(task.objective(fewest), rough)
        self.farms = FarmsByNumber(task)
        self.solutions: dict[int, Solution] = {}
        self.tried: set[int] = set()
        self.share, self.slot = 0.0, np.inf

    @property
    def left_s(self) -> float:
        """Time left [s]."""
        return self.task.left_s()

    def run(self) -> Sizing:
        """Draw the curve, then search where it is highest."""
        interrupted = False
        try:
            self.draw_curve()
            while (n := self.next_number()) is not None:
                self.search(n)
            self.hand_back()
        except KeyboardInterrupt:
            if not self.farms.known:
                raise
            logger.warning("search interrupted: the best layout so far is kept")
            interrupted = True
        found, solution = self.farms.known[self.farms.best], self.solutions.get(self.farms.best)
        if solution is None:
            spent = self.left_s <= 0
            reason = (
                "the budget was spent on the quick curve" if spent else "no search was possible"
            )
            solution = as_solution(found, "budget" if spent else "converged", reason)
        elif found.aep > solution.aep_predicted:
            solution = replace(solution, layout=found.layout, aep_predicted=found.aep)
        if interrupted:
            solution = replace(solution, status="stopped", reason="the search was interrupted")
        bound = self.problem.turbine_range
        full = bound is not None and self.most < bound.max
        layouts = tuple(
            replace(self.farms.known[n], layout=self._settled(self.farms.known[n].layout))
            for n in sorted(self.farms.known)
        )
        solution = replace(solution, layout=self._settled(solution.layout))
        return Sizing(solution, layouts, self.most if full else None)

    def _settled(self, layout: FloatArray) -> FloatArray:
        return settle(self.problem.with_n_turbines(len(layout)), layout)

    # -- the quick curve --------------------------------------------------------------------

    def draw_curve(self) -> None:
        """Grow layouts from the least number to the largest that fits, and shrink them back."""
        step = max(1, -(-(self.most - self.least) // self.settings.points))
        numbers = [*range(self.least, self.most, step), self.most]
        whole = self.left_s
        self.slot = self.settings.curve_share * whole / (2 * len(numbers))
        seeds = [self.seed + self.settings.walks * i for i in range(self.settings.walks)]
        first = self.context(self.least)
        walks = self.farms.take([partial(grow, first, s, self.slot) for s in seeds])
        for done, n in enumerate(numbers[1:], start=1):
            if self.left_s <= 0:
                return
            larger = self.enlarged(n, walks)
            if not larger:
                for m in range(max(self.farms.known) + 1, n):
                    if not (walks := self.enlarged(m, walks)):
                        break
                self.most = max(self.farms.known)
                logger.warning(
                    "no more than %d turbines found a place: n_turbines.max %d is out of reach",
                    *(self.most, numbers[-1]),
                )
                break
            walks = larger
            self.tell(self.settings.curve_share * done / (2 * len(numbers)))
        kept_s = (1.0 - self.settings.curve_share) * whole if np.isfinite(whole) else -np.inf
        self.shrink_back(sorted(self.farms.known), kept_s)
        # about the best of a curve of longer steps all numbers are looked at
        known = sorted(self.farms.known)
        at = known.index(self.farms.best)
        around = range(known[max(at - 1, 0)], known[min(at + 1, len(known) - 1)] + 1)
        if len(around) > 3:
            for n in (n for n in around if n not in self.farms.known):
                self.improve(n, [n - 1])
            self.shrink_back(around, kept_s)

    def enlarged(self, n: int, walks: Sequence[FloatArray]) -> list[FloatArray]:
        """Bring the walks to `n` turbines; none come back where so many find no place."""
        of_n = self.context(n)
        found = self.farms.take(
            partial(resize, of_n, walk, self.seed + i, self.slot) for i, walk in enumerate(walks)
        )
        if not found:
            with suppress(InfeasibleError):
                found = self.farms.take([partial(grow, of_n, self.seed, self.slot)])
        return found

    def shrink_back(self, numbers: Sequence[int], kept_s: float) -> None:
        """Try for each number, from above, the layout of the next with fewer turbines."""
        for n, larger in zip(numbers[-2::-1], numbers[:0:-1], strict=True):
            if self.left_s <= max(kept_s, 0.0):
                return
            self.improve(n, [larger, n])
            self.tell(self.share + self.settings.curve_share / (2 * len(numbers)))

    def improve(self, n: int, sources: Iterable[int]) -> None:
        """Try layouts of other numbers, resized, for `n` turbines."""
        of_n = self.context(n)
        layouts = [self.farms.known[m].layout for m in sources if m in self.farms.known]
        self.farms.take(partial(resize, of_n, x, self.seed, self.slot) for x in layouts)

    # -- the searches -----------------------------------------------------------------------

    def next_number(self) -> int | None:
        """Return the number to search next: the best, or the better of its neighbours."""
        if self.left_s <= 0 or len(self.tried) >= self.settings.most_searches:
            return None
        if open_ := self.open_numbers():
            return (
                self.farms.best if self.farms.best in open_ else max(open_, key=self.farms.profit)
            )
        return None

    def open_numbers(self) -> list[int]:
        """Return the best number and its neighbours, as far as they have not been searched."""
        around = (self.farms.best - 1, self.farms.best, self.farms.best + 1)
        return [n for n in around if self.least <= n <= self.most and n not in self.tried]

    def search(self, n: int) -> None:
        """Search layouts of `n` turbines, from those of the curve and of the neighbours on."""
        share = (
            1.0 / (len(self.open_numbers()) + self.settings.later_share)
            if self.tried
            else self.settings.first_share
        )
        begun, of_n = len(self.tried), self.context(n)
        self.tried.add(n)
        also = (
            [Start(f"from-{n}", self.farms.known[n].layout, "near")]
            if n in self.farms.known
            else []
        )
        for m in (m for m in (n - 1, n + 1) if m in self.solutions):
            best_first = sorted(self.solutions[m].starts, key=lambda start: -start.aep_best)
            layouts = self.farms.take(
                partial(resize, of_n, start.layout, self.seed + i, self.slot)
                for i, start in enumerate(best_first[: self.settings.handed_on])
            )
            also += [Start(f"from-{m}-{i}", x, "near") for i, x in enumerate(layouts, start=1)]
        whole, begun_share = self.left_s, self.settings.curve_share
        task = replace(
            self.task,
            problem=of_n.problem,
            left_s=keeping(self.task.left_s, (1.0 - share) * whole),
            progress=lambda s: self.tell(begun_share + (1 - begun_share) * (begun + s) / 3),
            on_improvement=lambda row, layout: self.farms.keep(
                SizedLayout(layout, row.aep), row.start
            ),
        )
        try:
            solution = optimise_freely(task, also=also)
        except InfeasibleError as error:
            logger.warning("no search with %d turbines: %s", n, error)
            return
        self.solutions[n] = solution
        self.farms.keep(SizedLayout(solution.layout, solution.aep_predicted, True, solution.grid))
        if solution.status == "stopped":
            raise KeyboardInterrupt

    def hand_back(self) -> None:
        """Hand layouts on once more among the numbers searched, now that all are done."""
        for n in sorted(self.solutions):
            if self.left_s > 0:
                self.improve(n, [m for m in (n - 1, n + 1) if m in self.solutions])

    # -- their parts ------------------------------------------------------------------------

    def tell(self, share: float) -> None:
        """Report the share of the work done, which never falls."""
        self.share = min(1.0, max(self.share, share))
        self.task.progress(self.share)

    def context(self, n: int) -> SearchContext:
        """Return what a search of `n` turbines works with."""
        objective = self.task.objective(self.problem.with_n_turbines(n))
        return SearchContext(objective, self.sampler, self.task.settings)


def size_farm(
    problem: LayoutProblem,
    surrogate: Surrogate,
    seed: int = 0,
    max_seconds: float | Clock | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_improvement: Callable[[Improvement, FloatArray], None] | None = None,
    settings: SearchSettings | None = None,
    scenarios: Scenarios | None = None,
) -> Sizing:
    """Search for the number of turbines, and their layout, with the highest yearly profit.

    Parameters
    ----------
    problem : LayoutProblem
        With `n_turbines` free and `economics` in its config.
    surrogate : Surrogate
    seed : int
        The same seed gives the same layouts, unless `max_seconds` cuts the search short.
    max_seconds : float or callable, optional [s]
        As of `optimise`, for all numbers together.
    executor : Executor, optional
        Runs what can be run side by side; None runs it here, one after the other.
    progress, on_improvement : callable, optional
        Told the share of the work done, and each layout of higher profit.
    settings : SearchSettings, optional
    scenarios : Scenarios, optional
        As of `optimise`; profit is then that of the measure of risk.

    Raises
    ------
    InfeasibleError
        When not even the least number of turbines finds a place.
    LayoutError
        When the number of turbines is not free.
    """
    task = SearchTask.of(
        problem,
        surrogate,
        seed,
        max_seconds,
        executor,
        progress,
        on_improvement,
        settings,
        scenarios_for(problem, surrogate) if scenarios is None else scenarios,
    )
    return _Sizer(task).run()
