"""A run with a kernel that ships simulates and trains nothing, and says whose kernel it is."""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import windopt
from windopt.assessment.figures import figures_of
from windopt.assessment.summarise import ledger_table
from windopt.commands import cli
from windopt.config.reader import load_config
from windopt.errors import ConfigError, KernelMisfitError, RunFolderError
from windopt.exports.run_exports import write_exports
from windopt.ledger.project import read_project
from windopt.ledger.totals import read_ledger
from windopt.pipeline import STAGES, RunResult, begin
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.report.project import project_rows
from windopt.runs.folder import RunFolder
from windopt.runs.session import Run
from windopt.stages import begin as stages_begin
from windopt.surrogate import source
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.library import add_to_library
from windopt.surrogate.surrogate import Surrogate

pytestmark = pytest.mark.usefixtures("pipeline_pool", "light_searches")

SHIPPED = {"train.from": "shipped"}
MADE_WH = {"simulate": 3.0, "train": 1.0}
SEARCHED = ["optimise", "verify", "report"]


def wh(central: float) -> dict[str, Any]:
    return {"low": 0.5 * central, "central": central, "high": 2 * central, "method": "a guess"}


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's library, which does not exist yet."""
    monkeypatch.setenv("WINDOPT_LIBRARY", str(tmp_path / "library"))
    return tmp_path / "library"


@pytest.fixture(scope="module")
def tiny(tiny: dict[str, Any]) -> dict[str, Any]:
    """Overrides for runs in which next to nothing is done, on a kernel that ships."""
    return tiny | SHIPPED


@pytest.fixture
def ships(small_run: RunResult, monkeypatch: pytest.MonkeyPatch) -> list[LayoutProblem]:
    """Let a kernel ship for gauss, for farms of spacing above 1 D; lists who asked for it."""
    asked: list[LayoutProblem] = []

    def shipped(problem: LayoutProblem) -> Surrogate:
        asked.append(problem)
        model = problem.wake.velocity_model
        if model != "gauss":
            raise KernelMisfitError(f"wake.velocity_model {model!r} is none of gauss")
        surrogate = load_surrogate(small_run.folder.surrogate, problem)
        surrogate.members, surrogate.doubt, surrogate.wake_error = [], 1.0, 0.02
        card = {"name": "gauss", "weights_sha256": "5e" * 32}
        surrogate.facts = {"shipped": card | {"energy_wh": {k: wh(v) for k, v in MADE_WH.items()}}}
        return surrogate

    monkeypatch.setattr(source, "shipped_surrogate", shipped)
    return asked


def kinds(folder: RunFolder) -> list[str]:
    around = ("between", "check")
    return [s.kind for s in read_ledger(folder.ledger).stages if s.kind not in around]


def rows(folder: RunFolder, stage: str) -> list[Any]:
    return [row for row in ledger_table([folder.path]) if row.stage == stage]


def test_nothing_is_simulated_or_trained_and_the_two_accounts_stay_apart(
    ships: list[LayoutProblem], small_config: Path, tmp_path: Path, tiny: dict[str, Any]
) -> None:
    first, second = (
        windopt.run(small_config, tmp_path / name, tiny) for name in ("first", "second")
    )
    for run, users in ((first, 1), (second, 2)):
        assert run.summary["status"] == "completed"
        assert kinds(run.folder) == SEARCHED
        assert not run.folder.dataset.exists()
        assert run.summary["surrogate"] == {"from": "shipped", "name": "gauss"}
        assert run.summary["gain_predicted_error_pct"] > 0  # by the card's error: no members
        provider = run.summary["provider"]
        assert provider == {
            "kernel": "gauss",
            "made_wh": wh(4.0),
            "users": users,
            "share_wh": pytest.approx(wh(4.0 / users)),
        }
        used = run.summary["energy_wh"]["central"]
        stages = sum(one["energy_wh"]["central"] for one in run.summary["stages"].values())
        assert used == pytest.approx(stages)  # of the run itself, and nothing of the kernel
        (share,) = rows(run.folder, "provider")
        assert share.energy_wh["central"] == pytest.approx(4.0 / users)
        (total,) = rows(run.folder, "total")
        assert used <= total.energy_wh["central"] < used + 1.0  # which ends after its summary
        each = run.summary["worth"]["energy_per_farm_wh"]
        assert each["1"] == pytest.approx(4.0 + used)
        assert each["100"] == pytest.approx(0.04 + used)
        said = run.folder.read_text(run.folder.assessment)
        assert "ships with windopt (gauss): learning it took 4.0 Wh (2.0 to 8.0), once" in said
        assert f"This machine knows {users} run" in said
        assert "provider&#39;s share" in run.folder.read_text(run.folder.report)
    (account,) = [
        row for row in project_rows(read_project([tmp_path])) if row.label == "surrogate gauss"
    ]
    assert "by those who ship it, in no total here; used by 2 runs" in account.remark
    assert "this machine knows of 2 runs with it" in account.remark
    assert "reuse saved" not in account.remark


def test_going_on_takes_nothing_twice_and_counts_no_second_user(
    ships: list[LayoutProblem], small_config: Path, tmp_path: Path, tiny: dict[str, Any]
) -> None:
    run = windopt.run(small_config, tmp_path / "run", tiny)
    assets = len(read_ledger(run.folder.ledger).assets)
    run.folder.report.unlink()
    again = windopt.run(run.folder.path)
    assert len(read_ledger(run.folder.ledger).assets) == assets == 1
    assert again.summary["provider"]["users"] == 1
    assert len(ships) == 1
    shutil.rmtree(run.folder.surrogate)  # what rests on it is done again
    before = kinds(run.folder)
    windopt.run(run.folder.path)
    assert kinds(run.folder) == [*before, *SEARCHED]
    (exported,) = write_exports(read_project([run.folder.path]), tmp_path / "exported")
    card = (exported / "README.md").read_text()
    assert "see the card of gauss" in card


@pytest.mark.parametrize(
    ("wake", "told"),
    [
        ({"wake.velocity_model": "jensen"}, "wake.velocity_model 'jensen' is none of gauss"),
        ({}, "kernel.safetensors is damaged"),
    ],
)
def test_where_none_serves_the_run_says_why_and_trains(
    wake: dict[str, Any],
    told: str,
    ships: list[LayoutProblem],
    small_config: Path,
    tmp_path: Path,
    tiny: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not wake:

        def refused(_: LayoutProblem) -> Surrogate:
            raise KernelMisfitError(told)

        monkeypatch.setattr(source, "shipped_surrogate", refused)
    run = windopt.run(small_config, tmp_path / "run", tiny | wake)
    assert kinds(run.folder) == ["simulate", "train", *SEARCHED]
    own = run.summary["surrogate"]
    assert own["from"] == "scratch"
    assert own["name"].startswith(wake.get("wake.velocity_model", "gauss"))
    warned = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert [one for one in warned if told in one and "trained instead" in one]
    assert run.summary["provider"] is None
    assert not rows(run.folder, "provider")


def test_from_scratch_asks_for_no_kernel(
    ships: list[LayoutProblem], small_config: Path, tmp_path: Path, tiny: dict[str, Any]
) -> None:
    with begin(small_config, tmp_path / "run", tiny | {"train.from": "scratch"}) as job:
        STAGES["simulate"](job)
        assert not STAGES["optimise"].is_done(job.folder)
        with pytest.raises(RunFolderError, match="run `windopt train"):
            STAGES["optimise"](job)
    assert not ships


def test_the_library_comes_first_where_it_is_asked_and_a_kernel_that_ships_second(
    ships: list[LayoutProblem],
    small_run: RunResult,
    small_config: Path,
    library: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def taken(name: str) -> Run:
        job = begin(small_config, tmp_path / name, {"train.from": "library"})
        source_before = len(ships)
        assert job.ready.surrogate is not None
        assert job.ready.surrogate is job.ready.surrogate
        assert len(ships) - source_before <= 1
        return job

    empty = taken("empty")
    assert empty.ready.surrogate.facts["source"] == {"from": "shipped", "name": "gauss"}
    assert f"the library {library} has no surrogate for this wake model" in caplog.text
    entry = add_to_library(small_run.folder.path, library)
    full = taken("full")
    name = {"from": "library", "name": entry.path.name}
    assert full.ready.surrogate.facts["source"] == name
    assert len(ships) == 1


@pytest.mark.parametrize("where", ["formula", "library", "scratch", "shipped"])
def test_the_surrogate_for_a_problem_is_that_of_its_run(
    where: str,
    ships: list[LayoutProblem],
    small_run: RunResult,
    small_config: Path,
    tiny: dict[str, Any],
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_to_library(small_run.folder.path, library)
    formula = {"wake.velocity_model": "iea37", "wake.turbulence_model": "none"}
    asked = tiny | (formula if where == "formula" else {"train.from": where})
    trained: list[object] = []

    def train(problem: LayoutProblem, *data: object) -> Surrogate:
        trained.append(data[:1])
        return real(problem, *data)  # type: ignore[arg-type]

    real = source.train_surrogate
    monkeypatch.setattr(source, "train_surrogate", train)
    surrogate = windopt.surrogate_for(load_problem(small_config, asked), seed=5)
    assert surrogate.facts["source"]["from"] == where
    assert trained == {"scratch": [(5,)], "formula": [()]}.get(where, [])
    assert len(surrogate.members) == {"scratch": 1, "library": 3}.get(where, 0)
    assert (surrogate.wake_error > 0) == (where != "formula")


def test_no_other_source_is_known(small_config: Path, tmp_path: Path) -> None:
    for entry, said in (
        ({"train.from": "shiped"}, r"train\.from: unknown name 'shiped'; did you mean 'shipped'"),
        ({"train.reuse": True}, r"train\.reuse: unknown key 'reuse'; known are from, "),
    ):
        with pytest.raises(ConfigError, match=said):
            load_config(small_config, entry)


def test_a_config_is_written_as_it_is_read(small_config: Path, tmp_path: Path) -> None:
    with begin(small_config, tmp_path / "run", {"train.from": "scratch"}) as job:
        assert "  from: scratch\n" in job.folder.read_text(job.folder.config)
        assert load_config(job.folder.config) == job.problem.config


def test_with_little_time_no_layout_is_drafted_on_a_formula(
    ships: list[LayoutProblem],
    small_config: Path,
    tmp_path: Path,
    tiny: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is nothing to wait for, and nothing of it to verify."""
    needed: list[float] = []

    def note(_: object, least: Any) -> None:
        needed.append(least.cpu_seconds)

    monkeypatch.setattr(stages_begin, "refuse_too_little", note)
    limited = tiny | {"budget.seconds": 60}
    with begin(small_config, tmp_path / "scratch", limited | {"train.from": "scratch"}) as job:
        drafting = job.drafts
    run = windopt.run(small_config, tmp_path / "run", limited)
    assert drafting
    assert not run.folder.warm_start.exists()
    assert kinds(run.folder) == SEARCHED
    assert needed[0] - needed[1] > 1.0  # what simulating and training take at least


def test_a_budget_of_evaluations_need_not_pay_for_training_data(
    ships: list[LayoutProblem], small_config: Path, tmp_path: Path, tiny: dict[str, Any]
) -> None:
    few = {**tiny, "budget.floris_evaluations": 5}
    begin(small_config, tmp_path / "run", few)
    with pytest.raises(ConfigError, match=r"5 is less than the 8 that training data"):
        begin(small_config, tmp_path / "scratch", few | {"train.from": "scratch"})


def test_single_commands_take_it_and_train_is_from_scratch(
    ships: list[LayoutProblem], small_config: Path, tmp_path: Path, tiny: dict[str, Any]
) -> None:
    config = tmp_path / "tiny.yaml"
    with begin(small_config, tmp_path / "written", tiny) as job:
        config.write_bytes(job.folder.config.read_bytes())

    def do(*arguments: object) -> None:
        ended = CliRunner().invoke(cli.app, [*map(str, arguments)])
        assert ended.exit_code == 0, ended.output

    searched, trained = RunFolder(tmp_path / "searched"), RunFolder(tmp_path / "trained")
    do("optimise", config, "--out", searched.path)
    do("verify", searched.path)
    assert kinds(searched) == ["optimise", "verify"]
    do("train", config, "--out", trained.path)
    assert kinds(trained) == ["simulate", "train"]
    card = json.loads((trained.surrogate / "card.json").read_text())
    assert card["facts"]["source"]["from"] == "scratch"
    do("train", searched.path)  # in its place
    assert kinds(searched) == ["optimise", "verify", "simulate", "train"]
    card = json.loads((searched.surrogate / "card.json").read_text())
    assert card["facts"]["source"]["from"] == "scratch"
    assert "shipped" not in card["facts"]
    content = read_ledger(searched.ledger)
    assert [asset.get("shipped") for asset in content.assets] == ["gauss", None, None]
    assert figures_of(content).provider is None  # it ends with a surrogate of its own


def test_a_kernel_that_promises_too_much_learns_the_farms_alone(
    ships: list[LayoutProblem],
    small_config: Path,
    tmp_path: Path,
    tiny: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fitting = source.shipped_surrogate

    def spoiled(problem: LayoutProblem) -> Surrogate:
        surrogate = fitting(problem)
        with torch.no_grad():
            surrogate.flow.kernel.offset[0] -= 0.4  # wakes are a third too weak
        return surrogate

    monkeypatch.setattr(source, "shipped_surrogate", spoiled)
    rounds = {"verify.max_rounds": 1, "verify.tolerance_pct": 0.05}
    run = windopt.run(small_config, tmp_path / "run", tiny | rounds)
    content = read_ledger(run.folder.ledger)
    assert kinds(run.folder) == ["optimise", "verify", "retrain", "optimise", "verify", "report"]
    assert not run.folder.dataset.exists()
    assert run.folder.lessons.exists()
    took, taught = content.assets
    assert took["fingerprint"] != taught["fingerprint"]
    assert taught["retrained_from"] == took["shipped"] == "gauss"
    debt = taught["energy_debt_wh"]["central"]
    assert debt == pytest.approx(run.summary["stages"]["retrain"]["energy_wh"]["central"])
    assert run.summary["surrogate"] == {"from": "shipped", "name": "gauss"}
    assert run.summary["provider"]["users"] == 1
    now = load_surrogate(run.folder.surrogate, load_problem(small_config, tiny))
    verified = run.folder.read_verification()["layouts"]["initial"]
    layout = np.array(verified["layout"])[None]
    before, after = (
        abs(
            one.aep(layout, load_problem(small_config, tiny).wind).item() / 1e9
            - verified["aep_gwh"]
        )
        for one in (spoiled(load_problem(small_config, tiny)), now)
    )
    assert after < 0.5 * before
    assert now.wake_error >= 0.02
