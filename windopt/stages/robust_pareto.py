"""Of a robust run, after its search: a layout for each weight of the spread over wake models.

For each k of `robust.pareto` a search carries on from all layouts found so far, those for smaller k
among them, and maximises mean - k*std. The weight that the run has searched for itself is done.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from math import ceil

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY
from windopt.problem.problem import LayoutProblem
from windopt.problem.scenario import Mean, MeanLessSpread
from windopt.problem.scenarios import Scenarios
from windopt.runs.folder import RunFolder
from windopt.runs.robust_pareto import FoundForSpread, searched_for
from windopt.runs.robust_pareto_account import pareto_of, write_pareto_layouts
from windopt.runs.search_watch import SearchWatch
from windopt.runs.session import Run
from windopt.search.origin import found_by
from windopt.search.patterns import optimise
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement, Solution, StartResult
from windopt.stages.references import predicted_reference, reference_layouts
from windopt.stages.scenarios import scenarios_of
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.pairing import numbered_as_given

logger = logging.getLogger(__name__)

PARETO_SHARE = 0.3
"""Of the time after the search under one wake model, where that is limited: all these searches."""
PATIENCE_SHARE = 0.5
"""Where time is not limited: their patience, over that of the run's own search."""


def weighs_spread(problem: LayoutProblem) -> bool:
    """Return whether the config asks for layouts of several weights of the spread."""
    robust = problem.config.robust
    return robust is not None and bool(robust.pareto)


def search_for_spread(run: Run, kept: float = 0.0) -> None:
    """Search a layout for each weight of the spread that has none yet.

    Parameters
    ----------
    kept : float
        Of the time that is left, what a search that has converged leaves to learn in.
    """
    robust = run.problem.config.robust
    if robust is None or not weighs_spread(run.problem):
        return
    earlier = run.folder.find(RunFolder.found_for_spread)
    layouts = {} if earlier is None else dict(earlier.layouts)
    missing = [k for k in sorted(robust.pareto) if k not in layouts]
    if not missing:
        return
    surrogate = load_surrogate(run.folder.need(RunFolder.surrogate), run.problem)
    solution, scenarios = run.folder.read(RunFolder.solution).solution, scenarios_of(run, surrogate)
    stopped = solution.status == "stopped"
    shares = len(missing) / (1.0 - (kept if solution.status == "converged" else 0.0))
    for number, k in enumerate(missing):
        weighed = replace(scenarios, risk=MeanLessSpread(k) if k else Mean())
        if k == (0.0 if robust.risk == "mean" else robust.spread_factor):
            layouts[k] = solution.layout
        elif stopped:
            objective = weighed.objective(run.problem, surrogate)
            known = [start.layout for start in solution.starts]
            layouts[k] = max([*known, *layouts.values()], key=objective.value)
        else:
            carry_on = _with(solution, layouts)
            found = _search(run, surrogate, weighed, k, carry_on, 1.0 / (shares - number))
            layouts[k], stopped = found.layout, found.status == "stopped"
        run.folder.write(RunFolder.found_for_spread, FoundForSpread(layouts))


def found_for_spread(run: Run) -> dict[str, FloatArray]:
    """Return these layouts (n_turbines, 2) [m] by name, without those of the run's own search."""
    found = run.folder.find(RunFolder.found_for_spread)
    if found is None:
        return {}
    known = [run.folder.read(RunFolder.solution).solution.layout]
    layouts: dict[str, FloatArray] = {}
    for name, layout in found.by_name.items():
        if not any(np.array_equal(layout, one) for one in known):
            layouts[name] = layout
            known.append(layout)
    return layouts


def write_pareto(
    run: Run, scenarios: Scenarios, seen: Mapping[str, EvaluatedLayout], best: str
) -> None:
    """Write mean against spread and the layout of each weight, where the config asks for them.

    Parameters
    ----------
    scenarios : Scenarios
    seen : mapping of str to EvaluatedLayout
        All feasible layouts that FLORIS has judged, by name.
    best : str
        Name of the answer.
    """
    problem, folder, robust = run.problem, run.folder, run.problem.config.robust
    if robust is None or not weighs_spread(problem):
        return
    rows, layouts = pareto_of(robust, scenarios, numbered_as_given(seen, problem), best)
    types = problem.types if len(problem.turbines) > 1 else None
    write_pareto_layouts(folder.robust_pareto_layouts, rows, layouts, types)
    folder.write(RunFolder.robust_pareto, rows)


def _with(solution: Solution, layouts: Mapping[float, FloatArray]) -> Solution:
    """Return a solution with further layouts to carry on from; their values are looked up there."""
    also = tuple(StartResult(searched_for(k), one, 0.0, 0.0) for k, one in layouts.items())
    return replace(solution, starts=(*also, *solution.starts))


def _search(
    run: Run,
    surrogate: Surrogate,
    scenarios: Scenarios,
    k: float,
    carry_on: Solution,
    share: float,
) -> Solution:
    """Search for one weight of the spread, in a share of the time that is left."""
    with run.stage("optimise", f"searching for {searched_for(k)}") as (stage, progress):
        left_s = run.time_left(stage, share=share)
        settings = SearchSettings.of(run.problem.config)
        if left_s is None:
            patience = ceil(PATIENCE_SHARE * settings.patience)
            enough = ceil(PATIENCE_SHARE * settings.enough_for_each)
            settings = replace(settings, patience=patience, enough_for_each=enough)
        objective = scenarios.objective(run.problem, surrogate)
        references = reference_layouts(run.problem, carry_on, run.seed)
        reference = predicted_reference(objective, references)
        watch = SearchWatch(run.problem, run.ledger, None, left_s, reference, objective.measure)
        run.observer.searching(watch.look)

        def note(row: Improvement, layout: FloatArray) -> None:
            aep = row.aep if objective.measure == ENERGY else objective.energy(layout)
            part = found_by(row.start, row.gained, run.learns)
            watch.improved(replace(row, aep=aep), layout, part, row.aep)
            run.observer.improved(aep / 1e9, row.start)

        solution = optimise(
            run.problem,
            surrogate,
            run.seed,
            left_s,
            run.workers(surrogate),
            progress,
            note,
            carry_on,
            spared=1.0,
            settings=settings,
            scenarios=scenarios,
        )
        stage.count(starts=len(solution.starts))
    return solution
