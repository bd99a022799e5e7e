"""A study: its jobs, all their faults at once, going on, and the table at the end."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from windopt import pipeline
from windopt.commands import cli
from windopt.config.reader import config_hash, load_config
from windopt.config.study import read_study
from windopt.errors import ConfigError, InfeasibleError, RunFolderError
from windopt.ledger.began import Began
from windopt.runs.folder import RunFolder, write_json
from windopt.runs.lock import FolderLock
from windopt.study import Study

EXAMPLES = Path(__file__).parents[1] / "configs" / "studies"


@pytest.fixture
def file(small_config: Path, tmp_path: Path) -> Path:
    """A study of the small config with two wake models and two seeds."""
    path = tmp_path / "models.yaml"
    grid = {"wake.velocity_model": ["gauss", "cc"], "seed": [0, 1]}
    path.write_text(yaml.safe_dump({"configs": [str(small_config)], "grid": grid}, sort_keys=False))
    return path


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the jobs that have been run, in order; instead of runs their summaries are made."""
    names: list[str] = []

    def run(config: Path, out: Path, overrides: dict[str, Any], *more: Any) -> None:
        names.append(out.name)
        job = pipeline.begin(config, out, overrides)
        job.__exit__(None, None, None)
        if overrides.get("seed") == 1 and names.count(out.name) == 1:
            raise InfeasibleError("no place for turbine 3")
        write_json(
            job.folder.summary,
            {
                "status": "completed",
                "reason": "",
                "config_hash": config_hash(job.problem.config),
                "aep_gwh": 100.0,
                "gain_pct": 1.5,
                "wall_s": 5.0,
                "cpu_s": 10.0,
                "energy_wh": {"low": 0.5, "central": 1.0, "high": 2.0, "method": "a guess"},
                "assessment": {"answer": "worth it"},
            },
        )
        job.folder.report.write_text("done")

    monkeypatch.setattr(pipeline, "run", run)
    return names


JOBS = [f"small-velocity_model={model}-seed={seed}" for model in ("gauss", "cc") for seed in (0, 1)]


def test_a_grid_makes_every_combination_of_every_config(file: Path) -> None:
    _, jobs = read_study(file)
    assert [job.name for job in jobs] == JOBS
    assert jobs[1].overrides == {"wake.velocity_model": "gauss", "seed": 1}
    _, jobs = read_study(file, {"optimise.starts": 2})
    assert jobs[3].overrides == {"wake.velocity_model": "cc", "seed": 1, "optimise.starts": 2}


def test_finished_jobs_are_not_done_again_and_failed_ones_are(
    file: Path, tmp_path: Path, done: list[str]
) -> None:
    said: list[str] = []
    content = Study(file, tmp_path / "out").run(announce=said.append)
    assert done == JOBS
    assert [job["status"] for job in content["jobs"]] == ["completed", "failed"] * 2
    assert content["jobs"][1]["reason"] == "InfeasibleError: no place for turbine 3"
    assert f"{JOBS[1]} has failed: InfeasibleError: no place for turbine 3" in said
    assert content["total"]["failed"] == 2

    content = Study(file, tmp_path / "out").run()
    assert done == [*JOBS, JOBS[1], JOBS[3]]
    assert content["total"] == {
        "jobs": 4,
        "done": 4,
        "failed": 0,
        "cpu_s": 40.0,
        "wall_s": 20.0,
        "energy_wh": {"low": 2.0, "central": 4.0, "high": 8.0},
    }
    assert json.loads((tmp_path / "out" / "study.json").read_text()) == content
    rows = list(csv.DictReader((tmp_path / "out" / "study.csv").open()))
    assert [(row["wake.velocity_model"], row["seed"]) for row in rows] == [
        *[("gauss", "0"), ("gauss", "1"), ("cc", "0"), ("cc", "1")]
    ]
    assert rows[0]["energy_central_wh"] == "1.0"
    page = (tmp_path / "out" / "study.md").read_text()
    assert f"| {JOBS[0]} | completed | 100.00 | +1.50 | 10 | 1.0 (0.50 to 2.0) | worth it |" in page
    assert "| total | 4 of 4 done |" in page

    Study(file, tmp_path / "out").run()
    assert len(done) == 6


def test_an_interrupted_study_leaves_its_table_and_goes_on(
    file: Path, tmp_path: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.run

    def stop(config: Path, out: Path, overrides: dict[str, Any], *more: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        return real(config, out, overrides, *more)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "run", stop)
        with pytest.raises(KeyboardInterrupt):
            Study(file, tmp_path / "out").run()
    told = json.loads((tmp_path / "out" / "study.json").read_text())["jobs"]
    assert [job["status"] for job in told][2:] == ["not begun"] * 2
    Study(file, tmp_path / "out").run()
    assert done == [*JOBS[:2], *JOBS[1:]]


def test_a_search_that_was_interrupted_ends_the_study_and_is_done_again(
    file: Path, tmp_path: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pipeline.run

    def cut_short(config: Path, out: Path, overrides: dict[str, Any], *more: Any) -> None:
        whole(config, out, {**overrides, "seed": 0}, *more)
        folder = RunFolder(out)
        folder.solution.write_text("{}")
        stopped = {"status": "stopped", "reason": "the search was interrupted"}
        write_json(folder.summary, folder.read_summary() | stopped)

    monkeypatch.setattr(pipeline, "run", cut_short)
    with pytest.raises(KeyboardInterrupt):
        Study(file, tmp_path / "out").run()
    assert done == JOBS[:1]
    first = json.loads((tmp_path / "out" / "study.json").read_text())["jobs"][0]
    assert first["reason"] == "the search was interrupted"
    monkeypatch.setattr(pipeline, "run", whole)
    Study(file, tmp_path / "out").run()
    assert done[:3] == [JOBS[0], JOBS[0], JOBS[1]]
    assert not RunFolder(tmp_path / "out" / JOBS[0]).solution.exists()  # searched from the begin


def test_all_faults_of_all_jobs_come_first_and_each_once(
    file: Path, tmp_path: Path, done: list[str]
) -> None:
    study = yaml.safe_load(file.read_text())
    study["grid"] |= {"seed": [0, -1], "wake.velocity_model": ["gauss", "gaus"]}
    study["set"] = {"trian.steps": 20}
    file.write_text(yaml.safe_dump(study, sort_keys=False))
    with pytest.raises(ConfigError) as caught:
        Study(file, tmp_path / "out")
    faults = [str(fault) for fault in caught.value.faults]
    assert len(faults) == 3
    assert faults[0].startswith("small.yaml: trian: unknown key")  # of all jobs
    assert "seed=-1 and 1 more: small.yaml: seed: -1 is refused" in faults[1]
    assert "=gaus-seed=0 and 1 more: small.yaml: wake.velocity_model: unknown name" in faults[2]
    assert not (tmp_path / "out").exists()
    assert not done


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "configs: is missing"),
        ({"configs": []}, "configs"),
        ({"configs": ["a.yaml"], "gird": {}}, "did you mean 'grid'?"),
        ({"configs": ["a.yaml"], "grid": {"seed": []}}, "'seed' has no values"),
        ({"configs": ["a.yaml"], "grid": {"wake": {"gch": [True]}}}, "write dotted keys"),
        ({"configs": ["a.yaml"], "grid": {"seed": [1, 1]}}, "'a-seed=1' comes twice"),
        ({"configs": ["a.yaml"], "grid": {"seed": list(range(10001))}}, "at most 10,000"),
        ({"configs": ["a.yaml"], "out": "../elsewhere"}, "leads elsewhere"),
        ({"configs": ["a.yaml"], "out": "/tmp/x"}, "leads elsewhere"),
        ({"configs": ["a.yaml"], "name": "../x"}, "leads elsewhere"),
        ({"configs": ["a.yaml"]}, "there is no file"),
    ],
)
def test_a_faulty_study_is_refused(tmp_path: Path, content: dict[str, Any], said: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError) as caught:
        Study(path, tmp_path / "out")
    assert said in str(caught.value)


def test_jobs_with_odd_values_have_plain_folders(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    values = ["../../up", "a b", "a_b", [1, 2], "x" * 400, None]
    path.write_text(yaml.safe_dump({"configs": ["../a.yaml"], "grid": {"wake.x": values}}))
    names = [job.name for job in read_study(path)[1]]
    assert len(set(names)) == 6
    for name in names:
        assert Path(name).name == name
        assert len(name) <= 150


def test_a_folder_of_another_config_or_of_another_study_at_work_is_refused(
    file: Path, tmp_path: Path, done: list[str], small_config: Path
) -> None:
    pipeline.begin(small_config, tmp_path / "out" / JOBS[0], {"seed": 7}).__exit__(None, None, None)
    with pytest.raises(ConfigError, match="holds a run of another config"):
        Study(file, tmp_path / "out")
    study = Study(file, tmp_path / "other")
    (tmp_path / "other").mkdir()
    lock = FolderLock(tmp_path / "other").take()
    with pytest.raises(RunFolderError, match=r"process \d+ on .* is at work in"):
        study.run()
    lock.release()
    assert not done


def test_the_command_shows_the_table_and_says_what_failed(
    file: Path,
    tmp_path: Path,
    done: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli.console, "width", 200)
    for code, said in ((1, "2 failed: the same call tries them again"), (0, "4 of 4 done")):
        monkeypatch.setattr(
            sys, "argv", ["windopt", "study", str(file), "--out", str(tmp_path / "out")]
        )
        with pytest.raises(SystemExit) as ended:
            cli.app(standalone_mode=True)
        assert ended.value.code == code
        out = " ".join(capsys.readouterr().out.split())
        assert said in out
        assert "4 jobs without faults, one after the other, each on " in out
    assert "is finished" in out


def test_the_example_is_a_study_of_shipped_configs() -> None:
    for path in EXAMPLES.glob("*.yaml"):
        study, jobs = read_study(path)
        assert len(jobs) == {"wake_models": 6, "fifty": 50}[path.stem]
        assert study.name == path.stem
        for job in jobs:
            assert load_config(job.config, job.overrides)


def test_ledger_of_a_study_folder(tmp_path: Path, file: Path, done: list[str]) -> None:
    from windopt.ledger.project import read_project

    Study(file, tmp_path / "out").run()
    assert len(read_project([tmp_path / "out"]).runs) == 4
    assert RunFolder(tmp_path / "out" / JOBS[0]).config.exists()


@pytest.mark.parametrize(
    ("grid", "tuning", "tuned"),
    [
        ({"train.steps": [100, 200], "seed": [0, 1]}, None, ["train.steps"]),
        ({"train.steps": [100]}, None, []),
        ({"wake.velocity_model": ["gauss", "cc"], "seed": [0, 1]}, None, []),
        ({"optimise.pattern": ["free", "regular"]}, None, []),  # is what is wanted
        ({"train.steps": [100, 200]}, False, []),
        ({"wake.velocity_model": ["gauss", "cc"]}, True, ["wake.velocity_model"]),
    ],
)
def test_study_that_chooses_settings_is_tuning(
    small_config: Path, tmp_path: Path, grid: dict[str, Any], tuning: bool | None, tuned: list[str]
) -> None:
    path = tmp_path / "study.yaml"
    content = {"configs": [str(small_config)], "grid": grid}
    path.write_text(yaml.safe_dump(content | ({} if tuning is None else {"tuning": tuning})))
    assert read_study(path)[0].tuned == tuned


def test_runs_of_a_study_are_charged_one_after_the_other(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, str]] = []

    def run(config: Path, out: Path, overrides: Any, observer: Any, *more: Any) -> None:
        asked.append(more)

    monkeypatch.setattr(pipeline, "run", run)
    began = Began.with_process()
    Study(file, tmp_path / "out", {"seed": 0}, began).run()
    first, *others = (one for one, _ in asked)
    assert (first.instant, first.cpu_s_self, first.with_its_process) == (began.instant, 0.0, False)
    starts = [one.instant for one in (first, *others)]
    assert starts == sorted(set(starts))
    assert {kind for _, kind in asked} == {"between"}
