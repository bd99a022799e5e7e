"""`assessment.md` answers by itself: which layout, how much is the AI's, how sure, at what cost."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from windopt.problem.problem import LayoutProblem
from windopt.report.assessment import write_assessment
from windopt.report.html import write_report
from windopt.runs.assessment_record import AiShare, AssessmentRecord, Gate
from windopt.runs.folder import RunFolder, write_json

Summary = dict[str, Any]
ASKING = "windopt assess RUN does it: 4 searches: about 900 CPU-seconds"


def page(folder: Path, record: AssessmentRecord, summary: Summary) -> str:
    run = RunFolder(folder)
    run.write(RunFolder.assessment_record, record)
    write_assessment(run, summary)
    return run.assessment.read_text()


def test_the_page_answers(tmp_path: Path, assessed: AssessmentRecord, summed_up: Summary) -> None:
    told = page(tmp_path, assessed, summed_up)
    _, use, share, bill, *_ = told.split("\n\n")
    assert use.startswith("**Use**: layout.csv: best under 3 of 3 wake models; on average 12 GWh")
    assert share.startswith("**The AI's share**: +1.0 of 12 GWh a year (8 %)")
    assert bill.startswith("**The bill**: 0.75 Wh (0.25 to 2.2) for the run")
    headings = re.findall(r"^## (.*)$", told, re.MULTILINE)
    assert headings == [
        "What each step found",
        "To quote",
        "How sure, and why",
        "What is assumed",
        "Repeat it",
    ]
    assert "| search with a wake formula | 11.0 | 9.00 to 13.0 | 0.30 (0.10 to 0.90) |" in told
    assert "](figures/ladder.png)" in told
    assert "> To arrange the 25 turbines, the AI took" in told
    assert "**undecided, leaning towards: worth it**" in told
    assert "They belong to 2 codes of different makers (FLORIS and PyWake)" in told
    assert "ran 4 times each" in told
    assert "0.58 GWh from wake model to wake model, 0.12 GWh from repetition to repetition" in told
    assert "less than 0.05 % of the farm's yield (0.50 GWh a year) was declared beforehand" in told
    assert "| pywake:gauss | +13.0 | +13.0 |" in told
    assert "stand 2.50 rotor diameters apart" in told
    assert "windopt assess ." in told


def test_it_needs_no_knowledge_of_the_code(
    tmp_path: Path, assessed: AssessmentRecord, summed_up: Summary
) -> None:
    told = page(tmp_path, assessed, summed_up)
    assert not re.search(r"10\^|10¹|turned by an error|kernel|surrogate|energy returned", told)


def test_models_of_one_code_share_their_blindness(
    tmp_path: Path, assessed: AssessmentRecord, summed_up: Summary
) -> None:
    assert assessed.layout is not None
    floris = dict.fromkeys(assessed.layout.codes, "FLORIS")
    told = page(
        tmp_path, replace(assessed, layout=replace(assessed.layout, codes=floris)), summed_up
    )
    assert "All belong to one code, FLORIS. Models of one code share their blindness" in told


def test_a_run_that_nobody_asked(
    tmp_path: Path, assessed: AssessmentRecord, summed_up: Summary
) -> None:
    told = page(tmp_path, replace(assessed, ai=AiShare(asking=ASKING)), summed_up)
    assert told.count("To know: `windopt assess RUN` does it: 4 searches") == 2
    assert "By the rule" not in told


def test_what_was_expected_stands_beside_it(
    tmp_path: Path, assessed: AssessmentRecord, summed_up: Summary
) -> None:
    told = page(tmp_path, replace(assessed, gate=Gate(True, "wakes take about 9 %")), summed_up)
    assert "Before anything was spent, this was expected: wakes take about 9 %." in told


def test_nothing_to_hold_it_against(
    tmp_path: Path, assessed: AssessmentRecord, summed_up: Summary
) -> None:
    bare = replace(assessed, layout=None, ladder=(), ai=AiShare(asking=ASKING))
    told = page(tmp_path, bare, summed_up)
    assert "What each step found" not in told
    assert "![" not in told
    assert "there is no other layout" in told


@pytest.fixture(scope="module")
def report(
    borssele: LayoutProblem,
    finished_run: RunFolder,
    assessed: AssessmentRecord,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    folder = RunFolder(tmp_path_factory.mktemp("assessed") / "run")
    shutil.copytree(finished_run.path, folder.path)
    folder.write(RunFolder.assessment_record, assessed)
    return write_report(folder, borssele).read_text()


def test_report_begins_with_the_three_lines(report: str) -> None:
    first = report[: report.index('<div class="cards">')]
    assert re.findall(r"<dt>([^<]*)</dt>", first) == ["Use", "The AI&#39;s share", "The bill"]
    assert "<blockquote>To arrange the 25 turbines, the AI took" in first
    assert re.search(r'<img src="data:image/png;base64,[^"]*" alt="Gain in yearly energy', first)
    assert "<td>0.75 Wh × 3,600 J/Wh / 60 W</td>" in first


def test_report_says_how_sure_and_why(report: str) -> None:
    assert '<h2 id="assessment">How sure, and why</h2>' in report
    assert "<b>undecided, leaning towards: worth it</b>" in report
    assert "<i>very probably</i>" in report
    assert "Verdict" not in report


def test_report_of_an_unassessed_run_says_what_to_do(
    borssele: LayoutProblem, finished_run: RunFolder, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "run")
    shutil.copytree(finished_run.path, folder.path)
    write_json(folder.summary, finished_run.read_summary())
    told = write_report(folder, borssele).read_text()
    assert "<code>windopt assess</code>" in told
