"""A run spends its budget and no more, on a clock that only the work itself moves."""

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windopt
from windopt import pipeline
from windopt.config.reader import dump_config, load_config
from windopt.config.search import BudgetConfig
from windopt.errors import ConfigError
from windopt.floris import dataset, simulator
from windopt.floris.adapter import FarmState
from windopt.floris.dataset import read_dataset
from windopt.ledger.began import Began
from windopt.ledger.meters.base import NoMeter, VcpuMeter
from windopt.ledger.totals import Totals, read_ledger
from windopt.pipeline import begin
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.runs.budget import allowance, least, pace
from windopt.runs.budget.allowance import Allowance
from windopt.runs.budget.pace import Pace
from windopt.runs.folder import RunFolder
from windopt.runs.session import Run
from windopt.stages import begin as stages_begin
from windopt.stages import report
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
def clock(monkeypatch: pytest.MonkeyPatch, scripted_meter: Any, tmp_path: Path) -> Any:
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

    for name in ("value", "rates", "rate_and_gradient", "place_values"):
        monkeypatch.setattr(Objective, name, timed(getattr(Objective, name), CALL_S))
    monkeypatch.setattr(simulator, "simulate_farm", judged)
    monkeypatch.setattr(report, "write_report", timed(lambda *_: None, REPORT_S))
    monkeypatch.setattr(stages_begin, "probe_meter", lambda *_, **__: meter)
    monkeypatch.setattr(time, "perf_counter", lambda: meter.wall_s)
    monkeypatch.setattr(allowance, "available_cores", lambda: 2)
    monkeypatch.setattr(pace, "SCHEDSTAT", tmp_path / "none")  # nobody else is at work
    monkeypatch.setattr(pace, "LOADAVG", tmp_path / "none")
    monkeypatch.setattr(Run, "pool", None)  # all work is done here, where the clock is seen
    return meter


@pytest.fixture
def any_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs begin with a budget that is spent at once."""
    monkeypatch.setattr(stages_begin, "refuse_too_little", lambda *_: None)


@pytest.mark.parametrize(
    ("key", "limit"), [("seconds", 300.0), ("cpu_seconds", 400.0), ("watt_hours", 0.45)]
)
def test_run_spends_its_budget_and_no_more(
    small_config: Path, tmp_path: Path, clock: Any, key: str, limit: float
) -> None:
    """Of FLORIS, four layouts are verified, the given one as it is too; one more tells the time.

    What came before the ledger was opened, and lies between stages, is in the stage around them.
    """
    limits = FORMULA | {f"budget.{key}": limit, "budget.floris_evaluations": 5}
    began = None
    if key == "seconds":
        began = Began(time.monotonic() - 30.0, False, *_cpu_of_this_process())
    summary = pipeline.run(small_config, tmp_path / "run", limits, None, began).summary
    stages = summary["stages"]
    assert sum(one["wall_s"] for one in stages.values()) == pytest.approx(summary["wall_s"])
    assert key != "seconds" or stages["between"]["wall_s"] >= 30.0
    spent = {
        "seconds": summary["wall_s"],
        "cpu_seconds": summary["cpu_s"],
        "watt_hours": summary["energy_wh"]["central"],
    }[key]
    assert 0.92 * limit < spent < 1.02 * limit
    assert summary["floris_evaluations"] == 5
    assert (summary["status"], summary["reason"]) == ("stopped", "the budget was spent")
    assert summary["feasible"] is True


def test_search_without_time_does_not_iterate(
    small_config: Path, tmp_path: Path, clock: Any, any_budget: None
) -> None:
    summary = windopt.run(small_config, tmp_path / "run", FORMULA | {"budget.seconds": 1}).summary
    assert summary["reason"] == "the budget was spent"
    starts = RunFolder(tmp_path / "run").read(RunFolder.solution).solution.starts
    assert not [start for start in starts if "iterat" in start.status]


def test_floris_budget_counts_the_look_at_how_long_verification_takes(
    small_config: Path, tmp_path: Path
) -> None:
    limits = FORMULA | {"budget.floris_evaluations": 4}
    assert begin(small_config, tmp_path / "untimed", limits)
    with pytest.raises(ConfigError, match=r"4 is less than the 5 .*; give at least 5\Z"):
        begin(small_config, tmp_path / "timed", limits | {"budget.cpu_seconds": 100})


def test_a_budget_too_short_to_learn_in_shortens_the_learning(
    small_config: Path,
    tmp_path: Path,
    pipeline_pool: None,
    monkeypatch: pytest.MonkeyPatch,
    any_budget: None,
) -> None:
    """Of 54 farms and 400 steps the fewest; layout, verdict and the end are as of any run."""
    monkeypatch.setattr(dataset, "available_cores", lambda: 2)
    asked = {
        "simulate.farms": 60,
        "simulate.max_turbines": 4,
        "refine_wind": False,
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
    left_s = Allowance(BudgetConfig(cpu_seconds=21.5), ledger).clock(0.0, 1.5)  # type: ignore[arg-type]
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


def _cpu_of_this_process() -> tuple[float, float]:
    now = Began.now()
    return now.cpu_s_self, now.cpu_s_children


@pytest.mark.parametrize("key", ["seconds", "cpu_seconds", "watt_hours"])
def test_a_budget_below_the_least_is_refused_before_it_is_spent(
    small_config: Path, tmp_path: Path, key: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        begin(small_config, tmp_path / "run", {f"budget.{key}": 1e-3})
    said = re.search(
        rf"budget\.{key}: 0\.001 is too little: here and now this run needs ([\d.]+) (\S+) at "
        r"least; give at least \1 \2, or leave the limit out",
        str(refused.value),
    )
    assert said
    assert refused.value.exit_code == 2
    assert not (tmp_path / "run").exists()
    assert begin(small_config, tmp_path / "run", {f"budget.{key}": 100 * float(said[1])})


def test_a_run_that_has_begun_goes_on_with_any_budget(small_config: Path, tmp_path: Path) -> None:
    """What it has spent is spent: it comes to its end."""
    (tmp_path / "run").mkdir()
    config = load_config(small_config, {"budget.seconds": 1e-3})
    dump_config(config, tmp_path / "run" / "config.yaml")
    assert begin(tmp_path / "run")


def test_the_least_grows_with_the_farm_the_machine_and_its_first_run(
    small: LayoutProblem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(least, "is_compiled", lambda problem: True)
    now, meter = Began.now(), VcpuMeter(2)
    quick = Pace(now)
    quick.others = 0.0
    monkeypatch.setattr(pace, "SCHEDSTAT", tmp_path / "none")

    def asked(problem: LayoutProblem, pace: Pace = quick, has_to_learn: bool = True) -> list[float]:
        one = least.least_of(problem, now, pace, meter, has_to_learn)
        assert one.watt_hours is not None
        return [one.seconds, one.cpu_seconds, one.watt_hours]

    plain = asked(small)
    slow, waiting = Pace(now), Pace(now)
    slow.core, slow.others = 2.0, 0.0
    cores = allowance.available_cores()
    waiting.others = 3.0 * cores
    assert all(np.greater(asked(small.with_n_turbines(60)), plain))
    assert all(np.less(asked(small, has_to_learn=False), plain))
    assert all(np.greater(asked(small, slow), 1.5 * np.array(plain)))
    assert asked(small, waiting)[0] > 2.5 * plain[0]
    assert asked(small, waiting)[1] == pytest.approx(plain[1], rel=0.1)
    monkeypatch.setattr(least, "is_compiled", lambda problem: False)
    assert asked(small)[0] > plain[0] + least.COMPILE_CPU_S - 1.0
    unknown = least.least_of(small, now, quick, NoMeter(), True)
    assert unknown.watt_hours is None


def test_others_on_the_machine_keep_more_time_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has waited as long as it worked needs twice the time for its report."""
    told = tmp_path / "schedstat"
    monkeypatch.setattr(pace, "SCHEDSTAT", told)
    monkeypatch.setattr(pace, "LOADAVG", tmp_path / "loadavg")
    budget, cores = BudgetConfig(seconds=100.0), allowance.available_cores()

    def left_s(ran: float, waited: float) -> float:
        told.write_text(f"{ran * 1e9:.0f} {waited * 1e9:.0f} 7\n")
        return Allowance(budget, _Ledger(), Pace(Began.now())).left_s(0.0, 5.0)  # type: ignore[arg-type]

    assert left_s(4.0, 0.0) == 95.0
    assert left_s(4.0, 4.0) == 90.0
    (tmp_path / "loadavg").write_text(f"0.1 0.1 0.1 {1 + 3 * cores}/99 7\n")
    assert left_s(4.0, 0.0) == pytest.approx(100.0 - 5.0 * (3.0 + 1.0 / cores))
    (tmp_path / "loadavg").unlink()
    told.unlink()
    assert Allowance(budget, _Ledger(), Pace(Began.now())).left_s(0.0, 5.0) == 95.0  # type: ignore[arg-type]


def test_time_left_of_a_run_is_told_whatever_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SCHEDSTAT", tmp_path / "none")
    ledger = _Ledger()
    ledger.spent_s = 60.0
    wall, processor = BudgetConfig(seconds=100.0), BudgetConfig(cpu_seconds=100.0)
    cores = allowance.available_cores()
    assert Allowance(wall, ledger).run_left_s() == 40.0  # type: ignore[arg-type]
    assert Allowance(processor, ledger).run_left_s() == 40.0 / cores  # type: ignore[arg-type]
    far = Allowance(processor, ledger, cores=lambda: 64)  # type: ignore[arg-type]
    assert far.left_s(0.0, 0.0) == 40.0 / 64  # workers of other machines spend it sooner
    quiet = Pace(Began.now())
    quiet.others = 0.0
    last = Allowance(processor, ledger, quiet)  # type: ignore[arg-type]
    assert last.run_left_s() == pytest.approx(40.0 / cores)
    quiet.others = 9.0 * cores
    assert last.run_left_s() == pytest.approx(10.0 * 40.0 / cores)
    ledger.spent_s = 70.0  # in as many seconds: this core was not shared
    assert last.run_left_s() == pytest.approx(30.0)
    ledger.spent_s = 101.0
    assert Allowance(wall, ledger).run_left_s() == 0.0  # type: ignore[arg-type]
