"""Of a robust run, before its search: the search under each wake model that it is compared with.

The robust layout is held against the one found for the wake model of the config's `wake` alone, and
its search begins there; that of a run without scenarios would have taken longer. Where regret is
minimised, every wake model has its own best layout, from a search of its own.
"""

from dataclasses import replace

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.scenarios import ALONE
from windopt.runs.folder import RunFolder
from windopt.runs.search_watch import SearchWatch
from windopt.runs.session import Run
from windopt.runs.single import SingleLayouts
from windopt.search.origin import found_by
from windopt.search.patterns import optimise
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement, Solution
from windopt.search.warm_start import start_from
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.scenarios import known_models
from windopt.surrogate.surrogate import Surrogate

PATIENCE_SHARE, ENOUGH_FOR_EACH = 1 / 3, 1
"""Where time is not limited: its patience, of that of a run under one wake model, and iterations
for each turbine after which it ends. It is a third as long as such a run."""
SINGLE_SHARE = 0.3
"""Of the time, where that is limited: the search under one wake model; of regret, those of all."""


def is_asked(problem: LayoutProblem) -> bool:
    """Return whether the config asks for a robust layout of a given number of turbines."""
    return problem.config.robust is not None and problem.turbine_range is None


def search_single(run: Run) -> None:
    """Search under single wake models, to compare the robust layout with."""
    robust = run.problem.config.robust
    assert robust is not None
    surrogate = load_surrogate(run.folder.need(RunFolder.surrogate), run.problem)
    own = str(run.problem.wake.velocity_model)
    wanted: dict[str, tuple[LayoutProblem, Surrogate]] = {own: (run.problem, surrogate)}
    if robust.risk == "regret":
        models = known_models(run.problem, surrogate, robust.weights)
        wanted |= {name: (model.problem, model.surrogate) for name, model in models.items()}
    found: dict[str, Solution] = {}
    each = SINGLE_SHARE / len(wanted)
    for number, (name, (problem, model)) in enumerate(wanted.items()):
        share_of_rest = each / (1.0 - number * each)
        found[name] = _search(run, name, problem, model, share_of_rest)
    layouts = {name: one.layout for name, one in found.items()}
    run.folder.write(RunFolder.single, SingleLayouts(own, found[own], layouts))


def short_settings(problem: LayoutProblem) -> SearchSettings:
    """Return the settings of a search under one wake model, shorter than that of a run."""
    settings = SearchSettings.of(problem.config)
    patience = round(PATIENCE_SHARE * settings.patience)
    return replace(settings, patience=patience, enough_for_each=ENOUGH_FOR_EACH)


def _search(
    run: Run, name: str, problem: LayoutProblem, surrogate: Surrogate, share: float
) -> Solution:
    """Search under one wake model."""
    with run.stage("optimise", f"searching under {name} alone") as (stage, progress):
        left_s = run.time_left(stage, share=share)
        watch = SearchWatch(problem, run.ledger, None, left_s)
        run.observer.searching(watch.look)

        def note(row: Improvement, layout: FloatArray) -> None:
            watch.improved(row, layout, found_by(row.start, row.gained, run.learns))
            run.observer.improved(row.aep / 1e9, row.start)

        warm_start = run.folder.find(RunFolder.warm_start)
        settings = short_settings(problem)
        solution = optimise(
            problem,
            surrogate,
            run.seed,
            left_s,
            run.workers(surrogate),
            progress,
            note,
            also=[] if warm_start is None else [start_from(warm_start)],
            settings=settings,
            scenarios=ALONE,
        )
        stage.count(starts=len(solution.starts))
    return solution
