"""Reads a rose whose one axis stands in the column names: directions across, speeds down.

Or speeds across and directions down. A column or row of totals is left out. Cells are frequencies;
an empty one is 0.
"""

import logging
from dataclasses import replace

import numpy as np

from windopt.errors import ConfigError
from windopt.readers.tables import Sheet, Table, has_decimal_comma
from windopt.readers.wind.compass import (
    direction_labels,
    go_round,
    is_empty,
    is_point,
    is_total,
    speed_labels,
)
from windopt.readers.wind.names import sector_header

logger = logging.getLogger(__name__)

LEAST = 3
"""Labels in a line of column names, at least."""


def is_across(headers: list[str]) -> bool:
    """Return whether column names are an axis of a rose: directions, or classes of speed."""
    labels = _labels(headers)
    if len(labels) < LEAST or any(len(label) > 40 for label in labels):
        return False
    if all(map(is_point, labels)):
        return True
    if go_round(direction_labels("", labels)):
        return True
    speeds = speed_labels(labels)
    bare = headers[0].strip().replace(",", ".")
    return (
        not bare.replace(".", "").isdigit()
        and speeds is not None
        and bool((np.diff(speeds) > 0).all() and speeds[-1] < 100)
    )


def long_form(sheet: Sheet) -> Table:
    """Return the same rose with a row for each wind: direction, speed and frequency.

    Raises
    ------
    ConfigError
        Where an axis is not one of directions and the other of speeds.
    """
    across = [i for i, cell in enumerate(sheet.headers) if i and not _skipped(cell)]
    down = [i for i, row in enumerate(sheet.rows) if row and not _skipped(row[0])]
    labels = [sheet.headers[i] for i in across]
    stubs = [sheet.rows[i][0] for i in down]
    totals = [cell for cell in (*sheet.headers, *(row[0] for row in sheet.rows if row))]
    if left_out := [cell for cell in totals if is_total(cell)]:
        logger.warning("%s: %r sums up others and is left out", sheet.where, left_out[0])
    given = [direction_labels(sheet.where, cells) for cells in (labels, stubs)]
    points = [bool(cells) and all(map(is_point, cells)) for cells in (labels, stubs)]
    rounds = [go_round(directions) for directions in given]
    if points[0] or (rounds[0] and not points[1]):
        turned, directions, speeds = False, given[0], speed_labels(stubs)
    else:
        turned, directions, speeds = True, given[1], speed_labels(labels)
    if directions is None or speeds is None or not (points[turned] or rounds[turned]):
        problem = f"has columns {', '.join(labels)[:60]} and rows {', '.join(stubs)[:60]}"
        cure = (
            "give directions on one axis, as N, NNE, ... or the middles of all sectors, and speeds "
            "on the other; or a row for each wind: wd, ws, freq_val"
        )
        raise ConfigError.of(sheet.where, problem, cure)
    cells = [
        [row[i] if i < len(row) else "" for i in across] for row in (sheet.rows[k] for k in down)
    ]
    comma = sheet.separator != "," and has_decimal_comma(cells)
    columns: dict[str, list[str]] = {"direction": [], "speed": [], "frequency": []}
    lines = []
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            direction, speed = (directions[i], speeds[j]) if turned else (directions[j], speeds[i])
            columns["direction"].append(repr(float(direction)))
            columns["speed"].append(repr(float(speed)))
            columns["frequency"].append("0" if is_empty(cell) else cell)
            lines.append(sheet.lines[down[i]])
    table = Table(
        where=sheet.where,
        columns=columns,
        headers={"direction": "directions", "speed": "speeds", "frequency": "frequencies"},
        found=", ".join(sheet.headers),
        units={"direction": "", "speed": "", "frequency": ""},
        lines=lines,
        facts=sheet.facts,
        decimal_comma=comma,
    )
    table.numbers("frequency")  # no other cell has a comma
    plain = [cell.replace(",", ".") for cell in columns["frequency"]] if comma else None
    return replace(
        table, columns={**columns, "frequency": plain or columns["frequency"]}, decimal_comma=False
    )


def with_sectors_down(sheet: Sheet) -> Sheet:
    """Return a table of sectors that has them across with its rows and columns swapped."""
    known = {sector_header(row[0])[0] for row in sheet.rows if row}
    if not {"scale", "shape"} <= known:
        return sheet
    headers = ["sector", *(row[0] if row else "" for row in sheet.rows)]
    across = range(1, len(sheet.headers))
    rows = [
        [sheet.headers[i], *(row[i] if i < len(row) else "" for row in sheet.rows)] for i in across
    ]
    line = min(sheet.lines) - 1
    return replace(sheet, headers=headers, rows=rows, lines=[line] * len(rows))


def _labels(headers: list[str]) -> list[str]:
    return [cell for cell in headers[1:] if not _skipped(cell)]


def _skipped(cell: str) -> bool:
    return is_empty(cell) or is_total(cell)
