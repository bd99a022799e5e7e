"""A layout: the turbines' positions in metres, and its CSV form."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windopt.atomic import replacing
from windopt.errors import ConfigError, Fault

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]


def read_layout_csv(path: str | os.PathLike[str]) -> FloatArray:
    """Read the columns ``x`` and ``y`` of a CSV file with a header; other columns are ignored.

    Returns
    -------
    layout : (n_turbines, 2) [m]
    """
    values, faults = [], []
    for where, row in _rows(Path(path)):
        try:
            values.append([float(row["x"]), float(row["y"])])
        except (TypeError, ValueError):
            problem = f"x = '{row['x'] or ''}', y = '{row['y'] or ''}' are not two numbers"
            faults.append(Fault(where, problem, "write both in metres"))
    if faults:
        raise ConfigError(faults)
    return np.array(values, dtype=np.float64).reshape(-1, 2)


def write_layout_csv(
    path: str | os.PathLike[str],
    layout: FloatArray,
    types: IntArray | None = None,
    **extra: ArrayLike,
) -> None:
    """Write a layout with the columns ``x,y`` [m] to the micrometre, ``type``, then `extra`.

    Parameters
    ----------
    layout : (n_turbines, 2) [m]
    types : (n_turbines,)
        Numbers of the turbines' types; None writes no such column.
    extra : (n_turbines,)
        Each, by column name.
    """
    if types is not None:
        extra = {"type": types, **extra}
    columns = [np.asarray(values).tolist() for values in extra.values()]
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x", "y", *extra])
        for (x, y), *others in zip(layout.tolist(), *columns, strict=True):
            writer.writerow([_micrometres(x), _micrometres(y), *others])


def _micrometres(coordinate: float) -> str:
    """Write a coordinate [m]; adding 0 makes what is rounded to -0 a 0, as it is in the next run.

    A layout's zeros are sums that come out a little above or below.
    """
    return f"{round(coordinate, 6) + 0.0:.6f}"


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the rows of a layout by column, each with its place in the file."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        columns = [column.strip() for column in rows.fieldnames or []]
        if not {"x", "y"} <= set(columns):
            problem = f"has the columns {', '.join(columns) or 'of an empty file'}, not x and y"
            raise ConfigError.of(path.name, problem, "begin it with a line 'x,y'")
        rows.fieldnames = columns
        for row in rows:
            yield f"{path.name}: line {rows.line_num}", row
