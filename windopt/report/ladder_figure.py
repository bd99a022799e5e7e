"""The figure of the ladder: what each rung gains, over the electricity that it took.

It is small enough to be read on a phone, and every mark is named in the column beside it.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from windopt.problem.layout import FloatArray
from windopt.report.ladder import improving, step_name
from windopt.report.plain_words import a_year, factor_of_error
from windopt.report.style import FINAL, GIVEN, INK, MUTED, RC, RULE, rule
from windopt.report.three_lines import reference_name
from windopt.runs.assessment_record import AssessmentRecord, Rung
from windopt.words import count_of, significant

SIZE_IN = (4.5, 4.5)
"""At 150 dots per inch a phone of 390 pixels shows it at half its size: 10 pt as 10 pixels."""
LOOKS = {True: (FINAL, "o"), False: (GIVEN, "s")}
"""Colour and marker of a rung, with AI and without."""
ROOM = 3.0
"""Between the rungs and the sides of the figure, as a factor of energy."""
BELOW = 0.25
"""Of the highest gain: what lies deeper below zero is marked at the lower edge."""
LINE = 0.052
"""Height of a line of a name, in heights of the axes."""

LEADER: dict[str, Any] = {
    "arrowstyle": "-",
    "color": MUTED,
    "lw": 0.7,
    "shrinkA": 2,
    "shrinkB": 5,
    "relpos": (0.0, 0.5),
}
"""From a name to its mark."""


class _Mark(NamedTuple):
    """A rung in the figure: at which cost, and where between the edges its mean gain is [GWh]."""

    rung: Rung
    x: float
    y: float


@rc_context(RC)
def figure_ladder(record: AssessmentRecord, summary: Mapping[str, Any]) -> Figure:
    """Draw the gain of each rung over the electricity that it took, by wake model and on average.

    Parameters
    ----------
    record : AssessmentRecord
        With a ladder of which something is known: `windopt.report.assessment.has_figure`.
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    over, ladder = reference_name(summary, record), record.ladder
    known, unit = _costs(ladder)
    lowest, highest = _edges(ladder)
    left, right = min(known.values()) / ROOM, max(known.values()) * ROOM
    marks = [
        _Mark(rung, known.get(rung.rung, left), max(rung.mean_gain_gwh, lowest))
        for rung in ladder
        if rung.rung in known or rung.mean_gain_gwh  # what took nothing that is known: at the side
    ]
    upwards = [rung for rung in improving(ladder) if rung.mean_gain_gwh > 0]
    path = [mark for mark in marks if mark.rung in upwards]
    lines = _lines(ladder[0], path)
    figure = Figure(figsize=SIZE_IN, layout="constrained")
    axes = figure.add_subplot()
    told = _band(axes, record)
    along = [left, *(mark.x for mark in path)]
    for line in lines if len(lines) > 1 else ():
        axes.plot(along, line, color=MUTED, lw=0.9, alpha=0.75)
    axes.plot(along, [0.0, *(mark.y for mark in path)], color=INK, lw=2.6)
    for mark in marks:
        colour, marker = LOOKS[mark.rung.learned]
        marker = "v" if mark.rung.mean_gain_gwh < lowest else marker
        look: dict[str, Any] = {"ls": "", "marker": marker, "ms": 9, "color": colour, "zorder": 5}
        axes.plot([mark.x], [mark.y], mec="white", clip_on=False, **look)
    axes.set(xscale="log", xlim=(left, right), ylim=(lowest, highest), xlabel=unit)
    axes.set_ylabel(f"gain over the {over} [GWh a year]")
    _ticks(axes, right / left)
    _name(axes, marks, over)
    models = count_of(len(ladder[-1].gain_gwh), "wake model")
    if any(mark.rung.rung not in known for mark in marks):
        told.append("at the left edge: not metered apart")
    told.insert(0, f"thin: {models}, thick: their mean" if len(lines) > 1 else f"by {models}")
    _titles(axes, told)
    return figure


def _edges(ladder: Sequence[Rung]) -> tuple[float, float]:
    """Return the lower and the upper end of the axis of gains [GWh]."""
    gains = [gain for rung in ladder for gain in (*rung.gain_gwh.values(), rung.mean_gain_gwh)]
    highest, lowest = max(0.0, *gains), min(0.0, *gains)
    if highest > 0:
        lowest = max(lowest, -BELOW * highest)
    spare = 0.06 * (highest - lowest or 1.0)
    return lowest - spare, highest + spare


def _costs(ladder: Sequence[Rung]) -> tuple[dict[str, float], str]:
    """Return what each rung took of which that is known, and its unit: energy, or else time."""
    known = [(r, r.energy_wh) for r in ladder if r.energy_wh and r.energy_wh["central"]]
    if not known:
        return {r.rung: r.cpu_s for r in ladder if r.cpu_s}, "processor time spent [s]"
    factors = [factor for _, wh in known if (factor := factor_of_error(wh)) is not None]
    unit = "electricity spent [Wh]"
    if factors:
        unit += f",\nall may be wrong by a factor of {significant(max(factors), 2)}"
    return {r.rung: wh["central"] or 0.0 for r, wh in known}, unit


def _lines(first: Rung, path: Sequence[_Mark]) -> FloatArray:
    """Return the gains along the path by wake model (n_models, n_rungs + 1)."""
    models = path[-1].rung.gain_gwh if path else first.gain_gwh
    lines = [[0.0, *(mark.rung.gain_gwh.get(m, np.nan) for mark in path)] for m in models]
    return np.array(lines, dtype=np.float64)


def _band(axes: Axes, record: AssessmentRecord) -> list[str]:
    """Shade what is too near to the best rung without AI to matter; returns what that is."""
    if record.ai.delta_mwh is None:
        return []
    delta = record.ai.delta_mwh / 1e3
    without = max((r.mean_gain_gwh for r in record.ladder if not r.learned), default=0.0)
    axes.axhspan(without - delta, without + delta, color=RULE, alpha=0.85, lw=0, zorder=0)
    return [f"grey: too small to matter, ± {a_year(delta)} a year"]


def _ticks(axes: Axes, factor: float) -> None:
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if factor > 100.0 else (1.0, 3.0)))
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    rule(axes, "y")


def _name(axes: Axes, marks: Sequence[_Mark], over: str) -> None:
    """Name each mark in a column at the right, as near to its height as there is room."""
    lowest, highest = axes.get_ylim()
    ordered = sorted(marks, key=lambda mark: (mark.rung.mean_gain_gwh, mark.x))
    names = [
        f"{step_name(mark.rung, over, short=True)}\n"
        f"{a_year(mark.rung.mean_gain_gwh, signed=True, digits=3)}"
        for mark in ordered
    ]
    halves = [LINE * (1 + name.count("\n")) / 2 for name in names]
    wanted = [(mark.y - lowest) / (highest - lowest) for mark in ordered]
    for mark, name, height in zip(ordered, names, _apart(wanted, halves), strict=True):
        axes.annotate(
            name,
            (mark.x, mark.y),
            (1.04, height),
            textcoords="axes fraction",
            va="center",
            color=LOOKS[mark.rung.learned][0],
            fontsize=9.5,
            linespacing=1.1,
            arrowprops=LEADER,
            annotation_clip=False,
        )


def _apart(wanted: Sequence[float], halves: Sequence[float]) -> list[float]:
    """Return heights near the wanted ones, rising, at which boxes of so much do not overlap."""
    gaps = [one + other + 0.015 for one, other in pairwise(halves)]
    heights = list(wanted)
    for k, gap in enumerate(gaps, 1):
        heights[k] = max(heights[k], heights[k - 1] + gap)
    above = max(0.0, heights[-1] + halves[-1] - 1.0) if heights else 0.0
    if above:
        heights[-1] -= above
        for k in range(len(gaps) - 1, -1, -1):
            heights[k] = min(heights[k], heights[k + 1] - gaps[k])
    return heights


def _titles(axes: Axes, told: Sequence[str]) -> None:
    axes.set_title("What each step found", pad=10 + 15 * len(told))
    axes.annotate(
        "\n".join(told),
        (0, 1),
        (0, 8),
        xycoords="axes fraction",
        textcoords="offset points",
        color=MUTED,
        fontsize=9.5,
        linespacing=1.3,
    )
