"""The HTML report: one file, safe to open, with the run's own figures."""

import base64
import re

import pytest

from windopt.problem import LayoutProblem
from windopt.report import RunFolder, write_json, write_report


@pytest.fixture(scope="module")
def page(borssele: LayoutProblem, finished_run: RunFolder) -> str:
    return write_report(finished_run, borssele).read_text()


def test_report_needs_nothing_beside_it(page: str) -> None:
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 4
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


def test_grid_that_wins_leads_the_report(borssele: LayoutProblem, finished_run: RunFolder) -> None:
    summary = finished_run.read_summary()
    write_json(finished_run.summary, summary | {"gain_over_grid_pct": -1.0})
    page = write_report(finished_run, borssele).read_text()
    write_json(finished_run.summary, summary)
    assert "The best regular grid yields 1.01 % more" in page
