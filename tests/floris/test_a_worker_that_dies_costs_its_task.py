"""A worker that is killed costs the task that it had in hand, which is done again elsewhere."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from windopt.errors import WorkerDiedError
from windopt.floris import simulator
from windopt.floris.adapter import FarmState, simulate_farm
from windopt.floris.dataset import simulate_dataset
from windopt.floris.simulator import Simulator
from windopt.ledger.meters.usage import UsageCounter
from windopt.problem.problem import LayoutProblem
from windopt.workers import lasting_pool
from windopt.workers.executor import worker_pool

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")


@pytest.fixture(scope="module")
def worker() -> Iterator[Executor]:
    with worker_pool(1) as pool:
        yield pool


def die_once(number: int, folder: Path) -> int:
    """Work for a second and die, the first time that number 3 is asked for; calls leave marks."""
    began = time.process_time()
    with (folder / str(number)).open("a") as file:
        file.write("x")
    if number == 3 and len((folder / "3").read_text()) == 1:
        while time.process_time() < began + 1.0:
            pass
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def test_only_what_was_in_hand_is_done_again_and_all_is_charged(
    worker: Executor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    worker.submit(time.process_time).result()  # it has begun
    counter = UsageCounter()
    before = counter.read()
    futures = [worker.submit(die_once, i, tmp_path) for i in range(40)]
    assert [future.result() for future in futures] == [i**2 for i in range(40)]
    again = [i for i in range(40) if len((tmp_path / str(i)).read_text()) > 1]
    assert again in ([3], [3, 4])  # two tasks to a worker
    assert caplog.text.count("a worker process died") == 1
    assert (counter.read() - before).cpu_s_children > 0.9


def die(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_task_of_which_workers_die_fails_in_plain_words_and_the_pool_lives(
    worker: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lasting_pool, "TRIES", 2)
    poison = worker.submit(die, 1)
    with pytest.raises(WorkerDiedError, match=r"died 2 times .* want of memory; free some"):
        poison.result()
    assert worker.submit(die, 2).result() == 2


def fifth_farm_kills(folder: Path, *arguments: object) -> FarmState:
    """Simulate a farm in FLORIS, and die before the fifth."""
    (folder / str(time.monotonic_ns())).touch()
    if len(list(folder.iterdir())) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return simulate_farm(*arguments)  # type: ignore[arg-type]


def test_training_data_equal_those_of_a_quiet_run(
    worker: Executor, small: LayoutProblem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = simulate_dataset(small, Simulator(small), 0)
    monkeypatch.setattr(simulator, "simulate_farm", partial(fifth_farm_kills, tmp_path))
    floris = Simulator(small, worker)
    disturbed = simulate_dataset(small, floris, 0)
    assert len(list(tmp_path.iterdir())) > 12
    assert floris.counts.evaluations == 12
    for name in quiet.data_vars:
        np.testing.assert_array_equal(quiet[name], disturbed[name])
