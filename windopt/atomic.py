"""Files that are whole or not there: written beside their place, forced to disk, then moved in.

A process that is killed, a disk that is full or a machine that loses power leaves the file as it
was before, or none, never half of it.
"""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from windopt.errors import RunFolderError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path to write to; what is there at the end takes the place of `path`.

    The folder is made where it is missing. After an exception, `path` is as it was before.

    Raises
    ------
    RunFolderError
        When the file cannot be written: no space, no permission, no such device.
    """
    path = Path(path)
    partial = path.with_name(f".{os.getpid()}.{path.name}")  # the ending tells some writers how
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _force(partial)
        os.replace(partial, path)
        _force(path.parent)
    except OSError as error:
        raise RunFolderError(
            f"'{path}' cannot be written: {error.strerror or error}; "
            "free some space or choose another folder with --out"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _force(path: Path) -> None:
    """Have the system put a file, or the names in a folder, on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():  # some systems know no such thing for folders
            raise
    finally:
        os.close(handle)
