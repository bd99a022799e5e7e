"""A run folder's ledger, checked against its own hashes and against the run's `summary.json`.

The summary keeps the hash of the ledger's last record at that time, so a ledger whose end was cut
off, or that was written anew, is found as long as its summary stands beside it.
"""

from pathlib import Path

from windopt.errors import RunFolderError
from windopt.ledger.chain import Checked, Fault, check
from windopt.runs.folder import RunFolder

SEAL = "ledger_hash"
"""In `summary.json`: the hash of the ledger's last record."""


def check_ledger(file: Path) -> Checked:
    """Check a ledger file, and a summary that stands beside it.

    Raises
    ------
    RunFolderError
        When the file cannot be read.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise RunFolderError(
            f"ledger '{file}' cannot be read: {error.strerror or error}; name a run folder"
        ) from error
    found = check(data)
    seal = _seal_of(RunFolder(file.parent))
    if seal is not None and seal not in found.hashes:
        wrong = (
            f"summary.json knows a record with the hash {seal[:16]} that is not here: the ledger's "
            "end was cut off, or all of it was written anew"
        )
        found.faults.append(Fault(data.count(b"\n"), "last", wrong))
    return found


def _seal_of(folder: RunFolder) -> str | None:
    """Return the hash that a summary keeps; None where it keeps none, or there is no summary."""
    try:
        seal = folder.read_summary().get(SEAL)
    except RunFolderError:
        return None
    return seal if isinstance(seal, str) else None
