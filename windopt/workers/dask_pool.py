"""Workers that Dask has: on this machine, on others, or in the jobs of a cluster's queue.

Dask does a task again when its worker is gone (`distributed.scheduler.allowed-failures`), and gives
a slow worker less to do. What is added here: tasks tell what they have used, so that the ledger has
a row for each machine; a run whose workers are all lost says so and waits; one whose scheduler is
started anew hands its tasks over again; a worker with another windopt is refused by name.
"""

import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from importlib.metadata import version
from itertools import count
from typing import Any, ParamSpec, TypeVar
from uuid import uuid4

from windopt.config.workers import QueueConfig, WorkersConfig
from windopt.errors import WorkersError
from windopt.words import count_of
from windopt.workers.executor import interrupts_held_back
from windopt.workers.remote import REMOTE, SelfCharging, Told, hand_back, work

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

SAME = ("windopt", "floris")
"""Packages of which every worker has to have this process's version: they decide the numbers."""
LOOK_S = 2.0
"""Between two looks at the workers [s]."""
CONNECT_S = 10.0
"""How long a scheduler may take to answer [s]."""


@dataclass(eq=False)
class _Task:
    """A pickled call, and what came of it."""

    call: bytes
    result: Future[Any] = field(default_factory=Future)
    told: Any = None


class DaskPool(SelfCharging):
    """An executor over the workers of a Dask scheduler.

    Parameters
    ----------
    connect : callable
        Makes a client of the scheduler, also of one that is there again.
    where : str
        The scheduler, in words.
    asked : int
        Workers that are asked for; they may still wait in a queue.
    """

    def __init__(self, connect: Callable[[], Any], where: str, asked: int = 1) -> None:
        self._connect, self._where, self._asked = connect, where, asked
        self._client = connect()
        self._names = (f"windopt-{uuid4().hex}-{number}" for number in count())
        self._open: set[_Task] = set()
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._workers: set[str] = set()
        self._waits = False
        self._refuse_other_versions()
        self._look()
        self._watch = threading.Thread(target=self._keep_looking, daemon=True)
        self._watch.start()

    @property
    def width(self) -> int:
        """How many tasks are done side by side, as far as is known; at least 1."""
        return max(1, self._asked, len(self._workers))

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand a call to a worker."""
        task = _Task(pickle.dumps(partial(fn, *args, **kwargs)))
        with self._lock:
            if self._over.is_set():
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._open.add(task)
            self._hand_over(task)
        return task.result

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for what is under way, or cancel it, and leave the scheduler."""
        with self._lock:
            tasks = list(self._open)
        if cancel_futures:
            self.give_up()
        elif wait:
            for task in tasks:
                task.result.exception()
        self._over.set()
        self._client.close()

    def give_up(self) -> None:
        """Cancel all tasks that wait; what a worker has begun, it ends."""
        with self._lock:
            self._over.set()
            tasks, self._open = self._open, set()
        for task in tasks:
            task.result.cancel()
            if task.told is not None:
                task.told.cancel()

    def _hand_over(self, task: _Task) -> None:
        with self._lock:
            said = {name: version(name) for name in SAME}
            task.told = self._client.submit(do, said, task.call, key=next(self._names), pure=False)
            task.told.add_done_callback(partial(self._take, task))

    def _take(self, task: _Task, told: Any) -> None:
        """Pass on what became of a task (called in a thread of Dask's)."""
        if told is not task.told:
            return  # handed over again since
        if told.status in ("cancelled", "lost"):
            if task.result.cancelled() or self._over.is_set():
                self._forget(task)
            return  # the scheduler is gone: `_look` hands the task over when it is there again
        self._forget(task)
        try:
            said: Told = told.result()
        except Exception as error:
            if isinstance(error, ModuleNotFoundError):
                text = f"a worker of {self._where} has no {error.name}"
                error = WorkersError(f"{text}: install windopt on every worker")
            if type(error).__name__ == "KilledWorker":
                REMOTE.miss()
                error = WorkersError(f"workers of {self._where} died of a task, again and again")
            if task.result.set_running_or_notify_cancel():
                task.result.set_exception(error)
        else:
            hand_back(task.result, said)

    def _forget(self, task: _Task) -> None:
        with self._lock:
            self._open.discard(task)
            task.told = None

    # -- the workers

    def _keep_looking(self) -> None:
        while not self._over.wait(LOOK_S):
            try:
                self._look()
            except Exception as error:  # whatever it is, the run goes on
                logger.debug("no look at the workers of %s: %r", self._where, error)

    def _look(self) -> None:
        """See which workers are there, say what has changed, and hand over what was lost."""
        threads = self._workers_now()
        workers = set(threads)
        if wide := sorted(one for one in workers - self._workers if threads[one] > 1):
            logger.warning(
                "%s of %s with several threads, of which one does windopt's work (%s): start them "
                "with --nthreads 1, and --nworkers with the number of cores",
                count_of(len(wide), "worker"),
                self._where,
                ", ".join(wide),
            )
        if gone := self._workers - workers:
            logger.warning(
                "%s of %s gone (%s): what it used since its last result is not charged",
                count_of(len(gone), "worker"),
                self._where,
                ", ".join(sorted(gone)),
            )
        if not workers and not self._waits:
            logger.warning("no worker is left at %s: waiting for workers", self._where)
        if workers and self._waits:
            logger.warning("%s there: going on", count_of(len(workers), "worker"))
        self._workers, self._waits = workers, not workers
        with self._lock:
            lost = [
                task
                for task in self._open
                if task.told is not None and task.told.status in ("cancelled", "lost")
            ]
            if lost and self._client.status == "running":
                logger.warning("%s handed over again", count_of(len(lost), "task"))
                for task in lost:
                    self._hand_over(task)

    def _workers_now(self) -> dict[str, int]:
        """Return the workers' threads by their address, none where no scheduler answers."""
        if self._client.status not in ("running", "connecting"):
            try:
                client = self._connect()
            except (OSError, WorkersError):
                return {}
            with self._lock:
                self._client = client
        try:
            return dict(self._client.nthreads())
        except (OSError, TimeoutError, AttributeError, RuntimeError):
            return {}

    def _refuse_other_versions(self) -> None:
        """Refuse workers that do not compute as this process does.

        Raises
        ------
        WorkersError
            With the address of each, what it has and what it should have.
        """
        faults = []
        for address, has in sorted(self._client.run(_versions()).items()):
            wrong = [name for name in SAME if has[name] != version(name)]
            faults += [f"{address} has {_version(name, has[name])}" for name in wrong]
        if faults:
            raise WorkersError(_refusal(faults, {name: version(name) for name in SAME}))


def do(wanted: dict[str, str], call: bytes) -> Told:
    """Do a call in a worker, one at a time.

    Raises
    ------
    WorkersError
        Where the worker has come after the others and does not compute as the run does.
    """
    for name, one in wanted.items():
        if version(name) != one:
            distributed: Any = import_module("distributed")
            who, has = distributed.get_worker().address, _version(name, version(name))
            raise WorkersError(_refusal([f"{who} has {has}"], wanted))
    with _ONE_AT_A_TIME:  # numba and FLORIS take a process for themselves
        return work(call)


_ONE_AT_A_TIME = threading.Lock()


def _refusal(faults: list[str], wanted: dict[str, str]) -> str:
    this = " and ".join(_version(name, number) for name, number in wanted.items())
    return f"{'; '.join(faults)}, and this run {this}: install the same on every worker"


def _version(name: str, number: str | None) -> str:
    return f"no {name}" if number is None else f"{name} {number}"


def _versions() -> Callable[[], dict[str, str | None]]:
    """Return what a worker is asked; no function of windopt, which it may not have."""
    names = SAME

    def versions() -> dict[str, str | None]:
        from importlib import metadata

        found: dict[str, str | None] = {}
        for name in names:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                found[name] = None
        return found

    return versions


@contextmanager
def dask_pool(settings: WorkersConfig, default: int) -> Iterator[Executor]:
    """Open the workers that a config asks for: a scheduler's, a queue's, or some of this machine.

    Parameters
    ----------
    settings : WorkersConfig
    default : int
        Workers on this machine, where nothing is said.

    Raises
    ------
    WorkersError
        Where no scheduler answers, or a worker has another version.
    """
    with ExitStack() as stack:
        if settings.address is not None:
            connect, where, asked = partial(_client_of, settings.address), settings.address, 1
        else:
            cluster, asked = _cluster(settings, default)
            connect, where = cluster.get_client, str(cluster.scheduler_address)
            stack.callback(_close, cluster, where)
        pool = DaskPool(connect, where, asked)
        try:
            yield pool
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        else:
            pool.shutdown()


def _client_of(address: str) -> Any:
    """Return a client of a running scheduler: its address, or the file that it has written."""
    distributed: Any = import_module("distributed")
    of = {"address": address} if "://" in address else {"scheduler_file": address}
    try:
        return distributed.Client(**of, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise WorkersError(
            f"workers.address: no Dask scheduler answers at {address} ({error}); start one with "
            "dask scheduler, and workers with dask worker ADDRESS --nthreads 1"
        ) from None


def _cluster(settings: WorkersConfig, default: int) -> tuple[Any, int]:
    """Return a cluster of our own, here or of jobs, and how many workers it will have."""
    if settings.queue is not None:
        cluster = cluster_of_jobs(*settings.queue)
        jobs = settings.queue[1]
        # another job is handed in for one that has ended, at its walltime or before
        cluster.adapt(minimum_jobs=jobs.n_jobs, maximum_jobs=jobs.n_jobs)
        return cluster, jobs.n_jobs * jobs.cores
    distributed: Any = import_module("distributed")
    number = settings.n or default
    with interrupts_held_back():  # Ctrl-C is for this process, which ends its workers
        cluster = distributed.LocalCluster(
            n_workers=number,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.ERROR,
        )
    return cluster, number


def _close(cluster: Any, where: str) -> None:
    """End the workers of a cluster of our own; the run is done, whatever comes of it.

    Where a job has ended by itself, PBS and LSF call it an error to cancel it.
    """
    try:
        cluster.close()
    except Exception as error:
        text = "the workers of %s did not end as they should (%s): see that none of them is left"
        logger.warning(text, where, error or type(error).__name__)


def cluster_of_jobs(kind: str, jobs: QueueConfig) -> Any:
    """Return a cluster that has no job yet; each job has a process on each of its cores."""
    dask_jobqueue: Any = import_module("dask_jobqueue")
    classes = {
        "slurm": dask_jobqueue.SLURMCluster,
        "pbs": dask_jobqueue.PBSCluster,
        "lsf": dask_jobqueue.LSFCluster,
    }
    return classes[kind](
        cores=jobs.cores,
        processes=jobs.cores,
        memory=jobs.memory,
        walltime=walltime_for(kind, jobs.walltime),
        queue=jobs.queue,
        scheduler_options={"dashboard_address": ":0"},
    )


def walltime_for(kind: str, walltime: str) -> str:
    """Return a time as a queue reads it; of two numbers, Slurm would take the first for minutes.

    Parameters
    ----------
    kind : str
        Of queue: LSF has no seconds, which make a minute.
    walltime : str
        As ``[days-]hours:minutes[:seconds]``.
    """
    days, _, clock = walltime.rpartition("-")
    hours, minutes, seconds = (*map(int, clock.split(":")), 0)[:3]
    hours += 24 * int(days or 0)
    if kind == "lsf":
        hours, minutes = divmod(60 * hours + minutes + (seconds > 0), 60)
        return f"{hours:02}:{minutes:02}"
    return f"{hours:02}:{minutes:02}:{seconds:02}"
