"""The free search: turbines anywhere on the site."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from windopt.floris.simulator import Progress
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.search.clock import Clock, clock
from windopt.search.rounds import SearchInRounds
from windopt.search.search import AGAIN_STEP_D, Search, ignore_progress
from windopt.search.solution import Improvement, Solution
from windopt.search.starts import Start
from windopt.surrogate.surrogate import Surrogate


def optimise_freely(
    problem: LayoutProblem,
    surrogate: Surrogate,
    seed: int = 0,
    max_seconds: float | Clock | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_improvement: Callable[[Improvement, FloatArray], None] | None = None,
    carry_on: Solution | None = None,
    also: Sequence[Start] = (),
    spared: float = 1.0,
) -> Solution:
    """Search for the layout with the highest AEP; parameters as of `windopt.optimise`.

    Parameters
    ----------
    also : sequence of Start
        Starts from elsewhere, that take the place of some of its own.
    spared : float
        Of a limited time, the share that a search leaves which gains nothing any more; in the rest
        of it new starts follow.

    Raises
    ------
    InfeasibleError
        When no feasible start can be made.
    """
    left_s = clock(max_seconds)
    asked = problem, surrogate, seed, left_s, executor, on_improvement, progress or ignore_progress
    goes_on = spared < 1.0 and left_s() < float("inf")
    search = SearchInRounds(*asked, spared=spared) if goes_on else Search(*asked)
    if carry_on is None:
        wanted = max(1, problem.config.optimise.starts - len(also))
        rounds, total = search.fresh_starts(also, wanted), len(also) + wanted
    else:
        search.grid = carry_on.grid
        again = [Start(r.name, r.layout, AGAIN_STEP_D) for r in carry_on.starts]
        rounds, total = iter([again]), len(again)
    status, reason = search.run(rounds, total, swept=carry_on is not None)
    found = search.findings
    assert found.best is not None
    return Solution(
        layout=found.best.layout,
        aep_predicted=found.best.aep,
        status=status,
        history=tuple(found.history),
        starts=found.results(reason, status == "converged"),
        grid=search.grid,
        reason=reason,
    )
