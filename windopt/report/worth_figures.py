"""Figures on the worth of a run: gain over energy, wake models, shared surrogates, payback."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from windopt.assessment import labels
from windopt.assessment.figures import Figures
from windopt.assessment.payback import SECONDS_PER_YEAR
from windopt.assessment.worth import energy_per_farm
from windopt.ledger.bounds import Bounds
from windopt.problem.layout import FloatArray
from windopt.report.style import FINAL, GIVEN, GRID, INK, LAYOUTS, MUTED, RC, rule, set_titles
from windopt.report.wording import LABELS, duration, label_of
from windopt.words import significant

COLOURS = {"learned": FINAL, "analytic": "#cc79a7", "fitted": "#882255", "floris": "#e69f00"}
METHODS = {"learned": "with learning"} | {name: labels.label(name) for name in labels.BASELINES}
MOST_FARMS = 1000


def crossover(learned: FloatArray, baseline: FloatArray) -> float | None:
    """Return the energy [Wh] from which on a search with learning is ahead of a baseline.

    Parameters
    ----------
    learned, baseline : (n_looks, 2)
        Energy [Wh] and the best yield by then, both rising.

    Returns
    -------
    energy : None where it never has
    """
    for energy, aep in learned:
        by_then = baseline[baseline[:, 0] <= energy, 1]
        if not len(by_then) or aep > by_then[-1]:
            later = learned[learned[:, 0] >= energy]
            if all(
                _best(later, e) > _best(baseline, e) for e in baseline[baseline[:, 0] >= energy, 0]
            ):
                return float(energy)
    return None


def looks_of(one: Mapping[str, Any]) -> FloatArray:
    """Return energy [Wh] and best AEP by then [GWh] of a search's looks (n_looks, 2)."""
    rows = [(look["energy_wh"], look["aep_gwh"]) for look in one["looks"] if look["feasible"]]
    looks = np.array(sorted(rows), dtype=np.float64).reshape(-1, 2)
    looks[:, 1] = np.maximum.accumulate(looks[:, 1])
    return looks


def _best(looks: FloatArray, energy: float) -> float:
    by_then = looks[looks[:, 0] <= energy, 1]
    return float(by_then[-1]) if len(by_then) else -np.inf


@rc_context(RC)
def figure_baselines(baselines: Mapping[str, Any], verdict: Mapping[str, Any]) -> Figure:
    """Draw the gain found against the energy spent, with learning and without, by FLORIS.

    Parameters
    ----------
    baselines : mapping of str to Any
        The content of `baselines.json`.
    verdict : mapping of str to Any
        FLORIS's account of the layouts, as `RunFolder.read_verification` gives it.
    """
    layouts = verdict["layouts"]
    base = layouts.get("initial", layouts.get("grid", layouts["final"]))["aep_gwh"]
    searches = {"learned": baselines["learned"]} | baselines["baselines"]
    curves = {name: looks_of(one) for name, one in searches.items()}
    figure = Figure(figsize=(9.5, 5.2), layout="constrained")
    axes = figure.add_subplot()
    end = max(curve[:, 0].max() for curve in curves.values())
    for name, curve in curves.items():
        energy, aep = np.append(curve[:, 0], end), np.append(curve[:, 1], curve[-1, 1])
        gain = 100 * (aep / base - 1)
        axes.step(energy, gain, where="post", color=COLOURS[name], lw=2, label=METHODS[name])
        axes.plot(energy[:-1], gain[:-1], ls="", marker="o", ms=7, color=COLOURS[name], mec="white")
    if "grid" in layouts and "initial" in layouts:
        gain = 100 * (layouts["grid"]["aep_gwh"] / base - 1)
        look = LAYOUTS["grid"]
        axes.axhline(gain, color=look.colour, ls=look.dashes, lw=1.4, label=LABELS["grid"])
    axes.set(xlabel="energy spent, central estimate [Wh]", xlim=(0, None))
    against = label_of(layouts, "initial" if "initial" in layouts else "grid")
    axes.set_ylabel(f"gain over the {against} [%]")
    rule(axes, "y")
    crossed = []
    for name, curve in curves.items():
        if name != "learned":
            at = crossover(curves["learned"], curve)
            when = "never" if at is None else f"from {significant(at, 2)} Wh on"
            crossed.append(f"{when} ahead of {labels.LABELS[name].short}")
    set_titles(axes, "gain against energy", "learning is " + ", ".join(crossed))
    figure.legend(loc="outside lower center", ncols=2)
    return figure


@rc_context(RC)
def figure_wake_models(
    opinions: Mapping[str, Any], layouts: Mapping[str, Any] | None = None
) -> Figure:
    """Draw the gain over each of the other layouts by every wake model.

    Parameters
    ----------
    opinions : mapping of str to Any
        The content of `robustness.json`.
    layouts : mapping of str to Any or None
        The verdict's, by key; they tell whether the given one was repaired.
    """
    named = {name: label_of(layouts or {}, name) for name in LABELS} | METHODS
    models = list(opinions["aep_gwh"])
    colours = COLOURS | {"initial": GIVEN, "grid": GRID}
    figure = Figure(figsize=(9.5, 1.9 + 0.5 * len(models)), layout="constrained")
    axes = figure.add_subplot()
    against = list(opinions["gain_gwh"])
    for k, name in enumerate(against):
        gains = [100 * opinions["gain_gwh"][name][m] / opinions["aep_gwh"][m][name] for m in models]
        shift = 0.12 * (k - (len(against) - 1) / 2)
        label = f"over the {named[name]}"
        axes.plot(
            gains,
            np.arange(len(models)) + shift,
            ls="",
            marker="o",
            ms=8,
            color=colours[name],
            mec="white",
            label=label,
        )
    axes.axvline(0, color=INK, lw=1)
    names = [f"{m} (the run's)" if m == opinions["own"] else m for m in models]
    axes.set_yticks(range(len(models)), names)
    axes.set(ylim=(len(models) - 0.5, -0.5), xlabel="gain of the layout found, FLORIS [%]")
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    rule(axes, "x")
    said = ", ".join(
        f"{sum(g > 0 for g in opinions['gain_gwh'][n].values())} of {len(models)} over the "
        f"{named[n]}"
        for n in against[:2]
    )
    set_titles(axes, "what other wake models say", f"wake models that see a gain: {said}")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


@rc_context(RC)
def figure_sharing(worth: Figures) -> Figure:
    """Draw the energy that a farm takes over the number of farms that share a surrogate.

    Parameters
    ----------
    worth : Figures
        What is known of the run's worth.
    """
    farms = np.geomspace(1, MOST_FARMS, 200)
    each = [energy_per_farm(worth.shared_wh, worth.project_wh, n) for n in farms]
    figure = Figure(figsize=(9.5, 4.4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(farms, each, color=FINAL, lw=2, label="a farm, with learning shared")
    own = "its own search and verification"
    axes.axhline(worth.project_wh, color=MUTED, ls=":", lw=1.6, label=own)
    axes.set(xscale="log", xlim=(1, MOST_FARMS), ylim=(0, None))
    axes.set(xlabel="farms that share the surrogate", ylabel="energy for each [Wh]")
    axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
    rule(axes, "y")
    share = 100 * worth.shared_wh / (worth.shared_wh + worth.project_wh)
    told = f"training data and training are {share:.0f} % of the first farm's energy"
    set_titles(axes, "what sharing saves", told)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


@rc_context(RC)
def figure_payback(worth: Figures, energy_wh: Bounds) -> Figure:
    """Draw the energy gained since commissioning, and when it exceeds that of the computation.

    Parameters
    ----------
    worth : Figures
        What is known of the run's worth, with a gain.
    energy_wh : Bounds
        Of the run.
    """
    gain = worth.gain_wh_per_year or 0.0
    life_s = worth.operation.years * SECONDS_PER_YEAR
    paid = SECONDS_PER_YEAR * energy_wh.central / gain
    seconds = np.geomspace(min(1e-3, 0.1 * paid), life_s, 200)
    figure = Figure(figsize=(9.5, 4.4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(seconds, gain * seconds / SECONDS_PER_YEAR, color=FINAL, lw=2, label="gained")
    axes.axhspan(energy_wh.low, energy_wh.high, color=GIVEN, alpha=0.18, lw=0)
    axes.axhline(energy_wh.central, color=GIVEN, lw=1.6, label="spent on computing, with its band")
    axes.plot([paid], [energy_wh.central], marker="o", ms=9, color=INK, mec="white", ls="")
    axes.set(xscale="log", yscale="log", ylabel="energy [Wh]", xlabel="operation of the farm")
    ticks = {1e-6: "1 μs", 1e-3: "1 ms", 1.0: "1 s", 60.0: "1 min", 3600.0: "1 h", 86400.0: "1 day"}
    ticks |= {SECONDS_PER_YEAR: "1 year"}
    ticks = {at: name for at, name in ticks.items() if at >= seconds[0]}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_xlim(seconds[0], seconds[-1])
    axes.minorticks_off()
    rule(axes, "y")
    told = f"paid back after {duration(paid)} of operation; FLORIS's gain over the {worth.over}"
    set_titles(axes, "payback, gross", told)
    figure.legend(loc="outside lower center", ncols=2)
    return figure
