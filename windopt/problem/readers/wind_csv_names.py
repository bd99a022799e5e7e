"""What the columns of wind tables are called, their units and times."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from windopt.errors import ConfigError, Fault
from windopt.problem.layout import FloatArray
from windopt.problem.readers.tables import Table

NAMES = {
    "direction": (
        *("wd", "wind_direction", "wind_directions", "winddirection", "dir"),
        *("wdir", "wind_dir", "winddir"),
    ),
    "speed": (
        *("ws", "wind_speed", "wind_speeds", "windspeed", "spd"),
        *("wspd", "wind_spd", "windspd"),
    ),
    "frequency": (
        *("freq_val", "freq_vals", "freq", "freqs", "frequencies", "freq_table"),
        *("probability", "prob", "p"),
    ),
    "ti": (
        *("ti_val", "ti_vals", "turbulence_intensity", "turbulence_intensities", "ti_table"),
        "turbulence",
    ),
    "time": ("timestamp", "datetime", "date_time", "time_stamp"),
    "date": ("day",),
}
METRES_PER_SECOND = ("", "m/s", "ms", "m_s", "mps", "m s-1", "m s^-1", "ms-1")
DEGREES = ("", "deg", "degrees", "°", "degree")
PER_CENT = ("%", "pct", "percent")
_DIGITS = re.compile(r"(?:19|20)\d{6}(?:\d\d){0,3}")
"""A time as YYYYMMDDhhmmss, or less of it."""


def check_units(table: Table) -> Iterator[Fault]:
    """Directions are in degrees and speeds in m/s, as far as headers say."""
    for name, known in (("direction", DEGREES), ("speed", METRES_PER_SECOND)):
        if name in table and table.units[name] not in known:
            problem = f"is in {table.units[name]!r}"
            yield Fault(table.place(name), problem, f"convert it to {known[1]}")


def with_times(table: Table) -> Table:
    """Return a table whose dates, where they have a column of their own, are part of its times."""
    if "date" not in table:
        return table
    days = table.columns["date"]
    times = table.columns.get("time", [""] * len(days))
    joined = [f"{day} {time}".strip() for day, time in zip(days, times, strict=True)]
    names = [table.headers[name] for name in ("date", "time") if name in table]
    return replace(
        table,
        columns={**table.columns, "time": joined},
        headers={**table.headers, "time": " ".join(names)},
    )


def read_turbulence(table: Table) -> FloatArray:
    """Return the turbulence intensity of all rows, as a share; nan where the cell is empty."""
    values = table.numbers("ti", missing=True)
    unit, most = table.units["ti"], np.nanmax(values, initial=0.0)
    if unit in PER_CENT:
        if most < 1.0:
            problem = f"is in {unit!r}, but never passes {most:g}"
            cure = "give per cent, or take the unit out of the column's name"
            raise ConfigError.of(table.place("ti"), problem, cure)
        return values / 100
    if unit not in ("", "-", "1"):
        raise ConfigError.of(table.place("ti"), f"is in {unit!r}", "give a share such as 0.06")
    return values


def read_times(table: Table) -> FloatArray | NDArray[np.datetime64]:
    """Read dates in ISO's form, or plain numbers."""
    cells = table.columns["time"]
    if cells and all(map(_DIGITS.fullmatch, cells)):
        cells = [f"{cell[:8]}T{cell[8:] or '00'}" for cell in cells]
    else:
        try:
            return table.numbers("time")
        except ConfigError:
            pass
    times = []
    for line, cell in zip(table.lines, cells, strict=True):
        try:
            time = datetime.fromisoformat(cell.replace("/", "-") if cell[4:5] == "/" else cell)
        except ValueError:
            problem = f"{table.headers['time']} = {cell!r} is no time"
            cure = "write times as 2024-01-31 13:00, in UTC or winter time"
            raise ConfigError.of(f"{table.where}: line {line}", problem, cure) from None
        times.append(time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time)
    return np.array(times, dtype="datetime64[s]")
