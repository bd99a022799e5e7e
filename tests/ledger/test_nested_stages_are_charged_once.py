import pytest

from windopt.ledger.ledger import Ledger
from windopt.ledger.totals import read_ledger


def test_a_childs_cost_is_not_its_parents(ledger, path, meter):
    with ledger.stage("verify") as verify:
        meter.use(wall_s=1.0, cpu_s_self=1.0)
        verify.count(floris_evaluations=2)
        with ledger.stage("retrain") as retrain:
            meter.use(wall_s=4.0, cpu_s_self=3.0, cpu_s_children=5.0)
            retrain.count(floris_evaluations=5, optimiser_steps=9)
        meter.use(wall_s=1.0)
    totals = read_ledger(path).totals
    assert (totals.wall_s, totals.cpu_s) == (6.0, 9.0)
    assert (totals.by_stage["verify"].wall_s, totals.by_stage["verify"].cpu_s) == (2.0, 1.0)
    assert (totals.by_stage["retrain"].wall_s, totals.by_stage["retrain"].cpu_s) == (4.0, 8.0)
    assert totals.counts == {"floris_evaluations": 7, "optimiser_steps": 9}


def test_stages_add_up_to_the_total_in_every_bound(ledger, meter):
    for kind in ("simulate", "train", "simulate"):
        with ledger.stage(kind):
            meter.use(wall_s=2.0, cpu_s_self=3.0)
            with ledger.stage("verify"):
                meter.use(wall_s=1.0, memory_gb_s=4.0)
    totals = ledger.totals()
    assert list(totals.by_stage) == ["simulate", "verify", "train"]
    for bound in ("low", "central", "high"):
        parts = [cost.energy_wh[bound] for cost in totals.by_stage.values()]
        assert totals.energy_wh[bound] == pytest.approx(sum(parts))


def test_time_between_stages_is_nobodys(ledger, meter):
    with ledger.stage("simulate"):
        meter.use(cpu_s_self=1.0)
    meter.use(cpu_s_self=100.0)
    with ledger.stage("train"):
        meter.use(cpu_s_self=1.0)
    assert ledger.totals().cpu_s == 2.0


def test_pue_multiplies_the_energy_of_its_own_run(path, meter):
    for pue in (1.0, 1.5):
        with Ledger.open(path, {"pue": pue}, meter=meter).stage("train"):
            meter.use(cpu_s_self=10.0)
    first, second = (stage.cost for stage in read_ledger(path).stages)
    assert second.energy.central == pytest.approx(1.5 * first.energy.central)
    assert second.energy_marginal.high == pytest.approx(1.5 * first.energy_marginal.high)
    assert second.cpu_s == first.cpu_s
