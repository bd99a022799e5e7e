"""A given layout that breaks the rules: the gain is told over it as given, and as repaired."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import windopt
from windopt.floris.simulator import Simulator
from windopt.pipeline import RunResult
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.violations import violations
from windopt.report.console import summary_table
from windopt.report.wording import given_sentences
from windopt.runs.folder import RunFolder
from windopt.stages.references import layout_as_given
from windopt.verification.evaluate import Verification


@pytest.fixture(scope="module")
def verdict(small: LayoutProblem, small_run: RunResult) -> Verification:
    """The judge asked anew, in this process."""
    return windopt.verify(small, small_run.layout, Simulator(small))


def test_judge_tells_the_gain_over_both(small: LayoutProblem, verdict: Verification) -> None:
    given = small.initial_layout
    assert given is not None
    assert verdict.as_given is not None
    assert verdict.reference is not None
    np.testing.assert_array_equal(verdict.as_given.layout, given)
    assert not verdict.as_given.feasibility.feasible
    assert verdict.reference.feasibility.feasible
    assert verdict.gain_over_as_given_pct == pytest.approx(
        100 * (verdict.aep / verdict.as_given.aep - 1)
    )
    assert verdict.gain_over_as_given_pct != pytest.approx(verdict.gain_pct, abs=1e-3)


def test_a_feasible_layout_is_its_own_repair(small: LayoutProblem, small_run: RunResult) -> None:
    problem = replace(small, initial_layout=small_run.layout)
    judged = windopt.verify(problem, small_run.layout, Simulator(problem))
    assert judged.as_given is judged.reference
    assert judged.gain_pct == judged.gain_over_as_given_pct == pytest.approx(0.0)


def test_summary_has_both_gains(small_run: RunResult, verdict: Verification) -> None:
    summary = small_run.summary
    assert verdict.as_given is not None
    assert summary["aep_as_given_gwh"] == pytest.approx(verdict.as_given.aep / 1e9, rel=1e-8)
    assert summary["gain_over_as_given_pct"] == pytest.approx(
        verdict.gain_over_as_given_pct, abs=1e-5
    )
    assert summary["gain_pct"] == pytest.approx(verdict.gain_pct, abs=1e-5)
    assert summary["given_feasible"] is False


def test_summary_names_who_was_wrong_and_who_was_moved(
    small: LayoutProblem, small_run: RunResult
) -> None:
    given = small.initial_layout
    assert given is not None
    wrong = violations(small, given)
    told = small_run.summary
    assert [one["turbine"] for one in told["given_outside"]] == [w.turbine for w in wrong.outside]
    assert [one["distance_m"] for one in told["given_outside"]] == pytest.approx(
        [w.distance_m for w in wrong.outside]
    )
    way = np.hypot(*(repair(small, given, small.config.seed) - given).T)
    assert {one["turbine"]: one["distance_m"] for one in told["given_moved"]} == pytest.approx(
        {int(i) + 1: way[i] for i in np.flatnonzero(way > 1e-3)}
    )


def test_console_report_and_assessment_say_so(small_run: RunResult) -> None:
    folder, summary = small_run.folder, small_run.summary
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(summary_table(summary))
    table = console.export_text()
    given, moved = f"{summary['aep_as_given_gwh']:,.1f} GWh", summary["given_moved"]
    assert "given layout, repaired" in table
    assert given in table
    assert f"gain {summary['gain_over_as_given_pct']:+.2f} %" in table
    assert "turbines up to " in table
    assert "repair moved" in table
    page, assessment = folder.report.read_text(), folder.assessment.read_text()
    for text in (page, assessment):
        assert "The given layout breaks the rules: turbine " in text
        assert f"gains {summary['gain_over_as_given_pct']:+.2f} % over it" in text
        assert "given layout, repaired" in text
    farthest = max(moved, key=lambda one: one["distance_m"])
    assert f"{farthest['turbine']} by " in page
    assert "given layout, as given" in page
    assert "Distances begin where the repair of the given layout has put" in page


def test_the_assessment_names_what_it_compares_with(small_run: RunResult) -> None:
    layout = small_run.folder.read(RunFolder.assessment_record).layout
    assert layout is not None
    assert layout.over == "initial"
    labels = {one.name: one.label for one in layout.candidates}
    assert labels["initial"] == "given layout, repaired"


def test_nothing_is_said_of_a_layout_that_keeps_the_rules() -> None:
    assert given_sentences({"given_feasible": True}) == []
    assert given_sentences({"given_feasible": None}) == []
    assert given_sentences({}) == []


def test_json_is_plain(small_run: RunResult) -> None:
    verdict = json.loads(Path(small_run.folder.verification).read_text())
    assert set(verdict["as_given"]) >= {"aep_gwh", "outside", "too_close", "moved", "layout"}
    assert verdict["layouts"]["initial"]["repaired"] is True


def test_a_given_layout_that_keeps_the_rules_is_not_asked_about_twice(small: LayoutProblem) -> None:
    given = small.initial_layout
    assert given is not None
    kept = replace(small, initial_layout=repair(small, given))
    assert layout_as_given(kept) is None
    outside = replace(small, initial_layout=given + 10_000.0)
    assert layout_as_given(outside) is outside.initial_layout
    assert layout_as_given(replace(small, initial_layout=None)) is None
