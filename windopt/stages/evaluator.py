"""Who judges the layouts of a run: FLORIS, under its wake model or all those of a robust run."""

from windopt.runs.session import Run
from windopt.stages.scenarios import scenarios_of
from windopt.surrogate.scenarios import known_models
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.robust import RobustEvaluator
from windopt.verification.sampled import FIRST_DRAWS, SampledEvaluator


def evaluator_of(run: Run, surrogate: Surrogate, draws: int = FIRST_DRAWS) -> SampledEvaluator:
    """Return the judge of a run's layouts.

    Parameters
    ----------
    run : Run
    surrogate : Surrogate
        Of its own wake model.
    draws : int
        Conditions at first.
    """
    robust = run.problem.config.robust
    if robust is None:
        return SampledEvaluator(run.problem, surrogate, run.seed, draws)
    models = known_models(run.problem, surrogate, [*robust.weights, *robust.also_judged_by])
    scenarios = scenarios_of(run, surrogate)
    return RobustEvaluator(run.problem, surrogate, run.seed, models, scenarios, draws)
