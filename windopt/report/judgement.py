"""FLORIS's evaluation of a layout on the console, as `windopt verify CONFIG LAYOUT` gives it."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from windopt.problem.measure import measures_of
from windopt.report.measures import quantity
from windopt.report.wording import MOST_LISTED, Row, closest, million
from windopt.words import count_of, significant


def judgement_rows(judgement: Mapping[str, Any]) -> list[Row]:
    """Put a judgement into words, a line each.

    Parameters
    ----------
    judgement : mapping of str to Any
        As `windopt.stages.evaluate.judge_layout` gives it.
    """
    directions = count_of(judgement["wind_directions"], "wind direction")
    rows = [Row("AEP", f"{judgement['aep_gwh']:,.2f} GWh", f"a year, by FLORIS on {directions}")]
    if lost := judgement["losses_pct"]:
        net = f"{judgement['aep_net_gwh']:,.2f} GWh"
        rows.append(Row("net AEP", net, f"a year, after losses of {significant(lost)} %"))
    for measure in measures_of(judgement)[:-1]:
        net = quantity(measure, judgement[measure.of("net")])
        after = f", {net} after losses" if lost else ""
        rows.append(Row(measure.name, quantity(measure, judgement[measure.key]), f"a year{after}"))
    if (profit := judgement.get("profit")) is not None:
        rows.append(Row("profit", million(profit, judgement["currency"]), "a year"))
    if (asked := judgement["n_turbines_asked"]) not in (None, judgement["n_turbines"]):
        rows.append(Row("turbines", str(judgement["n_turbines"]), f"the config asks for {asked}"))
    rows.append(Row("wake loss", f"{judgement['wake_loss_pct']:.2f} %"))
    rows += _feasible(judgement, "feasible")
    if (given := judgement["given"]) is not None:
        gain = judgement["gain_over_given_pct"]
        if gain is None:
            remark = f"of {count_of(given['n_turbines'], 'turbine')}: the gain needs equal numbers"
        else:
            remark = f"gain {gain:+.2f} %"
        rows.append(Row("given layout", f"{given['aep_gwh']:,.2f} GWh", remark))
        if not given["feasible"]:
            rows += _feasible(given, "given feasible")
    return rows


def _feasible(layout: Mapping[str, Any], label: str) -> list[Row]:
    """Return whether a layout keeps the rules, and every one that it breaks."""
    spacing = closest(layout["min_spacing_d"])
    if layout["feasible"]:
        return [Row(label, "yes", spacing)]
    wrong = layout["violations"][:MOST_LISTED]
    if (more := len(layout["violations"]) - MOST_LISTED) > 0:
        wrong = [*wrong, f"and {more} more"]
    labels, values = [label, *[""] * len(wrong)], ["no", *[""] * len(wrong)]
    return list(map(Row, labels, values, [spacing, *wrong]))


def judgement_table(judgement: Mapping[str, Any]) -> Table:
    """Tabulate a judgement for a terminal; parameters as of `judgement_rows`."""
    table = Table(
        title=Text(f"{judgement['name']}: {count_of(judgement['n_turbines'], 'turbine')}"),
        title_style="bold",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_header=False,
    )
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for row in judgement_rows(judgement):
        table.add_row(*(Text(cell) for cell in row))
    return table


def turbine_table(judgement: Mapping[str, Any]) -> Table:
    """Tabulate what each turbine yields; parameters as of `judgement_rows`."""
    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    for heading in ("turbine", "x [m]", "y [m]", "AEP [GWh]", "wake loss [%]"):
        table.add_column(heading, justify="right")
    for one in judgement["turbines"]:
        table.add_row(
            str(one["id"]),
            f"{one['x']:,.1f}",
            f"{one['y']:,.1f}",
            f"{one['aep_gwh']:,.3f}",
            f"{one['wake_loss_pct']:.2f}",
        )
    return table
