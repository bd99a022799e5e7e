"""Arguments and options that several commands have."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[Path, typer.Argument(help="config file, or a run folder to go on with")]
Out = Annotated[Path | None, typer.Option(help="run folder [results/<name>-<time>]")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="config value, as wake.velocity_model=cc")
]


def require_known(option: str, given: Iterable[str] | None, known: Collection[str]) -> None:
    """Refuse a value of an option that is none of the known ones.

    Raises
    ------
    typer.BadParameter
        Which names the option, the value and what is known.
    """
    for value in given or ():
        if value not in known:
            text = f"{value!r} is none of {', '.join(known)}"
            raise typer.BadParameter(text, param_hint=option)
