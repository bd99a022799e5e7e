"""The fourth stage: FLORIS evaluates what was found, and the surrogate learns where it was wrong.

It is asked about a sample of the rose, beside the surrogate's word on the whole of it (see
`windopt.verification.sampled`). At the end it evaluates on the whole rose where that is paid for;
else the sample grows until the gain is known well enough.
"""

import logging
from collections.abc import Iterator, Mapping

from windopt.exports.layout_files import write_layout_files
from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import Progress, Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY
from windopt.problem.other_wakes import judging_problems
from windopt.runs.budget.price import floris_cpu_s, work_cpu_s
from windopt.runs.budget.verifying import draws_that_fit, layouts_to_verify
from windopt.runs.curve import write_curve
from windopt.runs.folder import RunFolder
from windopt.runs.history import History, Value
from windopt.runs.robust_account import SINGLE, robust_record
from windopt.runs.session import Run
from windopt.runs.solution import LEARNING_ROUNDS
from windopt.search.origin import WARM_START
from windopt.search.solution import Solution
from windopt.stages.active_learning import CANDIDATES, learn, learned_so_far
from windopt.stages.decision import decide, gains_of
from windopt.stages.gains import wake_model_facts, what_wake_models_say
from windopt.stages.optimise import search_again
from windopt.stages.origin import known_starts
from windopt.stages.references import layout_as_given, reference_layouts
from windopt.stages.robust_pareto import found_for_spread, search_for_spread, write_pareto
from windopt.stages.scenarios import evaluator_of, objective_of, scenarios_of
from windopt.stages.sizing import choose_number, write_numbers
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.contenders import REFERENCES, contenders, doubt_pct
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.sampled import SMALL_ROSE, SampledEvaluator

logger = logging.getLogger(__name__)

AS_GIVEN = "as given"
"""Names the given layout where it is not feasible."""
VERIFY_SHARE = 0.15
"""Of a run's processor time: what verification may take, where the whole rose is not asked for."""
WORTH_SEARCHING_S = 2.0
"""Time for which it is worth to search on [s]."""
FEWEST_DRAWS, GROWTH = 20, 4.0
"""Draws for which a sample is not worth growing, and its largest factor in one step."""


def verify_layout(run: Run, whole_rose: bool = False) -> None:
    """Evaluate what was found in FLORIS, and learn from it where too much was promised.

    Parameters
    ----------
    whole_rose : bool
        Whether FLORIS is to evaluate on the whole rose, whatever the config has.
    """
    kept = run.folder.read(RunFolder.solution)
    search_for_spread(run)  # what a run that was cut off after its search has not done yet
    solution, warm_start = kept.solution, run.folder.find(RunFolder.warm_start)
    surrogate = load_surrogate(run.folder.surrogate, run.problem)
    settings = run.problem.config.verify
    rose = "whole" if whole_rose else settings.rose
    draws = _draws_at_first(run)
    if rose == "whole" and not run.allowance.budget.limits_time:
        draws = len(evaluated_wind(run.problem).conditions)  # then a sample would be for nothing
    evaluator = evaluator_of(run, surrogate, draws)
    counted: dict[int, EvaluatedLayout] = {}
    if run.problem.turbine_range is not None:
        solution, counted = choose_number(run, solution, evaluator)
    of_layouts = RunFolder.baselines, RunFolder.robustness, RunFolder.robust
    others = RunFolder.robust_pareto, RunFolder.second_opinion, RunFolder.what_if
    assessed = RunFolder.asked, RunFolder.differences
    for outdated in (
        *of_layouts,
        *others,
        *assessed,
        RunFolder.given_spacing,
        RunFolder.neighbours,
    ):
        (run.folder.path / outdated.name).unlink(missing_ok=True)
    learned, earlier = learned_so_far(run, surrogate)
    if learned > 0 and kept.learning_rounds < surrogate.facts[LEARNING_ROUNDS]:
        solution = search_again(run, surrogate, solution)  # it was killed in the midst
    references = reference_layouts(run.problem, solution, run.seed)
    given = layout_as_given(run.problem)
    layouts = references | {"final": solution.layout} | solution.others_of_curve | earlier
    layouts |= {} if given is None else {AS_GIVEN: given}
    if (single := run.folder.find(RunFolder.single)) is not None:
        layouts[SINGLE] = single.layout
    layouts |= found_for_spread(run)
    if run.learns and warm_start is not None:
        layouts[WARM_START] = warm_start  # what learning has added to it, FLORIS is to say
    number, gone_on = 1 + learned, False
    while True:
        with (
            run.stage("verify", "verifying in FLORIS") as (stage, progress),
            run.floris(stage) as simulator,
        ):
            half = halves(progress)
            # what is evaluated on the whole rose at once needs no second look
            evaluated = evaluator.judge(
                layouts, simulator, progress if evaluator.is_small else next(half)
            )
            run.book_floris()
            learning = number <= settings.max_rounds and _wants_to_learn(
                run, surrogate, evaluated, _last(evaluated), solution, len(references)
            )
            goes_on = not (learning or gone_on) and _has_time_to_search(run, solution)
            if not learning and not goes_on and not evaluated["final"].whole_rose:
                evaluated = _conclude(run, evaluator, layouts, evaluated, rose, simulator, half)
            if not learning and not goes_on:
                spared = [len(evaluator.conditions) - one.conditions for one in evaluated.values()]
                stage.count(floris_conditions_spared=sum(spared))
        _hand_out(run, evaluated, surrogate, solution, counted)
        if not learning and not goes_on:
            break
        if learning:
            learn(run, surrogate, solution, number)
            evaluator.forget_predictions()
        else:
            gone_on = True
            logger.info("nothing is to be learned: the search goes on in the time kept for it")
        solution = search_again(run, surrogate, solution)
        again = {"final": solution.layout} | solution.others_of_curve
        layouts |= {f"{name}, round {number}": one for name, one in again.items()}
        number += 1
    run.folder.learning.unlink(missing_ok=True)
    run.forget_states()


def halves(progress: Progress | None) -> Iterator[Progress]:
    """Yield what hears of one piece of work after another, each half of what is left to tell."""
    begun = 0.0
    while True:
        left = 0.5 * (1.0 - begun)

        def tell(share: float, begun: float = begun, left: float = left) -> None:
            if progress is not None:
                progress(begun + left * share)

        yield tell
        begun += left


def _last(evaluated: Mapping[str, EvaluatedLayout]) -> EvaluatedLayout:
    """Return the layout of the last round."""
    return evaluated[[name for name in evaluated if name.partition(",")[0] == "final"][-1]]


def _has_time_to_search(run: Run, solution: Solution) -> bool:
    """Return whether the search has converged with time left, which it kept to learn in."""
    how = run.problem.config.optimise
    if not run.allowance.budget.limits_time or run.problem.turbine_range is not None:
        return False
    if how.stop == "converged" or how.pattern == "regular" or any(how.regularity):
        return False
    if solution.status != "converged" or run.problem.n_turbines == 1 or not how.patience:
        return False
    verifying_cpu_s = 2.0 * (run.allowance.verifying_cpu_s or 0.0)
    return run.allowance.left_s(verifying_cpu_s) > WORTH_SEARCHING_S


def _wants_to_learn(
    run: Run,
    surrogate: Surrogate,
    evaluated: Mapping[str, EvaluatedLayout],
    found: EvaluatedLayout,
    solution: Solution,
    references: int,
) -> bool:
    """Return whether surrogate has promised what FLORIS does not find, and may learn from it."""
    if not run.learns or solution.status != "converged":
        return False
    optimism = _optimism(run, surrogate, evaluated, found)
    if abs(optimism) <= run.problem.config.verify.tolerance_pct:
        return False
    if not _affords_a_round(run, references + 1 + len(solution.others_of_curve)):
        return False
    logger.info("promised %+.3f %% of AEP more than FLORIS finds: learning", optimism)
    return True


def _conclude(
    run: Run,
    evaluator: SampledEvaluator,
    layouts: Mapping[str, FloatArray],
    evaluated: dict[str, EvaluatedLayout],
    rose: str,
    simulator: Simulator,
    progress: Iterator[Progress],
) -> dict[str, EvaluatedLayout]:
    """Return the last word: on the whole rose where that is paid for, else on a larger sample.

    What cannot be the answer any more is left out.
    """
    kept = contenders(run.problem, evaluated, {WARM_START, SINGLE, *found_for_spread(run)})
    layouts = {name: layout for name, layout in layouts.items() if name in kept}
    settings = run.problem.config.verify
    if rose != "sampled":
        asked, rest = rose == "whole", evaluator.not_yet_whole(layouts)
        if not rest or _pays(run, evaluator, rest, len(evaluator.conditions), share=not asked):
            return evaluator.judge_whole(layouts, simulator, next(progress))
        if asked:
            logger.warning(
                "the budget does not pay for the whole rose, about %.0f CPU-seconds: FLORIS's "
                "figures are of a sample, with their standard errors",
                rest * len(evaluator.conditions) * evaluator.condition_cpu_s,
            )
    evaluated = {name: evaluated[name] for name in layouts}
    while (doubt := doubt_pct(evaluated)) > settings.error_pct:
        wanted = evaluator.draws * min(GROWTH, 1.1 * (doubt / settings.error_pct) ** 2)
        more = int(min(wanted, len(evaluator.conditions) / SMALL_ROSE) - evaluator.draws)
        # a surrogate that leaves so much open is no help: then the share is no limit
        within = doubt <= settings.tolerance_pct
        while more >= FEWEST_DRAWS and not _pays(run, evaluator, len(layouts), more, within):
            more //= 2
        if more < FEWEST_DRAWS:
            break
        evaluator.grow(more)
        evaluated = evaluator.judge(layouts, simulator, next(progress))
        run.book_floris()
    if doubt > settings.tolerance_pct:
        logger.warning(
            "%d of %d wind conditions leave the gain uncertain by %.3f %% of AEP (standard error): "
            "verify it on the whole rose with windopt verify %s --whole-rose",
            evaluator.draws,
            len(evaluator.conditions),
            doubt,
            run.folder.path,
        )
    return evaluated


def _pays(
    run: Run, evaluator: SampledEvaluator, layouts: int, conditions: int, share: bool
) -> bool:
    """Return whether FLORIS may be asked about layouts in some conditions each.

    Parameters
    ----------
    share : bool
        Whether that has to stay within `VERIFY_SHARE`; within the budget it always has to.
    """
    if share:
        by_stage, turbines = run.ledger.totals().by_stage, len(run.problem.all_types)
        work = {kind: work_cpu_s(cost.counts, turbines) for kind, cost in by_stage.items()}
        spent = work.pop("verify", 0.0)
        others = sum(work.values())
        all_of_it = spent + layouts * floris_cpu_s(turbines, conditions)
        if all_of_it > VERIFY_SHARE / (1.0 - VERIFY_SHARE) * others:
            return False
    if not run.allowance.affords(layouts * len(judging_problems(run.problem))):
        return False
    cpu_s = layouts * conditions * evaluator.condition_cpu_s
    return not run.allowance.budget.limits_time or run.allowance.left_s(cpu_s) > 0


def _optimism(
    run: Run, surrogate: Surrogate, evaluated: Mapping[str, EvaluatedLayout], found: EvaluatedLayout
) -> float:
    """Return the gain claimed by the surrogate less the one verified [% of what is maximised]."""
    claim = objective_of(run, surrogate).value
    claimed, verified = claim(found.layout), found.value
    reference = evaluated.get("initial", evaluated.get("grid"))
    if reference is None:
        return 100.0 * (claimed / verified - 1.0)
    claimed, before = claimed - claim(reference.layout), reference.value
    return 100.0 * (claimed - (verified - before)) / before


def _affords_a_round(run: Run, layouts: int) -> bool:
    """Return whether the budget leaves a learning round, with so many layouts beside its own."""
    if not run.allowance.affords(layouts * len(judging_problems(run.problem)) + CANDIDATES):
        logger.info("the budget leaves no FLORIS evaluations to learn from")
        return False
    if not run.allowance.pays_a_learning_round():
        logger.info("the budget leaves no time to learn from FLORIS")
        return False
    return True


def _hand_out(
    run: Run,
    evaluated: Mapping[str, EvaluatedLayout],
    surrogate: Surrogate,
    solution: Solution,
    counted: dict[int, EvaluatedLayout],
) -> None:
    problem, seen = run.problem, dict(evaluated)
    as_given = seen.pop(AS_GIVEN, None)  # it is no answer: it breaks the rules
    warm_start = run.folder.find(RunFolder.warm_start)
    known = known_starts(problem, solution, run.seed, warm_start)
    objective = objective_of(run, surrogate)
    decision = decide(problem, seen, surrogate, objective, solution, known, as_given)
    final, best = decision.final, decision.best
    if decision.curve:
        types = problem.types if len(problem.turbines) > 1 else None
        write_curve(run.folder.curve, run.folder.curve_layouts, decision.curve, types)
    run.folder.write(RunFolder.verification, decision.record)
    if problem.config.robust is not None:
        scenarios = scenarios_of(run, surrogate)
        record = robust_record(problem.config.robust, scenarios, seen, decision.best)
        run.folder.write(RunFolder.robust, record)
        write_pareto(run, scenarios, seen, decision.best)
    write_layout_files(run.folder, problem)
    value = None
    if final.measure != ENERGY:
        predicted = objective_of(run, surrogate).value(final.layout)
        value = Value(final.measure, predicted, final.value)
    History(run.folder, go_on=True).add(
        run.ledger.totals(),
        best if best in REFERENCES else "final",
        decision.predicted["final"] / 1e9,
        decision.origin.found_by,
        final.aep / 1e9,
        final.feasibility.feasible,
        value=value,
    )
    said = what_wake_models_say(run)
    for gain in gains_of(problem, decision, surrogate.wake_model, as_given is not None):
        told = wake_model_facts(said, gain["reference"], problem.net_share)
        run.ledger.gain(**gain, **told)
    if problem.turbine_range is not None:
        write_numbers(run, surrogate, final, counted)


def _draws_at_first(run: Run) -> int:
    """Return in how many conditions FLORIS verifies a layout at first: fewer with little time."""
    cpu_s = run.allowance.verifying_cpu_s
    if cpu_s is None or not run.allowance.budget.limits_time:
        return run.problem.config.verify.draws
    left_s = run.allowance.left_s(0.0)
    kept_s = run.allowance.left_s(layouts_to_verify(run.problem, run.drafts) * cpu_s)
    return draws_that_fit(left_s, left_s - kept_s)
