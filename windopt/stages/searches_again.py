"""The run's search once more, with another seed: with learning, or without at equal energy."""

from collections.abc import Callable
from dataclasses import replace

from windopt.floris.simulator import Progress
from windopt.ledger.totals import Cost
from windopt.problem.layout import FloatArray
from windopt.problem.scenarios import ALONE
from windopt.runs.folder import RunFolder
from windopt.runs.robust_account import SINGLE
from windopt.runs.session import Run
from windopt.search.clock import part_of
from windopt.search.patterns import optimise
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement, Solution
from windopt.search.warm_start import start_from
from windopt.stages import single
from windopt.stages.baseline import Look, looks_of, search_on_formula
from windopt.stages.optimise import ENOUGH_FOR_EACH
from windopt.stages.scenarios import scenarios_of
from windopt.surrogate.checkpoint import load_surrogate
from windopt.workers.executor import available_cores


def search_with_learning(
    run: Run, seed: int, progress: Progress | None, spent: Callable[[], Cost]
) -> dict[str, Solution]:
    """Search on the run's surrogates with another seed, as long as the run has searched.

    Parameters
    ----------
    run : Run
    seed : int
    progress : Progress or None
    spent : callable
        Tells what the search has taken so far.

    Returns
    -------
    found : dict of str to Solution
        "final", and of a robust run what was found under its wake model alone.
    """
    problem = run.problem
    surrogate = load_surrogate(run.folder.surrogate, problem)
    left_s = _as_long_as_the_run(run, spent)
    warm_start = run.folder.find(RunFolder.warm_start)
    also = [] if warm_start is None else [start_from(warm_start)]
    workers, settings = run.workers(surrogate), SearchSettings.of(problem.config)
    found: dict[str, Solution] = {}
    if problem.config.robust is not None:
        alone = None if left_s is None else part_of(left_s, single.SINGLE_SHARE)
        found[SINGLE] = optimise(
            problem,
            surrogate,
            seed,
            alone,
            workers,
            also=also,
            settings=single.short_settings(problem),
            scenarios=ALONE,
        )
        settings, also = replace(settings, enough_for_each=ENOUGH_FOR_EACH), []
    begun = found.get(SINGLE)
    if begun is None or begun.status != "stopped":
        found["final"] = optimise(
            problem,
            surrogate,
            seed,
            left_s,
            workers,
            progress,
            carry_on=begun,
            also=also,
            settings=settings,
            scenarios=scenarios_of(run, surrogate),
            anew=begun is not None,
        )
    if any(one.status == "stopped" for one in found.values()):
        raise KeyboardInterrupt
    return found


def search_without_learning(
    run: Run,
    name: str,
    seed: int,
    progress: Progress | None,
    spent: Callable[[], Cost],
    granted_cpu_s: float,
) -> tuple[FloatArray, list[Look]]:
    """Search on a wake formula with a seed, for so much processor time.

    Parameters
    ----------
    name : {"analytic", "fitted"}
    granted_cpu_s : float [CPU-s]
        All that the search with learning took, training and verification included.

    Returns
    -------
    layout : (n_turbines, 2) [m]
    looks : list of Look
        What it had found on its way.
    """
    improvements: list[Look] = []

    def note(row: Improvement, layout: FloatArray) -> None:
        now = spent()
        improvements.append(Look(now.cpu_s, now.energy_wh, layout))

    def left_s() -> float:
        return max(0.0, granted_cpu_s - spent().cpu_s) / available_cores()

    solution = search_on_formula(run, name, seed, left_s, progress, note)
    if solution.status == "stopped":
        raise KeyboardInterrupt
    return solution.layout, looks_of(improvements, granted_cpu_s)


def _as_long_as_the_run(run: Run, spent: Callable[[], Cost]) -> Callable[[], float] | None:
    """Return the clock of a search with learning; None where the run's ended by itself."""
    if not run.problem.config.budget.limits_time:
        return None
    granted = run.ledger.totals().by_stage.get("optimise", Cost()).cpu_s

    def left_s() -> float:
        return max(0.0, granted - spent().cpu_s) / available_cores()

    return left_s
