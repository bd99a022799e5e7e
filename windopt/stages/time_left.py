"""How long a stage may go on: the budget, less what it takes to verify what is found."""

from collections.abc import Callable

import numpy as np

from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import FarmCase, Simulator
from windopt.ledger.ledger import Stage
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import random_points
from windopt.problem.violations import breaks_rules
from windopt.runs.session import Run
from windopt.search.clock import part_of
from windopt.surrogate.analytic import is_formula
from windopt.verification.sampled import FIRST_DRAWS, SMALL_ROSE
from windopt.workers.executor import available_cores

PROBED = 50
"""Conditions that tell what verification will cost."""
VERIFY_PART = 0.2
"""Of the time left, what is kept back for a sample at most, if that leaves `LEAST_DRAWS`."""
LEAST_DRAWS = 50
"""Conditions in which FLORIS judges a layout at least, however short the time."""


def time_left(
    run: Run, stage: Stage, judged: int | None = None, cores: int | None = None
) -> Callable[[], float] | None:
    """Return what tells how long a stage may go on [s], the end of the run kept back.

    None where the budget does not limit time.

    Parameters
    ----------
    judged : int, optional
        Layouts to verify afterwards; by default `layouts_to_verify`.
    cores : int, optional
        Those that the stage has at work; all by default.
    """
    if not run.allowance.budget.limits_time:
        return None
    if judged is None:
        judged = layouts_to_verify(run.problem)
    kept_cpu_s = judged * judging_cpu_s(run, stage)
    if run.problem.config.verify.rose != "whole":  # a smaller sample, where time is short
        left_cpu_s = run.allowance.left_s(0.0) * available_cores()
        least_cpu_s = kept_cpu_s * LEAST_DRAWS / FIRST_DRAWS
        kept_cpu_s = max(least_cpu_s, min(kept_cpu_s, VERIFY_PART * left_cpu_s))
    return run.allowance.clock(kept_cpu_s, cores=cores)


def time_to_learn(
    run: Run, stage: Stage, share: float, cores: int | None = None
) -> Callable[[], float] | None:
    """Return what tells how long a stage may go on [s] that is to take a share of the time left."""
    left_s = time_left(run, stage, cores=cores)
    return None if left_s is None else part_of(left_s, share)


def layouts_to_verify(problem: LayoutProblem) -> int:
    """Return how many layouts FLORIS judges after the search, without lessons."""
    if problem.turbine_range is not None:
        return 5  # the number found, its neighbours, one more, and the best grid
    given = problem.initial_layout
    references = 1 if given is None else 2 + breaks_rules(problem, given)
    references += not is_formula(problem)  # what was sketched before anything was learned
    return len(problem.config.optimise.regularity) + references


def judging_cpu_s(run: Run, stage: Stage) -> float:
    """Return what it takes to verify a layout [CPU-s]; the first time it is measured."""
    if run.judging_cpu_s is None:
        run.judging_cpu_s = _measure_judging(run, stage)
    return run.judging_cpu_s


def draws_at_first(run: Run) -> int:
    """Return in how many conditions FLORIS verifies a layout at first.

    Fewer where time is short.
    """
    if run.judging_cpu_s is None or not run.allowance.budget.limits_time:
        return FIRST_DRAWS
    left_s = run.allowance.left_s(0.0)
    cost_s = left_s - run.allowance.left_s(layouts_to_verify(run.problem) * run.judging_cpu_s)
    return int(np.clip(FIRST_DRAWS * left_s / max(cost_s, 1e-9), LEAST_DRAWS, FIRST_DRAWS))


def _measure_judging(run: Run, stage: Stage) -> float:
    """Measure on a few conditions what it takes to verify a layout [CPU-s]."""
    c = evaluated_wind(run.problem).conditions
    some = slice(None, None, max(1, len(c) // PROBED))
    problem = _largest(run.problem)
    layout = problem.joined(_rough_layout(problem))
    case = FarmCase(layout, c.wd[some], c.ws[some], c.ti[some], problem.all_types)
    (state,) = Simulator(run.problem, run.pool).simulate([case])
    stage.count(floris_evaluations=1, floris_conditions=len(case.wd))
    whole = problem.config.verify.rose == "whole" or len(c) <= SMALL_ROSE * FIRST_DRAWS
    return state.cpu_s / len(case.wd) * (len(c) if whole else FIRST_DRAWS)


def _largest(problem: LayoutProblem) -> LayoutProblem:
    """Return that with most turbines of those that may have to be verified."""
    free = problem.turbine_range
    return problem if free is None else problem.with_n_turbines(free.max)


def _rough_layout(problem: LayoutProblem) -> FloatArray:
    if problem.initial_layout is not None:
        return problem.initial_layout
    rng = np.random.default_rng(0)
    if problem.speed_up is not None:  # elsewhere nobody knows the wind
        return random_points(problem.site, problem.n_turbines, rng)
    return rng.uniform(0.0, 1e4, (problem.n_turbines, 2))
