"""The surrogate in the page computes what Python computes, in a real browser."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.report.devtools import Browser, browser
from tests.report.live_pages import in_wind_of, open_page
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.other_wakes import under_wake_model
from windopt.problem.problem import LayoutProblem
from windopt.problem.speed_up import SpeedUp
from windopt.report.live.rose import few_speeds
from windopt.surrogate.shipped import shipped_surrogate
from windopt.surrogate.surrogate import Surrogate

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
KERNELS = ("jensen", "gauss", "cc", "turboparkgauss", "turbopark", "empirical_gauss")
LAYOUTS, DIRECTIONS = 100, 12
EQUAL, NEARLY = 1e-5, 1e-4
"""Relative difference of AEP that is none: of small farms, whose pages have all wind speeds of
effect, and of larger ones, whose pages have a few."""

in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert CHROMIUM is not None
    with browser(CHROMIUM, tmp_path_factory.mktemp("kernel")) as page:
        yield page


def on_a_hill(problem: LayoutProblem) -> LayoutProblem:
    """The problem where the wind differs from place to place, and with height."""
    rng = np.random.default_rng(3)
    factor = rng.uniform(0.9, 1.1, (12, 10, 11))
    field = SpeedUp(
        np.linspace(-500, 7000, 10), np.linspace(-500, 5000, 11), 30.0 * np.arange(12), factor
    )
    wind = replace(problem.wind, speed_up=field)
    return replace(problem, wind=wind, wind_shear=0.14)


def at_random(problem: LayoutProblem, count: int = LAYOUTS) -> FloatArray:
    low, high = np.reshape(problem.site.area.bounds, (2, 2))
    share = np.random.default_rng(8).random((count, problem.n_turbines, 2))
    places: FloatArray = low + (high - low) * share
    return places


def opened(
    window: Browser, folder: Path, problem: LayoutProblem, surrogate: Surrogate, layout: FloatArray
) -> None:
    layouts = {"final": {"layout": layout, "aep_gwh": 1.0}}
    open_page(window, folder, problem, surrogate, layouts)


def worst(
    window: Browser, problem: LayoutProblem, surrogate: Surrogate, count: int = LAYOUTS
) -> float:
    """Return the largest relative difference of AEP between page and Python over layouts."""
    layouts = at_random(problem, count)
    there = window.value(f"{layouts.tolist()}.map((layout) => windopt.aep(layout))")
    objective = Objective.of(problem, surrogate)
    farm, rose = objective.farm(layouts), surrogate.rose(problem.wind)
    here = problem.hours_per_year / 1e9 * surrogate.mean_power(farm, rose)
    return float(abs(np.array(there) / here - 1).max())


@in_a_browser
@pytest.mark.parametrize("model", KERNELS)
def test_page_and_python_agree_on_random_layouts(
    model: str, small: LayoutProblem, borssele: LayoutProblem, window: Browser, tmp_path: Path
) -> None:
    problem = under_wake_model(in_wind_of(small, borssele, DIRECTIONS), model)
    surrogate = shipped_surrogate(problem)
    opened(window, tmp_path, problem, surrogate, at_random(problem)[0])
    assert worst(window, problem, surrogate) < EQUAL
    assert window.said == []


@in_a_browser
def test_few_wind_speeds_do_for_a_larger_farm(
    borssele: LayoutProblem, window: Browser, tmp_path: Path
) -> None:
    problem = in_wind_of(borssele, borssele, 36)
    surrogate = shipped_surrogate(problem)
    opened(window, tmp_path, problem, surrogate, at_random(problem, 1)[0])
    assert worst(window, problem, surrogate, 15) < NEARLY


@in_a_browser
@pytest.mark.parametrize("model", ["gauss", "cc", "empirical_gauss"])
def test_they_agree_on_two_types_in_sheared_wind_that_differs_from_place_to_place(
    model: str, mixed: LayoutProblem, borssele: LayoutProblem, window: Browser, tmp_path: Path
) -> None:
    problem = under_wake_model(on_a_hill(in_wind_of(mixed, borssele, DIRECTIONS)), model)
    surrogate = shipped_surrogate(problem)
    opened(window, tmp_path, problem, surrogate, at_random(problem)[0])
    assert worst(window, problem, surrogate) < EQUAL


@in_a_browser
def test_a_neighbour_takes_wind_and_its_energy_does_not_count(
    small: LayoutProblem, borssele: LayoutProblem, window: Browser, tmp_path: Path
) -> None:
    plain = in_wind_of(small, borssele, DIRECTIONS)
    places = np.array([[-600.0, 1000.0], [-600.0, 2200.0]])
    problem = replace(plain, fixed_layout=places, fixed_types=np.zeros(2, dtype=np.intp))
    surrogate = shipped_surrogate(problem)
    opened(window, tmp_path, problem, surrogate, at_random(problem)[0])
    assert worst(window, problem, surrogate) < EQUAL


@in_a_browser
def test_moves_one_by_one_come_to_what_all_at_once_comes_to(
    small: LayoutProblem, borssele: LayoutProblem, window: Browser, tmp_path: Path
) -> None:
    """After a move only what it changes is computed anew."""
    problem = in_wind_of(small, borssele, DIRECTIONS)
    layout, goal = at_random(problem)[:2]
    opened(window, tmp_path, problem, shipped_surrogate(problem), layout)
    after = window.value(
        f"(() => {{ const layout = {layout.tolist()}, goal = {goal.tolist()};"
        "let last = windopt.aep(layout);"
        "for (let k = 1; k <= 40; k++) for (const j of layout.keys()) {"
        "  for (const e of [0, 1]) layout[j][e] += (goal[j][e] - layout[j][e]) * k / 40;"
        "  last = windopt.aep(layout);"
        "}"
        "windopt.aep(layout.slice(1));"  # another farm: what is known of the first is gone
        "return [last, windopt.aep(layout)]; })()"
    )
    assert after[0] == pytest.approx(after[1], rel=1e-7)


@in_a_browser
def test_page_refuses_what_is_no_layout(
    mixed: LayoutProblem, window: Browser, tmp_path: Path
) -> None:
    layout = at_random(mixed)[0]
    opened(window, tmp_path, mixed, shipped_surrogate(mixed), layout)
    for wrong, words in (("[[1, NaN]]", "in metres"), (layout[:4].tolist(), "give their types")):
        said = window.value(
            f"(() => {{ try {{ return windopt.aep({wrong}); }} catch (error) {{ "
            "return error.message; }})()"
        )
        assert words in said


def test_few_speeds_are_those_that_the_others_follow_from() -> None:
    """Losses that are a combination of two speeds' need these two and no more."""
    rng = np.random.default_rng(0)
    two = rng.random((3, 4, 6, 2))
    loss = np.concatenate([two, two @ rng.random((2, 5))], axis=-1)
    weight = np.full((6, 7), 1 / 42)
    chosen, mix = few_speeds(loss, weight, np.full(3, 100.0))
    assert len(chosen) <= 2
    about = (loss[..., chosen] @ mix * weight[None, None]).sum((1, 2, 3))
    assert abs(about - (loss * weight).sum((1, 2, 3))).max() < 2e-5 * 100


def test_where_nobody_stands_in_a_wake_one_speed_does() -> None:
    chosen, mix = few_speeds(np.zeros((2, 3, 4, 5)), np.full((4, 5), 0.05), np.ones(2))
    assert len(chosen) == 1
    assert np.isfinite(mix).all()
