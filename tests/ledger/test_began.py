"""A run begins with its process, and what came before its ledger is charged."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from windopt.ledger import began
from windopt.ledger.began import Began, process_age_s
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters import share
from windopt.ledger.meters.base import NoMeter
from windopt.ledger.meters.usage import Usage
from windopt.ledger.totals import read_ledger


def test_process_is_as_old_as_it_is() -> None:
    """A shell that waits before it asks has waited so long."""
    code = (
        "import time; time.sleep(0.6)\n"
        "from windopt.ledger.began import process_age_s\n"
        "print(process_age_s())"
    )
    before = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0.6 <= float(done.stdout) <= time.monotonic() - before + 0.02


def test_where_the_system_does_not_tell_the_age_it_is_what_was_worked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = time.process_time()
    for text in (None, "torn", "1 (a) b) S " + "0 " * 18 + "99999999999"):
        if text is not None:
            (tmp_path / "stat").write_text(text)
        monkeypatch.setattr(began, "STAT", tmp_path / "stat")
        assert before <= process_age_s() <= time.process_time()


def test_stage_is_charged_what_was_used_since_the_run_began(tmp_path: Path) -> None:
    now = Began.now()
    earlier = Began(now.instant - 20.0, False, now.cpu_s_self - 3.0, now.cpu_s_children - 2.0)
    ledger = Ledger.open(tmp_path / "ledger.jsonl", meter=NoMeter())
    with ledger.stage("check", earlier), ledger.stage("train"):
        pass
    by_stage = read_ledger(ledger.path).totals.by_stage
    assert by_stage["check"].wall_s == pytest.approx(20.0, abs=1.0)
    assert by_stage["check"].cpu_s == pytest.approx(5.0, abs=1.0)
    assert by_stage["train"].wall_s < 1.0


def test_energy_of_counters_begins_with_their_first_reading() -> None:
    """The memory of what came before counts half: it grew from nothing."""
    began_at = Began(time.monotonic() - 10.0, False)
    first = began_at.on(Usage(measured_j=5.0, memory_gb=2.0))
    assert first.measured_j == 5.0
    assert first.memory_gb_s == pytest.approx(-10.0, abs=0.1)


def test_whoever_reads_the_ledger_after_a_stage_sees_what_lies_before_it(tmp_path: Path) -> None:
    now = Began.now()
    ledger = Ledger.open(tmp_path / "ledger.jsonl", meter=NoMeter())
    earlier = Began(now.instant - 20.0, False, now.cpu_s_self, now.cpu_s_children)
    with ledger.stage("check", earlier):
        with ledger.stage("train"):
            pass
        assert read_ledger(ledger.path).totals.by_stage["check"].wall_s >= 20.0


def test_start_on_a_crowded_machine_holds_what_it_got_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of ten seconds the process got one, and others had the rest of both processors."""
    monkeypatch.setattr(share, "available_vcpus", lambda: 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    now = share.Glance.now()
    seen = share.Glance(now.instant - 10.0, now.own_cpu_s - 1.0, now.busy_cpu_s - 20.0)
    first = Began(now.instant - 10.0, True, glance=seen).on(Usage())
    held_s = 2 * 10.0 - (0.0 - first.yielded_vcpu_s)
    assert held_s == pytest.approx(10.0 * 2 * 1.0 / 20.0, rel=0.2)
    assert Began(now.instant - 10.0, True).on(Usage()).yielded_vcpu_s == 0.0


def test_glance_is_that_of_the_begin_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "_AT_START", [])
    assert Began.with_process().glance is None
    share.look_at_start()
    assert Began.with_process().glance is share.start()
    assert share.start() is not None
