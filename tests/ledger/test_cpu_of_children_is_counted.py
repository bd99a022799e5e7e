"""Held against the CPU time that each child measures itself."""

import subprocess
import sys
from itertools import pairwise

import pytest

from windopt.ledger.ledger import Ledger
from windopt.ledger.meters import process_tree
from windopt.ledger.meters.usage import UsageCounter
from windopt.ledger.totals import read_ledger

BURN = """
import time
while time.process_time() < 0.3:
    pass
"""
REPORT_AND_WAIT = """
import resource, sys
reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.process_time() + reaped.ru_utime + reaped.ru_stime, flush=True)
sys.stdin.read()
"""
TICK_S = (
    0.05  # /proc counts in hundredths of a second, rounded down: user and system, own and reaped
)

needs_proc = pytest.mark.skipif(
    not process_tree.PROC.joinpath("self").exists(),
    reason="this system has no /proc, where the CPU time of living children is read (Linux has)",
)


class BusyChild:
    """A child that has used some CPU time, says how much, and lives on until it is reaped."""

    def __init__(self, script: str = BURN) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", script + REPORT_AND_WAIT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.cpu_s = float(self._process.stdout.readline())

    def reap(self) -> None:
        self._process.communicate()


@needs_proc
def test_a_living_child_is_counted_and_not_again_when_it_is_reaped():
    counter = UsageCounter()
    before = counter.read()
    child = BusyChild()
    alive = counter.read() - before
    child.reap()
    reaped = counter.read() - before
    assert alive.cpu_s_children >= child.cpu_s - TICK_S
    assert alive.cpu_s_children <= reaped.cpu_s_children < 1.5 * child.cpu_s


@needs_proc
def test_what_a_living_child_has_reaped_is_counted():
    counter = UsageCounter()
    before = counter.read()
    nested = f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {BURN!r}])"
    child = BusyChild(nested)
    alive = counter.read() - before
    child.reap()
    assert child.cpu_s >= 0.3
    assert alive.cpu_s_children >= child.cpu_s - TICK_S


@needs_proc
def test_a_pool_is_charged_to_the_stage_in_which_it_worked(path):
    ledger = Ledger.open(path)
    with ledger.stage("simulate"):
        child = BusyChild()
    with ledger.stage("train"):
        child.reap()
    simulate, train = (stage.cost for stage in read_ledger(path).stages)
    assert simulate.cpu_s >= child.cpu_s - TICK_S
    assert train.cpu_s < child.cpu_s / 2


def test_without_proc_a_living_child_is_counted_too(monkeypatch, tmp_path):
    monkeypatch.setattr(process_tree, "PROC", tmp_path / "absent")
    counter = UsageCounter()
    before = counter.read()
    child = BusyChild()
    alive = counter.read() - before
    child.reap()
    reaped = counter.read() - before
    assert alive.cpu_s_children >= child.cpu_s - TICK_S
    assert alive.cpu_s_children <= reaped.cpu_s_children < 1.5 * child.cpu_s
    assert reaped.memory_gb_s > 0


@needs_proc
def test_both_ways_of_reading_a_process_tree_agree(monkeypatch, tmp_path):
    child = BusyChild()
    tree = process_tree.ProcessTree()
    cpu_s, memory_gb = tree.read()
    monkeypatch.setattr(process_tree, "PROC", tmp_path / "absent")
    by_psutil = tree.read()
    child.reap()
    assert by_psutil == pytest.approx((cpu_s, memory_gb), rel=0.05)


def test_no_reading_ever_falls():
    counter = UsageCounter()
    readings = [counter.read() for _ in range(5)]
    for earlier, later in pairwise(readings):
        step = later - earlier
        assert min(step.wall_s, step.cpu_s_self, step.cpu_s_children, step.memory_gb_s) >= 0


@needs_proc
def test_processes_of_others_are_opened_once_and_new_children_are_still_found(monkeypatch):
    opened: list[int] = []
    stat = process_tree._stat
    monkeypatch.setattr(process_tree, "_stat", lambda pid: opened.append(pid) or stat(pid))
    tree = process_tree.ProcessTree()
    tree.read()
    opened.clear()
    tree.read()
    assert 1 not in opened
    child = BusyChild()
    assert tree.read()[0] >= child.cpu_s - TICK_S
    monkeypatch.setattr(process_tree, "STRANGERS_S", 0.0)
    tree.read()
    child.reap()
    assert 1 in opened  # numbers are given out again, so that all are looked at now and then
