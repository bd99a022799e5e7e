"""Losses between the turbines and the meter: net AEP beside gross, and money by the net one."""

import io
import shutil
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from rich.console import Console

from windopt.assessment.payback import payback_seconds
from windopt.config.reader import dump_config, load_config
from windopt.errors import ConfigError
from windopt.ledger.ledger import Ledger
from windopt.ledger.totals import read_ledger
from windopt.pipeline import RunResult
from windopt.problem.problem import LayoutProblem
from windopt.problem.profit import profit_objective
from windopt.readers.load import load_problem
from windopt.report.console import summary_table
from windopt.report.wording import problem_in_words
from windopt.runs.folder import RunFolder
from windopt.runs.summary import summarise
from windopt.search.context import SearchTask
from windopt.search.farms import FarmsByNumber
from windopt.search.settings import SearchSettings
from windopt.search.solution import SizedLayout
from windopt.stages.summary import read_results
from windopt.surrogate.surrogate import Surrogate

LOSSES = {"availability_pct": 5.0, "electrical_pct": 3.0, "other_pct": 2.0}
SHARE = 0.95 * 0.97 * 0.98
MONEY = {"value_per_mwh": 60.0, "cost_per_turbine": 1e6}


def lossy(small_config: Path, **more: object) -> LayoutProblem:
    return load_problem(small_config, {"losses": LOSSES, **more})


def test_each_loss_takes_its_share_of_what_is_left(small_config: Path) -> None:
    problem = lossy(small_config)
    assert problem.net_share == pytest.approx(SHARE)
    assert problem.losses_pct == pytest.approx(100 * (1 - SHARE))
    assert load_problem(small_config).net_share == 1.0


@pytest.mark.parametrize("loss", [-1, 100, "much"])
def test_losses_that_cannot_be_are_refused(small_config: Path, loss: object) -> None:
    with pytest.raises(ConfigError, match=r"losses\.electrical_pct"):
        load_problem(small_config, {"losses.electrical_pct": loss})


def test_check_tells_losses(small_config: Path) -> None:
    lines = problem_in_words(lossy(small_config))
    assert "losses of 9.69 % of the energy, counted in the net AEP" in lines
    assert not any("losses" in line for line in problem_in_words(load_problem(small_config)))


def test_money_goes_by_what_is_left(small_config: Path) -> None:
    problem = lossy(small_config, economics=MONEY)
    profit = profit_objective(problem)
    assert profit.of_energy(np.zeros((9, 2)), 400e9) == pytest.approx(60 * SHARE * 400e3 - 9e6)
    # so much gross energy pays for a turbine
    assert problem.economics is not None
    enough = problem.economics.break_even_mwh * 1e6
    assert profit.of_energy(np.zeros((1, 2)), enough) == pytest.approx(0.0, abs=1e-6)


def test_fewer_turbines_pay_after_losses(small_config: Path) -> None:
    """The third turbine adds 17.5 GWh a year, which earn 1.05 million gross and 0.95 net."""
    known = {n: SizedLayout(np.zeros((n, 2)), aep) for n, aep in ((2, 40e9), (3, 57.5e9))}
    best = {}
    free: dict[str, Any] = {"layout": None, "n_turbines": {"min": 2, "max": 3}, "economics": MONEY}
    for losses in ({}, LOSSES):
        problem = load_problem(small_config, free | {"losses": losses})
        farms = FarmsByNumber(SearchTask(problem, cast("Surrogate", None), SearchSettings()))
        farms.known = dict(known)
        best[len(losses)] = farms.best
    assert best == {0: 3, len(LOSSES): 2}


@pytest.fixture
def summed_up(small_config: Path, small_run: RunResult, tmp_path: Path) -> dict[str, Any]:
    """The small run's summary, as losses would have made it."""
    folder = RunFolder(Path(shutil.copytree(small_run.folder.path, tmp_path / "run")))
    content = read_ledger(folder.ledger)
    problem = lossy(small_config, economics=MONEY)
    record = folder.read(RunFolder.assessment_record)
    return summarise(problem, content, read_results(folder), record, "completed", "")


def test_summary_has_net_beside_gross(summed_up: dict[str, Any], small_run: RunResult) -> None:
    gross = small_run.summary
    assert summed_up["aep_gwh"] == gross["aep_gwh"]
    assert summed_up["aep_net_gwh"] == pytest.approx(SHARE * gross["aep_gwh"])
    assert summed_up["aep_net_initial_gwh"] == pytest.approx(SHARE * gross["aep_initial_gwh"])
    assert summed_up["losses_pct"] == pytest.approx(100 * (1 - SHARE))
    assert summed_up["gain_pct"] == gross["gain_pct"]
    assert gross["aep_net_gwh"] == gross["aep_gwh"]
    profit = 60e3 * SHARE * gross["aep_gwh"] - 9e6
    assert summed_up["economics"]["profit"] == pytest.approx(profit)


def test_payback_is_by_what_reaches_the_meter(
    summed_up: dict[str, Any], small_run: RunResult
) -> None:
    gained = (summed_up["aep_gwh"] - summed_up["aep_initial_gwh"]) * 1e9
    spent = summed_up["energy_wh"]["central"]
    assert summed_up["payback_s"] == pytest.approx(payback_seconds(spent, SHARE * gained))
    more = spent / small_run.summary["energy_wh"]["central"]  # summing up anew is charged
    assert summed_up["payback_s"] == pytest.approx(more * small_run.summary["payback_s"] / SHARE)


def test_console_says_net_only_where_there_are_losses(
    summed_up: dict[str, Any], small_run: RunResult
) -> None:
    texts = []
    for summary in (summed_up, small_run.summary):
        console = Console(width=160, record=True, file=io.StringIO())
        console.print(summary_table(summary))
        texts.append(console.export_text())
    assert f"{summed_up['aep_net_gwh']:,.1f} GWh" in texts[0]
    assert "after losses of 9.69 %" in texts[0]
    assert "net AEP" not in texts[1]


def test_the_ledger_weighs_net_gains(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.jsonl", {"name": "net"})
    ledger.gain(
        reference="initial", aep_wh=101e9, reference_aep_wh=100e9, feasible=True, loss_factor=SHARE
    )
    (gain,) = ledger.content().gains
    assert gain["gain_wh_per_year"] == pytest.approx(SHARE * 1e9)


def test_a_config_keeps_its_losses(small_config: Path, tmp_path: Path) -> None:
    config = lossy(small_config).config
    dump_config(config, tmp_path / "config.yaml")
    assert load_config(tmp_path / "config.yaml").losses == config.losses


@pytest.mark.parametrize("name", LOSSES)
def test_availability_is_not_taken_for_its_loss(small_config: Path, name: str) -> None:
    """97 for an availability of 97 % would leave 3 % of the AEP."""
    with pytest.raises(ConfigError, match=rf"losses\.{name}: 97 is refused; .*less than 50"):
        load_problem(small_config, {"losses": {name: 97}})
