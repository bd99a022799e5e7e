"""The pictures of single turbines: what wakes take, and where one more would yield most."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.report.site_map import FIXED, draw_site, draw_turbines, origin_km
from windopt.report.style import INK, LAYOUTS, MARK, MUTED, RC, RULE, rule, set_titles
from windopt.report.wording import LABELS, Verdict, label_of


@rc_context(RC)
def figure_turbines(verdict: Verdict) -> Figure:
    """Draw the wake loss of each turbine, before where a layout was given, and after.

    Parameters
    ----------
    verdict : Verdict
        FLORIS's account of the layouts, with that of each turbine.
    """
    layouts = verdict["layouts"]
    after = np.array(layouts["final"]["turbine_wake_loss_pct"])
    order = np.argsort(-after, kind="stable")
    place = np.arange(len(after))
    figure = Figure(figsize=(9.5, 4.6), layout="constrained")
    axes = figure.add_subplot()
    was = layouts.get("initial", {}).get("turbine_wake_loss_pct")
    if was is not None:
        before = np.array(was)[order]
        axes.vlines(place, before, after[order], color=RULE, lw=2, zorder=1)
        axes.plot(place, before, **LAYOUTS["initial"].marker, label=label_of(layouts, "initial"))
    axes.plot(place, after[order], **LAYOUTS["final"].marker, label=LABELS["final"])
    axes.set_xticks(place, [str(k + 1) for k in order], size=9 if len(after) <= 36 else 6)
    if len(after) > 60:
        axes.set_xticks(place[::5], [str(k + 1) for k in order[::5]])
    axes.set(xlabel="turbine", ylabel="wake loss [%]", ylim=(0, None), xlim=(-1, len(after)))
    rule(axes, "y")
    words = f"FLORIS, a year: {after.min():.1f} to {after.max():.1f} % in the result"
    set_titles(axes, "wake loss by turbine", words)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


@rc_context(RC)
def figure_one_more(problem: LayoutProblem, verdict: Verdict, answers: Mapping[str, Any]) -> Figure:
    """Map what one more turbine would yield: the surrogate's ranking, and FLORIS's figures.

    Parameters
    ----------
    problem, verdict : as of `figure_layout`
    answers : mapping of str to Any
        The content of `what_if.json`, with a map.
    """
    drawn, origin = answers["map"], origin_km(problem)
    places, values = np.array(drawn["places"]), np.array(drawn["values"])
    low, high = np.reshape(problem.site.area.bounds, (2, 2))
    aspect = float(np.clip((high - low)[1] / (high - low)[0], 0.4, 1.3))
    figure = Figure(figsize=(7.6, 6.2 * aspect + 1.6), layout="constrained")
    axes = figure.add_subplot()
    draw_site(axes, problem, origin)
    step = drawn["step_m"] / 1e3
    corners: FloatArray = places / 1e3 - origin - step / 2
    cells = [Rectangle((x, y), step, step) for x, y in corners]
    shades = PatchCollection(cells, cmap="viridis", lw=0.1, edgecolors="face", zorder=1.2)
    shades.set_array(values)
    axes.add_collection(shades)
    layout = np.array(verdict["layouts"]["final"]["layout"])
    draw_turbines(axes, problem, layout, LAYOUTS["final"], origin)
    if len(problem.fixed_layout):
        axes.plot(*(problem.fixed_layout / 1e3 - origin).T, **FIXED)
    best: dict[str, Any] = {
        "marker": "*",
        "ms": 15,
        "mfc": MARK,
        "mec": "white",
        "ls": "",
        "zorder": 3,
    }
    for number, place in enumerate(answers["places"], 1):
        x, y = np.array([place["x"], place["y"]]) / 1e3 - origin
        axes.plot(x, y, **best)
        axes.annotate(
            f"{number}: {place['gain_gwh']:+.2f} GWh",
            (x, y),
            (8, 6),
            textcoords="offset points",
            size=9,
            weight="bold",
            color=INK,
            bbox={"boxstyle": "round,pad=0.2", "fc": "white", "ec": RULE, "alpha": 0.9},
            zorder=4,
        )
    bar = figure.colorbar(shades, ax=axes, shrink=0.6, ticks=[])
    bar.set_label("less                  more", color=MUTED)
    bar.outline.set_visible(False)
    words = "shades: the surrogate's ranking; stars: FLORIS's yield"
    set_titles(axes, "one more turbine", words)
    return figure
