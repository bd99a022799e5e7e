"""One run at a time in a folder.

The lock is the system's, held on a file in the folder: it ends with the process that holds it,
however that ends, so nobody has to clear away the lock of a dead one.
"""

import contextlib
import fcntl
import json
import os
import socket
from pathlib import Path
from typing import IO, Self

from windopt.errors import RunFolderError

LOCK = ".lock"


class FolderLock:
    """The right to write into a folder, from `take` to `release`.

    Parameters
    ----------
    folder : path
    """

    def __init__(self, folder: Path | str) -> None:
        self.path = Path(folder) / LOCK
        self._file: IO[str] | None = None

    def take(self) -> Self:
        """Take the folder.

        Raises
        ------
        RunFolderError
            When another process has it, or the folder cannot be written.
        """
        while self._file is None:
            try:
                file = self.path.open("a+", encoding="utf-8")
            except OSError as error:
                raise RunFolderError(
                    f"folder '{self.path.parent}' cannot be written: {error.strerror or error}; "
                    "choose another with --out"
                ) from error
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunFolderError(self._taken(file)) from None
            except OSError:
                pass  # a file system without locks: nobody can be told off there
            if self._is_there(file):
                self._file = file
            else:  # who had it has just ended, and taken the file away
                file.close()
        with contextlib.suppress(OSError):  # a full disk: the lock holds, it only says less
            self._file.truncate(0)
            json.dump({"pid": os.getpid(), "host": socket.gethostname()}, self._file)
            self._file.flush()
        return self

    def release(self) -> None:
        """Give the folder back."""
        if self._file is not None:
            self.path.unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def _is_there(self, file: IO[str]) -> bool:
        try:
            return os.path.samestat(self.path.stat(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return False

    def _taken(self, file: IO[str]) -> str:
        file.seek(0)
        try:
            holder = json.loads(file.read())
            who = f"process {holder['pid']} on {holder['host']}"
        except (ValueError, KeyError, TypeError):
            who = "another process"
        finally:
            file.close()
        return (
            f"{who} is at work in '{self.path.parent}'; "
            "wait until it has ended, or choose another folder with --out"
        )
