"""The record of an assessment and its table of differences come back as they were written."""

from pathlib import Path

from windopt.ledger.energy import EnergyWh
from windopt.runs.assessment_record import (
    AiShare,
    AssessmentRecord,
    Bill,
    Candidate,
    Gate,
    LayoutChoice,
    Rung,
    read_assessment,
    write_assessment,
)
from windopt.runs.differences import Difference, read_differences, write_differences

WH = EnergyWh(low=0.5, central=0.7, high=1.4, method="model")


def record() -> AssessmentRecord:
    final = Candidate("final", "layout found", "layout.csv", True, {"cc": 1.0}, {"cc": 0.1}, 1.0, 2)
    return AssessmentRecord(
        LayoutChoice("final", "layout.csv", 1, 1, "initial", {"cc": "FLORIS"}, (final,)),
        AiShare("undecided", "worth it", "formula", codes=("FLORIS",), models=1, seeds=1),
        Bill(WH, assessing_wh=WH),
        (Rung("given", "given layout", False, None, None, {"cc": 0.0}, 0.0),),
        Gate(True, "more than the formula may pay here"),
    )


def test_the_record_comes_back(tmp_path: Path) -> None:
    write_assessment(tmp_path / "assessment.json", record())
    back = read_assessment(tmp_path / "assessment.json")
    assert back == record()
    assert back.layout is not None
    assert back.layout.used.sampled


def test_an_assessment_of_nothing_comes_back(tmp_path: Path) -> None:
    nothing = AssessmentRecord(None, AiShare(), Bill(WH))
    write_assessment(tmp_path / "assessment.json", nothing)
    assert read_assessment(tmp_path / "assessment.json") == nothing


def test_the_differences_come_back(tmp_path: Path) -> None:
    rows = [Difference("gauss", "FLORIS", 0, 1.25), Difference("noj", "PyWake", 2, -0.5)]
    write_differences(tmp_path / "differences.csv", rows)
    assert (tmp_path / "differences.csv").read_text().splitlines()[0] == (
        "wake_model,code,seed,difference_mwh"
    )
    assert read_differences(tmp_path / "differences.csv") == rows
