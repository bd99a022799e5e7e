"""The gains of a robust run count the wake models that have judged it; numbers by hand."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from windopt.assessment.figures import figures_of
from windopt.config.assessment import AssessmentConfig
from windopt.ledger.ledger import Ledger
from windopt.ledger.totals import read_ledger
from windopt.problem.constraints import check_feasibility
from windopt.problem.measure import ROBUST
from windopt.problem.problem import LayoutProblem
from windopt.runs.account import verification_record
from windopt.runs.folder import RunFolder
from windopt.runs.robust import ModelRecord, RobustRecord, Under
from windopt.runs.robust_account import opinions
from windopt.runs.robustness import Robustness
from windopt.stages.gains import book_gains, what_wake_models_say
from windopt.verification.evaluated import Corrections, EvaluatedLayout

AEP_GWH = {  # by wake model: given layout, grid, result; those of gauss as in `finished_run`
    "gauss": (1362.4, 1366.1, 1379.8),
    "cc": (1300.0, 1310.0, 1323.4),
    "jensen": (1250.0, 1245.0, 1249.0),
}
GAINS_GWH = {"initial": (17.4, 23.4, -1.0), "grid": (13.7, 13.4, 4.0)}
OWN = ("initial", "grid", "final")


def record(*models: str) -> RobustRecord:
    names = models or tuple(AEP_GWH)
    return RobustRecord(
        "mean",
        "initial",
        {name: ModelRecord(1 / len(names), True) for name in names},
        {
            layout: {
                name: Under(AEP_GWH[name][number], 0.0, None, None, 100, True) for name in names
            }
            for number, layout in enumerate(OWN)
        },
    )


def verified() -> Any:
    return {
        layout: SimpleNamespace(aep_gwh=AEP_GWH["gauss"][number])
        for number, layout in enumerate(OWN)
    }


@pytest.fixture
def run(finished_run: RunFolder, tmp_path: Path) -> Any:
    """What the gains are booked of: a finished run whose net AEP is 0.9 of its AEP."""
    folder = RunFolder(tmp_path / "run")
    shutil.copytree(finished_run.path, folder.path)
    ledger = Ledger.open(folder.ledger, {"name": "robust", "seed": 0})
    config = SimpleNamespace(assessment=AssessmentConfig())
    wake = SimpleNamespace(velocity_model="gauss")
    problem = SimpleNamespace(net_share=0.9, wake=wake, config=config)
    return SimpleNamespace(folder=folder, ledger=ledger, problem=problem)


def test_gains_and_their_spread_are_of_all_models_that_judged() -> None:
    said = opinions(record(), "gauss", verified())
    for name, gains in GAINS_GWH.items():
        assert list(said.gain_gwh[name].values()) == pytest.approx(list(gains))
        assert said.spread_gwh[name] == pytest.approx(np.std(gains, ddof=1))


def test_the_model_of_the_config_has_judged_too() -> None:
    said = opinions(record("cc", "jensen"), "gauss", verified())
    assert list(said.aep_gwh) == ["gauss", "cc", "jensen"]
    assert said.gain_gwh["initial"]["gauss"] == pytest.approx(17.4)


def test_one_model_alone_has_no_spread() -> None:
    said = opinions(record("gauss"), "gauss", verified())
    assert said.spread_gwh == {}


def test_the_spread_of_a_robust_run_is_that_of_its_models(run: Any) -> None:
    run.folder.write(RunFolder.robust, record())
    book_gains(run)
    worth = figures_of(read_ledger(run.folder.ledger))
    assert worth.over == "regular grid"  # by gauss, the better of the two
    assert worth.spread_wh_per_year == pytest.approx(
        0.9e9 * np.std(GAINS_GWH["grid"], ddof=1), rel=1e-6
    )


def test_models_that_were_asked_later_go_before(run: Any) -> None:
    later = Robustness("gauss", {}, {"initial": {}}, {"initial": 3.0})
    run.folder.write(RunFolder.robust, record())
    run.folder.write(RunFolder.robustness, later)
    assert what_wake_models_say(run) == later


def test_a_run_under_one_model_still_says_so(run: Any) -> None:
    assert what_wake_models_say(run) is None
    book_gains(run)
    assert figures_of(read_ledger(run.folder.ledger)).spread_wh_per_year is None


def test_error_of_the_gain_is_that_of_its_own_wake_model(unrefined: LayoutProblem) -> None:
    """The robust value is better known than the AEP of one wake model, which the gain is in."""
    given = unrefined.initial_layout
    assert given is not None

    def judged(aep: float, draws: list[float]) -> EvaluatedLayout:
        aep_draws, value_draws = np.array(draws), 0.1 * np.array(draws)
        sample = Corrections(aep_draws, value_draws)
        wrong = check_feasibility(unrefined, given)
        one = EvaluatedLayout(given, aep, 5.0, np.zeros(12), wrong, 0.9 * aep, ROBUST)
        return replace(one, sample=sample)

    evaluated = {
        "initial": judged(100e9, [0.0, 0.0, 0.0, 0.0]),
        "final": judged(102e9, [1e9, 2e9, 3e9, 2e9]),
    }
    predicted = {name: one.aep for name, one in evaluated.items()}
    kept = verification_record(unrefined, evaluated, predicted, (2e9, 0.0))
    # draws differ by 0.816 GWh, four of them: 0.408 GWh of 100
    assert kept.layouts["initial"].gain_error_pct == pytest.approx(0.40825, rel=1e-4)
