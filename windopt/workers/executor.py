"""The one seam for parallel work: a `concurrent.futures.Executor`.

The default is a pool of worker processes with one numerical thread each; anything that gives an
Executor (Dask's ``Client.get_executor()``, say) can take its place, and the CPU time of its workers
comes back with their results (`remote`). Workers are spawned, not forked: a fork would inherit
PyTorch's thread pool and the ledger's heartbeat in mid-flight.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from itertools import islice
from multiprocessing import active_children, get_context, parent_process, resource_tracker
from typing import TypeVar

from windopt.config.workers import WorkersConfig
from windopt.words import count_of
from windopt.workers.counts import WORK, Places
from windopt.workers.lasting_pool import LastingPool
from windopt.workers.main_guard import STARTED_BY, require_main_guard
from windopt.workers.remote import charged

T = TypeVar("T")

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}
"""What tells the numerical libraries of a process to be started that it has one thread."""


def available_cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin_worker(places: Places) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupts are for the parent
    threading.Thread(target=_end_with_parent, daemon=True).start()
    WORK.report_to(places)


def _end_with_parent() -> None:
    """Wait for the parent's end; one that is killed cannot end its workers."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Keep Ctrl-C from this thread for a moment, and for good from processes it starts (POSIX)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # started by a first process, it would let them in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _nothing() -> None:
    """Do nothing: a first task makes the pool start a worker, which takes seconds of imports."""


def _open_pool(count: int) -> ProcessPoolExecutor:
    context = get_context("spawn")
    places = WORK.share(context, count)
    pool = ProcessPoolExecutor(count, context, initializer=_begin_worker, initargs=(places,))
    with interrupts_held_back():
        for _ in range(count):
            pool.submit(_nothing)
    return pool


@contextmanager
def worker_pool(workers: WorkersConfig | int | None = None) -> Iterator[Executor]:
    """Open the workers that a config asks for, or so many processes; by default one a core.

    Dask's workers are opened by `windopt.workers.dask_pool`. A process has one numerical thread;
    one that dies costs the task that it had in hand, which is done again (see `LastingPool`). On an
    exception, Ctrl-C included, workers are ended so that the caller gets out at once.

    Raises
    ------
    MainGuardError
        From the first task's future, where the script that asks has no main guard.
    WorkersError
        Where the workers that are asked for are not there.
    """
    if isinstance(workers, WorkersConfig):
        if workers.engine == "dask":
            from windopt.workers.dask_pool import dask_pool

            with dask_pool(workers, available_cores()) as executor:
                yield executor
            return
        workers = workers.n
    require_main_guard()
    told = {**ONE_THREAD, STARTED_BY: str(os.getpid())}
    saved = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    count, others = workers or available_cores(), set(active_children())
    pool = LastingPool(partial(_open_pool, count), count)
    try:
        yield pool
    except BaseException:
        pool.give_up()
        for process in set(active_children()) - others:
            process.terminate()
        pool.shutdown(cancel_futures=True)
        raise
    else:
        pool.shutdown()
    finally:
        for name, value in saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def workers_in_words(workers: WorkersConfig) -> str:
    """Return who does the work, as after "each on"."""
    if workers.address is not None:
        return f"the workers of {workers.address}"
    if workers.queue is not None:
        kind, jobs = workers.queue
        return f"{count_of(jobs.n_jobs, 'job')} of {kind}, {count_of(jobs.cores, 'core')} each"
    cores = workers.n or available_cores()
    if cores == 1:
        return "one core"
    return f"{cores} cores" if workers.n is not None else f"all {cores} cores"


def require_workers(workers: WorkersConfig) -> None:
    """Refuse a Dask scheduler that does not answer, or whose workers compute otherwise.

    Raises
    ------
    WorkersError
    """
    if workers.address is not None:
        with worker_pool(workers):
            pass


def width_of(executor: Executor | None) -> int:
    """Return how many tasks an executor does side by side."""
    if executor is None:
        return 1
    width: int = getattr(executor, "width", available_cores())
    return width


def one_by_one(executor: Executor | None, tasks: Iterable[Callable[[], T]]) -> Iterator[T]:
    """Do tasks, each drawn when there is a core for it; yields their results as they come."""
    waiting = iter(tasks)
    at_once = width_of(executor)
    yield from side_by_side(executor, islice(waiting, at_once), lambda _: next(waiting, None))


def side_by_side(
    executor: Executor | None,
    first: Iterable[Callable[[], T]],
    then: Callable[[T], Callable[[], T] | None],
) -> Iterator[T]:
    """Do tasks, and after each what `then` makes of its result; yields all results.

    Without an executor the first task and all that follow it come before the second is asked for.
    """
    if executor is None:
        for begun in first:
            task: Callable[[], T] | None = begun
            while task is not None:
                result = task()
                yield result
                task = then(result)
        return
    executor = charged(executor)
    running = {executor.submit(task) for task in first}
    try:
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
                if (following := then(future.result())) is not None:
                    running.add(executor.submit(following))
    finally:
        for future in running:
            future.cancel()
