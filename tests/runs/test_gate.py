"""Before anything is spent: what learning may add, and a question where that is little."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windopt import pipeline
from windopt.config.assessment import AssessmentConfig
from windopt.config.robust import RobustConfig
from windopt.config.search import BudgetConfig
from windopt.floris.alone import evaluated_wind, mean_power_alone
from windopt.ledger.totals import read_ledger
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder
from windopt.runs.gate import expect, gate_of, wake_loss_pct
from windopt.runs.observer import Silent
from windopt.surrogate.analytic import analytic_surrogate


class No(Silent):
    """Somebody who does not want a run that is not likely to pay."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def told(self, line: str) -> None:
        self.lines.append(line)

    def asked(self, question: str) -> bool:
        return False


def with_settings(problem: LayoutProblem, **sections: Any) -> LayoutProblem:
    return replace(problem, config=problem.config.model_copy(update=sections))


def test_wake_loss_is_that_of_the_formula(unrefined: LayoutProblem) -> None:
    layout, formula = unrefined.initial_layout, analytic_surrogate(unrefined)
    assert layout is not None
    alone = unrefined.hours_per_year * mean_power_alone(unrefined, evaluated_wind(unrefined)).sum()
    loss = 100.0 * (1.0 - Objective.of(unrefined, formula).energy(layout) / alone)
    assert wake_loss_pct(unrefined) == pytest.approx(loss, abs=1e-6)


def test_learning_adds_more_where_models_differ_from_the_formula(unrefined: LayoutProblem) -> None:
    alone = expect(unrefined, has_to_learn=False)
    assert alone.lead_pct == pytest.approx(0.12 * (alone.wake_loss_pct / 10.0) ** 2)
    robust = expect(with_settings(unrefined, robust=RobustConfig()), has_to_learn=False)
    assert robust.lead_pct == pytest.approx(5.0 * alone.lead_pct)


def test_little_time_leaves_little(unrefined: LayoutProblem) -> None:
    def lead(cpu_seconds: float, has_to_learn: bool) -> float:
        limited = with_settings(unrefined, budget=BudgetConfig(cpu_seconds=cpu_seconds))
        return expect(limited, has_to_learn).lead_pct

    whole = expect(unrefined, has_to_learn=False).lead_pct
    assert lead(60.0, False) == lead(1000.0, True) == whole
    assert lead(60.0, True) == pytest.approx(0.5 * whole)
    assert lead(25.0, False) == 0.0


@pytest.mark.parametrize(
    ("config", "reference_pct"),
    [("quickstart", 0.37), ("onshore", 0.11)],
)
def test_expected_lead_is_near_that_of_committed_runs(config: str, reference_pct: float) -> None:
    configs = Path(pipeline.__file__).parents[1] / "configs"
    found = expect(load_problem(configs / f"{config}.yaml"), has_to_learn=False)
    assert 0.5 < found.lead_pct / reference_pct < 2.0


def test_one_turbine_has_nothing_to_gain(unrefined: LayoutProblem) -> None:
    given = unrefined.initial_layout
    assert given is not None
    one = replace(unrefined, n_turbines=1, types=np.zeros(1, int), initial_layout=given[:1])
    assert expect(one, has_to_learn=False).wake_loss_pct == pytest.approx(0.0, abs=1e-6)


def test_gate_can_be_off(unrefined: LayoutProblem) -> None:
    assert gate_of(unrefined, has_to_learn=False) is not None
    off = with_settings(unrefined, assessment=AssessmentConfig.model_validate({"gate": False}))
    assert off.config.assessment.gate == "off"
    assert gate_of(off, has_to_learn=False) is None


def test_nothing_is_searched_where_somebody_says_no(small_config: Path, tmp_path: Path) -> None:
    nobody, asked = No(), {"assessment.materiality_pct": 10, "train.from": "shipped"}
    with pytest.raises(SystemExit) as ended:
        pipeline.run(small_config, tmp_path / "run", asked, nobody)
    assert ended.value.code == 0
    assert "what matters is 10 %: it is not likely to pay" in nobody.lines[-1]
    folder = RunFolder(tmp_path / "run")
    assert not folder.surrogate.exists()
    summary = folder.read_summary()
    assert (summary["status"], summary["aep_gwh"]) == ("stopped", None)
    assert "not likely to pay" in summary["reason"]
    record = folder.read(RunFolder.assessment_record)
    assert record.gate is not None
    assert not record.gate.pays
    assert set(read_ledger(folder.ledger).totals.by_stage) == {"between", "check"}
