"""The curve over the number of turbines: its files, its figure, what is made of it.

`turbine_count.json` holds the layouts of all numbers that the search looked at, for verification;
`turbine_count.csv` is the curve for people.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from windopt.errors import RunFolderError
from windopt.floris.alone import wake_free_aep
from windopt.problem.problem import LayoutProblem
from windopt.problem.profit import profit_objective
from windopt.report.style import FINAL, GIVEN, MUTED, RC, rule, set_titles
from windopt.runs.folder import RunFolder, write_json, write_text
from windopt.search.solution import SizedLayout, Sizing
from windopt.verification.evaluated import EvaluatedLayout
from windopt.words import count_of


class CountRow(NamedTuple):
    """One number of turbines.

    Where FLORIS was not asked, wake loss, marginal AEP and profit are predictions, the wake loss
    scaled by what FLORIS found over what was predicted at the nearest number it was asked about: a
    surrogate that is some tenths of a per cent off would bend the curve where the two meet.

    Attributes
    ----------
    n_turbines : int
    effort : {"searched", "quick"}
        A whole search, or a quick estimate, which may be 1 % of AEP low.
    aep_predicted_gwh, aep_gwh : float [GWh]
        The surrogate's; FLORIS's, nan where it was not asked.
    wake_loss_pct : float [%]
    marginal_aep_mwh : float [MWh]
        What a turbine adds to the AEP of the next lower row's number; nan in the first row, and
        where the two were not found with the same effort: the difference would be the effort's.
    profit : float [currency]
        In a year.
    """

    n_turbines: int
    effort: str
    aep_predicted_gwh: float
    aep_gwh: float
    wake_loss_pct: float
    marginal_aep_mwh: float
    profit: float

    @property
    def verified(self) -> bool:
        """Whether FLORIS has judged it."""
        return not math.isnan(self.aep_gwh)


def write_sizing(folder: RunFolder, sizing: Sizing) -> None:
    """Write the layouts of all numbers of turbines that the search looked at."""
    write_json(
        folder.sizing,
        {
            "most": sizing.most,
            "layouts": [
                {
                    "n_turbines": one.n_turbines,
                    "searched": one.searched,
                    "aep_predicted_gwh": one.aep / 1e9,
                    "layout": one.layout,
                    "grid": one.grid,
                }
                for one in sizing.layouts
            ],
        },
    )


def read_sized_layouts(folder: RunFolder) -> dict[int, SizedLayout]:
    """Read the layouts that `write_sizing` wrote, by their number of turbines."""
    return {
        one["n_turbines"]: SizedLayout(
            layout=np.array(one["layout"]),
            aep=one["aep_predicted_gwh"] * 1e9,
            searched=one["searched"],
            grid=None if one["grid"] is None else np.array(one["grid"]),
        )
        for one in folder.read_json(folder.sizing)["layouts"]
    }


def count_rows(
    problem: LayoutProblem,
    layouts: Mapping[int, SizedLayout],
    judged: Mapping[int, EvaluatedLayout],
) -> list[CountRow]:
    """Tabulate the curve, by number of turbines.

    Parameters
    ----------
    layouts : mapping of int to SizedLayout
        What the search found for each number.
    judged : mapping of int to EvaluatedLayout
        FLORIS's account of some.
    """
    alone = {n: wake_free_aep(problem.with_n_turbines(n)) for n in layouts}
    scale = {
        n: (alone[n] - one.aep) / (alone[n] - layouts[n].aep)
        for n, one in judged.items()
        if alone[n] > layouts[n].aep
    }
    rows: list[CountRow] = []
    profit = profit_objective(problem)
    below, aep_below, effort_below = 0, math.nan, ""
    for n in sorted(layouts):
        one, verdict = layouts[n], judged.get(n)
        if verdict is not None:
            aep = verdict.aep
        else:
            near = min(scale, key=partial(_apart, n), default=None)
            aep = alone[n] - (1.0 if near is None else scale[near]) * (alone[n] - one.aep)
        effort = "searched" if one.searched else "quick"
        added = aep - aep_below if effort == effort_below else math.nan
        rows.append(
            CountRow(
                n_turbines=n,
                effort=effort,
                aep_predicted_gwh=one.aep / 1e9,
                aep_gwh=math.nan if verdict is None else aep / 1e9,
                wake_loss_pct=100.0 * (1.0 - aep / alone[n]),
                marginal_aep_mwh=added / (n - below) / 1e6,
                profit=profit.of_energy(one.layout, aep),
            )
        )
        below, aep_below, effort_below = n, aep, effort
    return rows


def _apart(n: int, m: int) -> int:
    return abs(m - n)


def write_turbine_count(folder: RunFolder, rows: Sequence[CountRow]) -> None:
    """Write the curve as `turbine_count.csv`; what is not known stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CountRow._fields)
    for row in rows:
        cells = [f"{cell:.6f}" if isinstance(cell, float) else cell for cell in row]
        writer.writerow(["" if cell == "nan" else cell for cell in cells])
    write_text(folder.turbine_count, text.getvalue())


def read_turbine_count(folder: RunFolder) -> list[CountRow]:
    """Read what `write_turbine_count` wrote; nothing where the number was given.

    Raises
    ------
    RunFolderError
        When the file is something else.
    """
    if not folder.turbine_count.exists():
        return []
    try:
        return [
            CountRow(
                int(row.pop("n_turbines")),
                row.pop("effort"),
                **{name: float(cell or "nan") for name, cell in row.items()},
            )
            for row in csv.DictReader(io.StringIO(folder.read_text(folder.turbine_count)))
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise RunFolderError(
            f"'{folder.turbine_count}' is not a curve over turbine numbers: {error}; "
            f"run `windopt verify {folder.path}` again"
        ) from error


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
    economics, chosen = problem.config.economics, problem.n_turbines
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
    needed = problem.config.break_even / 1e3
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
