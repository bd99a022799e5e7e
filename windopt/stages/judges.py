"""The panel of the assessment: every wake model of it judges all layouts, one after the other.

FLORIS is asked about a sample of the rose where that is large, all layouts in the same conditions.
The sample grows until the mean difference of the duel is known to a fourth of what matters. The
control variate is the kernel that ships for the wake model; where none serves, the formula that is
fitted to it.
"""

import logging
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from windopt.errors import KernelMisfitError, WindoptError
from windopt.floris.simulator import Progress, Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.other_wakes import under_wake_model
from windopt.runs.folder import RunFolder
from windopt.runs.judged import Asked, Judged
from windopt.runs.judged_so_far import FLORIS
from windopt.runs.session import Run
from windopt.stages.searches_again import surrogate_of
from windopt.surrogate.fitted_formula import fitted_formula
from windopt.surrogate.shipped import shipped_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.sampled import SMALL_ROSE, SampledEvaluator
from windopt.verification.second_code import Code, ask_code, code_of

logger = logging.getLogger(__name__)

KNOWN_TO = 0.25
"""Share of the materiality to which a mean difference is to be known (standard error)."""
GROWTH, FEWEST_DRAWS = 4.0, 20
"""Of a sample: the largest factor in one step, and draws for which it is not worth a step."""
Pairs = Sequence[tuple[str, str]]


def let_judge(
    run: Run, asked: Asked, model: str, layouts: Mapping[str, FloatArray], pairs: Pairs
) -> Asked:
    """Let one wake model of the panel judge layouts, and write down what it says.

    Parameters
    ----------
    run : Run
    asked : Asked
        What has been done so far.
    model : str
        As in the config's panel.
    layouts : mapping of str to (n_turbines, 2) [m]
    pairs : sequence of (str, str)
        Layouts whose difference has to be known well.

    Returns
    -------
    asked : with what the wake model says, or why it cannot
    """
    if (other := code_of(model)) is not None:
        said: Judged | str = _other_code(run, model, *other, layouts)
    else:
        try:
            said = _floris(run, model, layouts, pairs)
        except WindoptError as error:  # the others can judge all the same
            said = str(error)
    if isinstance(said, str):
        asked = Asked(asked.searches, asked.judged, {**asked.refused, model: said})
    else:
        asked = Asked(asked.searches, asked.judged.with_model(model, said), asked.refused)
    run.folder.write(RunFolder.asked, asked)
    run.forget_states()
    return asked


def _other_code(
    run: Run, model: str, code: Code, near: str, layouts: Mapping[str, FloatArray]
) -> Judged | str:
    with run.stage("assess", f"asking {code.name}, near {near}") as (_, progress):
        opinions, refused = ask_code(code, run.problem, layouts, [near], run.pool, progress)
    if near not in opinions:
        return refused[near]
    aep = {name: wh / 1e9 for name, wh in opinions[near].aep.items()}
    return Judged({model: code.name}, {model: aep})


def _floris(run: Run, model: str, layouts: Mapping[str, FloatArray], pairs: Pairs) -> Judged:
    problem = under_wake_model(run.problem, model)
    evaluator = SampledEvaluator(problem, _control_variate(run, model), run.seed)
    with (
        run.stage("assess", f"asking FLORIS under {model}") as (stage, progress),
        run.floris(stage) as simulator,
    ):
        seen = _well_enough(run, evaluator, layouts, pairs, simulator, progress)
        spared = [len(evaluator.conditions) - one.conditions for one in seen.values()]
        stage.count(floris_conditions_spared=sum(spared))
    errors: dict[str, dict[str, float]] = {}
    for name, other in combinations(seen, 2):
        if (error := seen[name].aep_lead_error(seen[other]) / 1e9) > 0:
            errors.setdefault(name, {})[other] = error
    aep = {name: one.aep / 1e9 for name, one in seen.items()}
    return Judged({model: FLORIS}, {model: aep}, {model: errors})


def _well_enough(
    run: Run,
    evaluator: SampledEvaluator,
    layouts: Mapping[str, FloatArray],
    pairs: Pairs,
    simulator: Simulator,
    progress: Progress | None,
) -> dict[str, EvaluatedLayout]:
    """Ask about a sample that is large enough, or about the whole rose where the config asks it."""
    if run.problem.config.verify.rose == "whole":
        return evaluator.judge_whole(layouts, simulator, progress)
    seen = evaluator.judge(layouts, simulator, progress)
    models, most = len(run.problem.config.assessment.panel), len(evaluator.conditions) / SMALL_ROSE
    while not next(iter(seen.values())).whole_rose and pairs:
        aep = float(np.mean([one.aep for one in seen.values()]))
        wanted = KNOWN_TO * run.problem.config.assessment.materiality_pct / 100.0 * aep
        errors = [seen[ours].aep_lead_error(seen[theirs]) for ours, theirs in pairs]
        ratio = float(np.mean(errors)) / np.sqrt(models) / wanted
        more = int(min(evaluator.draws * min(GROWTH, 1.1 * ratio**2), most) - evaluator.draws)
        if ratio <= 1.0 or more < FEWEST_DRAWS:
            break
        evaluator.grow(more)
        seen = evaluator.judge(layouts, simulator, progress)
    return seen


def _control_variate(run: Run, model: str) -> Surrogate:
    if model == run.problem.wake.velocity_model:
        return surrogate_of(run)
    problem = under_wake_model(run.problem, model)
    try:
        return shipped_surrogate(problem)
    except KernelMisfitError as error:
        logger.info("no kernel serves for %s (%s): its fitted formula does", model, error)
        return fitted_formula(problem)
