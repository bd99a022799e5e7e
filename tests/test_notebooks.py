"""The notebooks run from top to bottom and show their figures."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from windopt.runs.folder import RunFolder

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def execute(name: str) -> list[Any]:
    """Execute a notebook in its folder and return the outputs of its cells."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    client = NotebookClient(notebook, resources={"metadata": {"path": str(NOTEBOOKS)}}, timeout=120)
    client.execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_explore_a_run(finished_run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent), prepend=os.pathsep)
    monkeypatch.setenv("WINDOPT_RUN", str(finished_run.path))
    outputs = execute("01_explore_a_run.ipynb")
    shown = [output.data for output in outputs if output.output_type == "execute_result"]
    assert sum("image/png" in data for data in shown) == 4
    text = "\n".join(data["text/plain"] for data in shown)
    assert "gain +1.28 %" in text
    assert "worst before: 11.9 % at 0°, now 8.6 % there" in text
    assert not [output for output in outputs if output.output_type == "stream"]


def test_cost_against_yield_tells_the_published_assessment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent), prepend=os.pathsep)
    monkeypatch.delenv("WINDOPT_RUN", raising=False)
    outputs = execute("02_compute_cost_against_yield.ipynb")
    shown = [output.data for output in outputs if output.output_type == "execute_result"]
    assert sum("image/png" in data for data in shown) == 6
    told = "\n".join(data.get("text/markdown", "") for data in shown)
    published = RunFolder(NOTEBOOKS.parent / "results" / "quickstart").assessment.read_text()
    _, *lines = published.split("\n\n")[:4]
    for line in lines:
        assert line in told
    assert "> To arrange the 25 turbines, the AI took" in told
    assert "search with a wake formula" in told
    assert not [output for output in outputs if output.output_type == "stream"]


def test_compare_methods_shows_who_won(
    finished_comparison: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent), prepend=os.pathsep)
    monkeypatch.setenv("WINDOPT_COMPARISON", str(finished_comparison))
    outputs = execute("03_compare_methods.ipynb")
    shown = [output.data for output in outputs if output.output_type == "execute_result"]
    assert sum("image/png" in data for data in shown) == 3
    told = "\n".join(data.get("text/markdown", "") for data in shown)
    assert "After 100 CPU-seconds windopt is first" in told
    assert "| **windopt** |" in told
    assert not [output for output in outputs if output.output_type == "stream"]


def test_notebooks_are_committed_without_outputs() -> None:
    for path in NOTEBOOKS.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert not any(cell.get("outputs") for cell in notebook.cells), path.name
