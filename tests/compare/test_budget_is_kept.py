"""Processor time is counted from outside, children and all, and ends with the budget."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from windopt.compare.contest import Contest

Hold = Callable[..., tuple[Contest, Path]]

BUDGET_S = 10.0


@pytest.fixture(scope="module")
def burnt(hold: Hold) -> tuple[Contest, Path]:
    """The contest of one that burns all cores and never ends."""
    return hold("glutton", cpu_seconds=BUDGET_S)


def test_the_budget_is_kept_within_two_per_cent(burnt: tuple[Contest, Path]) -> None:
    contest, _ = burnt
    assert contest.status == "budget"
    assert BUDGET_S <= contest.cpu_s < 1.02 * BUDGET_S
    # three processes burned: a clock of the wall, or of the first alone, would have let them
    assert contest.wall_s < 20 * BUDGET_S


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
    contest, _ = hold("sleeper", cpu_seconds=60.0, idle_s=3.0)
    assert contest.status == "hung"
    assert "CPU-s in the last" in contest.note
    assert len(contest.held) == 1
    assert contest.cpu_s < 30.0
