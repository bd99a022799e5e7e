"""A run that was killed and went on is completed; what was killed stays on the bill, by itself."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from windopt.assessment.summarise import ledger_table
from windopt.ledger.ledger import Ledger
from windopt.ledger.records import read_records
from windopt.ledger.totals import read_ledger

GAIN = {
    "reference": "initial",
    "aep_wh": 2.0,
    "reference_aep_wh": 1.0,
    "loss_factor": 1.0,
    "spread_wh_per_year": None,
    "optimism_wh_per_year": None,
}


@pytest.fixture
def runs(make_up: Callable[..., Any]) -> Callable[..., Any]:
    """Write two sessions of one run folder: the first is killed, the second as told."""

    def write(**second: Any) -> Path:
        one = make_up("run", "first")
        one.stage("simulate", 4.0)
        one.stage("optimise", 2.0, status="running")
        two = make_up("run", "second")
        two.stage("optimise", 3.0, **second)
        two.stage("verify", 1.0)
        return one.folder

    return write


def rows(folder: Path) -> dict[tuple[str, str], float | None]:
    return {(row.stage, row.status): row.energy_wh["central"] for row in ledger_table([folder])}


def test_a_run_that_went_on_to_its_end_is_completed(
    runs: Callable[..., Any], make_up: Callable[..., Any]
) -> None:
    assert rows(runs()) == {
        ("simulate", "completed"): pytest.approx(4.0),
        ("optimise", "killed"): pytest.approx(2.0),
        ("optimise", "completed"): pytest.approx(3.0),
        ("verify", "completed"): pytest.approx(1.0),
        ("total", "completed"): pytest.approx(10.0),
    }


def test_a_run_that_was_killed_again_is_killed(runs: Callable[..., Any]) -> None:
    found = rows(runs(status="running"))
    assert found["optimise", "killed"] == pytest.approx(5.0)
    assert ("total", "killed") in found


def test_what_the_next_session_did_not_need_to_repeat_is_made_good(
    make_up: Callable[..., Any],
) -> None:
    one = make_up("run", "first")
    one.stage("simulate", 4.0, status="running")  # its data were whole when it was killed
    two = make_up("run", "second")
    two.stage("verify", 1.0)
    assert ("total", "killed") in rows(one.folder)
    two.write("gain", run="second", gain_wh_per_year=1.0, gain_pct=1.0, feasible=True, **GAIN)
    assert ("total", "completed") in rows(one.folder)
    three = make_up("run", "third")
    three.stage("report", 1.0, status="running")
    assert ("total", "killed") in rows(one.folder)


SHORT_STAGE = """
import sys
from windopt.ledger.ledger import Ledger

with Ledger.open(sys.argv[1]).stage("check"):
    with Ledger.open(sys.argv[1]).stage("simulate"):
        while True:
            sum(range(1000))
"""


def test_a_kill_in_the_first_second_is_charged(path: Path, wait_until: Callable[..., Any]) -> None:
    process = subprocess.Popen([sys.executable, "-c", SHORT_STAGE, path])
    try:
        wait_until(lambda: path.exists() and len(read_records(path).records) > 6)
        time.sleep(0.4)
    finally:
        process.kill()
        process.wait()
    stages = read_ledger(path).stages
    assert [stage.status for stage in stages] == ["killed", "killed"]
    assert all(0.05 < stage.cost.wall_s < 30 for stage in stages)
    assert all(stage.cost.cpu_s > 0 for stage in stages)


def test_the_first_heartbeats_come_early_and_a_new_stage_has_its_own(
    path: Path, meter: Any, wait_until: Callable[..., Any]
) -> None:
    def beats(kind: str) -> int:
        records = read_records(path).records
        return sum(r.get("event") == "heartbeat" and r["kind"] == kind for r in records)

    with Ledger.open(path, meter=meter, heartbeat_s=600.0).stage("check"):
        wait_until(lambda: beats("check") >= 3)
    ledger = Ledger.open(path, meter=meter, heartbeat_s=600.0)
    with ledger.stage("verify"):
        time.sleep(0.3)  # the next beat of this one is far off
        with ledger.stage("retrain"):
            wait_until(lambda: beats("retrain") >= 2)
