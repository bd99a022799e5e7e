"""The fourth stage: FLORIS judges what was found, and teaches where it was promised too much."""

import logging
from collections.abc import Mapping

from windopt.optimise import Solution
from windopt.optimise.objective import Objective
from windopt.problem import FloatArray
from windopt.report.artefacts import read_solution
from windopt.stages.decision import decide
from windopt.stages.lessons import CANDIDATES, learn, learned_so_far, lessons_of_solution
from windopt.stages.optimise import search_again
from windopt.stages.references import layout_as_given, reference_layouts
from windopt.stages.run import Run
from windopt.stages.sizing import choose_number, write_numbers
from windopt.stages.train import LESSONS
from windopt.surrogate import Surrogate, load_surrogate
from windopt.verify import JudgedLayout, judge
from windopt.verify.rows import layouts_of_curve

logger = logging.getLogger(__name__)

AS_GIVEN = "as given"
"""Names the given layout before the judge where it is not feasible."""


def verify_layout(run: Run) -> None:
    """Let FLORIS judge, and learn from it: `verdict.json`, `layout.csv`."""
    run.need(run.folder.solution, "optimise")
    solution = read_solution(run.folder)
    counted: dict[int, JudgedLayout] = {}
    if run.problem.turbine_range is not None:
        solution, counted = choose_number(run, solution)
    surrogate = load_surrogate(run.folder.surrogate, run.problem)
    for outdated in (run.folder.rivals, run.folder.robustness, run.folder.what_if):
        outdated.unlink(missing_ok=True)
    settings = run.problem.config.verify
    learned, earlier = learned_so_far(run, surrogate)
    if learned > 0 and lessons_of_solution(run) < surrogate.facts[LESSONS]:
        solution = search_again(run, surrogate, solution)  # it was killed in the midst
    references = reference_layouts(run, solution)
    given = layout_as_given(run)
    also = {} if given is None else {AS_GIVEN: given}
    judged = _judge(
        run, references | {"final": solution.layout} | layouts_of_curve(solution) | earlier | also
    )
    as_given = judged.pop(AS_GIVEN, None)  # it is no answer: it breaks the rules
    found = judged["final"]
    _hand_out(run, judged, as_given, surrogate, solution, counted)
    for number in range(1 + learned, 1 + settings.max_rounds if run.learns else 0):
        optimism = _optimism(run, surrogate, judged, found)
        if abs(optimism) <= settings.tolerance_pct or solution.status != "converged":
            break
        if not _affords_a_lesson(run, len(references) + 1 + len(layouts_of_curve(solution))):
            break
        logger.info("promised %+.3f %% of AEP more than FLORIS finds: learning", optimism)
        learn(run, surrogate, solution, number)
        solution = search_again(run, surrogate, solution)
        again = _judge(run, {"final": solution.layout} | layouts_of_curve(solution))
        found = again["final"]
        judged |= {f"{name}, round {number}": one for name, one in again.items()}
        _hand_out(run, judged, as_given, surrogate, solution, counted)
    run.folder.learning.unlink(missing_ok=True)
    run.forget_states()


def _judge(run: Run, layouts: Mapping[str, FloatArray]) -> dict[str, JudgedLayout]:
    with (
        run.stage("verify", "verifying in FLORIS") as (stage, progress),
        run.floris(stage) as simulator,
    ):
        return judge(run.problem, layouts, simulator, progress)


def _optimism(
    run: Run, surrogate: Surrogate, judged: Mapping[str, JudgedLayout], found: JudgedLayout
) -> float:
    """Give the gain claimed by the surrogate less the one verified [% of what is maximised]."""
    claim = Objective(run.problem, surrogate).aep
    per_value = 1e6 / run.problem.wind.mean_value if found.revenue is not None else 1.0
    claimed, verified = claim(found.layout), found.merit * per_value
    reference = judged.get("initial", judged.get("grid"))
    if reference is None:
        return 100.0 * (claimed / verified - 1.0)
    claimed, before = claimed - claim(reference.layout), reference.merit * per_value
    return 100.0 * (claimed - (verified - before)) / before


def _affords_a_lesson(run: Run, layouts: int) -> bool:
    """Tell whether the budget leaves a lesson, with so many layouts beside its candidates."""
    if not run.allowance.affords(layouts + CANDIDATES):
        logger.info("the budget leaves no FLORIS evaluations to learn from")
        return False
    if not run.allowance.pays_a_lesson():
        logger.info("the budget leaves no time to learn from FLORIS")
        return False
    return True


def _hand_out(
    run: Run,
    judged: Mapping[str, JudgedLayout],
    as_given: JudgedLayout | None,
    surrogate: Surrogate,
    solution: Solution,
    counted: dict[int, JudgedLayout],
) -> None:
    final = decide(run, judged, surrogate, solution, as_given)
    if run.problem.turbine_range is not None:
        write_numbers(run, surrogate, final, counted)
