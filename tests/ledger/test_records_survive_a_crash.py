import json

import numpy as np
import pytest

from windopt.errors import RunFolderError
from windopt.ledger.ledger import Ledger
from windopt.ledger.records import SCHEMA_VERSION, read_records
from windopt.ledger.totals import read_ledger


def test_a_torn_last_line_is_passed_over(ledger, path, meter):
    with ledger.stage("train"):
        meter.use(cpu_s_self=3.0)
    whole = read_ledger(path)
    with path.open("ab") as file:
        file.write(b'{"record": "stage", "id": "x", "wall')
    torn = read_ledger(path)
    assert torn.totals == whole.totals
    assert (whole.damaged_lines, torn.damaged_lines) == (0, 1)


def test_writing_goes_on_behind_a_torn_line(ledger, path, meter):
    with ledger.stage("train"):
        meter.use(cpu_s_self=3.0)
    with path.open("ab") as file:
        file.write(b'{"record": "stage", "\xff')
    with Ledger.open(path, meter=meter).stage("train"):
        meter.use(cpu_s_self=4.0)
    content = read_ledger(path)
    assert len(content.runs) == 2
    assert content.totals.cpu_s == 7.0
    assert content.damaged_lines == 1


def test_nothing_that_was_written_is_ever_changed(ledger, path, meter):
    with ledger.stage("simulate"):
        meter.use(wall_s=1.0)
    before = path.read_bytes()
    with Ledger.open(path, meter=meter).stage("train"):
        meter.use(wall_s=1.0)
    assert path.read_bytes().startswith(before)


def test_a_stage_record_says_what_was_measured_and_how(ledger, path, meter):
    with ledger.stage("simulate") as stage:
        stage.count(floris_evaluations=np.int64(2))
        meter.use(wall_s=1.0, cpu_s_self=1.0)
    start, end = (r for r in read_records(path).records if r["record"] == "stage")
    assert (start["event"], start["status"]) == ("start", "running")
    assert (end["event"], end["status"]) == ("end", "completed")
    assert end["counts"] == {"floris_evaluations": 2}
    assert end["method"] == "per-vCPU model"
    assert end["scope"]
    for bounds in (end["e_reserved_j"], end["e_marginal_j"]):
        assert 0 < bounds["low"] < bounds["central"] < bounds["high"]


def test_the_run_record_describes_the_run_and_the_machine(path, meter):
    Ledger.open(path, {"seed": 4, "country": "NLD", "folder": path.parent}, meter=meter)
    (run,) = read_ledger(path).runs
    assert (run["seed"], run["country"], run["schema"]) == (4, "NLD", SCHEMA_VERSION)
    assert run["folder"] == str(path.parent)
    assert run["pue"] == 1.0
    assert run["vcpus"] >= 1
    assert {"host", "cpu_model", "memory_gb", "virtualised", "python"} <= run.keys()


def test_every_line_is_strict_json(ledger, path):
    with pytest.raises(ValueError, match="JSON"):
        ledger.asset("dataset", "dataset.nc", made_by=["simulate"], domain=float("nan"))
    for line in path.read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


def test_an_unwritable_ledger_names_the_culprit_and_the_cure(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match=r"file/ledger\.jsonl.*choose another folder"):
        Ledger.open(tmp_path / "file" / "ledger.jsonl")


def test_a_missing_ledger_names_the_culprit_and_the_cure(tmp_path):
    with pytest.raises(RunFolderError, match=r"nowhere\.jsonl.*name a run folder"):
        read_ledger(tmp_path / "nowhere.jsonl")
