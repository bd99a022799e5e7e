"""The ledger's file: append-only JSON Lines, the truth from which all else is computed.

A record is one line, written with a single call and forced to disk before the work goes on. A
machine that dies in mid-write leaves a torn last line and nothing worse: the reader passes over
it, and the next writer starts on a fresh line. Each line carries the hash of the record before it
and its own (`chain`). Whoever writes holds the system's lock on the file for that moment, so that
several writers, and a run that goes on, leave one chain.
"""

import contextlib
import errno
import fcntl
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from windopt.errors import RunFolderError
from windopt.ledger.chain import HASH, PREVIOUS, chained, head

logger = logging.getLogger(__name__)

SCHEMA_VERSION = 2
"""2: with a hash chain."""
Record = dict[str, Any]


class Records(NamedTuple):
    """The records of a file, in order, and how many lines could not be read."""

    records: list[Record]
    damaged_lines: int


class RecordWriter:
    """Appends records to a file.

    Parameters
    ----------
    path : Path
        The file; made when missing, with its folder.

    Raises
    ------
    RunFolderError
        When it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = -1
        self._last: str | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab+") as file, _locked(file):
                if file.seek(0, os.SEEK_END) > 0:
                    file.seek(-1, os.SEEK_END)
                    if file.read() != b"\n":
                        file.write(b"\n")
        except OSError as error:
            raise RunFolderError(
                f"ledger '{path}' cannot be written: {error.strerror or error}; "
                "choose another folder with --out"
            ) from error

    @property
    def last_hash(self) -> str | None:
        """The hash of the last record that this writer has written."""
        return self._last

    def append(self, record: Record) -> None:
        """Write a record; once this returns it outlives the process and the machine.

        Raises
        ------
        RunFolderError
            When it cannot be written.
        """
        text = json.dumps(record, allow_nan=False, default=_plain)
        try:
            with self.path.open("ab+", buffering=0) as file, _locked(file):
                before = file.seek(0, os.SEEK_END)
                if before != self._size:  # the first record of this writer, or another has written
                    file.seek(0)
                    self._last = head(file.read())
                line, own = chained(text, self._last)
                data = line.encode() + b"\n"
                if file.write(data) < len(data):  # as much as the disk still took
                    file.truncate(before)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
                self._size, self._last = before + len(data), own
        except OSError as error:
            raise RunFolderError(
                f"ledger '{self.path}' cannot be written: {error.strerror or error}; free some "
                f"space, then `windopt run --resume {self.path.parent}` goes on from here"
            ) from error


@contextmanager
def _locked(file: BinaryIO) -> Iterator[None]:
    """Keep other writers off a file for a moment; where a file system has no locks, go without."""
    with contextlib.suppress(OSError):
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
    yield  # the lock ends with the file


def new_record(kind: str, fields: Mapping[str, Any]) -> Record:
    """Return a record of a kind, stamped with the present time."""
    return {"record": kind, "time": datetime.now(UTC).isoformat(), **fields}


def read_records(path: Path) -> Records:
    """Read a ledger file, passing over lines that are torn or damaged.

    Raises
    ------
    RunFolderError
        When there is no such file.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise RunFolderError(
            f"ledger '{path}' cannot be read: {error.strerror or error}; name a run folder"
        ) from error
    records, damaged = [], 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            kept = {key: record[key] for key in record if key not in (PREVIOUS, HASH)}
            records.append({**kept, "record": record["record"]})
        except (ValueError, TypeError, KeyError):
            damaged += 1
            logger.warning("%s:%d is torn or damaged and was passed over", path, number)
    return Records(records, damaged)


def _plain(value: Any) -> Any:
    """Numpy scalars become numbers, paths and the like become text."""
    return value.item() if hasattr(value, "item") else str(value)
