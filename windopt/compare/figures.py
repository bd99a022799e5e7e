"""The pictures of a comparison: gain against compute and energy, and the layouts side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from windopt.assessment.labels import LABELS, label
from windopt.compare.registry import OURS
from windopt.compare.statistics import Curve, crossing, curve
from windopt.problem.layout import FloatArray, read_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.report.site_map import PANEL_IN, draw_site, draw_turbines, origin_km
from windopt.report.style import (
    DPI,
    FINAL,
    GIVEN,
    GRID,
    INK,
    MUTED,
    RC,
    LayoutStyle,
    rule,
    set_titles,
)
from windopt.words import count_of, significant

Record = Mapping[str, Any]

OUR_COLOURS = {
    "windopt": FINAL,
    "windopt_cold": "#004c7f",
    "windopt_reused": "#56b4e9",
    "windopt_analytic": "#cc79a7",
    "windopt_fitted": "#882255",
    "windopt_floris": "#7a5195",
}
COLOURS = (GIVEN, GRID, "#e69f00", "#8c6d31", "#5b6778", "#a6761d", "#1b9e77", "#b2182b")
DASHES = ("-", "--", "-.", ":")
COLUMNS = 3
"""Of panels, where there is one for each problem."""
MOST_LAYOUTS = 4
"""Drawn side by side."""
AXES = {
    "cpu": ("found_cpu_s", "processor time, all processes [CPU-s]", "CPU-s"),
    "energy": ("found_energy_wh", "energy, central estimate [Wh]", "Wh"),
}


def write_figures(
    folder: Path, content: Record, problems: Mapping[str, LayoutProblem]
) -> dict[str, dict[str, Path]]:
    """Draw all figures as `figures/PROBLEM-NAME.png`; returns the paths by problem and name.

    Parameters
    ----------
    folder : Path
        Of the comparison.
    content : Record
        As `record.comparison_record` gives it.
    problems : mapping of str to LayoutProblem
        By name.
    """
    written: dict[str, dict[str, Path]] = {}
    (folder / "figures").mkdir(exist_ok=True)
    if (overview := figure_overview(content)) is not None:
        overview.savefig(folder / "figures" / "overview.png", dpi=DPI, facecolor="white")
    for name, problem in content["problems"].items():
        if not any(cell["looks"] for cell in problem["cells"]):
            continue
        figures = {f"anytime_{kind}": figure_anytime(name, problem, kind) for kind in AXES}
        figures["layouts"] = figure_layouts(folder, problem, problems[name])
        for kind, figure in figures.items():
            if figure is None:
                continue
            path = folder / "figures" / f"{name}-{kind}.png"
            figure.savefig(path, dpi=DPI, facecolor="white")
            written.setdefault(name, {})[kind] = path
    return written


@rc_context(RC)
def figure_anytime(name: str, problem: Record, kind: str = "cpu") -> Figure | None:
    """Draw the gain found against what it took, median and range over seeds.

    Parameters
    ----------
    name : str
        Of the problem.
    problem : Record
        As in `comparison.json`.
    kind : "cpu" or "energy"; of the latter there may be nothing to draw
    """
    key, words, unit = AXES[kind]
    curves = {method: curve(cells, key) for method, cells in _by_method(problem).items()}
    curves = {method: one for method, one in curves.items() if np.isfinite(one.median).any()}
    if not curves:
        return None
    last = problem["facts"]["budgets_cpu_s"][-1] if kind == "cpu" else None
    end = last or max(float(one.effort.max()) for one in curves.values()) * 1.1
    ranked = sorted(curves, key=lambda method: -curves[method].median[-1])
    figure = Figure(figsize=(9.5, 6.2), layout="constrained")
    axes = figure.add_subplot()
    for method in ranked:
        _draw_curve(axes, curves[method], end, _style(method, list(problem["results"])), method)
    _time_axis(axes)
    axes.set(xlabel=words)
    reference = LABELS[problem["facts"]["reference"]["kind"]].phrase
    axes.set_ylabel(f"gain over {reference} [%]")
    _frame_gains(axes, list(curves.values()))
    if kind == "cpu":
        for budget in problem["facts"]["budgets_cpu_s"]:
            axes.axvline(budget, color=MUTED, lw=0.8, ls=":", zorder=0)
    rule(axes, "y")
    title = f"gain against {'energy' if kind == 'energy' else 'compute'}: {name}"
    set_titles(axes, title, _mark_crossing(axes, problem, curves, unit))
    figure.legend(loc="outside lower center", ncols=3)
    return figure


@rc_context(RC)
def figure_overview(content: Record) -> Figure | None:
    """Draw gain against processor time for all problems, a panel each; None where there is one.

    Parameters
    ----------
    content : Record
        As in `comparison.json`.
    """
    problems = {
        name: one
        for name, one in content["problems"].items()
        if any(cell["looks"] for cell in one["cells"])
    }
    if len(problems) < 2:
        return None
    rows = -(-len(problems) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * 4.6, rows * 3.9 + 0.8), layout="constrained")
    lines: dict[str, Any] = {}
    for number, (name, problem) in enumerate(problems.items(), start=1):
        axes = figure.add_subplot(rows, COLUMNS, number)
        curves = {key: curve(cells, "found_cpu_s") for key, cells in _by_method(problem).items()}
        curves = {key: one for key, one in curves.items() if np.isfinite(one.median).any()}
        end = problem["facts"]["budgets_cpu_s"][-1]
        for method, one in curves.items():
            _draw_curve(axes, one, end, _style(method, list(content["methods"])), method)
        _time_axis(axes)
        axes.set_xlabel("CPU-seconds")
        axes.set_ylabel("gain [%]")
        _frame_gains(axes, list(curves.values()), without=1)
        rule(axes, "y")
        n, model = problem["facts"]["n_turbines"], problem["facts"]["wake_model"]
        set_titles(axes, f"problem {name}", f"{count_of(n, 'turbine')}, FLORIS {model}")
        handles, labels = axes.get_legend_handles_labels()
        lines |= dict(zip(labels, handles, strict=True))
    figure.legend(lines.values(), lines.keys(), loc="outside lower center", ncols=COLUMNS)
    return figure


def _time_axis(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(_some_minor)


@rc_context(RC)
def figure_layouts(folder: Path, problem: Record, site: LayoutProblem) -> Figure:
    """Draw the best seeds' final layouts side by side: the reference, the best other, and ours.

    Parameters
    ----------
    folder : Path
        Of the comparison.
    problem : Record
        As in `comparison.json`.
    site : LayoutProblem
        The problem itself.
    """
    panels = _panels(folder, problem, site)
    west, south, east, north = site.site.area.bounds
    aspect = float(np.clip((north - south) / (east - west), 0.3, 1.6))
    columns = len(panels) if len(panels) < 4 else 2
    rows = -(-len(panels) // columns)
    size = (columns * PANEL_IN + 0.4, rows * (PANEL_IN * aspect + 0.9))
    figure = Figure(figsize=size, layout="constrained")
    first: Axes | None = None
    for number, (title, subtitle, layout, style) in enumerate(panels):
        axes = figure.add_subplot(rows, columns, number + 1, sharex=first, sharey=first)
        first = first or axes
        draw_site(axes, site, origin_km(site))
        draw_turbines(axes, site, layout, style, origin_km(site))
        set_titles(axes, title, subtitle)
        axes.label_outer()
    return figure


def _panels(
    folder: Path, problem: Record, site: LayoutProblem
) -> list[tuple[str, str, FloatArray, LayoutStyle]]:
    """Choose the layouts: title, line of figures, (n_turbines, 2) [m], style."""
    facts = problem["facts"]
    reference = facts["reference"]
    path = folder / "problems" / f"{site.name}.reference.csv"
    panels = [
        (
            f"reference: {reference['kind']}",
            f"{reference['aep_gwh']:,.2f} GWh",
            read_layout_csv(path),
            LayoutStyle(MUTED),
        )
    ]
    verdict = list(problem["verdicts"].values())[-1]
    ranking = verdict["ranking"]
    others = [name for name in ranking if name not in OURS]
    names = [*others[:1], *(name for name in ranking if name in OURS)]
    for name in names[: MOST_LAYOUTS - 1]:
        cells = [cell for cell in _by_method(problem)[name] if cell["looks"]]
        best = max(cells, key=lambda cell: cell["looks"][-1]["gain_pct"])
        look = best["looks"][-1]
        layout = folder / "cells" / site.name / name / f"seed{best['seed']}" / look["layout"]
        panels.append(
            (
                f"found by {label(name)}",
                f"{look['aep_gwh']:,.2f} GWh, {look['gain_pct']:+.2f} %, seed {best['seed']}",
                read_layout_csv(layout),
                LayoutStyle(_style(name, list(problem["results"]))["color"], filled=name in OURS),
            )
        )
    return panels


def _by_method(problem: Record) -> dict[str, list[Record]]:
    cells: dict[str, list[Record]] = {}
    for cell in problem["cells"]:
        cells.setdefault(cell["method"], []).append(cell)
    return cells


def _style(method: str, methods: Sequence[str]) -> dict[str, Any]:
    """Return a method its line.

    Ours are thick, the others have colours in the order of the list.
    """
    if method in OUR_COLOURS:
        return {"color": OUR_COLOURS[method], "lw": 2.6, "ls": "-", "zorder": 3}
    others = [name for name in methods if name not in OUR_COLOURS]
    number = others.index(method) if method in others else 0
    dashes = DASHES[(1 + number // len(COLOURS)) % len(DASHES)]
    return {"color": COLOURS[number % len(COLOURS)], "lw": 1.5, "ls": dashes, "zorder": 2}


def _draw_curve(axes: Axes, one: Curve, end: float, look: Mapping[str, Any], method: str) -> None:
    shown = np.isfinite(one.median)
    effort = np.append(one.effort[shown], end)
    median, low, high = (
        np.append(values[shown], values[shown][-1]) for values in (one.median, one.low, one.high)
    )
    low = np.where(np.isfinite(low), low, median)
    band = {"color": look["color"], "alpha": 0.13, "lw": 0, "step": "post"}
    axes.fill_between(effort, low, high, **band)
    axes.step(effort, median, where="post", label=label(method), **look)
    axes.plot(effort[:-1], median[:-1], ls="", marker="o", ms=3.5, color=look["color"], zorder=4)


def _frame_gains(axes: Axes, curves: Sequence[Curve], without: int = 0) -> None:
    """Show where the race is: a start far below would press all that matters into a line.

    Of those that end lowest, some may be left `without` their place in the picture.
    """
    ends = sorted(float(one.median[-1]) for one in curves)
    ends = ends[min(without, len(ends) - 1) :]
    starts = [float(one.median[np.isfinite(one.median)][0]) for one in curves]
    low = min(*ends, float(np.median(starts)))
    top = max(float(one.high.max()) for one in curves)
    margin = 0.06 * max(top - low, 1e-3)
    axes.set_ylim(low - margin, top + margin)


def _some_minor(value: float, _: float) -> str:
    """Write 2 and 5 of each decade between its powers of ten."""
    return f"{value:g}" if f"{value:e}"[0] in "25" else ""


def _mark_crossing(axes: Axes, problem: Record, curves: Mapping[str, Curve], unit: str) -> str:
    """Mark from where on the best of ours is ahead of the best other; returns it in words."""
    verdict = list(problem["verdicts"].values())[-1]
    own, other = verdict["best_own"], verdict["best_other"]
    if own not in curves or other not in curves:
        return "median and range over seeds, judged by FLORIS"
    at = crossing(curves[own], curves[other])
    if at is None:
        return f"{label(own)} is not ahead of {label(other)} at the end"
    if at <= curves[other].effort[0]:
        return f"{label(own)} is ahead of {label(other)}, the best other, from the first"
    axes.axvline(at, color=INK, lw=1.0, ls="--", zorder=1)
    return f"from {significant(at, 2)} {unit} on {label(own)} is ahead of {label(other)}"
