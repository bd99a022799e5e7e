import csv
import io
import json

import pytest

from windopt.assessment.carbon import carbon_of
from windopt.assessment.figures import figures_of
from windopt.assessment.summarise import ledger_table
from windopt.exports.ledger_tables import to_csv, to_json
from windopt.ledger.energy import Energy
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.base import NoMeter
from windopt.ledger.records import read_records
from windopt.ledger.totals import read_ledger
from windopt.report.cost import NO_ENERGY, cost_section
from windopt.report.wording import energy, summary_rows

INTENSITY = {"low": 1, "central": 2, "high": 3, "year": 2024, "source": "test", "country": "NLD"}


@pytest.fixture
def unmeasured(path):
    """A ledger without a meter, with a gain and a surrogate."""
    ledger = Ledger.open(path, {"name": "test", "grid_g_per_kwh": INTENSITY}, meter=NoMeter())
    with ledger.stage("train") as stage:
        stage.count(training_steps=3)
    ledger.asset("surrogate", path, ["train"])
    ledger.gain(reference="initial", aep_wh=2e9, reference_aep_wh=1e9, feasible=True)
    return path


def test_unknown_is_not_zero_and_makes_sums_unknown():
    known = Energy(1.0, 2.0, 3.0, "m")
    for found in (Energy.unknown(), known + Energy.unknown(), Energy.unknown() + known):
        assert not found.known
        assert found.bounds() is None
        assert found.to_wh()["central"] is None
        assert not found.scaled(1.5).known
    assert not known.without(Energy.unknown()).known
    assert not Energy.unknown().without(Energy()).known
    assert not Energy.from_record(None, "not measured").known


def test_records_hold_null_and_still_time_and_counts(unmeasured):
    records = read_records(unmeasured).records
    end = next(r for r in records if r.get("event") == "end")
    assert end["e_reserved_j"] is end["e_marginal_j"] is None
    assert end["method"] == "not measured"
    assert end["wall_s"] > 0
    assert end["counts"] == {"training_steps": 3}
    asset = next(r for r in records if r["record"] == "asset")
    assert asset["energy_debt_wh"]["central"] is None
    totals = read_ledger(unmeasured).totals
    assert totals.energy_wh["central"] is totals.waste_share is None
    assert totals.cpu_s >= 0


def test_a_later_meter_does_not_make_the_whole_known(unmeasured, meter):
    ledger = Ledger.open(unmeasured, meter=meter)
    with ledger.stage("verify"):
        meter.use(wall_s=1.0)
    totals = ledger.totals()
    assert totals.by_stage["verify"].energy.known
    assert not totals.energy.known


def test_figures_of_energy_are_unknown(unmeasured):
    found = figures_of(read_ledger(unmeasured))
    assert found.energy_return is found.payback_s is found.break_even_farms is None
    assert found.record()["energy_per_farm_wh"] == {"1": None, "10": None, "100": None}


def test_no_co2_is_derived_from_it(unmeasured):
    content = read_ledger(unmeasured)
    assert carbon_of(content, 1e9) is None
    section = cost_section(content, None)
    assert section.co2_notes == [NO_ENERGY]
    assert all(not row.run for row in section.equivalences)
    assert "energy per farm" not in [row.label for row in section.figures]


def test_tables_leave_it_empty(unmeasured):
    rows = ledger_table([unmeasured])
    for cells in csv.DictReader(io.StringIO(to_csv(rows))):
        assert cells["energy_central_wh"] == cells["energy_low_wh"] == ""
    for cells in json.loads(to_json(rows)):
        assert cells["energy_central_wh"] is cells["payback_s"] is None


def test_words_say_so():
    assert energy(Energy.unknown().to_wh())[0] == "not measured"
    summary = {
        "aep_gwh": 1.0,
        "wake_loss_pct": 1.0,
        "feasible": True,
        "min_spacing_d": 2.0,
        "cpu_s": 1.0,
        "wall_s": 1.0,
        "floris_evaluations": 1,
        "floris_conditions": 1,
        "energy_wh": Energy.unknown().to_wh(),
        "payback_s": None,
    }
    values = {row.label: row.value for row in summary_rows(summary)}
    assert values["energy"] == "not measured"
    assert values["paid back in"] == "not known"
