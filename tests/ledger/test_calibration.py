"""The power model held against counters and a wall meter's reading, and used from then on."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from windopt.commands import cli
from windopt.ledger.meters import calibration, rapl
from windopt.ledger.meters.base import VcpuMeter, model_facts
from windopt.ledger.meters.calibration import Calibration, CalibrationFile, Load, by_counters
from windopt.ledger.meters.power_model import PowerModel
from windopt.ledger.meters.probe import probe_meter
from windopt.ledger.meters.usage import Usage


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WINDOPT_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setattr(rapl, "POWERCAP", tmp_path / "no counters")
    return tmp_path / "library"


def meter(*arguments: str) -> tuple[int, str]:
    ended = CliRunner().invoke(cli.app, ["meter", *arguments])
    said = ended.output if ended.exception is None else f"{ended.output}{ended.exception}"
    return ended.exit_code, " ".join(said.split())


def test_counters_are_widened_to_the_wall_before_they_are_compared() -> None:
    found = by_counters(Load(wall_s=10.0, model_j=100.0, counters_j=80.0, others_share=0.0))
    assert found is not None
    assert found.ratio == pytest.approx(1.45 * 80.0 / 100.0)
    assert by_counters(Load(10.0, 100.0, None, 0.0)) is None


def test_calibrated_model_is_multiplied_and_says_so() -> None:
    model = Calibration(1.16, "counters", "2026-01-02", 1.0, 1.16).on(PowerModel())
    used = Usage(wall_s=100.0, cpu_s_self=200.0)
    reserved, marginal = VcpuMeter(2, model).energy(used)
    assert reserved.central == pytest.approx(1.16 * 2 * 3.5 * 100.0)
    assert marginal.central == pytest.approx(1.16 * 2 * (3.5 - 0.74) * 100.0)
    assert reserved.low / reserved.central == pytest.approx(1.1 / 1.45)
    assert reserved.method == "per-vCPU model, calibrated"
    facts = model_facts(VcpuMeter(2, model))
    assert facts is not None
    assert (facts["ratio"], facts["calibrated"]) == (1.16, "counters, 2026-01-02")


def test_what_was_found_is_kept_and_used_here_and_nowhere_else(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = CalibrationFile(library)
    assert kept.calibration() is None
    kept.keep(calibration=Calibration.of(100.0, 150.0, "wall meter"))
    used = probe_meter("vcpu", calibrated_in=library)
    facts = model_facts(used)
    assert facts is not None
    assert facts["ratio"] == 1.5
    monkeypatch.setattr(calibration, "this_machine", lambda: "another")
    assert kept.calibration() is None


def test_damaged_file_is_no_calibration(library: Path) -> None:
    library.mkdir()
    kept = CalibrationFile(library)
    for text in ("torn", "[]", '{"x": 1}'):
        kept.path.write_text(text)
        assert kept.calibration() is None
    kept.keep(load=Load(1.0, 2.0, None, 0.0))
    assert kept.load() == Load(1.0, 2.0, None, 0.0)


def test_command_tells_the_model_with_its_source_and_the_scenarios(library: Path) -> None:
    code, said = meter()
    assert code == 0
    for part in ("per virtual processor (Cloud Carbon Footprint", "W per GB", "band:"):
        assert part in said
    for part in ("own machine: 1,", "large cloud: 1.2,", "unknown data centre: 1.56,"):
        assert part in said
    assert "not calibrated" in said


def test_nothing_to_compare_with_is_said_and_is_no_failure(library: Path) -> None:
    code, said = meter("--calibrate")
    assert code == 0
    assert "nothing to compare with" in said
    assert not library.exists()


def test_wall_meter_is_read_by_the_user(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = meter("--reading", "1")
    assert code != 0
    assert "no load waits for a reading" in said
    load = Load(wall_s=600.0, model_j=7200.0, counters_j=None, others_share=0.0)
    monkeypatch.setattr(calibration, "put_under_load", lambda *_: load)
    code, said = meter("--calibrate", "--seconds", "600")
    assert code == 0
    assert "--reading WH" in said
    code, said = meter("--reading", "3")
    assert code == 0
    assert "1.5 times the model" in said
    assert "calibrated: multiplied by 1.5 (wall meter" in meter()[1]


def test_counters_calibrate_at_once(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = Load(wall_s=20.0, model_j=100.0, counters_j=100.0, others_share=0.0)
    monkeypatch.setattr(calibration, "put_under_load", lambda *_: load)
    assert "1.45 times the model" in meter("--calibrate", "--seconds", "20")[1]


def test_crowded_machine_is_not_calibrated(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = Load(wall_s=20.0, model_j=100.0, counters_j=100.0, others_share=0.5)
    monkeypatch.setattr(calibration, "put_under_load", lambda *_: load)
    code, said = meter("--calibrate", "--seconds", "20")
    assert code == 0
    assert "others used 50 % of this machine" in said
    assert CalibrationFile(library).calibration() is None


def test_load_is_counted_and_ends(tmp_path: Path) -> None:
    counters = iter([0, 5_000_000, 9_000_000])
    zone = tmp_path / "intel-rapl:0"
    zone.mkdir()
    (zone / "name").write_text("package-0")
    (zone / "max_energy_range_uj").write_text("100000000")
    (zone / "energy_uj").write_text(str(next(counters)))

    def wait(_: float) -> None:
        (zone / "energy_uj").write_text(str(next(counters)))

    load = calibration.put_under_load(0.1, tmp_path, wait)
    assert load.counters_j == pytest.approx(5.0)
    assert load.model_j > 0
