"""NVML as the test writes it: cards that count, that stand still, that nobody may read."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.base import VcpuMeter
from windopt.ledger.meters.nvml import find_gpus, with_gpus
from windopt.ledger.meters.probe import probe_meter
from windopt.ledger.meters.rapl import RaplMeter, find_rapl_zones
from windopt.ledger.meters.usage import Usage
from windopt.ledger.records import read_records


class NVMLError(Exception):
    pass


class Card:
    """Draws what the test says, in millijoules."""

    def __init__(self, energy_mj: int = 7_000_000, per_reading_mj: int = 0) -> None:
        self.energy_mj, self.per_reading_mj = energy_mj, per_reading_mj
        self.busy_pct, self.used = 0, 500_000_000
        self.refuses = False


class FakeNvml:
    NVMLError = NVMLError

    def __init__(self, *cards: Card, driver: bool = True) -> None:
        self.cards, self.driver = cards, driver

    def nvmlInit(self) -> None:  # noqa: N802
        if not self.driver:
            raise NVMLError("NVML Shared Library Not Found")

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, number: int) -> Card:  # noqa: N802
        return self.cards[number]

    def nvmlDeviceGetTotalEnergyConsumption(self, card: Card) -> int:  # noqa: N802
        if card.refuses:
            raise NVMLError("Not Supported")
        card.energy_mj += card.per_reading_mj
        return card.energy_mj

    def nvmlDeviceGetUtilizationRates(self, card: Card) -> Any:  # noqa: N802
        return SimpleNamespace(gpu=card.busy_pct)

    def nvmlDeviceGetMemoryInfo(self, card: Card) -> Any:  # noqa: N802
        return SimpleNamespace(used=card.used)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def put(*cards: Card, driver: bool = True) -> None:
        monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(*cards, driver=driver))

    return put


def at_rest(seconds: float) -> None:
    """Take no time."""


def test_a_card_at_rest_is_believed_if_its_counter_moves_at_all(install):
    install(Card(per_reading_mj=1))
    assert "1 graphics card" in with_gpus(VcpuMeter(), at_rest).scope


def test_a_card_that_stands_still_is_not_believed(install):
    install(Card())
    assert isinstance(with_gpus(VcpuMeter(), at_rest), VcpuMeter)


def test_a_card_that_may_not_be_read_is_left_out_and_the_others_stay(install):
    closed = Card()
    closed.refuses = True
    install(closed, Card(per_reading_mj=1), Card())
    assert len(find_gpus()) == 2
    assert "1 graphics card" in with_gpus(VcpuMeter(), at_rest).scope


def test_without_a_driver_there_is_no_card(install):
    install(driver=False)
    assert find_gpus() == []


def test_without_the_package_there_is_no_card(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert find_gpus() == []


def test_only_the_cards_that_the_run_may_use_are_metered(install, monkeypatch):
    install(Card(), Card(), Card())
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 0")
    assert len(find_gpus()) == 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert find_gpus() == []


def test_beside_the_vcpu_model_each_part_keeps_its_own_band(install):
    card = Card(per_reading_mj=1)
    install(card)
    meter = with_gpus(VcpuMeter(vcpus=2), at_rest)
    card.per_reading_mj = 0
    start = meter.read()
    card.energy_mj += 100_000
    assert (meter.read() - start).gpu_j == pytest.approx(100.0)
    reserved, marginal = meter.energy(Usage(wall_s=1e-9, cpu_s_self=10.0, gpu_j=100.0))
    model = VcpuMeter(vcpus=2).energy(Usage(wall_s=1e-9, cpu_s_self=10.0)).reserved
    assert reserved.low == pytest.approx(model.low + 110.0)
    assert reserved.central == pytest.approx(model.central + 145.0)
    assert reserved.high == pytest.approx(model.high + 190.0)
    assert reserved.method == marginal.method == "per-vCPU model + NVML"
    assert meter.scope == f"{VcpuMeter.scope}; 1 graphics card"


def test_beside_rapl_the_sum_has_the_counters_band(install, tmp_path):
    for name, text in {
        "name": "package-0",
        "max_energy_range_uj": "1000",
        "energy_uj": "5",
    }.items():
        (tmp_path / "intel-rapl:0").mkdir(exist_ok=True)
        (tmp_path / "intel-rapl:0" / name).write_text(text)
    card = Card(per_reading_mj=1)
    install(card)
    meter = with_gpus(RaplMeter(find_rapl_zones(tmp_path)), at_rest)
    reserved, _ = meter.energy(Usage(measured_j=60.0, gpu_j=40.0))
    bounds = (reserved.low, reserved.central, reserved.high)
    assert bounds == pytest.approx((110.0, 145.0, 190.0))
    assert reserved.method == "RAPL (package) + NVML"


def test_idle_power_is_measured_at_the_probe_and_taken_out_of_the_margin(install, monkeypatch):
    card = Card()
    install(card)
    now = [0.0]
    monkeypatch.setattr("windopt.ledger.meters.nvml.time.monotonic", lambda: now[0])

    def rest(seconds: float) -> None:
        card.energy_mj += 25_000  # 25 J in half a second: 50 W
        now[0] += 0.5

    meter = with_gpus(VcpuMeter(vcpus=1), rest)
    _, marginal = meter.energy(Usage(wall_s=2.0, gpu_j=300.0))
    assert marginal.central == pytest.approx(1.45 * (300.0 - 50.0 * 2.0))


def test_a_driver_loaded_anew_and_a_card_that_vanishes_take_nothing_back(install):
    card = Card(energy_mj=9_000)
    install(card)
    (gpu,) = find_gpus()
    card.energy_mj = 12_000
    assert gpu.read()[0] == 3.0
    card.energy_mj = 100
    assert gpu.read()[0] == 3.0
    card.energy_mj = 600
    assert gpu.read()[0] == 3.5
    card.refuses = True
    assert gpu.read() == (3.5, 0.0, 0.0)


def test_a_stage_tells_gpu_seconds_and_memory(install, path, monkeypatch):
    card = Card(per_reading_mj=1)
    install(card)
    meter = with_gpus(VcpuMeter(), at_rest)
    now = [100.0]
    monkeypatch.setattr("windopt.ledger.meters.nvml.time.monotonic", lambda: now[0])
    ledger = Ledger.open(path, meter=meter, heartbeat_s=1e6)
    with ledger.stage("train"):
        card.busy_pct, card.used = 50, 3_000_000_000
        now[0] += 4.0
        ledger.totals()
        card.busy_pct, card.used = 0, 1_000_000_000
        now[0] += 4.0
    end = read_records(path).records[-1]
    assert end["gpu_s"] == pytest.approx(2.0)
    assert end["peak_gpu_gb"] == 3.0
    assert end["method"] == "per-vCPU model + NVML"


def test_without_a_card_its_seconds_are_unknown(path):
    with Ledger.open(path, meter=VcpuMeter()).stage("train"):
        pass
    end = read_records(path).records[-1]
    assert end["gpu_s"] is end["peak_gpu_gb"] is None
    assert end["peak_rss_gb"] > 0


def test_the_probe_puts_the_card_beside_the_model(install, tmp_path):
    install(Card(per_reading_mj=1))
    assert probe_meter("vcpu").scope == f"{VcpuMeter.scope}; 1 graphics card"
