"""The processes of another session: members, orphans among them, and who waits for a processor."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from windopt.ledger.meters.process_tree import PROC, ProcessTree

SLEEP = "import time; time.sleep(60)"
BURN = "while True: pass"
BURN_IN_A_THREAD = f"import threading\nthreading.Thread(target=exec, args=({BURN!r},)).start()"
ORPHAN = f"""
import subprocess, sys
middle = "import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {SLEEP!r}])"
subprocess.run([sys.executable, "-S", "-c", middle])
{SLEEP}
"""

pytestmark = pytest.mark.skipif(not (PROC / "self").exists(), reason="this system has no /proc")

Begin = Callable[[str], ProcessTree]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Start scripts as leaders of sessions; they and all that they have started end with a test."""
    started: list[tuple[subprocess.Popen[bytes], ProcessTree]] = []

    def start(script: str) -> ProcessTree:
        command = [sys.executable, "-S", "-c", script]
        process = subprocess.Popen(command, start_new_session=True)
        started.append((process, ProcessTree(process.pid)))
        return started[-1][1]

    yield start
    for process, tree in started:
        for pid in tree.members(running=True):
            os.kill(pid, 9)
        process.wait()


def _wait_until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20.0
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def test_orphans_of_a_session_are_members(begin: Begin) -> None:
    tree = begin(ORPHAN)
    # the middle one ends, and its child belongs to nobody but the session
    assert _wait_until(lambda: len(tree.members(running=True)) == 2)
    time.sleep(0.2)
    assert len(tree.members(running=True)) == 2


@pytest.mark.parametrize("script", [BURN, BURN_IN_A_THREAD])
def test_who_burns_waits_for_a_processor(script: str, begin: Begin) -> None:
    tree = begin(script)
    assert _wait_until(lambda: tree.read()[0] > 0.2)
    assert tree.waits_for_processor()


def test_who_sleeps_waits_for_nothing(begin: Begin) -> None:
    tree = begin(SLEEP)
    assert _wait_until(lambda: not tree.waits_for_processor())
    assert tree.read()[0] < 1.0
