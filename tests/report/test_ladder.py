"""The ladder as a table and as a picture: nothing hidden, nothing cut off, one point each rung."""

from dataclasses import replace
from io import BytesIO
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from windopt.report.assessment import has_figure
from windopt.report.ladder import improving, ladder_in_words, ladder_rows
from windopt.report.ladder_figure import figure_ladder
from windopt.report.style import FINAL, GIVEN
from windopt.runs.assessment_record import AiShare, AssessmentRecord

Summary = dict[str, Any]


def drawn(record: AssessmentRecord, summary: Summary) -> tuple[Figure, Axes]:
    figure = figure_ladder(record, summary)
    figure.savefig(BytesIO())  # which lays it out
    (axes,) = figure.axes
    return figure, axes


def points(axes: Axes) -> list[tuple[float, float, str]]:
    """Marks as (cost, gain, colour)."""
    marks = [line for line in axes.lines if line.get_linestyle() == "None"]
    return [
        (float(np.ravel(m.get_xdata())[0]), float(np.ravel(m.get_ydata())[0]), str(m.get_color()))
        for m in marks
    ]


def test_the_table_has_a_row_for_each_rung(assessed: AssessmentRecord, summed_up: Summary) -> None:
    head, given, grid, formula, kernels = ladder_rows(assessed, summed_up)
    assert head[:4] == ("step", "gain [GWh a year]", "by wake model", "electricity [Wh]")
    assert "processor time [s]" not in head  # of which nothing is known
    assert given[:2] == ("given layout", "0")
    assert grid[1:3] == ("−20.0", "−21.0 to −19.0")
    assert formula[0] == "search with a wake formula"
    assert kernels == (
        "search with AI, several wake models",
        "12.0",
        "10.0 to 13.0",
        "0.75 (0.25 to 2.2)",
        "2.2",
        "8 %",
    )
    assert ladder_rows(replace(assessed, ladder=()), summed_up) == []


def test_the_picture_has_the_rungs_in_their_places(
    assessed: AssessmentRecord, summed_up: Summary
) -> None:
    _, axes = drawn(assessed, summed_up)
    lowest, _ = axes.get_ylim()
    grid, formula, ai = points(axes)
    assert grid == (0.006, lowest, GIVEN)  # far below: at the edge
    assert formula == (0.3, 11.0, GIVEN)
    assert ai == (0.75, 12.0, FINAL)
    lines = [line for line in axes.lines if line.get_linestyle() == "-"]
    assert len(lines) == 3 + 1  # the wake models, and their mean
    np.testing.assert_allclose(np.asarray(lines[-1].get_ydata()), [0.0, 11.0, 12.0])
    assert lines[-1].get_linewidth() > 2 * lines[0].get_linewidth()
    assert axes.get_xscale() == "log"
    (shaded,) = axes.patches
    _, y, _, height = shaded.get_bbox().bounds  # type: ignore[attr-defined]
    assert (y, y + height) == pytest.approx((10.5, 11.5))  # 0.5 GWh about the best without AI
    told = " ".join(text.get_text() for text in axes.texts)
    assert "too small to matter, ± 0.50 GWh" in told
    assert "all may be wrong by a factor of 3.0" in axes.get_xlabel()


def test_nothing_is_cut_off_or_hidden(assessed: AssessmentRecord, summed_up: Summary) -> None:
    same = tuple(
        rung if rung.energy_wh is None else replace(rung, energy_wh=assessed.bill.energy_wh)
        for rung in assessed.ladder
    )
    for ladder in (assessed.ladder, same):
        figure, axes = drawn(replace(assessed, ladder=ladder), summed_up)
        boxes = [text.get_window_extent() for text in [*axes.texts, axes.title]]
        for box in boxes:
            assert box.x0 >= -1
            assert box.x1 <= figure.bbox.x1 + 1
            assert box.y0 >= -1
            assert box.y1 <= figure.bbox.y1 + 1


def test_names_keep_their_distance(assessed: AssessmentRecord, summed_up: Summary) -> None:
    near = tuple(
        replace(rung, mean_gain_gwh=11.0 + 0.001 * k) if k else rung
        for k, rung in enumerate(assessed.ladder)
    )
    _, axes = drawn(replace(assessed, ladder=near), summed_up)
    boxes = [
        Text.get_window_extent(text)
        for text in axes.texts
        if getattr(text, "arrow_patch", None) is not None
    ]
    assert len(boxes) == 3
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_two_rungs_one_model_and_no_energy(assessed: AssessmentRecord, summed_up: Summary) -> None:
    given, *_, ai = assessed.ladder
    one = replace(ai, gain_gwh={"gauss": 10.0}, mean_gain_gwh=10.0, energy_wh=None, cpu_s=700.0)
    alone = replace(assessed, ladder=(given, one), ai=AiShare())
    _, axes = drawn(alone, summed_up)
    assert points(axes) == [(700.0, 10.0, FINAL)]
    assert axes.get_xlabel() == "processor time spent [s]"
    assert "by 1 wake model" in axes.texts[-1].get_text()
    assert not axes.patches  # nothing is declared too small
    assert has_figure(alone)
    assert not has_figure(replace(alone, ladder=(given,)))
    assert not has_figure(replace(alone, ladder=(given, replace(one, cpu_s=None))))


def test_a_loss_is_drawn(assessed: AssessmentRecord, summed_up: Summary) -> None:
    given, *_, ai = assessed.ladder
    lost = replace(ai, gain_gwh=dict.fromkeys(ai.gain_gwh, -1.0), mean_gain_gwh=-1.0)
    _, axes = drawn(replace(assessed, ladder=(given, lost)), summed_up)
    assert points(axes) == [(0.75, -1.0, FINAL)]


def test_what_was_not_metered_stands_at_the_side(
    assessed: AssessmentRecord, summed_up: Summary
) -> None:
    given, grid, *others = assessed.ladder
    better = dict.fromkeys(grid.gain_gwh, 5.0)
    free = replace(grid, energy_wh=None, gain_gwh=better, mean_gain_gwh=5.0)
    _, axes = drawn(replace(assessed, ladder=(given, free, *others)), summed_up)
    left, _ = axes.get_xlim()
    cost, gain, colour = points(axes)[0]
    assert cost == pytest.approx(left)
    assert (gain, colour) == (5.0, GIVEN)
    assert "at the left edge: not metered apart" in axes.texts[-1].get_text()


def test_words_for_who_cannot_see_it(assessed: AssessmentRecord, summed_up: Summary) -> None:
    told = ladder_in_words(assessed, summed_up)
    assert "mean of 3 wake models" in told
    assert "search with a wake formula: +11 GWh a year for 0.30 Wh" in told


def test_only_what_leads_upwards_is_joined(assessed: AssessmentRecord) -> None:
    assert [rung.rung for rung in improving(assessed.ladder)] == ["given", "formula", "kernels"]
