"""A run at work: what all stages share, and how a stage is opened, metered and counted.

The ledger is opened here and nowhere else; what works inside a stage does not know of it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from windopt.config.reader import config_hash
from windopt.errors import RunFolderError
from windopt.floris.kept_states import KeptStates
from windopt.floris.simulator import Progress, SimulationCounts, Simulator
from windopt.ledger.began import Began
from windopt.ledger.ledger import Ledger, Stage, StageKind
from windopt.ledger.meters.base import Meter
from windopt.ledger.meters.cross_check import CodeCarbonCheck
from windopt.problem.problem import LayoutProblem
from windopt.runs.allowance import Allowance
from windopt.runs.artefacts import installed_versions, read_solution
from windopt.runs.folder import RunFolder
from windopt.runs.lock import FolderLock
from windopt.runs.observer import Observer
from windopt.runs.pace import Pace
from windopt.runs.price import decision_cpu_s
from windopt.search.compile_once import is_compiled, warm_up
from windopt.surrogate.analytic import is_formula
from windopt.surrogate.surrogate import Surrogate
from windopt.workers.counts import WORK
from windopt.workers.executor import available_cores, worker_pool

NOTHING_TO_LEARN = "the wake model is a formula: nothing to simulate or learn"


class Run:
    """A run folder at work: its problem, its ledger and the workers.

    As a context it ends its worker processes, which all stages share.

    Parameters
    ----------
    problem, folder, observer
        What is to be done, where its artefacts go, and who watches.
    meter : Meter, optional
        Of the energy; the best that works here by default.
    cross_check : CodeCarbonCheck, optional
        Watches as long as the context lasts.
    lock : FolderLock, optional
        On the folder; released when the context ends.
    began : Began, optional
        When it all began; now, by default.

    Attributes
    ----------
    problem : LayoutProblem
        Where the number of turbines is free, with the number of the answer as soon as there is one.
    seed : int
    learns : bool
        Whether there is something to learn: not where the wake model is a formula.
    ledger : Ledger
    allowance : Allowance
        What of the budget is left.
    book_floris : callable
        Books in its stage what FLORIS was asked until now; the end of `floris` does so, too.
    judging_cpu_s : float or None
        What it takes to verify a layout [CPU-s], once it is measured (see `time_left`).
    """

    def __init__(
        self,
        problem: LayoutProblem,
        folder: RunFolder,
        observer: Observer,
        meter: Meter | None = None,
        cross_check: CodeCarbonCheck | None = None,
        lock: FolderLock | None = None,
        began: Began | None = None,
    ) -> None:
        self._lock, self.began = lock, began or Began.now()
        self.problem, self.folder, self.observer = problem, folder, observer
        self.seed = problem.config.seed
        self.learns = not is_formula(problem)
        self.judging_cpu_s: float | None = None
        self.book_floris: Callable[[], None] = lambda: None
        self._opened, self._cross_check = ExitStack(), cross_check
        self._pool: Executor | None = None
        config = problem.config
        self.ledger = Ledger.open(
            folder.ledger,
            {
                "name": problem.name,
                "config_hash": config_hash(config),
                "seed": self.seed,
                "versions": installed_versions(),
                "country": config.energy.country,
                "grid_g_per_kwh": config.energy.intensity(),
                "pue": config.energy.pue,
                "operation": config.operation.facts(),
            },
            meter=meter,
        )
        size = len(problem.all_types), len(problem.wind.conditions)
        self.allowance = Allowance(
            config.budget, self.ledger, Pace(self.began), decision_cpu_s(*size)
        )
        if config.budget.limits_time:
            observer.limited(self.allowance.run_left_s)
        if problem.turbine_range is not None and folder.solution.exists():
            self.problem = problem.with_n_turbines(len(read_solution(folder).layout))

    def __enter__(self) -> Self:
        if self._cross_check is not None:
            self._opened.enter_context(self._cross_check.over(self.ledger))
        return self

    def __exit__(self, *error: Any) -> None:
        self._opened.__exit__(*error)
        if self._lock is not None:
            self._lock.release()

    @property
    def pool(self) -> Executor:
        """Worker processes on all cores, started when first asked for."""
        if self._pool is None:
            self._pool = self._opened.enter_context(worker_pool())
        return self._pool

    def compile_once(self) -> None:
        """Have numba compile what searches call, where no earlier run has left it on the disk.

        Workers that begin to search at the same time would each do so.
        """
        if not is_compiled(self.problem):
            with self.stage("check", "compiling, once on this machine"):
                warm_up(self.problem)

    def warm_workers(self) -> None:
        """Start the workers and let them import what all stages need, while others work here."""
        if self.pool is not None:
            for _ in range(available_cores()):
                self.pool.submit(_import_all)

    def workers(self, surrogate: Surrogate) -> Executor | None:
        """Return the workers for a search.

        None for a surrogate on a GPU, which they cannot share.
        """
        return self.pool if surrogate.compiles else None

    @contextmanager
    def stage(self, kind: StageKind, label: str) -> Iterator[tuple[Stage, Progress | None]]:
        """Announce and meter a stage, and count what the surrogate and the search do in it."""
        with self.observer.stage(label) as progress, self.ledger.stage(kind) as stage:
            before = WORK.read()
            try:
                yield stage, progress
            finally:
                done = {name: number - before[name] for name, number in WORK.read().items()}
                stage.count(**{name: number for name, number in done.items() if number})

    @contextmanager
    def floris(self, stage: Stage) -> Iterator[Simulator]:
        """Open FLORIS on all cores and book in the stage what is asked of it.

        What it says is kept until the stage has left its artefact (`forget_states`).
        """
        kept = KeptStates(self.folder.states)
        simulator, booked = Simulator(self.problem, self.pool, kept=kept), SimulationCounts()

        def book() -> None:
            counts = simulator.counts
            stage.count(
                floris_evaluations=counts.evaluations - booked.evaluations,
                floris_conditions=counts.conditions - booked.conditions,
                floris_turbine_conditions=counts.turbine_conditions - booked.turbine_conditions,
            )
            booked.__dict__.update(vars(counts))

        self.book_floris = book
        try:
            yield simulator
        finally:
            kept.save()
            book()

    def forget_states(self) -> None:
        """Discard what FLORIS has said: the artefact that was made of it is there."""
        KeptStates(self.folder.states).discard()

    def need(self, artefact: Path, stage: str) -> None:
        """Refuse to go on without what another stage leaves."""
        if not artefact.exists():
            raise RunFolderError(
                f"run folder '{self.folder.path}' has no {artefact.name}; "
                f"run `windopt {stage} {self.folder.path}` first"
            )


def _import_all() -> None:
    """Import what simulating and searching need (runs inside a worker)."""
    for module in ("floris", "windopt.search.search"):
        import_module(module)
