"""A pool of worker processes that outlives its workers.

Python's own pool is broken for good when a worker dies (killed for want of memory, mostly), and
with it every task that was waiting. Here a new pool takes over and the tasks that were in the
workers' hands are done again, first of all; a task in whose midst workers die `TRIES` times fails.

One thread does all that: whoever submits, and pools that have a result, only leave it a message.
"""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from logging import getLogger
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from windopt.errors import MainGuardError, WorkerDiedError
from windopt.workers.main_guard import UNGUARDED

logger = getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 3
"""How often a task is begun before it is given up, because workers die of it."""
AHEAD = 2
"""Tasks handed to the pool for each worker: enough that none has to wait for its next."""


@dataclass(order=True)
class _Task:
    """A call, by its place in the queue, and what came of it."""

    number: int
    call: Callable[[], Any] = field(compare=False)
    future: Future[Any] = field(compare=False, default_factory=Future)
    tries: int = field(compare=False, default=0)


class LastingPool(Executor):
    """An executor over process pools, another one whenever a worker has died.

    Parameters
    ----------
    open_pool : callable
        Starts a pool.
    workers : int
        That it has.
    """

    def __init__(self, open_pool: Callable[[], ProcessPoolExecutor], workers: int) -> None:
        self._open_pool, self._at_once = open_pool, AHEAD * workers
        self.width = workers
        self._workers: set[BaseProcess] = set()
        self._pool = self._open()
        self._messages: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._waiting: list[_Task] = []
        self._handed = self._submitted = 0
        self._closing = self._given_up = False
        self._thread = threading.Thread(target=self._work, name="windopt-pool", daemon=True)
        self._thread.start()

    def _open(self) -> ProcessPoolExecutor:
        """Open a pool and remember its processes."""
        others = set(active_children())
        pool = self._open_pool()
        self._workers = set(active_children()) - others
        return pool

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand a call to a worker; its future may fail with `WorkerDiedError`."""
        if self._closing:
            raise RuntimeError("cannot schedule new futures after shutdown")
        self._submitted += 1
        task = _Task(self._submitted, partial(fn, *args, **kwargs))
        self._messages.put(lambda: heappush(self._waiting, task))
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers when all tasks are done or, where so asked, those in their hands."""
        self._closing = True
        self._messages.put(self._cancel if cancel_futures else lambda: None)
        if wait:
            self._thread.join()

    def give_up(self) -> None:
        """Begin no task anew from now on: somebody is about to end the workers."""
        self._given_up = True

    def _work(self) -> None:
        """Take messages until all is done after a shutdown."""
        if hasattr(signal, "pthread_sigmask"):  # interrupts are not for the workers it will start
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        while not (self._closing and not self._waiting and not self._handed):
            self._messages.get()()
            while self._waiting and self._handed < self._at_once:
                self._hand_over(heappop(self._waiting))
        for worker in self._workers:  # nothing is left to do, and a worker's own end takes it long
            worker.terminate()
        self._pool.shutdown()

    def _cancel(self) -> None:
        for task in self._waiting:
            task.future.cancel()
        self._waiting.clear()

    def _hand_over(self, task: _Task) -> None:
        if not task.tries and not task.future.set_running_or_notify_cancel():
            return
        pool = self._pool
        try:
            future = pool.submit(task.call)
        except BrokenProcessPool as error:
            future = Future()
            future.set_exception(error)
        task.tries += 1
        self._handed += 1
        future.add_done_callback(
            lambda done: self._messages.put(lambda: self._take(done, task, pool))
        )

    def _take(self, done: Future[Any], task: _Task, pool: ProcessPoolExecutor) -> None:
        """Pass on how a task ended, or have it done again."""
        self._handed -= 1
        error = done.exception()
        if isinstance(error, BrokenProcessPool) and self._lacks_main_guard():
            error = MainGuardError()
        if isinstance(error, BrokenProcessPool) and not self._given_up:
            if pool is self._pool:
                logger.warning("a worker process died: its piece of work is done again")
                self._pool = self._open()
                pool.shutdown()
            if task.tries < TRIES:
                heappush(self._waiting, task)
                return
            error = WorkerDiedError(
                f"worker processes died {TRIES} times at the same piece of work, most often for "
                "want of memory; free some, or let fewer of them work: taskset -c 0 windopt ..."
            )
        if error is None:
            task.future.set_result(done.result())
        else:
            task.future.set_exception(error)

    def _lacks_main_guard(self) -> bool:
        """Return whether workers of a broken pool have ended because they ran their own script."""
        for worker in self._workers:
            worker.join(1.0)
        return any(worker.exitcode == UNGUARDED for worker in self._workers)
