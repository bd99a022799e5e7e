"""`windopt assess`: other seeds, a panel of judges, and what is left where it is interrupted."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from windopt.assessment.duel import duel, table_of
from windopt.commands import cli
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult, begin, run
from windopt.problem.constraints import check_feasibility
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder
from windopt.stages import assess as assessing
from windopt.stages.assess import assess_run, plan_of
from windopt.stages.judges import let_judge
from windopt.stages.summary import outcome, sum_up
from windopt.verification.second_code import ask_pywake
from windopt.verification.wake_models import ask_wake_models

pytestmark = pytest.mark.usefixtures("pipeline_pool", "light_searches")

PANEL = ["gauss", "cc", "pywake:gauss"]
SEARCHES = [("analytic", 0), ("fitted", 0)] + [(n, 1) for n in ("final", "analytic", "fitted")]
"""What a run with seed 0 has not done yet."""


@pytest.fixture(scope="module")
def finished(
    small_config: Path, tiny: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> RunResult:
    """A finished robust run; look, but do not write."""
    out = tmp_path_factory.mktemp("assess") / "run"
    asked = {"train.from": "shipped", "robust": {"wake_models": ["gauss", "cc"]}, "seed": 0}
    panel = {"assessment.panel": PANEL, "assessment.seeds": 2}
    return run(small_config, out, {**tiny, **asked, **panel})


@pytest.fixture(scope="module")
def assessed(finished: RunResult, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The same run, assessed; look, but do not write."""
    folder = copy_of(finished, tmp_path_factory.mktemp("assessed"))
    with begin(folder.path) as job:
        assess_run(job)
        sum_up(job, *outcome(job))
    return folder


def copy_of(finished: RunResult, where: Path) -> RunFolder:
    shutil.copytree(finished.folder.path, where / "run")
    return RunFolder(where / "run")


def test_a_run_alone_says_what_is_missing_and_what_it_takes(finished: RunResult) -> None:
    ai = finished.folder.read(RunFolder.assessment_record).ai
    assert (ai.answer, ai.rival) == ("unknown", None)
    assert ai.asking is not None
    assert ai.asking.startswith("`windopt assess ")
    assert "/run`, 1 search with learning, 4 searches without" in ai.asking
    assert "CPU-seconds" in ai.asking
    assert not finished.folder.differences.exists()


def test_plan_tells_what_is_missing(finished: RunResult, tmp_path: Path) -> None:
    folder = copy_of(finished, tmp_path)
    with begin(folder.path) as job:
        plan = plan_of(job)
        more = plan_of(job, seeds=3)
    assert list(plan.missing.searches) == SEARCHES
    assert list(plan.missing.models) == PANEL
    assert plan.missing.cpu_s > 0
    assert len(more.missing.searches) == 8
    # each search without learning is granted what the run took
    assert more.missing.search_cpu_s > plan.missing.search_cpu_s


def test_all_searches_and_judges_are_there(assessed: RunFolder) -> None:
    asked = assessed.read(RunFolder.asked)
    names = {"analytic", "fitted", "final seed 1", "single seed 1"}
    names |= {"analytic seed 1", "fitted seed 1"}
    assert {name for name in asked.layouts if ", look " not in name} == names
    assert set(asked.judged.aep_gwh) == set(PANEL)
    problem = load_problem(assessed.config)
    for one in asked.searches:
        assert check_feasibility(problem, one.layout).feasible
        assert one.cpu_s > 0
        assert one.energy_wh["method"]


def test_every_difference_is_that_of_the_codes_themselves(assessed: RunFolder) -> None:
    problem, rows = load_problem(assessed.config), assessed.read(RunFolder.differences)
    assert {(row.wake_model, row.seed) for row in rows} == {(m, k) for m in PANEL for k in (0, 1)}
    ai = assessed.read(RunFolder.assessment_record).ai
    asked = assessed.read(RunFolder.asked).layouts
    layouts = {"final": assessed.read(RunFolder.verification).final.layout} | asked
    floris = ask_wake_models(problem, layouts, ["gauss", "cc"])
    pywake, _ = ask_pywake(problem, layouts, ["gauss"])
    said = {**floris, "pywake:gauss": pywake["gauss"].aep}
    for row in rows:
        assert row.code == ("PyWake" if row.wake_model == "pywake:gauss" else "FLORIS")
        seed = f" seed {row.seed}" if row.seed else ""
        aep = said[row.wake_model]
        expected = (aep[f"final{seed}"] - aep[f"{ai.rival}{seed}"]) / 1e6
        assert row.difference_mwh == pytest.approx(expected, abs=1e-3)


def test_answer_follows_from_the_differences(assessed: RunFolder) -> None:
    record = assessed.read(RunFolder.assessment_record)
    ai, rows = record.ai, assessed.read(RunFolder.differences)
    assert (ai.models, ai.seeds, ai.codes) == (3, 2, ("FLORIS", "PyWake"))
    assert ai.delta_mwh is not None
    assert ai.std_rose_mwh == 0.0  # the small rose is asked as a whole
    found = duel(table_of(rows), ai.delta_mwh)
    assert (ai.answer, ai.leaning) == (found.answer, found.leaning)
    assert ai.p_better == pytest.approx(found.p_better)
    assert ai.asking is None
    judged = assessed.read(RunFolder.asked).judged
    reference = np.mean([judged.aep_gwh[model]["initial"] for model in PANEL])
    assert ai.delta_mwh == pytest.approx(0.0005 * 1e3 * reference)
    assert ai.delta_pct == pytest.approx(0.05)


def test_layout_is_the_best_on_average_of_all(assessed: RunFolder) -> None:
    layout, judged = (
        assessed.read(RunFolder.assessment_record).layout,
        assessed.read(RunFolder.asked).judged,
    )
    assert layout is not None
    names = {name for name in judged.aep_gwh["gauss"] if ", look " not in name}
    assert {one.name for one in layout.candidates} == names
    means = {name: np.mean([judged.aep_gwh[m][name] for m in PANEL]) for name in names}
    assert layout.use == max(means, key=lambda name: means[name])
    for one in layout.candidates:
        assert (assessed.path / one.file).is_file()
        over = {m: judged.aep_gwh[m]["initial"] for m in PANEL}
        gains = [judged.aep_gwh[m][one.name] - over[m] for m in PANEL]
        assert one.mean_gain_gwh == pytest.approx(np.mean(gains))


def test_ladder_goes_from_the_given_layout_to_the_kernels(assessed: RunFolder) -> None:
    ladder = assessed.read(RunFolder.assessment_record).ladder
    expected = ["given", "grid", "formula", "fitted formula", "kernel", "kernels"]
    assert [one.rung for one in ladder] == expected
    assert [one.learned for one in ladder] == [False] * 4 + [True] * 2
    assert ladder[0].mean_gain_gwh == 0.0
    assert sum(one.share_pct or 0.0 for one in ladder) == pytest.approx(100.0)


def test_it_is_charged_apart_from_the_run(finished: RunResult, assessed: RunFolder) -> None:
    before, after = (read_ledger(one.ledger).totals for one in (finished.folder, assessed))
    assert "assess" not in before.apart
    assert after.apart["assess"].energy.central > 0
    assert after.by_stage["optimise"].cpu_s == before.by_stage["optimise"].cpu_s
    bill = assessed.read(RunFolder.assessment_record).bill
    assert bill.assessing_wh is not None
    parts = [after.apart[kind].energy for kind in ("assess", "robustness") if kind in after.apart]
    assert bill.assessing_wh["central"] == pytest.approx(sum(e.central for e in parts) / 3600)


def test_what_is_interrupted_goes_on(
    finished: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of(finished, tmp_path)
    made: list[tuple[str, int]] = []
    asked: list[str] = []
    search = assessing._search
    # what they find does not matter here
    found = finished.layout
    monkeypatch.setattr(assessing, "search_without_learning", lambda *_: (found, []))
    alike = SimpleNamespace(layout=found, status="converged")
    both = {"final": alike, "single": alike}
    monkeypatch.setattr(assessing, "search_with_learning", lambda *_: both)

    def twice(job: Any, name: str, seed: int) -> None:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append((name, seed))
        search(job, name, seed)

    monkeypatch.setattr(assessing, "_search", twice)
    with pytest.raises(KeyboardInterrupt), begin(folder.path) as job:
        assess_run(job)
    assert made == SEARCHES[:2]
    with begin(folder.path) as job:
        assert list(plan_of(job).missing.searches) == SEARCHES[2:]
    # judges that are interrupted go on as well
    monkeypatch.setattr(assessing, "_search", search)
    judge = let_judge

    def once(job: Any, so_far: Any, model: str, *others: Any) -> Any:
        if asked:
            raise KeyboardInterrupt
        asked.append(model)
        return judge(job, so_far, model, *others)

    monkeypatch.setattr(assessing, "let_judge", once)
    with pytest.raises(KeyboardInterrupt), begin(folder.path) as job:
        assess_run(job)
    with begin(folder.path) as job:
        missing = plan_of(job).missing
    assert (missing.searches, list(missing.models)) == ((), PANEL[1:])


def test_a_limit_of_time_leaves_searches_for_later(
    finished: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of(finished, tmp_path)
    monkeypatch.setattr(assessing, "_search", lambda *_: pytest.fail("there is no time for it"))
    with begin(folder.path) as job:
        assess_run(job, cpu_seconds=1.0)
        sum_up(job, *outcome(job))
    record = folder.read(RunFolder.assessment_record)
    assert record.layout is not None
    assert set(record.layout.codes) == set(PANEL)  # what there is, is judged all the same
    assert record.ai.answer == "unknown"
    assert record.ai.asking is not None


@pytest.fixture
def windopt() -> Callable[..., Any]:
    return lambda *arguments: CliRunner().invoke(cli.app, [str(one) for one in arguments])


def test_the_command_says_beforehand_what_it_takes(
    finished: RunResult,
    tmp_path: Path,
    windopt: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, did = copy_of(finished, tmp_path), []
    monkeypatch.setattr("windopt.stages.assess.assess_run", lambda *asked: did.append(asked[1:]))
    ended = windopt("assess", folder.path, "--seeds", 4, "--cpu-seconds", 9, "--yes")
    assert ended.exit_code == 0
    assert did == [(4, 9.0)]
    assert "to do: 3 searches with learning, 8 searches without and" in ended.output
    assert "The AI's share" in ended.output


@pytest.mark.parametrize("of", ["nothing", "a config", "an unfinished run"])
def test_what_cannot_be_assessed_is_refused(
    finished: RunResult, tmp_path: Path, windopt: Callable[..., Any], of: str
) -> None:
    folder = copy_of(finished, tmp_path)
    sources = {"nothing": tmp_path / "none", "a config": folder.config}
    if of == "an unfinished run":
        folder.verification.unlink()
    ended = windopt("assess", sources.get(of, folder.path))
    assert ended.exception.exit_code == 2
    assert any(cure in str(ended.exception) for cure in ("windopt run", "check the path"))
