"""The report's section on turbines says what is known, and why where something is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windopt.problem.measure import ENERGY, REVENUE
from windopt.problem.problem import LayoutProblem
from windopt.report.turbine_section import TurbineSection, turbine_section
from windopt.runs.folder import RunFolder, write_json

BEFORE = {"aep_gwh": 100.0, "wake_loss_pct": 9.0}
AFTER = {"aep_gwh": 110.0, "wake_loss_pct": 8.0}


@pytest.fixture
def folder(small: LayoutProblem, tmp_path: Path) -> RunFolder:
    """A run in which turbine 3 moved 500 m, turbine 5 moved 300 m, and the others stayed."""
    assert small.initial_layout is not None
    given = small.initial_layout
    found = given.copy()
    found[2] += [500.0, 0.0]
    found[4] += [0.0, 300.0]
    own = {"turbine_aep_gwh": np.full(9, 12.0), "turbine_wake_loss_pct": np.full(9, 8.0)}
    layouts = {
        "initial": {"layout": given, **BEFORE, **own},
        "final": {"layout": found, **AFTER, **own},
    }
    run = RunFolder.create(tmp_path / "run")
    write_json(run.verification, {"layouts": layouts})
    return run


def section_of(folder: RunFolder, problem: LayoutProblem) -> TurbineSection:
    layouts = folder.read_verification()["layouts"]
    return turbine_section(problem, layouts, folder.find(RunFolder.what_if))


def answered(**changes: Any) -> dict[str, Any]:
    moves = [
        {"turbine": 4, "gain_gwh": -0.25, "taken_by": None},
        {"turbine": 2, "gain_gwh": None, "taken_by": 4},
    ]
    asked = {"conditions": 97, "of": 7200, "error_gwh": 0.0123}
    return {**asked, "gain_gwh": 9.9, "moves": moves, "not_asked": [], **changes}


def test_turbines_are_told_with_their_moves(folder: RunFolder, small: LayoutProblem) -> None:
    write_json(folder.what_if, answered())
    section = section_of(folder, small)
    assert [row.number for row in section.rows[:2]] == [5, 3]
    first, second = section.rows[:2]
    assert (first.gains[-1], second.gains[-1]) == ("-0.25", "place taken by 5")
    assert (first.moved_m, second.moved_m) == pytest.approx((300.0, 500.0))
    assert {row.gains[-1] for row in section.rows[2:]} == {"stayed"}
    assert section.said[0].startswith("2 of 9 turbines have moved, by 400 m on average")
    assert "97 of 7,200 wind conditions" in section.said[2]
    assert "at most 0.012 GWh" in section.said[2]
    assert [title for title, _, _ in section.maps] == ["given layout", "optimised layout"]
    assert "No map" in section.more[0]


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        ("config", "report.cpu_seconds: 0"),
        ("budget", "the budget was spent"),
        ("size", "some 1,234 CPU-seconds, more than the 180 of report.cpu_seconds"),
    ],
)
def test_what_was_not_asked_is_not_told_and_why(
    folder: RunFolder, small: LayoutProblem, refused: str, why: str
) -> None:
    write_json(folder.what_if, {"refused": refused, "cpu_s": 1234.0, "limit_s": 180.0})
    section = section_of(folder, small)
    assert why in section.said[1]
    assert why in section.more[0]
    assert section.one_more == ""
    assert {row.gains[-1] for row in section.rows} == {"", "stayed"}


def test_folder_of_an_earlier_version_is_told_how_to_ask(
    folder: RunFolder, small: LayoutProblem
) -> None:
    assert "--ask 180" in section_of(folder, small).more[0]


def test_moves_without_an_answer_are_counted(folder: RunFolder, small: LayoutProblem) -> None:
    write_json(folder.what_if, answered(not_asked=[2], moves=answered()["moves"][:1]))
    said = " ".join(section_of(folder, small).said)
    assert "For the 1 that moved least there was no time to ask FLORIS." in said


def test_without_a_given_layout_no_turbine_moved(folder: RunFolder, small: LayoutProblem) -> None:
    layouts = folder.read_verification()["layouts"]
    write_json(
        folder.verification, {"layouts": {"grid": layouts["initial"], "final": layouts["final"]}}
    )
    section = section_of(folder, small)
    assert section.ways == ""
    assert "no turbine has moved" in section.said[0]
    assert [row.number for row in section.rows] == list(range(1, 10))


def test_moves_that_earn_most_come_first_where_the_revenue_is_maximised(
    folder: RunFolder, small: LayoutProblem
) -> None:
    moves = [
        {"turbine": 4, "gain_gwh": 0.75, "revenue": -12_000.0, "taken_by": None},
        {"turbine": 2, "gain_gwh": -0.25, "revenue": 34_567.0, "taken_by": None},
    ]
    write_json(folder.what_if, answered(moves=moves, revenue=22_000.0))
    section = section_of(folder, small)
    assert section.measures == [REVENUE, ENERGY]
    gains = [(row.number, row.gains) for row in section.rows[:2]]
    assert gains == [(3, ("+34.6", "-0.25")), (5, ("-12.0", "+0.75"))]
    assert "+22.0 thousand and +9.90 GWh" in section.said[2]
    assert section.said[-1] == "The moves that gained most: 3 (+34.6 thousand)."


def test_newcomer_is_held_against_turbines_of_its_own_type(
    mixed: LayoutProblem, tmp_path: Path
) -> None:
    n, kind = mixed.n_turbines, 1
    own = np.where(mixed.types == kind, 40.0, 70.0)
    final = {"layout": np.zeros((n, 2)), **AFTER, "turbine_aep_gwh": own}
    run = RunFolder.create(tmp_path / "run")
    write_json(run.verification, {"layouts": {"final": final | {"turbine_wake_loss_pct": own}}})
    place = {"x": 0.0, "y": 0.0, "gain_gwh": 35.0}
    answers = answered(type=mixed.turbines[kind].name, places=[place])
    ranked = {"places": [[0.0, 0.0]], "values": [1.0], "step_m": 100.0}
    write_json(run.what_if, answers | {"map": ranked})
    section = section_of(run, mixed)
    assert "now one yields 40.00 GWh on average" in section.more[0]
    assert mixed.turbines[mixed.types[0]].name in section.maps[0][2]
