"""What the tests of the referee share: contests of the misbehaving, and a comparison's cells."""

from collections.abc import Callable
from pathlib import Path

import pytest

from windopt.compare.contest import Contest, hold_contest
from windopt.compare.contestant import Task
from windopt.ledger import VcpuMeter

CONTESTANTS = Path(__file__).with_name("contestants.py")

Hold = Callable[..., tuple[Contest, Path]]


@pytest.fixture(scope="session")
def hold(small_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Hold:
    """Hold a contest on the small problem; gives it and the contestant's log."""

    def contest(name: str, cpu_seconds: float = 60.0, idle_s: float = 60.0) -> tuple[Contest, Path]:
        log = tmp_path_factory.mktemp("contest") / "log"
        task = Task(f"{CONTESTANTS}:{name}", str(small_config), 0, cpu_seconds, -1)
        return hold_contest(task, log, VcpuMeter(), idle_s=idle_s), log

    return contest
