"""Text and JSON files of a run folder; what cannot be read is named, with its fault and a cure."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from windopt.atomic import write_text
from windopt.errors import RunFolderError


def read_text(path: Path) -> str:
    """Read a text file.

    Raises
    ------
    RunFolderError
        When it is not there or no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunFolderError(
            f"run folder '{path.parent}' has no readable {path.name}: "
            f"{getattr(error, 'strerror', None) or error}; run the stage that writes it first"
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    RunFolderError
        When the file is not there, is torn, or holds something else.
    """
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise RunFolderError(
            f"'{path}' is not valid JSON: {error}; delete it and run its stage again"
        ) from error
    if not isinstance(content, dict):
        raise RunFolderError(
            f"'{path}' holds a {type(content).__name__}, not what windopt has written there; "
            "delete it and run its stage again"
        )
    return content


def write_json(path: Path, content: Mapping[str, Any], indent: int | None = 2) -> None:
    """Write a JSON file whole or not at all; numpy values become plain, NaN and infinity null."""
    write_text(path, json.dumps(_plain(content), indent=indent, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON knows neither, and other readers stop at Python's own spelling
    return str(value) if isinstance(value, Path) else value
