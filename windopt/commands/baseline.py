"""`windopt baseline`: searches without learning, at equal effort."""

from typing import Annotated

import typer

from windopt.commands.opened import opened
from windopt.commands.options import Out, Set, Source, require_known
from windopt.commands.output import console


def baseline(
    source: Source,
    method: Annotated[
        list[str] | None,
        typer.Option(help="analytic, fitted or floris [those of the config, or analytic]"),
    ] = None,
    out: Out = None,
    set_: Set = None,
) -> None:
    """Search without learning, as long as the run took."""
    from windopt.report.console import summary_table, three_lines_table
    from windopt.stages.baseline import BASELINES, run_baselines
    from windopt.stages.summary import sum_up_again

    require_known("--method", method, BASELINES)
    with opened(source, out, set_, "baseline") as run:
        run_baselines(run, method or run.problem.config.baseline.methods or ["analytic"])
        summary = sum_up_again(run)
    console.print(summary_table(summary))
    console.print(three_lines_table(run.folder, summary))
