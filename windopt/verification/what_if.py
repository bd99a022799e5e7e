"""What each move has gained, and what one more turbine would yield: FLORIS's answers.

A move's gain is found by undoing it alone: turbine i goes back to where it was, all others stay
where the result has them, and

    gain_i = AEP(result) - AEP(result with turbine i put back).

Moves depend on each other, so that their gains do not sum to the gain of the layout.

Such questions are many, so FLORIS is asked in some drawn conditions, the same for all farms, beside
the surrogate's word on the whole rose (see `windopt.verification.sampling`): what the surrogate
gets wrong is much the same in two farms that differ by one turbine, and cancels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import torch

from windopt.floris.alone import by_type, evaluated_wind
from windopt.floris.simulator import FarmCase, Progress, Simulator
from windopt.problem.condensed import condensed_rose
from windopt.problem.conditions import Conditions
from windopt.problem.constraint import Standing
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.measure import ENERGY
from windopt.problem.objective import Objective, aim_of
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluated import standard_error
from windopt.verification.sampled import PER_TASK, SMALL_ROSE
from windopt.verification.sampling import RoseSample, draw_lattice, shares_by_power

MOST_DRAWS, FEWEST_DRAWS = 100, 50
"""Conditions that FLORIS is asked about for each farm."""
MOVED_D = 0.05
"""A turbine that is not so far from where it was has stayed [rotor diameters]."""
CONDITION_CPU_S, PAIR_CPU_S = 5e-4, 3.6e-6
"""What FLORIS takes for a condition, and for each pair of turbines in it [s], on a plain core."""
PLACES, APART_D = 4, 3.0
"""Best places asked about, and how far they lie apart [rotor diameters]."""
EVALUATIONS = 2 + PLACES
"""Layouts that FLORIS looks at besides moves."""
MAP_PLACES = 1200
"""Places that the map of one more turbine is drawn from."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Which questions are affordable.

    Attributes
    ----------
    draws : int
        Conditions that are drawn; 0 where nothing is asked.
    moves : (k,)
        Turbines whose moves are undone, the farthest first.
    cpu_s : float [s]
        What that will take, about.
    """

    draws: int
    moves: IntArray
    cpu_s: float


@dataclass(frozen=True, eq=False)
class Yields:
    """What farms yield, as each draw corrects the surrogate.

    Attributes
    ----------
    aep, value : (m, n_draws) [Wh, unit of the objective]
        Their mean over the draws is FLORIS's figure; one column where FLORIS was asked about the
        whole rose.
    conditions, of : int
        Conditions that FLORIS was asked about, and those of the rose.
    """

    aep: FloatArray
    value: FloatArray
    conditions: int
    of: int


def plan_questions(
    problem: LayoutProblem, moves: IntArray, cpu_s: float, evaluations: float = np.inf
) -> Plan:
    """Choose in how many conditions to ask about which moves.

    Parameters
    ----------
    moves : (k,)
        Turbines that have moved, the farthest first.
    cpu_s : float [s]
        What FLORIS may take.
    evaluations : float
        Layouts that FLORIS may look at.
    """
    n, rose = len(problem.all_types), len(evaluated_wind(problem).conditions)
    each = CONDITION_CPU_S + PAIR_CPU_S * n * n

    def cost(draws: int, count: int) -> float:
        return each * (rose if _is_small(rose, draws) else draws) * (EVALUATIONS + count)

    count = int(min(len(moves), evaluations - EVALUATIONS))
    if count < 0 or cost(FEWEST_DRAWS, 0) > cpu_s:
        return Plan(0, moves[:0], cost(FEWEST_DRAWS, len(moves)))
    draws = MOST_DRAWS
    while draws > FEWEST_DRAWS and cost(draws, count) > cpu_s:
        draws -= 10
    if cost(draws, count) > cpu_s:
        count = int((cpu_s - cost(draws, 0)) / (cost(draws, 1) - cost(draws, 0)))
    return Plan(draws, moves[:count], cost(draws, count))


def moved(problem: LayoutProblem, before: FloatArray, after: FloatArray) -> IntArray:
    """Return which turbines have moved between two layouts (n, 2) [m], the farthest first."""
    distance = np.hypot(*(after - before).T)
    order = np.argsort(-distance, kind="stable")
    far: IntArray = order[distance[order] > MOVED_D * problem.rotor_diameter]
    return far


def _is_small(conditions: int, draws: int) -> bool:
    """Return whether a rose is so small that FLORIS is asked about all of it."""
    return conditions <= SMALL_ROSE * draws


def yields_of_farms(
    problem: LayoutProblem,
    farms: Sequence[tuple[FloatArray, IntArray]],
    surrogate: Surrogate,
    draws: int,
    simulator: Simulator,
    progress: Progress | None = None,
) -> Yields:
    """Ask FLORIS what layouts (n, 2) [m] with types (n,) yield, beside the fixed turbines.

    Parameters
    ----------
    surrogate : Surrogate
        Has its word on the whole rose; what it gets wrong makes errors larger, not figures wrong.
    draws : int
        Conditions that are drawn.
    """
    wind, objective = evaluated_wind(problem), Objective.of(problem, surrogate)
    c, worth, hours = wind.conditions, objective.weights(wind)[wind.occurs], problem.hours_per_year
    uncounted = 0 if problem.fixed_counted else len(problem.fixed_layout)
    built = [
        (problem.joined(layout), np.concatenate([types, problem.fixed_types]))
        for layout, types in farms
    ]
    is_small = _is_small(len(c), draws)
    asked, sample, predicted = np.arange(len(c)), None, np.zeros((len(built), len(c)))
    if not is_small:
        predicted = np.array([_predicted(surrogate, c, *one, uncounted) for one in built])
        counts = np.bincount(problem.counted_types, minlength=len(problem.turbines))
        free = np.interp(c.ws, wind.wind_speed, counts @ by_type(problem, wind))
        share = shares_by_power(c.weight, predicted.mean(axis=0), free)
        drawn = draw_lattice(c, share, draws, np.random.default_rng((problem.seed, 29)))
        sample = RoseSample(share, c.weight, drawn)
        asked = sample.asked
    some = c.take(asked)
    cases = [FarmCase(farm, some.wd, some.ws, some.ti, types, PER_TASK) for farm, types in built]
    power = np.array(
        [
            state.power[:, : state.power.shape[1] - uncounted].sum(axis=1)
            for state in simulator.simulate_beside(cases, progress)
        ]
    )

    def told(weight: FloatArray) -> FloatArray:
        if sample is None:
            return np.asarray(hours * (power @ weight)[:, None])
        drawn = RoseSample(sample.share, weight, sample.drawn)
        corrections = drawn.corrections((power - predicted[:, asked]).T).T
        return np.asarray(hours * ((predicted @ weight)[:, None] + corrections))

    return Yields(told(c.weight), told(worth), len(asked), len(c))


def _predicted(
    surrogate: Surrogate, c: Conditions, farm: FloatArray, types: IntArray, uncounted: int
) -> FloatArray:
    """Return a farm's power by the surrogate (n_conditions,) [W], of the turbines that count."""
    with torch.no_grad():
        power = surrogate.power(farm[None], c.wd, c.ws, c.ti, types)[0].double().cpu().numpy()
    total: FloatArray = power[:, : power.shape[1] - uncounted].sum(axis=1)
    return np.nan_to_num(total, nan=0.0, posinf=0.0, neginf=0.0)


def taken_by(problem: LayoutProblem, layout: FloatArray, turbine: int, place: FloatArray) -> int:
    """Return the turbine that is too close to a place (2,) [m] for another; -1 if none is.

    Numbers from `len(layout)` on are fixed turbines.
    """
    others = problem.joined(layout)
    rule, kinds = problem.spacing, problem.all_types
    gap = rule.distances(place, others) - rule.bound_m[kinds[turbine], kinds]
    gap[turbine] = np.inf
    nearest = int(np.argmin(gap))
    return nearest if gap[nearest] < -1e-3 else -1


def free_places(problem: LayoutProblem, layout: FloatArray, kind: int) -> FloatArray:
    """Lay a square grid over where one more turbine could stand: (m, 2) [m]."""
    low_x, low_y, high_x, high_y = problem.site.area.bounds
    step = _step(problem)
    x, y = np.meshgrid(np.arange(low_x, high_x, step), np.arange(low_y, high_y, step))
    places = np.column_stack([x.ravel(), y.ravel()]) + step / 2
    shapely.prepare(problem.site.area)
    places = places[shapely.contains_xy(problem.site.area, *places.T)]
    free: FloatArray = places[problem.free(places, Standing(layout, problem.types, kind))]
    return free


def _step(problem: LayoutProblem) -> float:
    """Return the distance of the map's places [m]."""
    return float(np.sqrt(problem.site.area.area / MAP_PLACES))


def _rank(
    problem: LayoutProblem, surrogate: Surrogate, layout: FloatArray, kind: int
) -> dict[str, FloatArray] | None:
    """Return the places for one more turbine and their values; None where no place is free."""
    places = free_places(problem, layout, kind)
    if not len(places):
        return None
    objective, everyone = Objective.of(problem, surrogate), np.arange(problem.n_turbines)
    newcomer = int(np.flatnonzero(problem.types == kind)[0])
    rose = condensed_rose(objective, layout).listed
    values = objective.place_values(layout, everyone, newcomer, places, rose)
    return {"places": places, "values": values}


def best_of(places: FloatArray, values: FloatArray, apart: float) -> IntArray:
    """Return the best places (at most `PLACES`) that lie `apart` [m] from each other."""
    chosen: list[int] = []
    for k in np.argsort(-values, kind="stable"):
        if all(np.hypot(*(places[k] - places[other])) >= apart for other in chosen):
            chosen.append(int(k))
        if len(chosen) == PLACES:
            break
    return np.array(chosen, dtype=np.intp)


def ask_what_if(
    problem: LayoutProblem,
    before: FloatArray | None,
    after: FloatArray,
    plan: Plan,
    simulator: Simulator,
    surrogate: Surrogate | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Let FLORIS answer what a plan asks; nothing where the plan asks nothing.

    Parameters
    ----------
    before : (n_turbines, 2) [m]
        Turbine by turbine the layout that the others have moved from.
    after : (n_turbines, 2) [m]
        The result.
    surrogate : Surrogate or None
        Draws the map of one more turbine; without one there is none, and a wake formula has the
        word on the whole rose.

    Returns
    -------
    answers : ``conditions`` that FLORIS was asked about, ``of`` how many; ``moves``, a list with
        the number of each turbine (from 0) and its gain [GWh], or who stands now where it was;
        ``places`` with the gain of one more turbine [GWh]; ``error_gwh``, the largest standard
        error of these gains, 0 where FLORIS was asked about the whole rose; ``map``, the
        surrogate's ranking of places; each gain by the objective's measure too
    """
    layouts = [after] if before is None else [after, before]
    farms = [(layout, problem.types) for layout in layouts]
    undone, moves = [], []
    for turbine in plan.moves.tolist():
        assert before is not None
        other = taken_by(problem, after, turbine, before[turbine])
        if other >= 0:
            moves.append({"turbine": turbine, "gain_gwh": None, "taken_by": other})
            continue
        undone.append(turbine)
        back = after.copy()
        back[turbine] = before[turbine]
        farms.append((back, problem.types))
    kind = int(np.argmax(problem.turbine_counts))
    ranked = None if surrogate is None else _rank(problem, surrogate, after, kind)
    if ranked is not None:
        types = np.append(problem.types, kind)
        apart = APART_D * problem.rotor_diameter
        best = ranked["places"][best_of(ranked["places"], ranked["values"], apart)]
        farms += [(np.vstack([after, place]), types) for place in best]
    word = surrogate or analytic_surrogate(problem)
    yields = yields_of_farms(problem, farms, word, plan.draws, simulator, progress)
    measure = aim_of(problem)
    told = {ENERGY.gain_key: yields.aep / ENERGY.per, measure.gain_key: yields.value / measure.per}

    def less(farm: int) -> dict[str, float]:
        """Return what a farm has less than the result."""
        return {key: float((drawn[0] - drawn[farm]).mean()) for key, drawn in told.items()}

    moves += [
        {"turbine": turbine, "taken_by": None, **less(farm)}
        for farm, turbine in enumerate(undone, start=len(layouts))
    ]
    aep, one_by_one = told[ENERGY.gain_key], range(len(layouts), len(farms))
    sampled = aep.shape[1] > 1
    answers: dict[str, Any] = {
        "conditions": yields.conditions,
        "of": yields.of,
        "aep_gwh": float(aep[0].mean()),
        "error_gwh": max((standard_error(aep[0] - aep[farm]) for farm in one_by_one), default=0.0)
        if sampled
        else 0.0,
        **({"gain_gwh": None} if before is None else less(1)),
        "moves": moves,
    }
    if ranked is not None:
        added = range(len(farms) - len(best), len(farms))
        answers["type"] = problem.turbines[kind].name
        answers["places"] = [
            {"x": x, "y": y, **{key: -value for key, value in less(farm).items()}}
            for (x, y), farm in zip(best.tolist(), added, strict=True)
        ]
        answers["map"] = {**ranked, "step_m": _step(problem)}
    return answers
