"""`windopt assess`: which layout to use, and whether the AI was worth it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from windopt.commands.opened import opened
from windopt.commands.output import console


def assess(
    source: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a finished run")],
    seeds: Annotated[
        int | None, typer.Option(min=2, max=20, help="of both searches [that of the config, or 3]")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask before it begins")] = False,
    cpu_seconds: Annotated[
        float | None,
        typer.Option(min=1.0, help="processor time it may take [what it takes]"),
    ] = None,
) -> None:
    """Tell which layout to use, and whether the AI was worth it: says what that takes, then asks.

    Other seeds search with and without learning, at equal energy, and a panel of wake models judges
    all layouts. What is done already is not done again.
    """
    from windopt.report.console import three_lines_table
    from windopt.stages.assess import assess_run, plan_of
    from windopt.stages.begin import run_folder
    from windopt.stages.summary import sum_up_again

    run_folder(source)  # a config is none
    with opened(source, None, None, "assess") as run:
        missing = plan_of(run, seeds).missing
        if missing.searches or missing.models:
            console.print(f"to do: {missing.in_words}", soft_wrap=True, highlight=False)
            if not yes and sys.stdin.isatty() and not typer.confirm("Go on?", default=True):
                raise typer.Exit
        else:
            console.print("all is done: only the assessment is written anew")
        assess_run(run, seeds, cpu_seconds)
        summary = sum_up_again(run)
    console.print(three_lines_table(run.folder, summary))
