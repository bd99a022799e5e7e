"""Regular layouts: the lattice with the highest AEP, and which of its points stay empty.

Half of the search is that for the best grids (`grids`): random lattices, each as wide as it can be.
The best of them are improved one by one (`lattice_polish`). Then come generations of lattices
varied from the best, narrower and wider ones too, and of fresh ones, until none of them gains.

A lattice may have a third more points on the site than there are turbines. With many more, any
layout could be picked from its points and be called rows.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from windopt.floris.simulator import Progress
from windopt.problem.conditions import Conditions
from windopt.problem.lattice import Lattice, open_area
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.search.clock import Clock, clock
from windopt.search.fitting_lattices import fitted, place_turbines, require_lattice, varied
from windopt.search.grids import random_grid, ranked_grids
from windopt.search.lattice_polish import Placement, improve
from windopt.search.moves import draw_some
from windopt.search.rose_sampler import RoseSampler
from windopt.search.solution import Improvement, Solution, StartResult
from windopt.surrogate.surrogate import Surrogate
from windopt.workers.executor import available_cores

logger = logging.getLogger(__name__)

SPARE = 4 / 3
"""Points on the site for every turbine, at most; as areas, so that it holds for every origin."""
VARIATIONS, FRESH = 32, 8
"""Lattices of a generation varied from the best, and fresh ones among them."""
PARENTS = 4
SAMPLED = 500
"""Conditions in which lattices are improved."""
GAIN_TOLERANCE = 1e-5
"""Share of AEP: generations that gain less, all together, do not keep the search going."""
GRID_SHARE, FIRST_SHARE = 0.3, 0.3
"""Of the progress shown: the grids, and improving the best of them."""
LAST_CONDITIONS = 2000
"""In which the best lattice is improved at the end."""
STARTS_TOLD = 8
_CHUNK = 8


@dataclass(frozen=True, eq=False)
class Improved:
    """A placement, where it comes from, its predicted AEP [Wh], and the CPU time it took [s]."""

    start: str
    placement: Placement
    aep: float
    cpu_s: float = 0.0


def _screen(
    objective: Objective,
    conditions: Conditions,
    least_cell: float,
    named: Sequence[tuple[str, Lattice]],
) -> list[tuple[float, str, Placement]]:
    """Return the mean power [W] of those lattices that the turbines fit on."""
    placements = [(name, fitted(objective.problem, one, least_cell)) for name, one in named]
    fitting = [(name, one) for name, one in placements if one is not None]
    if not fitting:
        return []
    power = objective.rates(np.stack([one.layout for _, one in fitting]), conditions)
    return [(float(p), name, one) for p, (name, one) in zip(power, fitting, strict=True)]


def _improve(
    objective: Objective,
    conditions: Conditions,
    least_cell: float,
    seed: int,
    seconds: float,
    named: tuple[str, Placement],
) -> Improved:
    """Improve a placement and judge it on the full rose (runs inside a worker)."""
    cpu, (name, placement) = time.process_time(), named
    better = improve(objective, placement, conditions, least_cell, seed, seconds)
    aep = objective.value(better.layout)
    return Improved(name, better, aep, time.process_time() - cpu)


class _RegularSearch:
    """A search for a lattice under way."""

    def __init__(
        self,
        problem: LayoutProblem,
        surrogate: Surrogate,
        seed: int,
        max_seconds: float | Clock | None,
        executor: Executor | None,
        on_improvement: Callable[[Improvement, FloatArray], None] | None,
        progress: Progress | None,
    ) -> None:
        self.began = time.perf_counter()
        self.problem, self.seed, self.executor = problem, seed, executor
        self.objective = Objective.of(problem, surrogate)
        self.clock = clock(max_seconds)
        self.given_s = self.left_s
        self.on_improvement, self.progress = on_improvement, progress or (lambda share: None)
        self.tightest = require_lattice(problem)
        rough = problem.initial_layout
        if rough is None:
            rough = place_turbines(problem, self.tightest[0]).layout
        self.sampler = RoseSampler.of(self.objective, rough)
        self.conditions = self.draw(SAMPLED)
        self.least_cell = open_area(problem) / (SPARE * problem.n_turbines)
        self.middle = np.array(problem.site.area.centroid.coords[0])
        self.cpu_s = 0.0
        self.history: list[Improvement] = []
        self.grid: FloatArray | None = None
        self.aep_start: dict[str, float] = {}
        self.found: list[Improved] = []
        self.settled = ""

    @property
    def left_s(self) -> float:
        """Time left [s]."""
        return self.clock()

    @property
    def best(self) -> Improved:
        """The best placement so far."""
        return self.found[0]

    @property
    def names(self) -> list[str]:
        """The starts, in the order of the best that came from each."""
        return list(dict.fromkeys(one.start for one in self.found))

    def draw(self, n: int) -> Conditions:
        """Draw conditions, the same for the same number and seed."""
        return draw_some(self.objective, self.sampler, n, np.random.default_rng(self.seed))

    def run(self, earlier: Solution | None) -> tuple[str, str]:
        """Search, or carry an earlier search on; returns a solution's status and reason."""
        try:
            firsts = self.begin() if earlier is None else self.begin_again(earlier)
            for number, one in enumerate(self.improve_all(firsts), start=1):
                self.judge(one)
                self.progress(GRID_SHARE + FIRST_SHARE * number / len(firsts))
            self.go_on()
            for one in self.improve_all([(self.best.start, self.best.placement)], LAST_CONDITIONS):
                self.judge(one)
        except KeyboardInterrupt:
            if not self.found:
                raise
            logger.warning("search interrupted: the best lattice so far is kept")
            return "stopped", "the search was interrupted"
        if not self.settled or self.left_s <= 0:
            return "budget", "the budget was spent"
        self.progress(1.0)
        return "converged", self.settled

    def begin(self) -> list[tuple[str, Placement]]:
        """Judge the best grids, or the tightest lattices where none of the grids fits."""
        ranked = ranked_grids(
            self.objective,
            self.sampler,
            self.seed,
            self.executor,
            lambda share: self.progress(GRID_SHARE * share),
        )
        lattices = []
        for grid, layout in ranked:
            lattice = grid.lattice(self.problem)
            assert lattice is not None  # else it had no layout
            lattices.append(Placement(lattice, lattice.nearest(layout)))
        if ranked:
            self.grid = ranked[0][1]
        kind = "grid" if ranked else "tight"
        lattices = lattices or [
            place_turbines(self.problem, one) for one in self.tightest[:PARENTS]
        ]
        firsts = [(f"{kind}-{number}", one) for number, one in enumerate(lattices, start=1)]
        for name, placement in firsts:
            self.judge(Improved(name, placement, self.objective.value(placement.layout)))
        return firsts

    def begin_again(self, earlier: Solution) -> list[tuple[str, Placement]]:
        """Judge what an earlier search has found."""
        assert earlier.lattice is not None
        self.grid = earlier.grid
        placement = Placement(earlier.lattice, earlier.lattice.nearest(earlier.layout))
        name = max(earlier.starts, key=lambda start: start.aep_best).name
        self.judge(Improved(name, placement, self.objective.value(placement.layout)))
        return [(name, placement)]

    def judge(self, one: Improved) -> None:
        """Book what a placement cost, and keep it."""
        self.cpu_s += one.cpu_s
        self.aep_start.setdefault(one.start, one.aep)
        better = not self.found or one.aep > self.best.aep
        self.found = sorted([*self.found, one], key=lambda other: -other.aep)
        if better:
            elapsed = time.perf_counter() - self.began
            self.history.append(
                Improvement(elapsed, self.cpu_s, one.start, one.aep, self.aep_start[one.start])
            )
            if self.on_improvement is not None:
                self.on_improvement(self.history[-1], one.placement.layout)

    def go_on(self) -> None:
        """Let generations follow until they gain nothing any more."""
        settings = self.problem.config.optimise
        since, generation, last = 0, 0, self.best.aep
        begun = GRID_SHARE + FIRST_SHARE
        while since < settings.patience and self.left_s > 0:
            generation += 1
            for one in self.improve_all(self.screen(generation)[: settings.chains]):
                self.judge(one)
            since += settings.chains
            if self.best.aep > last * (1.0 + GAIN_TOLERANCE):
                since, last = 0, self.best.aep
            spent = since / settings.patience
            if np.isfinite(self.given_s):
                spent = max(spent, 1.0 - self.left_s / self.given_s)
            self.progress(begun + (1.0 - begun) * min(1.0, spent))
        if since >= settings.patience:
            gain = f"less than {100 * GAIN_TOLERANCE:.3g} % of AEP, all together"
            self.settled = f"the last {since} lattices gained {gain}"
            if not generation:
                self.settled = "optimise.patience is 0: no lattices were varied"

    def screen(self, generation: int) -> list[tuple[str, Placement]]:
        """Vary the best lattices and draw fresh ones; those that fit, the most promising first."""
        rng = np.random.default_rng((self.seed, generation))
        parents = [next(one for one in self.found if one.start == name) for name in self.names]
        parents = parents[:PARENTS]
        named = []
        for number in range(VARIATIONS):
            parent = parents[number % len(parents)]
            named.append((parent.start, varied(parent.placement.lattice, self.middle, rng)))
        for _ in range(FRESH):
            lattice = random_grid(rng).lattice(self.problem)
            if lattice is not None:
                named.append((f"lattice-{generation}", lattice))
        chunks = [named[i : i + _CHUNK] for i in range(0, len(named), _CHUNK)]
        screen = partial(_screen, self.objective, self.conditions, self.least_cell)
        run = map if self.executor is None else self.executor.map
        fitting = [one for chunk in run(screen, chunks) for one in chunk]
        return [(name, one) for _, name, one in sorted(fitting, key=lambda one: -one[0])]

    def improve_all(
        self, named: Sequence[tuple[str, Placement]], conditions: int = SAMPLED
    ) -> Iterator[Improved]:
        """Improve placements side by side, as long as there is time."""
        if self.left_s <= 0:
            return
        drawn = self.conditions if conditions == SAMPLED else self.draw(conditions)
        waves = -(-len(named) // (1 if self.executor is None else available_cores()))
        seconds = self.left_s / max(waves, 1)
        task = partial(_improve, self.objective, drawn, self.least_cell, self.seed, seconds)
        yield from (map if self.executor is None else self.executor.map)(task, named)

    def result_of(self, start: str) -> StartResult:
        """Sum up what became of a start."""
        best = next(one for one in self.found if one.start == start)
        status = "gave the answer" if best is self.best else "improved; others were better"
        return StartResult(start, best.placement.layout, self.aep_start[start], best.aep, status)


def optimise_regular(
    problem: LayoutProblem,
    surrogate: Surrogate,
    seed: int = 0,
    max_seconds: float | Clock | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_improvement: Callable[[Improvement, FloatArray], None] | None = None,
    carry_on: Solution | None = None,
) -> Solution:
    """Search for the regular layout with the highest AEP; parameters as of `optimise`.

    Returns
    -------
    Solution
        All its turbines stand on its `lattice`.

    Raises
    ------
    InfeasibleError
        When no lattice with enough points on the site was found; it says how many would fit.
    """
    search = _RegularSearch(
        problem, surrogate, seed, max_seconds, executor, on_improvement, progress
    )
    status, reason = search.run(carry_on)
    return Solution(
        layout=search.best.placement.layout,
        aep_predicted=search.best.aep,
        status=status,
        history=tuple(search.history),
        starts=tuple(search.result_of(name) for name in search.names[:STARTS_TOLD]),
        grid=search.grid,
        reason=reason,
        lattice=search.best.placement.lattice,
    )
