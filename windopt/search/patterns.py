"""The search that a config asks for: free, regular, or a curve between the two.

The searches are imported when one begins: PyTorch takes its time, which a process that only reads
problems, repairs layouts or runs FLORIS need not spend.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING

from windopt.floris.simulator import Progress
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import settle
from windopt.search.clock import Clock
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement, Solution

if TYPE_CHECKING:
    from windopt.problem.scenarios import Scenarios
    from windopt.search.starts import Start
    from windopt.surrogate.surrogate import Surrogate


def optimise(
    problem: LayoutProblem,
    surrogate: "Surrogate",
    seed: int = 0,
    max_seconds: float | Clock | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_improvement: Callable[[Improvement, FloatArray], None] | None = None,
    carry_on: Solution | None = None,
    also: "Sequence[Start]" = (),
    spared: float = 0.0,
    settings: SearchSettings | None = None,
    scenarios: "Scenarios | None" = None,
    anew: bool = False,
) -> Solution:
    """Search for the layout with the highest AEP, of the pattern and regularity of the config.

    Where several wake models or wind years are weighed, the layout with the highest measure of
    risk over them.

    With `optimise.pattern: regular` it stands on a lattice. With weights in `optimise.regularity`
    the answer is the layout with the highest AEP (1 - weight/100 departure) for the first of them,
    and `Solution.curve` has the layouts of all.

    Parameters
    ----------
    problem : LayoutProblem
    surrogate : Surrogate
    seed : int
        The same seed gives the same layout, unless `max_seconds` cuts the search short; with an
        executor another one than without, as sums round otherwise on other numbers of threads.
    max_seconds : float or callable, optional [s]
        Time the search may take, or a function that tells what is left of it; without it the search
        runs until it gains nothing any more.
    executor : Executor, optional
        Runs side by side what can be; None runs it here, one after the other.
    progress, on_improvement : callable, optional
        Told the share of the work done, and each improvement in AEP with its layout.
    carry_on : Solution, optional
        Go on from the layouts of an earlier search, after the surrogate has learned more, instead
        of starting afresh.
    also : sequence of Start
        Layouts from elsewhere to start from, in the place of some of its own; a regular pattern
        takes none.
    spared : float
        Of a limited time, the share that a free search leaves which gains nothing any more. Unless
        `optimise.stop` is "converged", new starts follow in the rest of it.
    settings : SearchSettings, optional
        By default those that the problem's config asks for.
    scenarios : Scenarios, optional
        What is weighed; by default what the config's section `robust` asks for, and without one
        the surrogate's wake model alone.
    anew : bool
        Whether what is carried on was found for something else than what is maximised now: a free
        search takes its layouts as starts.

    Raises
    ------
    InfeasibleError
        When no feasible start can be made, or no regular pattern fits.
    """
    from windopt.search.context import SearchTask
    from windopt.search.curve import search_curve
    from windopt.search.free import optimise_freely
    from windopt.search.regular import optimise_regular

    if scenarios is None:
        from windopt.surrogate.scenarios import scenarios_for

        scenarios = scenarios_for(problem, surrogate, problem.initial_layout)
    task = SearchTask.of(
        problem,
        surrogate,
        seed,
        max_seconds,
        executor,
        progress,
        on_improvement,
        settings,
        scenarios,
    )
    if task.settings.pattern == "regular":
        found = optimise_regular(task, carry_on)
    elif task.settings.weighs_regularity:
        found = search_curve(task, carry_on, also)
    else:
        stops = task.settings.stop == "converged"
        found = optimise_freely(task, carry_on, also, 1.0 if stops else spared, anew)
    grid = None if found.grid is None else settle(problem, found.grid)
    return replace(found, layout=settle(problem, found.layout), grid=grid)
