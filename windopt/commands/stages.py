"""`windopt simulate`, `train` and `optimise`: one stage of a run at a time."""

from pathlib import Path

from windopt.commands.opened import opened
from windopt.commands.options import Out, Set, Source
from windopt.commands.output import say


def simulate(source: Source, out: Out = None, set_: Set = None) -> None:
    """Simulate the training data in FLORIS."""
    _do("simulate", source, out, set_)


def train(source: Source, out: Out = None, set_: Set = None) -> None:
    """Train a surrogate from scratch, on a run folder's data or on data simulated for it."""
    with opened(source, out, set_) as run:
        from windopt.pipeline import STAGES
        from windopt.runs.folder import RunFolder

        if run.learns and not run.folder.has(RunFolder.dataset):
            STAGES["simulate"](run)
        STAGES["train"](run)
    say(f"train done, in {run.folder.path}/")


def optimise(source: Source, out: Out = None, set_: Set = None) -> None:
    """Search for a layout with a run folder's surrogate, or with the one that is ready for it."""
    _do("optimise", source, out, set_)


def _do(name: str, source: Path, out: Path | None, pairs: list[str] | None) -> None:
    with opened(source, out, pairs) as run:
        from windopt.pipeline import STAGES

        STAGES[name](run)
    say(f"{name} done, in {run.folder.path}/")
