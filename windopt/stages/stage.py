"""What a stage of a run is: what it needs, what it leaves, who asks for it, and what it does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from windopt.problem.problem import LayoutProblem
from windopt.runs.artefact import Artefact
from windopt.runs.folder import RunFolder
from windopt.runs.session import Run


def always(problem: LayoutProblem) -> bool:
    """Return that every run asks for a stage."""
    return True


@dataclass(frozen=True)
class Stage:
    """A part of a run that reads artefacts, computes, and writes artefacts.

    Attributes
    ----------
    name : str
    needs : tuple of Artefact
        What it refuses to begin without: `RunFolder.need` and `RunFolder.read` say which command
        writes it. Without anything to learn, nobody needs training data.
    leaves : tuple of Artefact
        It is done when the first of them is there.
    do : callable
        Does it: reads and writes the folder of the run, spends its allowance, meters itself.
    asked : callable
        Returns whether a run of a problem asks for it.
    obsolete_with : tuple of Artefact
        Once one is there, the stage comes too late to be of use.
    unfinished_with : tuple of Artefact
        While one is there, the stage has been cut off and is not done.
    """

    name: str
    needs: tuple[Artefact, ...]
    leaves: tuple[Artefact, ...]
    do: Callable[[Run], None]
    asked: Callable[[LayoutProblem], bool] = always
    obsolete_with: tuple[Artefact, ...] = ()
    unfinished_with: tuple[Artefact, ...] = ()

    def __call__(self, run: Run) -> None:
        """Do the stage."""
        self.do(run)

    def is_asked(self, problem: LayoutProblem, folder: RunFolder) -> bool:
        """Return whether a run has a use for it."""
        return self.asked(problem) and not any(map(folder.has, self.obsolete_with))

    def is_done(self, folder: RunFolder) -> bool:
        """Return whether it has left what it is there for."""
        return folder.has(self.leaves[0]) and not any(map(folder.has, self.unfinished_with))


def markdown_table(stages: Iterable[Stage]) -> str:
    """Return the table of `docs/method/run.md`."""
    rows = [
        f"| `{one.name}` | {_names(one.needs)} | {_names(one.leaves)} | {_first_line(one.do)} |"
        for one in stages
    ]
    return "\n".join(["| stage | needs | leaves | does |", "|---|---|---|---|", *rows]) + "\n"


def _names(artefacts: Iterable[Artefact]) -> str:
    return ", ".join(f"`{one.file}`" for one in artefacts) or "nothing"


def _first_line(function: Callable[..., None]) -> str:
    line = (function.__doc__ or "").partition("\n")[0].rstrip(".")
    return line[:1].lower() + line[1:]
