"""What a comparison leaves to read says the same everywhere, losses included."""

import csv
import json
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windopt.compare.figures import figure_anytime, figure_layouts, figure_overview
from windopt.compare.overview import overview_table
from windopt.compare.running_times import running_times
from windopt.compare.running_words import running_table
from windopt.compare.wording import sentences
from windopt.compare.writing import markdown_table
from windopt.floris.simulator import Simulator
from windopt.problem.layout import read_layout_csv
from windopt.readers.load import load_problem
from windopt.verification.evaluate import judge

SHOWN, REACHED_99 = ("51", "51", "51"), 3
"""Of `windopt` without what is published: expected CPU-seconds to 90, 95 and 99 % of the best."""


@pytest.fixture(scope="module")
def record(finished_comparison: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((finished_comparison / "comparison.json").read_text())
    return content


def unpublished(record: dict[str, Any]) -> dict[str, Any]:
    """The problem as if nothing were published of it."""
    small = record["problems"]["small"]
    cells = {
        name: [cell for cell in small["cells"] if cell["method"] == name]
        for name in small["results"]
    }
    times = running_times(small["facts"] | {"published": []}, cells)
    return {**small, "running_times": times}


def test_gains_are_floriss_over_the_given_layout(
    finished_comparison: Path, record: dict[str, Any]
) -> None:
    small = record["problems"]["small"]
    problem = load_problem(finished_comparison / "problems" / "small.yaml")
    reference = read_layout_csv(finished_comparison / "problems" / "small.reference.csv")
    path = finished_comparison / "cells" / "small" / "windopt" / "seed1"
    layouts = {"reference": reference, "found": read_layout_csv(path / "layout.csv")}
    judged = judge(problem, layouts, Simulator(problem))
    gain = 100 * (judged["found"].aep / judged["reference"].aep - 1)
    assert small["results"]["windopt"]["100"]["by_seed"]["1"] == pytest.approx(gain)
    assert small["facts"]["reference"]["kind"] == "initial"
    assert small["facts"]["reference"]["aep_gwh"] == pytest.approx(judged["reference"].aep / 1e9)
    gains = list(small["results"]["windopt"]["100"]["by_seed"].values())
    assert small["results"]["windopt"]["100"]["gain_pct"]["median"] == np.median(gains)


def test_who_comes_late_has_nothing_yet(record: dict[str, Any]) -> None:
    small = record["problems"]["small"]
    early, late = small["verdicts"]["20"], small["verdicts"]["100"]
    assert early["ranking"] == ["grid"]
    assert early["best_own"] is None
    assert late["ranking"] == ["windopt", "grid"]
    assert small["said"][0].startswith("After 20 CPU-seconds regular grid is first")


def test_tables_name_what_is_published_and_compare_what_can_be(
    finished_comparison: Path, record: dict[str, Any]
) -> None:
    text = (finished_comparison / "comparison.md").read_text()
    page = unescape((finished_comparison / "comparison.html").read_text())
    base = record["problems"]["small"]["facts"]["reference"]["aep_gwh"]
    assert (
        f"| published: a grid (nowhere) |  | {100 * (400 / base - 1):+.3f} % | 400.000 | |" in text
    )
    assert "| published: another (nowhere) |  |  | 1.000 | |" in text
    for sentence in record["problems"]["small"]["said"]:
        assert f"- {sentence}" in text
        assert sentence in page
    assert page.count("data:image/png;base64,") == 3
    assert "prefers-color-scheme: dark" in page


def test_overview_has_every_problem_and_marks_the_first_of_each_budget(
    record: dict[str, Any],
) -> None:
    assert list(overview_table(record)) == []  # one problem needs none
    small = unpublished(record)
    two = record | {"problems": {"small": small, "other": small}}
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in overview_table(two)]
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["median gain [%]"] == ["small", "other"]
    assert by_name["after CPU-seconds"] == ["20 / 100"] * 2
    late = small["results"]["windopt"]["100"]["gain_pct"]["median"]
    gains, times = (row[1:] for row in rows if row[0] == "windopt")
    assert gains == [f"- / **{late:+.3f}**"] * 2
    assert times == [" / ".join(SHOWN)] * 2
    assert by_name["regular grid"][0].startswith("**")
    assert by_name["the fastest other"] == ["none / none / none"] * 2
    assert by_name["learning involved"] == ["yes"] * 2
    assert by_name["cells of an older revision"] == [f"0 of {len(small['cells'])}"] * 2
    figure = figure_overview(two)
    assert figure is not None
    assert [len(axes.get_lines()) for axes in figure.axes] == [2 * len(small["results"])] * 2
    assert figure_overview(record) is None


def test_the_trace_is_kept(finished_comparison: Path) -> None:
    path = finished_comparison / "cells" / "small" / "windopt" / "seed0" / "trace.csv"
    rows = list(csv.DictReader(path.open()))
    assert [row["cpu_s"] for row in rows] == ["50.00", "51.00"]
    assert [row["aep_claimed_gwh"] for row in rows] == ["", "400.000000"]


def test_figures_show_every_method_and_the_crossing(
    finished_comparison: Path, record: dict[str, Any]
) -> None:
    small = record["problems"]["small"]
    figure = figure_anytime("small", small, "cpu")
    assert figure is not None
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "windopt",
        "regular grid",
    ]
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    told = [text.get_text() for text in axes.texts]
    assert "from 51 CPU-s on windopt is ahead of regular grid" in told
    problem = load_problem(finished_comparison / "problems" / "small.yaml")
    layouts = figure_layouts(finished_comparison, small, problem)
    assert len(layouts.axes) == 3


def test_running_times_are_told_with_those_that_never_came_there(record: dict[str, Any]) -> None:
    # the grid that is published elsewhere has more than anybody found here
    published = record["problems"]["small"]["running_times"]
    assert published["best_known"]["published"] == "a grid"
    assert published["by_method"]["windopt"]["90"]["cpu_s"]["reached"] == 0
    small = unpublished(record)
    times = small["running_times"]
    best = times["best_known"]
    gains = [look["gain_pct"] for cell in small["cells"] for look in cell["looks"]]
    assert best["gain_pct"] == max(gains)
    grid, ours = (times["by_method"][name]["90"]["cpu_s"] for name in ("grid", "windopt"))
    assert (grid["expected"], grid["more_than"], grid["reached"]) == (None, 100.0, 0)
    assert (ours["expected"], ours["median"], ours["reached"]) == (51.0, 51.0, 3)
    rows = list(running_table(small))
    assert rows[2].startswith("| windopt | ")
    assert rows[2].endswith(f"{SHOWN[-1]} ({REACHED_99}/3) |")
    never = " | ".join(["> 100 (0/3)"] * 3)
    assert rows[3] == f"| regular grid | 7 (3/3) | 7 (3/3) | {never} |"
    said = sentences(small, record["correction"])
    assert any("90 % windopt 51 (3/3), none of the others" in one for one in said)
    assert any("was not measured in this comparison" in one for one in said)


def test_a_known_formula_is_said_to_involve_no_learning(
    finished_comparison: Path, record: dict[str, Any]
) -> None:
    small = record["problems"]["small"]
    assert not any("No learning" in said for said in small["said"])
    formula = small | {"facts": small["facts"] | {"formula": True}}
    assert sentences(formula, record["correction"])[0].startswith("No learning is involved here")
    (row,) = [row for row in markdown_table(formula) if "windopt" in row]
    assert row.startswith("| **windopt (known formula, nothing learned)** |")
    other = {"problems": {"small": small, "other": formula}}
    assert "| learning involved | yes | no: known formula |" in overview_table(record | other)


def test_cells_of_an_older_revision_are_told_of(record: dict[str, Any]) -> None:
    small = record["problems"]["small"]
    made = [("grid", 0, None), ("windopt", 0, "revision abc1234"), ("windopt", 1, "floris 4.6")]
    cells = [
        small["cells"][0] | {"method": method, "seed": seed, "git_revision": "abc1234", "old": old}
        for method, seed, old in made
    ]
    assert sentences(small | {"cells": cells}, record["correction"])[-3:] == [
        "2 of 3 cells are of an older revision than this page, of 1 revision in all: "
        "`windopt compare --suite` lists and renews them.",
        "Older, revision abc1234 (seeds of each): windopt 0.",
        "Older, floris 4.6 (seeds of each): windopt 1.",
    ]
    new = [cell | {"old": None} for cell in cells]
    told = sentences(small | {"cells": new}, record["correction"])[-1]
    assert told == "All 3 cells are of today's code (windopt's revision abc1234)."
