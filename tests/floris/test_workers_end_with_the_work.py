"""Worker processes: one numerical thread each, deaf to Ctrl-C, and gone when something fails."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor
from multiprocessing import active_children
from pathlib import Path

import pytest

from windopt.workers.executor import worker_pool


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


PARENT = """
import time
from multiprocessing import active_children
from windopt.workers.executor import worker_pool

if __name__ == "__main__":
    with worker_pool(2) as pool:
        print(*(worker.pid for worker in active_children()), flush=True)
        pool.submit(time.sleep, 600)
        time.sleep(600)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system")
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(workers) == 2
    for _ in range(300):  # a worker may still be importing
        if not any(map(_lives, workers)):
            return
        time.sleep(0.1)
    pytest.fail("workers outlive their parent")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_workers_have_one_thread_and_leave_interrupts_to_their_parent(pool: Executor) -> None:
    assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"
    assert pool.submit(os.getenv, "NUMEXPR_NUM_THREADS").result() == "1"
    assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) != signal.SIG_IGN
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
