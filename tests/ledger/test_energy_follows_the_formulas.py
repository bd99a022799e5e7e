import pytest

from windopt.ledger.energy import Energy
from windopt.ledger.meters.base import VcpuMeter
from windopt.ledger.meters.power_model import (
    GENERIC_BAND,
    KNOWN_BAND,
    MEMORY_W_PER_GB,
    PowerModel,
)
from windopt.ledger.meters.processors import GENERIC, PROCESSORS
from windopt.ledger.meters.rapl import RaplMeter
from windopt.ledger.meters.share import held_vcpus
from windopt.ledger.meters.usage import Usage
from windopt.ledger.totals import Cost
from windopt.workers.host import Host
from windopt.workers.remote import REMOTE

HOUR_OF_WORK = Usage(wall_s=3600.0, cpu_s_self=1800.0, cpu_s_children=5400.0, memory_gb_s=7200.0)


def test_two_busy_vcpus_draw_their_full_power():
    busy = VcpuMeter(vcpus=2).energy(Usage(wall_s=100.0, cpu_s_self=200.0))
    assert busy.reserved.central == pytest.approx(2 * 3.5 * 100.0)
    assert busy.marginal.central == pytest.approx(2 * (3.5 - 0.74) * 100.0)


def test_vcpu_model_adds_idle_active_and_memory_with_its_band():
    reserved, marginal = VcpuMeter(vcpus=4).energy(HOUR_OF_WORK)
    joules = 4 * 0.74 * 3600 + (3.5 - 0.74) * 7200 + 0.392 * 7200
    assert reserved.central == pytest.approx(joules)
    assert reserved.low == pytest.approx(0.3 * joules)
    assert reserved.high == pytest.approx(3.0 * joules)
    assert marginal.central == pytest.approx((3.5 - 0.74) * 7200)
    assert reserved.method == marginal.method == "per-vCPU model"


def test_memory_goes_with_the_vcpus_held_and_costs_no_less_than_what_is_used():
    """16 GB on a machine with 8 vCPUs, of which the run has 4: 8 GB."""
    model = PowerModel(memory_gb_per_vcpu=2.0)
    joules, _ = model.joules(Usage(wall_s=100.0, memory_gb_s=100.0), 4)
    assert joules == pytest.approx((4 * 0.74 + 0.392 * 8.0) * 100.0)
    joules, _ = model.joules(Usage(wall_s=100.0, memory_gb_s=1500.0), 4)
    assert joules == pytest.approx(4 * 0.74 * 100.0 + 0.392 * 1500.0)


def test_crowded_machine_bills_the_same_work_no_higher():
    """The same 200 CPU-s, in 100 s alone and in 200 s beside somebody who has half of it."""
    model, alone = PowerModel(memory_gb_per_vcpu=4.0), Usage(wall_s=100.0, cpu_s_self=200.0)
    held = held_vcpus(own=1.0, busy=2.0, vcpus=2, there=2)
    assert held == pytest.approx(1.0, rel=0.05)
    crowded = Usage(wall_s=200.0, cpu_s_self=200.0, yielded_vcpu_s=200.0 * (2 - held))
    assert model.joules(crowded, 2)[0] == pytest.approx(model.joules(alone, 2)[0], rel=0.05)


def test_short_stage_on_a_crowded_machine_never_costs_less_than_its_own_work():
    """What others had in a long step may be told within a short stage: no energy is negative."""
    crowded = Usage(wall_s=0.1, cpu_s_self=0.05, yielded_vcpu_s=3.0)
    reserved, marginal = VcpuMeter(2).energy(crowded)
    assert reserved.central == pytest.approx(0.05 * 3.5)
    assert marginal.low <= marginal.central <= reserved.central <= reserved.high


def test_share_of_the_machine():
    assert held_vcpus(own=1.9, busy=1.92, vcpus=2, there=2) == 2.0  # the system's daemons
    assert held_vcpus(own=0.0, busy=0.0, vcpus=2, there=2) == 2.0  # held, though it waits
    assert held_vcpus(own=4.0, busy=32.0, vcpus=4, there=64) == 4.0  # others have theirs
    assert held_vcpus(own=1.0, busy=4.0, vcpus=4, there=4) == pytest.approx(1.0, rel=0.1)


def test_work_elsewhere_is_charged_at_full_load_beside_any_meter():
    there = Usage(remote={"nobody knows it": 10.0})
    assert VcpuMeter(vcpus=2).energy(there).reserved.central == pytest.approx(35.0)
    use = RaplMeter([]).energy(there)
    assert use.reserved.central == pytest.approx(35.0)
    assert use.reserved.method == "RAPL () + per-vCPU model"


def test_another_machine_is_charged_by_the_watts_of_its_own_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = Host("node7", {"model name": "Intel(R) Xeon(R) Platinum 8280"}, 4.0)
    monkeypatch.setattr(REMOTE, "hosts", {"node7": host})
    use = VcpuMeter(2, PowerModel(PROCESSORS["EPYC 2nd generation"])).energy(
        Usage(remote={"node7": 10.0, "idle": 0.0})
    )
    row = PROCESSORS["Cascade Lake"]
    memory_w = 4.0 * MEMORY_W_PER_GB
    assert use.reserved.central == pytest.approx(10.0 * (row.full_w + memory_w))
    assert use.marginal.central == pytest.approx(10.0 * (row.full_w - row.idle_w))
    assert use.reserved.method.endswith("per-vCPU model, Cascade Lake")


def test_known_processor_has_its_row_its_band_and_its_name():
    row = PROCESSORS["EPYC 2nd generation"]
    meter = VcpuMeter(2, PowerModel(row, band=KNOWN_BAND))
    reserved, _ = meter.energy(Usage(wall_s=100.0, cpu_s_self=200.0))
    assert reserved.central == pytest.approx(2 * 1.69 * 100.0)
    assert (reserved.low, reserved.high) == (
        pytest.approx(0.5 * reserved.central),
        pytest.approx(2.0 * reserved.central),
    )
    assert reserved.method == "per-vCPU model, EPYC 2nd generation"


def test_band_of_an_unknown_processor_holds_every_row():
    for row in PROCESSORS.values():
        for ratio in (row.idle_w / GENERIC.idle_w, row.full_w / GENERIC.full_w):
            assert GENERIC_BAND.low < ratio < GENERIC_BAND.high


def test_rapl_has_its_own_band_and_takes_the_idle_power_out_of_the_margin():
    reserved, marginal = RaplMeter([], idle_w=5.0).energy(Usage(wall_s=10.0, measured_j=80.0))
    assert (reserved.low, reserved.central, reserved.high) == pytest.approx((88.0, 116.0, 152.0))
    assert (marginal.low, marginal.central, marginal.high) == pytest.approx((33.0, 43.5, 57.0))


def test_margin_never_falls_below_zero():
    _, marginal = RaplMeter([], idle_w=50.0).energy(Usage(wall_s=10.0, measured_j=80.0))
    assert marginal.high == 0.0


def test_sums_add_the_bounds_and_name_each_method_once():
    model = Energy(1.0, 2.0, 6.0, "per-vCPU model")
    rapl = Energy(10.0, 14.0, 19.0, "RAPL (package)")
    total = model + rapl + model
    assert (total.low, total.central, total.high) == (12.0, 18.0, 31.0)
    assert total.method == "per-vCPU model + RAPL (package)"
    assert Energy() + model == model


def test_costs_add_up_and_what_a_run_caused_stays_apart():
    held, caused = Energy(4.0, 8.0, 24.0, "m"), Energy(1.0, 2.0, 6.0, "m")
    both = Cost(1.0, 2.0, held, caused, {"a": 1}) + Cost(3.0, 5.0, held, caused, {"a": 2, "b": 4})
    assert both == Cost(4.0, 7.0, held + held, caused + caused, {"a": 3, "b": 4})
    assert both.without(Cost(3.0, 5.0, held, caused)) == Cost(
        1.0, 2.0, held, caused, {"a": 3, "b": 4}
    )


def test_watt_hours_keep_bounds_and_method():
    assert Energy(3600.0, 7200.0, 36000.0, "m").to_wh() == {
        "low": 1.0,
        "central": 2.0,
        "high": 10.0,
        "method": "m",
    }
