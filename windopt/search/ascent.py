"""Stochastic gradient ascent of AEP over turbine positions.

Every step draws wind conditions (`RoseSampler`), follows the surrogate's gradient and returns to
the site and the spacing by projection. The step is Adam's with one second moment per turbine, not
per coordinate: scaled coordinates would drift along oblique boundaries when projected. Its length
falls geometrically from a rotor diameter to hundredths of one, so that one loop explores and
polishes. A climb can be carried on from where it stopped: its state is a value.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.repair import relax, repair
from windopt.search.rose_sampler import RoseSampler
from windopt.workers.counts import WORK

MOMENTUM, MEMORY = 0.9, 0.99


@dataclass(frozen=True)
class ClimbSettings:
    """Settings of one climb.

    Attributes
    ----------
    steps : int
        Steps until the climb counts as converged.
    seconds : float [s]
        Time after which it ends all the same; the step length falls with whichever comes first.
    first_step_d, last_step_d : float [D]
        Typical length of a turbine's step at the beginning and at the end.
    conditions : int
        Wind conditions drawn per step.
    least_directions : int
        Directions drawn at least, each then with all speeds of the condensed rose; 0 draws single
        conditions.
    """

    steps: int
    seconds: float = float("inf")
    first_step_d: float = 1.0
    last_step_d: float = 0.02
    conditions: int = 150
    least_directions: int = 0

    def draw(self, sampler: RoseSampler, rng: np.random.Generator) -> Conditions:
        """Draw the conditions of a step."""
        if not self.least_directions:
            return sampler.draw(self.conditions, rng)
        enough = self.conditions // sampler.condensed.ws.shape[1]
        return sampler.draw_directions(max(self.least_directions, enough), rng)


@dataclass(frozen=True, eq=False)
class Climb:
    """A climb under way.

    Attributes
    ----------
    name : str
        Of the start it came from.
    layout : (n, 2) [m]
        On the site; spacing holds up to the last projection.
    momentum : (n, 2)
        Memory : (n,) First and second moments of the gradient.
    step : int
    spent_s : float [s]
    """

    name: str
    layout: FloatArray
    settings: ClimbSettings
    seed: int
    momentum: FloatArray
    memory: FloatArray
    step: int = 0
    spent_s: float = 0.0

    @classmethod
    def start(cls, name: str, layout: FloatArray, settings: ClimbSettings, seed: int) -> "Climb":
        """Begin at a layout."""
        n = len(layout)
        return cls(name, layout, settings, seed, np.zeros((n, 2)), np.zeros(n))

    @property
    def progress(self) -> float:
        """How far the climb is on its way, in steps or in time: 1 at its end."""
        return max(self.step / self.settings.steps, self.spent_s / self.settings.seconds)


@dataclass(frozen=True, eq=False)
class Waypoint:
    """A climb, and the feasible layout it has reached, judged on the full rose.

    Attributes
    ----------
    layout : (n, 2) [m]
        Feasible.
    aep : float [Wh]
        Predicted by the surrogate.
    cpu_s : float [s]
        CPU time of the way here.
    """

    climb: Climb
    layout: FloatArray
    aep: float
    cpu_s: float


def advance(objective: Objective, sampler: RoseSampler, climb: Climb, steps: int) -> Waypoint:
    """Carry a climb on by some steps and judge where it stands (runs inside a worker)."""
    began, cpu, spent = time.perf_counter(), time.process_time(), climb.spent_s
    climb = go_on(objective, sampler, climb, steps)
    layout = repair(objective.problem, climb.layout, climb.seed)
    aep = objective.value(layout)
    climb = replace(climb, spent_s=spent + time.perf_counter() - began)
    return Waypoint(climb, layout, aep, time.process_time() - cpu)


def go_on(objective: Objective, sampler: RoseSampler, climb: Climb, steps: int) -> Climb:
    """Carry a climb on by some steps; its layout is then feasible up to a last projection."""
    began, settings, spent = time.perf_counter(), climb.settings, climb.spent_s
    for _ in range(steps):
        climb = _step(objective, sampler, climb)
        climb = replace(climb, spent_s=spent + time.perf_counter() - began)
        if climb.step >= settings.steps or climb.spent_s >= settings.seconds:
            break
    return climb


def _step(objective: Objective, sampler: RoseSampler, climb: Climb) -> Climb:
    WORK.add(search_steps=1)
    settings, problem = climb.settings, objective.problem
    # a generator of its own for every step: where a climb was interrupted leaves no trace
    conditions = settings.draw(sampler, np.random.default_rng((climb.seed, climb.step)))
    _, g = objective.rate_and_gradient(climb.layout, conditions)
    k = climb.step + 1
    momentum = MOMENTUM * climb.momentum + (1 - MOMENTUM) * g
    memory = MEMORY * climb.memory + (1 - MEMORY) * (g**2).sum(1)
    size = np.sqrt(memory / (1 - MEMORY**k) / 2.0) * (1 - MOMENTUM**k)
    decay = (settings.last_step_d / settings.first_step_d) ** min(climb.progress, 1.0)
    length = settings.first_step_d * decay * problem.rotor_diameter
    layout = climb.layout + length * momentum / np.maximum(size, 1e-30)[:, None]
    layout = relax(problem, layout, rounds=5)
    return replace(climb, layout=layout, momentum=momentum, memory=memory, step=k)
