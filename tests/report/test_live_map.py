"""Turbines on the report's map are moved by mouse, finger and keys, in a real browser."""

import csv
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.report.devtools import Browser, browser
from tests.report.live_pages import READY, in_wind_of, write_page
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.violations import violations
from windopt.readers.places.layout import read_layout
from windopt.surrogate.shipped import shipped_surrogate
from windopt.surrogate.surrogate import Surrogate

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")

NORMAL, LARGE = 4.5, 3.0
"""Contrast that WCAG 2.2 AA asks of letters, and of large ones and marks."""
CONTRAST = """(() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return dark ? "rgb(18,18,18)" : "rgb(255,255,255)";
  };
  return [...document.querySelectorAll("#live p, #live button, #live label, #live td, #live th")]
    .filter((one) => one.innerText && one.getClientRects().length && !one.disabled).map((one) => {
      const [a, b] = [light(getComputedStyle(one).color), light(behind(one))];
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.innerText.slice(0, 40)];
    }).filter(([contrast]) => contrast < 4.5);
})()"""


@pytest.fixture(scope="module")
def problem(small: LayoutProblem, borssele: LayoutProblem) -> LayoutProblem:
    """Nine turbines on two parcels with an exclusion, in 12 directions."""
    return in_wind_of(small, borssele, 12)


@pytest.fixture(scope="module")
def surrogate(problem: LayoutProblem) -> Surrogate:
    return shipped_surrogate(problem)


@pytest.fixture(scope="module")
def start(problem: LayoutProblem) -> FloatArray:
    """A layout that keeps all rules."""
    places = [(400, 400), (1900, 500), (3500, 400), (400, 1900), (1800, 1800), (500, 3500)]
    layout = np.array([*places, (1700, 3300), (3700, 1700), (5200, 300)], dtype=np.float64)
    assert not violations(problem, layout)
    return layout


@pytest.fixture(scope="module")
def page(
    problem: LayoutProblem,
    surrogate: Surrogate,
    start: FloatArray,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    assert problem.initial_layout is not None
    layouts = {
        "initial": {"layout": problem.initial_layout, "aep_gwh": 300.0},
        "final": {"layout": start, "aep_gwh": 300.0},
    }
    return write_page(tmp_path_factory.mktemp("page"), problem, surrogate, layouts)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Path]]:
    assert CHROMIUM is not None
    folder = tmp_path_factory.mktemp("map")
    with browser(CHROMIUM, folder) as one:
        yield one, folder / "downloads"


@pytest.fixture
def window(running: tuple[Browser, Path], page: Path) -> Iterator[Browser]:
    """The page as it was; whatever a test does, nothing goes wrong in it and nothing is asked."""
    one, _ = running
    one.size(1100, 1000)
    one.open(page, READY)
    yield one
    assert one.said == []
    assert [address for address in one.asked if not address.startswith(("file:", "blob:"))] == []


def aep(window: Browser) -> float:
    return float(window.value("document.querySelector('[data-live=aep]').value"))


def layout(window: Browser) -> FloatArray:
    return np.array(window.value("windopt.layout()"))


def drag(window: Browser, number: int, way: tuple[float, float], touch: bool = False) -> None:
    """Drag a turbine by a way on the screen, and wait until the numbers have followed."""
    before = layout(window)[number - 1].tolist()
    window.drag(window.middle(f'[data-turbine="{number}"] .body'), way, touch=touch)
    window.wait(f"String(windopt.layout()[{number - 1}]) !== '{before[0]},{before[1]}'")
    settle(window)


def settle(window: Browser) -> None:
    window.wait(
        "Math.abs(Number(document.querySelector('[data-live=aep]').value)"
        " / windopt.aep(windopt.layout()) - 1) < 1e-7"
    )


def broken(window: Browser) -> list[str]:
    return list(
        window.value("[...document.querySelectorAll('.live-broken li')].map(o => o.innerText)")
    )


def choose(window: Browser, name: str, value: str) -> None:
    window.value(
        f"(() => {{ const one = document.querySelector('[data-do={name}]'); one.value = '{value}';"
        "one.dispatchEvent(new Event('change')); })()"
    )


def test_a_turbine_is_dragged_and_the_numbers_follow(
    window: Browser, problem: LayoutProblem, surrogate: Surrogate, start: FloatArray
) -> None:
    scale = window.value("document.querySelector('.live-svg').getScreenCTM().a")
    drag(window, 5, (40.0, -25.0))
    moved = layout(window)
    data = json.loads(window.value("document.getElementById('live-data').textContent"))
    way = np.array([40.0, 25.0]) / scale / data["map"]["scale"]
    np.testing.assert_allclose(moved[4] - start[4], way, atol=3.0)
    np.testing.assert_array_equal(np.delete(moved, 4, 0), np.delete(start, 4, 0))
    expected = float(surrogate.aep(moved[None], problem.wind)[0]) / 1e9
    assert aep(window) == pytest.approx(expected, rel=1e-4)
    text = window.value("document.querySelector('[data-live=aep]').textContent")
    assert len(text.replace(".", "")) == 5
    assert float(text) == pytest.approx(aep(window), rel=1e-4)


def test_undo_and_redo_go_back_and_forth(window: Browser, start: FloatArray) -> None:
    before = aep(window)
    drag(window, 5, (30.0, 0.0))
    moved = layout(window)
    window.click("[data-do=undo]")
    window.wait("document.querySelector('[data-do=undo]').disabled")
    np.testing.assert_array_equal(layout(window), start)
    assert aep(window) == pytest.approx(before, rel=1e-9)
    window.click("[data-do=redo]")
    window.wait("document.querySelector('[data-do=redo]').disabled")
    np.testing.assert_array_equal(layout(window), moved)
    window.key("z", 90, modifiers=2)
    np.testing.assert_array_equal(layout(window), start)


def test_broken_rules_are_told_in_the_words_of_python(
    window: Browser, problem: LayoutProblem
) -> None:
    assert broken(window) == []
    drag(window, 1, (45.0, -40.0))
    drag(window, 4, (-70.0, 0.0))
    drag(window, 3, (40.0, 8.0))
    told = violations(problem, layout(window)).in_words
    assert told
    assert sorted(broken(window)) == sorted(one[0].upper() + one[1:] for one in told)
    numbers = window.value(
        "[...document.querySelectorAll('.turbine.bad')].map(o => o.dataset.turbine)"
    )
    assert {"1", "4"} <= set(numbers)
    assert "breaks a rule" in window.value(
        "document.querySelector('[data-turbine=\"4\"]').getAttribute('aria-label')"
    )


def test_a_finger_moves_a_turbine_on_a_phone(window: Browser, start: FloatArray) -> None:
    window.size(390, 844, "dark", phone=True)
    drag(window, 5, (15.0, -10.0), touch=True)
    assert (layout(window)[4] != start[4]).all()
    assert window.value("document.documentElement.scrollWidth") <= 390


def test_keys_move_snap_back_and_remove(window: Browser, start: FloatArray) -> None:
    window.value("document.querySelector('[data-turbine=\"2\"]').focus()")
    window.key("ArrowRight", 39)
    window.key("ArrowUp", 38, modifiers=8)
    np.testing.assert_allclose(layout(window)[1] - start[1], [10.0, 100.0])
    said = window.value("document.querySelector('[data-live=said]').innerText")
    assert said.startswith("turbine 2 moved")
    window.key("Escape", 27)
    np.testing.assert_array_equal(layout(window), start)
    window.key("Delete", 46)
    np.testing.assert_array_equal(layout(window), np.delete(start, 1, 0))
    assert window.value("document.querySelectorAll('[data-turbine]').length") == 8
    settle(window)


def test_a_turbine_is_added_where_the_map_is_tapped(window: Browser, start: FloatArray) -> None:
    before = aep(window)
    window.click("[data-do=add]")
    x, y = window.middle('[data-turbine="5"] .body')
    window.drag((x + 20.0, y - 45.0), (0.0, 0.0), steps=0)
    assert len(layout(window)) == 10
    settle(window)
    assert aep(window) > before + 10


def test_downloads_load_back_into_windopt_with_the_same_layout(
    window: Browser, running: tuple[Browser, Path], problem: LayoutProblem, surrogate: Surrogate
) -> None:
    drag(window, 5, (22.0, 13.0))
    moved = layout(window)
    for kind in ("csv", "geojson", "floris"):
        window.click(f"[data-do={kind}]")
    folder = running[1]
    names = ("layout.csv", "layout.geojson", "moved_floris.yaml", "moved_floris_wind.csv")
    for name in names:
        wait_for(folder / name)
    for name in names[:2]:
        back = read_layout(str(folder / name), site=problem.site).coordinates
        np.testing.assert_allclose(back, moved, atol=1e-6)
        assert float(surrogate.aep(back[None], problem.wind)[0]) / 1e9 == pytest.approx(
            aep(window), rel=1e-4
        )
    with (folder / "layout.csv").open() as file:
        assert next(csv.DictReader(file))["type"] == problem.turbine.name


def test_floris_gives_the_downloaded_layout_the_aep_of_the_page(
    window: Browser,
    running: tuple[Browser, Path],
    monkeypatch: pytest.MonkeyPatch,
    surrogate: Surrogate,
) -> None:
    """By the lines at the head of the file; the kernel is some 0.1 % off FLORIS."""
    folder = running[1]
    for file in folder.iterdir():
        file.unlink()
    window.click("[data-do=floris]")
    for name in ("moved_floris.yaml", "moved_floris_wind.csv"):
        wait_for(folder / name)
    head = (folder / "moved_floris.yaml").read_text().splitlines()
    *lines, last = (line[2:] for line in head if line.startswith("# ") and "Its AEP" not in line)
    names: dict[str, Any] = {}
    monkeypatch.chdir(folder)
    exec("\n".join(lines), names)
    assert float(eval(last, names)) / 1e9 == pytest.approx(aep(window), rel=2e-3)


def wait_for(file: Path) -> None:
    until = time.monotonic() + 60
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert file.exists(), file.name


def test_colours_wakes_and_comparison_are_shown(window: Browser) -> None:
    choose(window, "colour", "cost")
    window.wait("!document.querySelector('[data-live=key]').hidden")
    colours = window.value(
        "[...document.querySelectorAll('.turbine .body')].map(o => o.style.fill)"
    )
    assert len(set(colours)) > 5
    choose(window, "wind", "one")
    assert window.value("document.querySelectorAll('.wakes polygon').length") > 9
    choose(window, "compare", "initial")
    assert window.value("document.querySelectorAll('.ghosts circle').length") == 9
    said = window.value("document.querySelector('[data-live=compared]').innerText")
    assert "against the given layout, both by the surrogate" in said
    window.click("[data-do=use]")
    settle(window)
    assert "+0 MWh" in window.value("document.querySelector('[data-live=compared]').innerText")


def test_every_figure_says_that_it_is_the_surrogates(window: Browser) -> None:
    words = window.value("document.querySelector('#live').innerText")
    assert "Surrogate's figures (gauss wakes), not FLORIS's." in words
    assert "At the verified layout FLORIS gives 300.00 GWh" in words
    assert "windopt verify config.yaml layout.csv" in words


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screen_readers_and_weak_eyes_are_served(window: Browser, scheme: str) -> None:
    window.size(1100, 1000, scheme)
    assert window.value(CONTRAST) == []
    unnamed = window.value(
        "[...document.querySelectorAll('#live :is(button, select, input, [tabindex])')]"
        ".filter(o => !(o.innerText || o.labels?.length || o.getAttribute('aria-label')))"
        ".map(o => o.outerHTML)"
    )
    assert unnamed == []
