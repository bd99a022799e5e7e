"""The baselines: whether a search without learning would have done as well.

They come when a run has its verified layout. What they take is booked apart from the run: it pays
for an answer about the run, not for its layout. Every baseline gets the processor time that the run
took, training data, training and verification included, and FLORIS evaluates what it finds.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from windopt.errors import RunFolderError
from windopt.floris.simulator import Progress, Simulator
from windopt.ledger.energy import EnergyWh
from windopt.ledger.totals import Cost
from windopt.problem.layout import FloatArray, IntArray, write_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.scenarios import ALONE
from windopt.runs.baselines import BaselineResult, Baselines, EvaluatedLook
from windopt.runs.folder import RunFolder
from windopt.runs.judged import Judged
from windopt.runs.kept_layouts import read_kept_layouts
from windopt.runs.other_roses import aep_in_roses
from windopt.runs.session import Run
from windopt.search.patterns import optimise
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement, Solution
from windopt.search.trials import search_by_trial
from windopt.stages.gains import book_gains, refuse_other_aims
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.fitted_formula import fitted_formula
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.sampled import FIRST_DRAWS, SampledEvaluator
from windopt.workers.executor import available_cores

logger = logging.getLogger(__name__)

BASELINES = {
    "analytic": "the same search on a fixed wake formula",
    "fitted": "the same search on a wake formula fitted to the wake model",
    "floris": "a search by trial in FLORIS",
}
FORMULAS = {"analytic": analytic_surrogate, "fitted": fitted_formula}
"""What those that search on a formula search on."""
LOOKS = (0.125, 0.25, 0.5)
"""Shares of the run's processor time after which FLORIS looks at what each search has by then."""


class Look(NamedTuple):
    """What a search had found after so much work: a layout (n_turbines, 2) [m]."""

    cpu_s: float
    energy_wh: EnergyWh
    layout: FloatArray


def is_asked(problem: LayoutProblem) -> bool:
    """Return whether the config asks for searches without learning."""
    return bool(problem.config.baseline.methods)


def run_baselines(run: Run, methods: Sequence[str] | None = None) -> None:
    """Let baselines search without learning.

    Parameters
    ----------
    run : Run
        Verified.
    methods : sequence of {"analytic", "fitted", "floris"}, optional
        By default the config's.
    """
    names = list(dict.fromkeys(run.problem.config.baseline.methods if methods is None else methods))
    if FORMULAS.keys() & names and not run.learns:
        logger.warning("the run itself has searched on a wake formula: no baseline does the same")
        names = [name for name in names if name not in FORMULAS]
        if not names:
            run.folder.write(RunFolder.baselines, Baselines())
    if not names:
        return
    refuse_other_aims(run, "searches without learning go")
    final, totals = run.folder.read(RunFolder.verification).final, run.ledger.totals()
    run.folder.baseline_layouts.mkdir(exist_ok=True)
    surrogate = load_surrogate(run.folder.surrogate, run.problem)
    evaluator = SampledEvaluator(run.problem, surrogate, run.seed)
    baselines = {}
    for name in names:
        baselines[name] = one = _baseline(run, name, totals.cpu_s, evaluator, final.whole_rose)
        path = run.folder.baseline_layouts / f"{name}.csv"
        write_layout_csv(path, one.layout, _types(run.problem))
    end = EvaluatedLook(
        totals.cpu_s,
        totals.energy_wh["central"],
        final.aep_gwh,
        final.aep_error_gwh,
        final.feasible,
    )
    with (
        run.stage("baseline", "looking back at the search") as (stage, progress),
        run.floris(stage) as floris,
    ):
        earlier = _own_looks(run, totals.cpu_s)
        looks = (*_tell(earlier, _evaluate(evaluator, earlier, floris, progress)), end)
    run.folder.write(RunFolder.baselines, Baselines(totals.cpu_s, baselines, looks))
    if (asked := run.folder.find(RunFolder.asked)) is not None:
        run.folder.write(RunFolder.asked, replace(asked, judged=Judged()))  # of other layouts
    run.forget_states()
    book_gains(run)


def _baseline(
    run: Run, name: str, granted: float, evaluator: SampledEvaluator, whole_rose: bool
) -> BaselineResult:
    """Let one baseline search; FLORIS evaluates it as the run. Return what is kept of it."""
    before = _apart(run)
    improvements: list[Look] = []

    def spent() -> Cost:
        return _apart(run).without(before)

    def note(row: Improvement, layout: FloatArray) -> None:
        now = spent()
        improvements.append(Look(now.cpu_s, now.energy_wh, layout))

    with (
        run.stage("baseline", f"baseline: {BASELINES[name]}") as (stage, progress),
        run.floris(stage) as floris,
    ):
        verifying_cpu_s = run.verifying_cpu_s(stage)
        sampled = run.problem.config.verify.rose != "whole" and not evaluator.is_small
        if whole_rose and sampled:  # then it is measured for a sample
            verifying_cpu_s *= len(evaluator.conditions) / FIRST_DRAWS

        def left_s() -> float:
            return (granted - verifying_cpu_s - spent().cpu_s) / available_cores()

        solution = _search(run, name, left_s, progress, note, floris)
        if solution.status == "stopped":
            raise KeyboardInterrupt
        used = spent()
        ask = evaluator.judge_whole if whole_rose else evaluator.judge
        found = ask({name: solution.layout}, floris)[name]
        cost = spent()
    with (
        run.stage("baseline", "looking back at the baseline") as (stage, progress),
        run.floris(stage) as floris,
    ):
        earlier = looks_of(improvements, granted)
        evaluated = _evaluate(evaluator, earlier, floris, progress)
    # the last prediction need not be the best layout: what FLORIS has seen of a baseline counts for
    # it
    best = max([found, *evaluated], key=lambda one: (one.feasibility.feasible, one.aep))
    if whole_rose and not best.whole_rose:
        with (
            run.stage("baseline", "verifying the baseline") as (stage, progress),
            run.floris(stage) as floris,
        ):
            again = evaluator.judge_whole({name: best.layout}, floris, progress)[name]
        evaluated = [again if one is best else one for one in evaluated]
        best = max([found, again], key=lambda one: one.aep)
    end = Look(used.cpu_s, used.energy_wh, solution.layout)
    return BaselineResult(
        what=BASELINES[name],
        aep_gwh=best.aep / 1e9,
        aep_error_gwh=best.aep_error / 1e9,
        feasible=best.feasibility.feasible,
        aep_predicted_gwh=solution.aep_predicted / 1e9,
        status=solution.status,
        cpu_s=cost.cpu_s,
        energy_wh=cost.energy_wh["central"],
        looks=_tell([*earlier, end], [*evaluated, found]),
        layout=best.layout,
        roses_gwh=tuple(aep_in_roses(run.problem, best)),
    )


def _search(
    run: Run,
    name: str,
    left_s: Callable[[], float],
    progress: Progress | None,
    note: Callable[[Improvement, FloatArray], None],
    floris: Simulator,
) -> Solution:
    if name == "floris":
        return search_by_trial(
            run.problem, run.seed, left_s, run.pool, progress, note, floris.counts
        )
    return search_on_formula(run, name, run.seed, left_s, progress, note)


def search_on_formula(
    run: Run,
    name: str,
    seed: int,
    left_s: Callable[[], float],
    progress: Progress | None,
    note: Callable[[Improvement, FloatArray], None] | None = None,
) -> Solution:
    """Search without learning until the time is over: the same search, on a wake formula.

    Parameters
    ----------
    run : Run
    name : str
        One of `FORMULAS`.
    seed : int
    left_s : callable [s]
        Tells the time left.
    progress, note : callable, optional
        Told the share of the work done, and each improvement.
    """
    surrogate = FORMULAS[name](run.problem)
    workers = run.workers(surrogate)
    settings = SearchSettings.of(run.problem.config).until_time_is_over()
    asked = run.problem, surrogate, seed, left_s, workers, progress, note
    return optimise(*asked, settings=settings, scenarios=ALONE)


def looks_of(improvements: Sequence[Look], granted: float) -> list[Look]:
    """Choose what a search had found after each of `LOOKS`; what is the same is left out."""
    chosen: list[Look] = []
    for share in LOOKS:
        by_then = [one for one in improvements if one.cpu_s <= share * granted]
        if by_then and (not chosen or by_then[-1] is not chosen[-1]):
            chosen.append(by_then[-1])
    return chosen


def _own_looks(run: Run, granted: float) -> list[Look]:
    """Choose among the layouts that the run's own search has kept."""
    history = run.folder.read_history()
    try:
        rows, layouts = read_kept_layouts(run.folder.history_layouts, run.problem.n_turbines)
    except RunFolderError:  # nothing was better than what the search began with
        return []
    kept = [
        Look(history["cpu_s"][row], _central(history["energy_wh"][row]), layout)
        for row, layout in zip(rows, layouts, strict=True)
    ]
    return [  # they are kept to a centimetre, the rules to a millimetre
        look._replace(layout=repair(run.problem, look.layout, run.seed))
        for look in looks_of(kept, granted)
    ]


def _central(wh: float) -> EnergyWh:
    """Return an energy of which no more is known [Wh]."""
    return EnergyWh(low=None, central=wh, high=None, method="")


def _evaluate(
    evaluator: SampledEvaluator, looks: Sequence[Look], floris: Simulator, progress: Progress | None
) -> list[EvaluatedLayout]:
    layouts = {str(i): look.layout for i, look in enumerate(looks)}
    return list(evaluator.judge(layouts, floris, progress).values()) if layouts else []


def _tell(looks: Sequence[Look], evaluated: Sequence[EvaluatedLayout]) -> tuple[EvaluatedLook, ...]:
    return tuple(
        EvaluatedLook(
            look.cpu_s,
            look.energy_wh["central"],
            one.aep / 1e9,
            one.aep_error / 1e9,
            one.feasibility.feasible,
        )
        for look, one in zip(looks, evaluated, strict=True)
    )


def _apart(run: Run) -> Cost:
    return run.ledger.totals().apart.get("baseline", Cost())


def _types(problem: LayoutProblem) -> IntArray | None:
    return problem.types if len(problem.turbines) > 1 else None
