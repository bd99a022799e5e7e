"""How many runs on this machine have used each kernel that ships with windopt.

Making a kernel is paid for once, for all its users in the world. Nobody counts those; windopt tells
nobody what it is used for. This machine counts its own runs in a file beside the user's library,
which is a lower bound of the users, and so what it makes of a user's share is an upper bound.
"""

import json
import logging
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from windopt.atomic import write_text
from windopt.errors import RunFolderError

logger = logging.getLogger(__name__)

USERS = "shipped_kernels.json"
"""In the folder of the library."""
PATIENCE_S = 5.0


def count_user(library: Path, kernel: str, weights_sha256: str) -> int:
    """Count one more run that uses a shipped kernel; returns how many this machine knows of.

    Parameters
    ----------
    library : path
        The user's; made where missing.
    kernel, weights_sha256 : str
        Its name and the hash of its weights: one that was made anew is another kernel.

    Returns
    -------
    int
        1, the run that asks, where nothing can be written or read.
    """
    path = library / USERS
    try:
        library.mkdir(parents=True, exist_ok=True)
        with FileLock(library / f".{USERS}.lock", PATIENCE_S):
            known = _read(path)
            runs = int(known.get(weights_sha256, {}).get("runs", 0)) + 1
            known[weights_sha256] = {"kernel": kernel, "runs": runs}
            write_text(path, json.dumps(known, indent=1) + "\n")
    except (OSError, Timeout, RunFolderError) as error:
        logger.info("the users of kernels cannot be counted in %s: %s", path, error)
        return 1
    return runs


def _read(path: Path) -> dict[str, Any]:
    """Read the counts; a file that is none is begun anew."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return {
            sha256: {"kernel": str(one["kernel"]), "runs": int(one["runs"])}
            for sha256, one in known.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError):
        logger.info("%s is damaged: the users of kernels are counted anew", path)
        return {}
