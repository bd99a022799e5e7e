"""Ways to cheat the ledger: what each hides is charged all the same, or is found."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from windopt.assessment.summarise import ledger_table
from windopt.ledger import records
from windopt.ledger.began import Began
from windopt.ledger.chain import check
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters import process_tree
from windopt.ledger.meters.base import NoMeter
from windopt.ledger.meters.orphans import adopt_orphans, adopting_orphans
from windopt.ledger.totals import read_ledger
from windopt.runs.ledger_check import check_ledger
from windopt.workers import remote
from windopt.workers.remote import REMOTE, ChargedExecutor, charged

BURN = """
import time
while time.process_time() < 0.3:
    pass
"""
WAIT = "\nprint('done', flush=True)\nimport sys\nsys.stdin.read()"
DAEMON = f"""
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        {BURN.replace(chr(10), chr(10) + " " * 8)}
        open(sys.argv[1], "w").write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
os.wait()
"""
TICK_S = 0.05


def burn(cpu_s: float) -> float:
    """Work for so long; returns for how long exactly [CPU-s]."""
    began = time.process_time()
    while time.process_time() - began < cpu_s:
        pass
    return time.process_time() - began


# -- processes that no meter of this process sees by itself


def test_pool_on_a_machine_without_proc_is_charged(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_tree, "PROC", tmp_path / "absent")
    ledger = Ledger.open(path, meter=NoMeter())
    with ledger.stage("simulate"):
        command = [sys.executable, "-S", "-c", BURN + WAIT]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert worker.stdout is not None
        worker.stdout.readline()  # it has worked, and lives on
    worker.communicate()
    assert read_ledger(path).totals.cpu_s >= 0.3 - TICK_S


@pytest.mark.skipif(not (process_tree.PROC / "self").exists(), reason="needs Linux")
def test_child_that_makes_itself_a_daemon_is_charged(path: Path, tmp_path: Path) -> None:
    said = tmp_path / "pid"
    ledger = Ledger.open(path, meter=NoMeter())
    with adopting_orphans(), ledger.stage("simulate"):
        subprocess.run([sys.executable, "-S", "-c", DAEMON, said], check=True)
        deadline = time.monotonic() + 60
        while not (said.exists() and said.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    subprocess.run(["kill", "-9", said.read_text()], check=True)
    assert read_ledger(path).totals.cpu_s >= 0.3 - TICK_S


def test_system_without_heirs_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windopt.ledger.meters.orphans.ctypes.CDLL", lambda *_, **__: object())
    assert adopt_orphans() is False


# -- workers elsewhere


class Elsewhere(Executor):
    """Stands for another machine: an executor that windopt does not know."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._thread.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._thread.shutdown(wait, cancel_futures=cancel_futures)


def fail() -> None:
    burn(0.1)
    raise ValueError("no such farm")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Executor]:
    monkeypatch.setattr(remote, "_told_s", [])
    monkeypatch.setattr(REMOTE, "_ours", {})
    monkeypatch.setattr(remote, "_descends_from_this", lambda pid: False)
    with Elsewhere() as executor:
        yield charged(executor)


def test_remote_worker_is_charged(path: Path, elsewhere: Executor) -> None:
    ledger = Ledger.open(path, meter=NoMeter())
    with ledger.stage("simulate"):
        worked = sum(elsewhere.map(burn, [0.1, 0.1]))
    end = records.read_records(path).records[-1]
    assert end["cpu_s_remote"] >= worked
    assert read_ledger(path).totals.cpu_s >= end["cpu_s_remote"]


def test_failed_task_of_a_remote_worker_is_charged(elsewhere: Executor) -> None:
    before = REMOTE.cpu_s
    with pytest.raises(ValueError, match="no such farm"):
        elsewhere.submit(fail).result()
    assert REMOTE.cpu_s - before >= 0.1


def test_remote_worker_that_died_is_said(
    elsewhere: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    class Dying(Elsewhere):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            lost: Future[Any] = Future()
            lost.set_exception(ConnectionError("worker lost"))
            return lost

    before = REMOTE.untold
    with pytest.raises(ConnectionError):
        charged(Dying()).submit(burn, 0.1).result()
    assert REMOTE.untold == before + 1
    assert "is not charged" in caplog.text


def test_worker_that_is_a_child_or_a_thread_is_not_charged_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "_told_s", [])
    monkeypatch.setattr(REMOTE, "_ours", {})
    before = REMOTE.cpu_s
    with ThreadPoolExecutor(1) as known:
        assert charged(known) is known
    assert charged(None) is None
    with Elsewhere() as here:  # of this process, and of no class that is known
        executor = charged(here)
        assert isinstance(executor, ChargedExecutor)
        executor.submit(burn, 0.05).result()
    assert REMOTE.cpu_s == before


# -- work that no stage holds


def test_work_between_stages_is_charged(path: Path) -> None:
    began = Began.now()
    before_s = burn(0.1)
    ledger = Ledger.open(path, meter=NoMeter())
    with ledger.stage("between", began):
        with ledger.stage("simulate"):
            pass
        between_s = burn(0.1)
        with ledger.stage("verify"):
            pass
    ledger.close(began)
    totals = read_ledger(path).totals
    assert totals.by_stage["between"].cpu_s >= before_s + between_s
    assert totals.unlisted_share is not None
    assert totals.unlisted_share < 0.1  # of 0.2 CPU-s; of a run, see results/ledger


def test_check_before_there_is_a_ledger_is_charged_as_such(path: Path) -> None:
    began = Began.now()
    burn(0.05)
    checking = Began.now()
    checked_s = burn(0.1)
    checked = Began.now()
    ledger = Ledger.open(path, meter=NoMeter())
    with ledger.stage("between", began):
        ledger.past("check", checking, checked)
    by_stage = read_ledger(path).totals.by_stage
    assert by_stage["check"].cpu_s == pytest.approx(checked_s, abs=0.02)
    assert by_stage["between"].cpu_s >= 0.05


def test_work_outside_all_stages_is_found(path: Path) -> None:
    """Somebody has changed windopt so that its stages end early."""
    began = Began.now()
    ledger = Ledger.open(path, meter=NoMeter())
    with ledger.stage("between", began):
        pass
    hidden_s = burn(0.2)
    ledger.close(began)
    totals = read_ledger(path).totals
    assert totals.unlisted_cpu_s is not None
    assert totals.unlisted_cpu_s >= 0.9 * hidden_s
    row = next(row for row in ledger_table([path]) if row.stage == "unlisted")
    assert row.unlisted_share > 0.5


def test_what_comes_after_the_last_stage_of_a_command_is_charged(path: Path) -> None:
    began = Began.with_process()
    ledger = Ledger.open(path, meter=NoMeter())
    with ledger.stage("between", began):
        pass
    held_s = read_ledger(path).totals.cpu_s
    after_s = burn(0.1)
    ledger.close(began)
    assert read_ledger(path).totals.cpu_s >= held_s + after_s


def test_stages_inside_tuning_are_tuning_whatever_their_kind(
    ledger: Ledger, path: Path, meter: Any
) -> None:
    with ledger.stage("tuning"), ledger.stage("optimise"):
        meter.use(wall_s=10.0, cpu_s_self=10.0)
    totals = read_ledger(path).totals
    assert totals.by_stage["optimise"].cpu_s == 10.0
    assert totals.waste_share == 1.0


# -- what was written, changed afterwards


@pytest.fixture
def resumed(ledger: Ledger, path: Path, meter: Any) -> Path:
    """A run that was killed in its search, and its resumption."""
    with ledger.stage("simulate"):
        meter.use(cpu_s_self=7.0)
    lines = path.read_text().splitlines()
    with path.open("a") as file:
        file.write(lines[-1][:60])
    with Ledger.open(path, meter=meter).stage("optimise"):
        meter.use(cpu_s_self=5.0)
    return path


def test_resumed_run_keeps_its_bill_and_its_chain(resumed: Path) -> None:
    assert read_ledger(resumed).totals.cpu_s == 12.0
    found = check(resumed.read_bytes())
    assert found.whole
    assert "torn" in found.notes[0]


def test_resumption_on_a_ledger_begun_anew_is_found(
    resumed: Path, ledger: Ledger, meter: Any
) -> None:
    seal = {"ledger_hash": ledger.last_hash}
    (resumed.parent / "summary.json").write_text(json.dumps(seal))
    assert check_ledger(resumed).whole
    resumed.unlink()
    Ledger.open(resumed, meter=meter)
    (fault,) = check_ledger(resumed).faults
    assert "written anew" in fault.wrong


def test_clock_set_back_changes_no_charge_and_is_found(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(UTC) - timedelta(days=1)

    ledger = Ledger.open(path, meter=NoMeter())
    began = time.monotonic()
    with ledger.stage("optimise"):
        time.sleep(0.05)
        monkeypatch.setattr(records, "datetime", Earlier)
    lasted = time.monotonic() - began
    assert 0.05 <= read_ledger(path).totals.wall_s <= lasted
    found = check(path.read_bytes())
    assert found.whole
    assert any("clock was set back by 86,400 s" in note for note in found.notes)


@pytest.mark.parametrize("way", ["edited", "removed", "put in", "cut off"])
def test_changed_record_is_found(resumed: Path, way: str) -> None:
    last = json.loads(resumed.read_text().splitlines()[-1])["hash"]
    (resumed.parent / "summary.json").write_text(json.dumps({"ledger_hash": last}))
    lines = resumed.read_text().splitlines()
    if way == "edited":
        lines[2] = lines[2].replace("7.0", "0.7")
    elif way == "removed":
        del lines[2]
    elif way == "put in":
        lines.insert(2, json.dumps({"record": "gain", "gain_pct": 9.0}))
    else:
        del lines[-1]
    resumed.write_text("\n".join(lines) + "\n")
    assert check_ledger(resumed).faults
