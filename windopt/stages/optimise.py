"""The third stage: the search on the surrogate, which goes on where it was cut off."""

import logging
import math
from collections.abc import Sequence
from dataclasses import replace

from windopt.floris.simulator import Progress
from windopt.ledger.ledger import Stage
from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY
from windopt.problem.scenarios import Scenarios
from windopt.runs.folder import RunFolder
from windopt.runs.history import History, energy_curve
from windopt.runs.search_watch import SearchWatch
from windopt.runs.session import Run
from windopt.runs.solution import LEARNING_ROUNDS, KeptSolution
from windopt.runs.unfinished_search import UnfinishedSearch, read_unfinished
from windopt.search.free import solution_so_far
from windopt.search.patterns import optimise
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement, Solution, StartResult
from windopt.search.warm_start import start_from
from windopt.stages import single
from windopt.stages.origin import Parts, known_starts, with_origin
from windopt.stages.ready import take_ready_surrogate
from windopt.stages.references import predicted_reference, reference_layouts
from windopt.stages.robust_pareto import PARETO_SHARE, search_for_spread, weighs_spread
from windopt.stages.scenarios import scenarios_of
from windopt.stages.sizing import search_number
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate

logger = logging.getLogger(__name__)

ENOUGH_FOR_EACH = 2
"""Iterations for each turbine after which a robust search without a limit of time ends: it begins
where that under one wake model has ended."""
LEARNING_SHARE = 0.25
"""Of its time, what a search that has converged leaves to learn in, where that may follow."""


def search_layout(run: Run) -> None:
    """Search for a layout on the surrogate."""
    take_ready_surrogate(run)
    surrogate = load_surrogate(run.folder.need(RunFolder.surrogate), run.problem)
    if single.is_asked(run.problem) and not run.folder.has(RunFolder.single):
        single.search_single(run)
    with run.stage("optimise", "searching layouts") as (stage, progress):
        if run.problem.turbine_range is not None:
            search_number(run, surrogate, stage, progress)
        else:
            _search(run, surrogate, stage, progress)
    search_for_spread(run, LEARNING_SHARE if _may_learn(run) else 0.0)


def search_again(run: Run, surrogate: Surrogate, solution: Solution) -> Solution:
    """Search on with what the surrogate knows now."""
    with run.stage("optimise", "searching again") as (stage, progress):
        return _search(run, surrogate, stage, progress, carry_on=solution)


def _may_learn(run: Run) -> bool:
    """Return whether the surrogate may have to learn after a search."""
    return run.learns and run.problem.config.verify.max_rounds > 0


def _search(
    run: Run,
    surrogate: Surrogate,
    stage: Stage,
    progress: Progress | None,
    carry_on: Solution | None = None,
) -> Solution:
    taught_later = carry_on is None and _may_learn(run)
    found = unfinished_starts(run, surrogate, carry_on)
    history = History(run.folder, go_on=carry_on is not None or bool(found))
    again = None if carry_on is None else len(run.problem.config.optimise.regularity)
    share = 1.0
    if carry_on is None:
        run.folder.found_for_spread.unlink(missing_ok=True)  # what is found now may be better
        share -= PARETO_SHARE if weighs_spread(run.problem) else 0.0
    left_s = run.time_left(stage, again, share=share)
    warm_start, alone = run.folder.find(RunFolder.warm_start), run.folder.find(RunFolder.single)
    scenarios = scenarios_of(run, surrogate)
    objective, reference = scenarios.objective(run.problem, surrogate), None
    if (begun := carry_on or (None if alone is None else alone.solution)) is not None:
        references = reference_layouts(run.problem, begun, run.seed)
        reference = predicted_reference(objective, references)
    watch = SearchWatch(run.problem, run.ledger, history, left_s, reference, objective.measure)
    run.observer.searching(watch.look)
    unfinished = UnfinishedSearch(run.folder.search, surrogate.fingerprint)
    parts = Parts(objective, run.learns, run.seed, warm_start, begun)

    def note(row: Improvement, layout: FloatArray) -> None:
        unfinished.improved(row, layout)
        aep = row.aep if objective.measure == ENERGY else objective.energy(layout)
        watch.improved(replace(row, aep=aep), layout, parts.part(row), row.aep)
        run.observer.improved(aep / 1e9, row.start)

    if found:
        logger.warning("going on with the search that was cut off, from its best layouts")
        schedule = SearchSettings.of(run.problem.config).schedule
        seconds = schedule.grid_share * left_s() if left_s is not None else math.inf
        begun = carry_on = _gone_on(run, surrogate, found, carry_on, seconds, scenarios)
        parts.carry_on = begun
        # of what is there now, nothing is to be begun anew
        unfinished.share = schedule.ascent_share
    also = [] if warm_start is None or begun is not None else [start_from(warm_start)]
    settings = SearchSettings.of(run.problem.config)
    if begun is not carry_on:
        settings = replace(settings, enough_for_each=ENOUGH_FOR_EACH)
    solution = optimise(
        run.problem,
        surrogate,
        run.seed,
        left_s,
        run.workers(surrogate),
        unfinished.watched(progress),
        note,
        begun,
        also,
        LEARNING_SHARE if taught_later else 0.0,
        settings=settings,
        scenarios=scenarios,
        anew=begun is not carry_on,
    )
    known = known_starts(run.problem, solution, run.seed, warm_start)
    solution = with_origin(objective, solution, known)
    history.layouts.finish()
    if (curve := energy_curve(history.columns)) is not None:
        run.ledger.search(
            curve.energy_wh.tolist(),
            curve.aep_wh.tolist(),
            materiality_pct=run.problem.config.assessment.materiality_pct,
        )
    stage.count(starts=len(solution.starts))
    rounds = surrogate.facts.get(LEARNING_ROUNDS, 0)
    run.folder.write(RunFolder.solution, KeptSolution(solution, rounds, objective.measure))
    unfinished.end()
    return solution


def unfinished_starts(
    run: Run, surrogate: Surrogate, carry_on: Solution | None
) -> tuple[StartResult, ...]:
    """Return the layouts that a killed search had found, where it can go on from them.

    In its ascents a search without a limit of time had better begin anew: so it ends as if
    nothing had happened. Searches for rows begin anew in any case.
    """
    how = run.problem.config.optimise
    if how.pattern == "regular" or any(how.regularity):
        return ()
    ascents = SearchSettings.of(run.problem.config).schedule.ascent_share
    anyhow = run.allowance.budget.limits_time or carry_on is not None
    return read_unfinished(
        run.folder.search, run.problem, surrogate.fingerprint, 0.0 if anyhow else ascents
    )


def _gone_on(
    run: Run,
    surrogate: Surrogate,
    found: Sequence[StartResult],
    carry_on: Solution | None,
    seconds: float,
    scenarios: Scenarios,
) -> Solution:
    """Return what a search that was cut off has to go on with, in some time [s]."""
    if carry_on is None:
        workers = run.workers(surrogate)
        return solution_so_far(run.problem, surrogate, run.seed, found, scenarios, workers, seconds)
    names = [start.name for start in found]
    earlier = [start for start in carry_on.starts if start.name not in names]
    return replace(carry_on, starts=(*found, *earlier))
