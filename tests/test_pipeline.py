"""The pipeline: every artefact and key, the truth in them, and every way in which a run can end."""

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windopt
from windopt.config.reader import config_hash, load_config
from windopt.errors import ConfigError, RunFolderError
from windopt.floris.dataset import read_dataset
from windopt.floris.simulator import Simulator
from windopt.ledger.totals import read_ledger
from windopt.pipeline import STAGES, RunResult, begin
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import read_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.runs.artefact import Artefact
from windopt.runs.folder import RunFolder
from windopt.runs.kept_layouts import read_kept_layouts
from windopt.runs.search_watch import SearchState
from windopt.runs.session import Run
from windopt.search import search
from windopt.stages import begin as stages_begin
from windopt.stages import report, train
from windopt.stages.active_learning import ROUND_CONDITIONS
from windopt.stages.stage import markdown_table

pytestmark = pytest.mark.usefixtures("pipeline_pool", "light_searches")

NOT_ASKED = (
    "warm_start",
    "given_spacing",
    "baseline",
    "robustness",
    "second_opinion",
    "neighbours",
)
ASKED_STAGES = [name for name in STAGES if name not in NOT_ASKED]
"""Those that the small config asks for."""
ARTEFACTS = {
    "simulate": ("dataset.nc",),
    "train": ("surrogate",),
    "optimise": ("solution.json", "history.csv", "history_layouts.csv"),
    "verify": ("verification.json", "layout.csv", "layout_initial.csv", "layout.windio.yaml"),
    "report": ("figures", "report.html"),
}
COARSE: dict[str, Any] = {
    "refine_wind": False,
    "train.steps": 50,
    "train.members": 2,
    "optimise.steps": 10,
}
SUMMARY_KEYS = {
    "status", "n_turbines", "aep_gwh", "aep_initial_gwh", "gain_pct", "aep_predicted_gwh",
    "wake_loss_pct", "feasible", "max_boundary_violation_m", "min_spacing_d", "wall_s", "cpu_s",
    "energy_wh", "payback_s", "floris_evaluations", "floris_conditions", "seed", "versions",
    "name", "config_hash", "aep_grid_gwh", "gain_over_grid_pct", "stages",
}  # fmt: skip


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class Impatient:
    """Watches a run, and interrupts a stage when enough of its work is done."""

    def __init__(self, label: str, share: float) -> None:
        self.label, self.share = label, share
        self.seen: list[str] = []
        self.state: SearchState | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        self.seen.append(name)

        def progress(share: float) -> None:
            if self.label in name and share > self.share:
                raise KeyboardInterrupt

        yield progress

    def opened(self, folder: RunFolder) -> None:
        pass

    def limited(self, left_s: Callable[[], float]) -> None:
        pass

    def told(self, line: str) -> None:
        self.seen.append(line)

    def searching(self, look: Callable[[], SearchState | None]) -> None:
        self.look = look

    def asked(self, question: str) -> bool:
        return True

    def improved(self, gwh: float, start: str) -> None:
        self.state = self.look()


@pytest.fixture(scope="module")
def coarse_run(
    small_config: Path,
    made_once: Callable[..., Path],
    pipeline_pool: None,
    light_searches: None,
) -> RunResult:
    """A finished run on the 36 conditions of the rose as they are; look, but do not write."""

    def make(path: Path) -> None:
        windopt.run(small_config, path, COARSE)

    folder = RunFolder(made_once("coarse", make))
    layout = np.array(folder.read_verification()["layouts"]["final"]["layout"])
    return RunResult(folder, layout, folder.read_summary())


@pytest.fixture(scope="module")
def coarse(small: LayoutProblem) -> LayoutProblem:
    """The problem of `coarse_run`."""
    return load_problem(small.config, COARSE)


@pytest.fixture
def rerun(coarse_run: RunResult, tmp_path: Path) -> Callable[[str], RunFolder]:
    """Copy the coarse run as it was before a stage; only a report needs the ledger till then."""

    def until(stage: str) -> RunFolder:
        copy = tmp_path / "copy"
        shutil.copytree(coarse_run.folder.path, copy)
        names = list(ARTEFACTS)
        gone = [name for later in names[names.index(stage) :] for name in ARTEFACTS[later]]
        bill = () if stage == "report" else ("ledger.jsonl",)
        for name in (*gone, *bill, "summary.json"):
            path = copy / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return RunFolder(copy)

    return until


def test_report_asks_floris_what_each_move_gained_and_books_it(
    rerun: Callable[[str], RunFolder], small: LayoutProblem
) -> None:
    folder = rerun("report")
    assert folder.read_json(folder.what_if)["refused"] == "config"  # as the config has it
    before = read_ledger(folder.ledger).totals.counts["floris_evaluations"]
    with begin(folder.path) as job:
        report.draw_report(job, ask=1e4)
    assert not folder.states.exists()  # what FLORIS has said is in the answers
    answers = folder.read_json(folder.what_if)
    asked = [move for move in answers["moves"] if move["gain_gwh"] is not None]
    assert 0 < len(answers["moves"]) == answers["movers"] <= small.n_turbines
    totals = read_ledger(folder.ledger).totals
    looked_at = 2 + len(asked) + len(answers["places"])
    assert totals.counts["floris_evaluations"] - before == looked_at
    assert totals.by_stage["report"].counts["floris_evaluations"] == looked_at
    layouts = folder.read_verification()["layouts"]
    gain = layouts["final"]["aep_gwh"] - layouts["initial"]["aep_gwh"]
    assert answers["gain_gwh"] == pytest.approx(gain, rel=0.1)
    page = folder.report.read_text()
    assert "The gain of a move is what the farm loses, by FLORIS" in page
    assert "One more turbine (" in page
    assert hashlib.sha256(folder.layout.read_bytes()).hexdigest()[:16] in page


AROUND = ("between", "check")
"""Kinds of stages that every command has."""


def kinds_and_status(folder: RunFolder) -> list[tuple[str, str]]:
    """Tell it of all stages but the check of the config, and the one around all others."""
    stages = read_ledger(folder.ledger).stages
    return [(stage.kind, stage.status) for stage in stages if stage.kind not in AROUND]


# -- what a run leaves --------------------------------------------------------------------------


def test_run_leaves_every_artefact(small_run: RunResult) -> None:
    path = small_run.folder.path
    names = [name for group in ARTEFACTS.values() for name in group]
    for name in (*names, "config.yaml", "summary.json", "ledger.jsonl"):
        assert (path / name).exists(), name
    assert sorted(p.name for p in (path / "surrogate").iterdir()) == [
        "card.json",
        "surrogate.safetensors",
    ]
    assert len(list((path / "figures").glob("*.png"))) == 8
    assert not [p.name for p in path.iterdir() if p.name.startswith(".")]


def test_summary_has_every_key(small_run: RunResult) -> None:
    summary = json.loads(small_run.folder.summary.read_text(), parse_constant=pytest.fail)
    assert summary == small_run.summary
    assert set(summary) >= SUMMARY_KEYS
    assert summary["status"] == "completed"
    assert summary["feasible"] is True
    assert summary["n_turbines"] == 9
    assert summary["seed"] == 0
    assert set(summary["energy_wh"]) == {"low", "central", "high", "method"}
    assert set(summary["versions"]) >= {"windopt", "floris", "torch"}
    assert list(summary["stages"]) == [
        "between", "check", "simulate", "train", "optimise", "verify", "report",
    ]  # fmt: skip


def test_aep_and_gain_are_floris_figures(coarse_run: RunResult, coarse: LayoutProblem) -> None:
    summary, folder = coarse_run.summary, coarse_run.folder
    verdict = windopt.verify(coarse, read_layout_csv(folder.layout), Simulator(coarse))
    assert summary["aep_gwh"] == pytest.approx(verdict.aep / 1e9, rel=1e-8)
    assert verdict.reference is not None
    assert summary["aep_initial_gwh"] == pytest.approx(verdict.reference.aep / 1e9, rel=1e-8)
    assert summary["gain_pct"] == pytest.approx(verdict.gain_pct, abs=1e-5)
    assert summary["wake_loss_pct"] == pytest.approx(verdict.judged.wake_loss_pct, abs=1e-5)
    assert summary["gain_pct"] > 1
    assert summary["feasible"] is verdict.feasible is True
    assert summary["min_spacing_d"] == pytest.approx(verdict.judged.feasibility.min_spacing_d)
    np.testing.assert_allclose(
        read_layout_csv(folder.layout_initial), verdict.reference.layout, atol=1e-6
    )


def test_prediction_stands_beside_and_is_the_surrogates(
    small_run: RunResult, small: LayoutProblem
) -> None:
    surrogate = windopt.load_surrogate(small_run.folder.surrogate, small)
    aep = surrogate.aep(small_run.layout[None], small.wind).item()
    assert small_run.summary["aep_predicted_gwh"] == pytest.approx(aep / 1e9, rel=1e-6)
    assert small_run.summary["aep_predicted_gwh"] != small_run.summary["aep_gwh"]


def test_grid_is_judged_too(coarse_run: RunResult, coarse: LayoutProblem) -> None:
    grid = coarse_run.folder.read_verification()["layouts"]["grid"]
    layout = np.array(grid["layout"])
    assert check_feasibility(coarse, layout).feasible
    aep = windopt.verify(coarse, layout, Simulator(coarse)).aep
    summary = coarse_run.summary
    assert summary["aep_grid_gwh"] == grid["aep_gwh"] == pytest.approx(aep / 1e9, rel=1e-9)
    over_grid = 100 * (summary["aep_gwh"] / summary["aep_grid_gwh"] - 1)
    assert summary["gain_over_grid_pct"] == pytest.approx(over_grid)


def test_layout_file_holds_the_result(small_run: RunResult, small: LayoutProblem) -> None:
    with small_run.folder.layout.open() as file:
        assert next(csv.reader(file))[:2] == ["x", "y"]
    layout = read_layout_csv(small_run.folder.layout)
    np.testing.assert_allclose(layout, small_run.layout, atol=1e-6)
    assert check_feasibility(small, layout).feasible


def test_history_is_the_anytime_curve(small_run: RunResult) -> None:
    history = small_run.folder.read_history()
    assert (np.diff(history["wall_s"]) >= 0).all()
    assert (np.diff(history["cpu_s"]) >= 0).all()
    assert (history["feasible"] == 1).all()
    verified = np.flatnonzero(np.isfinite(history["aep_gwh"]))
    assert verified.tolist() == [len(history["aep_gwh"]) - 1]
    assert history["aep_gwh"][-1] == small_run.summary["aep_gwh"]
    assert history["aep_predicted_gwh"].max() == pytest.approx(
        history["aep_predicted_gwh"][-1], rel=1e-6
    )


def test_layouts_of_the_search_are_kept_beside_the_history(
    small_run: RunResult, small: LayoutProblem
) -> None:
    folder = small_run.folder
    rows, layouts = read_kept_layouts(folder.history_layouts, 9)
    history = folder.read_history()
    assert rows[0] == 0
    assert rows[-1] == len(history["start"]) - 2  # before FLORIS's verdict
    surrogate = windopt.load_surrogate(folder.surrogate, small)
    for row, layout in zip(rows, layouts, strict=True):
        aep = surrogate.aep(layout[None], small.wind).item() / 1e9
        assert aep == pytest.approx(history["aep_predicted_gwh"][row], rel=1e-5)
    solution = json.loads(folder.solution.read_text())
    np.testing.assert_allclose(layouts[-1], solution["layout"], atol=0.00501)


def test_solution_says_what_became_of_every_start(small_run: RunResult) -> None:
    solution = json.loads(small_run.folder.solution.read_text())
    assert [start["status"] for start in solution["starts"]].count("gave the answer") == 1
    assert all(start["status"] for start in solution["starts"])
    assert "iterations gained less than 0.005 % of AEP" in solution["reason"]
    page = small_run.folder.report.read_text()
    assert f"The search ended: {solution['reason']}." in page
    for start in solution["starts"]:
        assert f"<td>{start['status']}</td>" in page


def test_ledger_charges_every_stage_and_counts_exactly(small_run: RunResult) -> None:
    content = read_ledger(small_run.folder.ledger)
    assert kinds_and_status(small_run.folder) == [
        (kind, "completed") for kind in ("simulate", "train", "optimise", "verify", "report")
    ]
    counts = {stage.kind: stage.cost.counts for stage in content.stages}
    assert counts["simulate"]["floris_evaluations"] == 12
    assert counts["simulate"]["floris_conditions"] == 300
    assert counts["train"]["training_steps"] == 150
    assert counts["optimise"]["starts"] == 2
    assert counts["verify"]["floris_evaluations"] == 4  # given, repaired, grid, final
    assert counts["verify"]["floris_conditions"] == 4 * 360 * 3
    assert counts["verify"]["floris_turbine_conditions"] == 4 * 360 * 3 * 9
    summary = small_run.summary
    assert summary["floris_evaluations"] == 16
    assert summary["floris_conditions"] == 300 + 4 * 360 * 3
    assert [gain["reference"] for gain in content.gains] == ["initial", "grid"]
    assert content.gains[0]["gain_pct"] == pytest.approx(summary["gain_pct"])
    assert [asset["kind"] for asset in content.assets] == ["dataset", "surrogate"]
    assert sum(stage["cpu_s"] for stage in summary["stages"].values()) == pytest.approx(
        summary["cpu_s"]
    )


def test_payback_is_energy_over_the_gains_power(small_run: RunResult) -> None:
    s = small_run.summary
    gain_w = (s["aep_gwh"] - s["aep_initial_gwh"]) * 1e9 / 8760
    payback_s = s["energy_wh"]["central"] / gain_w * 3600
    assert s["payback_s"] == pytest.approx(payback_s, rel=2e-3)  # a year of 365 or 365.25 days


def test_config_of_the_folder_is_the_runs(small_run: RunResult, small: LayoutProblem) -> None:
    config = load_config(small_run.folder.config)
    assert config_hash(config) == config_hash(small.config) == small_run.summary["config_hash"]


# -- going on -----------------------------------------------------------------------------------


def test_finished_run_is_not_done_again(
    small_run: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(small_run.folder.path, copy)
    for name, stage in STAGES.items():
        again = replace(stage, do=lambda job: pytest.fail("done again"))
        monkeypatch.setitem(STAGES, name, again)
    again = windopt.run(copy)
    assert again.summary["status"] == "completed"
    for key in ("aep_gwh", "gain_pct", "floris_evaluations"):
        assert again.summary[key] == small_run.summary[key]
    before, now = small_run.summary["stages"], again.summary["stages"]
    for kind in AROUND:
        assert now.pop(kind)["cpu_s"] >= before[kind]["cpu_s"]  # to see that is charged
    assert now == {kind: cost for kind, cost in before.items() if kind not in AROUND}
    np.testing.assert_array_equal(again.layout, small_run.layout)


@pytest.mark.parametrize("stage", ["verify", "report"])
def test_run_goes_on_from_its_last_artefact(
    rerun: Callable[[str], RunFolder], coarse_run: RunResult, stage: str
) -> None:
    folder = rerun(stage)
    again = windopt.run(folder.path)
    expected = {"verify": ASKED_STAGES[3:], "report": [*ASKED_STAGES, "report"]}[stage]
    assert [kind for kind, _ in kinds_and_status(folder)] == expected
    assert again.summary["aep_gwh"] == coarse_run.summary["aep_gwh"]
    assert folder.report.exists()


def test_what_comes_after_a_lost_artefact_is_done_again(
    coarse_run: RunResult, tmp_path: Path
) -> None:
    """A verdict on another layout than the one found is worth nothing."""
    copy = tmp_path / "copy"
    shutil.copytree(coarse_run.folder.path, copy)
    folder = RunFolder(copy)
    folder.solution.unlink()
    folder.ledger.unlink()
    verdict = folder.read_verification()
    verdict["layouts"]["final"]["aep_gwh"] = 1.0
    folder.verification.write_text(json.dumps(verdict))
    again = windopt.run(copy)
    assert [kind for kind, _ in kinds_and_status(folder)] == ["optimise", "verify", "report"]
    assert again.summary["aep_gwh"] == pytest.approx(coarse_run.summary["aep_gwh"], rel=1e-12)


def test_folder_of_another_config_is_refused(small_config: Path, small_run: RunResult) -> None:
    with pytest.raises(
        RunFolderError, match=r"another config \(seed is 5, was 0\); choose .*--out"
    ):
        windopt.run(small_config, small_run.folder.path, {"seed": 5})
    assert json.loads(small_run.folder.summary.read_text())["seed"] == 0


def test_folder_without_a_config_is_no_run_folder(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"has no config\.yaml: no run has begun there"):
        windopt.run(tmp_path)


def test_new_folders_are_named_after_config_and_time(
    small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = begin(small_config)
    assert job.folder.path.parent == Path("results")
    assert job.folder.path.name.startswith("small-20")
    assert job.folder.config.exists()


@pytest.mark.parametrize(
    ("stage", "artefact", "first"),
    [
        ("train", "dataset.nc", "simulate"),
        ("optimise", "surrogate", "train"),
        ("verify", "solution.json", "optimise"),
        ("report", "verification.json", "verify"),
    ],
)
def test_stage_out_of_order_says_which_comes_first(
    small_config: Path, tmp_path: Path, stage: str, artefact: str, first: str
) -> None:
    job = begin(small_config, tmp_path / "new", {"train.from": "scratch"})
    with pytest.raises(
        RunFolderError, match=rf"has no {artefact}; run `windopt {first} .*new` first"
    ):
        STAGES[stage](job)
    assert kinds_and_status(job.folder) == []


def test_each_stage_needs_what_earlier_ones_leave_and_its_command_writes_it() -> None:
    known: list[Artefact] = []
    commands = {"warm_start": "run", "second_opinion": "robustness"}
    commands |= dict.fromkeys(("given_spacing", "neighbours"), "run")
    for stage in STAGES.values():
        assert set(stage.needs) <= set(known), stage.name
        known += stage.leaves
        written_by = {artefact.stage for artefact in stage.leaves}
        assert written_by == {commands.get(stage.name, stage.name)}
        assert not any(artefact.passing for artefact in stage.leaves)
    for name, first in (("verify", RunFolder.verification), ("report", RunFolder.report)):
        assert STAGES[name].leaves[0] is first


def test_a_surrogate_that_is_ready_spares_what_comes_before_the_search(
    small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warm start as well, where time is limited: there is nothing to wait for."""
    done: list[str] = []

    def take(job: Run) -> None:
        job.folder.surrogate.mkdir()
        (job.folder.surrogate / "card.json").touch()

    for name, stage in STAGES.items():
        recorded = replace(stage, do=lambda job, name=name: done.append(name))
        monkeypatch.setitem(STAGES, name, recorded)
    monkeypatch.setattr("windopt.pipeline.take_ready_surrogate", take)
    monkeypatch.setattr(stages_begin, "refuse_too_little", lambda *_: None)
    with pytest.raises(RunFolderError, match=r"has no solution\.json"):  # nobody has searched
        windopt.run(small_config, tmp_path / "run", {"budget.seconds": 60})
    assert done == ["optimise", "verify", "report"]


def test_page_on_runs_has_the_table_of_stages() -> None:
    page = Path(__file__).parents[1] / "docs" / "method" / "run.md"
    assert markdown_table(STAGES.values()) in page.read_text()


def test_a_stage_is_done_when_its_first_artefact_is_whole(tmp_path: Path) -> None:
    folder, verify, warm_start = RunFolder(tmp_path), STAGES["verify"], STAGES["warm_start"]
    assert not verify.is_done(folder)
    folder.verification.write_text("{}")
    assert verify.is_done(folder)
    folder.learning.write_text("{}")  # a verification was cut off while it learned
    assert not verify.is_done(folder)
    always = replace(warm_start, asked=lambda problem: True)
    assert always.is_asked(None, folder)  # type: ignore[arg-type]
    folder.dataset.touch()  # too late to begin with a layout on a formula
    assert not always.is_asked(None, folder)  # type: ignore[arg-type]
    folder.dataset.unlink()
    folder.surrogate.mkdir()
    (folder.surrogate / "card.json").touch()  # and nothing to wait for
    assert not always.is_asked(None, folder)  # type: ignore[arg-type]


# -- how a run ends -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "label"),
    [
        ("simulate", "simulating"),
        ("train", "training"),
        ("optimise", "searching"),
        ("verify", "verifying"),
    ],
)
def test_interrupted_run_is_charged_readable_and_goes_on(
    rerun: Callable[[str], RunFolder],
    coarse_run: RunResult,
    stage: str,
    label: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = rerun(stage)
    with monkeypatch.context() as patch:
        if stage == "optimise":  # before it has a layout: later an interruption keeps the best
            patch.setattr(search, "first_starts", interrupt)
        with pytest.raises(KeyboardInterrupt):
            windopt.run(folder.path, observer=Impatient(label, 0.5))
    summary = folder.read_summary()
    assert set(summary) >= SUMMARY_KEYS
    assert (summary["status"], summary["reason"]) == ("stopped", "interrupted")
    assert summary["aep_gwh"] is None
    assert kinds_and_status(folder) == [(stage, "cancelled")]
    assert summary["cpu_s"] > 0
    assert 0 < summary["waste_share"] <= 1.0  # the stage around it is summed up as it lasts
    for name in ARTEFACTS[stage]:
        assert not (folder.path / name).exists(), name
    whole = {"simulate": (12, 300), "verify": (4, 144)}
    if stage in whole:
        assert 0 < summary["floris_evaluations"] < whole[stage][0]
        assert 0 < summary["floris_conditions"] < whole[stage][1]

    if stage in ("simulate", "train"):  # what follows from the same is seen from other stages
        with begin(folder.path) as job:
            STAGES[stage](job)
        ours, theirs = folder, coarse_run.folder
        if stage == "train":
            one, other = (run.surrogate / "surrogate.safetensors" for run in (ours, theirs))
            assert one.read_bytes() == other.read_bytes()
        else:
            data, same = (read_dataset(run.dataset) for run in (ours, theirs))
            assert data.drop_attrs().equals(same.drop_attrs())
        assert [kind for kind, _ in kinds_and_status(folder)] == [stage, stage]
        return
    again = windopt.run(folder.path)
    assert again.summary["status"] == "completed"
    assert 0 < again.summary["waste_share"] < 1
    np.testing.assert_array_equal(again.layout, coarse_run.layout)  # as if nothing had happened
    assert again.summary["aep_gwh"] == coarse_run.summary["aep_gwh"]
    later = ASKED_STAGES[ASKED_STAGES.index(stage) :]
    assert [kind for kind, _ in kinds_and_status(folder)] == [stage, *later]


def test_interrupted_report_keeps_the_verified_result(
    rerun: Callable[[str], RunFolder], coarse_run: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = rerun("report")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(report, "write_report", interrupt)
        with pytest.raises(KeyboardInterrupt):
            windopt.run(folder.path)
    summary = folder.read_summary()
    assert summary["status"] == "stopped"
    assert summary["aep_gwh"] == coarse_run.summary["aep_gwh"]
    assert windopt.run(folder.path).summary["status"] == "completed"
    assert "Run completed." in folder.report.read_text()


def test_search_interrupted_late_is_verified_all_the_same(
    rerun: Callable[[str], RunFolder], small: LayoutProblem
) -> None:
    folder, observer = rerun("optimise"), Impatient("searching", 0.8)
    result = windopt.run(folder.path, observer=observer)
    summary = result.summary
    assert (summary["status"], summary["reason"]) == ("stopped", "the search was interrupted")
    assert check_feasibility(small, result.layout).feasible
    assert summary["gain_pct"] > 0
    assert folder.report.exists()
    state, history = observer.state, folder.read_history()
    assert state is not None
    assert (state.feasible, state.reference, state.left_s) == (True, "initial", None)
    assert state.aep_gwh == history["aep_predicted_gwh"][:-1].max()
    given = history["aep_predicted_gwh"][0]
    assert state.gain_pct == pytest.approx(100 * (state.aep_gwh / given - 1))
    assert state.energy_wh is not None
    assert 0 < state.energy_wh < summary["energy_wh"]["central"]


def test_failed_stage_is_charged_and_explained(
    rerun: Callable[[str], RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = rerun("train")

    def fail(*_: object) -> None:
        raise FloatingPointError("loss is not finite")

    monkeypatch.setattr(train, "train_surrogate", fail)
    with pytest.raises(FloatingPointError):
        windopt.run(folder.path)
    summary = folder.read_summary()
    assert summary["status"] == "failed"
    assert summary["reason"] == "FloatingPointError: loss is not finite"
    assert kinds_and_status(folder) == [("train", "failed")]
    assert not folder.surrogate.exists()


def test_spent_budget_ends_the_search_and_is_said(
    small_config: Path, tmp_path: Path, tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages_begin, "refuse_too_little", lambda *_: None)
    overrides = tiny | {"optimise.steps": 10_000_000, "budget.seconds": 1}
    result = windopt.run(small_config, tmp_path / "run", overrides)
    assert result.summary["status"] == "stopped"
    assert result.summary["reason"] == "the budget was spent"
    assert result.summary["feasible"] is True
    # training farms, a look at how long verification takes, five layouts verified: what was
    # sketched is one of them
    assert result.summary["floris_evaluations"] == 4 + 1 + 5


def test_floris_budget_that_cannot_do_is_refused(small_config: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"15 is less than the 16 .*; give at least 16 or lower"):
        begin(small_config, tmp_path / "run", {"budget.floris_evaluations": 15})
    assert not (tmp_path / "run").exists()
    assert begin(small_config, tmp_path / "run", {"budget.floris_evaluations": 16})


# -- learning from FLORIS -----------------------------------------------------------------------


@pytest.fixture
def mistaken(tiny: dict[str, Any]) -> dict[str, Any]:
    """Overrides for a surrogate so little trained that FLORIS has to teach it."""
    return tiny | {"verify.max_rounds": 1, "verify.tolerance_pct": 1e-6}


def test_surrogate_that_is_off_learns_from_floris(
    small_config: Path, tmp_path: Path, mistaken: dict[str, Any]
) -> None:
    result = windopt.run(small_config, tmp_path / "run", mistaken)
    folder, summary = result.folder, result.summary
    assert summary["status"] == "completed"
    assert [kind for kind, _ in kinds_and_status(folder)] == [
        "simulate", "train", "optimise", "verify", "retrain", "optimise", "verify", "report",
    ]  # fmt: skip
    assert summary["floris_evaluations"] == 4 + 4 + 4 + 1
    dataset = read_dataset(folder.dataset)
    assert dataset.sizes["farm"] == 4 + 4
    assert np.isfinite(dataset["power"][-1]).sum() == 9 * ROUND_CONDITIONS
    history = folder.read_history()
    verified = history["aep_gwh"][np.isfinite(history["aep_gwh"])]
    assert len(verified) == 2
    assert verified[1] >= verified[0]
    first = int(np.argmax(np.isfinite(history["aep_gwh"])))
    rows, _ = read_kept_layouts(folder.history_layouts, 9)
    assert rows.min() == 0
    assert rows.max() > first  # the second search appends to what the first has kept
    assert summary["aep_gwh"] == verified[1]


def test_learning_stays_within_the_floris_budget(
    small_config: Path, tmp_path: Path, mistaken: dict[str, Any]
) -> None:
    budget = {"budget.floris_evaluations": 4 + 4 + 3}
    result = windopt.run(small_config, tmp_path / "run", mistaken | budget)
    assert result.summary["floris_evaluations"] == 4 + 4
    assert result.summary["status"] == "completed"


def test_nobody_is_handed_a_layout_worse_than_the_known_ones(
    rerun: Callable[[str], RunFolder],
    small: LayoutProblem,
    coarse_run: RunResult,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = rerun("verify")
    solution = json.loads(folder.solution.read_text())
    row = [[420.0 * i, 10.0] for i in range(9)]
    assert check_feasibility(small, np.array(row)).feasible
    folder.solution.write_text(json.dumps(solution | {"layout": row}))
    summary = windopt.run(folder.path).summary
    assert summary["aep_gwh"] == max(summary["aep_initial_gwh"], summary["aep_grid_gwh"])
    assert summary["gain_pct"] >= 0
    assert "FLORIS finds nothing better than the grid layout" in caplog.text
    grid = coarse_run.folder.read_verification()["layouts"]["grid"]["layout"]
    np.testing.assert_allclose(read_layout_csv(folder.layout), grid, atol=1e-6)
