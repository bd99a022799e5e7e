"""What a search is asked for, and what all its parts work with."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from windopt.floris.simulator import Progress
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective, Sample
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.scenarios import ALONE, Scenarios
from windopt.search.clock import Clock, clock, endless
from windopt.search.rose_sampler import RoseSampler
from windopt.search.scenario_sampler import ScenarioSampler, sampler_of
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement
from windopt.surrogate.surrogate import Surrogate
from windopt.workers.executor import width_of
from windopt.workers.remote import charged

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, eq=False)
class SearchContext:
    """What every part of a search works with; it travels to worker processes with every task.

    Attributes
    ----------
    objective : Objective
    sampler : RoseSampler or ScenarioSampler
        Draws wind conditions.
    settings : SearchSettings
    """

    objective: Objective
    sampler: RoseSampler | ScenarioSampler
    settings: SearchSettings

    @property
    def problem(self) -> LayoutProblem:
        """The objective's."""
        return self.objective.problem

    def score(self, layout: FloatArray) -> float:
        """Return the mean power [W] of a layout (n_turbines, 2) [m] on the condensed rose.

        It compares layouts of a search with one another at a fraction of the cost of AEP.
        """
        rose = self.sampler.condensed
        return float(self.objective.rates(layout[None], rose)[0])

    def draw(self, n: int, rng: np.random.Generator) -> Sample:
        """Draw `n` wind conditions, or give the whole rose where it has no more."""
        return self.objective.rose if self.objective.size <= n else self.sampler.draw(n, rng)

    def linearised(self, layout: FloatArray) -> "SearchContext":
        """Return the context whose objective has the tangent of its risk at a layout."""
        if self.objective.risk.linear:
            return self
        objective = self.objective.linearised(layout, self.sampler.condensed)
        return replace(self, objective=objective)

    def averaged(self) -> "SearchContext":
        """Return the context whose objective is the mean over scenarios: for farms half made."""
        return replace(self, objective=self.objective.averaged())


def ignore_progress(share: float) -> None:
    """Take no note of the progress."""


@dataclass(frozen=True, eq=False)
class SearchTask:
    """What a search is asked for.

    Attributes
    ----------
    problem : LayoutProblem
    surrogate : Surrogate
    settings : SearchSettings
    seed : int
    left_s : Clock
        Tells the time left.
    executor : Executor or None
        Runs side by side what can be; None runs it here, one after the other.
    progress : callable
        Told the share of the work done.
    on_improvement : callable or None
        Told each improvement in AEP with its layout.
    scenarios : Scenarios
        What is weighed; by default the problem's own wake model and wind alone.
    """

    problem: LayoutProblem
    surrogate: Surrogate
    settings: SearchSettings
    seed: int = 0
    left_s: Clock = endless
    executor: Executor | None = None
    progress: Progress = ignore_progress
    on_improvement: Callable[[Improvement, FloatArray], None] | None = None
    scenarios: Scenarios = ALONE

    @classmethod
    def of(
        cls,
        problem: LayoutProblem,
        surrogate: Surrogate,
        seed: int,
        max_seconds: float | Clock | None,
        executor: Executor | None,
        progress: Progress | None,
        on_improvement: Callable[[Improvement, FloatArray], None] | None,
        settings: SearchSettings | None,
        scenarios: Scenarios = ALONE,
    ) -> "SearchTask":
        """Return what a call of `windopt.optimise` or `windopt.size_farm` asks for."""
        return cls(
            problem,
            surrogate,
            settings or SearchSettings.of(problem.config),
            seed,
            clock(max_seconds),
            charged(executor),
            progress or ignore_progress,
            on_improvement,
            scenarios,
        )

    def context(self) -> SearchContext:
        """Measure where wakes cost power in the given layout, or a random one."""
        rough = self.problem.initial_layout
        if rough is None:
            rough = random_layout(self.problem, np.random.default_rng(self.seed))
        objective = self.objective(self.problem)
        return SearchContext(objective, sampler_of(objective, rough), self.settings)

    def objective(self, problem: LayoutProblem) -> Objective:
        """Return what is maximised, of this problem or of one with another number of turbines."""
        return self.scenarios.objective(problem, self.surrogate)

    @property
    def at_once(self) -> int:
        """How many tasks are done side by side."""
        return width_of(self.executor)

    def map(self, do: Callable[[T], U], given: Iterable[T]) -> Iterator[U]:
        """Do the same with many things, side by side where there is an executor."""
        yield from (map if self.executor is None else self.executor.map)(do, given)
