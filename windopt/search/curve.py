"""A curve of layouts between a free one and a lattice: what regularity costs (`trace_curve`)."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from windopt.errors import InfeasibleError
from windopt.floris.simulator import Progress
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.search.clock import Clock, clock, until
from windopt.search.free import optimise_freely
from windopt.search.pareto import trace_curve
from windopt.search.regular import optimise_regular
from windopt.search.rose_sampler import RoseSampler
from windopt.search.search import ignore_progress
from windopt.search.solution import Improvement, Solution
from windopt.search.starts import Start
from windopt.surrogate.surrogate import Surrogate

logger = logging.getLogger(__name__)

FREE_SHARE, REGULAR_SHARE = 0.4, 0.2
"""Of the time and the progress of a search for a curve; the curve itself has the rest."""


def search_curve(
    problem: LayoutProblem,
    surrogate: Surrogate,
    seed: int,
    max_seconds: float | Clock | None,
    executor: Executor | None,
    progress: Progress | None,
    on_improvement: Callable[[Improvement, FloatArray], None] | None,
    carry_on: Solution | None,
    also: Sequence[Start],
) -> Solution:
    """Search freely, then a lattice, then the layouts between the two."""
    left_s, tell = clock(max_seconds), progress or ignore_progress
    given = left_s()
    free = optimise_freely(
        problem,
        surrogate,
        seed,
        until(left_s, (1.0 - FREE_SHARE) * given),
        executor,
        lambda share: tell(FREE_SHARE * share),
        on_improvement,
        carry_on,
        also,
    )
    layouts = [free.layout, *(start.layout for start in free.starts)]
    if free.grid is not None:
        layouts.append(free.grid)
    known = [] if carry_on is None else list(carry_on.curve)
    lattices = [one.lattice for one in known]
    layouts += [one.layout for one in known]
    status, reason = free.status, free.reason
    if carry_on is None and status != "stopped":
        keep = (1.0 - FREE_SHARE - REGULAR_SHARE) * given
        try:
            rows = optimise_regular(
                problem,
                surrogate,
                seed,
                until(left_s, keep),
                executor,
                lambda share: tell(FREE_SHARE + REGULAR_SHARE * share),
            )
        except InfeasibleError as error:
            logger.warning("%s; the curve ends before it", error)
        except KeyboardInterrupt:
            status, reason = "stopped", "the search was interrupted"
        else:
            assert rows.lattice is not None
            layouts.append(rows.layout)
            lattices.append(rows.lattice)
            if status == "converged" or rows.status == "stopped":
                status, reason = rows.status, rows.reason
    objective = Objective.of(problem, surrogate)
    begun = FREE_SHARE + REGULAR_SHARE
    curve = trace_curve(
        objective,
        RoseSampler.of(objective, free.layout),
        problem.config.optimise.regularity,
        layouts,
        lattices,
        seed,
        left_s if status != "stopped" else lambda: 0.0,
        executor,
        lambda share: tell(begun + (1.0 - begun) * share),
    )
    if status == "converged" or curve.status == "stopped":
        status, reason = curve.status, curve.reason
    if status != "stopped":
        tell(1.0)
    answer = curve.points[0]
    return replace(
        free,
        layout=answer.layout,
        aep_predicted=answer.aep,
        status=status,
        reason=reason,
        curve=curve.points,
    )
