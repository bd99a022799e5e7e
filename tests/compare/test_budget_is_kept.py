"""Processor time is counted from outside, children and all, and ends with the budget."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from windopt.compare.contest import Contest

Hold = Callable[..., tuple[Contest, Path]]

BUDGET_S, OVER_S = 6.0, 0.2
"""What a search is granted, and what it may take at most beyond that [s]."""


@pytest.fixture(scope="module")
def burnt_and_reaped(hold: Hold) -> tuple[Contest, Path, float]:
    """The contest of one that burns all cores and never ends, and what this process reaped [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    contest, log = hold("glutton", cpu_seconds=BUDGET_S)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return contest, log, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.fixture(scope="module")
def burnt(burnt_and_reaped: tuple[Contest, Path, float]) -> tuple[Contest, Path]:
    """The contest alone."""
    return burnt_and_reaped[:2]


def test_the_budget_is_kept_to_a_fifth_of_a_second(burnt: tuple[Contest, Path]) -> None:
    contest, _ = burnt
    assert contest.status == "budget"
    assert BUDGET_S <= contest.cpu_s < BUDGET_S + OVER_S
    # three processes burned: a clock of the wall, or of the first alone, would have let them
    assert contest.wall_s < 20 * BUDGET_S


def test_what_the_killed_have_used_is_not_lost(
    burnt_and_reaped: tuple[Contest, Path, float],
) -> None:
    contest, _, reaped_s = burnt_and_reaped
    # else the ledger's sums would stand still until others had used as much
    assert reaped_s == pytest.approx(contest.cpu_s, abs=OVER_S)


def test_nothing_counts_that_comes_too_late(burnt: tuple[Contest, Path]) -> None:
    contest, _ = burnt
    assert contest.held
    assert all(one.cpu_s < BUDGET_S for one in contest.held)


def test_the_trace_never_falls(burnt: tuple[Contest, Path]) -> None:
    contest, _ = burnt
    for column in ("cpu_s", "wall_s", "energy_wh"):
        values = [getattr(one, column) for one in contest.held]
        assert values == sorted(values)
    claims = [one.claim for one in contest.held[1:]]
    assert claims == sorted(claims)
    assert contest.energy_wh["central"] >= contest.held[-1].energy_wh
    assert contest.held_at(BUDGET_S) is contest.held[-1]
    assert contest.held_at(0.0) is None


def test_no_process_outlives_its_contest(burnt: tuple[Contest, Path]) -> None:
    _, log = burnt
    pids = [int(line) for line in log.read_text().split()]
    assert len(pids) == 3
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat")
        assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
        if not stat.exists():
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


def test_who_hangs_is_ended_and_keeps_its_layout(hold: Hold) -> None:
    contest, log = hold("sleeper", cpu_seconds=60.0, idle_s=3.0)
    assert contest.status == "hung"
    assert "CPU-s in the last" in contest.note
    assert len(contest.held) == 1
    assert contest.cpu_s < 30.0
    left_behind = Path(log.read_text().strip())
    assert left_behind.is_absolute()
    assert not left_behind.exists()
