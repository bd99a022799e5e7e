"""The picture and the table of an validation show its numbers."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
from matplotlib.image import imread
from rich.console import Console

from windopt.report.validation import figure_validation, validation_table, write_validation
from windopt.verification.validation import Validation


def test_panels_show_the_numbers(validation: Validation) -> None:
    parity, depth, ranking, speed = figure_validation(validation).axes
    np.testing.assert_allclose(parity.lines[0].get_ydata(), validation.power_predicted / 1e6)
    for axes, scores in ((depth, validation.by_wake_depth), (speed, validation.by_wind_speed)):
        heights = [bar.get_height() for bar in axes.patches]
        np.testing.assert_allclose(heights, [part.mape_pct for part in scores])
        np.testing.assert_allclose(axes.lines[0].get_ydata(), [part.bias_pct for part in scores])
    labels = [label.get_text() for label in depth.get_xticklabels()]
    assert labels == ["none", "0-5", "5-10", "10-20", "20-30", "30-40", "> 40"]
    drawn = [line for line in ranking.lines if len(line.get_xdata()) == 20]
    for line, one in zip(drawn, validation.rankings, strict=True):
        np.testing.assert_allclose(line.get_ydata(), one.predicted_change_pct)
        assert f"{one.scale_d:g} D: rank correlation {one.spearman:.3f}" in str(line.get_label())
    assert len({line.get_color() for line in drawn}) == 3


def test_table_says_what_is_met(validation: Validation) -> None:
    def shown(validation: Validation) -> list[str]:
        text = StringIO()
        Console(file=text, width=120).print(validation_table(validation))
        return text.getvalue().splitlines()

    lines = shown(validation)
    assert "gauss: 2 unseen farms against FLORIS" in lines[0]
    words = {line.split("  ")[1].strip(): line.split()[-1] for line in lines if "." in line}
    assert words["AEP error, median [%]"] == "missed"
    assert words["AEP error, worst [%]"] == "missed"
    assert words["turbine power, MAPE [%]"] == "met"
    assert words["rank correlation at 0.5 D"] == "missed"
    assert words["claimed minus verified gain [% of AEP]"] == "met"
    without = replace(validation, rankings=(), claimed_gain_pct=None)
    assert sum("not examined" in line for line in shown(without)) == 4


def test_picture_is_written_with_and_without_an_optimum(
    validation: Validation, tmp_path: Path
) -> None:
    for one in (validation, replace(validation, rankings=(), claimed_gain_pct=None)):
        write_validation(tmp_path, one)
        height, width, _ = imread(tmp_path / "validation.png").shape
        assert (width, height) == (1725, 1350)
