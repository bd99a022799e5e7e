"""The figures of a run's worth follow from its ledger, and are not there where it is silent."""

import csv
import io
import json
from dataclasses import asdict

import pytest

from windopt.assessment.figures import figures_of
from windopt.assessment.summarise import ledger_table
from windopt.assessment.worth import Curve
from windopt.exports.ledger_tables import to_csv, to_json
from windopt.ledger.ledger import Ledger
from windopt.ledger.totals import read_ledger
from windopt.runs.assessment_record import AiShare, AssessmentRecord, Bill
from windopt.words import about

DUTCH = {"low": 186, "central": 268, "high": 350, "year": 2023, "source": "Ember", "country": "NLD"}


@pytest.fixture
def spent(ledger, meter):
    """A ledger in which a search took one CPU-hour."""
    with ledger.stage("optimise"):
        meter.use(wall_s=3600.0, cpu_s_self=3600.0)
    return ledger


def gain(ledger, over_pct, reference="initial", feasible=True, **facts):
    ledger.gain(
        reference=reference,
        aep_wh=1e12,
        reference_aep_wh=1e12 / (1 + over_pct / 100),
        feasible=feasible,
        **facts,
    )


def figures(ledger, curve=None):
    return figures_of(read_ledger(ledger.path), curve)


def conclude(ledger, answer):
    wh = ledger.totals().energy_wh
    record = AssessmentRecord(None, AiShare(answer, p_better=0.95), Bill(wh))
    ledger.note("assessment", record.in_short)


def test_nothing_judged_is_unknown(spent):
    found = figures(spent)
    assert (found.over, found.energy_return, found.payback_s) == (None, None, None)


def test_the_better_reference_counts(spent):
    gain(spent, 1.5)
    gain(spent, 3.0, "grid")
    found = figures(spent)
    assert found.over == "given layout"
    assert found.gain_pct == pytest.approx(1.5)


def test_what_learning_earned_is_the_lead_over_the_best_other_search(spent):
    gain(spent, 1.5)
    gain(spent, 1.3, "baseline", name="slow")
    gain(spent, 1.0, "baseline", name="analytic", energy_wh=40.0)
    found = figures(spent)
    assert found.baseline == "analytic"
    assert found.attributable_wh_per_year == pytest.approx(1e12 * (1 - 1 / 1.01))


def test_energy_is_shared_as_far_as_the_surrogate_took_it(path, meter, ledger):
    with ledger.stage("train"):
        meter.use(wall_s=100.0, cpu_s_self=100.0)
    ledger.asset("surrogate", "surrogate", ["train"])
    trained = ledger.totals().energy_wh["central"]
    with ledger.stage("optimise"):
        meter.use(wall_s=50.0, cpu_s_self=50.0)
    searched = ledger.totals().by_stage["optimise"].energy_wh["central"]
    gain(ledger, 1.0)
    without = searched + trained / 4
    gain(ledger, 0.0, "baseline", name="a", energy_wh=9 * without, equalled_wh=without)
    gain(ledger, 0.5, "baseline", name="b", energy_wh=without, equalled_wh=None)
    found = figures(ledger)
    assert found.energy_per_farm_wh[10] == pytest.approx(trained / 10 + searched)
    assert found.break_even_farms == pytest.approx(4)  # trained / (trained / 4)


def test_learning_pays_from_the_first_farm_where_no_baseline_finds_as_much(spent):
    gain(spent, 1.0)
    gain(spent, 0.5, "baseline", name="a", energy_wh=1.0)
    assert figures(spent).break_even_farms == 1


def test_baselines_of_an_earlier_layout_say_nothing(spent):
    spent.gain(reference="initial", aep_wh=1.1e12, reference_aep_wh=1e12, feasible=True)
    gain(spent, 0.5, "baseline", name="a", energy_wh=1.0)  # of a layout with 1e12
    assert figures(spent).attributable_wh_per_year is None


def test_bounds_stay_in_order(spent):
    for pct in (1.5, -1.5):
        gain(spent, pct)
        returned = figures(spent).energy_return
        assert returned is not None
        assert returned.low <= returned.central <= returned.high


def test_the_record_has_every_figure_and_no_infinity(spent):
    gain(spent, 1.5, spread_wh_per_year=1e9)
    record = figures(spent, Curve.of([10, 40, 80], [1e12, 1.1e12, 1.1e12])).record()
    assert record["stop"]["saved_wh"] > 0
    assert record["marginal_return"] == 0
    assert set(record["energy_return"]) == {"low", "central", "high"}
    json.dumps(record, allow_nan=False)


def test_what_is_concluded_is_written_down_and_costs_nothing(spent, path):
    conclude(spent, "worth it")
    record = json.loads(path.read_text().splitlines()[-1])
    assert (record["record"], record["answer"], record["p_better"]) == (
        "assessment",
        "worth it",
        0.95,
    )
    content = read_ledger(path)
    assert [one["answer"] for one in content.assessments] == ["worth it"]
    assert asdict(content.totals) == asdict(spent.totals())


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.0314, "0.031"), (28_532, "29,000"), (4.676e11, "4.7 × 10^11"), (9.96, "10")],
)
def test_numbers_have_two_significant_digits(value, words):
    assert about(value) == words


def exported(folder):
    rows = ledger_table([folder])
    table = list(csv.DictReader(io.StringIO(to_csv(rows))))
    assert [row["stage"] for row in table] == [row["stage"] for row in json.loads(to_json(rows))]
    return table, json.loads(to_json(rows))


def test_the_table_is_exported_with_units_and_without_co2_of_nowhere(spent, tmp_path):
    gain(spent, 1.5)
    conclude(spent, "undecided")
    conclude(spent, "worth it")
    table, records = exported(tmp_path)
    assert table[-1]["ai_answer"] == records[-1]["ai_answer"] == "worth it"
    assert float(table[-1]["energy_central_wh"]) == pytest.approx(
        spent.totals().energy_wh["central"]
    )
    assert table[0]["ai_answer"] == ""
    assert records[0]["ai_answer"] is None
    assert not [name for name in records[0] if "co2" in name or name == "country"]


def test_co2_has_columns_of_its_own_emitted_and_avoided_apart(tmp_path, meter):
    operation = {"first_year": 2030, "years": 25, "degradation_pct": 0.5, "discount_pct": 0.0}
    facts = {"grid_g_per_kwh": DUTCH, "operation": operation | {"displaced_g_per_kwh": DUTCH}}
    ledger = Ledger.open(tmp_path / "ledger.jsonl", facts, meter=meter)
    with ledger.stage("optimise"):
        meter.use(wall_s=3600.0, cpu_s_self=3600.0)
    gain(ledger, 1.5)
    _, records = exported(tmp_path)
    total = records[-1]
    assert total["country"] == "NLD"
    assert (total["intensity_year"], total["intensity_source"]) == (2023, "Ember")
    for name in (
        "sci_{}_g_co2e_per_run",
        "of_which_embodied_{}_g_co2e",
        "avoided_none_{}_t_co2e",
        "avoided_linear_2050_{}_t_co2e",
        "avoided_fast_2040_{}_t_co2e",
    ):
        low, central, high = (total[name.format(k)] for k in ("low", "central", "high"))
        assert 0 < low < central < high


def test_references_are_ranked_by_revenue_where_that_is_maximised(spent):
    gain(spent, -0.3, revenue_gain_pct=1.2)
    gain(spent, 0.4, "grid", revenue_gain_pct=0.8)
    assert figures(spent).over == "regular grid"
