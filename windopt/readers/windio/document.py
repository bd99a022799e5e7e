"""Opening windIO files and taking values out of them, with faults that say where.

windIO is the wind field's common YAML format (https://github.com/EUFLOW/windIO). Its files nest: a
wind energy system holds the site and the wind farm, the site holds the wind resource, the farm its
layout and turbine. Each reader takes the file of its own part or any that encloses it. windIO's own
validation is shallow, so values are checked here.
"""

import difflib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from windopt.config.faults import did_you_mean
from windopt.config.files import WINDIO_PREFIX, require_file
from windopt.config.floris_input import SECTIONS as FLORIS_SECTIONS
from windopt.config.placement import LARGEST_COORDINATE
from windopt.config.section import LARGEST
from windopt.errors import ConfigError, Fault, FaultCollector, read_each
from windopt.problem.layout import FloatArray
from windopt.readers.windio.yaml_text import Unread, load_windio_yaml

logger = logging.getLogger(__name__)

SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
MISSING = "put it there, or name a file that holds it all"
ENCLOSING = ("site", "energy_resource", "wind_farm", "turbines")


@dataclass(frozen=True)
class Node:
    """A mapping in a windIO file; `where` is its place there, such as ``site.yaml: boundaries``."""

    where: str
    values: dict[str, Any]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def place(self, key: str) -> str:
        """Return the place of `key`."""
        return f"{self.where}.{key}" if ": " in self.where else f"{self.where}: {key}"

    def error(self, key: str, problem: str, cure: str) -> ConfigError:
        """Return the error of one fault at `key`."""
        return ConfigError.of(self.place(key), problem, cure)

    def get(self, key: str) -> Any:
        """Return the value of `key`, which must be there."""
        if key not in self.values:
            raise self.error(key, "is missing", f"add {key!r} there")
        value = self.values[key]
        if isinstance(value, Unread):
            raise self.error(key, value.problem, MISSING)
        return value

    def child(self, key: str) -> "Node":
        """Return the mapping at `key`."""
        value = self.get(key)
        if not isinstance(value, dict):
            raise self.error(key, f"holds {_short(value)}, not a mapping", "see the windIO schema")
        return Node(self.place(key), value)

    def children(self, key: str) -> list["Node"]:
        """Return the mappings in the list at `key`."""
        value = self.get(key)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            problem = f"holds {_short(value)}, not a list of mappings"
            raise self.error(key, problem, "see the windIO schema")
        return [Node(f"{self.place(key)}[{i}]", item) for i, item in enumerate(value)]

    def numbers(self, key: str, missing: bool = False) -> FloatArray:
        """Return the finite numbers at `key`, of any shape; with nan if that is allowed."""
        value = self.get(key)
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            cure = "give numbers, in rows of equal length"
            if isinstance(value, list) and (found := _first_text(value)) is not None:
                raise self.error(
                    f"{key}[{found}]", f"{value[found]!r} is no number", cure
                ) from None
            problem = f"{_short(value)} is not an array of numbers"
            raise self.error(key, problem, cure) from None
        wrong = ~(np.abs(array) <= LARGEST)
        if missing:
            wrong &= ~np.isnan(array)
        if wrong.any():
            index = tuple(np.argwhere(wrong)[0].tolist())
            place = f"[{', '.join(map(str, index))}]" if index else ""
            cure = f"give a finite number, up to {LARGEST:g}"
            raise self.error(f"{key}{place}", f"is {array[index]}", cure)
        return array

    def vector(self, key: str) -> FloatArray:
        """Return the finite numbers of the list at `key`."""
        array = self.numbers(key)
        if array.ndim != 1:
            raise self.error(key, f"{_short(self.values[key])} is not a list", "give a list")
        return array

    def coordinates(self, key: str) -> FloatArray:
        """Return the coordinates along one axis at `key` [m]."""
        values = self.vector(key)
        if (far := np.abs(values) > LARGEST_COORDINATE).any():
            i = int(np.argmax(far))
            raise self.error(f"{key}[{i}]", f"{values[i]:g} m is no place on earth", "give metres")
        return values

    def points(self) -> FloatArray:
        """Return this node's coordinates x and y: (n, 2) [m]."""
        faults = FaultCollector(self.unknown_keys("x", "y", "z", "crs", "name"))
        columns = faults.attempt(read_each, self.coordinates, "x", "y")
        if columns and len(columns[0]) != len(columns[1]):
            problem = f"has {len(columns[0])} x and {len(columns[1])} y coordinates"
            faults.append(Fault(self.where, problem, "give one y for each x"))
        faults.raise_any()
        return np.column_stack(columns or [])

    def number(self, key: str) -> float:
        """Return the finite number at `key`."""
        array = self.numbers(key)
        if array.ndim:
            raise self.error(key, f"{_short(self.values[key])} is a list", "give one number")
        return float(array)

    def positive(self, key: str) -> float:
        """Return the positive number at `key`."""
        number = self.number(key)
        if number <= 0:
            raise self.error(key, f"{number:g} is not above 0", "give a positive number")
        return number

    def unknown_keys(self, *known: str) -> Iterator[Fault]:
        """Yield a fault for each key that is not among `known`."""
        for key in self.values:
            if key not in known:
                cure = did_you_mean(key, known)
                yield Fault(self.place(str(key)), f"unknown key {key!r}", cure)

    def misspelt_keys(self, *known: str) -> Iterator[Fault]:
        """Yield a fault for each key that seems one of `known` misspelt; warn of other strangers.

        What windIO does not know changes nothing here, unless it was meant to be something else;
        `wind_speed_std` is not meant to be `wind_speed`.
        """
        unused = []
        for key in map(str, self.values):
            if key in known:
                continue
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
            if near and not key.startswith(f"{near[0]}_"):
                cure = f"did you mean {near[0]!r}?"
                yield Fault(self.place(key), f"unknown key {key!r}", cure)
            else:
                unused.append(key)
        if unused:
            logger.warning("%s: not used: %s", self.where, ", ".join(unused))


def resolve(path: str) -> Path:
    """Return the file that a config's path names; ``windIO:`` stands for windIO's examples."""
    if path.startswith(WINDIO_PREFIX):
        return _examples() / path.removeprefix(WINDIO_PREFIX)
    return Path(path)


@cache
def _examples() -> Path:
    """Return the folder of windIO's examples; to import it would take more than a second."""
    spec = find_spec("windIO")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "examples" / "plant"


def open_part(path: str, key: str, *markers: str) -> Node:
    """Open a windIO file and return the part that has one of the keys `markers`, however nested.

    Parameters
    ----------
    path : str
        Of the file, as in the config.
    key : str
        The config key that names it.
    """
    document = open_document(path, key)
    part = find_part(document, markers)
    if part is None:
        FaultCollector(_unread(document)).raise_any()
        _refuse_half_an_input(document)
        problem = f"has no {markers[0]!r} in it, nor in its {', '.join(ENCLOSING)}"
        raise ConfigError.of(document.where, problem, f"name a windIO file with a {key}")
    return part


def open_document(path: str, key: str) -> Node:
    """Open a windIO file, with the files that it includes; arguments as of `open_part`."""
    file = resolve(path)
    require_file(file, key)
    if file.suffix.lower() in SPREADSHEETS:
        cure = "save the sheet with the table as CSV, and name that"
        raise ConfigError.of(file.name, "is a spreadsheet, which is not read", cure)
    try:
        document = load_windio_yaml(file)
    except ConfigError:
        raise
    except Exception as error:  # whatever its parser stumbles over, the file is at fault
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        problem = f"cannot be read as windIO: {' '.join(reason.split())[:300]}"
        raise ConfigError.of(file.name, problem, "correct it there") from None
    if not isinstance(document, dict):
        says = "is empty" if document is None else f"holds a {type(document).__name__}"
        problem = f"{says}, not a mapping of keys to values"
        raise ConfigError.of(file.name, problem, f"name a file with a {key}")
    return Node(file.name, document)


def _unread(node: Node) -> Iterator[Fault]:
    """Yield the parts that may hold what is looked for, and cannot be read."""
    for key in ENCLOSING:
        value = node.values.get(key)
        if isinstance(value, dict):
            yield from _unread(Node(node.place(key), value))
        elif isinstance(value, Unread):
            yield Fault(node.place(key), value.problem, MISSING)


def _refuse_half_an_input(document: Node) -> None:
    """Refuse what seems to be an input of FLORIS, and lacks a section."""
    missing = [section for section in FLORIS_SECTIONS if section not in document]
    if len(missing) < len(FLORIS_SECTIONS):
        problem = f"looks like an input of FLORIS, but has no section {' nor '.join(missing)}"
        cure = "complete it, or name a windIO file"
        raise ConfigError.of(document.where, problem, cure)


def find_part(node: Node, markers: tuple[str, ...]) -> Node | None:
    """Return the part of a document that has one of the keys `markers`, however nested."""
    if any(marker in node for marker in markers):
        return node
    for key in ENCLOSING:
        inner = node.values.get(key)
        if isinstance(inner, dict) and (found := find_part(Node(node.place(key), inner), markers)):
            return found
    return None


def _first_text(values: list[Any]) -> int | None:
    """Return which item of a list is the first that is a text and no number, or None."""
    for i, value in enumerate(values):
        if isinstance(value, str):
            try:
                float(value)
            except ValueError:
                return i
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
