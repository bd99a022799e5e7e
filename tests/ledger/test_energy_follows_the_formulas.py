import pytest

from windopt.ledger.energy import Energy
from windopt.ledger.meters.base import VcpuMeter
from windopt.ledger.meters.rapl import RaplMeter
from windopt.ledger.meters.usage import Usage
from windopt.ledger.totals import Cost

HOUR_OF_WORK = Usage(wall_s=3600.0, cpu_s_self=1800.0, cpu_s_children=5400.0, memory_gb_s=7200.0)


def test_two_busy_vcpus_draw_their_full_power():
    busy = VcpuMeter(vcpus=2).energy(Usage(wall_s=100.0, cpu_s_self=200.0))
    assert busy.reserved.central == pytest.approx(2 * 3.5 * 100.0)
    assert busy.marginal.central == pytest.approx(2 * (3.5 - 0.74) * 100.0)


def test_vcpu_model_adds_idle_active_and_memory_with_its_band():
    reserved, marginal = VcpuMeter(vcpus=4).energy(HOUR_OF_WORK)
    joules = 4 * 0.74 * 3600 + (3.5 - 0.74) * 7200 + 0.39 * 7200
    assert reserved.central == pytest.approx(joules)
    assert reserved.low == pytest.approx(0.3 * joules)
    assert reserved.high == pytest.approx(3.0 * joules)
    assert marginal.central == pytest.approx((3.5 - 0.74) * 7200)
    assert reserved.method == marginal.method == "per-vCPU model"


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
