"""`windopt robustness`: what other wake models say of the gain."""

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
    out: Out = None,
    set_: Set = None,
) -> None:
    """Ask other wake models about the gain."""
    from windopt.report.console import summary_table
    from windopt.stages.robustness import WAKE_MODELS, ask_other_wake_models
    from windopt.stages.summary import outcome, sum_up

    require_known("--wake-model", wake_model, (*WAKE_MODELS, "turbopark"))
    with opened(source, out, set_) as run:
        asked = wake_model or run.problem.config.robustness.wake_models or WAKE_MODELS
        ask_other_wake_models(run, asked)
        summary = sum_up(run, *outcome(run))
    console.print(summary_table(summary))
