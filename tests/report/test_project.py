"""Many runs in a few lines."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from windopt.ledger.project import read_project
from windopt.report.project import project_rows

MakeUp = Callable[..., Any]


def rows(*paths: Path) -> dict[str, tuple[str, str]]:
    return {row.label: (row.value, row.remark) for row in project_rows(read_project(paths))}


def test_all_that_was_spent_can_be_waste(make_up: MakeUp, tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_up(name).stage("simulate", 1.5, status="running")
    said = rows(tmp_path)
    assert said["waste"] == ("100 %", "killed 3.0 Wh")
    assert said["kills"] == ("3.0 Wh", "2 killed, charged up to their last record")
    assert set(said) == {"runs", "energy", "waste", "kills"}


def test_nothing_at_all_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").touch()
    said = rows(tmp_path)
    assert said["runs"] == ("0", "")
    assert said["energy"][0] == "0 Wh"
    assert said["empty"] == ("", f"{tmp_path}/ledger.jsonl")


def test_whether_a_shared_surrogate_pays(shared_runs: Path, make_up: MakeUp) -> None:
    def verdict() -> str:
        return rows(shared_runs)["surrogate gauss-12345678"][1].rpartition("; ")[2]

    assert verdict() == "not paid off yet: that takes 2.2 farms"
    frugal = make_up("d")
    frugal.surrogate(0.0, saved_wh=10.0, fingerprint="12345678", reused_from="gauss-12345678")
    frugal.stage("verify", 1.5)
    assert verdict() == "paid off: that takes 1.8 farms"
    dear = make_up("e")
    dear.surrogate(0.0, saved_wh=10.0, fingerprint="12345678", reused_from="gauss-12345678")
    dear.stage("optimise", math.pi * 100)
    dear.stage("verify", 1.0)
    assert verdict() == "never pays off: a search without learning takes no more"


def test_many_copies_are_not_all_named(make_up: MakeUp, tmp_path: Path) -> None:
    for name in "abcdef":
        make_up(name, session="one").stage("train", 1.0)
    value, remark = rows(tmp_path)["runs"]
    assert value == "1"
    assert remark.count(" holds the run of ") == 3
    assert remark.endswith("; 2 more hold runs of others; each is counted once")


def test_what_nothing_measured_is_not_nothing(make_up: MakeUp, tmp_path: Path) -> None:
    maker, user = make_up("maker"), make_up("user")
    maker.stage("train", None)
    maker.surrogate(None, fingerprint="12345678")
    maker.stage("verify", 1.0, status="failed")
    user.surrogate(0.0, fingerprint="12345678", reused_from="gauss-12345678")
    user.stage("verify", 1.0)
    user.baseline(9.0)
    said = rows(tmp_path)
    assert said["energy"] == ("not measured", "")
    assert said["waste"] == ("not known", "failed 1.0 Wh")
    value, remark = said["surrogate gauss-12345678"]
    assert value == "not measured"
    assert remark.startswith("to make; by maker; used by 2 runs; 1 farm; ")
    assert remark.endswith("paid off: not known, not measured")
