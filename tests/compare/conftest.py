"""What the tests of the referee share: contests of the misbehaving, and searches called here."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

import pytest

from windopt.compare import own, shared
from windopt.compare.contest import Contest, hold_contest
from windopt.compare.method_process import Task
from windopt.compare.registry import find_method
from windopt.ledger.meters.base import VcpuMeter
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.workers.executor import available_cores

METHODS = Path(__file__).with_name("methods.py")

Heard = list[tuple[FloatArray, float | None]]


@pytest.fixture(scope="session")
def hold(
    small_config: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[Contest, Path]]:
    """Hold a contest on the small problem; gives it and the method's log."""

    def contest(name: str, cpu_seconds: float = 60.0, idle_s: float = 60.0) -> tuple[Contest, Path]:
        log = tmp_path_factory.mktemp("contest") / "log"
        task = Task(f"{METHODS}:{name}", str(small_config), 0, cpu_seconds, -1)
        return hold_contest(task, log, VcpuMeter(), idle_s=idle_s), log

    return contest


@pytest.fixture
def search(pool: Executor, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Heard]:
    """Let one of windopt's own methods search here, with the tests' workers; gives what it says.

    Its time is that of the wall: the workers' processor time is not its own.
    """

    @contextmanager
    def running(_: object = None) -> Iterator[Executor]:
        yield pool

    for module in (own, shared):
        monkeypatch.setattr(module, "worker_pool", running)

    def run(name: str, problem: LayoutProblem, seed: int = 0, seconds: float = 1.0) -> Heard:
        heard: Heard = []
        end = time.perf_counter() + seconds

        def propose(layout: FloatArray, aep: float | None) -> None:
            heard.append((layout, aep))

        def left_s() -> float:
            return (end - time.perf_counter()) * available_cores() + own.LAST_S

        find_method(name).search(problem, seed, left_s, propose)
        return heard

    return run


@pytest.fixture
def clock() -> Callable[..., Callable[[], float]]:
    """Make clocks that say so often that there is time left [s], and then that there is none."""

    def make(times: int, left: float = 10.0) -> Callable[[], float]:
        looks = iter(range(times))
        return lambda: left if next(looks, None) is not None else 0.0

    return make
