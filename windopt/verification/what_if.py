"""What each move has gained, and what one more turbine would yield: FLORIS's answers.

A move's gain is found by undoing it alone: turbine i goes back to where it was, all others stay
where the result has them, and

    gain_i = AEP(result) - AEP(result with turbine i put back).

Moves depend on each other, so that their gains do not sum to the gain of the layout.

Such questions are many and their answers differences, so FLORIS is asked on part of the rose: some
directions, evenly spread, and the few speeds from whose powers those at all speeds follow (see
`windopt.problem.condensed`), here by FLORIS's own powers in the layouts before and after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import FarmCase, Progress, Simulator
from windopt.problem.condensed import choose_speeds
from windopt.problem.conditions import Conditions
from windopt.problem.constraint import Standing
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.measure import ENERGY
from windopt.problem.objective import Objective, aim_of
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource
from windopt.surrogate.surrogate import Surrogate

COARSEST, FINEST = 5, 3
"""Every so many of 360 directions are asked for, which leaves 72 to 120."""
TOLERANCE = 3e-3
"""Rms error of the powers that follow from those at few speeds, as a share of what wakes do."""
MOVED_D = 0.05
"""A turbine that is not so far from where it was has stayed [rotor diameters]."""
CONDITION_CPU_S, PAIR_CPU_S = 5e-4, 3.6e-6
"""What FLORIS takes for a condition, and for each pair of turbines in it [s], on a plain core."""
PLACES, APART_D = 4, 3.0
"""Best places asked about, and how far they lie apart [rotor diameters]."""
EVALUATIONS = 4 + PLACES
"""Layouts that FLORIS looks at besides moves."""
MAP_PLACES = 1200
"""Places that the map of one more turbine is drawn from."""


@dataclass(frozen=True, eq=False)
class PartOfRose:
    """Some conditions that stand for the whole rose.

    Attributes
    ----------
    conditions : Conditions
        A list; the weights need not sum to 1, and some may be negative.
    directions, speeds : int
        How many of each.
    worth : (n_conditions,) [unit/Wh]
        The weights times what energy is worth.
    """

    conditions: Conditions
    directions: int
    speeds: int
    worth: FloatArray


@dataclass(frozen=True, eq=False)
class Plan:
    """Which questions are affordable.

    Attributes
    ----------
    every : int
        One in so many directions is asked for; 0 where nothing is.
    moves : (k,)
        Turbines whose moves are undone, the farthest first.
    cpu_s : float [s]
        What that will take, about.
    """

    every: int
    moves: IntArray
    cpu_s: float


def plan_questions(
    problem: LayoutProblem,
    moves: IntArray,
    cpu_s: float,
    evaluations: float = np.inf,
    speeds: int = 6,
) -> Plan:
    """Choose how finely to ask about which moves.

    Parameters
    ----------
    moves : (k,)
        Turbines that have moved, the farthest first.
    cpu_s : float [s]
        What FLORIS may take.
    evaluations : float
        Layouts that FLORIS may look at.
    speeds : int
        How many are expected to be needed.
    """
    n, wind = len(problem.all_types), evaluated_wind(problem)
    each = CONDITION_CPU_S + PAIR_CPU_S * n * n
    coarsest = _coarsest(wind)
    first = len(wind.wind_speed) * len(wind.wind_direction[::coarsest])

    def cost(every: int, count: int) -> float:
        farms = 2 + PLACES + count
        return each * (2 * first + speeds * len(wind.wind_direction[::every]) * farms)

    count = int(min(len(moves), evaluations - EVALUATIONS))
    if count < 0 or cost(coarsest, 0) > cpu_s:
        return Plan(0, moves[:0], cost(coarsest, len(moves)))
    for every in range(min(FINEST, coarsest), coarsest + 1):
        if cost(every, count) <= cpu_s:
            break
    else:
        count = int((cpu_s - cost(coarsest, 0)) / (cost(coarsest, 1) - cost(coarsest, 0)))
    return Plan(every, moves[:count], cost(every, count))


def moved(problem: LayoutProblem, before: FloatArray, after: FloatArray) -> IntArray:
    """Return which turbines have moved between two layouts (n, 2) [m], the farthest first."""
    distance = np.hypot(*(after - before).T)
    order = np.argsort(-distance, kind="stable")
    far: IntArray = order[distance[order] > MOVED_D * problem.rotor_diameter]
    return far


def part_of_rose(
    problem: LayoutProblem, layouts: Sequence[FloatArray], simulator: Simulator, every: int
) -> PartOfRose:
    """Find conditions that stand for the rose, by FLORIS's powers in some layouts (n, 2) [m]."""
    wind = evaluated_wind(problem)
    objective = Objective.of(problem, simulator)
    part = wind.grid(wind.probability).take(slice(None, None, _coarsest(wind)))
    powers = simulator.turbine_power(objective.farm(np.stack(layouts)), part)
    rows = np.moveaxis(powers, 2, -1).reshape(-1, powers.shape[2])
    chosen, mix = choose_speeds(rows, wind.probability.mean(axis=0), TOLERANCE)
    some = slice(None, None, every)

    def stand_for(weights: FloatArray) -> FloatArray:
        few: FloatArray = (weights[some] @ mix.T).ravel()
        few *= weights.sum() / weights[some].sum()
        return few

    ti = wind.turbulence_intensity[some][:, chosen]
    weight = stand_for(wind.probability).reshape(ti.shape)
    few = Conditions.grid(wind.wind_direction[some], wind.wind_speed[chosen], ti, weight)
    worth = stand_for(objective.weights(wind))
    return PartOfRose(few.listed, ti.shape[0], ti.shape[1], worth)


def _coarsest(wind: WindResource) -> int:
    """Return how many directions one is enough: all are needed where they are few or uneven."""
    gaps = np.diff(wind.wind_direction)
    if not len(gaps) or not np.allclose(gaps, gaps[0], atol=0.01):
        return 1
    return int(np.clip(COARSEST * len(wind.wind_direction) // 360, 1, COARSEST))


def powers_of_farms(
    problem: LayoutProblem,
    farms: Sequence[tuple[FloatArray, IntArray]],
    rose: PartOfRose,
    simulator: Simulator,
    progress: Progress | None = None,
) -> FloatArray:
    """Return the power of layouts (n, 2) [m] with types (n,), beside the fixed turbines.

    Returns
    -------
    (m, n_conditions) [W], of the turbines that count
    """
    cases = [
        FarmCase(
            problem.joined(layout),
            rose.conditions.wd,
            rose.conditions.ws,
            rose.conditions.ti,
            np.concatenate([types, problem.fixed_types]),
        )
        for layout, types in farms
    ]
    uncounted = 0 if problem.fixed_counted else len(problem.fixed_layout)
    return np.array(
        [
            state.power[:, : state.power.shape[1] - uncounted].sum(axis=1)
            for state in simulator.simulate(cases, progress)
        ]
    )


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
    problem: LayoutProblem, surrogate: Surrogate, layout: FloatArray, kind: int, rose: PartOfRose
) -> dict[str, FloatArray] | None:
    """Return the places for one more turbine and their values; None where no place is free."""
    places = free_places(problem, layout, kind)
    if not len(places):
        return None
    values = values_of_places(problem, surrogate, layout, kind, places, rose)
    return {"places": places, "values": values}


def values_of_places(
    problem: LayoutProblem,
    surrogate: Surrogate,
    layout: FloatArray,
    kind: int,
    places: FloatArray,
    rose: PartOfRose,
) -> FloatArray:
    """Rank places (m, 2) [m] for one more turbine by the surrogate: (m,), the best the largest."""
    newcomer = int(np.flatnonzero(problem.types == kind)[0])
    everyone = np.arange(problem.n_turbines)
    return Objective.of(problem, surrogate).place_values(
        layout, everyone, newcomer, places, rose.conditions
    )


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
        Draws the map of one more turbine; without one there is none.

    Returns
    -------
    answers : ``rose`` and how exact it is; ``moves``, a list with the number of each turbine (from
        0) and its gain [GWh], or who stands now where it was; ``places`` with the gain of one more
        turbine [GWh]; ``map``, the surrogate's ranking of places; each gain by the objective's
        measure too
    """
    layouts = [after] if before is None else [after, before]
    rose = part_of_rose(problem, layouts, simulator, plan.every)
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
    ranked = None if surrogate is None else _rank(problem, surrogate, after, kind, rose)
    if ranked is not None:
        types = np.append(problem.types, kind)
        apart = APART_D * problem.rotor_diameter
        best = ranked["places"][best_of(ranked["places"], ranked["values"], apart)]
        farms += [(np.vstack([after, place]), types) for place in best]
    powers = problem.hours_per_year * powers_of_farms(problem, farms, rose, simulator, progress)
    measure = aim_of(problem)
    aep = powers @ rose.conditions.weight / ENERGY.per
    told = {ENERGY.gain_key: aep, measure.gain_key: powers @ rose.worth / measure.per}

    def less(farm: int) -> dict[str, float]:
        """Return what a farm has less than the result."""
        return {key: float(values[0] - values[farm]) for key, values in told.items()}

    moves += [
        {"turbine": turbine, "taken_by": None, **less(farm)}
        for farm, turbine in enumerate(undone, start=len(layouts))
    ]
    answers: dict[str, Any] = {
        "rose": {"directions": rose.directions, "speeds": rose.speeds},
        "aep_gwh": aep[0],
        **({"gain_gwh": None} if before is None else less(1)),
        "moves": moves,
    }
    if ranked is not None:
        added = range(len(aep) - len(best), len(aep))
        answers["type"] = problem.turbines[kind].name
        answers["places"] = [
            {"x": x, "y": y, **{key: -value for key, value in less(farm).items()}}
            for (x, y), farm in zip(best.tolist(), added, strict=True)
        ]
        answers["map"] = {**ranked, "step_m": _step(problem)}
    return answers
