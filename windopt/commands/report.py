"""`windopt report`: figures and report of a run folder."""

from typing import Annotated

import typer

from windopt.commands.opened import opened
from windopt.commands.options import Out, Set, Source
from windopt.commands.output import say


def report(
    source: Source,
    out: Out = None,
    set_: Set = None,
    animate: Annotated[
        bool, typer.Option("--animate", help="show the search: figures/search.gif")
    ] = False,
    ask: Annotated[
        float | None,
        typer.Option(help="ask FLORIS again what moves gained, for so many CPU-seconds", min=0),
    ] = None,
) -> None:
    """Draw figures and report.html of a run folder."""
    from windopt.stages.report import draw_report

    with opened(source, out, set_) as run:
        draw_report(run, animate, ask)
    say(f"report done, in {run.folder.path}/")
