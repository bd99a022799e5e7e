"""The free search: turbines anywhere on the site, begun afresh or gone on with."""

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Literal

from windopt.problem.problem import LayoutProblem
from windopt.problem.scenarios import Scenarios
from windopt.search.clock import clock
from windopt.search.context import SearchTask
from windopt.search.grids import best_grids
from windopt.search.rounds import SearchInRounds
from windopt.search.search import Search
from windopt.search.settings import SearchSettings
from windopt.search.solution import Solution, StartResult
from windopt.search.starts import Start
from windopt.surrogate.surrogate import Surrogate


def optimise_freely(
    task: SearchTask,
    carry_on: Solution | None = None,
    also: Sequence[Start] = (),
    spared: float = 1.0,
    anew: bool = False,
) -> Solution:
    """Search for the layout with the highest AEP.

    Parameters
    ----------
    task : SearchTask
    carry_on : Solution, optional
        As of `windopt.optimise`.
    also : sequence of Start
        Starts from elsewhere, that take the place of some of its own.
    spared : float
        Of a limited time, the share that a search leaves which gains nothing any more; in the rest
        of it new starts follow.
    anew : bool
        As of `windopt.optimise`.

    Raises
    ------
    InfeasibleError
        When no feasible start can be made.
    """
    goes_on = spared < 1.0 and task.left_s() < float("inf")
    search = SearchInRounds(task, spared) if goes_on else Search(task)
    if carry_on is None:
        wanted = max(1, task.settings.starts - len(also))
        rounds, total = search.fresh_starts(also, wanted), len(also) + wanted
    else:
        search.grid = carry_on.grid
        optimum: Literal["near", "resumed"] = "near" if anew else "resumed"
        again = [Start(r.name, r.layout, optimum) for r in carry_on.starts]
        rounds, total = iter([again]), len(again)
    status, reason = search.run(rounds, total, resumed=carry_on is not None and not anew)
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


def solution_so_far(
    problem: LayoutProblem,
    surrogate: Surrogate,
    seed: int,
    found: Sequence[StartResult],
    scenarios: Scenarios,
    executor: Executor | None = None,
    seconds: float = float("inf"),
) -> Solution:
    """Return what `windopt.optimise` can carry on, of a search that was killed.

    The layouts it had found, and the grids that it began with.

    Parameters
    ----------
    problem, surrogate, seed, executor, scenarios
        As of `windopt.optimise`.
    found : sequence of StartResult
        The best first.
    seconds : float [s]
        After which no further grids are looked at.
    """
    settings = SearchSettings.of(problem.config)
    context = SearchTask(problem, surrogate, settings, seed, scenarios=scenarios).context()
    grids = best_grids(context, executor=executor, left_s=clock(seconds))
    named = {f"grid-{i + 1}": grid for i, grid in enumerate(grids[: settings.grid_starts])}
    others = [
        StartResult(name, grid, aep, aep)
        for name, grid in named.items()
        if name not in [start.name for start in found] and (aep := context.objective.value(grid))
    ]
    best = found[0]
    return Solution(
        layout=best.layout,
        aep_predicted=best.aep_best,
        status="stopped",
        history=(),
        starts=(*found, *others),
        grid=grids[0] if grids else None,
    )
