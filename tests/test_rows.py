"""Rows through the whole pipeline: what a run with a pattern or a price leaves, by FLORIS."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import windopt
from windopt.config.reader import dump_config
from windopt.errors import InfeasibleError
from windopt.pipeline import RunResult
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import read_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.problem.regularity import departure
from windopt.readers.load import load_problem
from windopt.runs.folder import RunFolder

pytestmark = pytest.mark.usefixtures("pipeline_pool", "light_searches", "drawn_figures")

QUICK: dict[str, object] = {
    "optimise.patience": 0,
    "optimise.steps": 4,
    "optimise.starts": 1,
    "refine_wind": False,
}


@pytest.fixture(scope="module")
def coarse(small: LayoutProblem) -> LayoutProblem:
    """The small problem on its 36 conditions as they are."""
    return load_problem(small.config, {"refine_wind": False})


def with_surrogate_of(
    run: RunResult, folder: Path, config: Path, overrides: dict[str, object]
) -> Path:
    """Make a run folder of a config that has data and a surrogate already."""
    folder.mkdir()
    dump_config(load_problem(config, overrides).config, folder / "config.yaml")
    (folder / "dataset.nc").symlink_to(run.folder.dataset)
    (folder / "surrogate").symlink_to(run.folder.surrogate)
    return folder


def test_curve_is_verified_written_and_shown(
    small_config: Path, coarse: LayoutProblem, small_run: RunResult, tmp_path: Path
) -> None:
    weights = [3.0, 0.0]
    asked = QUICK | {"optimise.regularity": weights}
    out = with_surrogate_of(small_run, tmp_path / "curve", small_config, asked)
    result = windopt.run(small_config, out, asked)
    folder = RunFolder(out)
    with folder.curve.open() as file:
        curve = list(csv.DictReader(file))
    assert [float(row["regularity"]) for row in curve] == weights
    for row in curve:
        layout = read_layout_csv(out / "pareto" / f"regularity_{float(row['regularity']):g}.csv")
        assert check_feasibility(coarse, layout).feasible
        assert row["feasible"] == "True"
        aep = windopt.verify(coarse, layout).aep / 1e9
        assert float(row["aep_gwh"]) == pytest.approx(aep, rel=1e-6)
        assert float(row["departure_d"]) <= departure(coarse, layout) + 1e-6
    by_weight = sorted(curve, key=lambda row: float(row["regularity"]))
    for key in ("aep_gwh", "departure_d"):
        assert all(float(a[key]) >= float(b[key]) for a, b in pairwise(by_weight))
    assert result.summary["aep_gwh"] == pytest.approx(float(curve[0]["aep_gwh"]))
    assert result.summary["rows"]["departure_d"] == pytest.approx(float(curve[0]["departure_d"]))
    np.testing.assert_allclose(
        result.layout, read_layout_csv(out / "pareto" / "regularity_3.csv"), atol=1e-5
    )
    assert (folder.figures / "pareto.png").exists()
    page = folder.report.read_text()
    assert "AEP against regularity" in page
    assert "departure from rows" in page
    again = folder.read(RunFolder.solution).solution
    assert [point.regularity for point in again.curve] == weights


def test_regular_run_hands_out_a_lattice_even_where_the_given_layout_is_better(
    small_config: Path, coarse: LayoutProblem, small_run: RunResult, tmp_path: Path
) -> None:
    asked = QUICK | {"optimise.pattern": "regular"}
    out = with_surrogate_of(small_run, tmp_path / "regular", small_config, asked)
    result = windopt.run(small_config, out, asked)
    rows = result.summary["rows"]
    whole = (result.layout - rows["origin_m"]) @ np.linalg.inv(rows["cell_m"])
    assert np.abs(whole - np.round(whole)).max() < 1e-6
    assert rows["departure_d"] < 1e-6
    assert rows["row_spacing_d"] == pytest.approx(rows["row_spacing_m"] / coarse.rotor_diameter)
    assert 0 <= rows["bearing_deg"] < 180
    assert result.summary["feasible"] is True
    assert result.summary["gain_over_grid_pct"] >= -0.2
    page = RunFolder(out).report.read_text()
    assert "that the turbines stand on" in page
    assert "AEP against regularity" not in page
    solution = RunFolder(out).read(RunFolder.solution).solution
    assert solution.lattice is not None


def test_pattern_without_room_is_refused_before_anything_is_spent(
    small_config: Path, tmp_path: Path
) -> None:
    crowd = {"optimise.pattern": "regular", "layout": None, "n_turbines": 130}
    with pytest.raises(InfeasibleError, match=r"the fullest has \d+ points"):
        windopt.run(small_config, tmp_path / "crowd", crowd)
    assert not (tmp_path / "crowd").exists()
