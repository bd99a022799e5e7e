"""Stochastic gradient ascent of AEP over turbine positions.

Every step draws wind conditions (`RoseSampler`), follows the surrogate's gradient g and returns to
the site and the spacing by projection P:

    m = b m + (1 - b) g,    v = c v + (1 - c) |g|²,    x = P(x + s m / sqrt(v / 2)),

the step of Adam (Kingma and Ba, ICLR 2015) with one second moment v per turbine, not per
coordinate: scaled coordinates would drift along oblique boundaries when projected. Its length s
falls geometrically from a rotor diameter to hundredths of one, so that one ascent explores and
refines. That the wind rose is sampled afresh at every step, in the place of a sum over all of it,
is the idea of Quick et al., Wind Energ. Sci. 8, 1235, 2023. An ascent can be carried on from where
it stopped: its state is a value.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.objective import Sample
from windopt.problem.repair import relax, repair
from windopt.search.context import SearchContext
from windopt.search.rose_sampler import RoseSampler
from windopt.search.scenario_sampler import ScenarioSampler
from windopt.search.settings import AscentSettings
from windopt.workers.counts import WORK

TANGENT_STEPS = 25
"""Steps along one tangent of a measure of risk that is not linear."""


@dataclass(frozen=True, eq=False)
class Ascent:
    """An ascent under way.

    Attributes
    ----------
    name : str
        Of the start it came from.
    layout : (n, 2) [m]
        On the site; spacing holds up to the last projection.
    settings : AscentSettings
    seed : int
    momentum : (n, 2)
    memory : (n,)
        First and second moments of the gradient.
    step : int
    spent_s : float [s]
    """

    name: str
    layout: FloatArray
    settings: AscentSettings
    seed: int
    momentum: FloatArray
    memory: FloatArray
    step: int = 0
    spent_s: float = 0.0

    @classmethod
    def start(cls, name: str, layout: FloatArray, settings: AscentSettings, seed: int) -> "Ascent":
        """Begin at a layout."""
        n = len(layout)
        return cls(name, layout, settings, seed, np.zeros((n, 2)), np.zeros(n))

    @property
    def progress(self) -> float:
        """How far the ascent is on its way, in steps or in time: 1 at its end."""
        return max(self.step / self.settings.steps, self.spent_s / self.settings.seconds)


@dataclass(frozen=True, eq=False)
class Waypoint:
    """An ascent, and the feasible layout it has reached, evaluated on the full rose.

    Attributes
    ----------
    ascent : Ascent
    layout : (n, 2) [m]
        Feasible.
    aep : float [Wh]
        Predicted by the surrogate.
    cpu_s : float [s]
        CPU time of the way here.
    """

    ascent: Ascent
    layout: FloatArray
    aep: float
    cpu_s: float


def advance(context: SearchContext, ascent: Ascent, steps: int) -> Waypoint:
    """Carry an ascent on by some steps and evaluate where it stands (runs inside a worker)."""
    began, cpu, spent = time.perf_counter(), time.process_time(), ascent.spent_s
    ascent = ascend(context, ascent, steps)
    layout = repair(context.problem, ascent.layout, ascent.seed)
    aep = context.objective.value(layout)
    ascent = replace(ascent, spent_s=spent + time.perf_counter() - began)
    return Waypoint(ascent, layout, aep, time.process_time() - cpu)


def ascend(context: SearchContext, ascent: Ascent, steps: int) -> Ascent:
    """Carry an ascent on by some steps; its layout is then feasible up to a last projection."""
    began, settings, spent = time.perf_counter(), ascent.settings, ascent.spent_s
    for step in range(steps):
        if step % TANGENT_STEPS == 0:
            along = context.linearised(ascent.layout)
        ascent = _step(along, ascent)
        ascent = replace(ascent, spent_s=spent + time.perf_counter() - began)
        if ascent.step >= settings.steps or ascent.spent_s >= settings.seconds:
            break
    return ascent


def _step(context: SearchContext, ascent: Ascent) -> Ascent:
    WORK.add(search_steps=1)
    settings, problem = ascent.settings, context.problem
    # a generator of its own for every step: where an ascent was interrupted leaves no trace
    rng = np.random.default_rng((ascent.seed, ascent.step))
    conditions = draw_conditions(settings, context.sampler, rng)
    _, g = context.objective.rate_and_gradient(ascent.layout, conditions)
    k = ascent.step + 1
    b, c = settings.momentum, settings.memory
    momentum = b * ascent.momentum + (1 - b) * g
    memory = c * ascent.memory + (1 - c) * (g**2).sum(1)
    size = np.sqrt(memory / (1 - c**k) / 2.0) * (1 - b**k)
    decay = (settings.last_step_d / settings.first_step_d) ** min(ascent.progress, 1.0)
    length = settings.first_step_d * decay * problem.rotor_diameter
    layout = ascent.layout + length * momentum / np.maximum(size, 1e-30)[:, None]
    layout = relax(problem, layout, rounds=5)
    return replace(ascent, layout=layout, momentum=momentum, memory=memory, step=k)


def draw_conditions(
    settings: AscentSettings, sampler: RoseSampler | ScenarioSampler, rng: np.random.Generator
) -> Sample:
    """Draw the conditions of a step."""
    if not settings.least_directions:
        return sampler.draw(settings.conditions, rng)
    enough = settings.conditions // sampler.condensed_speeds
    return sampler.draw_directions(max(settings.least_directions, enough), rng)
