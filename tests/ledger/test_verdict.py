"""The verdict follows from what the ledger knows, and says so where it does not know."""

import csv
import io
import json
from typing import get_args

import pytest

from windopt.assessment.assess import assess, conclude
from windopt.assessment.grounds import Kind
from windopt.assessment.summarise import ledger_table
from windopt.assessment.wording import NO_BASELINE, NO_SPREAD, SENTENCES, UNJUDGED, about
from windopt.assessment.worth import Curve
from windopt.exports.ledger_tables import to_csv, to_json
from windopt.ledger.bounds import Bounds
from windopt.ledger.ledger import Ledger
from windopt.ledger.totals import read_ledger

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


def verdict(ledger):
    return assess(read_ledger(ledger.path))


def test_nothing_judged_is_unknown(spent):
    found = verdict(spent)
    assert (found.value, found.reasons) == ("unknown", (UNJUDGED,))
    assert found.energy_return is None


def test_what_is_known_today_is_said_beside_what_is_not(spent):
    gain(spent, 1.5)
    gain(spent, 3.0, "grid")
    found = verdict(spent)
    assert found.value == "unknown"
    assert found.reasons[:2] == (NO_BASELINE, NO_SPREAD)
    assert "FLORIS: +1.5 % on the given layout, +3 % on the regular grid" in found.reasons
    assert found.over == "given layout"
    assert found.gain_pct == pytest.approx(1.5)


def test_grounds_are_figures_before_they_are_words(spent):
    gain(spent, 1.5, spread_wh_per_year=4e9)
    gain(spent, 1.0, "baseline", name="analytic")
    decisive, gains, *_ = verdict(spent).grounds
    assert decisive.kind == "search_worse"
    assert decisive.facts["baseline"] == "analytic"
    # a lead of 9.9 GWh/yr, and a spread of 4, of 985 GWh
    assert decisive.facts["lead_pct"] == pytest.approx(100 * 9.901 / 985.2, rel=1e-3)
    assert decisive.facts["spread_pct"] == pytest.approx(100 * 4 / 985.2, rel=1e-3)
    assert gains.facts["gains"] == {"given layout": pytest.approx(1.5)}


def test_every_kind_of_ground_has_its_words():
    assert set(SENTENCES) == set(get_args(Kind))


def test_no_gain_over_the_better_reference_is_a_loss(spent):
    gain(spent, 1.5)
    gain(spent, 0.0, "grid")
    found = verdict(spent)
    assert found.value == "loss"
    assert "no gain over the regular grid" in found.reasons[0]


def test_a_layout_that_breaks_the_rules_earns_no_verdict(spent):
    gain(spent, 1.5, feasible=False)
    found = verdict(spent)
    assert found.value == "unknown"
    assert "breaks a boundary" in found.reasons[0]


@pytest.mark.parametrize(
    ("lead_pct", "spread_wh", "value"),
    [
        (1.0, 4e9, "gain"),  # a lead of 9.9 GWh/yr against 4
        (0.2, 4e9, "indistinguishable"),  # 2.0 against 4
        (-0.2, 4e9, "indistinguishable"),
        (-1.0, 4e9, "loss"),
        (1.0, 20e9, "indistinguishable"),  # the gain itself, 14.8 GWh/yr, is below 20
        (1.0, None, "unknown"),
    ],
)
def test_learning_must_lead_other_searches_by_the_spread_of_wake_models(
    spent, lead_pct, spread_wh, value
):
    gain(spent, 1.5, spread_wh_per_year=spread_wh)
    gain(spent, 1.3, "baseline", name="slow")
    gain(spent, lead_pct, "baseline", name="analytic", energy_wh=40.0)
    found = verdict(spent)
    assert found.value == value
    # 1e12 x (1 - 1 / (1 + lead)) over the best other search, or over the slow one
    lead = min(1e12 * (1 - 1 / (1 + p / 100)) for p in (lead_pct, 1.3))
    assert found.attributable_wh_per_year == pytest.approx(lead)


def test_the_weaker_figure_is_named(spent):
    gain(spent, 1.5, spread_wh_per_year=4e9)
    gain(spent, 1.0, "baseline", name="analytic")
    # of a lead of 1e12 (1 - 1/1.01) = 9.9 GWh/yr, all but 4 may be wrong: 5.9 of 985 GWh, 0.6 %
    weaker = "weaker figure: the lead, turned by an error of 0.6 % of AEP"
    assert weaker in verdict(spent).reasons


def test_a_gain_too_small_for_its_energy_is_a_loss_or_within_the_band(path, spent):
    energy = Bounds.of(read_ledger(path).totals.energy_wh)
    years = verdict(spent).operation.effective_years
    for share, value in ((0.9 * energy.low, "loss"), (1.1 * energy.central, "unknown")):
        wh = share / years
        spent.gain(reference="initial", aep_wh=1e3 + wh, reference_aep_wh=1e3, feasible=True)
        assert verdict(spent).value == value


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
    found = verdict(ledger)
    assert found.energy_per_farm_wh[10] == pytest.approx(trained / 10 + searched)
    assert found.break_even_farms == pytest.approx(4)  # trained / (trained / 4)


def test_learning_pays_from_the_first_farm_where_no_baseline_finds_as_much(spent):
    gain(spent, 1.0)
    gain(spent, 0.5, "baseline", name="a", energy_wh=1.0)
    assert verdict(spent).break_even_farms == 1


def test_baselines_of_an_earlier_layout_say_nothing(spent):
    spent.gain(reference="initial", aep_wh=1.1e12, reference_aep_wh=1e12, feasible=True)
    gain(spent, 0.5, "baseline", name="a", energy_wh=1.0)  # of a layout with 1e12
    assert verdict(spent).attributable_wh_per_year is None


@pytest.mark.parametrize(
    ("over_pct", "lead_pct", "use"),
    [
        (1.5, 1.0, "found"),
        (1.5, 0.2, "analytic"),  # it does as well: 2 GWh/yr against a spread of 4
        (1.5, -1.0, "analytic"),
        (0.3, 1.0, "initial"),  # 3 GWh/yr over the given layout are below the spread
        (0.0, 1.0, "initial"),
    ],
)
def test_the_verdict_names_what_to_use(spent, over_pct, lead_pct, use):
    gain(spent, over_pct, spread_wh_per_year=4e9)
    gain(spent, lead_pct, "baseline", name="analytic", energy_wh=40.0)
    found = verdict(spent)
    assert found.use == use
    assert found.baseline == "analytic"
    assert found.record()["use"] == use


def test_wake_models_that_see_a_lead_are_counted(spent):
    gain(spent, 1.5, spread_wh_per_year=4e9)
    leads = {"gauss": 1e9, "jensen": 2e8, "cc": -1e8}
    gain(spent, 0.1, "baseline", name="floris", energy_wh=1, gain_by_wake_model_wh_per_year=leads)
    found = verdict(spent)
    assert found.agreeing == (2, 3)
    assert "2 of 3 wake models see a lead over it, however small" in found.reasons


def test_bounds_stay_in_order(spent):
    for pct in (1.5, -1.5):
        gain(spent, pct)
        returned = verdict(spent).energy_return
        assert returned is not None
        assert returned.low <= returned.central <= returned.high


def test_the_verdict_is_written_down_with_every_figure(spent, path):
    gain(spent, 1.5, spread_wh_per_year=1e9)
    conclude(spent, Curve.of([10, 40, 80], [1e12, 1.1e12, 1.1e12]))
    record = json.loads(path.read_text().splitlines()[-1])
    assert (record["record"], record["value"]) == ("verdict", "unknown")
    assert record["reasons"][0] == NO_BASELINE
    assert record["stop"]["saved_wh"] > 0
    assert record["marginal_return"] == 0
    assert set(record["energy_return"]) == {"low", "central", "high"}
    assert read_ledger(path).totals == spent.totals()


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.0314, "0.031"), (28_532, "29,000"), (4.676e11, "4.7 × 10^11"), (9.96, "10")],
)
def test_numbers_in_reasons_have_two_significant_digits(value, words):
    assert about(value) == words


def exported(folder):
    rows = ledger_table([folder])
    table = list(csv.DictReader(io.StringIO(to_csv(rows))))
    assert [row["stage"] for row in table] == [row["stage"] for row in json.loads(to_json(rows))]
    return table, json.loads(to_json(rows))


def test_the_table_is_exported_with_units_and_without_co2_of_nowhere(spent, tmp_path):
    gain(spent, 1.5)
    table, records = exported(tmp_path)
    assert table[-1]["verdict"] == records[-1]["verdict"] == "unknown"
    assert NO_BASELINE in table[-1]["reasons"]
    assert float(table[-1]["energy_central_wh"]) == pytest.approx(
        spent.totals().energy_wh["central"]
    )
    assert table[0]["verdict"] == ""
    assert records[0]["verdict"] is None
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


def test_gain_is_one_in_revenue_where_that_is_maximised(spent):
    gain(spent, -0.3, revenue_gain_pct=1.2)
    gain(spent, 0.4, "grid", revenue_gain_pct=0.8)
    found = verdict(spent)
    assert found.value == "unknown"
    assert found.use == "found"
    assert found.over == "regular grid"
    assert "+1.2 % of revenue on the given layout (-0.3 % of AEP)" in found.reasons[1]


def test_no_gain_in_revenue_is_a_loss_whatever_the_aep(spent):
    gain(spent, 2.0, revenue_gain_pct=-0.1)
    found = verdict(spent)
    assert (found.value, found.use) == ("loss", "initial")
    assert found.reasons == ("no gain in revenue over the given layout: the energy bought nothing",)
