"""A run folder opened for a command that does a part of a run."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from windopt.commands.output import console
from windopt.commands.overrides import parse_overrides

if TYPE_CHECKING:
    from windopt.ledger.ledger import StageKind
    from windopt.runs.session import Run


def opened(
    source: Path,
    out: Path | None,
    pairs: Iterable[str] | None,
    charged_to: "StageKind" = "between",
) -> "AbstractContextManager[Run]":
    """Begin or go on with a run, its progress shown on the console.

    Parameters
    ----------
    source : Path
        Config file, or a run folder.
    out : Path or None
        The run folder of a config file.
    pairs : iterable of str or None
        Of ``--set``.
    charged_to : StageKind
        The kind of stage that the start of the command, its end and what lies between its stages
        is charged to.
    """
    from windopt import pipeline
    from windopt.ledger.began import Began
    from windopt.report.console import ConsoleObserver

    observer, began = ConsoleObserver(console), Began.with_process()
    return pipeline.begin(source, out, parse_overrides(pairs), observer, began, charged_to)
