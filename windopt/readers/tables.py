"""Opening tables in text files: CSV with a header, as people bring them.

A table's columns go by many names, and some say their unit: ``ws``, ``wind_speed``, ``Wind Speed
[m/s]`` and ``wind_speed_ms`` are one column. Cells are separated by commas, semicolons, tabs or
blanks; but for commas, numbers may have a decimal comma, and then none has a point. Lines that
begin with ``#`` are comments; one of the form ``# hub_height: 90`` is a fact about the table.

Programs write lines of their own before the column names. The column names are the first line that
holds two of them, or the first line where none does; facts such as ``Hub-Height=100`` may stand
before it too.
"""

import csv
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from windopt.config.files import require_file
from windopt.config.section import LARGEST
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.words import count_of

logger = logging.getLogger(__name__)

MISSING = frozenset(
    {
        *("", "nan", "-nan", "na", "n/a", "n.a.", "n.a", "nv", "null", "none", "-", "--", "---"),
        *("#n/a", "#nv", "#na", "#value!", "#div/0!", "no data", "nodata", "missing"),
    }
)
"""Cells that say that there is no number."""
TABLES = (".csv", ".txt", ".dat", ".tsv")
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
OTHER_LENGTHS = ("ft", "feet", "foot", "km", "cm", "mm", "in", "inch", "inches", "yd")
"""Units of lengths in comments that are not metres."""
_COMMA = re.compile(r"[-+]?\d*,\d+(?:e[-+]?\d+)?", re.IGNORECASE)
_POINT = re.compile(r"[-+]?\d*\.\d+(?:e[-+]?\d+)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")
_HUNDREDS = re.compile(r"[-+]?[1-9]\d\d")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:[,'\u2019\s]\d{3})+(?:[.,]\d+)?")
"""A number with its thousands apart."""
_POINTS_AND_COMMA = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+")
"""A number with points between thousands and a decimal comma."""
_EXCEL = re.compile(r"sep=(.)\s*", re.IGNORECASE)
"""The line by which Excel is told the separator."""
_PAIR = re.compile(r"([^\W\d][\w.\- ]*?)\s*=\s*([^\s=]+)")
WIDE_BLANKS = "  "
"""Stands for two blanks or more as what separates cells."""
LONGEST_PREFACE, LONGEST_LINE = 300, 100_000
"""Lines among which the column names are looked for, and characters of such a line."""
ENOUGH = 2
"""Known names by which a line is one of column names."""
MOST_COLUMNS = 10_000

Names = Mapping[str, Sequence[str]]
"""What a column may be called, by what it is called here."""
Score = Callable[[list[str]], int]
"""Counts the column names that are known among cells."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """The cells of a text file, before anybody says what they are.

    Parameters
    ----------
    where : str
        Name of the file.
    headers : list[str]
        The cells of the line with the column names.
    rows : list[list[str]]
        Those of the lines below it.
    lines : list[int]
        The line of each row in the file.
    facts : dict[str, str]
        What the comments and the lines before the column names say, by name.
    separator : str
        What stands between cells.
    """

    where: str
    headers: list[str]
    rows: list[list[str]]
    lines: list[int]
    facts: dict[str, str]
    separator: str


@dataclass(frozen=True, eq=False)
class Table:
    """A table in a text file.

    Parameters
    ----------
    where : str
        Name of the file.
    columns : dict[str, list[str]]
        The cells of the columns that were looked for and found, by the name used here.
    headers : dict[str, str]
        What the file calls them.
    found : str
        What the file calls all its columns, in one text.
    units : dict[str, str]
        The unit each says, in small letters, or an empty text.
    lines : list[int]
        The line of each row in the file.
    facts : dict[str, str]
        What the comments say, by name.
    decimal_comma : bool
        Whether numbers may have one.
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
        if not self.decimal_comma and (plain := _plain_numbers(self.columns[name])) is not None:
            return plain
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
            others = f", and {more} more line{'s' if more > 1 else ''}" if more else ""
            if self.decimal_comma and _number(cell, decimal_comma=False) is not None:
                cure = "other numbers have decimal commas: leave out points between thousands"
            elif _GROUPED.fullmatch(cell):
                mark = re.sub(r"[-+\d.]", "", cell)[0]
                bare = re.sub(r"[,'\u2019\s]", "", cell)
                named = {",": "the comma", "'": "the apostrophe", "\u2019": "the apostrophe"}
                others += f": {named.get(mark, 'the blank')} stands between its thousands"
                cure = f"leave such marks out: write {bare}"
            elif _POINTS_AND_COMMA.fullmatch(cell):
                others += ": the point stands between its thousands"
                cure = f"leave such marks out: write {cell.replace('.', '')}"
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
        text, *more = self.facts[name].split()[:2] or [""]
        if more and more[0].lower().strip("[]().,") in OTHER_LENGTHS:
            problem = f"{name} is {self.facts[name]!r} in the comments"
            raise ConfigError.of(self.where, problem, f"write '# {name}: 90', in m")
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
    path : Path
        The file.
    key : str
        The config key that names it.
    names : Names
        What to look for.
    """
    sheet = open_sheet(path, key, _counts(names))
    require_names(sheet)
    return pick(sheet, _find_columns(sheet.headers, names, path.name))


def open_sheet(path: Path, key: str, score: Score) -> Sheet:
    """Split a text file into cells.

    Parameters
    ----------
    path : Path
        The file.
    key : str
        The config key that names it.
    score : Score
        By which the line with the column names is found.
    """
    facts, lines, separator = _lines(read_text(path, key), score)
    if not lines:
        raise ConfigError.of(path.name, "is empty", "begin it with a line of column names")
    _require_measure([line for _, line in lines], separator, path.name)
    headers, *rows = _cells([line for _, line in lines], separator, path.name)
    if len(headers) > MOST_COLUMNS:
        problem = f"has {len(headers)} columns"
        raise ConfigError.of(path.name, problem, f"cut it to those that matter, {MOST_COLUMNS:,}")
    return Sheet(path.name, headers, rows, [number for number, _ in lines[1:]], facts, separator)


def require_names(sheet: Sheet) -> None:
    """Refuse a table that begins with numbers."""
    if all(_number(cell, "," in cell) is not None for cell in sheet.headers):
        problem = f"begins with {', '.join(sheet.headers)[:60]}"
        raise ConfigError.of(sheet.where, problem, "begin it with a line of column names")


def pick(sheet: Sheet, found: Mapping[str, tuple[int, str]]) -> Table:
    """Return the table of some columns of a sheet.

    Parameters
    ----------
    sheet : Sheet
        Of the file.
    found : Mapping[str, tuple[int, str]]
        The place of each column and its unit, by the name used here.
    """
    headers = sheet.headers
    for number, row in zip(sheet.lines, sheet.rows, strict=True):
        if any(row[len(headers) :]):
            problem = f"has {len(row)} cells for {len(headers)} columns"
            cure = "separate columns by semicolons where numbers have a decimal comma"
            if any(map(_is_group, row[:-1], row[1:])):
                cure += ", and leave out commas between thousands"
            raise ConfigError.of(f"{sheet.where}: line {number}", problem, cure)
    columns = {
        name: [row[place] if place < len(row) else "" for row in sheet.rows]
        for name, (place, _) in found.items()
    }
    return Table(
        where=sheet.where,
        columns=columns,
        headers={name: headers[place] for name, (place, _) in found.items()},
        found=", ".join(header for header in headers if header),
        units={name: unit for name, (_, unit) in found.items()},
        lines=sheet.lines,
        facts=sheet.facts,
        decimal_comma=sheet.separator != "," and has_decimal_comma(columns.values()),
    )


def has_decimal_comma(columns: Iterable[Sequence[str]]) -> bool:
    """Return whether commas in numbers are decimal ones; else they stand between thousands."""
    columns = list(columns)
    cells = [cell for column in columns for cell in column if "," in cell or "." in cell]
    commas = [cell for cell in cells if _COMMA.fullmatch(cell)]
    if not commas or not all(map(_THOUSANDS.fullmatch, commas)):
        return bool(commas)
    if any(_POINT.fullmatch(cell) for cell in cells):
        return False
    # 999 before 1,000 and after it
    return not any(
        any(map(_THOUSANDS.fullmatch, column)) and any(map(_HUNDREDS.fullmatch, column))
        for column in columns
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
    headers = headers_of(path, _counts(names))
    return frozenset(name for name, _ in (name_and_unit(cell, names) for cell in headers) if name)


def headers_of(path: Path, score: Score) -> list[str]:
    """Return what a table's columns are called; nothing where it cannot be read."""
    try:
        _, lines, separator = _lines(read_text(path, path.name), score)
        (headers,) = _cells([line for _, line in lines[:1]], separator, path.name)
    except (ConfigError, ValueError):
        return []
    return headers if len(headers) <= MOST_COLUMNS else []


def _counts(names: Names) -> Score:
    """Return what counts the columns of `names` among cells."""

    def score(cells: list[str]) -> int:
        return len({name for name, _ in (name_and_unit(cell, names) for cell in cells)} - {None})

    return score


def _lines(text: str, score: Score) -> tuple[dict[str, str], list[tuple[int, str]], str]:
    """Return the facts, the lines from the column names on, and what separates their cells."""
    facts: dict[str, str] = {}
    lines: list[tuple[int, str]] = []
    preface: list[tuple[int, str, bool]] = []
    separator = ""
    for number, line in enumerate(text.splitlines(), 1):
        comment = line.lstrip().startswith("#")
        if comment:
            plain = re.sub(r"^[#\s]+", "", line)
            name, _, value = plain.replace("=", ":", 1).partition(":")
            match = _UNIT.match(name.strip()[:LONGEST_HEADER])
            unit = match["unit"].strip() if match else ""
            facts[plain_name(match["name"] if match else name)] = f"{value.strip()} {unit}".strip()
        elif not lines and (told := _EXCEL.fullmatch(line)):
            separator = told[1]
            continue
        elif line.strip(" \t,;"):
            lines.append((number, line))
        if len(preface) <= LONGEST_PREFACE and line.strip(" \t,;#"):
            preface.append((number, re.sub(r"^[#\s]+", "", line) if comment else line, comment))
    if separator or not lines:
        return facts, lines, separator or ","
    number, header, separator = _column_names(preface, lines[0], score)
    before = [(n, line) for n, line in lines if n < number]
    if before:
        verb = "stands" if len(before) == 1 else "stand"
        logger.info("%s %s before the column names", count_of(len(before), "line"), verb)
        facts = {**{k: v for _, line in before for k, v in _facts_before(line)}, **facts}
    return facts, [(number, header), *((n, line) for n, line in lines if n > number)], separator


def _column_names(
    preface: Sequence[tuple[int, str, bool]], first: tuple[int, str], score: Score
) -> tuple[int, str, str]:
    """Return number and text of the line with the column names, and what separates its cells."""
    separator, known = _separator(first[1], score)
    if known >= ENOUGH:
        return *first, separator
    for (number, line, comment), (_, below, below_comment) in pairwise(preface):
        if len(line) > LONGEST_LINE or below_comment or number == first[0]:
            continue
        apart, known = _separator(line, score)
        if known < ENOUGH:
            continue
        width = len(_split(line, apart))
        if comment and len(_split(below, apart)) != width:
            continue
        if abs(len(_split(below, apart)) - width) <= 1 and re.search(r"\d", below):
            return number, line, apart
        if not comment and not re.search(r"\d", below):  # a line of units
            return number, line, apart
    return *first, separator


def _separator(line: str, score: Score) -> tuple[str, int]:
    """Return what separates the cells of a line of column names, and how many are known."""
    header = line.strip()
    if len(header) > LONGEST_LINE:
        return max(SEPARATORS, key=header.count), 0
    if present := [apart for apart in SEPARATORS if apart in header]:
        counts = {apart: score(_split(header, apart)) for apart in present}
        best = max(present, key=lambda a: (counts[a] >= ENOUGH, header.count(a), a != ","))
        return best, counts[best]
    choices = [apart for apart in (" ", WIDE_BLANKS) if apart in header]
    if not choices:
        return ",", score([header])
    cells = {apart: _split(header, apart) for apart in choices}
    known = {apart: score(cells[apart]) for apart in choices}
    best = max(
        choices, key=lambda apart: (known[apart] >= ENOUGH, known[apart] / len(cells[apart]))
    )
    return best, known[best]


def _split(line: str, separator: str) -> list[str]:
    """Return the cells of one line."""
    if separator == " ":
        return line.split()
    if separator == WIDE_BLANKS:
        return [cell.strip() for cell in re.split(r"\s{2,}|\t", line.strip())]
    try:
        (row,) = csv.reader([line], delimiter=separator)
    except (csv.Error, ValueError):
        return []
    return [cell.strip() for cell in row]


def _facts_before(line: str) -> Iterator[tuple[str, str]]:
    """Find facts in a line before the column names: pairs with =, or a name and its value."""
    pairs = _PAIR.findall(line)
    if not pairs:
        name, *values = re.split(r"[:;,\t]", line, maxsplit=1)
        pairs = [(name, value.strip(' ,;\t"')) for value in values]
    for name, value in pairs:
        match = _UNIT.match(name.strip()[:LONGEST_HEADER])
        yield plain_name(match["name"] if match else name), value


def _cells(lines: list[str], separator: str, where: str) -> list[list[str]]:
    """Split lines into cells, without the blanks around them."""
    if separator in (" ", WIDE_BLANKS):
        return [_split(line, separator) for line in lines]
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        raise ConfigError.of(where, f"cannot be read as CSV: {error}", "correct it") from None
    if len(rows) != len(lines):
        raise ConfigError.of(where, "has a line break within quotes", "take it out")
    return [[cell.strip() for cell in row] for row in rows]


def _is_group(cell: str, after: str) -> bool:
    """Return whether two cells could be one number, cut at the comma between its thousands."""
    return bool(re.fullmatch(r"[-+]?[1-9]\d{0,2}", cell) and re.fullmatch(r"\d{3}(\.\d+)?", after))


def _find_columns(headers: list[str], names: Names, where: str) -> dict[str, tuple[int, str]]:
    """Return where the columns stand, and in which unit."""
    found: dict[str, tuple[int, str]] = {}
    for place, header in enumerate(headers):
        name, unit = name_and_unit(header, names)
        if name is None:
            continue
        if name in found:
            problem = f"{headers[found[name][0]]!r} and {header!r} are both the {name}"
            raise ConfigError.of(where, problem, "keep one of them")
        found[name] = place, unit
    return found


def name_and_unit(header: str, names: Names) -> tuple[str | None, str]:
    """Return the known name of a column, None if there is none, and its unit."""
    match = _UNIT.match(header[:LONGEST_HEADER])
    text, unit = (match["name"], match["unit"].strip().lower()) if match else (header, "")
    plain = plain_name(text)
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


def plain_name(text: str) -> str:
    """Return a header in lower case with underscores."""
    return re.sub(r"[\s\-./]+", "_", text.strip().strip("\"'").lower()).strip("_")


def _plain_numbers(cells: Sequence[str]) -> FloatArray | None:
    """Return numbers where each cell is a finite one, else None; it is faster than one by one."""
    try:
        values = np.array(cells, dtype=np.float64)
    except ValueError:
        return None
    return values if np.isfinite(values).all() and not any("_" in cell for cell in cells) else None


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
