"""The sentence to quote: composed of the run's own numbers, whatever is missing of them."""

from dataclasses import replace
from typing import Any

import pytest

from windopt.report.quotable import quotable
from windopt.runs.assessment_record import AiShare, AssessmentRecord, Bill

Summary = dict[str, Any]


def sentence(record: AssessmentRecord, summary: Summary, **changed: Any) -> str:
    return quotable(replace(record, ai=replace(record.ai, **changed)), summary).sentence


def test_a_usual_run(assessed: AssessmentRecord, summed_up: Summary) -> None:
    # 0.75 Wh = 2,700 J = 45 s of 60 W; 11 of 12 GWh = 92 %; 1,000 MWh / 2.55 MWh = 392
    assert quotable(assessed, summed_up).sentence == (
        "To arrange the 25 turbines, the AI took as much electricity as a 60 W bulb in 45 seconds "
        "(give or take a factor of 3.0); on paper the farm yields 12 GWh a year more than the "
        "given layout; an ordinary wake formula, given as much computing, found 92 per cent of "
        "that; the AI's own share is 1.0 GWh, probably real, some 390 Dutch households' worth."
    )


def test_every_figure_has_a_formula_and_a_source(
    assessed: AssessmentRecord, summed_up: Summary
) -> None:
    told = quotable(assessed, summed_up)
    figures = [one.figure for one in told.origins]
    assert figures == [
        "45 seconds of a bulb",
        "12 GWh a year",
        "92 per cent",
        "1.0 GWh a year",
        "390 households",
    ]
    assert all(one.formula and one.source for one in told.origins)
    assert told.origins[0].formula == "0.75 Wh × 3,600 J/Wh / 60 W"
    assert "CBS" in told.origins[-1].source
    assert "2024" in told.origins[-1].source
    assert "sampled, ± 0.03 GWh" in told.origins[1].source


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"p_better": 0.99, "p_material": 0.95}, "is 1.0 GWh, very probably real, some 390"),
        (
            {"p_better": 0.6, "p_material": 0.4},
            "the AI's own share is 1.0 GWh, some 390 Dutch households' worth, but whether that is "
            "real cannot be told.",
        ),
        (
            {"p_better": 0.7, "p_material": 0.5},
            "is 1.0 GWh, some 390 Dutch households' worth; AI probably does better here, but "
            "whether by more than 0.05 % of the yield cannot be told.",
        ),
        (
            {"answer": "equivalent", "difference_mwh": 20.0, "p_equivalent": 0.93},
            "found practically all of that; the AI's own share is very probably too small to "
            "matter, less than 0.05 % of the yield either way.",
        ),
        (
            {"answer": "worse", "difference_mwh": -900.0, "p_better": 0.03, "p_worse": 0.92},
            "given layout, some 4,700 Dutch households' worth; an ordinary wake formula, given as "
            "much computing, found 0.90 GWh a year more: AI very probably does worse here.",
        ),
        (
            {"difference_mwh": None},
            "some 4,700 Dutch households' worth; how much of that an ordinary formula finds has "
            "not been asked.",
        ),
        ({"difference_mwh": 12_500.0}, "given as much computing, found nothing; the AI's own"),
        ({"seeds": 1}, "probably real, as far as one search of each kind can tell, some 390"),
    ],
)
def test_each_answer_has_its_words(
    assessed: AssessmentRecord, summed_up: Summary, changed: Summary, said: str
) -> None:
    assert said in sentence(assessed, summed_up, **changed)


def test_no_gain_ends_the_sentence(assessed: AssessmentRecord, summed_up: Summary) -> None:
    assert assessed.layout is not None
    given = replace(assessed.layout, use="initial", file="layout_initial.csv")
    assert quotable(replace(assessed, layout=given), summed_up).sentence.endswith(
        "; no layout was found that yields more on paper than the given layout."
    )


def test_a_layout_of_the_rival_is_no_gain_of_the_ai(
    assessed: AssessmentRecord, summed_up: Summary
) -> None:
    assert assessed.layout is not None
    rival = replace(assessed.layout, use="analytic", file="baselines/analytic.csv")
    told = quotable(replace(assessed, layout=rival), summed_up).sentence
    assert "yields 11 GWh a year more" in told
    assert "found 92 per cent of what the AI found" in told


def test_energy_that_was_not_measured(assessed: AssessmentRecord, summed_up: Summary) -> None:
    nothing = {"low": None, "central": None, "high": None, "method": "not measured"}
    told = quotable(replace(assessed, bill=Bill(nothing)), summed_up).sentence  # type: ignore[arg-type]
    assert told.startswith(
        "To arrange the 25 turbines, the AI took 700 seconds of processor time, whose electricity "
        "was not measured; on paper"
    )


def test_revenue_and_runs_without_ai(assessed: AssessmentRecord, summed_up: Summary) -> None:
    earned = summed_up | {"revenue": 8e7, "revenue_gain_pct": 1.85}
    assert quotable(assessed, earned).sentence.endswith(
        "; on paper the farm earns 1.9 per cent more than with the given layout."
    )
    lost = earned | {"revenue_gain_pct": -0.1}
    assert "no layout was found that earns more" in quotable(assessed, lost).sentence
    formula = summed_up | {"surrogate": {"from": "formula", "name": "jensen"}}
    told = quotable(replace(assessed, ai=AiShare()), formula).sentence
    assert "the computer took as much electricity" in told
    assert told.endswith("no AI was needed, for the wakes are a known formula.")
    alone = quotable(assessed, summed_up | {"n_turbines": 1}).sentence
    assert alone.startswith("To place the turbine, the AI took")


def test_gains_over_a_grid_say_so(assessed: AssessmentRecord, summed_up: Summary) -> None:
    assert assessed.layout is not None
    final = assessed.layout.candidates[0]
    layout = replace(assessed.layout, over="grid", candidates=(final,))
    told = quotable(replace(assessed, layout=layout), summed_up).sentence
    assert "12 GWh a year more than the regular grid" in told
