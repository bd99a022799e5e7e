"""A run at work: what all stages share, and how a stage is opened, metered and counted.

The ledger is opened here and nowhere else; what works inside a stage does not know of it.
"""

import atexit
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any, Self

from windopt.config.reader import config_hash
from windopt.errors import RunFolderError
from windopt.floris.kept_states import KeptStates
from windopt.floris.simulator import Progress, Simulator
from windopt.ledger.began import Began
from windopt.ledger.ledger import Ledger, Stage, StageKind
from windopt.ledger.meters.base import Meter
from windopt.ledger.meters.cross_check import CodeCarbonCheck
from windopt.ledger.meters.orphans import adopting_orphans
from windopt.ledger.totals import APART_KINDS
from windopt.problem.problem import LayoutProblem
from windopt.problem.scenarios import Scenarios
from windopt.runs.assessment_record import Gate
from windopt.runs.booking import Booking
from windopt.runs.budget.allowance import Allowance
from windopt.runs.budget.pace import Pace
from windopt.runs.budget.price import decision_cpu_s
from windopt.runs.budget.verifying import LEAST_DRAWS, layouts_to_verify, measure_verifying
from windopt.runs.folder import RunFolder
from windopt.runs.lock import FolderLock
from windopt.runs.observer import Observer
from windopt.runs.versions import installed_versions
from windopt.search.clock import Clock
from windopt.search.compile_once import is_compiled, warm_up
from windopt.surrogate.analytic import is_formula
from windopt.surrogate.source import ReadySurrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.sampled import FIRST_DRAWS
from windopt.workers.counts import WORK
from windopt.workers.executor import available_cores, width_of, worker_pool

logger = logging.getLogger(__name__)

NOTHING_TO_LEARN = "the wake model is a formula: nothing to simulate or learn"


class Run:
    """A run folder at work: its problem, its ledger and the workers.

    As a context it ends its worker processes, which all stages share, and charges from the run's
    begin to the end of its process what is no other stage's.

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
    ready : ReadySurrogate, optional
        The surrogate that is there before the run, where somebody has looked for it already.
    checked : (Began, Began), optional
        When the config was checked, from and to.
    charged_to : StageKind
        The kind of stage that what is no other stage's belongs to: that of a question about a
        finished run is no part of its cost.

    Attributes
    ----------
    problem : LayoutProblem
        Where the number of turbines is free, with the number of the answer as soon as there is one.
    seed : int
    learns : bool
        Whether wakes are learned, by this run or before it: not where their model is a formula.
    ready : ReadySurrogate
    ledger : Ledger
    allowance : Allowance
        What of the budget is left.
    book_floris : callable
        Books in its stage what FLORIS was asked until now; the end of `floris` does so, too.
    gate : Gate or None
        What was expected before anything was spent, as far as anybody has asked.
    scenarios : tuple or None
        What a robust run weighs, once it is made, behind what it was made for: the surrogate's
        fingerprint, the number of turbines, whether there are layouts for single wake models.
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
        ready: ReadySurrogate | None = None,
        checked: tuple[Began, Began] | None = None,
        charged_to: StageKind = "between",
    ) -> None:
        self._checked, self._charged_to, self._entered = checked, charged_to, False
        self._lock, self.began = lock, began or Began.now()
        self.problem, self.folder, self.observer = problem, folder, observer
        self.seed = problem.seed
        self.learns = not is_formula(problem)
        self.ready = ready or ReadySurrogate(problem)
        self.book_floris: Callable[[], None] = lambda: None
        self.scenarios: tuple[tuple[str, int, bool], Scenarios] | None = None
        self.gate: Gate | None = None
        self._opened, self._cross_check = ExitStack(), cross_check
        self._pool: Executor | None = None
        self.ledger = _open_ledger(problem, folder, meter)
        size = len(problem.all_types), len(problem.wind.conditions)
        self.allowance = Allowance(
            problem.config.budget, self.ledger, Pace(self.began), decision_cpu_s(*size), self._cores
        )
        if problem.config.budget.limits_time:
            observer.limited(self.allowance.run_left_s)
        if problem.turbine_range is not None and (kept := folder.find(RunFolder.solution)):
            self.problem = problem.with_n_turbines(len(kept.solution.layout))

    def __enter__(self) -> Self:
        self._opened.enter_context(adopting_orphans())
        self._opened.enter_context(self.ledger.stage(self._charged_to, self.began))
        self._entered = True
        if self._checked is not None and self._charged_to not in APART_KINDS:
            self.ledger.past("check", *self._checked)
        if self._cross_check is not None:
            self._opened.enter_context(self._cross_check.over(self.ledger))
        return self

    def __exit__(self, *error: Any) -> None:
        try:
            self._opened.__exit__(*error)
        finally:
            if self._entered and self.began.with_its_process:
                atexit.register(self._close_ledger)
            elif self._entered:
                self._close_ledger()
            if self._lock is not None:
                self._lock.release()

    def _close_ledger(self) -> None:
        try:
            self.ledger.close(self.began, self._charged_to)
        except RunFolderError as error:  # the folder is gone, the disk is full: the run is done
            logger.warning("the end of the run is not in its ledger: %s", error)

    @property
    def pool(self) -> Executor:
        """The workers that the config asks for, opened when first asked for."""
        if self._pool is None:
            self._pool = self._opened.enter_context(worker_pool(self.problem.config.workers))
        return self._pool

    def _cores(self) -> int:
        """Return how many cores work for the run: those of other machines as well."""
        there = available_cores()
        return there if self._pool is None else max(there, width_of(self._pool))

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
            for _ in range(width_of(self.pool)):
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
        simulator = Simulator(self.problem, self.pool, kept=kept)
        self.book_floris = Booking(stage, simulator).book
        try:
            yield simulator
        finally:
            kept.save()
            self.book_floris()

    @property
    def drafts(self) -> bool:
        """Whether a layout has been drafted on a formula, or may be, for want of a surrogate."""
        return self.folder.has(RunFolder.warm_start) or not self.folder.has(RunFolder.surrogate)

    def verifying_cpu_s(self, stage: Stage) -> float:
        """Return what it takes to verify a layout [CPU-s]; the first time it is measured."""
        if self.allowance.verifying_cpu_s is None:
            cpu_s, counts = measure_verifying(self.problem, self.pool)
            stage.count(floris_evaluations=counts.evaluations, floris_conditions=counts.conditions)
            self.allowance.verifying_cpu_s = cpu_s
        return self.allowance.verifying_cpu_s

    def time_left(
        self,
        stage: Stage,
        layouts: int | None = None,
        cores: int | None = None,
        share: float = 1.0,
    ) -> Clock | None:
        """Return the clock of a stage: it keeps back what the end of the run takes.

        None where the budget does not limit time.

        Parameters
        ----------
        stage : Stage
            In which verifying is measured, where that has not been done.
        layouts : int, optional
            To verify afterwards; by default `layouts_to_verify`.
        cores : int, optional
            Those that the stage has at work; all by default.
        share : float
            Of the time that is left now.
        """
        if not self.allowance.budget.limits_time:
            return None
        count = layouts_to_verify(self.problem, self.drafts) if layouts is None else layouts
        kept_cpu_s = count * self.verifying_cpu_s(stage)
        if self.problem.config.verify.rose != "whole":
            kept_cpu_s = self.allowance.kept_for_a_sample(kept_cpu_s, LEAST_DRAWS / FIRST_DRAWS)
        return self.allowance.clock(kept_cpu_s, cores=cores, share=share)

    def forget_states(self) -> None:
        """Discard what FLORIS has said: the artefact that was made of it is there."""
        KeptStates(self.folder.states).discard()


def _open_ledger(problem: LayoutProblem, folder: RunFolder, meter: Meter | None) -> Ledger:
    """Open the ledger of a run folder, with the facts of the run in it."""
    config = problem.config
    facts = {
        "name": problem.name,
        "config_hash": config_hash(config),
        "seed": config.seed,
        "versions": installed_versions(),
        "country": config.energy.country,
        "grid_g_per_kwh": config.energy.intensity(),
        "pue": config.energy.pue,
        "operation": config.operation.facts(),
    }
    return Ledger.open(folder.ledger, facts, meter=meter)


def _import_all() -> None:
    """Import what simulating and searching need (runs inside a worker)."""
    for module in ("floris", "windopt.search.search"):
        import_module(module)
