"""Reads a CSV file as rows by column, as spreadsheets and GIS programs write them.

Columns are separated by commas, semicolons or tabs; where by semicolons or tabs, numbers may have a
decimal comma. A unit in brackets is no part of a column's name; lines that begin with # are notes.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from windopt.errors import ConfigError


@dataclass(frozen=True)
class Row:
    """A line of a table: its place, and its cells by column in lower case."""

    where: str
    cells: dict[str, str]
    decimal_comma: bool

    def number(self, column: str) -> float:
        """Return the number in a column."""
        text = self.cells[column]
        plain = text.replace(",", ".") if self.decimal_comma else text
        try:
            return float(plain)
        except ValueError:
            problem = f"{column} = {text!r} is no number"
            cure = "write metres or decimal degrees, such as 51.6302"
            raise ConfigError.of(self.where, problem, cure) from None


def read_table(file: Path) -> list[Row]:
    """Read the rows of a CSV file; empty lines are left out."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError.of(file.name, f"cannot be read as CSV: {error}", "correct it") from None
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip(" ,;\t") and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise ConfigError.of(file.name, "is empty", "begin it with a line of column names")
    header = lines[0][1]
    separator = max(",;\t", key=header.count)
    try:
        table = list(csv.reader((line for _, line in lines), delimiter=separator, strict=True))
    except csv.Error as error:
        raise ConfigError.of(file.name, f"cannot be read as CSV: {error}", "correct it") from None
    if len(table) != len(lines):
        raise ConfigError.of(file.name, "has a line break within quotes", "take it out")
    columns = [column_name(cell) for cell in table[0]]
    rows = []
    for (number, _), cells in zip(lines[1:], table[1:], strict=True):
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            where = f"{file.name}: line {number}"
            problem = f"has {len(cells)} cells for {len(columns)} columns"
            cure = "separate columns by semicolons where numbers have a decimal comma"
            raise ConfigError.of(where, problem, cure)
        cells += [""] * (len(columns) - len(cells))
        content = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
        rows.append(Row(f"{file.name}: line {number}", content, separator != ","))
    return rows


def table_columns(file: Path) -> list[str]:
    """Return the columns of a CSV file, in lower case and without units; none where unreadable."""
    try:
        with open(file, encoding="utf-8-sig") as opened:
            for line in opened:
                if line.strip() and not line.lstrip().startswith("#"):
                    separator = max(",;\t", key=line.count)
                    return [
                        column_name(cell) for cell in next(csv.reader([line], delimiter=separator))
                    ]
    except (OSError, UnicodeDecodeError, csv.Error):
        pass
    return []


def column_name(cell: str) -> str:
    """Return a column's name in lower case, without the unit in brackets behind it."""
    return re.sub(r"\s*[\[(][^\])]*[\])]\s*$", "", cell.strip()).lower()
