"""`windopt validate`: a surrogate beside FLORIS on farms it has never seen."""

from pathlib import Path
from typing import Annotated

import typer

from windopt.commands.output import console, say


def validate(
    target: Annotated[Path, typer.Argument(help="run folder, or folder of a saved surrogate")],
    out: Annotated[Path | None, typer.Option(help="folder to write into [TARGET]")] = None,
    seed: Annotated[int, typer.Option(help="seed of the farms asked about", min=0)] = 0,
) -> None:
    """Validate a surrogate against FLORIS on farms it has never seen."""
    from windopt.ledger.began import Began
    from windopt.report.console import ConsoleObserver
    from windopt.report.validation import validation_table
    from windopt.stages import validate as stage

    validation = stage.validate(
        target, out, seed, ConsoleObserver(console), began=Began.with_process()
    )
    console.print(validation_table(validation))
    say(f"validation.json and validation.png are in {out or target}/")
