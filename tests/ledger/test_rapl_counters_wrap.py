"""RAPL on a powercap tree that the test writes."""

from pathlib import Path

import pytest

from windopt.ledger.meters.base import VcpuMeter
from windopt.ledger.meters.probe import probe_meter
from windopt.ledger.meters.rapl import RaplMeter, find_rapl_zones, probe_rapl

RANGE_UJ = 1_000_000_000


class Powercap:
    def __init__(self, root: Path) -> None:
        self.root = root

    def zone(self, folder: str, name: str, energy_uj: int = 0) -> None:
        (self.root / folder).mkdir()
        (self.root / folder / "name").write_text(f"{name}\n")
        (self.root / folder / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
        self.set(folder, energy_uj)

    def set(self, folder: str, energy_uj: int) -> None:
        (self.root / folder / "energy_uj").write_text(f"{energy_uj}\n")


@pytest.fixture
def powercap(tmp_path):
    tree = Powercap(tmp_path)
    tree.zone("intel-rapl:0", "package-0", 900_000_000)
    tree.zone("intel-rapl:0:0", "core", 5)
    tree.zone("intel-rapl:0:1", "dram", 100_000_000)
    tree.zone("intel-rapl:1", "psys", 7)
    tree.zone("intel-rapl-mmio:0", "package-0", 900_000_000)
    return tree


def test_package_and_dram_are_read_and_nothing_twice(powercap):
    zones = find_rapl_zones(powercap.root)
    assert [(zone.folder.name, zone.kind) for zone in zones] == [
        ("intel-rapl:0", "package"),
        ("intel-rapl:0:1", "dram"),
    ]


def test_counters_are_unrolled_over_several_wraps(powercap):
    meter = RaplMeter(find_rapl_zones(powercap.root))
    start = meter.read()
    for package_uj, dram_uj in [(50_000_000, 130_000_000), (950_000_000, 130_000_000), (10, 20)]:
        powercap.set("intel-rapl:0", package_uj)
        powercap.set("intel-rapl:0:1", dram_uj)
        used = meter.read() - start
    package_j = 150 + 900 + 50.00001
    dram_j = 30 + 0 + 870.00002
    assert used.measured_j == pytest.approx(package_j + dram_j, abs=1e-6)
    assert meter.energy(used).reserved.central == pytest.approx(1.45 * (package_j + dram_j))
    assert meter.energy(used).reserved.method == "RAPL (package, dram)"


def test_a_counter_that_vanishes_stands_still(powercap):
    meter = RaplMeter(find_rapl_zones(powercap.root))
    powercap.set("intel-rapl:0", 900_000_000 + 2_000_000)
    assert meter.read().measured_j == pytest.approx(2.0)
    (powercap.root / "intel-rapl:0" / "energy_uj").unlink()
    assert meter.read().measured_j == pytest.approx(2.0)


def test_probe_takes_counters_that_move_under_load(powercap):
    meter = probe_rapl(
        powercap.root,
        rest=lambda seconds: None,
        load=lambda seconds: powercap.set("intel-rapl:0", 903_000_000),
    )
    assert isinstance(meter, RaplMeter)


def test_probe_refuses_counters_that_stand_still(powercap):
    assert probe_rapl(powercap.root, lambda seconds: None, lambda seconds: None) is None


def test_probe_refuses_memory_without_a_package(powercap):
    package = powercap.root / "intel-rapl:0" / "energy_uj"
    package.unlink()
    package.mkdir()  # unreadable, for root too
    assert [zone.kind for zone in find_rapl_zones(powercap.root)] == ["dram"]
    assert probe_rapl(powercap.root, lambda seconds: None, lambda seconds: None) is None


def test_without_counters_the_vcpu_model_is_the_meter(tmp_path):
    assert isinstance(probe_meter(powercap=tmp_path / "absent"), VcpuMeter)
