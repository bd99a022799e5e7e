"""The pictures of a run beside its map: wake loss by direction, convergence, energy by stage.

Every function returns a `matplotlib.figure.Figure` made without pyplot, so nothing is shared
between calls and any program may show, change or save it.
"""

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from windopt.assessment.figures import figures_of
from windopt.atomic import replacing
from windopt.floris.simulator import Progress
from windopt.ledger.bounds import Bounds
from windopt.ledger.totals import IN_WORDS, Totals, read_ledger
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.measure import ENERGY, Measure, measures_of
from windopt.problem.problem import LayoutProblem
from windopt.report.assessment import FIGURE, has_figure
from windopt.report.ladder_figure import figure_ladder
from windopt.report.measures import scale_of
from windopt.report.robust import robust_table
from windopt.report.robust_figure import figure_robust
from windopt.report.robust_pareto import figure_robust_pareto
from windopt.report.site_map import figure_layout
from windopt.report.style import (
    DPI,
    FINAL,
    INK,
    LAYOUTS,
    MUTED,
    RC,
    RULE,
    rule,
    set_titles,
    unknown_letters_said,
)
from windopt.report.turbine_count import figure_turbine_count
from windopt.report.turbine_figures import figure_one_more, figure_turbines
from windopt.report.wording import (
    Verdict,
    energy,
    label_of,
    layout_sentence,
    references,
)
from windopt.report.worth_figures import (
    figure_baselines,
    figure_payback,
    figure_sharing,
    figure_wake_models,
)
from windopt.runs.folder import RunFolder
from windopt.words import significant

logger = logging.getLogger(__name__)

COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW", "N")


def write_figures(
    folder: RunFolder,
    problem: LayoutProblem,
    left_s: Callable[[], float] | None = None,
    progress: Progress | None = None,
) -> dict[str, Path]:
    """Draw all figures of a finished run as `figures/NAME.png`, or those for which there is time.

    Parameters
    ----------
    left_s : callable or None
        Tells how long this may go on [s]; a figure is begun where time is left for one that takes
        as long as the longest so far.

    Returns
    -------
    paths : by name, those that are left out apart: layout, wake_loss, convergence; ladder where
        there is an assessment; energy, sharing, payback and baselines where energy was measured
        and there is something to share, to gain, and a baseline; robust of a robust run,
        wake_models where these were asked, turbines where FLORIS has judged each, one_more where
        it was asked about one more, pareto where regularity was weighed, robust_pareto where
        spread was, turbine_count where it was free
    """
    verdict, content = folder.read_verification(), read_ledger(folder.ledger)
    figures: dict[str, Callable[[], Figure]] = {
        "layout": lambda: figure_layout(problem, verdict),
        "wake_loss": lambda: figure_wake_loss(problem, verdict),
        "convergence": lambda: figure_convergence(folder.read_history(), verdict),
    }
    assessed = folder.find(RunFolder.assessment_record)
    if assessed is not None and has_figure(assessed):
        figures["ladder"] = lambda: figure_ladder(assessed, folder.read_summary())
    own, said = problem.wake.velocity_model, folder.find(RunFolder.robust)
    if (robust := robust_table(said, own, verdict["layouts"])) is not None:
        figures["robust"] = lambda: figure_robust(robust)
    if content.totals.energy.known:
        figures["energy"] = lambda: figure_energy(content.totals)
        worth = figures_of(content)
        if worth.shared_wh:
            figures["sharing"] = lambda: figure_sharing(worth)
        if (worth.gain_wh_per_year or 0.0) > 0:
            figures["payback"] = lambda: figure_payback(worth, Bounds.of(content.totals.energy_wh))
        if folder.baselines.exists() and folder.read_json(folder.baselines)["baselines"]:
            figures["baselines"] = lambda: figure_baselines(
                folder.read_json(folder.baselines), verdict
            )
    if "turbine_wake_loss_pct" in verdict["layouts"]["final"]:
        figures["turbines"] = lambda: figure_turbines(verdict)
    if folder.what_if.exists() and "map" in (answers := folder.read_json(folder.what_if)):
        figures["one_more"] = lambda: figure_one_more(problem, verdict, answers)
    if folder.robustness.exists():
        figures["wake_models"] = lambda: figure_wake_models(
            folder.read_json(folder.robustness), verdict["layouts"]
        )
    if verdict.get("curve"):
        figures["pareto"] = lambda: figure_pareto(verdict)
    if pareto := folder.find(RunFolder.robust_pareto):
        figures["robust_pareto"] = lambda: figure_robust_pareto(
            pareto, verdict["layouts"], problem.wake.velocity_model
        )
    if rows := folder.find(RunFolder.turbine_count):
        figures["turbine_count"] = lambda: figure_turbine_count(problem, rows)
    paths: dict[str, Path] = {}
    longest_s = 0.0
    for done, (name, draw) in enumerate(figures.items()):
        began = time.perf_counter()
        if left_s is not None and left_s() < longest_s:
            left_out = ", ".join(one for one in figures if one not in paths)
            logger.warning(
                "the budget leaves no time to draw %s; windopt report %s draws them",
                left_out,
                folder.path,
            )
            break
        paths[name] = _save(draw(), folder.figures / f"{name}.png")
        longest_s = max(longest_s, time.perf_counter() - began)
        if progress is not None:
            progress((done + 1) / len(figures))
    return paths


def draw_ladder(folder: RunFolder, summary: Mapping[str, Any]) -> None:
    """Draw the ladder of a run again, after one more question about it.

    Parameters
    ----------
    folder : RunFolder
    summary : mapping of str to Any
        The content of `summary.json`.
    """
    assessed = folder.find(RunFolder.assessment_record)
    if assessed is not None and has_figure(assessed):
        _save(figure_ladder(assessed, summary), folder.path / FIGURE)


def _save(figure: Figure, path: Path) -> Path:
    with replacing(path) as partial, unknown_letters_said():
        figure.savefig(partial, dpi=DPI)
    return path


@rc_context(RC)
def figure_wake_loss(problem: LayoutProblem, verdict: Verdict) -> Figure:
    """Draw the wake loss by wind direction before and after, above how often it blows from there.

    Parameters
    ----------
    problem : LayoutProblem
        Its wind rose.
    verdict : Verdict
        FLORIS's account of the layouts, as `RunFolder.read_verification` gives it.
    """
    layouts = verdict["layouts"]
    figure = Figure(figsize=(9.5, 5.6), layout="constrained")
    loss, frequency = figure.subplots(2, 1, sharex=True, height_ratios=[2.5, 1])
    sampled = not layouts["final"].get("whole_rose", True)
    for key in [*references(layouts)[:1], "final"]:
        loss.plot(
            *_once_round(verdict["wind_direction"], layouts[key]["wake_loss_by_direction_pct"]),
            color=LAYOUTS[key].colour,
            lw=1.4,
            label=f"{label_of(layouts, key)}: {layouts[key]['wake_loss_pct']:.2f} % over the year",
        )
    wind = problem.wind
    density = 100 * wind.sector_probability * len(wind.wind_direction) / 360
    frequency.fill_between(
        *_once_round(wind.wind_direction, density), facecolor=RULE, edgecolor=MUTED, lw=0.8
    )
    whose = (
        "wake loss by the surrogate,\nscaled to FLORIS's sum [%]" if sampled else "wake loss [%]"
    )
    loss.set(ylabel=whose, ylim=(0, None))
    frequency.set(ylabel="frequency [%/°]", ylim=(0, None), xlim=(0, 360))
    ticks = np.arange(0, 361, 45)
    frequency.set_xticks(ticks, [f"{n}\n{t}°" for n, t in zip(COMPASS, ticks, strict=True)])
    frequency.set_xlabel("wind direction (where the wind comes from)")
    for axes in (loss, frequency):
        rule(axes, "y")
    set_titles(loss, "wake loss by wind direction", "FLORIS, over all wind speeds of the rose")
    figure.align_ylabels()
    figure.legend(loc="outside lower center", ncols=2)
    return figure


@rc_context(RC)
def figure_convergence(history: Mapping[str, FloatArray], verdict: Verdict) -> Figure:
    """Draw what was found against the CPU time spent: predictions as lines, FLORIS as points.

    It is what was maximised, and below it the AEP where that is another.

    Parameters
    ----------
    history : mapping of str to FloatArray
        The anytime curve, as `RunFolder.read_history` gives it; columns (n_rows,).
    verdict : Verdict
        FLORIS's account of the layouts, whose references become level lines.
    """
    layouts = verdict["layouts"]
    measures = [m for m in measures_of(layouts["final"]) if m.of("predicted") in history]
    figure = Figure(figsize=(9.5, 3.2 + 2.0 * len(measures)), layout="constrained")
    panels = figure.subplots(len(measures), 1, sharex=True, squeeze=False)[:, 0]
    best = _best_rows(history, measures[0].of("predicted"))
    for axes, measure in zip(panels, measures, strict=True):
        _draw_found(axes, measure, history, layouts, best)
    panels[-1].set(xlabel="CPU time spent [s]")
    set_titles(panels[0], "what the search found, and when", layout_sentence(layouts, "final"))
    if len(measures) == 1:
        figure.legend(loc="outside lower center", ncols=2)
        return figure
    for axes in panels:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _best_rows(history: Mapping[str, FloatArray], value: str) -> IntArray:
    """Return for each row, in the order of time, the best feasible one by then; -1 if none."""
    rows = np.argsort(history["cpu_s"], kind="stable")
    found = np.where(history["feasible"] == 1, history[value], np.nan)[rows]
    leads = found == np.fmax.accumulate(found)
    latest = np.maximum.accumulate(np.where(leads, np.arange(len(rows)), -1))
    best: IntArray = np.where(latest >= 0, rows[latest], -1)
    return best


def _draw_found(
    axes: Axes,
    measure: Measure,
    history: Mapping[str, FloatArray],
    layouts: Mapping[str, Any],
    best: IntArray,
) -> None:
    """Draw one quantity of the best so far (n_rows,), of what FLORIS saw and of the references."""
    rows = np.argsort(history["cpu_s"], kind="stable")
    cpu = history["cpu_s"][rows]
    scale, name = scale_of(measure), measure.of("predicted")
    predicted, verified = (history[name][rows] / scale.per for name in (name, measure.key))
    shown = np.full(len(best), np.nan)
    shown[best >= 0] = history[name][best[best >= 0]] / scale.per
    axes.step(cpu, shown, where="post", color=FINAL, lw=2, label="best feasible so far, predicted")
    points = np.append(verified, layouts["final"][measure.key] / scale.per)
    end = cpu.max(initial=0.0)
    axes.plot(
        np.append(cpu, end),
        points,
        ls="",
        marker="o",
        ms=8,
        color=FINAL,
        mec="white",
        label="verified by FLORIS"
        + ("" if layouts["final"].get("whole_rose", True) else " (sampled)"),
    )
    levels = [layouts[key][measure.key] / scale.per for key in references(layouts)]
    for key, level in zip(references(layouts), levels, strict=True):
        value = f"{level:,.1f}" if measure == ENERGY else significant(level, 5)
        label = f"{label_of(layouts, key)}, FLORIS: {value} {scale.unit}"
        look = LAYOUTS[key]
        axes.axhline(level, color=look.colour, ls=look.dashes, lw=1.4, label=label)
    axes.axvspan(0, cpu.min(initial=end), color=RULE, alpha=0.6, lw=0, label="before the search")
    found = np.concatenate([predicted, points])
    low = min(np.nanquantile(found, 0.1), *levels, points[-1])  # cuts off where bad starts begin
    high = max(np.nanmax(found), *levels, points[-1])
    margin = max(0.06 * (high - low), 1e-6 * abs(high))  # one turbine yields the same anywhere
    axes.set(
        xlim=(0, None), ylim=(low - margin, high + margin), ylabel=f"{measure.name} [{scale.unit}]"
    )
    rule(axes, "y")


@rc_context(RC)
def figure_pareto(verdict: Verdict) -> Figure:
    """Draw AEP against the departure from rows: a lattice at 0, the free layout at the right.

    Parameters
    ----------
    verdict : Verdict
        FLORIS's account of the layouts, with its curve.
    """
    layouts, curve = verdict["layouts"], verdict["curve"]
    order = np.argsort([point["departure_d"] for point in curve], kind="stable")
    departure, aep = np.array([(curve[k]["departure_d"], curve[k]["aep_gwh"]) for k in order]).T
    figure = Figure(figsize=(9.5, 5.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(departure, aep, color=FINAL, marker="o", ms=8, mec="white", label="FLORIS")
    labels: dict[tuple[float, float], list[str]] = {}
    for point in curve:
        where = point["departure_d"], point["aep_gwh"]
        labels.setdefault(where, []).append(f"{point['regularity']:g}")
    for where, weights in labels.items():
        text = f"{' and '.join(weights)} %/D"
        axes.annotate(text, where, (7, -13), textcoords="offset points", color=MUTED)
    for key in references(layouts):
        look = LAYOUTS[key]
        label = f"{label_of(layouts, key)}: {layouts[key]['aep_gwh']:,.1f} GWh"
        axes.axhline(
            layouts[key]["aep_gwh"], color=look.colour, ls=look.dashes, lw=1.4, label=label
        )
    axes.set(xlabel="rms departure from rows [rotor diameters]", ylabel="AEP [GWh]")
    axes.set_xlim(left=-0.03 * max(departure.max(), 0.1), right=1.12 * max(departure.max(), 0.1))
    rule(axes, "y")
    cost = 100 * (aep.max() - aep.min()) / aep.max()
    span = f"{departure.max() - departure.min():.2f} D nearer to rows costs {cost:.2f} % of AEP"
    set_titles(axes, "what rows cost", f"the layout of each weight of regularity; {span}")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


@rc_context(RC)
def figure_energy(totals: Totals) -> Figure:
    """Draw the energy of the computation by stage, with the bounds of the method.

    Parameters
    ----------
    totals : Totals
        What the ledger adds up to, its energy known.
    """
    used = {kind: cost.energy_wh for kind, cost in totals.by_stage.items()}
    # the stage that is drawing this has only begun
    used = {kind: energy for kind, energy in used.items() if energy["central"]} or used
    stages, energies = [IN_WORDS.get(kind, kind) for kind in used], list(used.values())
    low, central, high = np.array([(e["low"], e["central"], e["high"]) for e in energies]).T
    figure = Figure(figsize=(9.5, 1.7 + 0.42 * len(stages)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(stages, central, height=0.62, color=FINAL)
    axes.errorbar(
        central, stages, xerr=[central - low, high - central], fmt="none", ecolor=INK, capsize=4
    )
    for stage, value in zip(stages, central, strict=True):
        axes.annotate(
            f"{significant(value)} Wh, {100 * value / totals.energy_wh['central']:.0f} %",
            (1.01, stage),
            xycoords=("axes fraction", "data"),
            va="center",
        )
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.set(xlabel="energy [Wh], whiskers: bounds of the method", xlim=(0, None))
    rule(axes, "x")
    value, bounds = energy(totals.energy_wh)
    waste = f", {100 * totals.waste_share:.0f} % of it wasted" if totals.waste_share else ""
    set_titles(axes, "energy of the computation", f"{value} in all{waste} ({bounds})")
    return figure


def _once_round(direction: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Extend a curve over wind directions (n,) [deg] to where it began, so that it closes."""
    return np.append(direction, direction[0] + 360), np.append(values, values[0])
