"""Opening tables in text files: CSV with a header, as people bring them.

A table's columns go by many names, and some say their unit: ``ws``, ``wind_speed``, ``Wind Speed
[m/s]`` and ``wind_speed_ms`` are one column. Cells are separated by commas, semicolons or tabs;
with semicolons or tabs, numbers may have a decimal comma. Lines that begin with ``#`` are comments;
one of the form ``# hub_height: 90`` is a fact about the table.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from windopt.config import require_file
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray

MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
"""Cells that say that there is no number."""
SEPARATORS = ",;\t"
_UNIT = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<unit>[^\])]*)[\])]$")
_SUFFIXES = (
    *("m_s", "ms", "mps", "kmh", "km_h", "kph", "kn", "kt", "kts", "knots", "mph"),
    *("deg", "degrees", "w", "kw", "mw", "pct", "percent", "permille"),
)

Names = Mapping[str, Sequence[str]]
"""What a column may be called, by what it is called here."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table in a text file.

    Parameters
    ----------
    where : name of the file
    columns : the cells of the columns that were looked for and found, by the name used here
    headers : what the file calls them
    units : the unit each says, in small letters, or an empty text
    lines : the line of each row in the file
    facts : what the comments say, by name
    decimal_comma : whether numbers may have one
    """

    where: str
    columns: dict[str, list[str]]
    headers: dict[str, str]
    units: dict[str, str]
    lines: list[int]
    facts: dict[str, str]
    decimal_comma: bool

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, name: str) -> str:
        """Return the place of a column."""
        return f"{self.where}: {self.headers[name]}"

    def numbers(self, name: str, missing: bool = False) -> FloatArray:
        """Return a column's numbers (n_rows,), nan where a cell is empty if that is allowed.

        Raises
        ------
        ConfigError
            Naming the first cell that is no number; of many, the first stands for all.
        """
        values = np.full(len(self), np.nan)
        bad = []
        for row, cell in enumerate(self.columns[name]):
            number = _number(cell, self.decimal_comma)
            if number is None or not (np.isfinite(number) or (missing and np.isnan(number))):
                bad.append(row)
            else:
                values[row] = number
        if bad:
            cell, more = self.columns[name][bad[0]], len(bad) - 1
            others = f", and {more} more lines" if more else ""
            raise ConfigError.of(
                f"{self.where}: line {self.lines[bad[0]]}",
                f"{self.headers[name]} = {cell!r} is no number{others}",
                "write a number in each row",
            )
        return values

    def fact(self, name: str) -> float | None:
        """Return the positive number that a comment such as ``# hub_height: 90 m`` gives."""
        if name not in self.facts:
            return None
        number = _number(self.facts[name].split(" ")[0], decimal_comma=False)
        if number is None or not 0 < number < np.inf:
            problem = f"{name} is {self.facts[name]!r} in the comments"
            raise ConfigError.of(self.where, problem, f"write '# {name}: 90', with your number")
        return number


def read_text(path: Path, key: str) -> str:
    """Return the text of a file that the config key `key` names.

    Spreadsheets write UTF-8 or Windows' encoding; what is neither is not text.
    """
    require_file(path, key)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError.of(path.name, f"cannot be read: {error}", "check the file") from None
    if b"\0" in content:
        raise ConfigError.of(path.name, "is no text file", "save it as plain text, in UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_table(path: Path, key: str, names: Names) -> Table:
    """Read a table; columns that are not among `names` are left out.

    Parameters
    ----------
    path : the file
    key : the config key that names it
    names : what to look for
    """
    facts: dict[str, str] = {}
    rows: list[tuple[int, str]] = []
    for number, line in enumerate(read_text(path, key).splitlines(), 1):
        if line.lstrip().startswith("#"):
            name, _, value = re.sub(r"^[#\s]+", "", line).replace("=", ":", 1).partition(":")
            facts[_plain(name)] = value.strip()
        elif line.strip(" \t,;"):
            rows.append((number, line))
    if not rows:
        raise ConfigError.of(path.name, "is empty", "give a header and rows")
    header = rows[0][1]
    separator = max(SEPARATORS, key=header.count)
    cells = _cells([line for _, line in rows], separator, path.name)
    headers = [cell.strip() for cell in cells[0]]
    found = _find_columns(headers, names, path.name)
    columns: dict[str, list[str]] = {name: [] for name in found}
    for (number, _), row in zip(rows[1:], cells[1:], strict=True):
        for name, (place, _) in found.items():
            if place >= len(row):
                problem = f"has {len(row)} cells, the header {len(headers)}"
                cure = f"give each row a {headers[place]}"
                raise ConfigError.of(f"{path.name}: line {number}", problem, cure)
            columns[name].append(row[place].strip())
    return Table(
        where=path.name,
        columns=columns,
        headers={name: headers[place] for name, (place, _) in found.items()},
        units={name: unit for name, (_, unit) in found.items()},
        lines=[number for number, _ in rows[1:]],
        facts=facts,
        decimal_comma=separator != ",",
    )


def _cells(lines: list[str], separator: str, where: str) -> list[list[str]]:
    try:
        return [next(csv.reader([line], delimiter=separator)) for line in lines]
    except (csv.Error, StopIteration) as error:
        raise ConfigError.of(where, f"cannot be read as CSV: {error}", "correct it") from None


def _find_columns(headers: list[str], names: Names, where: str) -> dict[str, tuple[int, str]]:
    """Tell where the columns stand, and in which unit."""
    found: dict[str, tuple[int, str]] = {}
    for place, header in enumerate(headers):
        name, unit = _name_and_unit(header, names)
        if name is None:
            continue
        if name in found:
            problem = f"{headers[found[name][0]]!r} and {header!r} are both the {name}"
            raise ConfigError.of(where, problem, "keep one of them")
        found[name] = place, unit
    return found


def _name_and_unit(header: str, names: Names) -> tuple[str | None, str]:
    match = _UNIT.match(header)
    text, unit = (match["name"], match["unit"].strip().lower()) if match else (header, "")
    plain = _plain(text)
    suffix = ""
    for end in _SUFFIXES:
        if not unit and plain.endswith(f"_{end}"):
            suffix = end
    for name, aliases in names.items():
        if plain in (name, *aliases):
            return name, unit
        if suffix and plain.removesuffix(f"_{suffix}") in (name, *aliases):
            return name, suffix
    return None, ""


def _plain(text: str) -> str:
    return re.sub(r"[\s\-./]+", "_", text.strip().strip("\"'").lower()).strip("_")


def _number(cell: str, decimal_comma: bool) -> float | None:
    """Return a cell's number, nan where it is empty, or None."""
    text = cell.strip()
    if text.lower() in MISSING:
        return np.nan
    if decimal_comma and "." not in text:
        text = text.replace(",", ".")
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None
