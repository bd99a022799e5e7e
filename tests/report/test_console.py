"""The console shows how a search stands, without a flood and without bothering the search."""

import time
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from windopt import alive
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.report import console as shown
from windopt.report.console import ConsoleObserver
from windopt.report.terminal_map import MOST_ROWS, WIDTH, terminal_map
from windopt.report.wording import search_sentence
from windopt.runs.search_watch import SearchState

STATE = SearchState(
    aep_gwh=2962.1434,
    start="greedy-1",
    feasible=True,
    gain_pct=1.0699,
    reference="initial",
    energy_wh=0.30412,
    left_s=75.0,
)


class Search:
    """Counts how often it is asked how it stands."""

    def __init__(self) -> None:
        self.asked = 0

    def look(self) -> SearchState:
        self.asked += 1
        return STATE


def work(observer: ConsoleObserver, search: Search, seconds: float) -> None:
    with observer.stage("searching layouts") as tell:
        observer.searching(search.look)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            tell(0.4)
            observer.improved(2962.1, "greedy-1")
            time.sleep(0.001)


def test_state_is_one_line_that_fits_a_terminal() -> None:
    line = search_sentence(STATE, 75.0)
    assert line == "2,962.14 GWh (+1.07 % on given, predicted), feasible, 0.304 Wh, 0:01:15 left"
    assert len(line) <= 78
    assert search_sentence(STATE, float("nan")).endswith(", - left")
    assert search_sentence(STATE, None).endswith("0.304 Wh")
    bare = replace(STATE, gain_pct=None, reference="", energy_wh=None, feasible=False)
    assert search_sentence(bare, 0.0) == "2,962.14 GWh (predicted), not feasible, 0:00:00 left"


def test_terminal_shows_the_line_below_the_bar() -> None:
    text, search = StringIO(), Search()
    work(ConsoleObserver(Console(file=text, force_terminal=True, width=90)), search, 1.5)
    assert "+1.07 % on given, predicted), feasible, 0.304 Wh, 0:01:15 left" in text.getvalue()
    assert 2 <= search.asked <= 4  # though hundreds of improvements were told


def test_log_is_not_flooded() -> None:
    text, search = StringIO(), Search()
    work(ConsoleObserver(Console(file=text, width=90)), search, 0.3)
    bar, line = text.getvalue().rstrip().splitlines()
    assert bar.startswith("searching layouts")
    assert "100%" in bar
    assert line.strip() == "2,962.14 GWh (+1.07 % on given, predicted), feasible, 0.304 Wh"


def test_long_stage_shows_dots_and_says_now_and_then_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alive, "TICK_S", 0.01)
    monkeypatch.setattr(alive, "DOTS", 10)
    monkeypatch.setattr(shown, "LOOK_S", 0.0)
    text = StringIO()
    observer = ConsoleObserver(Console(file=text, width=90))
    observer.limited(lambda: 75.0)
    work(observer, Search(), 0.7)
    first, *between, _, _ = text.getvalue().splitlines()
    assert first.startswith("searching layouts ..........")
    said = "40 %, 0:01:15 left: 2,962.14 GWh (+1.07 % on given, predicted), feasible, 0.304 Wh"
    assert len(between) >= 2
    assert all(line == f".......... {said}" for line in between)


def test_work_between_stages_is_seen_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alive, "TICK_S", 0.01)
    text = StringIO()
    console = Console(file=text, width=90)
    with alive.Alive(console) as shows:
        shows.begin("windopt is starting")
        time.sleep(0.1)
        with ConsoleObserver(console, shows).stage("verifying in FLORIS") as tell:
            tell(0.5)
        before = text.getvalue()
        time.sleep(0.1)
    assert before.startswith("windopt is starting ..")
    assert "\nverifying in FLORIS" in before
    between = text.getvalue()[len(before) :]
    assert set(between) == {".", "\n"}
    assert between.endswith("\n")


def test_terminal_shows_what_a_run_may_still_take() -> None:
    text = StringIO()
    console = Console(file=text, force_terminal=True, width=90)
    with alive.Alive(console) as shows:
        shows.begin("windopt is starting")
        observer = ConsoleObserver(console, shows)
        observer.limited(lambda: 75.0)
        with observer.stage("verifying in FLORIS") as tell:
            tell(0.5)
    assert "windopt is starting" in text.getvalue()
    assert "0:01:15 left" in text.getvalue()


def test_stage_that_is_no_search_shows_its_bar_alone() -> None:
    text = StringIO()
    with ConsoleObserver(Console(file=text, width=90)).stage("verifying in FLORIS") as tell:
        tell(0.5)
    assert len(text.getvalue().rstrip().splitlines()) == 1


def test_failure_passes_through() -> None:
    observer = ConsoleObserver(Console(file=StringIO(), width=90))

    def fail() -> None:
        with observer.stage("searching layouts"):
            observer.searching(Search().look)
            raise FloatingPointError

    with pytest.raises(FloatingPointError):
        fail()


def test_map_shows_every_parcel_and_turbine(small: LayoutProblem) -> None:
    layout = random_layout(small, np.random.default_rng(1))
    lines = terminal_map(small, layout)
    text = "".join(lines)
    assert len(lines) <= MOST_ROWS
    assert max(map(len, lines)) <= WIDTH
    assert 1 <= text.count("●") <= len(layout)
    assert any("\u2801" <= one <= "\u28ff" for one in text)
    first, last = (
        terminal_map(small, layout[[which]]) for which in layout[:, 1].argsort()[[-1, 0]]
    )
    row_of = [next(i for i, line in enumerate(one) if "●" in line) for one in (first, last)]
    assert row_of[0] < row_of[1]  # north is up
