"""The command line: what it says, and its exit codes."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import windopt as package
from windopt import pipeline
from windopt.commands import cli
from windopt.errors import InfeasibleError
from windopt.ledger.began import Began
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult
from windopt.report import animation
from windopt.runs.folder import RunFolder
from windopt.stages.robustness import WAKE_MODELS
from windopt.verification import validation as validation
from windopt.verification.unseen_farms import ValidationPlan

STAGES = ("simulate", "train", "optimise", "verify", "report")


class Ended(NamedTuple):
    """How a command ended, its output without line breaks."""

    code: int
    out: str
    err: str


@pytest.fixture
def windopt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Any:
    """Run a command in this process, as its console script does, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    handlers = logging.getLogger().handlers[:]

    def command(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["windopt", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Ended(code, " ".join(out.split()), " ".join(err.split()))

    yield command
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, small_run: RunResult) -> list[tuple[Any, ...]]:
    """What the pipeline is asked for, instead of doing it."""
    calls: list[tuple[Any, ...]] = []

    def run(
        source: Path, out: Path | None, overrides: dict[str, Any], observer: Any, began: Began
    ) -> RunResult:
        assert began.with_its_process
        calls.append((source, out, overrides))
        return small_run

    monkeypatch.setattr(pipeline, "run", run)
    return calls


def test_check_of_a_good_config(windopt: Callable[..., Ended], small_config: Path) -> None:
    ended = windopt("check", small_config)
    assert ended.code == 0
    assert "no faults" in ended.out
    assert "9 turbines" in ended.out
    assert "1,080 wind conditions, mean wind speed 9.70 m/s" in ended.out
    assert "12 directions given, refined to 360" in ended.out


def test_check_names_all_turbine_types(windopt: Callable[..., Ended]) -> None:
    ended = windopt("check", Path(__file__).parents[1] / "configs" / "mixed.yaml")
    assert ended.code == 0
    said = " ".join(ended.out.split())
    assert "16 turbines, IEA Wind Task 37 10MW" in said
    assert "9 turbines, IEA Wind Task 37 15MW" in said


@pytest.mark.parametrize("command", ["check", "run", "simulate"])
def test_bad_config_lists_every_fault_with_its_cure(
    windopt: Callable[..., Ended], small_config: Path, tmp_path: Path, command: str
) -> None:
    for part in small_config.parent.glob("*.yaml"):
        shutil.copy(part, tmp_path)
    config = yaml.safe_load(small_config.read_text())
    config |= {"min_spacing_d": 0.5, "trian": {}, "wake": {"velocity_model": "gaus"}}
    config |= {"turbine": "turbines.yaml"}
    (tmp_path / "bad.yaml").write_text(yaml.safe_dump(config))
    out = tmp_path / "out"
    ended = windopt(command, tmp_path / "bad.yaml", *([] if command == "check" else ["--out", out]))
    assert ended.code == 2
    assert "ConfigError" in ended.err
    for fault in ("0.5", "did you mean 'train'?", "did you mean 'gauss'?", "turbines.yaml"):
        assert fault in ended.err
    assert [f"{i}." in ended.err for i in range(1, 6)] == [True] * 4 + [False]
    assert not out.exists()


def test_missing_config_names_its_neighbour(
    windopt: Callable[..., Ended], small_config: Path
) -> None:
    ended = windopt("run", small_config.with_name("smal.yaml"))
    assert ended.code == 2
    assert "there is no file" in ended.err
    assert "did you mean 'small.yaml'?" in ended.err


def test_unwritable_folder(
    windopt: Callable[..., Ended], small_config: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = windopt("run", small_config, "--out", tmp_path / "file" / "run")
    assert ended.code == 2
    assert "cannot be written" in ended.err
    assert "choose another with --out" in ended.err


def test_unknown_setting(windopt: Callable[..., Ended], small_config: Path) -> None:
    ended = windopt("run", small_config, "--set", "optimise.start=3")
    assert ended.code == 2
    assert "optimise.start" in ended.err
    assert "did you mean 'starts'?" in ended.err


@pytest.mark.parametrize(
    "arguments", [("--set", "seed"), ("--seed", "many"), ("--colour", "red")], ids=lambda a: a[0]
)
def test_malformed_options(
    windopt: Callable[..., Ended], small_config: Path, arguments: tuple[str, str]
) -> None:
    ended = windopt("run", small_config, *arguments)
    assert ended.code == 2
    assert arguments[0] in ended.err


def test_options_become_config_values(
    windopt: Callable[..., Ended], small_config: Path, asked: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    ended = windopt(
        "run", small_config, "--out", tmp_path / "x", "--seed", 3, "--max-seconds", 60,
        "--max-wh", 2.5, "--set", "wake.velocity_model=cc", "--set", "name=a=b",
    )  # fmt: skip
    assert ended.code == 0
    assert asked == [
        (
            small_config,
            tmp_path / "x",
            {
                "wake.velocity_model": "cc",
                "name": "a=b",
                "seed": 3,
                "budget.seconds": 60.0,
                "budget.watt_hours": 2.5,
            },
        )
    ]


def test_run_ends_with_floris_figures(
    windopt: Callable[..., Ended],
    small_config: Path,
    asked: list[tuple[Any, ...]],
    small_run: RunResult,
) -> None:
    ended = windopt("run", small_config)
    summary = small_run.summary
    assert asked == [(small_config, None, {})]
    assert "small: completed, 9 turbines" in ended.out
    assert f"{summary['aep_gwh']:,.1f} GWh a year, verified by FLORIS" in ended.out
    assert f"gain {summary['gain_pct']:+.2f} %" in ended.out
    assert f"{small_run.folder.path}/, start with report.html" in ended.out


def test_quiet_run_prints_its_three_lines_alone(
    windopt: Callable[..., Ended], small_run: RunResult, tmp_path: Path
) -> None:
    folder = shutil.copytree(small_run.folder.path, tmp_path / "finished")
    ended = windopt("run", folder, "--quiet")
    assert ended.code == 0
    assert ended.out.startswith("Use ")
    assert "The bill" in ended.out
    assert windopt("run", folder, "--quiet", "--live").code == 2


def test_finished_run_shows_its_table_again(
    windopt: Callable[..., Ended], small_run: RunResult, tmp_path: Path
) -> None:
    shutil.copytree(small_run.folder.path, tmp_path / "copy")
    ended = windopt("run", tmp_path / "copy")
    assert ended.code == 0
    assert f"{small_run.summary['aep_gwh']:,.1f} GWh" in ended.out


def test_resume_goes_on_in_the_folder(
    windopt: Callable[..., Ended], small_run: RunResult, tmp_path: Path
) -> None:
    shutil.copytree(small_run.folder.path, tmp_path / "copy")
    ended = windopt("run", "--resume", tmp_path / "copy")
    assert ended.code == 0
    assert f"{small_run.summary['aep_gwh']:,.1f} GWh" in ended.out


def test_resume_refuses_what_it_cannot_go_on_with(
    windopt: Callable[..., Ended], small_config: Path, small_run: RunResult, tmp_path: Path
) -> None:
    folder = small_run.folder.path
    for arguments, said in (
        (("--resume", tmp_path / "nowhere"), f"there is no run folder '{tmp_path}/nowhere'"),
        (("--resume", tmp_path), "has no config.yaml: no run has begun there"),
        (("--resume", folder, "--set", "seed=4"), "another config (seed is 4, was 0)"),
        (("--resume", folder, "--set", "sead=4"), "did you mean 'seed'?"),
        (("--resume", folder, "--out", tmp_path), "a resumed run stays in its folder"),
        ((small_config, "--resume", folder), "a config, or --resume with a run folder; not both"),
        ((), "a config, or --resume with a run folder; not both"),
    ):
        ended = windopt("run", *arguments)
        assert ended.code == 2
        assert said in ended.err.replace("│ ", "")


def test_trouble_of_the_machine_is_no_traceback(
    windopt: Callable[..., Ended], small_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere/file")

    monkeypatch.setattr(pipeline, "run", run)
    ended = windopt("run", small_config)
    assert ended.code == 1
    assert "'/somewhere/file': No space left on device" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("stage", STAGES[2:])
def test_stage_in_the_wrong_order_says_which_to_run_first(
    windopt: Callable[..., Ended], small_config: Path, tmp_path: Path, stage: str
) -> None:
    with pipeline.begin(small_config, tmp_path / "new", {"train.from": "scratch"}):
        pass
    ended = windopt(stage, tmp_path / "new")
    assert ended.code == 2
    first = STAGES[STAGES.index(stage) - 1]
    assert f"run `windopt {first} {tmp_path / 'new'}` first" in ended.err


def test_stages_one_by_one(
    windopt: Callable[..., Ended], small_run: RunResult, tmp_path: Path, pipeline_pool: None
) -> None:
    """Verify and report on a folder that has got as far as a solution."""
    copy = tmp_path / "copy"
    shutil.copytree(small_run.folder.path, copy)
    folder = RunFolder(copy)
    for path in (folder.verification, folder.report, folder.summary, folder.layout):
        path.unlink()
    verified = windopt("verify", copy)
    assert verified.code == 0
    assert f"verify done, in {copy}/" in verified.out
    assert folder.read_verification()["layouts"]["final"]["aep_gwh"] == small_run.summary["aep_gwh"]
    assert folder.layout.exists()
    assert windopt("report", copy).code == 0
    assert folder.read_summary()["status"] == "completed"
    assert folder.report.exists()


def test_search_is_animated_where_its_layouts_were_kept(
    windopt: Callable[..., Ended],
    small_run: RunResult,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(animation, "SCENES", 3)
    monkeypatch.setattr(animation, "STEPS", 1)
    shutil.copytree(small_run.folder.path, tmp_path / "copy")
    folder = RunFolder(tmp_path / "copy")
    ended = windopt("report", folder.path, "--animate")
    assert ended.code == 0, ended.err
    assert folder.animation.read_bytes().startswith(b"GIF89a")
    assert "data:image/gif;base64" in folder.report.read_text()
    bill = folder.ledger.read_text()
    folder.history_layouts.unlink()
    ended = windopt("report", folder.path, "--animate")
    assert ended.code == 2
    assert "has kept no layouts of its search (history_layouts.csv)" in ended.err
    assert f"`windopt optimise {folder.path}` searches again" in ended.err
    since = folder.ledger.read_text()[len(bill) :]
    assert '"kind": "report"' not in since  # nothing was spent on it


def test_ledger_shows_cost_beside_gain(
    windopt: Callable[..., Ended], small_run: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.console, "width", 200)
    ended = windopt("ledger", small_run.folder.path)
    assert ended.code == 0
    for stage in (*STAGES, "total"):
        assert stage in ended.out
    assert f"gain {small_run.summary['gain_pct']:+.2f} %, paid back in" in ended.out


def test_evaluate_shows_the_bars_and_leaves_its_files(
    windopt: Callable[..., Ended],
    small_run: RunResult,
    tmp_path: Path,
    pipeline_pool: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = ValidationPlan((4,), (5.0,), directions=4, scales_d=(0.5,), layouts_per_scale=3)
    monkeypatch.setattr(validation, "ValidationPlan", lambda: plan)
    shutil.copytree(small_run.folder.path, tmp_path / "copy")
    ended = windopt("validate", tmp_path / "copy", "--out", tmp_path / "out", "--seed", 3)
    assert ended.code == 0
    assert "gauss: 5 unseen farms against FLORIS" in ended.out
    assert "rank correlation at 0.2 D – ≥ 0.99 not examined" in ended.out
    assert json.loads((tmp_path / "out" / "validation.json").read_text())["seed"] == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "validation.json",
        "validation.png",
    ]


def test_evaluate_of_something_else(windopt: Callable[..., Ended], tmp_path: Path) -> None:
    ended = windopt("validate", tmp_path)
    assert ended.code == 2
    assert "is neither a run folder nor a surrogate" in ended.err
    assert "name a folder that `windopt run`" in ended.err
    assert not list(tmp_path.iterdir())


def test_ledger_is_exported(
    windopt: Callable[..., Ended], small_run: RunResult, tmp_path: Path
) -> None:
    table, records = tmp_path / "ledger.csv", tmp_path / "ledger.json"
    ended = windopt("ledger", small_run.folder.path, "--csv", table, "--json", records)
    assert ended.code == 0
    total, unlisted = json.loads(records.read_text())[-2:]
    assert (total["stage"], unlisted["stage"]) == ("total", "unlisted")
    assert total["ai_answer"] == small_run.summary["assessment"]["answer"]
    heading = table.read_text().splitlines()[0].split(",")
    assert {"energy_central_wh", "gain_wh_per_year", "ai_answer"} <= set(heading)


def test_ledger_of_no_run_folder(windopt: Callable[..., Ended], tmp_path: Path) -> None:
    ended = windopt("ledger", tmp_path)
    assert ended.code == 2
    assert "cannot be read" in ended.err


def test_ledger_of_several_runs_ends_with_what_they_add_up_to(
    windopt: Callable[..., Ended],
    shared_runs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli.console, "width", 400)
    shutil.copytree(shared_runs / "b", tmp_path / "copy")
    ended = windopt("ledger", shared_runs, tmp_path / "copy")
    assert ended.code == 0
    _, project = ended.out.split("project runs ")
    for said in (
        f"3 {tmp_path}/copy holds the run of {shared_runs}/b; each is counted once",
        "energy 19 Wh 9.5 to 38",
        "waste 11 % killed 2.0 Wh",
        "kills 2.0 Wh 1 killed",
        "baseline 9.0 Wh 4.5 to 18; questions about finished runs, in no total",
        "surrogate gauss-12345678 10 Wh to make, 5.0 to 20; by a; used by 3 runs; "
        "2 farms at 9.5 Wh each; reuse saved 20 Wh; not paid off yet: that takes 2.2 farms",
    ):
        assert said in project
    assert "project" not in windopt("ledger", shared_runs / "a").out


def test_ledger_writes_the_project_and_exports(
    windopt: Callable[..., Ended], shared_runs: Path, tmp_path: Path
) -> None:
    database, exports = tmp_path / "project.sqlite", tmp_path / "exports"
    ended = windopt("ledger", shared_runs, "--project", database, "--export", exports)
    assert ended.code == 0
    assert f"written to {exports / 'a'}/" in ended.out
    assert database.read_bytes().startswith(b"SQLite format 3")
    assert sorted(path.name for path in exports.iterdir()) == ["a", "b", "c"]
    ended = windopt("ledger", shared_runs, "--project", shared_runs / "a" / "ledger.jsonl")
    assert ended.code == 2
    assert "is no project ledger" in ended.err


def test_failure_on_the_way_is_1(
    windopt: Callable[..., Ended], small_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> None:
        raise InfeasibleError("no place for turbine 3")

    monkeypatch.setattr(pipeline, "run", run)
    ended = windopt("run", small_config)
    assert ended.code == 1
    assert "InfeasibleError no place for turbine 3" in ended.err


def test_interrupt_is_130_and_says_how_to_go_on(
    windopt: Callable[..., Ended], small_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "run", run)
    ended = windopt("run", small_config)
    assert ended.code == 130
    assert "`windopt run --resume` with the run folder goes on from here" in ended.err


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_run_stopped_from_outside_leaves_a_readable_folder(
    small_config: Path, tmp_path: Path, sent: signal.Signals
) -> None:
    folder = RunFolder(tmp_path / "run")
    command = [sys.executable, "-c", "from windopt.commands.cli import main; main()", "run"]
    overrides = ("simulate.farms=5000", "simulate.conditions=100000")
    arguments = [a for pair in overrides for a in ("--set", pair)]
    process = subprocess.Popen(
        [*command, str(small_config), "--out", str(folder.path), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {"COLUMNS": "120"},
    )
    try:
        deadline = time.monotonic() + 120
        while not folder.ledger.exists() or '"simulate"' not in folder.ledger.read_text():
            assert process.poll() is None, process.stdout and process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(0.5)  # in the midst of starting workers
        to = os.killpg if sent == signal.SIGINT else os.kill  # a terminal's Ctrl-C is for all
        to(process.pid, sent)
        output, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, output
    assert "Traceback" not in output
    assert "goes on from here" in output
    summary = json.loads(folder.summary.read_text())
    assert (summary["status"], summary["reason"]) == ("stopped", "interrupted")
    content = read_ledger(folder.ledger)
    stages = {(stage.kind, stage.status) for stage in content.stages}
    assert stages >= {("between", "cancelled"), ("simulate", "cancelled")}
    assert {stage.kind for stage in content.stages} == {"between", "check", "simulate"}
    assert content.damaged_lines == 0
    assert content.totals.cpu_s > 0
    assert not folder.dataset.exists()


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (("baseline", "--method", "magic"), "'magic' is none of analytic, fitted, floris"),
        (("robustness", "--wake-model", "iea37"), "'iea37' is none of gauss, jensen, cc"),
    ],
)
def test_a_baseline_or_wake_model_that_is_not_known_is_refused(
    windopt: Any, small_run: RunResult, command: tuple[str, ...], fault: str
) -> None:
    stage, *options = command
    ended = windopt(stage, small_run.folder.path, *options)
    assert ended.code == 2
    assert fault in ended.err.replace("│ ", "")


def test_a_finished_run_is_asked_for_more(
    windopt: Any, small_run: RunResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: dict[str, Any] = {}
    for name, stage in (("run_baselines", "baseline"), ("ask_other_wake_models", "robustness")):
        home = f"windopt.stages.{stage}.{name}"
        monkeypatch.setattr(home, lambda _, names, stage=stage: asked.update({stage: names}))
    copy = tmp_path / "run"
    shutil.copytree(small_run.folder.path, copy)
    assert windopt("baseline", copy).code == 0
    assert asked["baseline"] == ["analytic"]
    windopt("baseline", copy, "--method", "floris", "--method", "analytic")
    assert asked["baseline"] == ["floris", "analytic"]
    ended = windopt("robustness", copy)
    assert set(asked["robustness"]) == set(WAKE_MODELS)
    assert "The AI's share" in ended.out
    assert (copy / "assessment.md").exists()
    home = "windopt.stages.second_opinion.ask_second_code"
    monkeypatch.setattr(home, lambda _, names: asked.update(second=names))
    assert windopt("robustness", copy, "--second-code").code == 0
    assert asked["second"] is None
    windopt("robustness", copy, "--second-code", "--wake-model", "cc")
    assert asked["second"] == ["cc"]


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("windopt.commands.cli", "floris xarray windIO"),
        ("windopt", "floris xarray windIO matplotlib torch"),
        ("windopt.compare.method_process, windopt.compare.peers.topfarm_peers", "floris torch"),
        ("windopt.compare.peers.floris_peers, windopt.compare.peers.black_box", "torch"),
    ],
)
def test_what_takes_long_is_imported_only_where_it_is_needed(module: str, heavy: str) -> None:
    """Searches do without FLORIS and without figures; FLORIS and the peers without PyTorch."""
    code = f"import sys, {module}; print([m for m in {heavy.split()} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_search_on_a_formula_does_without_floris(small_config: Path) -> None:
    code = (
        "import sys, windopt; from windopt.surrogate.analytic import analytic_surrogate; "
        f"problem = windopt.load_problem({str(small_config)!r}); "
        "analytic_surrogate(problem).aep(problem.initial_layout[None], problem.wind); "
        "print('floris' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_package_gives_all_its_names() -> None:
    assert set(dir(package)) == set(package.__all__)
    assert all(callable(getattr(package, name)) for name in package.__all__)
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        package.rum  # noqa: B018
