"""One turbine has no neighbour: no spacing, no wake, and runs that end all the same."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import windopt
from windopt import pipeline
from windopt.commands import cli
from windopt.floris.alone import wake_free_aep
from windopt.problem.constraints import check_feasibility
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.report.console import summary_table
from windopt.search.context import SearchContext
from windopt.search.destroy_repair import Sample, crossover
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import SearchSettings
from windopt.surrogate.training import train_surrogate

FORMULA = {"wake.velocity_model": "iea37", "wake.turbulence_model": "none"}
ALONE = FORMULA | {"layout": None, "n_turbines": 1, "optimise.patience": 0}


@pytest.fixture(scope="module")
def alone(small_config: Path) -> LayoutProblem:
    return load_problem(small_config, ALONE)


@pytest.fixture(scope="module")
def finished(
    small_config: Path,
    tmp_path_factory: pytest.TempPathFactory,
    pipeline_pool: None,
    drawn_figures: None,
) -> pipeline.RunResult:
    """A run with a wake that is a formula: nothing has to be learned."""
    return windopt.run(small_config, tmp_path_factory.mktemp("one") / "run", ALONE)


def test_a_run_ends_with_what_the_turbine_yields_alone(
    finished: pipeline.RunResult, alone: LayoutProblem
) -> None:
    summary = finished.summary
    assert summary["status"] == "completed"
    assert summary["aep_gwh"] == pytest.approx(wake_free_aep(alone) / 1e9, rel=1e-6)
    assert summary["wake_loss_pct"] == pytest.approx(0.0, abs=1e-6)
    assert (summary["n_turbines"], summary["feasible"]) == (1, True)
    assert summary["min_spacing_d"] is None


def test_console_and_report_say_that_there_is_no_spacing(finished: pipeline.RunResult) -> None:
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(summary_table(finished.summary))
    text = console.export_text()
    assert "one turbine: no spacing" in text
    assert "completed, 1 turbine " in text
    assert "one turbine" in finished.folder.report.read_text()


def test_what_is_there_is_reported_and_resumed(finished: pipeline.RunResult) -> None:
    for command in (["report"], ["run", "--resume"], ["ledger"], ["verify"]):
        ended = CliRunner().invoke(cli.app, [*command, str(finished.folder.path)])
        assert ended.exit_code == 0, ended.output


@pytest.mark.parametrize("least", [1, 2])
def test_a_free_number_may_be_one(small_config: Path, least: int) -> None:
    free: dict[str, Any] = {
        "n_turbines": {"min": least, "max": 3},
        "layout": None,
        "economics": {"value_per_mwh": 50, "cost_per_turbine": 1e5},
    }
    assert load_problem(small_config, FORMULA | free).n_turbines == least


def test_the_search_draws_from_the_rose_where_nothing_is_lost(alone: LayoutProblem) -> None:
    sampler = RoseSampler.by_wake_loss(alone.wind, np.zeros(len(alone.wind.wind_speed)))
    weight = alone.wind.conditions.weight
    np.testing.assert_allclose(sampler.share, weight / weight.sum())


def test_a_crossover_of_one_turbine_is_the_other_layout_or_none(alone: LayoutProblem) -> None:
    objective = Objective.of(alone, train_surrogate(alone))
    sampler = RoseSampler.by_wake_loss(alone.wind, np.zeros(len(alone.wind.wind_speed)))
    context = SearchContext(objective, sampler, SearchSettings())
    rose = alone.wind.conditions
    here, there = np.array([[500.0, 3000.0]]), np.array([[3000.0, 500.0]])
    for seed in range(5):
        rng = np.random.default_rng(seed)
        crossed = crossover(context, here, there, Sample(rose, rose), rng)
        assert check_feasibility(alone, crossed).feasible


def test_one_turbine_beside_fixed_ones_keeps_off_them(alone: LayoutProblem) -> None:
    beside = replace(
        alone, fixed_layout=np.array([[500.0, 3000.0]]), fixed_types=np.zeros(1, dtype=np.intp)
    )
    close = check_feasibility(beside, np.array([[600.0, 3000.0]]))
    assert not close.feasible
    assert close.min_spacing_d == pytest.approx(100 / 198)
