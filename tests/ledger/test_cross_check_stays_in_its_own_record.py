"""CodeCarbon as the test writes it."""

import sys
from types import SimpleNamespace

import pytest

from windopt.assessment.summarise import ledger_table
from windopt.errors import ConfigError
from windopt.exports.ledger_tables import to_csv
from windopt.ledger.meters.cross_check import CodeCarbonCheck
from windopt.ledger.totals import read_ledger


class Tracker:
    """Reads 0.25 Wh, unless it is told to stumble."""

    stumbles = ""
    told: dict[str, object]

    def __init__(self, **options: object) -> None:
        Tracker.told = options
        self.final_emissions_data = SimpleNamespace(energy_consumed=0.25e-3)

    def start(self) -> None:
        if self.stumbles == "start":
            raise OSError("no such sensor")

    def stop(self) -> None:
        if self.stumbles == "stop":
            raise ValueError("no reading")


@pytest.fixture
def codecarbon(monkeypatch):
    monkeypatch.setattr(Tracker, "stumbles", "")
    module = SimpleNamespace(OfflineEmissionsTracker=Tracker, __version__="9.9")
    monkeypatch.setitem(sys.modules, "codecarbon", module)
    return Tracker


def checked(ledger, meter):
    with CodeCarbonCheck("NLD").over(ledger), ledger.stage("train"):
        meter.use(wall_s=10.0, cpu_s_self=10.0)


def test_its_reading_has_a_record_and_is_in_no_total(codecarbon, ledger, path, meter):
    checked(ledger, meter)
    content = read_ledger(path)
    (check,) = content.cross_checks
    assert (check["tool"], check["version"], check["country"]) == ("CodeCarbon", "9.9", "NLD")
    assert check["energy_wh"] == pytest.approx(0.25)
    assert content.totals.energy == content.totals.by_stage["train"].energy


def test_it_is_offline_quiet_and_writes_no_file(codecarbon, ledger, meter):
    checked(ledger, meter)
    assert codecarbon.told["country_iso_code"] == "NLD"
    assert codecarbon.told["save_to_file"] is codecarbon.told["save_to_api"] is False
    assert codecarbon.told["log_level"] == "critical"


def test_the_table_marks_it(codecarbon, ledger, path, meter):
    checked(ledger, meter)
    rows = ledger_table([path])
    assert [row.stage for row in rows] == ["train", "total", "cross-check"]
    assert rows[-1].energy_wh["central"] == pytest.approx(0.25)
    assert rows[-1].energy_wh["method"] == "CodeCarbon 9.9"
    assert "cross-check" in to_csv(rows)


@pytest.mark.parametrize("when", ["start", "stop"])
def test_what_it_stumbles_over_does_not_stop_the_run(codecarbon, ledger, path, meter, when):
    codecarbon.stumbles = when
    checked(ledger, meter)
    assert read_ledger(path).cross_checks == ()
    assert [stage.status for stage in read_ledger(path).stages] == ["completed"]


def test_without_the_package_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    with pytest.raises(ConfigError, match=r"pip install 'windopt\[energy\]'"):
        CodeCarbonCheck("NLD")
