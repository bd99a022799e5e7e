"""An validation of a surrogate for people: one picture, one table, one JSON file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich import box
from rich.table import Table
from rich.text import Text

from windopt.atomic import replacing
from windopt.report.style import (
    DPI,
    FINAL,
    GIVEN,
    GRID,
    INK,
    MUTED,
    PREDICTED,
    RC,
    rule,
    set_titles,
)
from windopt.runs.folder import write_json
from windopt.terminal import plain
from windopt.words import significant

if TYPE_CHECKING:
    from windopt.verification.scores import BinScore
    from windopt.verification.validation import Bar, Validation

VALIDATION, PICTURE = "validation.json", "validation.png"
SCALE_COLOURS = (PREDICTED, GRID, GIVEN)
"""Of the rankings, widest displacement first."""
VERDICTS = {True: ("met", "green"), False: ("missed", "red"), None: ("not examined", "dim")}


def write_validation(folder: Path, validation: "Validation") -> None:
    """Write `validation.json` and `validation.png` into a folder."""
    write_json(folder / VALIDATION, validation.to_dict())
    with replacing(folder / PICTURE) as partial:
        figure_validation(validation).savefig(partial, dpi=DPI)


def validation_table(validation: "Validation") -> Table:
    """Tabulate the figures of a validation beside their limits, for a terminal."""
    table = Table(
        title=plain(
            f"{validation.wake_model}: {len(validation.farms)} unseen farms against FLORIS"
        ),
        title_style="bold",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("figure", style="bold", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("limit", justify="right", no_wrap=True)
    table.add_column("")
    for bar in validation.bars:
        word, style = VERDICTS[bar.met]
        sign = "≥" if bar.at_least else "≤"
        table.add_row(bar.figure, bar_value(bar), f"{sign} {bar.limit:g}", Text(word, style=style))
    return table


def bar_value(bar: "Bar") -> str:
    """Write the value of a figure that has a limit."""
    if bar.value is None or not np.isfinite(bar.value):
        return "–"
    return f"{bar.value:.4f}" if bar.at_least else significant(bar.value)


@rc_context(RC)
def figure_validation(validation: "Validation") -> Figure:
    """Draw how far the surrogate is from FLORIS: power, wake depth, wind speed, ranking."""
    figure = Figure(figsize=(11.5, 9.0), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)  # type: ignore[call-arg, union-attr]
    (parity, depth), (ranking, speed) = figure.subplots(2, 2)
    _draw_parity(parity, validation)
    _draw_bins(
        depth,
        validation.by_wake_depth,
        [_depth_label(part) for part in validation.by_wake_depth],
    )
    depth.set_xlabel("wake depth: deficit of the rotor's wind speed [%]")
    deepest = max((part.mape_pct for part in validation.by_wake_depth if part.count), default=0.0)
    set_titles(
        depth, "error by wake depth", f"at most {deepest:.2f} %; above, the share of the conditions"
    )
    _draw_bins(
        speed,
        validation.by_wind_speed,
        [f"{part.low:g}-{part.high:g}" for part in validation.by_wind_speed],
    )
    speed.set_xlabel("free wind speed [m/s]")
    set_titles(
        speed, "error by wind speed", "in all wake depths; above, the share of the conditions"
    )
    _draw_rankings(ranking, validation)
    figure.legend(*depth.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _draw_parity(axes: Axes, validation: "Validation") -> None:
    """Draw turbine powers, predicted against FLORIS's."""
    true, predicted = validation.power_true / 1e6, validation.power_predicted / 1e6
    axes.plot(true, predicted, ls="", marker="o", ms=2.5, color=FINAL, mew=0, alpha=0.4)
    axes.axline((0.0, 0.0), slope=1.0, color=INK, lw=0.8)
    top = 1.04 * float(np.max([true, predicted], initial=1e-3))
    axes.set(xlim=(0, top), ylim=(0, top))
    axes.set(xlabel="by FLORIS [MW]", ylabel="predicted [MW]")
    rule(axes, "y")
    mape = f"mean absolute error {validation.turbine_power_mape_pct:.2f} %"
    worst = f"farms' AEP at most {validation.aep_error_worst_pct:.2f} % off"
    set_titles(axes, "turbine power", f"{mape}, {worst}")


def _draw_bins(axes: Axes, scores: "Sequence[BinScore]", labels: Sequence[str]) -> None:
    """Draw mean absolute error and bias of some bins, their share of the data above them."""
    place = np.arange(len(scores))
    axes.bar(
        place,
        [part.mape_pct for part in scores],
        width=0.62,
        color=PREDICTED,
        label="mean absolute error of a turbine's power",
    )
    axes.plot(
        place,
        [part.bias_pct for part in scores],
        ls="",
        marker="o",
        ms=6,
        color=FINAL,
        mec="white",
        label="bias of their energy",
    )
    axes.axhline(0.0, color=MUTED, lw=0.8)
    total = max(1, sum(part.count for part in scores))
    for x, part in zip(place, scores, strict=True):
        axes.annotate(
            _share(part.count / total),
            (x, 0.97),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="top",
            color=MUTED,
            fontsize=8.5,
        )
    axes.margins(y=0.18)
    axes.set_xticks(place, labels, fontsize=8.5)
    axes.set(ylabel="error of turbine power [%]")
    rule(axes, "y")


def _draw_rankings(axes: Axes, validation: "Validation") -> None:
    """Draw the AEP of layouts around the optimum, predicted against FLORIS's."""
    axes.axline((0.0, 0.0), slope=1.0, color=INK, lw=0.8)
    for ranking, colour in zip(validation.rankings, SCALE_COLOURS, strict=False):
        axes.plot(
            ranking.true_change_pct,
            ranking.predicted_change_pct,
            ls="",
            marker="o",
            ms=5,
            color=colour,
            mec="white",
            mew=0.5,
            label=f"moved by {ranking.scale_d:g} D: rank correlation {ranking.spearman:.3f}",
        )
    axes.set(xlabel="AEP against the optimum, by FLORIS [%]", ylabel="predicted [%]")
    rule(axes, "y")
    if not validation.rankings:
        set_titles(axes, "layouts around the optimum", "not examined")
        return
    axes.legend(loc="upper left")
    overclaim = validation.overclaim_pct
    claim = "" if overclaim is None else f"claimed minus verified gain: {overclaim:+.3f} % of AEP"
    set_titles(axes, "layouts around the optimum", claim)


def _share(share: float) -> str:
    return "< 1 %" if 0.0 < share < 0.005 else f"{100 * share:.0f} %"


def _depth_label(part: "BinScore") -> str:
    if not np.isfinite(part.low):
        return "none"
    if not np.isfinite(part.high):
        return f"> {100 * part.low:g}"
    return f"{round(100 * part.low):g}-{100 * part.high:g}"
