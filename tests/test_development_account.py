"""The project's own account: each session once, estimates apart from what was metered."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from windopt.ledger.bounds import Bounds
from windopt.ledger.project import read_project

MakeUp = Callable[..., Any]
FOLDER = Path(__file__).parents[1] / "results" / "development"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("development_make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_tests_are_estimated_by_hand(script: ModuleType) -> None:
    # 2 x 3.5 W + 8 GB x 0.392 W = 10.136 W; 60 commits of 10 minutes are 10 h: 101.36 Wh
    line = script.ci_line(60, 20)
    assert line.wh.central == pytest.approx(101.36)
    assert line.wh.low == pytest.approx(0.3 * 10.136 * 20 * 9 / 60)
    assert line.wh.high == pytest.approx(3.0 * 10.136 * 2 * 60 * 20 / 60)
    assert line.cpu_h == pytest.approx(20.0)
    assert "estimated" in line.what


def test_processor_time_alone_is_an_energy_with_a_band(script: ModuleType) -> None:
    line = script.cpu_line("a", "searches", 7200.0)  # two hours at 3.5 W
    assert vars(line.wh) == pytest.approx({"low": 2.1, "central": 7.0, "high": 21.0})


def test_ledgers_are_added_up_by_folder(
    script: ModuleType, make_up: MakeUp, tmp_path: Path
) -> None:
    make_up("one").stage("optimise", 3.0)
    run = make_up("two")
    run.stage("optimise", 1.0)
    run.stage("baseline", 2.0)  # apart from the run's total, but spent
    root = tmp_path / "runs"
    lines = {one.name: one for one in script.ledger_lines(read_project([root]), root)}
    assert {name: one.wh.central for name, one in lines.items()} == {"one": 3.0, "two": 3.0}
    assert lines["two"].cpu_h == pytest.approx(30.0 / 3600.0)
    assert script.total(lines.values()) == Bounds(3.0, 6.0, 12.0)


def test_a_session_that_is_there_still_is_not_counted_as_replaced(
    script: ModuleType, make_up: MakeUp, tmp_path: Path
) -> None:
    run = make_up("one", session="kept")
    run.stage("optimise", 3.0)
    again = make_up("one", session="gone")
    again.stage("optimise", 5.0)
    (project,) = read_project([tmp_path / "runs"]).runs
    left = script.without_sessions(project, {"kept"})
    assert left.content.totals.energy_wh["central"] == pytest.approx(5.0)


def test_what_is_committed_adds_up(script: ModuleType) -> None:
    content = json.loads((FOLDER / "development.json").read_text(encoding="utf-8"))
    lines = [one["wh"]["central"] for one in content["lines"] if one["wh"] is not None]
    assert content["known_wh"]["central"] == pytest.approx(sum(lines))
    tests = next(one for one in content["lines"] if one["name"] == "tests")
    metered = content["known_wh"]["central"] - tests["wh"]["central"]
    assert content["metered_wh"]["central"] == pytest.approx(metered)
    assert script.page(content) == (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(content["not_known"]) >= 5
