"""The HTML report: one file, safe to open, with the run's own figures."""

import base64
import re
import shutil
from pathlib import Path

import pytest

from windopt.config.energy import EnergyConfig, OperationConfig
from windopt.ledger.ledger import Ledger
from windopt.problem.problem import LayoutProblem
from windopt.report.html import write_report
from windopt.report.wording import farm
from windopt.runs.folder import RunFolder, write_json
from windopt.runs.solution import KeptSolution
from windopt.search.solution import Solution, StartResult


@pytest.fixture(scope="module")
def page(borssele: LayoutProblem, finished_run: RunFolder) -> str:
    return write_report(finished_run, borssele).read_text()


def test_report_needs_nothing_beside_it(page: str) -> None:
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', page))
    sources = re.findall(r'src="([^"]*)"', page)
    assert len(sources) == 3
    for source in sources:
        header, _, content = source.partition(",")
        assert header == "data:image/png;base64"
        assert base64.b64decode(content).startswith(b"\x89PNG")


def test_report_states_gain_energy_and_how_to_reproduce(page: str, finished_run: RunFolder) -> None:
    summary = finished_run.read_summary()
    for figure in ("1,379.8 GWh", "+1.28 %", "before: 7.95 %", "per-vCPU model", "windopt run"):
        assert figure in page
    assert summary["config_hash"] in page
    assert "velocity_model: gauss" in page
    assert finished_run.layout.read_text().splitlines()[1] in page


def test_report_lists_every_stage_with_its_cost(page: str) -> None:
    assert re.search(r"<td>simulate</td><td>21.0</td><td>35.7</td>", page)
    assert re.search(r"<td>optimise</td><td>32.0</td><td>54.4</td>", page)


def test_names_from_outside_cannot_inject_markup(
    borssele: LayoutProblem, finished_run: RunFolder
) -> None:
    summary = finished_run.read_summary()
    write_json(finished_run.summary, summary | {"name": "<script>alert(1)</script>"})
    page = write_report(finished_run, borssele).read_text()
    write_json(finished_run.summary, summary)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_starts_are_listed_with_what_became_of_them(
    borssele: LayoutProblem, finished_run: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(finished_run.path, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    assert borssele.initial_layout is not None
    layout = borssele.initial_layout
    starts = (
        StartResult("given", layout, 1362.41e9, 1379.84e9, "gave the answer"),
        StartResult("grid-1", layout, 1366.1e9, 1370.55e9, "gradient ascent; others were better"),
    )
    reason = "the last 48 iterations gained less than 0.001 % of AEP, all together"
    solution = Solution(layout, 1379.84e9, "converged", (), starts, None, reason)
    folder.write(RunFolder.solution, KeptSolution(solution))
    again = folder.read(RunFolder.solution).solution
    assert again.reason == reason
    assert [start.status for start in again.starts] == [start.status for start in starts]
    page = write_report(folder, borssele).read_text()
    assert "<td>given</td><td>1,362.41</td><td>1,379.84</td><td>gave the answer</td>" in page
    assert "<td>grid-1</td><td>1,366.10</td><td>1,370.55</td><td>gradient ascent; others" in page
    assert f"The search ended: {reason}." in page


def test_grid_that_wins_leads_the_report(borssele: LayoutProblem, finished_run: RunFolder) -> None:
    summary = finished_run.read_summary()
    write_json(finished_run.summary, summary | {"gain_over_grid_pct": -1.0})
    page = write_report(finished_run, borssele).read_text()
    write_json(finished_run.summary, summary)
    assert "The regular grid yields 1.01 % more" in page


def test_report_says_what_the_computing_cost(page: str, finished_run: RunFolder) -> None:
    assert ">What the computing cost</h2>" in page
    assert "<td>8,300 Dutch dwellings</td><td>28,500 Dutch dwellings</td>" in page
    assert "<td>284 t CO2e</td><td>0.650 t CO2e</td>" in page


def test_report_gives_no_co2_without_a_country(page: str) -> None:
    assert "does not say in which country the computation ran (energy.country)" in page
    assert "g CO2e per run" not in page
    assert "may avoid" not in page


def test_report_keeps_emitted_and_avoided_apart(
    borssele: LayoutProblem, finished_run: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(finished_run.path, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    operation = OperationConfig(country="DNK").facts()
    facts = {"grid_g_per_kwh": EnergyConfig(country="NLD").intensity(), "operation": operation}
    Ledger.open(folder.ledger, facts).gain(
        reference="initial", aep_wh=1.01e12, reference_aep_wh=1e12, feasible=True
    )
    page = write_report(folder, borssele).read_text()
    emitted, avoided = page.split("never subtracted from the emissions")
    assert "268 g/kWh (186 to 350; NLD, Ember" in emitted
    assert "152 g/kWh (99 to 205; DNK, Ember" in avoided


def test_revenue_that_was_maximised_stands_beside_the_aep(
    borssele: LayoutProblem, finished_run: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(finished_run.path, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    verdict = folder.read_verification()
    for key, revenue in (("initial", 81.0e6), ("grid", 80.5e6), ("final", 82.5e6)):
        verdict["layouts"][key]["revenue"] = revenue
    write_json(folder.verification, verdict)
    earned = {"revenue": 82.5e6, "revenue_initial": 81.0e6, "revenue_gain_pct": 1.8519}
    write_json(folder.summary, folder.read_summary() | earned)
    page = write_report(folder, borssele).read_text()
    assert "windopt baseline" not in page  # which goes by AEP
    cards = re.findall(r'<div class="card"><span>([^<]*)</span><b[^>]*>([^<]*)</b>', page)
    assert cards[0] == ("revenue", "82.500 million")
    assert cards[1] == ("AEP", "1,379.8 GWh")
    assert "a year, +1.85 % over the given layout" in page
    assert "+1.28 %; verified by FLORIS" in page
    assert "<td>optimised layout</td><td>82.500</td><td>+1.852</td><td>1,379.80</td>" in page
    assert "82.500 million a year, 1,379.8 GWh a year" in page


def test_every_type_of_turbine_is_named(mixed: LayoutProblem) -> None:
    (one, two), (few, many) = mixed.turbines, mixed.turbine_counts
    named = f"({few} of {one.name}, {many} of {two.name})"
    assert farm(mixed, mixed.n_turbines) == f"{mixed.n_turbines} turbines {named}"


def test_figures_for_which_there_is_no_time_are_left_out_and_named(
    finished_run: RunFolder,
    borssele: LayoutProblem,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One is begun where time is left for the longest so far; the page says what is missing."""
    shutil.copytree(finished_run.path, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    shutil.rmtree(folder.figures, ignore_errors=True)
    left = iter([1.0, 0.0])
    page = write_report(folder, borssele, lambda: next(left, -1.0)).read_text()
    assert [path.name for path in folder.figures.iterdir()] == ["layout.png"]
    assert "The budget left no time to draw this figure" in page
    assert "no time to draw wake_loss, convergence, energy" in caplog.text
    assert f"windopt report {folder.path}" in caplog.text
