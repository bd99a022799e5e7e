"""A folder of trained surrogates, from which later jobs take one instead of training.

Every entry is a folder with the surrogate and its card. An entry serves every problem with the same
FLORIS wake model, whatever its site, rose or turbines: those are not learned. A job that finds it
wanting goes on teaching it without the data it has learned from (`adaptation`).
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windopt.errors import RunFolderError
from windopt.floris.adapter import wake_model_hash
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.checkpoint import CARD, WEIGHTS, load_surrogate

DEBT = "energy_debt_wh"


def default_library() -> Path:
    """Return the user's library: ``$WINDOPT_LIBRARY``, or a folder in the home."""
    named = os.environ.get("WINDOPT_LIBRARY")
    return Path(named) if named else Path.home() / ".local" / "share" / "windopt" / "surrogates"


@dataclass(frozen=True)
class LibraryEntry:
    """A trained surrogate at rest: its folder and its card."""

    path: Path
    card: dict[str, Any]

    @property
    def energy_debt_wh(self) -> dict[str, Any] | None:
        """What simulating its data and training it took [Wh]: low, central, high, method."""
        debt: dict[str, Any] | None = self.card["facts"].get(DEBT)
        return debt

    @property
    def mape_pct(self) -> float:
        """Its error of turbine power on held-out farms [%]."""
        return float(self.card["facts"].get("errors", {}).get("turbine_power_mape_pct", "inf"))


def library_entries(library: Path) -> list[LibraryEntry]:
    """List a library, unreadable folders left out; empty where there is none."""
    entries = []
    for card in sorted(library.glob(f"*/{CARD}")):
        try:
            load_surrogate(card.parent)
        except RunFolderError:
            continue
        entries.append(LibraryEntry(card.parent, json.loads(card.read_text(encoding="utf-8"))))
    return entries


def add_to_library(source: Path, library: Path) -> LibraryEntry:
    """Copy a surrogate into a library.

    Parameters
    ----------
    source : path
        A run folder, or a surrogate's own.
    library : path
        Made where missing. The same surrogate again is the same entry.

    Raises
    ------
    RunFolderError
        When there is no readable surrogate, or the library cannot be written.
    """
    folder = source / "surrogate" if (source / "surrogate").is_dir() else source
    surrogate = load_surrogate(folder)
    name = f"{surrogate.wake.get('velocity_model', 'wake')}-{surrogate.fingerprint}"
    entry, new = library / name, library / f".{name}.new"
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        for file in (WEIGHTS, CARD):
            shutil.copyfile(folder / file, new / file)
        shutil.rmtree(entry, ignore_errors=True)
        new.rename(entry)
    except OSError as error:
        raise RunFolderError(
            f"library '{library}' cannot be written: {error.strerror or error}; "
            "set WINDOPT_LIBRARY to another folder"
        ) from error
    return LibraryEntry(entry, json.loads((entry / CARD).read_text(encoding="utf-8")))


def find_in_library(problem: LayoutProblem, library: Path) -> LibraryEntry | None:
    """Return the entry for a problem's wake model, the most accurate of several."""
    wanted = wake_model_hash(problem)
    fitting = [e for e in library_entries(library) if e.card["wake_model"] == wanted]
    return min(fitting, key=lambda entry: entry.mape_pct, default=None)
