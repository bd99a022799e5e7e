"""Cells of other code are found, told of with what renewing them takes, and renewed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windopt.compare import cells, comparison, made_with, problem_folder
from windopt.compare.comparison import Comparison
from windopt.compare.contest import Contest, Held
from windopt.compare.made_with import code_digest, why_old
from windopt.compare.method_process import Task
from windopt.compare.plans import Plan, plan_of_config
from windopt.compare.renewal import forecast, survey
from windopt.ledger.energy import EnergyWh

METHODS = Path(__file__).with_name("methods.py")
ASKED: dict[str, object] = {
    "compare.methods": [f"{METHODS}:honest"],
    "compare.seeds": [0, 1, 2],
    "compare.cpu_seconds": [40],
    "compare.looks": 0,
}


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds of the searches that were made; each is made up."""
    seeds: list[int] = []
    places = np.array([[300.0 + 600.0 * i, 300.0 + 1400.0 * j] for i in range(3) for j in range(2)])
    wide = np.vstack([places, [[3900.0, 300.0], [3900.0, 1700.0], [2600.0, 300.0]]])

    def made_up(task: Task, *_: Any) -> Contest:
        seeds.append(task.seed)
        held = [Held(6.0, 6.0, 0.006, wide, None)]
        wh = EnergyWh(low=0.03, central=0.1, high=0.3, method="made up")
        return Contest("budget", "", 40.0, 40.0, wh, held)

    monkeypatch.setattr(cells, "hold_contest", made_up)
    for module, name in (  # what takes time and is not asked about here
        (comparison, "write_comparison"),
        (comparison, "warm_up"),
        (problem_folder, "second_opinion"),
    ):
        monkeypatch.setattr(module, name, lambda *_: None)
    return seeds


@pytest.fixture
def plans(small_config: Path) -> list[Plan]:
    return plan_of_config(small_config, ASKED)


@pytest.fixture
def age() -> Callable[[Path, int], None]:
    """Make a cell one of before cells said which code made them."""

    def change(out: Path, seed: int) -> None:
        path = out / "cells" / "small" / "honest" / f"seed{seed}" / "cell.json"
        content = json.loads(path.read_text())
        del content["code"]
        path.write_text(json.dumps(content | {"git_revision": "2e24828"}))

    return change


def test_old_cells_are_found_kept_and_renewed(
    plans: list[Plan], searched: list[int], age: Callable[[Path, int], None], tmp_path: Path
) -> None:
    out, said = tmp_path / "it", list[str]()
    Comparison(plans, out).run()
    assert searched == [0, 1, 2]
    age(out, 1)
    states = survey(plans, out)
    assert [state.old for state in states] == [None, "windopt's revision 2e24828", None]
    assert [state.waits(renew=True) for state in states] == [False, True, False]
    assert not any(state.waits(renew=False) for state in states)
    told = list(forecast(states, renew=True))
    assert told[0] == "3 cells, 3 of them finished, 1 of these with other code than today's"
    assert told[1] == "  small, windopt's revision 2e24828: honest (seed 1)"
    assert told[2].startswith("to go: 1 cell, old ones done again: 40 CPU-seconds of search")

    kept = Comparison(plans, out, said.append).run()
    assert searched == [0, 1, 2]
    assert "old ones stay" in said[2]
    assert [cell["old"] for cell in kept["problems"]["small"]["cells"]] == [
        None,
        "windopt's revision 2e24828",
        None,
    ]
    renewed = Comparison(plans, out, renew=True).run()
    assert searched == [0, 1, 2, 1]
    assert [cell["old"] for cell in renewed["problems"]["small"]["cells"]] == [None] * 3
    assert not list((out / "cells" / "small" / "honest").glob("*.renewed"))


def test_no_cell_is_begun_beyond_what_may_be_spent(
    plans: list[Plan], searched: list[int], age: Callable[[Path, int], None], tmp_path: Path
) -> None:
    out, said = tmp_path / "it", list[str]()
    Comparison(plans, out).run()
    for seed in range(3):
        age(out, seed)
    content = Comparison(plans, out, said.append, renew=True, spend=30.0).run()
    assert searched == [0, 1, 2]  # 40 do not fit in 30
    assert "of the 30 to spend" in said[-1]
    assert "3 cells still to do" in said[-1]
    assert all(cell["old"] for cell in content["problems"]["small"]["cells"])


def test_with_nothing_to_spend_only_the_pages_are_written(
    plans: list[Plan], searched: list[int], tmp_path: Path
) -> None:
    out = tmp_path / "it"
    Comparison(plans, out).run()
    ledger = (out / "ledger.jsonl").read_bytes()
    (out / "comparison.md").unlink()
    Comparison(plans, out, renew=True, spend=0.0).run()
    assert (out / "comparison.md").exists()
    assert (out / "ledger.jsonl").read_bytes() == ledger
    assert searched == [0, 1, 2]


def test_a_renewal_that_is_cut_short_leaves_the_old_cell(
    plans: list[Plan],
    searched: list[int],
    age: Callable[[Path, int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "it"
    Comparison(plans, out).run()
    age(out, 2)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cells.Cell, "judge", interrupt)
        with pytest.raises(KeyboardInterrupt):
            Comparison(plans, out, renew=True).run()
    assert [state.old is None for state in survey(plans, out)] == [True, True, False]
    assert searched == [0, 1, 2, 2]
    Comparison(plans, out, renew=True).run()
    assert searched == [0, 1, 2, 2]  # what was searched is judged, not searched again
    assert all(state.old is None for state in survey(plans, out))


def test_other_versions_and_other_code_make_a_cell_old(monkeypatch: pytest.MonkeyPatch) -> None:
    code, versions = code_digest("grid"), made_with.installed(["floris"])
    cell: dict[str, Any] = {"code": code, "git_revision": "abc1234", "versions": versions}
    assert why_old("grid", cell) is None
    assert why_old("grid", cell | {"versions": {"floris": "3.0"}}) == (
        f"floris 3.0, now {versions['floris']}"
    )
    assert why_old("grid", cell | {"versions": {"no-such-distribution": "1"}}) is None
    assert why_old("grid", cell | {"code": "0" * 12}) == "windopt's revision abc1234"
    unknown = cell | {"code": None, "git_revision": None}
    assert why_old("grid", unknown) == "another state of windopt's code"
    # a change of windopt's own search makes nobody else's cells old
    assert code_digest("topfarm_sgd") == code_digest("cma") != code
    monkeypatch.setattr(made_with, "OWN", (*made_with.OWN, "words.py"))
    code_digest.cache_clear()
    assert code_digest("grid") != code
    code_digest.cache_clear()
