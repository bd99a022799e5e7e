"""What the columns of wind tables are called, their units and times."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from windopt.errors import ConfigError, Fault
from windopt.problem.layout import FloatArray
from windopt.problem.readers.tables import Table

NAMES = {
    "direction": ("wd", "wind_direction", "wind_directions", "winddirection", "dir"),
    "speed": ("ws", "wind_speed", "wind_speeds", "windspeed", "spd"),
    "frequency": (
        *("freq_val", "freq_vals", "freq", "freqs", "frequencies", "freq_table"),
        *("probability", "prob", "p"),
    ),
    "ti": ("ti_val", "ti_vals", "turbulence_intensity", "turbulence_intensities", "ti_table"),
    "time": ("timestamp", "datetime", "date_time", "date", "time_stamp"),
}
METRES_PER_SECOND = ("", "m/s", "ms", "m_s", "mps", "m s-1", "m s^-1", "ms-1")
DEGREES = ("", "deg", "degrees", "°", "degree")


def check_units(table: Table) -> Iterator[Fault]:
    """Directions are in degrees and speeds in m/s, as far as headers say."""
    for name, known in (("direction", DEGREES), ("speed", METRES_PER_SECOND)):
        if name in table and table.units[name] not in known:
            problem = f"is in {table.units[name]!r}"
            yield Fault(table.place(name), problem, f"convert it to {known[1]}")


def read_times(table: Table) -> FloatArray | NDArray[np.datetime64]:
    """Read dates in ISO's form, or plain numbers."""
    try:
        return table.numbers("time")
    except ConfigError:
        pass
    times = []
    for line, cell in zip(table.lines, table.columns["time"], strict=True):
        try:
            time = datetime.fromisoformat(cell)
        except ValueError:
            problem = f"{table.headers['time']} = {cell!r} is no time"
            cure = "write times as 2024-01-31 13:00, in UTC or winter time"
            raise ConfigError.of(f"{table.where}: line {line}", problem, cure) from None
        times.append(time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time)
    return np.array(times, dtype="datetime64[s]")
