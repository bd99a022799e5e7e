"""A run spends its budget and no more, on a clock that only the work itself moves."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import windopt
from windopt.config import BudgetConfig
from windopt.errors import ConfigError
from windopt.ledger import Totals, read_ledger
from windopt.optimise.objective import Objective
from windopt.pipeline import begin
from windopt.simulate import FarmState, dataset, read_dataset, simulator
from windopt.stages import allowance, report
from windopt.stages import begin as stages_begin
from windopt.stages.allowance import Allowance
from windopt.stages.run import Run
from windopt.surrogate import training

CALL_S, JUDGED_S, REPORT_S = 0.4, 8.0, 0.8
"""What a call of the objective, a layout in FLORIS and the report take on the clock [s]."""
FORMULA: dict[str, Any] = {
    "wake.velocity_model": "iea37",
    "wake.turbulence_model": "none",
    "wake.combination_model": "sosfs",
    "refine_wind": False,
    "optimise.steps": 12,
    "optimise.patience": 1_000_000,
}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, scripted_meter: Any) -> Any:
    """A clock and a meter on which time passes in the objective, in FLORIS and in the report."""
    meter, simulate_farm = scripted_meter, simulator.simulate_farm

    def timed(function: Any, seconds: float) -> Any:
        def call(*arguments: Any) -> Any:
            meter.use(seconds)
            return function(*arguments)

        return call

    def judged(*arguments: Any) -> FarmState:
        before = meter.read()
        meter.use(JUDGED_S)
        return replace(simulate_farm(*arguments), cpu_s=(meter.read() - before).cpu_s)

    for name in ("aep", "mean_power", "power_and_gradient", "place_values"):
        monkeypatch.setattr(Objective, name, timed(getattr(Objective, name), CALL_S))
    monkeypatch.setattr(simulator, "simulate_farm", judged)
    monkeypatch.setattr(report, "write_report", timed(lambda *_: None, REPORT_S))
    monkeypatch.setattr(stages_begin, "probe_meter", lambda wanted: meter)
    monkeypatch.setattr(time, "perf_counter", lambda: meter.wall_s)
    monkeypatch.setattr(allowance, "available_cores", lambda: 2)
    monkeypatch.setattr(Run, "pool", None)  # all work is done here, where the clock is seen
    return meter


@pytest.mark.parametrize(
    ("key", "limit"), [("seconds", 240.0), ("cpu_seconds", 400.0), ("watt_hours", 0.45)]
)
def test_run_spends_its_budget_and_no_more(
    small_config: Path, tmp_path: Path, clock: Any, key: str, limit: float
) -> None:
    """Of FLORIS, four layouts are verified, the given one as it is too; one more tells the time."""
    limits = FORMULA | {f"budget.{key}": limit, "budget.floris_evaluations": 5}
    summary = windopt.run(small_config, tmp_path / "run", limits).summary
    spent = {
        "seconds": summary["wall_s"],
        "cpu_seconds": summary["cpu_s"],
        "watt_hours": summary["energy_wh"]["central"],
    }[key]
    assert 0.92 * limit < spent < 1.02 * limit
    assert summary["floris_evaluations"] == 5
    assert (summary["status"], summary["reason"]) == ("stopped", "the budget was spent")
    assert summary["feasible"] is True


def test_search_without_time_exchanges_nothing(
    small_config: Path, tmp_path: Path, clock: Any
) -> None:
    summary = windopt.run(small_config, tmp_path / "run", FORMULA | {"budget.seconds": 1}).summary
    assert summary["reason"] == "the budget was spent"
    assert "exchanged turbines" not in (tmp_path / "run" / "solution.json").read_text()


def test_floris_budget_counts_the_look_at_how_long_verification_takes(
    small_config: Path, tmp_path: Path
) -> None:
    limits = FORMULA | {"budget.floris_evaluations": 4}
    assert begin(small_config, tmp_path / "untimed", limits)
    with pytest.raises(ConfigError, match=r"4 is less than the 5 .*; give at least 5\Z"):
        begin(small_config, tmp_path / "timed", limits | {"budget.cpu_seconds": 100})


def test_a_budget_too_short_to_learn_in_shortens_the_learning(
    small_config: Path, tmp_path: Path, pipeline_pool: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 54 farms and 400 steps the fewest; layout, verdict and the end are as of any run."""
    monkeypatch.setattr(dataset, "available_cores", lambda: 2)
    asked = {
        "simulate.farms": 60,
        "simulate.max_turbines": 4,
        "train.steps": 400,
        "budget.cpu_seconds": 1,
    }
    run = windopt.run(small_config, tmp_path / "run", asked)
    totals = read_ledger(run.folder.ledger).totals
    assert totals.counts["training_steps"] == training.FEWEST
    learned = int((~read_dataset(run.folder.dataset)["held_out"]).sum())
    assert dataset.FEWEST <= learned < 54
    assert run.summary["feasible"] is True
    assert run.summary["reason"] == "the budget was spent"


class _Ledger:
    """Tells how much is spent, and how often it was asked."""

    def __init__(self) -> None:
        self.asked, self.spent_s = 0, 0.0

    def totals(self) -> Totals:
        self.asked += 1
        return Totals(wall_s=self.spent_s, cpu_s=self.spent_s)


def test_a_search_may_ask_its_clock_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looks it goes on as if all cores were busy; the end it tells only after a look."""
    now, ledger = [0.0], _Ledger()
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(allowance, "available_cores", lambda: 2)
    left_s = Allowance(BudgetConfig(cpu_seconds=21.5), ledger).clock(0.0)  # type: ignore[arg-type]
    assert [left_s() for _ in range(100)] == [10.0] * 100
    assert ledger.asked == 1
    now[0] = 0.5
    assert left_s() == 9.5
    assert ledger.asked == 1
    now[0], ledger.spent_s = 9.9, 19.0  # not all cores were busy
    assert left_s() == 0.5
    now[0], ledger.spent_s = 10.5, 19.5
    assert left_s() == 0.25
    assert ledger.asked == 3
