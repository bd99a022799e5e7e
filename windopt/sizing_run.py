"""A run whose number of turbines is free: the search chooses it, and FLORIS has the last word."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from windopt.ledger import CodeCarbonCheck, Meter, Stage
from windopt.optimise import Improvement, Solution, as_solution, size_farm
from windopt.problem import FloatArray, LayoutProblem
from windopt.report import RunFolder
from windopt.report.artefacts import read_solution, write_solution
from windopt.report.history import History
from windopt.report.lock import FolderLock
from windopt.report.observer import Observer
from windopt.report.search_watch import SearchWatch
from windopt.report.turbine_count import (
    count_rows,
    read_sized_layouts,
    write_sizing,
    write_turbine_count,
)
from windopt.simulate import Progress
from windopt.stages import Run
from windopt.surrogate import Surrogate
from windopt.verify import JudgedLayout, judge

logger = logging.getLogger(__name__)


class SizingRun(Run):
    """A run folder at work on a free number of turbines; `problem` has the number of the answer."""

    def __init__(
        self,
        problem: LayoutProblem,
        folder: RunFolder,
        observer: Observer,
        meter: Meter | None = None,
        cross_check: CodeCarbonCheck | None = None,
        lock: FolderLock | None = None,
    ) -> None:
        super().__init__(problem, folder, observer, meter, cross_check, lock)
        self._counted: dict[int, JudgedLayout] = {}
        if folder.solution.exists():
            self.problem = problem.with_n_turbines(len(read_solution(folder).layout))

    def _search(
        self,
        surrogate: Surrogate,
        stage: Stage,
        progress: Progress | None,
        carry_on: Solution | None = None,
    ) -> Solution:
        """Search for the number of turbines and its layout; an earlier search keeps its number."""
        if carry_on is not None:
            return super()._search(surrogate, stage, progress, carry_on)
        # the number found, its neighbours, one more, and the best grid
        left_s, watch = self._time_left(stage, 5), None

        def note(row: Improvement, layout: FloatArray) -> None:
            nonlocal watch
            if watch is None or watch.problem.n_turbines != len(layout):
                # layouts of other numbers are no steps on the way to this one
                problem = self.problem.with_n_turbines(len(layout))
                history = History(self.folder, go_on=False)
                watch = SearchWatch(problem, self.ledger, history, left_s)
                self.observer.searching(watch.look)
            watch.improved(row, layout)
            self.observer.improved(row.aep / 1e9, row.start)

        sizing = size_farm(
            self.problem, surrogate, self.seed, left_s, self._workers(surrogate), progress, note
        )
        assert watch is not None
        watch.history.layouts.finish()
        stage.count(starts=len(sizing.solution.starts))
        write_sizing(self.folder, sizing)
        write_solution(self.folder, sizing.solution)
        self.problem = self.problem.with_n_turbines(len(sizing.solution.layout))
        return sizing.solution

    def _chosen(self, solution: Solution) -> Solution:
        """Let FLORIS judge the number found beside its neighbours, and take the best of them."""
        economics, layouts = self.problem.config.economics, read_sized_layouts(self.folder)
        assert economics is not None
        self._counted, n = {}, len(solution.layout)
        with (
            self.stage("verify", "verifying the number") as (stage, progress),
            self.floris(stage) as simulator,
        ):
            while todo := [m for m in (n, n - 1, n + 1) if m in layouts and m not in self._counted]:
                if self._counted and not self.allowance.affords(len(todo) + 2):
                    break
                for m in todo:
                    one, problem = {"": layouts[m].layout}, self.problem.with_n_turbines(m)
                    self._counted |= {m: judge(problem, one, simulator, progress)[""]}
                n = max(self._counted, key=lambda m: economics.profit(self._counted[m].aep, m))
        if n != len(solution.layout):
            logger.warning("FLORIS finds %d turbines better than %d", n, len(solution.layout))
            solution = as_solution(layouts[n], solution.status, solution.reason)
            write_solution(self.folder, solution)
            history = History(self.folder, go_on=False)
            totals, name = self.ledger.totals(), solution.starts[0].name
            history.add(totals, name, solution.aep_predicted / 1e9, layout=solution.layout)
        self.problem = self.problem.with_n_turbines(n)
        return solution

    @property
    def _largest_problem(self) -> LayoutProblem:
        assert self.problem.turbine_range is not None
        return self.problem.with_n_turbines(self.problem.turbine_range.max)

    def _decide(
        self, seen: Mapping[str, JudgedLayout], surrogate: Surrogate, solution: Solution
    ) -> JudgedLayout:
        """Decide as any run does, and write the curve over the numbers of turbines."""
        final = super()._decide(seen, surrogate, solution)
        n, layouts = self.problem.n_turbines, read_sized_layouts(self.folder)
        self._counted[n] = final
        aep = self._predict(surrogate, final.layout)
        layouts[n] = replace(layouts[n], layout=final.layout, aep=aep)
        write_turbine_count(self.folder, count_rows(self.problem, layouts, self._counted))
        return final
