"""Reading YAML that somebody else has written: safely, with all that can be wrong with it said.

Only plain values come of it (YAML's safe tags). Aliases, which let a few lines stand for billions,
may repeat what they name only so often; a file may have only so many bytes.
"""

import os
import re
import stat
from pathlib import Path
from typing import Any

import yaml

from windopt.errors import ConfigError

LARGEST_FILE = 256 * 2**20
"""Bytes that a file of input may have."""
MOST_VALUES = 1_000_000
"""Values that a file with aliases may stand for."""
ALIAS = re.compile(rb"(?<![^\s\[{,:-])\*[^\s,\[\]{}]")
"""What may be an alias, in a file's bytes."""


def read_bytes(path: Path, where: str) -> bytes:
    """Read a file of input, if it is one: a pipe or a device might never end.

    Raises
    ------
    ConfigError
        With the fault at `where`.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ConfigError.of(where, f"{str(path)!r} is no file", "name a file")
            if found.st_size > LARGEST_FILE:
                problem = f"{str(path)!r} has {found.st_size / 2**20:,.0f} MiB"
                raise ConfigError.of(where, problem, f"give at most {LARGEST_FILE >> 20} MiB")
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError.of(where, f"{str(path)!r} cannot be read: {reason}", "check it") from None


def safe_yaml(text: str) -> Any:
    """Give what YAML text says.

    Raises
    ------
    ValueError
        With what is wrong with it, on one line.
    """
    try:
        require_few_values(text.encode("utf-8", errors="surrogatepass"))
        return yaml.safe_load(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise ValueError(" ".join(str(error).split())[:300]) from None


def require_few_values(content: bytes) -> None:
    """Refuse YAML whose aliases stand for too many values, or for themselves.

    Raises
    ------
    ValueError
    """
    if not ALIAS.search(content):
        return
    try:
        root = yaml.compose(content.decode("utf-8", errors="replace"), Loader=yaml.SafeLoader)
        sizes: dict[int, int] = {}
        size = 0 if root is None else _size(root, sizes, set())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except yaml.YAMLError:
        return  # who reads it says so better
    if size > MOST_VALUES:
        raise ValueError(
            f"its aliases (*name) stand for {size:.3g} values, at most {MOST_VALUES:,} are read"
        )


def _size(node: yaml.Node, sizes: dict[int, int], above: set[int]) -> int:
    """Count the values that a node stands for, aliases written out."""
    key = id(node)
    if key in above:
        raise ValueError("an alias (*name) stands within what it names")
    if key not in sizes:
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            parts = list(node.value)
        elif isinstance(node, yaml.MappingNode):
            parts = [part for pair in node.value for part in pair]
        above.add(key)
        sizes[key] = 1 + sum(_size(part, sizes, above) for part in parts)
        above.remove(key)
    return sizes[key]
