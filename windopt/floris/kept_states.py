"""Simulated farms, kept as they come: whoever is killed goes on from them.

They are kept in chunks of what some seconds of simulating bring, each in a file of its own with a
digest of every question: layout, conditions, turbines, wake model and FLORIS's version. What is
damaged, or answers another question, is simulated again.
"""

import hashlib
import json
import logging
import shutil
import time
import uuid
import zlib
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from windopt.atomic import replacing
from windopt.floris.adapter import FarmState

logger = logging.getLogger(__name__)

EVERY_S = 2.0
"""Between two chunks: what a killed run loses at most, beside what is in the workers' hands [s]."""
FIELDS = ("power", "wind_speed", "turbulence_intensity", "cpu_s")


class KeptStates:
    """The states of farms in a folder, found again by the digests of their questions.

    Parameters
    ----------
    folder : path
        Made when there is something to keep.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._found: dict[str, FarmState] = {}
        self._new: dict[str, FarmState] = {}
        self._chunks, self._saved = 0, time.monotonic()
        for path in sorted(folder.glob("*.npz")):
            self._read(path)

    def get(self, digest: str) -> FarmState | None:
        """Return the state of a farm, None where it is not kept."""
        return self._found.get(digest)

    def add(self, digest: str, state: FarmState) -> None:
        """Keep the state of a farm, at once or with the next ones."""
        self._new[digest] = state
        if time.monotonic() - self._saved > EVERY_S:
            self.save()

    def save(self) -> None:
        """Write down what is new.

        Raises
        ------
        RunFolderError
            When that is not possible.
        """
        if self._new:
            arrays: dict[str, Any] = {
                f"{name}_{i}": np.asarray(getattr(state, name))
                for i, state in enumerate(self._new.values())
                for name in FIELDS
            }
            arrays["digests"] = np.array(list(self._new))
            while (path := self.folder / f"{self._chunks:05}.npz").exists():
                self._chunks += 1
            with replacing(path) as partial, partial.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
            self._new = {}
        self._saved = time.monotonic()

    def discard(self) -> None:
        """Remove the folder: the farms are elsewhere now."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as file:
                found = {
                    str(digest): FarmState(
                        file[f"power_{i}"],
                        file[f"wind_speed_{i}"],
                        file[f"turbulence_intensity_{i}"],
                        float(file[f"cpu_s_{i}"]),
                    )
                    for i, digest in enumerate(file["digests"])
                }
        except (
            OSError,
            ValueError,
            KeyError,
            EOFError,
            TypeError,
            BadZipFile,
            zlib.error,
        ) as error:
            logger.warning("'%s' is damaged (%s): its farms are simulated again", path, error)
            path.unlink(missing_ok=True)
            return
        self._found |= found


def digest_of(*asked: Any) -> str:
    """Identify what is asked of FLORIS: arrays, and anything that JSON can tell."""
    digest = hashlib.sha256(version("floris").encode())
    for one in asked:
        if isinstance(one, np.ndarray):
            digest.update(f"{one.dtype}{one.shape}".encode() + np.ascontiguousarray(one).tobytes())
        else:
            digest.update(json.dumps(one, sort_keys=True, default=_plain).encode())
    return digest.hexdigest()[:32]


def _plain(value: Any) -> Any:
    """Return what JSON can tell of a value, so that two that differ never look the same."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return uuid.uuid4().hex  # unknown: nothing kept answers for it
