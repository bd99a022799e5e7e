"""What a run maximises, and who judges: under its wake model alone, or all of a robust run."""

from dataclasses import replace

from windopt.problem.objective import Objective
from windopt.problem.repair import repair
from windopt.problem.scenario import Regret
from windopt.problem.scenarios import ALONE, Scenarios
from windopt.runs.folder import RunFolder
from windopt.runs.session import Run
from windopt.surrogate.scenarios import known_models, scenarios_for
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.robust import RobustEvaluator
from windopt.verification.sampled import FIRST_DRAWS, SampledEvaluator


def scenarios_of(run: Run, surrogate: Surrogate) -> Scenarios:
    """Return the scenarios of a run, scaled by the layout that gains count from.

    The run keeps them: making them folds a kernel for each wake model.

    Parameters
    ----------
    run : Run
    surrogate : Surrogate
        Of its own wake model.
    """
    if run.problem.config.robust is None:
        return ALONE
    known_by = surrogate.fingerprint, run.problem.n_turbines, run.folder.has(RunFolder.single)
    if run.scenarios is None or run.scenarios[0] != known_by:
        run.scenarios = known_by, _make_scenarios(run, surrogate)
    return run.scenarios[1]


def _make_scenarios(run: Run, surrogate: Surrogate) -> Scenarios:
    problem = run.problem
    single = run.folder.find(RunFolder.single)
    reference = None if single is None else single.solution.grid
    if problem.initial_layout is not None:
        reference = repair(problem, problem.initial_layout, run.seed)
    scenarios = scenarios_for(problem, surrogate, reference)
    if not isinstance(scenarios.risk, Regret):
        return scenarios
    assert single is not None
    objective = scenarios.objective(problem, surrogate)
    values = {name: objective.values(layout) for name, layout in single.layouts.items()}
    best = tuple(float(values[name][number]) for number, name in enumerate(scenarios.names))
    return replace(scenarios, risk=Regret(best))


def objective_of(run: Run, surrogate: Surrogate) -> Objective:
    """Return what a run maximises."""
    return scenarios_of(run, surrogate).objective(run.problem, surrogate)


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
