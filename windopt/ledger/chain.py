"""The hash chain of a ledger: each record carries the hash of the record before it, and its own.

    hash_i = SHA-256 of the line up to `, "hash"`        previous_i = hash_(i-1)

The line holds `previous`, so a hash covers all that was written before it (the hash-linked log of
Haber and Stornetta 1991, How to time-stamp a digital document). An edited record does not fit its
own hash; a removed, repeated or moved one does not fit its neighbours'. The first record of a chain
has as `previous` the SHA-256 of all bytes before it in the file, null where it is the first line.

A chain proves nothing against somebody who writes all of it anew, and its end can be cut off. So
its last hash is kept elsewhere as well (`summary.json`), and `windopt ledger --check` prints it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

PREVIOUS, HASH = "previous", "hash"
CHAINED_SCHEMA = 2
"""Ledgers whose run records name this schema, or a later one, have a chain."""
CLOCK_S = 1.0
"""By so much the computer's clock may go back between two records without a word."""
_MARK = f', "{HASH}": "'.encode()


def chained(text: str, previous: str | None) -> tuple[str, str]:
    """Return a record's line with both hashes, and its own hash.

    Parameters
    ----------
    text : str
        The record as a JSON object, without them.
    previous : str or None
        The hash of the record before.
    """
    body = f'{text[:-1]}, "{PREVIOUS}": {json.dumps(previous)}'
    own = digest(body.encode())
    return f'{body}, "{HASH}": "{own}"}}', own


def digest(data: bytes) -> str:
    """Return a SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def head(data: bytes) -> str | None:
    """Return what the next record of a file has as `previous`.

    Parameters
    ----------
    data : bytes
        All of the file.
    """
    for text in reversed(data.split(b"\n")):
        record = _record(text)
        if record is not None and isinstance(record.get(HASH), str):
            return str(record[HASH])
    return digest(data) if data.strip() else None


class Fault(NamedTuple):
    """What is wrong with a ledger, and where."""

    line: int
    kind: str
    wrong: str

    def __str__(self) -> str:
        return f"line {self.line}, record '{self.kind}': {self.wrong}"


@dataclass
class Checked:
    """What the check of a ledger has found.

    Attributes
    ----------
    records, unchained : int
        Records in the file, and those of them before its chain begins.
    faults : list of Fault
        What was edited, removed, repeated or moved; empty where the chain is whole.
    notes : list of str
        What is no fraud and worth knowing.
    hashes : list of str
        Of the chain, in order.
    """

    records: int = 0
    unchained: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)

    @property
    def has_chain(self) -> bool:
        """Whether there is any chain to check."""
        return bool(self.hashes)

    @property
    def whole(self) -> bool:
        """Whether there is a chain, and nothing wrong with it."""
        return self.has_chain and not self.faults


class _Line(NamedTuple):
    """A line of a ledger, taken apart."""

    number: int
    begins_at: int
    record: dict[str, Any]
    text: bytes

    @property
    def kind(self) -> str:
        """The kind of its record."""
        return str(self.record["record"])

    @property
    def hash(self) -> str | None:
        """The hash that it states; None where it has none."""
        stated = self.record.get(HASH)
        return stated if isinstance(stated, str) else None

    @property
    def is_genuine(self) -> bool:
        """Whether its content fits its hash, and nothing stands behind that."""
        body, _, rest = self.text.rpartition(_MARK)
        return rest == f'{self.hash}"}}'.encode() and digest(body) == self.hash


def check(data: bytes) -> Checked:
    """Check the chain of a ledger file.

    Parameters
    ----------
    data : bytes
        All of the file.
    """
    lines, torn = _read(data)
    found = Checked(records=len(lines))
    where = {line.hash: line.number for line in reversed(lines)}
    last: str | None = None
    for line in lines:
        if line.hash is None:
            if found.has_chain:
                _fault(found, line, "it has no hash, and those before it have: put in, or cut out")
            found.unchained += not found.has_chain
            continue
        if not found.has_chain:
            before = data[: line.begins_at]
            last = digest(before) if before.strip() else None
        if not line.is_genuine:
            _fault(found, line, "it was edited: its content does not fit its hash")
        if line.record.get(PREVIOUS) != last:
            _fault(found, line, _misplaced(line, where, found))
        last = line.hash
        found.hashes.append(line.hash)
    if not found.has_chain:
        _look_for_cut_hashes(found, lines)
    elif found.unchained:
        found.notes.append(
            f"the first {found.unchained} records are older than the chain; they are as they were "
            "when it began"
        )
    _note_torn(found, torn)
    _note_clock(found, lines)
    return found


def _read(data: bytes) -> tuple[list[_Line], list[int]]:
    """Return the records of a file, and the numbers of the lines that hold none."""
    lines, torn, offset = [], [], 0
    for number, text in enumerate(data.split(b"\n"), 1):
        record = _record(text)
        if record is not None:
            lines.append(_Line(number, offset, record, text))
        elif text.strip():
            torn.append(number)
        offset += len(text) + 1
    return lines, torn


def _record(text: bytes) -> dict[str, Any] | None:
    """Return a line's record; None where it holds none."""
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "record" in record else None


def _fault(found: Checked, line: _Line, wrong: str) -> None:
    found.faults.append(Fault(line.number, line.kind, wrong))


def _misplaced(line: _Line, where: Mapping[str | None, int], found: Checked) -> str:
    """Return in words why a record does not follow the one before it."""
    if line.hash in found.hashes:
        return "it is there twice"
    written_after = where.get(line.record.get(PREVIOUS) or "")
    if written_after is not None:
        return f"records were moved, or put in: it was written right after line {written_after}"
    if found.unchained and not found.has_chain:
        return "the records before it, which have no hashes, were changed after it was written"
    return "a record that stood before it was removed, or its hash changed"


def _look_for_cut_hashes(found: Checked, lines: list[_Line]) -> None:
    """Tell a ledger whose hashes were cut out from one of before there were any."""
    for line in lines:
        if line.kind == "run" and int(line.record.get("schema") or 0) >= CHAINED_SCHEMA:
            _fault(
                found, line, "it was written with a hash, and no line has one: they were cut out"
            )
            return


def _note_torn(found: Checked, torn: list[int]) -> None:
    if not torn:
        return
    which = f"line {', '.join(map(str, torn))} is torn and holds no record"
    if found.faults:
        found.notes.append(which)
    else:
        found.notes.append(
            f"{which}: a run was killed, or the disk was full, while it was written; that is no "
            "fraud, for the records around it fit each other"
        )


def _note_clock(found: Checked, lines: list[_Line]) -> None:
    """Note where the computer's clock was set back."""
    before = None
    for line in lines:
        try:
            now = datetime.fromisoformat(str(line.record["time"])).timestamp()
        except (KeyError, ValueError):
            continue
        if before is not None and before - now > CLOCK_S:
            found.notes.append(
                f"line {line.number}: the computer's clock was set back by {before - now:,.0f} s; "
                "what is charged goes by a clock that nobody can set"
            )
        before = now
