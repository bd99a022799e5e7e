"""Regular layouts: the lattice with the highest AEP, and which of its points stay empty.

Half of the search is that for the best grids (`grids`): lattices, each as wide as it can be.
The best of them are refined one by one (`lattice_refine`). Then come generations of lattices
varied from the best, narrower and wider ones too, and of fresh ones, until none of them gains.

A lattice may have a third more points on the site than there are turbines. With many more, any
layout could be picked from its points and be called rows.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from windopt.problem.lattice import Lattice, open_area
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective, Sample
from windopt.search.clock import clock, part_of
from windopt.search.context import SearchContext, SearchTask
from windopt.search.fitting_lattices import fitted, place_turbines, require_lattice, varied
from windopt.search.grids import random_grid, ranked_grids
from windopt.search.lattice_refine import Placement, improve
from windopt.search.scenario_sampler import sampler_of
from windopt.search.solution import Improvement, Solution, StartResult
from windopt.search.stop import FirstOf, NoGain, OutOfTime

logger = logging.getLogger(__name__)

GRID_SHARE, FIRST_SHARE = 0.3, 0.3
"""Of the progress shown: the grids, and improving the best of them."""
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
    conditions: Sample,
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
    context: SearchContext,
    conditions: Sample,
    least_cell: float,
    seed: int,
    seconds: float,
    named: tuple[str, Placement],
) -> Improved:
    """Improve a placement and evaluate it on the full rose (runs inside a worker)."""
    cpu, (name, placement) = time.process_time(), named
    objective, settings = context.objective, context.settings.lattices
    left_s = clock(seconds)
    better = improve(objective, placement, conditions, least_cell, seed, settings, left_s)
    aep = objective.value(better.layout)
    return Improved(name, better, aep, time.process_time() - cpu)


class _RegularSearch:
    """A search for a lattice under way."""

    def __init__(self, task: SearchTask) -> None:
        self.began = time.perf_counter()
        self.task, self.problem, self.settings = task, task.problem, task.settings
        self.objective = task.objective(task.problem)
        self.given_s = self.left_s
        self.tightest = require_lattice(self.problem)
        rough = self.problem.initial_layout
        if rough is None:
            rough = place_turbines(self.problem, self.tightest[0]).layout
        sampler = sampler_of(self.objective, rough)
        self.context = SearchContext(self.objective, sampler, self.settings)
        self.conditions = self.draw(self.settings.lattices.conditions)
        points = self.settings.lattices.spare * self.problem.n_turbines
        self.least_cell = open_area(self.problem) / points
        self.middle = np.array(self.problem.site.area.centroid.coords[0])
        self.cpu_s = 0.0
        self.history: list[Improvement] = []
        self.grid: FloatArray | None = None
        self.aep_start: dict[str, float] = {}
        self.found: list[Improved] = []
        self.settled = ""

    @property
    def left_s(self) -> float:
        """Time left [s]."""
        return self.task.left_s()

    @property
    def best(self) -> Improved:
        """The best placement so far."""
        return self.found[0]

    @property
    def names(self) -> list[str]:
        """The starts, in the order of the best that came from each."""
        return list(dict.fromkeys(one.start for one in self.found))

    def draw(self, n: int) -> Sample:
        """Draw conditions, the same for the same number and seed."""
        return self.context.draw(n, np.random.default_rng(self.task.seed))

    def run(self, earlier: Solution | None) -> tuple[str, str]:
        """Search, or carry an earlier search on; returns a solution's status and reason."""
        try:
            firsts = self.begin() if earlier is None else self.begin_again(earlier)
            for number, one in enumerate(self.improve_all(firsts, self.conditions), start=1):
                self.note(one)
                self.task.progress(GRID_SHARE + FIRST_SHARE * number / len(firsts))
            self.go_on()
            last = self.draw(self.settings.lattices.last_conditions)
            for one in self.improve_all([(self.best.start, self.best.placement)], last):
                self.note(one)
        except KeyboardInterrupt:
            if not self.found:
                raise
            logger.warning("search interrupted: the best lattice so far is kept")
            return "stopped", "the search was interrupted"
        if not self.settled or self.left_s <= 0:
            return "budget", "the budget was spent"
        self.task.progress(1.0)
        return "converged", self.settled

    def begin(self) -> list[tuple[str, Placement]]:
        """Evaluate the best grids, or the tightest lattices where none of the grids fits."""
        ranked = ranked_grids(
            self.context,
            executor=self.task.executor,
            progress=lambda share: self.task.progress(GRID_SHARE * share),
            left_s=part_of(self.task.left_s, GRID_SHARE),
        )
        if ranked:
            self.grid = ranked[0].layout
        roomy = [one for one in ranked if one.lattice.cell_area >= self.least_cell]
        kind = "grid" if roomy else "tight"
        lattices = roomy or [
            place_turbines(self.problem, one)
            for one in self.tightest[: self.settings.lattices.parents]
        ]
        firsts = [(f"{kind}-{number}", one) for number, one in enumerate(lattices, start=1)]
        for name, placement in firsts:
            self.note(Improved(name, placement, self.objective.value(placement.layout)))
        return firsts

    def begin_again(self, earlier: Solution) -> list[tuple[str, Placement]]:
        """Evaluate what an earlier search has found."""
        assert earlier.lattice is not None
        self.grid = earlier.grid
        placement = Placement(earlier.lattice, earlier.lattice.nearest(earlier.layout))
        name = max(earlier.starts, key=lambda start: start.aep_best).name
        self.note(Improved(name, placement, self.objective.value(placement.layout)))
        return [(name, placement)]

    def note(self, one: Improved) -> None:
        """Note what a placement cost, and keep it."""
        self.cpu_s += one.cpu_s
        self.aep_start.setdefault(one.start, one.aep)
        better = not self.found or one.aep > self.best.aep
        self.found = sorted([*self.found, one], key=lambda other: -other.aep)
        if better:
            elapsed = time.perf_counter() - self.began
            self.history.append(
                Improvement(elapsed, self.cpu_s, one.start, one.aep, self.aep_start[one.start])
            )
            if self.task.on_improvement is not None:
                self.task.on_improvement(self.history[-1], one.placement.layout)

    def go_on(self) -> None:
        """Let generations follow until they gain nothing any more."""
        settings, tolerance = self.settings, self.settings.lattices.gain_tolerance
        generation, begun = 0, GRID_SHARE + FIRST_SHARE
        no_gain = NoGain(settings.patience, tolerance, self.best.aep)
        stop = FirstOf(no_gain, OutOfTime(self.task.left_s, self.given_s))
        while not stop.met:
            generation += 1
            for one in self.improve_all(
                self.screen(generation)[: settings.chains], self.conditions
            ):
                self.note(one)
            no_gain.look(self.best.aep, settings.chains)
            self.task.progress(begun + (1.0 - begun) * stop.share)
        if no_gain.met:
            self.settled = no_gain.reason(what="lattices")

    def screen(self, generation: int) -> list[tuple[str, Placement]]:
        """Vary the best lattices and draw fresh ones; those that fit, the most promising first."""
        rng, settings = np.random.default_rng((self.task.seed, generation)), self.settings.lattices
        parents = [next(one for one in self.found if one.start == name) for name in self.names]
        parents = parents[: settings.parents]
        named = []
        for number in range(settings.variations):
            parent = parents[number % len(parents)]
            named.append((parent.start, varied(parent.placement.lattice, self.middle, rng)))
        for _ in range(settings.fresh):
            lattice = random_grid(rng).lattice(self.problem)
            if lattice is not None:
                named.append((f"lattice-{generation}", lattice))
        chunks = [named[i : i + _CHUNK] for i in range(0, len(named), _CHUNK)]
        screen = partial(_screen, self.objective, self.conditions, self.least_cell)
        fitting = [one for chunk in self.task.map(screen, chunks) for one in chunk]
        return [(name, one) for _, name, one in sorted(fitting, key=lambda one: -one[0])]

    def improve_all(
        self, named: Sequence[tuple[str, Placement]], conditions: Sample
    ) -> Iterator[Improved]:
        """Improve placements side by side, as long as there is time."""
        if self.left_s <= 0:
            return
        waves = -(-len(named) // self.task.at_once)
        seconds = self.left_s / max(waves, 1)
        fixed = self.context, conditions, self.least_cell, self.task.seed, seconds
        yield from self.task.map(partial(_improve, *fixed), named)

    def result_of(self, start: str) -> StartResult:
        """Sum up what became of a start."""
        best = next(one for one in self.found if one.start == start)
        status = "gave the answer" if best is self.best else "improved; others were better"
        return StartResult(start, best.placement.layout, self.aep_start[start], best.aep, status)


def optimise_regular(task: SearchTask, carry_on: Solution | None = None) -> Solution:
    """Search for the regular layout with the highest AEP.

    Parameters
    ----------
    task : SearchTask
    carry_on : Solution, optional
        Go on from the lattice of an earlier search.

    Returns
    -------
    Solution
        All its turbines stand on its `lattice`.

    Raises
    ------
    InfeasibleError
        When no lattice with enough points on the site was found; it says how many would fit.
    """
    search = _RegularSearch(task)
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
