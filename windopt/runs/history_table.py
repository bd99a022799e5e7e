"""`history.csv`: the anytime curve of a search as a table."""

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windopt.atomic import write_text
from windopt.problem.measure import REVENUE, ROBUST
from windopt.runs.json_file import read_text

HISTORY_COLUMNS = (
    "wall_s",
    "cpu_s",
    "energy_wh",
    "start",
    "aep_predicted_gwh",
    "aep_gwh",
    "feasible",
)
VALUE_COLUMNS = tuple(
    name for measure in (REVENUE, ROBUST) for name in (measure.of("predicted"), measure.key)
)
"""Beside them where something else than the AEP is maximised [its unit]."""
MORE_COLUMNS = ("found_by", *VALUE_COLUMNS)
"""Those that not every history has: those of earlier versions have none."""
NAMES = ("start", "found_by")
"""Columns that hold names; the others are numbers."""

Columns = Mapping[str, ArrayLike]
"""Each of `HISTORY_COLUMNS`, and of `MORE_COLUMNS` those that there are, (n_rows,)."""


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """Read the anytime curve.

    Returns
    -------
    columns : dict of (n_rows,)
        `NAMES` hold names, the others numbers: a missing value is NaN, `feasible` 0 or 1.
    """
    table = csv.DictReader(io.StringIO(read_text(path)))
    rows, there = list(table), table.fieldnames or ()
    return {
        name: np.array([row[name] if name in NAMES else _number(row[name]) for row in rows])
        for name in (*HISTORY_COLUMNS, *(n for n in MORE_COLUMNS if n in there))
    }


def write_columns(path: Path, columns: Columns) -> None:
    """Write the anytime curve; `columns` as `read_columns` returns them."""
    names = (*HISTORY_COLUMNS, *(name for name in MORE_COLUMNS if name in columns))
    table = [np.asarray(columns[name]).tolist() for name in names]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in zip(*table, strict=True))
    write_text(path, text.getvalue())


def _number(cell: str | None) -> float:
    words = {"": math.nan, "true": 1.0, "false": 0.0}
    word = (cell or "").strip().lower()
    return words[word] if word in words else float(word)


def _cell(value: object) -> object:
    return "" if isinstance(value, float) and math.isnan(value) else value
