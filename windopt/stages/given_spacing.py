"""Where the config asks, before the report: a short search that keeps the given layout's spacing.

It takes a share of the search's processor time, `report.given_spacing_share`, and is booked apart
from the run, with what other wake models take (`robustness`). It begins with the given layout and
with the one found, whose turbines are moved apart; FLORIS judges what it finds beside both, on one
sample of the rose.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from windopt.floris.alone import evaluated_wind
from windopt.ledger.ledger import StageKind
from windopt.ledger.totals import Cost
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.runs.folder import RunFolder
from windopt.runs.given_spacing import spacing_to_keep
from windopt.runs.session import Run
from windopt.search.patterns import optimise
from windopt.search.settings import SearchSettings
from windopt.search.warm_start import start_from
from windopt.stages.scenarios import evaluator_of, scenarios_of
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.reweighted import AS_IT_IS, OtherRose, gains_in_roses
from windopt.workers.executor import available_cores

KIND: StageKind = "robustness"
ROUNDING = 1e-7
"""Share of the spacing by which the given layout may fall short of its own."""


def is_asked(problem: LayoutProblem) -> bool:
    """Return whether the config asks for a search at the given layout's spacing."""
    return problem.config.report.given_spacing_share > 0


def search_at_given_spacing(run: Run) -> None:
    """Search at the given layout's least spacing, where the layout found is closer together."""
    kept_d = spacing_to_keep(run.problem, run.folder.read_verification())
    if run.allowance.budget.limits_time and run.allowance.left_s(0.0) <= 0:
        kept_d = "the budget left no time for it"
    if isinstance(kept_d, str):
        run.folder.write(RunFolder.given_spacing, {"missing": kept_d})
        return
    share = run.problem.config.report.given_spacing_share
    granted = share * run.ledger.totals().by_stage.get("optimise", Cost()).cpu_s
    record, before = run.folder.read(RunFolder.verification), _spent(run)
    surrogate = load_surrogate(run.folder.need(RunFolder.surrogate), run.problem)
    wider = replace(run.problem, min_spacing_d=kept_d * (1.0 - ROUNDING))
    with (
        run.stage(KIND, "searching at the given layout's spacing") as (stage, _),
        run.floris(stage) as floris,
    ):

        def left_s() -> float:
            left = (granted - _spent(run).without(before).cpu_s) / available_cores()
            if run.allowance.budget.limits_time:
                left = min(left, run.allowance.left_s(0.0))
            return max(0.0, left)

        layout = _search(run, wider, surrogate, record.final.layout, left_s)
        searched = _spent(run).without(before)
        assert record.initial is not None
        layouts = {
            "initial": record.initial.layout,
            "final": record.final.layout,
            "kept": layout,
        }
        evaluated = evaluator_of(run, surrogate).judge(layouts, floris)
    robust = run.problem.config.robust
    as_it_is = [OtherRose(AS_IT_IS, evaluated_wind(run.problem).conditions.weight)]
    weights = {} if robust is None else robust.weights
    kept, found = (
        gains_in_roses(run.problem, evaluated[name], evaluated["initial"], weights, as_it_is)[0]
        for name in ("kept", "final")
    )
    run.folder.write(
        RunFolder.given_spacing,
        {
            "spacing_d": kept_d,
            "share": share,
            "cpu_s": searched.cpu_s,
            "gain_gwh": kept.gain_gwh,
            "error_gwh": kept.error_gwh,
            "gain_found_gwh": found.gain_gwh,
            "error_found_gwh": found.error_gwh,
            "layout": np.asarray(layout),
        },
    )
    run.forget_states()


def _search(
    run: Run,
    wider: LayoutProblem,
    surrogate: Surrogate,
    found: FloatArray,
    left_s: Callable[[], float],
) -> FloatArray:
    solution = optimise(
        wider,
        surrogate,
        run.seed,
        left_s,
        run.workers(surrogate),
        also=[start_from(repair(wider, found, run.seed))],
        settings=SearchSettings.of(wider.config),
        scenarios=scenarios_of(run, surrogate),
    )
    if solution.status == "stopped":
        raise KeyboardInterrupt
    return solution.layout


def _spent(run: Run) -> Cost:
    return run.ledger.totals().apart.get(KIND, Cost())
