"""Baselines without learning and other wake models: in FLORIS, at equal cost, booked apart."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windopt.errors import ConfigError, RunFolderError
from windopt.floris.simulator import Simulator
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult, begin, run
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import read_layout_csv
from windopt.problem.other_wakes import under_wake_model
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder
from windopt.search.trials import search_by_trial
from windopt.stages.baseline import run_baselines
from windopt.stages.robustness import ask_other_wake_models
from windopt.stages.summary import outcome, sum_up
from windopt.stages.verify import verify_layout
from windopt.verification.evaluate import judge

pytestmark = pytest.mark.usefixtures("pipeline_pool")

SHARE = 0.06
"""Of what the run was charged: baselines are granted that, and tests end sooner."""


@pytest.fixture(scope="module")
def cheap_run(
    small_run: RunResult, tmp_path_factory: pytest.TempPathFactory, pipeline_pool: None
) -> RunFolder:
    """Copy the finished run, its bill made smaller."""
    copy = tmp_path_factory.mktemp("baselines") / "small"
    shutil.copytree(small_run.folder.path, copy)
    folder = RunFolder(copy)
    records = [json.loads(line) for line in folder.ledger.read_text().splitlines()]
    for record in records:
        for key in {"cpu_s_self", "cpu_s_children"} & set(record):
            record[key] *= SHARE
    folder.ledger.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return folder


@pytest.fixture(scope="module")
def proven(cheap_run: RunFolder) -> tuple[RunFolder, dict[str, Any], float]:
    """The run after all that can be asked about it, its summary, and what it took itself."""
    before = read_ledger(cheap_run.ledger).totals.cpu_s
    with begin(cheap_run.path, charged_to="baseline") as job:
        run_baselines(job, ["analytic", "floris"])
        ask_other_wake_models(job, ["jensen", "cc", "turboparkgauss"])
        summary = sum_up(job, *outcome(job))
    return cheap_run, summary, before


def test_baselines_are_judged_by_floris_and_feasible(
    proven: tuple[RunFolder, dict[str, Any], float], small: LayoutProblem
) -> None:
    folder, summary, _ = proven
    for name, one in folder.read_json(folder.baselines)["baselines"].items():
        layout = read_layout_csv(folder.path / "baselines" / f"{name}.csv")
        np.testing.assert_allclose(layout, one["layout"], atol=1e-3)
        assert check_feasibility(small, layout).feasible
        aep = judge(small, {name: layout}, Simulator(small))[name].aep
        assert one["aep_gwh"] * 1e9 == pytest.approx(aep, rel=1e-6)
        over = 100 * (summary["aep_gwh"] / one["aep_gwh"] - 1)
        assert summary["baselines"][name]["gain_over_it_pct"] == pytest.approx(over)


def test_baselines_get_what_the_run_took_and_are_booked_apart(
    proven: tuple[RunFolder, dict[str, Any], float],
) -> None:
    folder, summary, granted = proven
    totals = read_ledger(folder.ledger).totals
    assert set(totals.apart) == {"baseline", "robustness"}
    assert totals.cpu_s == pytest.approx(granted)
    assert summary["cpu_s"] == pytest.approx(granted)
    content = folder.read_json(folder.baselines)
    assert content["granted_cpu_s"] == pytest.approx(granted)
    for one in content["baselines"].values():
        assert one["cpu_s"] > 0.0
        energies = [look["energy_wh"] for look in one["looks"]]
        assert energies == sorted(energies)
        assert one["aep_gwh"] == max(look["aep_gwh"] for look in one["looks"])
    assert (
        sum(one["energy_wh"] for one in content["baselines"].values())
        <= (totals.apart["baseline"].energy_wh["central"])
    )


def test_wake_models_judge_the_same_layouts(
    proven: tuple[RunFolder, dict[str, Any], float], small: LayoutProblem
) -> None:
    folder, summary, _ = proven
    said = folder.read_json(folder.robustness)
    assert list(said["aep_gwh"]) == ["gauss", "jensen", "cc", "turboparkgauss"]
    other = under_wake_model(small, "jensen")
    layouts = folder.read_verification()["layouts"]
    for name in ("initial", "final"):
        layout = np.array(layouts[name]["layout"])
        aep = judge(other, {name: layout}, Simulator(other))[name].aep
        assert said["aep_gwh"]["jensen"][name] * 1e9 == pytest.approx(aep, rel=1e-9)
    gains = [aep["final"] - aep["initial"] for aep in said["aep_gwh"].values()]
    assert said["spread_gwh"]["initial"] == pytest.approx(np.std(gains, ddof=1))
    assert summary["wake_models"]["jensen"] == pytest.approx(
        100 * gains[1] / said["aep_gwh"]["jensen"]["initial"]
    )


def test_what_learning_earned_is_known(
    proven: tuple[RunFolder, dict[str, Any], float],
) -> None:
    folder, summary, _ = proven
    worth = summary["worth"]
    assert worth["spread_wh_per_year"] > 0
    assert worth["baseline"] in ("analytic", "floris")
    final = summary["aep_gwh"]
    best = max(one["aep_gwh"] for one in summary["baselines"].values())
    assert worth["attributable_wh_per_year"] / 1e9 == pytest.approx(final - best, abs=1e-9)
    record = folder.read(RunFolder.assessment_record)
    assert (record.ai.answer, record.ai.seeds) == ("unknown", 1)  # of one seed
    assert record.ai.models == 4
    assert record.ai.asking is not None
    own = [row for row in folder.read(RunFolder.differences) if row.wake_model == "gauss"]
    rival = summary["baselines"][record.ai.rival]["aep_gwh"]
    assert own[0].difference_mwh == pytest.approx(1e3 * (final - rival), abs=1e-5)
    text = folder.assessment.read_text()
    assert "same search on a wake formula" in text
    assert "| jensen (FLORIS) | " in text
    assert "turboparkgauss" in text


def test_another_verification_forgets_what_was_said(cheap_run: RunFolder, tmp_path: Path) -> None:
    copy = RunFolder(tmp_path / "copy")
    shutil.copytree(cheap_run.path, copy.path)
    copy.baselines.write_text("{}")
    copy.robustness.write_text("{}")
    with begin(copy.path) as job:
        verify_layout(job)
    assert not copy.baselines.exists()
    assert not copy.robustness.exists()


def test_stages_need_a_verdict(cheap_run: RunFolder, tmp_path: Path) -> None:
    copy = RunFolder(tmp_path / "copy")
    shutil.copytree(cheap_run.path, copy.path)
    copy.verification.unlink()
    with begin(copy.path) as job:
        for stage in (
            lambda: run_baselines(job, ["floris"]),
            lambda: ask_other_wake_models(job, ["cc"]),
        ):
            with pytest.raises(RunFolderError, match="windopt verify"):
                stage()


def test_run_asks_what_the_config_asks_and_resumes(
    small_config: Path, tiny: dict[str, Any], tmp_path: Path
) -> None:
    asked = {"robustness.wake_models": ["gauss", "jensen", "cc", "turbopark"]}
    first = run(small_config, tmp_path / "run", tiny | asked | {"optimise.starts": 1})
    assert set(first.summary["wake_models"]) == {"gauss", "jensen", "cc", "turbopark"}
    stages = len(read_ledger(first.folder.ledger).stages)
    first.folder.robustness.unlink()
    again = run(first.folder.path)
    kinds = [stage.kind for stage in read_ledger(again.folder.ledger).stages[stages:]]
    assert kinds == ["between", "check", "robustness", "report"]


def test_too_few_wake_models_are_refused(small_config: Path) -> None:
    with pytest.raises(ConfigError, match="name at least 4 with gauss"):
        load_problem(small_config, {"robustness.wake_models": ["jensen", "gauss"]})


def test_trials_keep_every_rule_and_are_worth_their_time(
    unrefined: LayoutProblem, pool: Any
) -> None:
    heard: list[float] = []
    layouts: list[np.ndarray] = []

    def note(row: Any, layout: np.ndarray) -> None:
        heard.append(row.aep)
        layouts.append(layout)

    found = search_by_trial(unrefined, 0, 2.0, pool, on_improvement=note)
    assert all(check_feasibility(unrefined, layout).feasible for layout in layouts)
    assert heard == sorted(heard)
    judged = judge(unrefined, {"first": layouts[0], "found": found.layout}, Simulator(unrefined))
    assert judged["found"].aep > judged["first"].aep
    # wake loss by a sample in proportion to it: the level is right, too
    assert found.aep_predicted == pytest.approx(judged["found"].aep, rel=0.005)


def test_trials_can_be_interrupted(unrefined: LayoutProblem, pool: Any) -> None:
    def interrupt(share: float) -> None:
        raise KeyboardInterrupt

    found = search_by_trial(unrefined, 0, 20.0, pool, progress=interrupt)
    assert found.status == "stopped"
    assert check_feasibility(unrefined, found.layout).feasible


def test_a_formula_has_no_baseline_of_its_own_kind(
    cheap_run: RunFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = RunFolder(tmp_path / "copy")
    shutil.copytree(cheap_run.path, copy.path)
    copy.baselines.unlink(missing_ok=True)
    with begin(copy.path) as job:
        job.learns = False
        run_baselines(job, ["analytic"])
    assert copy.read_json(copy.baselines)["baselines"] == {}


def test_questions_that_go_by_aep_are_refused_where_revenue_is_the_aim(
    cheap_run: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(cheap_run.path, tmp_path / "run")
    with begin(tmp_path / "run") as job:
        wind = job.problem.wind
        paid = replace(wind, value=np.full(wind.probability.shape, 50.0))
        job.problem = replace(job.problem, wind=paid)
        with pytest.raises(ConfigError, match=r"value.*searches without learning go by AEP"):
            run_baselines(job, ["analytic"])
        with pytest.raises(ConfigError, match=r"value.*other wake models judge by AEP.*without"):
            ask_other_wake_models(job, ["jensen"])


def test_folder_published_without_its_solution_is_summed_up_again(
    cheap_run: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(cheap_run.path, tmp_path / "run")
    (tmp_path / "run" / "solution.json").unlink()
    with begin(tmp_path / "run") as job:
        summary = sum_up(job, *outcome(job))
    assert (summary["status"], summary["reason"]) == ("completed", "")
