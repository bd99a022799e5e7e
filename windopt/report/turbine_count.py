"""The figure of a run whose number of turbines is free: profit over the number."""

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from windopt.problem.problem import LayoutProblem
from windopt.report.style import FINAL, GIVEN, MUTED, RC, rule, set_titles
from windopt.runs.turbine_count import CountRow
from windopt.words import count_of


@rc_context(RC)
def figure_turbine_count(problem: LayoutProblem, rows: Sequence[CountRow]) -> Figure:
    """Draw profit and the energy that the last turbine adds, over the number of turbines.

    Parameters
    ----------
    problem : LayoutProblem
        With the number that was chosen, and the economics.
    rows : sequence of CountRow
        The curve, as `read_turbine_count` gives it.
    """
    economics, chosen = problem.economics, problem.n_turbines
    assert economics is not None
    n = np.array([row.n_turbines for row in rows])
    profit = np.array([row.profit for row in rows]) / 1e6
    marginal = np.array([row.marginal_aep_mwh for row in rows]) / 1e3
    verified = np.array([row.verified for row in rows])
    figure = Figure(figsize=(9.5, 6.2), layout="constrained")
    money, energy = figure.subplots(2, 1, sharex=True, height_ratios=[1.6, 1])
    for axes, values in ((money, profit), (energy, marginal)):
        axes.plot(n, values, color=FINAL, lw=1, alpha=0.5)
        for which, face, label in (
            (~verified, "white", "quick estimates and predictions"),
            (verified, FINAL, "verified by FLORIS"),
        ):
            look = {"ls": "", "marker": "o", "ms": 6, "mfc": face, "mec": FINAL}
            axes.plot(n[which], values[which], label=label if axes is money else None, **look)
        axes.axvline(chosen, color=MUTED, lw=0.8, ls=":")
        rule(axes, "y")
    needed = economics.break_even_mwh / 1e3
    energy.axhline(needed, color=GIVEN, lw=1.4, ls="--", label="pays for a turbine")
    money.set_ylabel(f"profit [million {economics.currency}/year]")
    energy.set(ylabel="added by the last\nturbine [GWh/year]", xlabel="number of turbines")
    energy.xaxis.get_major_locator().set_params(integer=True)
    best = next(row.profit for row in rows if row.n_turbines == chosen)
    set_titles(
        money,
        "how many turbines",
        f"{count_of(chosen, 'turbine')}: {best / 1e6:,.2f} million {economics.currency} a year, at "
        f"{economics.value_per_mwh:g} {economics.currency}/MWh and "
        f"{economics.yearly_cost / 1e6:,.4g} million a turbine and year",
    )
    figure.align_ylabels()
    figure.legend(loc="outside lower center", ncols=3)
    return figure
