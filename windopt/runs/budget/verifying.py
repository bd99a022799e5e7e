"""What it takes to verify what a search finds: how many layouts, in how many wind conditions."""

from concurrent.futures import Executor

import numpy as np

from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import FarmCase, SimulationCounts, Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.other_wakes import judging_problems
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import random_points
from windopt.problem.violations import breaks_rules
from windopt.surrogate.analytic import is_formula
from windopt.verification.sampled import FIRST_DRAWS, SMALL_ROSE

PROBED = 50
"""Conditions that tell what verification will cost."""
LEAST_DRAWS = 50
"""Conditions in which FLORIS evaluates a layout at least, however short the time."""


def layouts_to_verify(problem: LayoutProblem, drafted: bool) -> int:
    """Return how many layouts FLORIS evaluates after the search, without learning from them.

    Parameters
    ----------
    problem : LayoutProblem
    drafted : bool
        Whether one was drafted on a wake formula while there was no surrogate.
    """
    if problem.turbine_range is not None:
        return 5  # the number found, its neighbours, one more, and the regular grid
    given = problem.initial_layout
    references = 1 if given is None else 2 + breaks_rules(problem, given)
    references += drafted and not is_formula(problem)
    if (robust := problem.config.robust) is not None:
        references += 1 + len(robust.pareto)  # the first for its wake model alone
    return len(problem.config.optimise.regularity) + references


def measure_verifying(problem: LayoutProblem, pool: Executor) -> tuple[float, SimulationCounts]:
    """Measure on a few conditions what it takes to verify a layout.

    Returns
    -------
    cpu_s : float [CPU-s]
        For a layout, on the whole rose where the config asks for it, else on a first sample; under
        all wake models that judge it.
    counts : SimulationCounts
        What FLORIS was asked for that.
    """
    c = evaluated_wind(problem).conditions
    some = slice(None, None, max(1, len(c) // PROBED))
    largest = _largest(problem)
    layout = largest.joined(_rough_layout(largest))
    case = FarmCase(layout, c.wd[some], c.ws[some], c.ti[some], largest.all_types)
    counts, cpu_s = SimulationCounts(), 0.0
    for one in judging_problems(problem):
        (state,) = Simulator(one, pool, counts).simulate([case])
        cpu_s += state.cpu_s
    if problem.varying is not None:  # FLORIS simulates each set of neighbours
        cpu_s *= len(problem.varying.build_outs)
    whole = problem.config.verify.rose == "whole" or len(c) <= SMALL_ROSE * FIRST_DRAWS
    return cpu_s / len(case.wd) * (len(c) if whole else FIRST_DRAWS), counts


def draws_that_fit(left_s: float, cost_s: float) -> int:
    """Return in how many conditions FLORIS verifies a layout at first, where time is short.

    Parameters
    ----------
    left_s, cost_s : float [s]
        The time left, and what verification takes with `FIRST_DRAWS` of each layout.
    """
    return int(np.clip(FIRST_DRAWS * left_s / max(cost_s, 1e-9), LEAST_DRAWS, FIRST_DRAWS))


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
