"""`windopt robustness`: what other wake models, or other codes, say of the gain."""

from typing import Annotated

import typer

from windopt.commands.opened import opened
from windopt.commands.options import Out, Set, Source, require_known
from windopt.commands.output import console


def robustness(
    source: Source,
    wake_model: Annotated[
        list[str] | None,
        typer.Option(help="velocity model of FLORIS [those of the config, or five]"),
    ] = None,
    second_code: Annotated[
        bool,
        typer.Option(
            "--second-code",
            help="ask other codes instead: PyWake and foxes, by models nearest to these",
        ),
    ] = False,
    out: Out = None,
    set_: Set = None,
) -> None:
    """Ask other wake models about the gain, or other codes."""
    from windopt.report.console import summary_table, three_lines_table
    from windopt.stages.robustness import WAKE_MODELS, ask_other_wake_models
    from windopt.stages.second_opinion import ask_second_code
    from windopt.stages.summary import sum_up_again

    require_known("--wake-model", wake_model, (*WAKE_MODELS, "turbopark"))
    with opened(source, out, set_, "robustness") as run:
        if second_code:
            ask_second_code(run, wake_model)
        else:
            asked = wake_model or run.problem.config.robustness.wake_models or WAKE_MODELS
            ask_other_wake_models(run, asked)
        summary = sum_up_again(run)
    console.print(summary_table(summary))
    console.print(three_lines_table(run.folder, summary))
