"""A comparison that was stopped goes on; what is finished is never done again."""

import json
from pathlib import Path
from typing import Any

import pytest

from windopt.compare import cells, plans, problem_folder
from windopt.compare.comparison import Comparison
from windopt.compare.judging import Judge, SecondOpinion
from windopt.compare.plans import plan_of_config
from windopt.errors import RunFolderError
from windopt.ledger.totals import read_ledger
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import read_layout_csv
from windopt.readers.load import load_problem
from windopt.runs.lock import FolderLock

METHODS = Path(__file__).with_name("methods.py")
ASKED: dict[str, object] = {
    "compare.methods": [f"{METHODS}:honest", f"{METHODS}:uninstalled"],
    "compare.seeds": [0, 3],
    "compare.cpu_seconds": [20, 40],
    "compare.looks": 0,
}


@pytest.fixture(scope="module")
def stopped(small_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a comparison that was interrupted while FLORIS judged its second cell."""
    out = tmp_path_factory.mktemp("comparison") / "small"
    judge, judged = Judge.judge, []

    def interrupt(self: Judge, layouts: Any) -> Any:
        judged.append(layouts)
        if len(judged) == 3:  # the reference, the first cell, the second
            raise KeyboardInterrupt
        return judge(self, layouts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Judge, "judge", interrupt)
        with pytest.raises(KeyboardInterrupt):
            Comparison(plan_of_config(small_config, ASKED), out).run()
    return out


@pytest.fixture(scope="module")
def finished(stopped: Path, small_config: Path) -> tuple[Path, dict[str, Any], list[str]]:
    """The same comparison gone on with: folder, record, and what it said."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "hold_contest", None)  # nobody has to search again
        content = Comparison(plan_of_config(small_config, ASKED), stopped, said.append).run()
    return stopped, content, said


def test_an_interrupt_leaves_everything_readable(stopped: Path) -> None:
    content = json.loads((stopped / "comparison.json").read_text())
    found = content["problems"]["small"]
    assert [cell["seed"] for cell in found["cells"]] in ([0], [0, 3])
    assert "honest" in (stopped / "comparison.md").read_text()
    assert (stopped / "comparison.html").exists()


def test_two_at_once_in_one_folder_are_refused(stopped: Path, small_config: Path) -> None:
    lock = FolderLock(stopped).take()
    try:
        with pytest.raises(RunFolderError, match=r"is at work in .*--out"):
            Comparison(plan_of_config(small_config, ASKED), stopped).run()
    finally:
        lock.release()


def test_it_goes_on_from_the_cell_that_was_cut_short(
    finished: tuple[Path, dict[str, Any], list[str]],
) -> None:
    out, content, said = finished
    assert said[0] == "2 cells, 1 of them finished"
    assert said[1] == "  small, not made yet: honest (seed 3)"
    assert said[2].startswith("to go: 1 cell: 40 CPU-seconds of search and up to some ")
    found = content["problems"]["small"]
    assert [cell["seed"] for cell in found["cells"]] == [0, 3]
    assert found["results"]["honest"]["40"]["gain_pct"]["n"] == 2
    assert list(found["verdicts"]) == ["20", "40"]
    kinds = [stage.kind for stage in read_ledger(out / "ledger.jsonl").stages]
    assert kinds.count("compare") == 2


def test_layouts_are_kept_and_feasible(
    finished: tuple[Path, dict[str, Any], list[str]], small_config: Path
) -> None:
    out, content, _ = finished
    problem = load_problem(small_config)
    for cell in content["problems"]["small"]["cells"]:
        folder = out / "cells" / "small" / "honest" / f"seed{cell['seed']}"
        layout = read_layout_csv(folder / "layout.csv")
        assert check_feasibility(problem, layout).feasible
        assert layout[0].tolist() == [300.0, 310.0 + cell["seed"]]  # the newest, without a claim
        assert not (folder / "contest.json").exists()
        assert len((folder / "trace.csv").read_text().splitlines()) == 3


def test_cells_are_in_the_ledger_apart(
    finished: tuple[Path, dict[str, Any], list[str]],
) -> None:
    out, content, _ = finished
    totals = read_ledger(out / "ledger.jsonl").totals
    contests = sum(cell["cpu_s"] for cell in content["problems"]["small"]["cells"])
    assert totals.apart["compare"].cpu_s >= 0.95 * contests
    assert totals.apart["compare"].counts["methods"] == 2
    assert "compare" not in totals.by_stage
    assert content["cost"]["compare"]["cpu_s"] == pytest.approx(totals.apart["compare"].cpu_s)


def test_who_is_not_installed_is_told_of_with_the_cure(
    finished: tuple[Path, dict[str, Any], list[str]],
) -> None:
    out, content, _ = finished
    assert content["methods"]["uninstalled"]["pip"] == "pip install no-such-distribution"
    assert content["methods"]["honest"]["missing"] == []
    page = (out / "comparison.html").read_text()
    assert "pip install no-such-distribution" in page
    assert "http" not in page.replace("https://windopt", "")  # nothing is fetched
    assert (out / "figures" / "small-anytime_cpu.png").stat().st_size > 10_000


def test_another_problem_or_budget_is_refused(
    finished: tuple[Path, dict[str, Any], list[str]], small_config: Path
) -> None:
    out, _, _ = finished
    other = ASKED | {"wake.velocity_model": "jensen"}
    with pytest.raises(RunFolderError, match="another problem 'small'"):
        Comparison(plan_of_config(small_config, other), out)
    longer = ASKED | {"compare.cpu_seconds": 80}
    with pytest.raises(RunFolderError, match="cpu_seconds_granted 40"):
        Comparison(plan_of_config(small_config, longer), out).run()


def test_the_config_finds_its_files_from_the_comparison(
    finished: tuple[Path, dict[str, Any], list[str]], small_config: Path
) -> None:
    out, _, _ = finished
    kept = load_problem(out / "problems" / "small.yaml")
    assert kept.n_turbines == 9
    assert str(small_config.parent) not in (out / "problems" / "small.yaml").read_text()
    assert plans.problem_hash(kept) == plans.problem_hash(load_problem(small_config))


def test_second_opinion_is_asked_once_a_layout(
    finished: tuple[Path, dict[str, Any], list[str]],
    small_config: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, _, _ = finished
    (out / "problems" / "small.pywake.json").unlink(missing_ok=True)
    asked: list[list[str]] = []

    def answer(problem: object, layouts: dict[str, Any], ledger: object) -> SecondOpinion | None:
        asked.append(sorted(layouts))
        opinion = {name: 1e9 * (len(asked) + layout[0, 1]) for name, layout in layouts.items()}
        return SecondOpinion("another", opinion) if layouts else None

    monkeypatch.setattr(problem_folder, "second_opinion", answer)
    for _ in range(2):
        Comparison(plan_of_config(small_config, ASKED), out).run()
    again = out / "cells" / "small" / "honest" / "seed3" / "layout.csv"
    kept = again.read_text()
    again.write_text(kept.replace("313", "353"))  # as a cell that was deleted and done again
    said = Comparison(plan_of_config(small_config, ASKED), out).run()
    again.write_text(kept)
    assert asked == [["honest/seed0", "honest/seed3", "reference"], [], ["honest/seed3"]]
    opinion = said["problems"]["small"]["facts"]["second_opinion"]["aep_gwh"]
    assert opinion["honest/seed3"] == pytest.approx(3 + 353)
    assert opinion["honest/seed0"] == pytest.approx(1 + 310)
