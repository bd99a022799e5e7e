"""The best layout of every number of turbines looked at, and how new ones are made and told of."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.profit import profit_objective
from windopt.search.context import SearchTask
from windopt.search.solution import Improvement, SizedLayout


class FarmsByNumber:
    """The best layout known of each number of turbines.

    Parameters
    ----------
    task : SearchTask
        Its problem has `economics` in its config; told of is each layout of higher profit than all
        before.
    """

    def __init__(self, task: SearchTask) -> None:
        self.task = task
        self.worth = profit_objective(task.problem, task.surrogate)
        self.began, self.cpu_s = time.perf_counter(), 0.0
        self.known: dict[int, SizedLayout] = {}
        self.best_profit = -np.inf

    @property
    def best(self) -> int:
        """The number with the highest predicted profit."""
        return max(self.known, key=self.profit)

    def profit(self, n: int) -> float:
        """Return the predicted profit a year [currency] with `n` turbines."""
        if n not in self.known:
            return -np.inf
        return self.worth.of_energy(self.known[n].layout, self.known[n].aep)

    def take(self, tasks: Iterable[Callable[[], SizedLayout | None]]) -> list[FloatArray]:
        """Run tasks side by side, keep what they find and give their layouts."""
        found = []
        for one, cpu_s in self.task.map(_timed, tasks):
            self.cpu_s += cpu_s
            if one is not None:
                self.keep(one)
                found.append(one.layout)
        return found

    def keep(self, one: SizedLayout, start: str = "curve") -> None:
        """Keep a layout where it is the best of its number, and tell of it where it is of all."""
        n, old = len(one.layout), self.known.get(len(one.layout))
        better = one if old is None or one.aep > old.aep else old
        searched, grid = one.searched, one.grid
        if old is not None and not searched:
            searched, grid = old.searched, old.grid
        self.known[n] = replace(better, searched=searched, grid=grid)
        if self.profit(n) > self.best_profit:
            self.best_profit = self.profit(n)
            if self.task.on_improvement is not None:
                elapsed = time.perf_counter() - self.began
                row = Improvement(elapsed, self.cpu_s, start, better.aep)
                self.task.on_improvement(row, better.layout)


def _timed(task: Callable[[], SizedLayout | None]) -> tuple[SizedLayout | None, float]:
    """Run a task and measure its CPU time [s] (runs inside a worker)."""
    cpu = time.process_time()
    return task(), time.process_time() - cpu
