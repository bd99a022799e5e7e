"""A method that lies, is sloppy, crashes or declines counts with what it feasibly proposed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from windopt.compare.cells import Cell
from windopt.compare.contest import Contest
from windopt.compare.judging import Judge
from windopt.compare.wording import cell_troubles
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.base import VcpuMeter
from windopt.problem.constraints import check_feasibility
from windopt.problem.problem import LayoutProblem

Hold = Callable[..., tuple[Contest, Path]]


def test_a_liar_is_judged_by_floris(
    hold: Hold, small: LayoutProblem, small_config: Path, tmp_path: Path
) -> None:
    contest, _ = hold("liar")
    assert contest.status == "returned"
    (held,) = contest.held  # the truth that came later was less than the lie
    assert held.claim == 1e13
    cell = Cell(tmp_path, "small", small_config, "", "liar", "liar", 0, 60.0, (60.0,))
    content: dict[str, Any] = {
        "method": "liar",
        "seed": 0,
        "status": contest.status,
        "note": "",
        "proposals": contest.counts,
        "looks": cell._looks(contest, small),
    }
    with_ledger = Judge(small, Ledger.open(tmp_path / "ledger.jsonl", meter=VcpuMeter()))
    judged = cell.judge(small, content, with_ledger)
    (look,) = judged["looks"]
    assert look["aep_claimed_gwh"] == pytest.approx(1e4)
    assert 200.0 < look["aep_gwh"] < 450.0
    assert look["feasible"]
    assert any("more AEP than FLORIS finds" in trouble for trouble in cell_troubles(judged))


def test_what_is_no_feasible_layout_does_not_count(hold: Hold, small: LayoutProblem) -> None:
    contest, _ = hold("sloppy")
    assert contest.counts == {"heard": 6, "malformed": 2, "infeasible": 2, "late": 0}
    assert [one.claim for one in contest.held] == [1.0, None]
    assert all(check_feasibility(small, one.layout).feasible for one in contest.held)
    stamps = [one.cpu_s for one in contest.held]
    assert stamps == sorted(stamps)
    assert 0.0 < stamps[-1] <= contest.cpu_s


def test_a_crash_is_told_of_and_its_last_layout_counts(hold: Hold) -> None:
    contest, log = hold("crasher")
    assert contest.status == "crashed"
    assert "RuntimeError: out of luck" in contest.note
    assert len(contest.held) == 1
    assert "Traceback" in log.read_text()


def test_a_refusal_is_no_crash(hold: Hold) -> None:
    contest, _ = hold("decliner")
    assert (contest.status, contest.note) == ("refused", "nine turbines are too many")
    assert not contest.held
