"""`windopt verify CONFIG [LAYOUT]` judges a layout and nothing else."""

import json
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from windopt.commands import cli
from windopt.errors import ConfigError
from windopt.floris.simulator import Simulator
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult
from windopt.problem.layout import FloatArray, read_layout_csv, write_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.report.judgement import judgement_rows
from windopt.stages import evaluate as judging
from windopt.stages.evaluate import judge_layout
from windopt.verification.evaluate import judge

COARSE = {"refine_wind": False}


@pytest.fixture(autouse=True)
def _shared_workers(pool: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers take longer to start than these layouts to judge."""

    @contextmanager
    def running(_: object = None) -> Iterator[Executor]:
        yield pool

    monkeypatch.setattr(judging, "worker_pool", running)


@pytest.fixture
def other(small: LayoutProblem, tmp_path: Path) -> Path:
    """The given layout of the small problem, its second turbine 1 km off the site."""
    assert small.initial_layout is not None
    layout = small.initial_layout.copy()
    layout[1] = [-1000.0, 650.0]
    write_layout_csv(tmp_path / "other.csv", layout)
    return tmp_path / "other.csv"


def verify(*arguments: object) -> Any:
    ended = CliRunner().invoke(cli.app, ["verify", *map(str, arguments)])
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        return ended.exception
    return ended


def judged(problem: LayoutProblem, layout: FloatArray) -> float:
    coarse = replace(
        problem,
        wind=problem.given_wind,
        config=problem.config.model_copy(update=COARSE),
    )
    return judge(coarse, {"": layout}, Simulator(coarse))[""].aep / 1e9


def test_the_config_s_own_layout_is_judged(
    small: LayoutProblem, small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "judgement.json"
    ended = verify(small_config, "--json", file, "--set", "refine_wind=false", "--turbines")
    assert ended.exit_code == 0
    told = json.loads(file.read_text())
    assert small.initial_layout is not None
    assert told["aep_gwh"] == pytest.approx(judged(small, small.initial_layout), rel=1e-9)
    assert sum(one["aep_gwh"] for one in told["turbines"]) == pytest.approx(told["aep_gwh"])
    assert (told["given"], told["gain_over_given_pct"]) == (None, None)
    assert told["feasible"] is False
    assert "turbine 1 stands 5 m outside the site" in told["violations"]
    assert "turbine 1 stands 5 m outside the site" in ended.output
    assert "judging it took " in ended.output
    assert " Wh" in ended.output
    assert [path.name for path in tmp_path.iterdir()] == ["judgement.json"]  # and no run folder


def test_another_layout_is_judged_beside_it(
    small: LayoutProblem, small_config: Path, other: Path
) -> None:
    told = judge_layout(small_config, str(other), overrides=COARSE)
    assert small.initial_layout is not None
    given = judged(small, small.initial_layout)
    aep = judged(small, read_layout_csv(other))
    assert told["aep_gwh"] == pytest.approx(aep, rel=1e-9)
    assert told["given"]["aep_gwh"] == pytest.approx(given, rel=1e-9)
    assert told["gain_over_given_pct"] == pytest.approx(100 * (aep / given - 1), abs=1e-6)
    far = {one["turbine"]: one["distance_m"] for one in told["outside"]}
    assert far[2] == pytest.approx(1000.0)


def test_a_layout_of_another_number_is_judged_without_a_gain(
    small_config: Path, tmp_path: Path
) -> None:
    write_layout_csv(tmp_path / "two.csv", np.array([[100.0, 3000], [3000, 100]]))
    told = judge_layout(small_config, str(tmp_path / "two.csv"), overrides=COARSE)
    assert (told["n_turbines"], told["given"]["n_turbines"]) == (2, 9)
    assert (told["feasible"], told["gain_over_given_pct"]) == (True, None)


def test_another_number_than_the_config_asks_for_is_told(
    small_config: Path, tmp_path: Path
) -> None:
    write_layout_csv(tmp_path / "two.csv", np.array([[100.0, 3000], [3000, 100]]))
    asked = {**COARSE, "layout": None, "n_turbines": 9}
    told = judge_layout(small_config, str(tmp_path / "two.csv"), overrides=asked)
    assert ("turbines", "2", "the config asks for 9") in judgement_rows(told)
    nine = judge_layout(small_config, overrides={**COARSE, "n_turbines": 9})
    assert not any(row[0] == "turbines" for row in judgement_rows(nine))


def test_a_layout_too_full_for_the_site_is_judged_all_the_same(
    small_config: Path, tmp_path: Path
) -> None:
    x, y = np.meshgrid(np.arange(100.0, 2000, 190), np.arange(100.0, 2000, 190))
    write_layout_csv(tmp_path / "full.csv", np.column_stack([x.ravel(), y.ravel()]))
    told = judge_layout(small_config, str(tmp_path / "full.csv"), overrides=COARSE)
    assert told["n_turbines"] == 100
    assert len(told["too_close"]) > 100


def test_losses_and_profit_are_told(small_config: Path, other: Path) -> None:
    settings = {
        "losses": {"availability_pct": 5, "electrical_pct": 2},
        "economics": {"value_per_mwh": 50, "cost_per_turbine": 1e5},
    }
    told = judge_layout(small_config, str(other), overrides=COARSE | settings)
    assert told["aep_net_gwh"] == pytest.approx(0.95 * 0.98 * told["aep_gwh"])
    assert told["profit"] == pytest.approx(50e3 * told["aep_net_gwh"] - 9e5)


def test_out_keeps_judgement_layout_and_ledger(
    small_config: Path, other: Path, tmp_path: Path
) -> None:
    out = tmp_path / "kept"
    ended = verify(small_config, other, "--out", out, "--set", "refine_wind=false")
    assert ended.exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "judgement.json",
        "layout.csv",
        "ledger.jsonl",
    ]
    np.testing.assert_allclose(read_layout_csv(out / "layout.csv"), read_layout_csv(other))
    totals = read_ledger(out / "ledger.jsonl").totals
    assert totals.counts["floris_evaluations"] == 2


def test_a_run_folder_with_a_layout_judges_that(small_run: RunResult, other: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in small_run.folder.path.iterdir()}
    assert verify(small_run.folder.path, other, "--set", "refine_wind=false").exit_code == 0
    after = {path.name: path.stat().st_mtime_ns for path in small_run.folder.path.iterdir()}
    assert before == after


@pytest.mark.parametrize(
    ("layout", "settings", "words"),
    [
        (None, {"layout": None, "n_turbines": 3}, "LAYOUT: is not given, and the config names"),
        ("none.csv", {}, "there is no file"),
        ("words.csv", {}, "words.csv: line 2: x = 'here' is no number"),
    ],
)
def test_bad_input_is_refused(
    small_config: Path,
    tmp_path: Path,
    layout: str | None,
    settings: dict[str, object],
    words: str,
) -> None:
    (tmp_path / "words.csv").write_text("x,y\nhere,there\n")
    path = None if layout is None else str(tmp_path / layout)
    with pytest.raises(ConfigError) as caught:
        judge_layout(small_config, path, overrides=settings)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2
