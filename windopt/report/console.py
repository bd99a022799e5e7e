"""The table that ends a run on the console."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from windopt.report.wording import grid_sentence, summary_rows


def summary_table(summary: Mapping[str, Any]) -> Table:
    """Tabulate a run's summary for a terminal.

    Parameters
    ----------
    summary : the content of `summary.json`
    """
    table = Table(
        title=f"{summary['name']}: {summary['status']}, {summary['n_turbines']} turbines",
        title_style="bold",
        title_justify="left",
        caption=Text(grid_sentence(summary), style="yellow"),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_header=False,
    )
    table.add_column(style="bold", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for row in summary_rows(summary):
        table.add_row(*(Text(cell) for cell in row))
    return table
