"""With which code a cell was made: a table compares what one and the same windopt has done.

A cell says so in `code`, a digest of the source files that decide what its method finds and what
that takes; in `git_revision`, for who wants to look them up; and in `versions`, of windopt, of what
it stands on, and of the method's own packages. Other people's methods do not search with windopt's
code, and do not become old when that changes. Cells of before this was written have no `code`, and
are old. A change of mere comments changes the digest as well: it is never too lenient.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from windopt.compare.registry import PEERS, PLACES
from windopt.config.compare import names_code

PACKAGE = Path(__file__).parents[1]
REFEREE = (
    "compare/cells.py",
    "compare/contest.py",
    "compare/judging.py",
    "compare/method.py",
    "compare/method_process.py",
    "compare/process.py",
    "compare/start.py",
    "config/placement.py",
    "config/wake.py",
    "floris",
    "ledger/meters",
    "problem",
    "readers",
    "verification/evaluate.py",
    "verification/evaluated.py",
    "workers",
)
"""Files and folders that decide a cell whatever the method: the problem, its judge, the clock."""
OTHERS = ("compare/peers", "pywake")
OWN = (
    "compare/own.py",
    "compare/shared.py",
    "config/learning.py",
    "config/search.py",
    "search",
    "surrogate",
)
SUFFIXES = (".py", ".json", ".csv", ".safetensors")
PACKAGES = ("windopt", "floris", "numba", "numpy", "scipy")
"""Their versions are on every cell, beside those of the method's own packages."""
DIGITS = 12
"""Hexadecimal digits of a SHA-256."""


@cache
def code_digest(spec: str) -> str:
    """Return a digest of the source files that decide the cells of a method.

    Parameters
    ----------
    spec : str
        The method, as `find_method` takes it; of ``FILE.py:NAME`` the file counts.
    """
    total = hashlib.sha256()
    for path in _files(spec):
        name = path.relative_to(PACKAGE) if path.is_relative_to(PACKAGE) else path.name
        total.update(str(name).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:DIGITS]


def installed(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of packages by name; what is not installed is left out."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def why_old(spec: str, cell: Mapping[str, Any]) -> str | None:
    """Return what a cell was made with that is not today's; None where all is.

    Parameters
    ----------
    spec : str
        Its method, as `find_method` takes it.
    cell : mapping
        Content of its `cell.json` or `contest.json`.
    """
    now = installed(cell["versions"])
    others = [
        f"{name} {made}, now {now[name]}"
        for name, made in cell["versions"].items()
        if name in now and now[name] != made
    ]
    if others:
        return "; ".join(others)
    if cell.get("code") == code_digest(spec):
        return None
    revision = cell["git_revision"]
    return f"windopt's revision {revision}" if revision else "another state of windopt's code"


def _files(spec: str) -> Iterator[Path]:
    of_others = PLACES.get(spec, "").startswith(PEERS)
    for part in (*REFEREE, *(OTHERS if of_others else OWN)):
        place = PACKAGE / part
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.suffix in SUFFIXES:
                yield path
    if names_code(spec):
        yield Path(spec.rpartition(":")[0])
