"""What workers elsewhere have done and used: it comes back with their results.

An executor that somebody else gives may have its workers on other machines, where no meter of this
one sees them, as Dask's has. There each task tells what its process has used and counted since the
task before, its children that it has waited for included. A task that fails tells as well; one
whose worker dies cannot, which is said.
"""

import logging
import os
import pickle
import platform
import resource
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, ParamSpec, TypeVar, overload

import psutil

from windopt.workers.counts import WORK
from windopt.workers.host import Host, this_host
from windopt.workers.lasting_pool import LastingPool

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class Told(NamedTuple):
    """What comes back of a task: its value or its exception, and what it has used.

    Attributes
    ----------
    host : Host
    pid : int
        Of the process that did it.
    cpu_s : float [s]
        Used since the process last told.
    counts : dict of str to int
        Counted since then (`windopt.workers.counts`).
    value : Any
    error : BaseException or None
    """

    host: Host
    pid: int
    cpu_s: float
    counts: dict[str, int]
    value: Any
    error: BaseException | None


class RemoteWork:
    """What workers that are no children have used so far; it never falls.

    Attributes
    ----------
    hosts : dict of str to Host
        The machines that have worked, by name.
    untold : int
        Tasks that have told nothing.
    """

    def __init__(self) -> None:
        self.hosts: dict[str, Host] = {}
        self.untold = 0
        self._cpu_s: dict[str, float] = {}
        self._lock = threading.Lock()
        self._ours: dict[tuple[str, int], bool] = {}

    @property
    def cpu_s(self) -> float:
        """CPU time on all machines [s]."""
        return sum(self.used().values())

    def used(self) -> dict[str, float]:
        """Return the CPU time by machine [s]."""
        with self._lock:
            return dict(self._cpu_s)

    def take(self, told: Told) -> None:
        """Add what a task has counted, and what it used where no meter of this machine sees it."""
        host, pid = told.host, told.pid
        with self._lock:
            if (host.name, pid) not in self._ours:
                ours = host.name == platform.node() and _descends_from_this(pid)
                self._ours[host.name, pid] = ours
            if pid != os.getpid() or host.name != platform.node():
                WORK.add(**told.counts)
            if not self._ours[host.name, pid]:
                self.hosts[host.name] = host
                self._cpu_s[host.name] = self._cpu_s.get(host.name, 0.0) + told.cpu_s

    def miss(self) -> None:
        """Count a task that has told nothing."""
        with self._lock:
            self.untold += 1
        logger.warning("a remote worker died at its task: what it has used there is not charged")


REMOTE = RemoteWork()
"""Of all executors of this process."""


class ChargedExecutor(Executor):
    """An executor whose tasks tell what they have used.

    Parameters
    ----------
    executor : Executor
        Whose workers may be anywhere.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand a call to a worker."""
        result: Future[T] = Future()
        told = self._executor.submit(work, pickle.dumps(partial(fn, *args, **kwargs)))
        told.add_done_callback(partial(_take, result))
        result.add_done_callback(lambda done: told.cancel() if done.cancelled() else None)
        return result

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the executor down."""
        self._executor.shutdown(wait, cancel_futures=cancel_futures)


class SelfCharging(Executor):
    """An executor that charges what its workers use by itself."""


@overload
def charged(executor: Executor) -> Executor: ...
@overload
def charged(executor: None) -> None: ...
@overload
def charged(executor: Executor | None) -> Executor | None: ...
def charged(executor: Executor | None) -> Executor | None:
    """Return an executor whose workers are charged, wherever they are.

    The workers of pools of Python itself are threads or children, which the meters see.
    """
    seen = (LastingPool, ThreadPoolExecutor, ProcessPoolExecutor, ChargedExecutor, SelfCharging)
    return executor if executor is None or isinstance(executor, seen) else ChargedExecutor(executor)


_TELLING = threading.Lock()
_told_s: list[float] = []
_told_counts: dict[str, int] = {}


def work(call: bytes) -> Told:
    """Do a pickled call, and tell what this process has used since it last told (in a worker).

    What the call imports is used here as well: it is unpickled within.
    """
    with _TELLING:
        if not _told_s:
            _told_s.append(_used_s())
            _told_counts.update(WORK.read())
    value, error = None, None
    try:
        value = pickle.loads(call)()
    except Exception as raised:
        error = raised
    with _TELLING:  # several threads of one process share what it has used
        now = _used_s()
        since, _told_s[0] = now - _told_s[0], now
        counts = {name: n - _told_counts[name] for name, n in WORK.read().items()}
        _told_counts.update(WORK.read())
    return Told(this_host(), os.getpid(), since, counts, value, error)


def hand_back(result: Future[Any], told: Told) -> None:
    """Charge what a task has used, and pass on what became of it."""
    REMOTE.take(told)
    if not result.set_running_or_notify_cancel():
        return
    if told.error is None:
        result.set_result(told.value)
    else:
        result.set_exception(told.error)


def _take(result: Future[Any], told: Future[Told]) -> None:
    if told.cancelled():
        result.cancel()
    elif (lost := told.exception()) is not None:
        REMOTE.miss()
        if result.set_running_or_notify_cancel():
            result.set_exception(lost)
    else:
        hand_back(result, told.result())


def _used_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _descends_from_this(pid: int) -> bool:
    """Return whether a process of this machine is this one or a descendant: meters see it."""
    try:
        process = psutil.Process(pid)
        return os.getpid() in (pid, *(one.pid for one in process.parents()))
    except psutil.Error:
        return False
