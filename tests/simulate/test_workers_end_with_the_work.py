"""Worker processes: one numerical thread each, deaf to Ctrl-C, and gone when something fails."""

import os
import signal
import time
from concurrent.futures import Executor
from multiprocessing import active_children

import pytest

from windopt.simulate import worker_pool


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_error_ends_workers_in_the_midst_of_their_tasks(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NUMEXPR_NUM_THREADS", raising=False)
    others = set(active_children())
    workers = set()

    def work() -> None:
        with worker_pool(2) as pool:
            workers.update(set(active_children()) - others)
            assert os.environ["OMP_NUM_THREADS"] == "1"
            pool.submit(time.sleep, 600)
            raise error

    with pytest.raises(error):
        work()
    assert len(workers) == 2
    assert not any(worker.is_alive() for worker in workers)
    assert set(active_children()) <= others
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "NUMEXPR_NUM_THREADS" not in os.environ


def test_workers_have_one_thread_and_leave_interrupts_to_their_parent(pool: Executor) -> None:
    assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"
    assert pool.submit(os.getenv, "NUMEXPR_NUM_THREADS").result() == "1"
    assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) != signal.SIG_IGN
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
