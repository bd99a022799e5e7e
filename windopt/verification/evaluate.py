"""The judge: FLORIS on the problem's rose at 1°, and the exact constraints.

Nothing else may call a figure AEP or gain. A rose with fewer directions is refined to 360 first: a
farm in line with its grid reads 4.8 % high on 36 directions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from windopt.floris.alone import at_places, by_type, evaluated_wind, mean_power_alone
from windopt.floris.simulator import Progress, Simulator
from windopt.problem.conditions import Conditions
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.violations import breaks_rules
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.known_power import KnownPower
from windopt.workers.executor import worker_pool


@dataclass(frozen=True, eq=False)
class Verification:
    """FLORIS's account of a layout beside a reference.

    Attributes
    ----------
    judged : EvaluatedLayout
    reference : EvaluatedLayout or None
        The problem's given layout, made feasible; None where none is given.
    as_given : EvaluatedLayout or None
        The given layout as it was given, feasible or not; None where none is given.
    """

    judged: EvaluatedLayout
    reference: EvaluatedLayout | None
    as_given: EvaluatedLayout | None = None

    @property
    def aep(self) -> float:
        """AEP [Wh]."""
        return self.judged.aep

    @property
    def gain_pct(self) -> float | None:
        """Gain in AEP over the reference, the given layout made feasible [%]."""
        return self._gain_over(self.reference)

    @property
    def gain_over_as_given_pct(self) -> float | None:
        """Gain in AEP over the given layout as it was given, feasible or not [%]."""
        return self._gain_over(self.as_given)

    def _gain_over(self, other: EvaluatedLayout | None) -> float | None:
        return None if other is None else 100.0 * (self.judged.aep / other.aep - 1.0)

    @property
    def feasible(self) -> bool:
        """Whether the layout keeps boundaries and spacing."""
        return self.judged.feasibility.feasible


def judge(
    problem: LayoutProblem,
    layouts: Mapping[str, FloatArray],
    simulator: Simulator,
    progress: Progress | None = None,
) -> dict[str, EvaluatedLayout]:
    """Simulate layouts on the whole rose, as `evaluated_wind` gives it; the same names come back.

    They are judged as a file has them, to the micrometre, and what is the same only once.
    """
    objective, wind = Objective.of(problem, simulator), evaluated_wind(problem)
    conditions, weight = wind.conditions, objective.weights(wind)[wind.occurs]
    written = {name: as_written(layout) for name, layout in layouts.items()}
    once = {layout.tobytes(): layout for layout in written.values()}
    judged = {}
    powers = simulator.counted_power(once.values(), conditions, progress)
    for (key, layout), power in zip(once.items(), powers, strict=True):
        farm = power.sum(axis=1)
        produced = by_direction(problem, conditions, farm)
        earned = None if objective.worth is None else problem.hours_per_year * float(farm @ weight)
        told = account(objective, layout, conditions.weight @ power, produced, earned)
        judged[key] = replace(told, known=KnownPower(farm))
    return {name: judged[layout.tobytes()] for name, layout in written.items()}


def by_direction(problem: LayoutProblem, conditions: Conditions, power: FloatArray) -> FloatArray:
    """Sum up a farm's power (n_conditions,) times probability by direction (n_directions,) [W]."""
    directions = problem.wind.wind_direction
    sector = np.searchsorted(directions, conditions.wd)
    return np.bincount(sector, power * conditions.weight, len(directions)).astype(np.float64)


def as_written(layout: FloatArray) -> FloatArray:
    """Return a layout (n_turbines, 2) [m] as a file has it, to the micrometre.

    Some of FLORIS's wake models jump: with `cc` a turbine's power may change by 10 kW over 1e-8 m.
    """
    return np.ascontiguousarray(np.round(np.asarray(layout, dtype=np.float64), 6) + 0.0)


def account(
    objective: Objective,
    layout: FloatArray,
    own: FloatArray,
    produced: FloatArray,
    earned: float | None = None,
) -> EvaluatedLayout:
    """Make a judged layout of mean powers on the whole rose.

    Parameters
    ----------
    objective : Objective
        Of one scenario.
    layout : (n_turbines, 2) [m]
    own : (n_counted,) [W]
        Of each turbine that counts, the placed ones first.
    produced : (n_directions,) [W]
        Of the farm, times the probability of the direction.
    earned : float, optional [unit of the objective]
        What the energy of a year is worth; by default the energy itself counts.
    """
    problem, wind, n = objective.problem, objective.problem.wind, len(layout)
    types = problem.types if n == len(problem.types) else np.zeros(n, int)
    if problem.speed_up is None:
        free = mean_power_alone(problem, wind).sum(axis=1)
        alone = (by_type(problem, wind) @ wind.probability.sum(axis=0))[types]
    else:
        each = [one * wind.probability for one in at_places(problem, wind, layout)]
        free = np.sum(each, axis=(0, 2))
        alone = np.sum(each, axis=(1, 2))[:n]
    loss = 1.0 - np.divide(produced, free, out=np.ones_like(produced), where=free > 0)
    aep = problem.hours_per_year * float(produced.sum())
    return EvaluatedLayout(
        layout=layout,
        aep=aep,
        wake_loss_pct=100.0 * float(1.0 - produced.sum() / free.sum()),
        wake_loss_by_direction_pct=100.0 * loss,
        feasibility=check_feasibility(problem, layout),
        value=objective.total(layout, np.array([aep if earned is None else earned])),
        measure=objective.measure,
        turbine_aep=problem.hours_per_year * own[:n],
        turbine_wake_loss_pct=100.0 * (1.0 - own[:n] / alone),
        conditions=len(evaluated_wind(problem).conditions),
    )


def verify(
    problem: LayoutProblem, layout: FloatArray, simulator: Simulator | None = None
) -> Verification:
    """Judge a layout beside the problem's given one.

    Where the given layout breaks a rule, by more than rounding (1 m), it is judged as it is and as
    `repair` mends it.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n_turbines, 2) [m]
    simulator : Simulator, optional
        By default FLORIS runs on all cores.
    """
    layouts = {"layout": np.asarray(layout, dtype=np.float64)}
    if problem.initial_layout is not None:
        layouts["reference"] = repair(problem, problem.initial_layout)
        if breaks_rules(problem, problem.initial_layout):
            layouts["as given"] = problem.initial_layout
    if simulator is None:
        with worker_pool(problem.config.workers) as pool:
            judged = judge(problem, layouts, Simulator(problem, pool))
    else:
        judged = judge(problem, layouts, simulator)
    reference = judged.get("reference")
    return Verification(judged["layout"], reference, judged.get("as given", reference))
