"""Who found the answer is told alike in every file of a run."""

from typing import get_args

from windopt.pipeline import RunResult
from windopt.report.found_by import found_sentences
from windopt.runs.folder import RunFolder
from windopt.search.solution import FoundBy


def test_every_file_names_the_same_part(small_run: RunResult) -> None:
    folder, summary = small_run.folder, small_run.summary
    part = summary["found_by"]
    assert part in get_args(FoundBy)
    assert folder.read_verification()["found_by"] == part
    assert folder.read_history()["found_by"][-1] == part
    origin = folder.read(RunFolder.solution).solution.origin
    assert origin is not None
    if part not in ("given", "grid"):  # there FLORIS may have overruled the search
        assert (origin.found_by, origin.start) == (part, summary["origin"]["start"])
    assert summary["origin"]["warm_start_gain_pct"] is None  # no time was limited
    assessment, report = folder.assessment.read_text(), folder.report.read_text()
    assert found_sentences(summary) in assessment
    assert found_sentences(summary).split("; ")[0][:40] in report


def test_improvements_are_marked_by_the_part_that_found_them(small_run: RunResult) -> None:
    history = small_run.folder.read_history()
    assert history["start"][0] == "given"
    assert history["found_by"][0] == "given"  # the given layout is judged before anything else
    searched = history["found_by"][1:-1]
    assert set(searched) <= {"given", "grid", "learning"}
