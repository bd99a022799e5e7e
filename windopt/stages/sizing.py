"""A run whose number of turbines is free: the search chooses it, and FLORIS has the last word."""

import logging
import math
from dataclasses import replace

from windopt.floris.simulator import Progress
from windopt.ledger.ledger import Stage
from windopt.problem.layout import FloatArray
from windopt.problem.profit import profit_objective
from windopt.runs.artefacts import write_solution
from windopt.runs.history import History
from windopt.runs.search_watch import SearchWatch
from windopt.runs.session import Run
from windopt.runs.turbine_count import (
    count_rows,
    read_sized_layouts,
    write_sizing,
    write_turbine_count,
)
from windopt.search.origin import found_by
from windopt.search.sizing import size_farm
from windopt.search.solution import Improvement, Origin, Solution, as_solution
from windopt.stages.origin import with_origin
from windopt.stages.references import predict
from windopt.stages.time_left import time_left
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.sampled import SampledEvaluator

logger = logging.getLogger(__name__)


def search_number(run: Run, surrogate: Surrogate, stage: Stage, progress: Progress | None) -> None:
    """Search for the number of turbines and its layout: `solution.json`, `sizing.json`."""
    left_s, watch = time_left(run, stage), None

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

    sizing = size_farm(
        run.problem, surrogate, run.seed, left_s, run.workers(surrogate), progress, note
    )
    assert watch is not None
    watch.history.layouts.finish()
    stage.count(starts=len(sizing.solution.starts))
    write_sizing(run.folder, sizing)
    run.problem = run.problem.with_n_turbines(len(sizing.solution.layout))
    write_solution(run.folder, with_origin(run, surrogate, sizing.solution))


def choose_number(
    run: Run, solution: Solution, judge: SampledEvaluator
) -> tuple[Solution, dict[int, EvaluatedLayout]]:
    """Let FLORIS judge the number found beside its neighbours, and take the best of them.

    Returns
    -------
    solution : Solution
        That of the best number, which `run.problem` then has.
    counted : dict
        What FLORIS has found, by number of turbines.
    """
    layouts, profit = read_sized_layouts(run.folder), profit_objective(run.problem)
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
                counted |= {m: judge.judge(one, simulator, progress, problem)[""]}
            n = max(counted, key=lambda m: profit.of_energy(counted[m].layout, counted[m].aep))
    if n != len(solution.layout):
        logger.warning("FLORIS finds %d turbines better than %d", n, len(solution.layout))
        solution = as_solution(layouts[n], solution.status, solution.reason)
        totals, name = run.ledger.totals(), solution.starts[0].name
        part = found_by(name, math.nan, run.learns)
        solution = replace(solution, origin=Origin(part, name))
        write_solution(run.folder, solution)
        history = History(run.folder, go_on=False)
        history.add(totals, name, solution.aep_predicted / 1e9, part, layout=solution.layout)
    run.problem = judge.problem = run.problem.with_n_turbines(n)
    return solution, counted


def write_numbers(
    run: Run, surrogate: Surrogate, final: EvaluatedLayout, counted: dict[int, EvaluatedLayout]
) -> None:
    """Write the curve over the numbers of turbines, the final layout at its own."""
    n, layouts = run.problem.n_turbines, read_sized_layouts(run.folder)
    counted[n] = final
    aep = predict(run, surrogate, final.layout)
    layouts[n] = replace(layouts[n], layout=final.layout, aep=aep)
    write_turbine_count(run.folder, count_rows(run.problem, layouts, counted))
