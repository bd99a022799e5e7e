"""Many runs as one project: what they add up to, and that none is counted twice."""

import shutil

import pytest

from windopt.assessment.summarise import ledger_table
from windopt.errors import RunFolderError
from windopt.ledger.project import read_project


def wh(energy):
    return {bound: joules / 3600.0 for bound, joules in energy.bounds().items()}


def test_energy_waste_and_baseline_of_all_runs(shared_runs):
    project = read_project([shared_runs])
    assert [run.name for run in project.runs] == ["a", "b", "c"]
    assert [run.status for run in project.runs] == ["completed", "completed", "killed"]
    totals = project.totals
    assert wh(totals.energy) == pytest.approx({"low": 9.5, "central": 19.0, "high": 38.0})
    assert {k: wh(v)["central"] for k, v in totals.wasted.items()} == {"killed": 2.0}
    assert totals.waste_share == pytest.approx(2 / 19)
    assert totals.kills == 1
    assert {k: wh(v)["central"] for k, v in totals.apart.items()} == {"baseline": 9.0}


def test_failed_cancelled_and_tuning_are_waste_and_an_evaluation_is_apart(make_up, tmp_path):
    run = make_up("a", pue=1.5)
    for kind, status in (("train", "failed"), ("optimise", "cancelled"), ("tuning", "completed")):
        run.stage(kind, 2.0, status)
    run.stage("verify", 4.0)
    run.stage("validate", 100.0, "failed")
    totals = read_project([tmp_path]).totals
    assert {k: wh(v)["central"] for k, v in totals.wasted.items()} == {
        "failed": 3.0,
        "cancelled": 3.0,
        "tuning": 3.0,
    }
    assert wh(totals.energy)["central"] == pytest.approx(15.0)
    assert totals.waste_share == pytest.approx(0.6)
    assert wh(totals.apart["validate"])["central"] == pytest.approx(150.0)
    assert totals.kills == 0


def test_a_copied_run_folder_is_counted_once(shared_runs, tmp_path):
    shutil.copytree(shared_runs / "a", tmp_path / "copy")
    once, twice = read_project([shared_runs]), read_project([shared_runs, tmp_path / "copy"])
    assert twice.totals == once.totals
    assert [(r.path.parent.name, r.of.parent.name) for r in twice.repeats] == [("copy", "a")]


def test_a_path_named_twice_is_read_once(shared_runs):
    named = [shared_runs / "a", shared_runs / "a" / "ledger.jsonl", shared_runs]
    project = read_project(named)
    assert [run.name for run in project.runs] == ["a", "b", "c"]
    assert not project.repeats
    assert [row.run for row in ledger_table(named) if row.stage == "total"] == ["a", "b", "c"]


def test_a_copy_that_went_on_is_charged_for_what_it_did_itself(make_up, tmp_path):
    first = make_up("a")
    first.stage("simulate", 4.0)
    shutil.copytree(first.folder, tmp_path / "runs" / "b")
    make_up("b", session="later").stage("train", 6.0)
    first.stage("train", 7.0)  # the first goes on too, and has more of the common session
    project = read_project([tmp_path / "runs"])
    assert {run.name: wh(run.content.totals.energy)["central"] for run in project.runs} == {
        "a": pytest.approx(11.0),
        "b": pytest.approx(6.0),
    }
    assert [(r.path.parent.name, r.of.parent.name) for r in project.repeats] == [("b", "a")]


def test_damaged_lines_and_ledgers_without_a_run(shared_runs):
    with (shared_runs / "a" / "ledger.jsonl").open("a") as file:
        file.write('{"record": "stage", "run": "session-a", "id": "ses')
    (shared_runs / "new").mkdir()
    (shared_runs / "new" / "ledger.jsonl").touch()
    project = read_project([shared_runs])
    assert [run.content.damaged_lines for run in project.runs] == [1, 0, 0]
    assert [path.parent.name for path in project.empty] == ["new"]
    assert wh(project.totals.energy)["central"] == pytest.approx(19.0)


def test_a_ledger_being_written_is_charged_so_far(ledger, path, meter):
    with ledger.stage("train"):
        with ledger.stage("retrain"):
            meter.use(wall_s=5.0, cpu_s_self=5.0)
        (run,) = read_project([path]).runs
    assert run.status == "running"
    assert run.content.totals.cpu_s == 5.0


def test_run_folders_are_found_below_a_folder_and_none_is_an_error(shared_runs, tmp_path):
    deep = tmp_path / "x" / "y"
    deep.mkdir(parents=True)
    with pytest.raises(RunFolderError, match=r"cannot be read.*name a run folder"):
        read_project([tmp_path / "x"])
    shutil.move(shared_runs, deep)
    assert [run.name for run in read_project([tmp_path / "x"]).runs] == ["a", "b", "c"]
