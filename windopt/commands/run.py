"""`windopt run`: the whole pipeline."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windopt.alive import Alive
from windopt.commands.options import Out, Set
from windopt.commands.output import console, say
from windopt.commands.overrides import parse_overrides

if TYPE_CHECKING:
    from rich.table import Table


def table_of_configs() -> "Table":
    """Return the configs that ship, one a row."""
    from rich.table import Table

    from windopt.config.shipped import shipped_configs

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for config in shipped_configs():
        table.add_row(config.name, config.about)
    return table


def run(
    config: Annotated[
        Path | None,
        typer.Argument(help="config file, name of one that ships, or a run folder to go on with"),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="show the configs that ship, and leave")
    ] = False,
    resume: Annotated[
        Path | None, typer.Option(help="run folder to go on with, as it was begun")
    ] = None,
    out: Out = None,
    set_: Set = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="print nothing but warnings and the last three lines")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="show the growing run in a browser of this machine")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="seed of data, training and search")] = None,
    max_seconds: Annotated[
        float | None, typer.Option(help="wall-clock time the run may take [s]")
    ] = None,
    max_wh: Annotated[
        float | None, typer.Option(help="energy the run may take, central estimate [Wh]")
    ] = None,
    train_from: Annotated[
        str | None,
        typer.Option(help="where the surrogate comes from: shipped, library or scratch"),
    ] = None,
) -> None:
    """Run the whole pipeline: simulate and train where needed, optimise, verify, report."""
    if list_:
        console.print(table_of_configs())
        return
    if (config is None) == (resume is None):
        text = "give a config, or --resume with a run folder; not both"
        raise typer.BadParameter(text, param_hint="CONFIG")
    if resume is not None and out is not None:
        raise typer.BadParameter("a resumed run stays in its folder", param_hint="--out")
    if quiet and live:
        raise typer.BadParameter("the address could not be printed", param_hint="--live")
    overrides = parse_overrides(set_)
    for key, value in (
        ("seed", seed),
        ("budget.seconds", max_seconds),
        ("budget.watt_hours", max_wh),
        ("train.from", train_from),
    ):
        if value is not None:
            overrides[key] = value
    with ExitStack() as opened:
        alive = None if quiet else opened.enter_context(Alive(console))
        if alive is not None:
            alive.begin("windopt is starting")
        from windopt import pipeline
        from windopt.ledger.began import Began
        from windopt.report.console import (
            ConsoleObserver,
            robust_console,
            summary_table,
            three_lines_table,
        )
        from windopt.report.robust import RobustTable
        from windopt.runs.folder import RunFolder
        from windopt.runs.observer import Silent

        show = None
        if live:
            from windopt.live.server import LiveServer

            def show(folder: RunFolder) -> str:
                server = opened.enter_context(LiveServer(folder))
                return f"live: {server.address}"

        source = config if resume is None else pipeline.run_folder(resume).path
        assert source is not None
        observer = Silent() if alive is None else ConsoleObserver(console, alive, show)
        result = pipeline.run(source, out, overrides, observer, Began.with_process())
    if not quiet:
        console.print(summary_table(result.summary))
        if (said := result.folder.find(RunFolder.robust)) is not None:
            layouts = result.folder.read_verification()["layouts"]
            table = RobustTable.of(said, result.summary["wake_model"], layouts)
            console.print(robust_console(table))
        say(f"everything is in {result.folder.path}/, start with report.html")
    console.print(three_lines_table(result.folder, result.summary))
