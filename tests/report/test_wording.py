"""A run in words, on the console."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from windopt.report.console import summary_table
from windopt.report.measures import amount
from windopt.report.wording import duration, grid_sentence
from windopt.runs.folder import RunFolder
from windopt.words import significant


def on_console(summary: dict[str, Any]) -> str:
    terminal = StringIO()
    Console(width=100, file=terminal).print(summary_table(summary))
    return terminal.getvalue()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (0.000716, "0.000716"),
        (0.0405, "0.0405"),
        (9.999, "10.0"),
        (-12.345, "-12.3"),
        (1234567.0, "1,230,000"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, written: str) -> None:
    assert significant(value) == written


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.000107, "0.107 ms"),
        (0.25, "250 ms"),
        (75.6, "1.26 minutes"),
        (86400, "1.00 days"),
        (1e9, "31.7 years"),
    ],
)
def test_times_are_in_the_largest_unit_they_fill(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_table_leads_with_floris_and_holds_every_figure(finished_run: RunFolder) -> None:
    lines = on_console(finished_run.read_summary()).splitlines()
    text = {line.strip().partition("  ")[0]: " ".join(line.split()) for line in lines}
    assert text["AEP"] == "AEP 1,379.8 GWh a year, verified by FLORIS"
    assert text["given layout"] == "given layout 1,362.4 GWh gain +1.28 %"
    assert text["regular grid"] == "regular grid 1,366.1 GWh gain +1.00 %"
    assert text["surrogate predicted"] == "surrogate predicted 1,380.4 GWh off by +0.040 %"
    assert "per-vCPU model" in text["energy"]
    assert text["paid back in"].endswith("of the farm's operation")


def test_grid_that_wins_is_said_to_win(finished_run: RunFolder) -> None:
    summary = finished_run.read_summary()
    assert grid_sentence(summary) == ""
    summary |= {"aep_grid_gwh": 1400.0, "gain_over_grid_pct": 100 * (1379.8 / 1400.0 - 1)}
    assert "The regular grid yields 1.46 % more than this layout" in on_console(summary)


def test_run_that_was_stopped_before_verification_claims_no_aep(finished_run: RunFolder) -> None:
    unknown = ("aep_gwh", "aep_grid_gwh", "gain_pct", "gain_over_grid_pct", "payback_s")
    stopped = finished_run.read_summary() | dict.fromkeys(unknown) | {"status": "stopped"}
    text = on_console(stopped)
    assert "stopped" in text
    assert "emitted" not in text
    assert "energy" in text
    assert "verified" not in text
    assert "paid back" not in text


def test_gain_that_never_pays_back_is_said_so(finished_run: RunFolder) -> None:
    text = on_console(finished_run.read_summary() | {"payback_s": None})
    assert "never" in text


def test_energy_without_meter_is_unknown_and_not_nought(finished_run: RunFolder) -> None:
    unknown = {"low": None, "central": None, "high": None, "method": "none"}
    text = on_console(finished_run.read_summary() | {"energy_wh": unknown})
    assert "not measured" in text
    assert " 0 Wh" not in text


def test_emissions_name_the_country_and_the_year_of_its_figure(finished_run: RunFolder) -> None:
    grid = {"country": "NLD", "year": 2023}
    co2 = {
        "sci_g_per_run": {"low": 0.0563, "central": 0.211, "high": 0.8497},
        "intensity_g_per_kwh": grid,
    }
    text = on_console(finished_run.read_summary() | {"co2": co2})
    assert "0.21 g CO2e" in text
    assert "0.056 to 0.85 g, electricity of NLD 2023" in text


def test_revenue_leads_where_it_was_maximised(finished_run: RunFolder) -> None:
    summary = finished_run.read_summary() | {
        "revenue": 98_765_432.1,
        "revenue_initial": 98_000_000.0,
        "revenue_gain_pct": 100 * (98_765_432.1 / 98e6 - 1),
        "revenue_gain_over_grid_pct": -0.5,
    }
    lines = [" ".join(line.split()) for line in on_console(summary).splitlines()]
    revenue = next(n for n, line in enumerate(lines) if line.startswith("revenue"))
    assert lines[revenue].startswith(
        "revenue 98.765 million a year, what was maximised, gain +0.78"
    )
    assert "given layout 98.000 million" in " ".join(lines)
    assert revenue < next(n for n, line in enumerate(lines) if line.startswith("AEP"))
    assert grid_sentence(summary).startswith("The regular grid earns 0.50 % more")


@pytest.mark.parametrize(
    ("revenue", "words"),
    [(812_345.6, "812,350"), (1.0e6, "1.0000 million"), (2.5e9, "2,500.0 million")],
)
def test_revenue_has_five_digits(revenue: float, words: str) -> None:
    assert amount(revenue) == words


def test_a_training_cut_short_is_told_with_the_band(finished_run: RunFolder) -> None:
    summary = finished_run.read_summary() | {"aep_predicted_error_pct": 0.314}
    assert "± 0.31 %" in on_console(summary)
    cut = on_console(summary | {"training": {"steps": 100, "of": 1300}})
    assert "100 of 1300 steps" in cut
    assert "band widened" in cut
    assert "steps" not in on_console(summary | {"training": {"steps": 1300, "of": 1300}})


def test_who_found_the_layout_is_on_the_console(finished_run: RunFolder) -> None:
    origin = {"start": "warm_start", "added_pct": 0.12, "gain_pct": 0.8, "warm_start_gain_pct": 0.7}
    found = {"found_by": "formula_then_learning", "origin": origin}
    shown = on_console(finished_run.read_summary() | found)
    assert "formula, then learning" in shown
    assert "+0.12 % predicted" in shown
