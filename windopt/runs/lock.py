"""One run at a time in a folder.

The lock is the system's, held on a file in the folder: it ends with the process that holds it,
however that ends, so nobody has to clear away the lock of a dead one.
"""

import contextlib
import errno
import json
import os
import socket
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from windopt.errors import RunFolderError

LOCK = ".lock"
NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL})
"""What a file system without locks answers: nobody can be told off there."""
PATIENCE_S = 0.2
"""For whoever is just giving the folder back: the file of the lock goes with it."""


class FolderLock:
    """The right to write into a folder, from `take` to `release`.

    Parameters
    ----------
    folder : path
    """

    def __init__(self, folder: Path | str) -> None:
        self.path = Path(folder) / LOCK
        self._lock = FileLock(
            self.path, PATIENCE_S, thread_local=False, poll_interval=0.02, fallback_to_soft=False
        )
        self._taken = False

    def take(self) -> Self:
        """Take the folder.

        Raises
        ------
        RunFolderError
            When another process has it, or the folder cannot be written.
        """
        if self._taken:
            return self
        try:
            self._lock.acquire()
        except Timeout as error:
            if not self.path.exists():  # file systems that take no files, such as /proc
                raise self._unwritable("no file can be made") from error
            raise RunFolderError(self._holder()) from None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise self._unwritable(error.strerror or str(error)) from error
        self._taken = True
        with contextlib.suppress(OSError):  # a full disk: the lock holds, it only says less
            self.path.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        return self

    def release(self) -> None:
        """Give the folder back."""
        if self._taken:
            self.path.unlink(missing_ok=True)  # while it is held: nobody else's can be there
            self._lock.release()
            self._taken = False

    def _unwritable(self, why: str) -> RunFolderError:
        return RunFolderError(
            f"folder '{self.path.parent}' cannot be written: {why}; choose another with --out"
        )

    def _holder(self) -> str:
        try:
            holder = json.loads(self.path.read_text(encoding="utf-8"))
            who = f"process {holder['pid']} on {holder['host']}"
        except (OSError, ValueError, KeyError, TypeError):
            who = "another process"
        return (
            f"{who} is at work in '{self.path.parent}'; "
            "wait until it has ended, or choose another folder with --out"
        )
