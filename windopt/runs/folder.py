"""The run folder: one file per artefact, each written whole or not at all.

Stages find their input and leave their output here, so a run can be resumed, inspected and
reported at any point. Every file is written beside its final name and moved into place: a run
that is killed leaves the previous artefact or none, never half of one.
"""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from windopt.atomic import write_text as write_text  # for all that write artefacts
from windopt.errors import RunFolderError
from windopt.runs.artefact import Artefact, TypedArtefact
from windopt.runs.artefacts import Artefacts
from windopt.runs.history_table import Columns
from windopt.runs.json_file import read_json, read_text
from windopt.runs.json_file import write_json as write_json  # likewise

T = TypeVar("T")


@dataclass(frozen=True)
class RunFolder(Artefacts):
    """Where a run keeps its artefacts: each attribute of `Artefacts` is the path of one.

    Attributes
    ----------
    path : Path
        The folder; it need not exist until something is written (see `create`).
    """

    path: Path

    @staticmethod
    def make(path: Path) -> None:
        """Make a folder that is not there yet, with its parents.

        Raises
        ------
        FileExistsError
            When there is something already.
        RunFolderError
            When it cannot be made.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir()
        except FileExistsError:
            raise
        except OSError as error:
            raise RunFolderError(
                f"run folder '{path}' cannot be written: {error.strerror or error}; "
                "choose another with --out"
            ) from error

    @classmethod
    def create(cls, path: Path | str, known_by: str | None = "config.yaml") -> Self:
        """Make the folder with its parents and prove, before a joule is spent, that it takes files.

        Parameters
        ----------
        path : path
        known_by : str or None
            What is in every folder of the kind; one without it has to be empty. None takes any.

        Raises
        ------
        RunFolderError
            When it cannot be made or written to, or holds what is of no run.
        """
        folder = cls(Path(path))
        try:
            with suppress(FileExistsError):
                cls.make(folder.path)
            with tempfile.TemporaryFile(dir=folder.path):
                pass
        except OSError as error:
            raise RunFolderError(
                f"run folder '{folder.path}' cannot be written: {error.strerror or error}; "
                "choose another with --out"
            ) from error
        strange = sorted(file.name for file in folder.path.iterdir() if file.name[0] != ".")
        if strange and known_by is not None and known_by not in strange:
            raise RunFolderError(
                f"folder '{folder.path}' has no {known_by}, and is not empty: it holds "
                f"{strange[0]!r}; choose another with --out"
            )
        return folder

    def has(self, artefact: Artefact) -> bool:
        """Return whether an artefact is there; a folder, with what is written last in it."""
        return (self.path / artefact.name / artefact.whole_with).exists()

    def need(self, artefact: Artefact) -> Path:
        """Return the path of an artefact that has to be there.

        Raises
        ------
        RunFolderError
            That names the command which writes it.
        """
        path = self.path / artefact.name
        if not self.has(artefact):
            raise RunFolderError(
                f"run folder '{self.path}' has no {artefact.name}; "
                f"run `windopt {artefact.stage} {self.path}` first"
            )
        return path

    def read(self, artefact: TypedArtefact[T]) -> T:
        """Read an artefact, such as `RunFolder.solution`.

        Raises
        ------
        RunFolderError
            When it is not there, or torn: with the file and the fault.
        """
        path = self.need(artefact)
        try:
            return artefact.read(path)
        except (OSError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise RunFolderError(
                f"'{path}' is not what `windopt {artefact.stage}` writes ({error}); delete it and "
                f"run `windopt run --resume {self.path}`"
            ) from error

    def find(self, artefact: TypedArtefact[T]) -> T | None:
        """Read an artefact where it is there."""
        return self.read(artefact) if self.has(artefact) else None

    def write(self, artefact: TypedArtefact[T], content: T) -> None:
        """Write an artefact whole or not at all."""
        artefact.write(self.path / artefact.name, content)

    def read_summary(self) -> dict[str, Any]:
        """Read the keys of `summary.json`; FLORIS's figures, never the surrogate's."""
        return self.read_json(self.summary)

    def read_verification(self) -> dict[str, Any]:
        """Read FLORIS's account of the initial, the grid and the final layout, as it stands."""
        content = self.read_json(self.verification)
        if not isinstance(content.get("layouts"), dict) or "final" not in content["layouts"]:
            raise RunFolderError(
                f"'{self.verification}' has no final layout; delete it and run "
                f"`windopt run --resume {self.path}`"
            )
        return content

    def read_history(self) -> dict[str, NDArray[Any]]:
        """Read the anytime curve; columns as of `windopt.runs.history_table.read_columns`."""
        return {k: np.asarray(v) for k, v in self.read(RunFolder.history).items()}

    def write_history(self, columns: Columns) -> None:
        """Write the anytime curve; `columns` as `read_history` returns them."""
        self.write(RunFolder.history, columns)

    def read_text(self, path: Path) -> str:
        """Read an artefact that is text, such as `self.config`."""
        return read_text(path)

    def read_json(self, path: Path) -> dict[str, Any]:
        """Read an artefact that is a JSON object, such as `self.solution`."""
        return read_json(path)


def finished_runs(results: Path | str) -> Iterator[RunFolder]:
    """Yield the run folders directly below `results` that hold a summary, newest first."""
    summaries = Path(results).glob("*/summary.json")
    for summary in sorted(summaries, key=lambda file: file.stat().st_mtime, reverse=True):
        yield RunFolder(summary.parent)
