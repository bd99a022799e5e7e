import json
import subprocess
import sys

import pytest

from windopt.ledger.ledger import Ledger
from windopt.ledger.records import read_records
from windopt.ledger.totals import read_ledger

ENDLESS_STAGE = """
import sys
from windopt.ledger.ledger import Ledger

with Ledger.open(sys.argv[1], heartbeat_s=0.2).stage("simulate") as stage:
    stage.count(floris_evaluations=3)
    while True:
        sum(range(1000))
"""


def heartbeats(path):
    records = read_records(path).records if path.exists() else []
    return [record for record in records if record.get("event") == "heartbeat"]


@pytest.fixture
def killed(path, wait_until):
    """A ledger whose process was killed without warning inside a stage."""
    process = subprocess.Popen([sys.executable, "-c", ENDLESS_STAGE, path])
    try:
        wait_until(lambda: process.poll() is not None or heartbeats(path))
        assert process.poll() is None
        wait_until(lambda: [s.status for s in read_ledger(path).stages] == ["running"])
    finally:
        process.kill()
        process.wait()
    return path


def test_a_killed_stage_is_charged_up_to_its_last_heartbeat(killed):
    (stage,) = read_ledger(killed).stages
    last = heartbeats(killed)[-1]
    assert stage.status == "killed"
    assert stage.cost.wall_s == last["wall_s"] > 0
    assert stage.cost.cpu_s == last["cpu_s_self"] + last["cpu_s_children"] > 0
    assert stage.cost.energy.central == last["e_reserved_j"]["central"] > 0
    assert stage.cost.counts == {"floris_evaluations": 3}


def test_a_killed_stage_stays_on_the_bill_of_the_next_run(killed, meter):
    lost = read_ledger(killed).totals
    assert lost.waste_share == 1.0

    ledger = Ledger.open(killed, meter=meter)
    with ledger.stage("simulate") as stage:
        stage.count(floris_evaluations=4)
        meter.use(wall_s=1.0, cpu_s_self=1.0)

    assert ledger.totals() == read_ledger(killed).totals
    assert ledger.totals().cpu_s == pytest.approx(lost.cpu_s + 1.0)
    assert ledger.totals().counts == {"floris_evaluations": 7}
    assert [stage.status for stage in read_ledger(killed).stages] == ["killed", "completed"]


def test_a_stage_killed_before_its_first_heartbeat_is_listed(ledger, path):
    with ledger.stage("train"):
        pass
    lines = path.read_text().splitlines()
    run, start = json.loads(lines[0]), json.loads(lines[1])
    path.write_text("\n".join(map(json.dumps, [{**run, "host": "elsewhere"}, start])) + "\n")
    (stage,) = read_ledger(path).stages
    assert (stage.kind, stage.status, stage.cost.wall_s) == ("train", "killed", 0.0)


def test_a_child_that_outlived_its_parents_last_heartbeat_is_charged_in_full(ledger, path, meter):
    with ledger.stage("verify"):
        meter.use(wall_s=1.0)
        with ledger.stage("retrain"):
            meter.use(wall_s=5.0, cpu_s_self=8.0)
    lines = path.read_text().splitlines()
    run = json.dumps({**json.loads(lines[0]), "host": "elsewhere"})
    path.write_text("\n".join([run, *lines[1:-1]]) + "\n")  # the parent's end was never written
    content = read_ledger(path)
    assert [stage.status for stage in content.stages] == ["killed", "completed"]
    assert content.totals.cpu_s == 8.0
