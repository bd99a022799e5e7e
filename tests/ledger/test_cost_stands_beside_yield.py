import contextlib
import math

import pytest

from windopt.assessment.payback import payback_seconds
from windopt.assessment.summarise import ledger_table
from windopt.errors import RunFolderError
from windopt.ledger.ledger import Ledger
from windopt.ledger.totals import read_ledger


def train(ledger, meter, error=None):
    with ledger.stage("train"):
        meter.use(wall_s=5.0, cpu_s_self=5.0)
        if error:
            raise error


def finished_run(folder, meter, aep_wh):
    ledger = Ledger.open(folder / "ledger.jsonl", meter=meter)
    with ledger.stage("simulate") as stage:
        stage.count(floris_evaluations=10)
        meter.use(wall_s=10.0, cpu_s_self=20.0)
    with contextlib.suppress(RuntimeError):
        train(ledger, meter, RuntimeError("diverged"))
    train(ledger, meter)
    ledger.gain(reference="grid", aep_wh=aep_wh, reference_aep_wh=1e12, feasible=True)
    ledger.gain(
        reference="initial",
        aep_wh=aep_wh,
        reference_aep_wh=8e11,
        predicted_aep_wh=aep_wh + 1e9,
        feasible=True,
        loss_factor=0.9,
        wake_model="gauss",
    )
    return ledger


def test_a_gain_is_net_of_losses_with_the_surrogates_optimism_beside_it(tmp_path, meter):
    finished_run(tmp_path, meter, aep_wh=8.1e11)
    gain = read_ledger(tmp_path / "ledger.jsonl").gains[-1]
    assert gain["gain_wh_per_year"] == pytest.approx(0.9 * 1e10)
    assert gain["gain_pct"] == pytest.approx(1.25)
    assert gain["optimism_wh_per_year"] == pytest.approx(1e9)
    assert (gain["reference"], gain["wake_model"]) == ("initial", "gauss")


def test_an_asset_owes_the_energy_of_all_it_took_failures_included(tmp_path, meter):
    ledger = finished_run(tmp_path, meter, aep_wh=8.1e11)
    ledger.asset("surrogate", tmp_path / "surrogate", ["train"], domain={"n_turbines": [2, 64]})
    (asset,) = read_ledger(tmp_path / "ledger.jsonl").assets
    assert asset["energy_debt_wh"] == ledger.totals().by_stage["train"].energy_wh
    assert asset["domain"] == {"n_turbines": [2, 64]}


def test_the_table_has_each_stage_and_the_total_of_each_run(tmp_path, meter):
    finished_run(tmp_path / "a", meter, aep_wh=8.1e11)
    finished_run(tmp_path / "b", meter, aep_wh=7.9e11)
    rows = ledger_table([tmp_path / "a", tmp_path / "b" / "ledger.jsonl"])
    assert [(row.run, row.stage, row.status) for row in rows[:4]] == [
        ("a", "simulate", "completed"),
        ("a", "train", "failed"),
        ("a", "train", "completed"),
        ("a", "total", "completed"),
    ]
    total, lost = rows[3], rows[7]
    assert (total.wall_s, total.cpu_s, total.counts) == (20.0, 30.0, {"floris_evaluations": 10})
    assert total.payback_s == payback_seconds(total.energy_wh["central"], 0.9 * 1e10)
    assert 0 < total.waste_share < 0.5
    assert (lost.run, lost.payback_s) == ("b", math.inf)


def test_an_evaluation_is_listed_and_no_part_of_the_runs_cost(tmp_path, meter):
    ledger = finished_run(tmp_path, meter, aep_wh=8.1e11)
    before, total = ledger.totals(), ledger_table([tmp_path])[-1]
    with contextlib.suppress(RuntimeError), ledger.stage("validate") as stage:
        stage.count(floris_evaluations=80)
        meter.use(wall_s=7.0, cpu_s_self=14.0)
        raise RuntimeError("no memory")
    after = ledger.totals()
    assert after.apart["validate"].cpu_s == 14.0
    assert (after.by_stage, after.counts, after.energy) == (
        before.by_stage,
        before.counts,
        before.energy,
    )
    assert after.waste_share == before.waste_share
    rows = ledger_table([tmp_path])
    assert [row.stage for row in rows[-2:]] == ["total", "validate"]
    assert rows[-2] == total
    assert (rows[-1].wall_s, rows[-1].counts) == (7.0, {"floris_evaluations": 80})
    assert rows[-1].energy_wh["central"] > 0


def test_a_run_without_a_verdict_has_a_cost_and_no_payback(tmp_path, meter):
    with Ledger.open(tmp_path / "ledger.jsonl", meter=meter).stage("simulate"):
        meter.use(wall_s=1.0)
    total = ledger_table([tmp_path])[-1]
    assert total.energy_wh["central"] > 0
    assert (total.gain_pct, total.payback_s) == (None, None)


def test_a_folder_without_a_ledger_is_named(tmp_path):
    with pytest.raises(RunFolderError, match=tmp_path.name):
        ledger_table([tmp_path])
