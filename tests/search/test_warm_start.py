"""A warm_start is a good layout before anything is learned; runs of limited time begin there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windopt
from windopt import pipeline
from windopt.floris.simulator import Simulator
from windopt.pipeline import begin
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray, read_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.report.found_by import found_sentences
from windopt.runs.folder import RunFolder
from windopt.search.search import Search
from windopt.search.warm_start import warm_start_layout
from windopt.stages import warm_start
from windopt.verification.evaluate import judge

LIMITED = {"budget.seconds": 600}
FREE = {
    "n_turbines": {"min": 8, "max": 9},
    "layout": None,
    "economics": {"value_per_mwh": 60, "cost_per_turbine": 1_000_000},
}


@pytest.fixture(scope="module")
def drawn(small: LayoutProblem) -> FloatArray:
    return warm_start_layout(small, seed=1)


def test_it_is_feasible_and_floris_finds_it_better(small: LayoutProblem, drawn: FloatArray) -> None:
    assert check_feasibility(small, drawn).feasible
    assert small.initial_layout is not None
    given = repair(small, small.initial_layout)
    judged = judge(small, {"given": given, "drawn": drawn}, Simulator(small))
    assert judged["drawn"].aep > 1.01 * judged["given"].aep


def test_it_is_the_same_again(small: LayoutProblem, drawn: FloatArray) -> None:
    np.testing.assert_array_equal(warm_start_layout(small, seed=1), drawn)


def test_types_and_no_given_layout_are_no_hindrance(mixed: LayoutProblem) -> None:
    assert check_feasibility(mixed, warm_start_layout(mixed, 0, max_seconds=0.5)).feasible


def test_no_time_gives_a_feasible_layout_all_the_same(small: LayoutProblem) -> None:
    assert check_feasibility(small, warm_start_layout(small, 0, max_seconds=0.0)).feasible


def test_an_interrupted_warm_start_ends_the_run(
    small: LayoutProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Search, "iterate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        warm_start_layout(small)


@pytest.mark.usefixtures("pipeline_pool")
def test_a_limited_run_begins_there_and_draws_it_once(
    small_config: Path, tiny: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    with begin(small_config, out, tiny | LIMITED) as job:
        pipeline.STAGES["warm_start"](job)
    drawn = read_layout_csv(out / "warm_start.csv")
    monkeypatch.setattr(warm_start, "warm_start_layout", None)  # nobody draws again
    result = windopt.run(out)
    starts = {start.name: start for start in result.folder.read(RunFolder.solution).solution.starts}
    assert starts["warm_start"].aep_start <= starts["warm_start"].aep_best
    predicted = np.array([start.aep_start for start in starts.values()])
    assert starts["warm_start"].aep_start > np.median(predicted)
    assert check_feasibility(begin_problem(out), drawn).feasible
    history, summary = result.folder.read_history(), result.summary
    assert (history["start"][0], history["found_by"][0]) == ("warm_start", "formula")
    assert summary["found_by"] == history["found_by"][-1]
    assert summary["origin"]["warm_start_gain_pct"] is not None
    assessment = result.folder.assessment.read_text()
    assert found_sentences(summary) in assessment


def begin_problem(folder: Path) -> LayoutProblem:
    return pipeline.prepare(pipeline.run_folder(folder).config)


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        LIMITED | {"optimise.pattern": "regular"},
        LIMITED | FREE,
        LIMITED | {"wake.velocity_model": "iea37", "wake.turbulence_model": "none",
                   "wake.combination_model": "sosfs"},
    ],
)  # fmt: skip
def test_others_have_no_warm_start(
    small_config: Path, tmp_path: Path, overrides: dict[str, Any]
) -> None:
    """Without a limit nobody waits; rows, a free number and a formula have other beginnings."""
    with begin(small_config, tmp_path / "run", overrides) as job:
        assert not pipeline.STAGES["warm_start"].is_asked(job.problem, job.folder)
        pipeline.STAGES["warm_start"](job)
        assert not job.folder.warm_start.exists()
        assert set(job.ledger.totals().by_stage) <= {"between", "check"}
