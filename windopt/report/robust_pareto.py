"""The report's section on mean gain against its spread over wake models, and its figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from windopt.problem.layout import FloatArray
from windopt.report.style import FINAL, LAYOUTS, MARK, MUTED, RC, rule, set_titles
from windopt.report.verified import places, rounded_error
from windopt.report.wording import label_of
from windopt.runs.robust_pareto import ParetoRow

LEAST_GAP = 0.045
"""Of the figure's height: between the names of two layouts."""


class ParetoCells(NamedTuple):
    """A layout in the table."""

    k: str
    name: str
    mean: str
    spread: str
    p90: str
    aep: str
    beaten: str


@dataclass(frozen=True)
class ParetoSection:
    """What the section shows, in words."""

    caption: str
    rows: list[ParetoCells]
    notes: list[str]


def pareto_section(
    rows: Sequence[ParetoRow] | None, layouts: Mapping[str, Any], own_model: str
) -> ParetoSection | None:
    """Return the section; None of a run without such layouts.

    Parameters
    ----------
    rows : sequence of ParetoRow or None
        The content of `robust_pareto.csv`.
    layouts : mapping of str to Any
        The verdict's, by key.
    own_model : str
        The wake model of the config's `wake`.
    """
    if not rows:
        return None
    return ParetoSection(
        f"Mean gain over wake models against its spread, by FLORIS{_sampled(rows)}: the filled "
        "points are the best of a weight k, the others are no weight's.",
        [_cells(row, layouts, own_model) for row in rows],
        _notes(rows, layouts, own_model),
    )


@rc_context(RC)
def figure_robust_pareto(
    rows: Sequence[ParetoRow], layouts: Mapping[str, Any], own_model: str
) -> Figure:
    """Draw mean gain against its spread over wake models: the best of each weight, and all others.

    Parameters
    ----------
    rows, layouts, own_model
        As of `pareto_section`.
    """
    figure = Figure(figsize=(9.5, 5.2), layout="constrained")
    axes = figure.add_subplot()
    best = [row for row in rows if row.k is not None]
    others = [row for row in rows if row.k is None]
    spread, mean, error = (_column(best, of) for of in ("spread", "mean", "error"))
    axes.plot(spread, mean, color=FINAL, lw=1.4, marker="o", ms=8, mec="white", zorder=3)
    for row in others:
        axes.plot(row.spread_gain_pct, row.mean_gain_pct, **_marker(row), zorder=2)
    spread, mean, error = (_column(rows, of) for of in ("spread", "mean", "error"))
    if any(row.sampled for row in rows):
        axes.errorbar(spread, mean, yerr=error, fmt="none", ecolor=MUTED, lw=1.0, zorder=1)
    names = {
        (row.spread_gain_pct, row.mean_gain_pct): _point_name(row, rows, layouts, own_model)
        for row in rows
    }
    margin = max(0.06 * float(np.ptp(mean)), float(error.max()), 1e-3)
    axes.set(ylim=(mean.min() - margin, mean.max() + margin))
    axes.set_xlim(left=-0.04 * spread.max() - 1e-4, right=1.05 * spread.max() + 1e-4)
    low, high = axes.get_ylim()
    points = sorted(names, key=lambda at: at[1])
    for at, height in zip(
        points, _apart([(at[1] - low) / (high - low) for at in points]), strict=True
    ):
        axes.annotate(
            names[at],
            at,
            (1.02, height),
            textcoords="axes fraction",
            va="center",
            color=MUTED,
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": MUTED, "lw": 0.5, "alpha": 0.6},
        )
    axes.set(
        xlabel="spread of the gain over wake models, one standard deviation [%]",
        ylabel="mean gain over wake models [%]",
    )
    rule(axes, "y")
    fewer = best[0].spread_gain_pct - best[-1].spread_gain_pct
    given = best[0].mean_gain_pct - best[-1].mean_gain_pct
    said = f"{fewer:.3f} points less spread cost {given:.3f} points of mean gain"
    set_titles(axes, "mean gain against its spread", f"FLORIS{_sampled(rows)}; {said}")
    return figure


def _apart(heights: Sequence[float]) -> list[float]:
    """Return rising heights moved up such that names do not lie on each other."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + LEAST_GAP) if placed else height)
    down = max(0.0, placed[-1] - 1.0) if placed else 0.0
    for number in range(len(placed) - 1, -1, -1):  # those at the top push the rest down
        top = 1.0 if number == len(placed) - 1 else placed[number + 1] - LEAST_GAP
        placed[number] = min(placed[number], top) if down else placed[number]
    return placed


def _column(rows: Sequence[ParetoRow], of: str) -> FloatArray:
    key = {"spread": "spread_gain_pct", "mean": "mean_gain_pct", "error": "mean_gain_error_pct"}
    return np.array([getattr(row, key[of]) for row in rows])


def _marker(row: ParetoRow) -> dict[str, Any]:
    if row.layout in LAYOUTS:
        return LAYOUTS[row.layout].marker | {"ms": 8}
    colour = MARK if row.layout == "single" else MUTED
    return {"ls": "", "marker": "o", "ms": 7, "mfc": "white", "mec": colour, "mew": 1.4}


def _point_name(
    row: ParetoRow, rows: Sequence[ParetoRow], layouts: Mapping[str, Any], own_model: str
) -> str:
    """Return what a layout is called, after the weights that it is the best of."""
    weights = [f"{one.k:g}" for one in rows if one.layout == row.layout and one.k is not None]
    name = _name(row.layout, layouts, own_model)
    return f"k = {', '.join(weights)}: {name}" if weights else name


def _name(layout: str, layouts: Mapping[str, Any], own_model: str) -> str:
    """Return what a layout is called."""
    if layout in layouts:
        return label_of(layouts, layout)
    if layout == "single":
        return f"found for {own_model} alone"
    stem, _, rest = layout.partition(", ")
    words = {"final": "found at first" if rest == "before" else "found"}.get(stem, f"for {stem}")
    words = "warm start" if stem == "warm start" else words
    return words if not rest or rest == "before" else f"{words}, {rest}"


def _cells(row: ParetoRow, layouts: Mapping[str, Any], own_model: str) -> ParetoCells:
    error = row.mean_gain_error_pct
    digits = places(error) if error else 3
    mean = f"{row.mean_gain_pct:+.{digits}f}"
    aep = f"{row.aep_gwh:,.2f}"
    if row.sampled:
        mean += f" ± {rounded_error(error)}"
        aep += f" ± {rounded_error(row.aep_error_gwh)}"
    return ParetoCells(
        "" if row.k is None else f"{row.k:g}",
        _name(row.layout, layouts, own_model),
        mean,
        f"{row.spread_gain_pct:.3f}",
        f"{row.gain_p90_pct:+.3f}",
        aep,
        "yes" if row.dominated else "no",
    )


def _notes(rows: Sequence[ParetoRow], layouts: Mapping[str, Any], own_model: str) -> list[str]:
    reference = "initial" if "initial" in layouts else "grid"
    weighed = ", ".join(f"{row.k:g}" for row in rows if row.k is not None)
    notes = [
        f"Gains are over the {_name(reference, layouts, own_model)} under the same wake model. For "
        f"each k ({weighed}) the layout with the highest mean less k times the spread is taken of "
        "all that FLORIS has judged, whichever k it was searched for. The layouts are in the run "
        "folder's robust_pareto/.",
        "A layout is beaten where another has no less mean and no more spread.",
    ]
    if any(row.sampled for row in rows):
        few = min(row.conditions for row in rows)
        notes.append(
            f"Sampled: FLORIS has simulated {few:,} wind conditions of each under each wake model; "
            "± is one standard error."
        )
    return notes


def _sampled(rows: Sequence[ParetoRow]) -> str:
    return " (sampled)" if any(row.sampled for row in rows) else ""
