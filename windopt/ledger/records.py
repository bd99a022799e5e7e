"""The ledger's file: append-only JSON Lines, the truth from which all else is computed.

A record is one line, written with a single call and forced to disk before the work goes on. A
machine that dies in mid-write leaves a torn last line and nothing worse: the reader passes over
it, and the next writer starts on a fresh line.
"""

import errno
import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from windopt.errors import RunFolderError

logger = logging.getLogger(__name__)

SCHEMA_VERSION = 1
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
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab+") as file:
                if file.tell() > 0:
                    file.seek(-1, os.SEEK_END)
                    if file.read() != b"\n":
                        file.write(b"\n")
        except OSError as error:
            raise RunFolderError(
                f"ledger '{path}' cannot be written: {error.strerror or error}; "
                "choose another folder with --out"
            ) from error

    def append(self, record: Record) -> None:
        """Write a record; once this returns it outlives the process and the machine.

        Raises
        ------
        RunFolderError
            When it cannot be written.
        """
        line = json.dumps(record, allow_nan=False, default=_plain).encode() + b"\n"
        try:
            with self.path.open("ab", buffering=0) as file:
                before = file.seek(0, os.SEEK_END)
                if file.write(line) < len(line):  # as much as the disk still took
                    file.truncate(before)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
        except OSError as error:
            raise RunFolderError(
                f"ledger '{self.path}' cannot be written: {error.strerror or error}; free some "
                f"space, then `windopt run --resume {self.path.parent}` goes on from here"
            ) from error


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
            records.append({**record, "record": record["record"]})
        except (ValueError, TypeError, KeyError):
            damaged += 1
            logger.warning("%s:%d is torn or damaged and was passed over", path, number)
    return Records(records, damaged)


def _plain(value: Any) -> Any:
    """Numpy scalars become numbers, paths and the like become text."""
    return value.item() if hasattr(value, "item") else str(value)
