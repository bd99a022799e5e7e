"""A run with a free number of turbines: FLORIS has the last word on the number too."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windopt
from windopt.config.schema import Config
from windopt.errors import ConfigError
from windopt.pipeline import RunResult
from windopt.problem.layout import read_layout_csv
from windopt.runs.folder import RunFolder
from windopt.search.settings import SearchSettings

FREE: dict[str, Any] = {
    "layout": None,
    "n_turbines": {"min": 3, "max": 6},
    "economics": {"value_per_mwh": 60, "cost_per_turbine": 2.1e6},
    "wake": {"velocity_model": "iea37", "turbulence_model": "none"},
    "refine_wind": False,
}


pytestmark = pytest.mark.usefixtures("drawn_figures")


@pytest.fixture(scope="module")
def sized_run(
    small_config: Path,
    made_once: Callable[..., Path],
    pipeline_pool: None,
    light_searches: None,
    drawn_figures: None,
) -> RunResult:
    """A finished run whose number of turbines was free; look, but do not write."""
    asked = SearchSettings.of

    def short(config: Config) -> SearchSettings:
        settings = asked(config)
        steps = replace(settings.sizing.ascent, steps=10)
        return replace(settings, sizing=replace(settings.sizing, ascent=steps))

    def make(path: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SearchSettings, "of", staticmethod(short))
            windopt.run(small_config, path, FREE)

    folder = RunFolder(made_once("sized", make))
    layout = np.array(folder.read_verification()["layouts"]["final"]["layout"])
    return RunResult(folder, layout, folder.read_summary())


def test_figures_of_the_number_are_floris_s(sized_run: RunResult) -> None:
    folder, summary = sized_run.folder, sized_run.summary
    n, money = summary["n_turbines"], summary["economics"]
    assert 3 <= n <= 6
    assert len(read_layout_csv(folder.layout)) == len(sized_run.layout) == n
    assert money["profit"] == pytest.approx(60e3 * summary["aep_gwh"] - 2.1e6 * n)
    rows = {row.n_turbines: row for row in folder.read(RunFolder.turbine_count)}
    assert sorted(rows) == [3, 4, 5, 6]
    beside = {n - 1, n, n + 1} & set(rows)
    assert all(rows[m].verified and rows[m].effort == "searched" for m in beside)
    assert rows[n].profit == max(row.profit for row in rows.values() if row.verified)
    assert rows[n].aep_gwh == pytest.approx(summary["aep_gwh"], abs=1e-6)
    # the grid as well; the number chosen is judged beside the others, and not asked twice
    assert summary["floris_evaluations"] == len(beside) + 1


def test_report_shows_the_curve(sized_run: RunResult) -> None:
    folder = sized_run.folder
    assert (folder.figures / "turbine_count.png").exists()
    text = folder.report.read_text()
    assert "Number of turbines" in text
    assert f"Of 3 to 6 turbines {sized_run.summary['n_turbines']} earn most" in text


def test_floris_overrules_the_number_found(sized_run: RunResult, tmp_path: Path) -> None:
    folder = type(sized_run.folder)(tmp_path / "run")
    shutil.copytree(sized_run.folder.path, folder.path)
    n = sized_run.summary["n_turbines"]
    other = n - 1 if n > 3 else n + 1
    content = json.loads(folder.sizing.read_text())
    layout = next(one for one in content["layouts"] if one["n_turbines"] == other)["layout"]
    solution = json.loads(folder.solution.read_text())
    folder.solution.write_text(json.dumps(solution | {"layout": layout, "grid": None}))
    folder.verification.unlink()
    summary = windopt.run(folder.path).summary
    assert summary["n_turbines"] == n
    assert summary["economics"]["profit"] == pytest.approx(sized_run.summary["economics"]["profit"])
    assert len(read_layout_csv(folder.layout)) == n


def test_budget_of_evaluations_counts_the_neighbours(small_config: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="5 is less than the 6"):
        windopt.run(small_config, tmp_path / "run", FREE | {"budget.floris_evaluations": 5})
