"""The three lines of a run: which layout, the AI's share, the bill; every case has its words."""

import re
from dataclasses import replace
from typing import Any

import pytest

from windopt.report.ai_share import how_sure
from windopt.report.plain_words import a_year, degree, probability
from windopt.report.three_lines import three_lines
from windopt.runs.assessment_record import AiShare, AssessmentRecord, Bill

Summary = dict[str, Any]


def lines(record: AssessmentRecord, summary: Summary) -> dict[str, str]:
    return {line.label: line.text for line in three_lines(record, summary)}


def share(record: AssessmentRecord, summary: Summary, **changed: Any) -> str:
    return lines(replace(record, ai=replace(record.ai, **changed)), summary)["The AI's share"]


def test_a_usual_run(assessed: AssessmentRecord, summed_up: Summary) -> None:
    told = lines(assessed, summed_up)
    assert list(told) == ["Use", "The AI's share", "The bill"]
    assert told["Use"] == (
        "layout.csv: best under 3 of 3 wake models; on average 12 GWh a year (1.2 %, sampled: "
        "± 0.03 GWh) more than the given layout."
    )
    # 1,000 of 12,000 MWh
    assert told["The AI's share"] == (
        "+1.0 of 12 GWh a year (8 %) over the best search without AI; probably real: "
        "P(better) 0.91, P(more than 0.05 %) 0.83."
    )
    assert told["The bill"] == (
        "0.75 Wh (0.25 to 2.2) for the run, 1.2 Wh (0.40 to 3.6) for asking; without AI 0.090 Wh "
        "(0.030 to 0.27) already bought 90 % of the gain (by gauss alone). Per-vCPU model: "
        "estimated from processor time and memory."
    )


def test_the_layout_is_the_best_whatever_found_it(
    assessed: AssessmentRecord, summed_up: Summary
) -> None:
    choice = assessed.layout
    assert choice is not None

    def use(**changed: Any) -> str:
        return lines(replace(assessed, layout=replace(choice, **changed)), summed_up)["Use"]

    rival = use(use="analytic", file="baselines/analytic.csv", best_under=2)
    assert rival.startswith("baselines/analytic.csv, found without AI: best under 2 of 3 wake")
    given = use(use="initial", file="layout_initial.csv")
    assert given.startswith("layout_initial.csv, the given layout: best under")
    assert given.endswith("no layout was found that yields more on average.")
    nothing = lines(replace(assessed, layout=None), summed_up)["Use"]
    assert nothing == "layout.csv: there is no other layout here to hold it against."
    broken = lines(assessed, summed_up | {"feasible": False})["Use"]
    assert "It breaks a boundary or a spacing rule" in broken
    repaired = lines(assessed, summed_up | {"given_feasible": False})["Use"]
    assert "more than the given layout, repaired" in repaired


def test_gains_over_a_grid_say_so(assessed: AssessmentRecord, summed_up: Summary) -> None:
    assert assessed.layout is not None
    (final, *_) = assessed.layout.candidates
    grid = replace(final, name="grid", label="regular grid", gain_gwh={}, mean_gain_gwh=0.0)
    layout = replace(assessed.layout, over="grid", candidates=(final, grid))
    told = lines(replace(assessed, layout=layout), summed_up | {"reference": "grid"})
    assert "more than the regular grid" in told["Use"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"answer": "worth it", "p_better": 0.999, "p_material": 0.97}, "very probably real: "),
        ({"p_better": 0.95, "p_material": 0.5}, "AI very probably does better here, but whether "),
        ({"p_better": 0.6, "p_material": 0.4}, "whether that is real cannot be told: "),
        (
            {"answer": "equivalent", "difference_mwh": 40.0, "p_equivalent": 0.95},
            "+40 MWh of 12 GWh a year (0.33 %) over the best search without AI; very probably too "
            "small to matter, less than 0.05 % of the yield either way: P(better) 0.91, P(less "
            "than 0.05 % either way) 0.95.",
        ),
        ({"leaning": "equivalent", "p_equivalent": 0.7}, "probably too small to matter"),
        (
            {"answer": "worse", "difference_mwh": -900.0, "p_better": 0.02, "p_worse": 0.95},
            "none: an ordinary wake formula found 0.90 GWh a year more; AI very probably does "
            "worse here: P(worse) 0.98, P(worse by more than 0.05 %) 0.95.",
        ),
        (
            {"difference_mwh": -90.0, "p_better": 0.3, "p_worse": 0.1, "rival": "fitted"},
            "none: a wake formula fitted to this farm found 90 MWh a year more; AI probably does "
            "worse here, but whether by more than 0.05 % of the yield cannot be told",
        ),
        ({"difference_mwh": 0.0, "p_better": 0.5}, "found 0 MWh a year more; whether that is"),
        ({"difference_mwh": 13_000.0}, "all of the 12 GWh a year: no search without AI gained"),
        ({"gain_mwh": -200.0}, "1.0 GWh a year over the best search without AI, but no gain over"),
        ({"seeds": 1}, "probably real, as far as one search of each kind can tell: P(better)"),
        ({"delta_pct": None}, "P(more than 0.50 GWh a year) 0.83"),
    ],
)
def test_each_answer_has_its_words(
    assessed: AssessmentRecord, summed_up: Summary, changed: Summary, said: str
) -> None:
    assert said in share(assessed, summed_up, **changed)


def test_what_is_not_known_says_what_asking_takes(
    assessed: AssessmentRecord, summed_up: Summary
) -> None:
    asking = "windopt assess RUN does it: 4 searches: about 900 CPU-seconds"
    unasked = replace(assessed, ai=AiShare(asking=asking))
    assert lines(unasked, summed_up)["The AI's share"] == (
        "not known: no search without AI has run here. To know: `windopt assess RUN` does it: "
        "4 searches: about 900 CPU-seconds."
    )
    one = {"p_better": None, "p_material": None, "answer": "unknown", "asking": asking}
    told = share(assessed, summed_up, **one)
    assert "how sure that is cannot be told from one wake model. To know: `windopt" in told
    cannot = replace(assessed, ai=AiShare(asking="the number of turbines is free"))
    assert lines(cannot, summed_up)["The AI's share"].endswith("The number of turbines is free.")


def test_runs_without_ai_and_for_revenue(assessed: AssessmentRecord, summed_up: Summary) -> None:
    formula = summed_up | {"surrogate": {"from": "formula", "name": "jensen"}}
    assert lines(assessed, formula)["The AI's share"].startswith("none: this run has used no AI")
    earned = {"revenue": 8.2e7, "revenue_gain_pct": 1.85, "revenue_gain_over_grid_pct": 2.5}
    told = lines(assessed, summed_up | earned)
    assert told["Use"].startswith("layout.csv: it earns 1.9 % more a year than the given layout")
    assert "looked for the highest revenue" in told["The AI's share"]
    lost = lines(assessed, summed_up | earned | {"revenue_gain_over_grid_pct": -0.5})
    assert lost["Use"] == "the regular grid: no layout was found that earns more."


def test_the_bill(assessed: AssessmentRecord, summed_up: Summary) -> None:
    nothing = {"low": None, "central": None, "high": None, "method": "not measured"}

    def bill(bill: Bill, record: AssessmentRecord = assessed) -> str:
        return lines(replace(record, bill=bill), summed_up)["The bill"]

    unmeasured = bill(Bill(nothing))  # type: ignore[arg-type]
    assert unmeasured == "not measured (energy.meter: none); 700 seconds of processor time."
    # without a way to it, the formula's rung: 11 of 12 GWh for 0.3 Wh
    assert "without AI 0.30 Wh (0.10 to 0.90) already bought 92 % of the gain." in bill(
        replace(assessed.bill, without_ai_wh=None)
    )
    alone = bill(Bill(assessed.bill.energy_wh), replace(assessed, ladder=()))
    assert alone == (
        "0.75 Wh (0.25 to 2.2) for the run. Per-vCPU model: estimated from processor time and "
        "memory."
    )
    nought = bill(replace(assessed.bill, without_ai_share_pct=-3.0))
    assert "without AI 0.090 Wh (0.030 to 0.27) bought no gain" in nought


def test_nobody_needs_to_know_powers_of_ten_or_flip_factors(
    assessed: AssessmentRecord, summed_up: Summary
) -> None:
    told = " ".join(lines(assessed, summed_up).values())
    assert not re.search(r"10\^|10¹|turned by|kernel|surrogate|spread", told)


def test_words_for_amounts() -> None:
    assert (a_year(11.04), a_year(0.898), a_year(0.0123)) == ("11 GWh", "0.90 GWh", "12 MWh")
    assert (a_year(-1.0), a_year(1.0, signed=True)) == ("−1.0 GWh", "+1.0 GWh")
    assert (degree(0.9), degree(0.89), degree(0.65)) == ("very probably", "probably", "")
    assert degree(None) == ""
    assert (probability(0.9999), probability(0.0001)) == ("more than 0.99", "less than 0.01")
    assert how_sure(AiShare()) == "how sure that is cannot be told from one wake model"
