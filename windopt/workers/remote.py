"""CPU time of workers that are no children of this process: it comes back with their results.

An executor that somebody else gives (Dask's ``Client.get_executor()``, say) may have its workers on
other machines, where no meter of this one sees them. `charged` has each of their tasks tell what
its process has used since the task before, its children that it has waited for included. A task
that fails tells as well; one whose worker dies cannot, which is said.
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

from windopt.workers.lasting_pool import LastingPool

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class RemoteWork:
    """What workers that are no children have used so far; it never falls."""

    def __init__(self) -> None:
        self.cpu_s = 0.0
        self.untold = 0
        self._lock = threading.Lock()
        self._ours: dict[tuple[str, int], bool] = {}

    def take(self, host: str, pid: int, cpu_s: float) -> None:
        """Add what a task's process has used, where no meter of this machine sees it [s]."""
        with self._lock:
            if (host, pid) not in self._ours:
                self._ours[host, pid] = host == platform.node() and _descends_from_this(pid)
            if not self._ours[host, pid]:
                self.cpu_s += cpu_s

    def miss(self) -> None:
        """Count a task that has told nothing."""
        with self._lock:
            self.untold += 1
        logger.warning("a remote worker died at its task: what it has used there is not charged")


REMOTE = RemoteWork()
"""Of all executors of this process."""


class Told(NamedTuple):
    """What comes back of a task: its value or its exception, and what it has used."""

    host: str
    pid: int
    cpu_s: float
    value: Any
    error: BaseException | None


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
        told = self._executor.submit(_work, pickle.dumps(partial(fn, *args, **kwargs)))
        told.add_done_callback(partial(_take, result))
        result.add_done_callback(lambda done: told.cancel() if done.cancelled() else None)
        return result

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the executor down."""
        self._executor.shutdown(wait, cancel_futures=cancel_futures)


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
    seen = (LastingPool, ThreadPoolExecutor, ProcessPoolExecutor, ChargedExecutor)
    return executor if executor is None or isinstance(executor, seen) else ChargedExecutor(executor)


_TELLING = threading.Lock()
_told_s: list[float] = []


def _work(call: bytes) -> Told:
    """Do a pickled call, and tell what this process has used since it last told (in a worker).

    What the call imports is used here as well: it is unpickled within.
    """
    with _TELLING:
        if not _told_s:
            _told_s.append(_used_s())
    value, error = None, None
    try:
        value = pickle.loads(call)()
    except Exception as raised:
        error = raised
    with _TELLING:  # several threads of one process share what it has used
        now = _used_s()
        since, _told_s[0] = now - _told_s[0], now
    return Told(platform.node(), os.getpid(), since, value, error)


def _take(result: Future[Any], told: Future[Told]) -> None:
    """Charge what a task has used, and pass on what became of it."""
    if told.cancelled():
        result.cancel()
        return
    if (lost := told.exception()) is not None:
        REMOTE.miss()
        if result.set_running_or_notify_cancel():
            result.set_exception(lost)
        return
    said = told.result()
    REMOTE.take(said.host, said.pid, said.cpu_s)
    if not result.set_running_or_notify_cancel():
        return
    if said.error is None:
        result.set_result(said.value)
    else:
        result.set_exception(said.error)


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
