"""A search that learns nothing: every trial is asked of FLORIS itself.

It is the baseline of a search on a surrogate: what the same processor time finds without one.
Chains begin at the given layout, at regular grids and at random layouts, whichever FLORIS finds
best, one chain on each core. A trial moves one turbine, to anywhere on the site (on a boundary,
near where it stood, inside) or a step away, and FLORIS compares the farm before and after in some
tens of conditions; new ones are drawn from time to time, so that no trial lives on the luck of a
sample. A yardstick of more conditions tells which chain leads; in the second half of the time all
chains go on from its layout.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import shapely

from windopt.floris.simulator import FarmCase, Progress, SimulationCounts, Simulator
from windopt.problem.conditions import Conditions
from windopt.problem.constraint import Standing
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair
from windopt.search.clock import Clock, clock
from windopt.search.destroy_repair import draw_places
from windopt.search.grids import random_grid
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import InsertionSettings
from windopt.search.solution import Improvement, Solution, StartResult
from windopt.search.starts import Start
from windopt.workers.executor import width_of
from windopt.workers.remote import charged

COMPARED, RENEWED = 100, 40
"""Conditions of a comparison, and trials after which others are drawn."""
YARDSTICK = 400
"""Conditions that tell which chain leads."""
AFAR = 0.3
"""Share of the trials that move a turbine anywhere."""
LOG_STEPS = np.log([0.05, 1.5])
"""Bounds of the other trials' steps [log D]."""
PLACES, DRAWS = InsertionSettings(places=20), 20
"""Places drawn for a turbine that goes anywhere, and steps drawn until one is feasible."""
GRIDS, RANDOM = 12, 2
"""Starts that FLORIS looks at."""
STRETCHES = 12
"""How often the chains are compared."""


@dataclass(frozen=True, eq=False)
class Tried:
    """A chain of trials.

    Attributes
    ----------
    number : int
    name : str
        Of its start.
    layout : (n_turbines, 2) [m]
        Feasible.
    power : float [W]
        Mean power by the yardstick.
    trials : int
    cpu_s : float [s]
        Of the last stretch.
    counts : SimulationCounts
        What has been asked of FLORIS in that stretch.
    """

    number: int
    name: str
    layout: FloatArray
    power: float
    trials: int = 0
    cpu_s: float = 0.0
    counts: SimulationCounts = field(default_factory=SimulationCounts)


def search_by_trial(
    problem: LayoutProblem,
    seed: int,
    max_seconds: float | Clock,
    executor: Executor,
    progress: Progress | None = None,
    on_improvement: Callable[[Improvement, FloatArray], None] | None = None,
    counts: SimulationCounts | None = None,
) -> Solution:
    """Search for the layout with the highest AEP by asking FLORIS about every trial.

    Parameters
    ----------
    problem : LayoutProblem
    seed : int
    max_seconds : float or Clock [s]
        How long; there is no other end.
    executor : Executor
        Workers, one chain each.
    progress : Progress, optional
    on_improvement : callable, optional
        Hears of every better layout; its AEP is FLORIS's on the yardstick.
    counts : SimulationCounts, optional
        Grows by what is asked of FLORIS.

    Raises
    ------
    InfeasibleError
        When no feasible start can be made.
    """
    began, left_s = time.perf_counter(), clock(max_seconds)
    given_s, counts = left_s(), counts or SimulationCounts()
    history: list[Improvement] = []
    found: dict[str, Tried] = {}
    first: dict[str, float] = {}
    cpu_s = 0.0
    status, reason = "budget", "the budget was spent"

    def book(chain: Tried) -> None:
        nonlocal cpu_s
        cpu_s += chain.cpu_s
        counts.add(chain.counts)
        best = max((one.power for one in found.values()), default=0.0)
        first.setdefault(chain.name, chain.power)
        if chain.name not in found or chain.power > found[chain.name].power:
            found[chain.name] = chain
        if chain.power > best:
            elapsed, aep = time.perf_counter() - began, problem.hours_per_year * chain.power
            history.append(Improvement(elapsed, cpu_s, chain.name, aep))
            if on_improvement is not None:
                on_improvement(history[-1], chain.layout)

    executor = charged(executor)
    try:
        starts = _starts(problem, seed)
        question = Question.about(problem, starts[0].layout, counts)
        look = partial(_look, question, seed)
        for chain in executor.map(look, range(len(starts)), starts):
            book(chain)
        chains = sorted(found.values(), key=lambda one: -one.power)[: width_of(executor)]
        for done in range(1, STRETCHES + 1):
            if left_s() <= 0:
                break
            go_on = partial(_try_places, question, seed, left_s() / (STRETCHES - done + 1))
            chains = sorted(executor.map(go_on, chains), key=lambda one: -one.power)
            for chain in chains:
                book(chain)
            if done >= STRETCHES // 2:
                leader = chains[0]
                chains = [
                    replace(one, layout=leader.layout, power=leader.power, name=leader.name)
                    for one in chains
                ]
            if progress is not None:
                progress(min(1.0, 1.0 - left_s() / given_s))
    except KeyboardInterrupt:
        if not found:
            raise
        status, reason = "stopped", "the search was interrupted"
    best = max(found.values(), key=lambda one: one.power)
    hours = problem.hours_per_year
    return Solution(
        layout=best.layout,
        aep_predicted=hours * best.power,
        status=status,
        history=tuple(history),
        starts=tuple(
            StartResult(name, one.layout, hours * first[name], hours * one.power, "tried")
            for name, one in found.items()
        ),
        grid=None,
        reason=reason,
    )


def _starts(problem: LayoutProblem, seed: int) -> list[Start]:
    """Return the given layout, regular grids and random layouts, all feasible."""
    rng = np.random.default_rng(seed)
    starts = []
    if problem.initial_layout is not None:
        starts.append(Start("given", repair(problem, problem.initial_layout, seed)))
    for number in range(GRIDS):
        if (layout := random_grid(rng).layout(problem)) is not None:
            starts.append(Start(f"grid-{number + 1}", layout))
    starts += [Start(f"random-{i + 1}", random_layout(problem, rng)) for i in range(RANDOM)]
    return starts


@dataclass(frozen=True, eq=False)
class Question:
    """How FLORIS is asked for a layout's mean power: by its wake loss in a sample of the rose.

    A sample that is drawn in proportion to wake loss tells that loss well, and power badly, so

        mean power = power without wakes - sum over the sample of weight (alone - power).

    Attributes
    ----------
    problem : LayoutProblem
    sampler : RoseSampler
    alone : (n_speeds,) [W]
        Power of the counted turbines without wakes, at the rose's wind speeds.
    """

    problem: LayoutProblem
    sampler: RoseSampler
    alone: FloatArray

    @classmethod
    def about(
        cls, problem: LayoutProblem, layout: FloatArray, counts: SimulationCounts
    ) -> "Question":
        """Find out about wake losses in every tenth direction, at a layout (n_turbines, 2) [m]."""
        wind = problem.wind
        some = np.linspace(0, len(wind.wind_direction), 36, endpoint=False).astype(int)
        part = wind.grid(wind.probability).take(some)
        simulator = Simulator(problem, counts=counts)
        power = _powers(simulator, layout, part.listed).reshape(*part.ws.shape, -1)
        alone = power.max(axis=0)  # every turbine is the first in some wind
        loss = (alone - power.mean(axis=0)).sum(axis=-1)
        return cls(problem, RoseSampler.by_wake_loss(wind, loss), alone.sum(axis=-1))

    def draw(self, n: int, rng: np.random.Generator) -> Conditions:
        """Draw conditions, all of them where the rose has no more."""
        rose = self.sampler.conditions
        if len(rose) <= n:
            return rose
        drawn = self.sampler.draw(n, rng)
        return replace(drawn, wd=drawn.wd % 360.0)

    def mean_power(self, simulator: Simulator, layout: FloatArray, wind: Conditions) -> float:
        """Return the mean power of a layout (n_turbines, 2) [m], fixed turbines counted too [W]."""
        speeds, rose = self.problem.wind.wind_speed, self.sampler.conditions
        total = np.interp(rose.ws, speeds, self.alone) @ rose.weight
        alone = np.interp(wind.ws, speeds, self.alone)
        power = _powers(simulator, layout, wind).sum(axis=1)
        return float(total - (alone - power) @ wind.weight)


def _powers(simulator: Simulator, layout: FloatArray, wind: Conditions) -> FloatArray:
    """Ask FLORIS for the powers of all turbines that count (n_conditions, n_counted) [W]."""
    problem = simulator.problem
    farm = FarmCase(problem.joined(layout), wind.wd, wind.ws, wind.ti, problem.all_types)
    (state,) = simulator.simulate([farm])
    return state.power[:, : len(problem.counted_types)]


def _look(
    question: Question,
    seed: int,
    number: int,
    start: Start,
) -> Tried:
    """Begin a chain (runs inside a worker)."""
    cpu, simulator = time.process_time(), Simulator(question.problem)
    power = power_on_yardstick(question, simulator, seed, start.layout)
    cpu_s = time.process_time() - cpu
    return Tried(number, start.name, start.layout, power, 0, cpu_s, simulator.counts)


def power_on_yardstick(
    question: Question, simulator: Simulator, seed: int, layout: FloatArray
) -> float:
    """Return a layout's mean power (n_turbines, 2) [m] in the seed's `YARDSTICK` conditions [W]."""
    wind = question.draw(YARDSTICK, np.random.default_rng(seed))
    return question.mean_power(simulator, layout, wind)


def _try_places(
    question: Question,
    seed: int,
    seconds: float,
    chain: Tried,
) -> Tried:
    """Carry a chain on for some time (runs inside a worker)."""
    cpu, left_s = time.process_time(), clock(seconds)
    simulator = Simulator(question.problem)
    rng = np.random.default_rng((seed, chain.number, chain.trials))
    layout, trials, slowest = chain.layout, 0, 0.0
    wind, power = None, 0.0
    while left_s() > slowest:
        began = time.perf_counter()
        if wind is None or trials % RENEWED == 0:
            wind = question.draw(COMPARED, rng)
            power = question.mean_power(simulator, layout, wind)
        trials += 1
        moved = _moved(question.problem, layout, rng)
        if moved is None:
            continue
        trial = question.mean_power(simulator, moved, wind)
        if trial > power:
            layout, power = moved, trial
        # the yardstick takes as long as this many comparisons
        slowest = max(slowest, (time.perf_counter() - began) * YARDSTICK / COMPARED)
    if layout is not chain.layout:
        on_yardstick = power_on_yardstick(question, simulator, seed, layout)
        if on_yardstick > chain.power:
            chain = replace(chain, layout=layout, power=on_yardstick)
    return replace(
        chain,
        trials=chain.trials + trials,
        cpu_s=time.process_time() - cpu,
        counts=simulator.counts,
    )


def _moved(
    problem: LayoutProblem, layout: FloatArray, rng: np.random.Generator
) -> FloatArray | None:
    """Move one turbine to a feasible place (n_turbines, 2) [m]; None where none was drawn."""
    mover = int(rng.integers(len(layout)))
    if rng.random() < AFAR:
        places = rng.permutation(draw_places(problem, layout[mover : mover + 1], PLACES, rng))
    else:
        steps = problem.rotor_diameter * np.exp(rng.uniform(LOG_STEPS[0], LOG_STEPS[1], DRAWS))
        angle = rng.uniform(0.0, 2.0 * np.pi, DRAWS)
        places = layout[mover] + steps[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        places = places[shapely.contains_xy(problem.site.area, *places.T)]
    others, types = np.delete(layout, mover, axis=0), np.delete(problem.types, mover)
    places = places[problem.free(places, Standing(others, types, int(problem.types[mover])))]
    if not len(places):
        return None
    moved = layout.copy()
    moved[mover] = places[0]
    return moved
