"""Where there are neighbours, before the report: what farms cost each other, and the regret.

FLORIS tells what the layout found costs each neighbour and each neighbour it. A search without the
neighbours, for a share of the search's processor time (`report.neighbours_share`), tells the
regret: what is lost by ignoring them, and what by counting them if they never come. All of it is
booked apart from the run, with what other wake models take (`robustness`).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from windopt.floris.simulator import Simulator
from windopt.ledger.ledger import StageKind
from windopt.ledger.totals import Cost
from windopt.problem.layout import FloatArray
from windopt.problem.neighbours import Neighbourhood
from windopt.problem.problem import LayoutProblem
from windopt.runs.budget.price import floris_cpu_s
from windopt.runs.folder import RunFolder
from windopt.runs.session import Run
from windopt.search.patterns import optimise
from windopt.search.settings import SearchSettings
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.neighbours import Loss, effects_of, settings_of
from windopt.verification.sampled import SampledEvaluator
from windopt.workers.executor import available_cores

KIND: StageKind = "robustness"
EFFECT_SHARE, EFFECT_CPU_S = 0.25, 30.0
"""What the effects may take: a share of the run's processor time, and at least so much [CPU-s]."""
FEWEST_DRAWS = 24


def is_asked(problem: LayoutProblem) -> bool:
    """Return whether there are neighbours that may come."""
    return problem.neighbourhood is not None


def tell_of_neighbours(run: Run) -> None:
    """Tell what the farms cost each other, and the regret of not knowing who comes."""
    problem, record = run.problem, run.folder.read(RunFolder.verification)
    farms, layout = problem.neighbourhood, record.final.layout
    assert farms is not None
    surrogate = load_surrogate(run.folder.need(RunFolder.surrogate), problem)
    draws = _draws(run, farms, len(layout))
    with (
        run.stage(KIND, "asking FLORIS about neighbours") as (stage, progress),
        run.floris(stage) as floris,
    ):
        effects = effects_of(problem, layout, surrogate, floris, draws, progress)
    told: dict[str, Any] = {
        "turbines": sum(len(one.layout) for one in farms.farms),
        "build_outs": [
            {"weight": one.weight, "farms": [farms.farms[n].name for n in one.present]}
            for one in farms.build_outs
        ],
        "conditions": effects.conditions,
        "sampled": any(one.error_gwh for one in (effects.on_own, *effects.on_farm)),
        "on_own": _loss(effects.on_own),
        "farms": [
            {
                "name": farm.name,
                "turbines": len(farm.layout),
                "from": farm.first,
                "to": farm.last,
                "probability": farm.probability,
                "costs_own": _loss(by),
                "is_cost": _loss(on),
            }
            for farm, by, on in zip(farms.farms, effects.by_farm, effects.on_farm, strict=True)
        ],
        "regret": _regret(run, layout, surrogate, draws),
    }
    run.folder.write(RunFolder.neighbours, told)
    run.forget_states()


def without_neighbours(problem: LayoutProblem) -> LayoutProblem:
    """Return the problem as if no neighbour ever came."""
    farms = problem.neighbourhood
    if farms is None:
        return problem
    kept = len(problem.fixed_layout) - farms.size
    return replace(
        problem,
        fixed_layout=problem.fixed_layout[:kept],
        fixed_types=problem.fixed_types[:kept],
        neighbourhood=None,
    )


def _draws(run: Run, farms: Neighbourhood, n_turbines: int) -> int:
    """Return how many conditions FLORIS may be asked about."""
    everyone, settings = n_turbines + len(run.problem.fixed_layout), len(settings_of(farms))
    granted = max(EFFECT_CPU_S, EFFECT_SHARE * run.ledger.totals().cpu_s)
    if run.allowance.budget.limits_time:
        granted = min(granted, run.allowance.left_s(0.0) * available_cores())
    each = settings * floris_cpu_s(everyone, 1)
    return int(np.clip(granted / max(each, 1e-9), FEWEST_DRAWS, run.problem.config.verify.draws))


def _loss(one: Loss) -> dict[str, float]:
    return {
        "gwh": one.gwh,
        "error_gwh": one.error_gwh,
        "pct": one.pct,
        "error_pct": one.error_pct,
    }


def _regret(run: Run, found: FloatArray, surrogate: Surrogate, draws: int) -> dict[str, Any]:
    """Search without the neighbours, and let FLORIS evaluate both layouts with them and without."""
    if missing := _why_not(run):
        return {"missing": missing}
    problem, share = run.problem, run.problem.config.report.neighbours_share
    granted = share * run.ledger.totals().by_stage.get("optimise", Cost()).cpu_s
    before, alone = _spent(run), without_neighbours(problem)
    with (
        run.stage(KIND, "searching without the neighbours") as (stage, _),
        run.floris(stage) as floris,
    ):

        def left_s() -> float:
            left = (granted - _spent(run).without(before).cpu_s) / available_cores()
            if run.allowance.budget.limits_time:
                left = min(left, run.allowance.left_s(0.0))
            return max(0.0, left)

        layouts = {"found": found, "ignoring": _search(run, alone, surrogate, left_s)}
        cpu_s = _spent(run).without(before).cpu_s
        beside = _evaluate(problem, surrogate, run.seed, draws, layouts, floris)
        empty = _evaluate(alone, surrogate, run.seed, draws, layouts, floris)
    return {
        "cpu_s": cpu_s,
        "ignoring_them": _lead(beside["found"], beside["ignoring"]),
        "none_comes": _lead(empty["ignoring"], empty["found"]),
        "layout_ignoring": layouts["ignoring"],
    }


def _why_not(run: Run) -> str:
    """Return why no regret is told; nothing where it is."""
    config, record = run.problem.config, run.folder.read(RunFolder.solution)
    if config.report.neighbours_share == 0:
        return "not asked (report.neighbours_share: 0)"
    if run.problem.turbine_range is not None:
        return "the number of turbines is free"
    if config.robust is not None and config.robust.risk == "regret":
        return "the search itself is for the least regret over wake models"
    if any(config.optimise.regularity):
        return "regularity is weighed"
    if record.solution.status == "stopped":
        return "the search was interrupted"
    if run.allowance.budget.limits_time and run.allowance.left_s(0.0) <= 0:
        return "the budget left no time for it"
    return ""


def _search(
    run: Run, alone: LayoutProblem, surrogate: Surrogate, left_s: Callable[[], float]
) -> FloatArray:
    solution = optimise(
        alone,
        surrogate,
        run.seed,
        left_s,
        run.workers(surrogate),
        settings=SearchSettings.of(alone.config),
    )
    if solution.status == "stopped":
        raise KeyboardInterrupt
    return solution.layout


def _evaluate(
    problem: LayoutProblem,
    surrogate: Surrogate,
    seed: int,
    draws: int,
    layouts: dict[str, FloatArray],
    simulator: Simulator,
) -> dict[str, EvaluatedLayout]:
    judge = SampledEvaluator(problem, surrogate, seed, draws)
    return judge.judge(layouts, replace(simulator, problem=problem))


def _lead(best: EvaluatedLayout, other: EvaluatedLayout) -> dict[str, float]:
    """Return by how much a layout's AEP is above another's, and the standard error."""
    error = best.aep_lead_error(other)
    return {
        "gwh": (best.aep - other.aep) / 1e9,
        "error_gwh": error / 1e9,
        "pct": 100.0 * (best.aep - other.aep) / best.aep,
        "error_pct": 100.0 * error / best.aep,
    }


def _spent(run: Run) -> Cost:
    return run.ledger.totals().apart.get(KIND, Cost())
