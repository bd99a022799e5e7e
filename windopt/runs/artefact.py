"""An artefact of a run folder: its file, who writes it, what it holds, how it is read and written.

As an attribute of a `RunFolder` class an artefact is itself; of one folder, it is the path there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar, overload

T = TypeVar("T")


class HasPath(Protocol):
    """A folder on the disk."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...


@dataclass(frozen=True)
class Artefact:
    """A file or folder that a run leaves, read by those who know more than its path.

    Attributes
    ----------
    file : str
        Its name in the run folder; that of a folder ends in a slash.
    stage : str
        The command that writes it.
    holds : str
        In a few words.
    media_type : str or None
        None for a folder.
    passing : bool
        Whether it is gone when its stage is done.
    hashed : bool
        Whether the report states its SHA-256.
    whole_with : str
        Of a folder: the file in it that is written last.
    """

    file: str
    stage: str
    holds: str
    media_type: str | None = None
    passing: bool = field(default=False, kw_only=True)
    hashed: bool = field(default=False, kw_only=True)
    whole_with: str = field(default="", kw_only=True)

    @property
    def name(self) -> str:
        """Its file name."""
        return self.file.rstrip("/")

    @overload
    def __get__(self, folder: None, owner: type) -> Self: ...

    @overload
    def __get__(self, folder: HasPath, owner: type) -> Path: ...

    def __get__(self, folder: HasPath | None, owner: type) -> Self | Path:
        """Return the path in a folder, or the artefact where no folder is asked."""
        return self if folder is None else folder.path / self.name


@dataclass(frozen=True)
class TypedArtefact(Artefact, Generic[T]):
    """An artefact that is an object in memory: `RunFolder.read` and `RunFolder.write` take it.

    Attributes
    ----------
    read : callable
        Returns the object of a path. An error that is no `RunFolderError` says what is wrong with
        the file: `RunFolder.read` names both.
    write : callable
        Writes an object to a path, whole or not at all.
    """

    read: Callable[[Path], T] = field(kw_only=True)
    write: Callable[[Path, T], None] = field(kw_only=True)
