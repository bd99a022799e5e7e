"""Farms that just fill their site are placed, and `check` refuses what the search cannot place."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from windopt.commands import cli
from windopt.errors import InfeasibleError
from windopt.problem.constraints import check_feasibility
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import random_points, repair
from windopt.problem.site import HAIR_M, Site
from windopt.readers.load import load_problem
from windopt.search.fitting_lattices import place_turbines, require_lattice

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
S = 2 * 198.0  # two diameters [m]
HIGH = S * 3**0.5 / 2
FULL = {
    "nine on a square": ([(0, 0), (2 * S, 0), (2 * S, 2 * S), (0, 2 * S)], 9),
    "eight on a rectangle": ([(0, 0), (3 * S, 0), (3 * S, S), (0, S)], 8),
    "25 on a square": ([(0, 0), (4 * S, 0), (4 * S, 4 * S), (0, 4 * S)], 25),
    "five on a strip": ([(0, 0), (4 * S, 0), (4 * S, 1), (0, 1)], 5),
    "two on a diagonal": ([(0, 0), (S / 2**0.5, 0), (S / 2**0.5, S / 2**0.5), (0, S / 2**0.5)], 2),
    "six on a triangle": ([(0, 0), (2 * S, 0), (S, 2 * HIGH)], 6),
    "nine on a rhombus": ([(0, 0), (2 * S, 0), (3 * S, 2 * HIGH), (S, 2 * HIGH)], 9),
}


def problem_on(
    folder: Path, corners: list[tuple[float, float]], n: int, turned: float = 0.0, **more: object
) -> LayoutProblem:
    angle = np.deg2rad(turned)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    x, y = (np.array(corners) @ turn + ([500_000, 5_700_000] if turned else [0, 0])).T
    site = {"name": "full", "boundaries": {"polygons": [{"x": x.tolist(), "y": y.tolist()}]}}
    (folder / "site.yaml").write_text(json.dumps(site))
    plain = {"site": str(folder / "site.yaml"), "n_turbines": n, "layout": None}
    return load_problem(str(QUICKSTART), plain | {"min_spacing_d": 2.0} | more)


@pytest.mark.parametrize("turned", [0.0, 37.0])
@pytest.mark.parametrize("name", FULL)
def test_what_just_fits_is_placed(name: str, turned: float, tmp_path: Path) -> None:
    problem = problem_on(tmp_path, *FULL[name], turned)
    free = random_layout(problem, np.random.default_rng(0))
    regular = place_turbines(problem, require_lattice(problem)[0]).layout
    for layout in (free, regular):
        assert check_feasibility(problem, layout).feasible
        outside = shapely.distance(shapely.points(layout), problem.site.area)
        assert outside.max() <= 1e-6
        gaps = np.hypot(*(layout[:, None] - layout).T)[~np.eye(len(layout), dtype=bool)]
        assert gaps.min() >= S - 3 * HAIR_M  # settled a hair off the boundary at either end


def test_a_given_layout_goes_to_the_nearest_places_of_the_fit(tmp_path: Path) -> None:
    problem = problem_on(tmp_path, *FULL["nine on a square"])
    exact = S * np.array([(i, j) for i in range(3) for j in range(3)], dtype=float)
    moved = exact + np.random.default_rng(1).normal(0, 60, exact.shape)
    assert np.abs(repair(problem, moved) - exact).max() < 1e-5


def test_a_set_back_leaves_room_for_an_exact_fit(tmp_path: Path) -> None:
    square = [(0, 0), (2 * S + 198, 0), (2 * S + 198, 2 * S + 198), (0, 2 * S + 198)]
    problem = problem_on(tmp_path, square, 9, site_setback={"rotor_radii": 1})
    layout = random_layout(problem, np.random.default_rng(0))
    assert check_feasibility(problem, layout).feasible
    assert layout.min() == pytest.approx(99, abs=1e-5)


def test_check_refuses_what_finds_no_place_and_says_what_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the bounds by area allow eight on this rhombus; it holds four
    monkeypatch.chdir(tmp_path)
    wide = 1.9 * S
    problem_on(tmp_path, [(0, 0), (wide, 0), (wide, wide), (0, wide)], 4)
    options = [f"--set=site={tmp_path / 'site.yaml'}", "--set=layout=null"]
    for n, code in ((4, 0), (8, 1)):
        arguments = ["check", str(QUICKSTART), "--no-draw", *options, f"--set=n_turbines={n}"]
        ended = CliRunner().invoke(cli.app, arguments)
        assert ended.exit_code == code, ended.output
        assert isinstance(ended.exception, InfeasibleError) == (code == 1)
    assert "no place for turbine" in str(ended.exception)
    assert "fit in rows" in str(ended.exception)


def test_points_on_a_slanted_strip_are_drawn_evenly() -> None:
    strip = shapely.affinity.rotate(shapely.box(0, 0, 4000, 1), 37, origin=(0, 0))
    both = shapely.MultiPolygon([strip, shapely.affinity.translate(strip, 0, 8000)])
    points = random_points(Site("", both), 4000, np.random.default_rng(0))
    assert points.shape == (4000, 2)
    assert shapely.dwithin(shapely.points(points), both, 1e-9).all()
    upper = points[:, 1] > 5000
    assert upper.mean() == pytest.approx(0.5, abs=0.03)
    along = np.hypot(*points[~upper].T)
    assert np.mean(along) == pytest.approx(2000, rel=0.03)
