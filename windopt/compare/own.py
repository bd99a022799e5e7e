"""What windopt itself brings to a comparison, and the plain answers: given layout, regular grid.

One setting for all problems. The searches have as many workers as there are cores, get the time
that is left as time of all cores, and go on until it is over.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from windopt.compare.method import Method, Propose, Time
from windopt.compare.start import fair_start
from windopt.errors import LayoutError, SurrogateMismatchError
from windopt.floris.dataset import DATA_SHARE, simulate_dataset
from windopt.floris.simulator import SimulationCounts, Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.scenarios import ALONE
from windopt.search.clock import part_of
from windopt.search.context import SearchContext
from windopt.search.grids import best_grids, random_grid
from windopt.search.patterns import optimise
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import SearchSettings
from windopt.search.solution import Improvement
from windopt.search.starts import Start
from windopt.search.trials import Question, power_on_yardstick, search_by_trial
from windopt.search.warm_start import WARM_START_SHARE, start_from, warm_start_layout
from windopt.surrogate.analytic import analytic_surrogate, is_formula
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.fitted_formula import fitted_formula
from windopt.surrogate.library import default_library, find_in_library
from windopt.surrogate.source import ReadySurrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import TRAIN_SHARE, train_surrogate
from windopt.verification.evaluate import judge
from windopt.workers.executor import available_cores, worker_pool

DRAWS = 20
"""Grids drawn at random until one fits, to begin with."""
LAST_S = 0.5
"""Kept back of the processor time [s]: what comes after the end is not heard."""
ASKED = 2_000
"""Turbines times conditions of the fine rose: FLORIS, which answers for so few within hundredths of
a second, is asked about every improvement."""


def given_layout(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Propose the layout that the config gives, made feasible."""
    if problem.initial_layout is None:
        raise LayoutError(f"{problem.name!r} gives no layout")
    propose(repair(problem, problem.initial_layout, seed), None)


def regular_grid(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search regular grids, rotated, sheared and shifted, until the time is over; FLORIS picks.

    A fixed wake formula sorts hundreds of grids at a time, and of the best of them FLORIS picks by
    the mean power in some hundred conditions.
    """
    surrogate = analytic_surrogate(problem)
    rough = fair_start(problem, seed)
    objective = Objective.of(problem, surrogate)
    sampler = RoseSampler.of(objective, rough)
    context = SearchContext(objective, sampler, SearchSettings.of(problem.config))
    question = Question.about(problem, rough, SimulationCounts())
    simulator, best, rounds = Simulator(problem), 0.0, 0
    if (first := _any_grid(problem, seed)) is not None:
        propose(first, None)
    with _workers() as pool:
        while not rounds or left_s() > LAST_S:
            grids = best_grids(context, seed + 1_000_003 * rounds, pool)
            if not grids:
                raise LayoutError(f"no regular grid of {problem.n_turbines} turbines fits the site")
            rounds += 1
            for layout in grids:
                power = power_on_yardstick(question, simulator, seed, layout)
                if power > best:
                    best = power
                    propose(layout, problem.hours_per_year * power)


def learned(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search on the surrogate that a run starts with, where there is one before it begins.

    Else as `from_scratch`.
    """
    ready = ReadySurrogate(problem)
    if ready.has_to_learn:
        from_scratch(problem, seed, left_s, propose)
        return
    propose(fair_start(problem, seed), None)
    surrogate = ready.surrogate or train_surrogate(problem)
    _search(problem, surrogate, seed, left_s, _Improvements(problem, propose))


def from_scratch(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search a warm start, simulate training data in FLORIS, train, search, whatever ships.

    What a warm start says of AEP is not passed on: it is not of these wakes.
    """
    propose(fair_start(problem, seed), None)
    found = _Improvements(problem, propose)
    with _workers() as pool:
        clock = _all_cores(part_of(left_s, WARM_START_SHARE))
        first = warm_start_layout(problem, seed, clock, pool, found.tell_of_warm_start)
        clock = _all_cores(part_of(left_s, DATA_SHARE))
        dataset = simulate_dataset(problem, Simulator(problem, pool), seed, left_s=clock)
    surrogate = train_surrogate(problem, seed, dataset, max_seconds=TRAIN_SHARE * left_s())
    _search(problem, surrogate, seed, left_s, found, [start_from(first)])


def reused(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search on a surrogate of the library, as `windopt run --train-from library` does."""
    entry = find_in_library(problem, default_library())
    if entry is None:
        library = Path(default_library())
        raise SurrogateMismatchError(f"library '{library}' has no surrogate for {problem.name!r}")
    propose(fair_start(problem, seed), None)
    found = _Improvements(problem, propose)
    _search(problem, load_surrogate(entry.path, problem), seed, left_s, found)


def analytic(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search on a fixed wake formula."""
    propose(fair_start(problem, seed), None)
    found = _Improvements(problem, propose)
    _search(problem, analytic_surrogate(problem), seed, left_s, found)


def fitted(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search on the formula that is fitted to the wake model."""
    propose(fair_start(problem, seed), None)
    found = _Improvements(problem, propose)
    _search(problem, fitted_formula(problem), seed, left_s, found)


def by_trial(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search by trial in FLORIS."""
    with worker_pool() as pool:
        tell = _Improvements(problem, propose).tell
        search_by_trial(problem, seed, _all_cores(left_s), pool, on_improvement=tell)


def _search(
    problem: LayoutProblem,
    surrogate: Surrogate,
    seed: int,
    left_s: Time,
    found: "_Improvements",
    also: Sequence[Start] = (),
) -> None:
    clock, settings = _all_cores(left_s), SearchSettings.of(problem.config).until_time_is_over()
    alone = not surrogate.compiles  # workers cannot share a GPU
    with nullcontext() if alone else _workers() as pool:
        tell = found.tell
        optimise(
            *(problem, surrogate, seed, clock, pool),
            on_improvement=tell,
            also=also,
            settings=settings,
            scenarios=ALONE,
        )


@contextmanager
def _workers() -> Iterator[Executor | None]:
    """Open a worker for each core; none for a single core, which this process fills."""
    if available_cores() == 1:
        yield None
        return
    with worker_pool() as pool:
        yield pool


def _all_cores(left_s: Time) -> Callable[[], float]:
    """Return how long all cores may go on [s]."""
    cores = available_cores()
    return lambda: (left_s() - LAST_S) / cores


class _Improvements:
    """What a search finds, passed on; of small problems only where FLORIS agrees that it is better.

    Late improvements are smaller than what a surrogate errs by.
    """

    def __init__(self, problem: LayoutProblem, propose: Propose) -> None:
        few = problem.n_turbines * len(problem.wind.conditions) <= ASKED
        self._simulator = Simulator(problem) if few and not is_formula(problem) else None
        self._problem, self._propose, self._best = problem, propose, 0.0

    def tell(self, row: Improvement, layout: FloatArray) -> None:
        """Pass a layout on with what the search claims."""
        self._pass_on(layout, row.aep)

    def tell_of_warm_start(self, _: Improvement, layout: FloatArray) -> None:
        """Pass on a layout whose claim is not of these wakes."""
        self._pass_on(layout, None)

    def _pass_on(self, layout: FloatArray, claim: float | None) -> None:
        if self._simulator is not None:
            judged = judge(self._problem, {"it": layout}, self._simulator)["it"]
            if judged.value <= self._best:
                return
            self._best, claim = judged.value, judged.aep
        self._propose(layout, claim)


def _any_grid(problem: LayoutProblem, seed: int) -> FloatArray | None:
    """Return the first of some grids drawn at random that fits, (n_turbines, 2) [m]."""
    rng = np.random.default_rng(seed)
    grids = (random_grid(rng).layout(problem) for _ in range(DRAWS))
    return next((layout for layout in grids if layout is not None), None)


METHODS = {
    "initial": Method("the given layout, made feasible", given_layout),
    "grid": Method("regular grid: rotated, sheared, shifted; FLORIS picks", regular_grid),
    "windopt": Method(
        "windopt as it runs: on a kernel that ships, else it simulates and trains", learned
    ),
    "windopt_cold": Method(
        "windopt, cold: sketches, simulates, trains, searches, whatever ships", from_scratch
    ),
    "windopt_reused": Method("windopt with a surrogate trained beforehand", reused),
    "windopt_analytic": Method("windopt without learning: the same search on a formula", analytic),
    "windopt_fitted": Method("windopt without learning: the same, fitted to the model", fitted),
    "windopt_floris": Method("windopt without learning: a search by trial in FLORIS", by_trial),
}
