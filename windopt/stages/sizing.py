"""A run whose number of turbines is free: the search chooses it, and FLORIS has the last word."""

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from windopt.floris.alone import wake_free_aep
from windopt.floris.simulator import Progress
from windopt.ledger.ledger import Stage
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.profit import profit_objective
from windopt.runs.folder import RunFolder
from windopt.runs.history import History
from windopt.runs.search_watch import SearchWatch
from windopt.runs.session import Run
from windopt.runs.solution import KeptSolution
from windopt.runs.turbine_count import CountRow, SizedLayouts
from windopt.search.origin import found_by
from windopt.search.sizing import size_farm
from windopt.search.solution import Improvement, Origin, SizedLayout, Solution, as_solution
from windopt.stages.origin import known_starts, with_origin
from windopt.stages.references import predict
from windopt.stages.scenarios import scenarios_of
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.sampled import SampledEvaluator

logger = logging.getLogger(__name__)


def search_number(run: Run, surrogate: Surrogate, stage: Stage, progress: Progress | None) -> None:
    """Search for the number of turbines and its layout: `solution.json`, `turbine_count.json`."""
    left_s, watch = run.time_left(stage), None

    def note(row: Improvement, layout: FloatArray) -> None:
        nonlocal watch
        if watch is None or watch.problem.n_turbines != len(layout):
            # layouts of other numbers are no steps on the way to this one
            problem = run.problem.with_n_turbines(len(layout))
            history = History(run.folder, go_on=False)
            watch = SearchWatch(problem, run.ledger, history, left_s)
            run.observer.searching(watch.look)
        watch.improved(row, layout, found_by(row.start, row.gained, run.learns))
        run.observer.improved(row.aep / 1e9, row.start)

    scenarios = scenarios_of(run, surrogate)
    sizing = size_farm(
        run.problem,
        surrogate,
        run.seed,
        left_s,
        run.workers(surrogate),
        progress,
        note,
        scenarios=scenarios,
    )
    assert watch is not None
    assert watch.history is not None
    watch.history.layouts.finish()
    stage.count(starts=len(sizing.solution.starts))
    layouts = {one.n_turbines: one for one in sizing.layouts}
    run.folder.write(RunFolder.sizing, SizedLayouts(layouts, sizing.most))
    run.problem = problem = run.problem.with_n_turbines(len(sizing.solution.layout))
    known = known_starts(problem, sizing.solution, run.seed, run.folder.find(RunFolder.warm_start))
    solution = with_origin(scenarios.objective(problem, surrogate), sizing.solution, known)
    run.folder.write(RunFolder.solution, KeptSolution(solution))


def choose_number(
    run: Run, solution: Solution, evaluator: SampledEvaluator
) -> tuple[Solution, dict[int, EvaluatedLayout]]:
    """Let FLORIS evaluate the number found beside its neighbours, and take the best of them.

    Returns
    -------
    solution : Solution
        That of the best number, which `run.problem` then has.
    counted : dict
        What FLORIS has found, by number of turbines.
    """
    layouts = run.folder.read(RunFolder.sizing).layouts
    profit = profit_objective(run.problem)
    counted: dict[int, EvaluatedLayout] = {}
    n = len(solution.layout)
    with (
        run.stage("verify", "verifying the number") as (stage, progress),
        run.floris(stage) as simulator,
    ):
        while todo := [m for m in (n, n - 1, n + 1) if m in layouts and m not in counted]:
            if counted and not run.allowance.affords(len(todo) + 2):
                break
            for m in todo:
                one, problem = {"": layouts[m].layout}, run.problem.with_n_turbines(m)
                counted |= {m: evaluator.judge(one, simulator, progress, problem)[""]}
            n = max(counted, key=lambda m: profit.of_energy(counted[m].layout, counted[m].aep))
    if n != len(solution.layout):
        logger.warning("FLORIS finds %d turbines better than %d", n, len(solution.layout))
        solution = as_solution(layouts[n], solution.status, solution.reason)
        totals, name = run.ledger.totals(), solution.starts[0].name
        part = found_by(name, math.nan, run.learns)
        solution = replace(solution, origin=Origin(part, name))
        run.folder.write(RunFolder.solution, KeptSolution(solution))
        history = History(run.folder, go_on=False)
        history.add(totals, name, solution.aep_predicted / 1e9, part, layout=solution.layout)
    run.problem = evaluator.problem = run.problem.with_n_turbines(n)
    return solution, counted


def write_numbers(
    run: Run, surrogate: Surrogate, final: EvaluatedLayout, counted: dict[int, EvaluatedLayout]
) -> None:
    """Write the curve over the numbers of turbines, the final layout at its own."""
    n, layouts = run.problem.n_turbines, dict(run.folder.read(RunFolder.sizing).layouts)
    aep = predict(run.problem, surrogate, final.layout)
    layouts[n] = replace(layouts[n], layout=final.layout, aep=aep)
    rows = count_rows(run.problem, layouts, counted | {n: final})
    run.folder.write(RunFolder.turbine_count, rows)


def count_rows(
    problem: LayoutProblem,
    layouts: Mapping[int, SizedLayout],
    evaluated: Mapping[int, EvaluatedLayout],
) -> list[CountRow]:
    """Tabulate the curve, by number of turbines.

    Parameters
    ----------
    layouts : mapping of int to SizedLayout
        What the search found for each number.
    evaluated : mapping of int to EvaluatedLayout
        FLORIS's account of some.
    """
    alone = {n: wake_free_aep(problem.with_n_turbines(n)) for n in layouts}
    scale = {
        n: (alone[n] - one.aep) / (alone[n] - layouts[n].aep)
        for n, one in evaluated.items()
        if alone[n] > layouts[n].aep
    }
    rows: list[CountRow] = []
    profit = profit_objective(problem)
    below, aep_below, effort_below = 0, math.nan, ""
    for n in sorted(layouts):
        one, found = layouts[n], evaluated.get(n)
        if found is not None:
            aep = found.aep
        else:
            near = min(scale, key=partial(_apart, n), default=None)
            aep = alone[n] - (1.0 if near is None else scale[near]) * (alone[n] - one.aep)
        effort = "searched" if one.searched else "quick"
        added = aep - aep_below if effort == effort_below else math.nan
        rows.append(
            CountRow(
                n_turbines=n,
                effort=effort,
                aep_predicted_gwh=one.aep / 1e9,
                aep_gwh=math.nan if found is None else aep / 1e9,
                wake_loss_pct=100.0 * (1.0 - aep / alone[n]),
                marginal_aep_mwh=added / (n - below) / 1e6,
                profit=profit.of_energy(one.layout, aep),
            )
        )
        below, aep_below, effort_below = n, aep, effort
    return rows


def _apart(n: int, m: int) -> int:
    return abs(m - n)
