"""Opening tables in text files: CSV with a header, as people bring them.

A table's columns go by many names, and some say their unit: ``ws``, ``wind_speed``, ``Wind Speed
[m/s]`` and ``wind_speed_ms`` are one column. Cells are separated by commas, semicolons, tabs or
blanks; but for commas, numbers may have a decimal comma, and then none has a point. Lines that
begin with ``#`` are comments; one of the form ``# hub_height: 90`` is a fact about the table.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from windopt.config import require_file
from windopt.config.section import LARGEST
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray

MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
"""Cells that say that there is no number."""
TABLES = (".csv", ".txt", ".dat")
"""Suffixes of tables."""
SEPARATORS = ",;\t"
MOST_COLUMNS, MOST_ROWS = 10_000, 600_000
LONGEST_HEADER = 200
"""Characters of a column's name that are looked at."""
_UNIT = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<unit>[^\])]*)[\])]$")
_SUFFIXES = (
    *("m_s", "ms", "mps", "kmh", "km_h", "kph", "kn", "kt", "kts", "knots", "mph"),
    *("deg", "degrees", "w", "kw", "mw", "pct", "percent", "permille"),
    *("m", "km", "ft", "feet", "foot"),
)
_COMMA = re.compile(r"[-+]?\d*,\d+(?:e[-+]?\d+)?", re.IGNORECASE)
_EXCEL = re.compile(r"sep=(.)\s*", re.IGNORECASE)
"""The line by which Excel is told the separator."""

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
    found : what the file calls all its columns, in one text
    units : the unit each says, in small letters, or an empty text
    lines : the line of each row in the file
    facts : what the comments say, by name
    decimal_comma : whether numbers may have one
    """

    where: str
    columns: dict[str, list[str]]
    headers: dict[str, str]
    found: str
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

    def numbers(
        self, name: str, missing: bool = False, cure: str = "write a number in each row"
    ) -> FloatArray:
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
            if number is None or not (abs(number) <= LARGEST or (missing and np.isnan(number))):
                bad.append(row)
            else:
                values[row] = number
        if bad:
            cell, more = self.columns[name][bad[0]], len(bad) - 1
            others = f", and {more} more lines" if more else ""
            if self.decimal_comma and _number(cell, decimal_comma=False) is not None:
                cure = "other numbers have decimal commas: leave out points between thousands"
            raise ConfigError.of(
                f"{self.where}: line {self.lines[bad[0]]}",
                f"{self.headers[name]} = {cell!r} is no number{others}",
                cure,
            )
        return values

    def fact(self, name: str) -> float | None:
        """Return the positive number that a comment such as ``# hub_height: 90 m`` gives."""
        if name not in self.facts:
            return None
        text = self.facts[name].split(" ")[0]
        number = _number(text, decimal_comma="," in text)
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
    facts, lines, separator = _lines(read_text(path, key))
    if not lines:
        raise ConfigError.of(path.name, "is empty", "begin it with a line of column names")
    _require_measure([line for _, line in lines], separator, path.name)
    headers, *rows = _cells([line for _, line in lines], separator, path.name)
    if all(_number(cell, "," in cell) is not None for cell in headers):
        problem = f"begins with {', '.join(headers)[:60]}"
        raise ConfigError.of(path.name, problem, "begin it with a line of column names")
    found = _find_columns(headers, names, path.name)
    for (number, _), row in zip(lines[1:], rows, strict=True):
        if any(row[len(headers) :]):
            problem = f"has {len(row)} cells for {len(headers)} columns"
            cure = "separate columns by semicolons where numbers have a decimal comma"
            raise ConfigError.of(f"{path.name}: line {number}", problem, cure)
        row += [""] * (len(headers) - len(row))
    columns = {name: [row[place] for row in rows] for name, (place, _) in found.items()}
    return Table(
        where=path.name,
        columns=columns,
        headers={name: headers[place] for name, (place, _) in found.items()},
        found=", ".join(header for header in headers if header),
        units={name: unit for name, (_, unit) in found.items()},
        lines=[number for number, _ in lines[1:]],
        facts=facts,
        decimal_comma=separator != ","
        and any(_COMMA.fullmatch(cell) for cells in columns.values() for cell in cells),
    )


def _require_measure(lines: Sequence[str], separator: str, where: str) -> None:
    """Refuse more rows and columns than any table has that is meant."""
    columns = 1 + lines[0].count(separator)
    if columns > MOST_COLUMNS:
        cure = "keep those that are needed, and separate rows by line breaks"
        raise ConfigError.of(where, f"has {columns:,} columns", cure)
    if len(lines) > MOST_ROWS:
        cure = "keep those that are needed, of a time series ten years, say"
        raise ConfigError.of(where, f"has {len(lines):,} rows", cure)


def columns_of(path: Path, names: Names) -> frozenset[str]:
    """Return which of `names` a table has columns for; none where it cannot be read."""
    try:
        _, lines, separator = _lines(read_text(path, path.name))
        (headers,) = _cells([line for _, line in lines[:1]], separator, path.name)
        return frozenset(
            name for name, _ in (_name_and_unit(cell, names) for cell in headers) if name
        )
    except (ConfigError, ValueError):
        return frozenset()


def _lines(text: str) -> tuple[dict[str, str], list[tuple[int, str]], str]:
    """Return what comments say, the other lines with their numbers, and what separates cells."""
    facts: dict[str, str] = {}
    lines: list[tuple[int, str]] = []
    separator = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            name, _, value = re.sub(r"^[#\s]+", "", line).replace("=", ":", 1).partition(":")
            match = _UNIT.match(name.strip()[:LONGEST_HEADER])
            facts[_plain(match["name"] if match else name)] = value.strip()
        elif not lines and (told := _EXCEL.fullmatch(line)):
            separator = told[1]
        elif line.strip(" \t,;"):
            lines.append((number, line))
    if lines and not separator:
        header = lines[0][1].strip()
        separator = max(SEPARATORS, key=header.count)
        if separator not in header and " " in header:
            separator = " "
    return facts, lines, separator


def _cells(lines: list[str], separator: str, where: str) -> list[list[str]]:
    """Split lines into cells, without the blanks around them."""
    if separator == " ":
        return [line.split() for line in lines]
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        raise ConfigError.of(where, f"cannot be read as CSV: {error}", "correct it") from None
    if len(rows) != len(lines):
        raise ConfigError.of(where, "has a line break within quotes", "take it out")
    return [[cell.strip() for cell in row] for row in rows]


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
    match = _UNIT.match(header[:LONGEST_HEADER])
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
    if decimal_comma:
        text = text.replace(".", "_").replace(",", ".")
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None
