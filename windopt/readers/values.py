"""Reads what a MWh is worth, by wind direction, wind speed or time: a CSV file of two columns.

``wind_direction,value`` is linear between the directions and periodic, ``wind_speed,value`` linear
between the speeds. ``time,value`` goes with a time series of the wind: each value holds from its
time until the next, and a wind's value is the mean of its times.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource
from windopt.readers.checks import check_directions, check_increasing
from windopt.readers.tables import Table, read_table
from windopt.readers.wind.names import NAMES, check_units
from windopt.readers.wind.table_times import read_times, with_times

AXES = ("direction", "speed", "time")
VALUE = ("values", "price", "prices", "spot_price", "value_per_mwh")


@dataclass(frozen=True, eq=False)
class Values:
    """Values over an axis.

    Parameters
    ----------
    where : str
        Name of the file.
    kind : str
        Direction, speed or time.
    axis : (n,) [deg], [m/s], or times
    value : (n,) [currency/MWh]
    """

    where: str
    kind: str
    axis: NDArray[Any]
    value: FloatArray

    def at_times(self, times: NDArray[Any]) -> FloatArray | None:
        """Return the values (n_times,) at times of the wind; None where they do not go by time."""
        if self.kind != "time":
            return None
        dated = np.issubdtype(self.axis.dtype, np.datetime64)
        if dated != np.issubdtype(times.dtype, np.datetime64):
            problem = "has dates and the wind has numbers, or the other way round"
            raise ConfigError.of(self.where, problem, "write both as dates")
        index = np.searchsorted(self.axis, times, side="right") - 1
        step = np.median(np.diff(self.axis).astype(np.float64)) if len(self.axis) > 1 else np.inf
        late = (times - self.axis[index.clip(0)]).astype(np.float64)
        off = np.flatnonzero((index < 0) | (late >= step * 1.5))
        if off.size:
            problem = f"has no value at {times[off[0]]}"
            if off.size > 1:
                others = "1 other time" if off.size == 2 else f"{off.size - 1} other times"
                problem += f", nor at {others}"
            raise ConfigError.of(self.where, problem, "give values for all times of the wind")
        return np.asarray(self.value[index])

    def onto(self, wind: WindResource) -> WindResource:
        """Return a rose with its value; by time it must have come from a series."""
        if self.kind == "time":
            if wind.value is None:
                problem, cure = "is by time, but the wind is no time series", "give it by direction"
                raise ConfigError.of(self.where, problem, cure)
            return wind
        shape = wind.probability.shape
        if self.kind == "direction":
            value = np.interp(wind.wind_direction, self.axis, self.value, period=360)[:, np.newaxis]
        else:
            value = np.interp(wind.wind_speed, self.axis, self.value)
        return replace(wind, value=np.broadcast_to(value, shape))


def read_values(path: str, date_format: str | None = None) -> Values:
    """Read a file of values; its dates may have a form that they do not tell (`date_format`)."""
    names = {axis: NAMES[axis] for axis in (*AXES, "date")} | {"value": VALUE}
    table = with_times(read_table(Path(path), "value", names))
    axes = [axis for axis in AXES if axis in table]
    if len(axes) != 1 or "value" not in table:
        cure = "give value beside one of wind_direction, wind_speed and time"
        raise ConfigError.of(table.where, f"has the columns {table.found}", cure)
    (kind,) = axes
    faults = FaultCollector()
    if "kwh" in table.units["value"]:
        problem = f"is in {table.units['value']!r}"
        faults.append(Fault(table.place("value"), problem, "convert it to a value per MWh"))
    faults.extend(check_units(table))
    value = faults.attempt(table.numbers, "value")
    axis: NDArray[Any] | None = (
        faults.attempt(_times, table, date_format)
        if kind == "time"
        else faults.attempt(table.numbers, kind)
    )
    faults.raise_any()
    assert value is not None
    assert axis is not None
    if not len(table) or not (value > 0).any():
        faults.append(Fault(table.where, "holds no value above 0", "give values per MWh"))
    elif (value < 0).any():
        problem = f"holds the negative {value.min():g}"
        cure = "write 0: at negative prices a farm is switched off"
        faults.append(Fault(table.place("value"), problem, cure))
    if kind == "direction":
        faults.extend(check_directions(table.place(kind), axis))
    elif kind == "speed":
        faults.extend(check_increasing(table.place(kind), axis))
    elif (np.diff(axis).astype(np.float64) <= 0).any():
        faults.append(Fault(table.place(kind), "does not increase", "sort the rows by time"))
    faults.raise_any()
    return Values(table.where, kind, axis, value)


def _times(table: Table, date_format: str | None) -> NDArray[Any]:
    """Read times; the stated format is first of all that of the wind's file."""
    try:
        return read_times(table)
    except ConfigError:
        if date_format is None:
            raise
        return read_times(table, date_format)
