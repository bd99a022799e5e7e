"""Reads a wind resource from a CSV file: a rose or a time series, told apart by the header.

A rose has one row for each wind, ``wd, ws, freq_val`` with or without ``ti``, in FLORIS's column
names or common ones. Frequencies are those of all winds together and sum to 1 or to 100 per cent.
Winds that have no row do not blow. A rose over turbulence intensity too (FLORIS's WindTIRose) has
several rows for one direction and speed: they are joined into one, with their mean turbulence
intensity, because power depends on it almost linearly.

A time series has ``time, wind_direction, wind_speed`` with or without ``ti``.
"""

from pathlib import Path

import numpy as np

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.checks import PROBABILITY_TOLERANCE, check_directions, check_turbulence
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.readers.tables import Table, read_table
from windopt.problem.readers.time_series import TURNING, check_speed_unit, read_series_csv
from windopt.problem.readers.wind_context import WindContext
from windopt.problem.readers.wind_csv_names import (
    NAMES,
    PER_CENT,
    check_units,
    read_turbulence,
    with_times,
)
from windopt.problem.wind_resource import WindResource

SHARES = {"": 1.0, "-": 1.0, **dict.fromkeys(PER_CENT, 0.01), "permille": 0.001, "‰": 0.001}
FULLEST = 1_000_000
"""Cells of a table that is worth making; rows that are no table make more."""


def read_wind_csv(path: Path, context: WindContext) -> WindResource:
    """Read a wind rose or a time series."""
    table = with_times(read_table(path, "wind_resource", NAMES))
    faults = FaultCollector()
    for name, cure in (("direction", "wd"), ("speed", "ws")):
        if name not in table:
            problem = f"has no column of the wind {name} among {table.found}"
            faults.append(Fault(table.where, problem, f"add {cure!r}, with a row for each wind"))
    if "time" not in table and "frequency" not in table:
        problem = "says neither how often each wind blows nor when"
        cure = "add a column 'freq_val' (FLORIS would take all winds as equally frequent) or 'time'"
        faults.append(Fault(table.where, problem, cure))
    if "time" in table and "frequency" in table:
        problem = f"has both {table.headers['time']!r} and {table.headers['frequency']!r}"
        faults.append(Fault(table.where, problem, "keep one: a time series or a rose"))
    faults.extend(check_units(table))
    if not len(table):
        faults.append(Fault(table.where, "has no rows", "give a row for each wind"))
    faults.raise_any()
    return (read_series_csv if "time" in table else _rose)(path, table, context)


def _rose(path: Path, table: Table, context: WindContext) -> WindResource:
    faults = FaultCollector()
    degrees = "write degrees: 0 from north, 90 from east"
    direction = faults.attempt(table.numbers, "direction", cure=degrees)
    speed = faults.attempt(table.numbers, "speed", cure="write m/s, the middle of a class")
    frequency = faults.attempt(table.numbers, "frequency")
    turbulence = faults.attempt(read_turbulence, table) if "ti" in table else None
    faults.raise_any()
    assert direction is not None
    assert speed is not None
    assert frequency is not None
    faults.extend(check_directions(table.place("direction"), np.unique(direction)))
    if turbulence is not None:
        blowing = (speed >= TURNING) & (frequency > 0)
        if (silent := np.isnan(turbulence) & blowing).any():
            problem = f"is empty in line {table.lines[int(np.argmax(silent))]}"
            faults.append(Fault(table.place("ti"), problem, "give that of each wind above 3 m/s"))
        known_there = ~np.isnan(turbulence)
        faults.extend(check_turbulence(table.place("ti"), turbulence[blowing & known_there]))
        turbulence[~known_there] = turbulence[known_there].mean() if known_there.any() else 0.5
        turbulence = np.clip(turbulence, 1e-3, 0.999)
    else:
        known = faults.attempt(context.turbulence, table.where, "add a column ti")
        turbulence = np.full(len(table), known or 0.0)
    directions, i = np.unique(direction % 360, return_inverse=True)
    speeds, j = np.unique(speed, return_inverse=True)
    shape = len(directions), len(speeds)
    if shape[0] * shape[1] > FULLEST:
        problem = f"{len(table)} rows with {shape[0]} directions and {shape[1]} speeds are no rose"
        faults.append(Fault(table.where, problem, "bin it; a time series has a column 'time'"))
    faults.raise_any()
    share = faults.attempt(_shares, table, frequency, i)
    faults.attempt(_check_duplicates, table, i * shape[1] + j, turbulence)
    height = faults.attempt(table.fact, "height")
    ratio = faults.attempt(context.speed_up, path.name, height) if height else 1.0
    faults.raise_any()
    assert share is not None
    assert ratio is not None
    FaultCollector(check_speed_unit(table.place("speed"), speed, share)).raise_any()
    probability, mean = np.zeros(shape), np.full(shape, float(turbulence.mean()))
    np.add.at(probability, (i, j), share)
    for weight in (np.ones_like(share), share):  # a wind that never blows keeps its intensity
        total, weighted = np.zeros(shape), np.zeros(shape)
        np.add.at(total, (i, j), weight)
        np.add.at(weighted, (i, j), weight * turbulence)
        np.divide(weighted, total, mean, where=total > 0)
    return WindResource.scaled(directions, ratio * speeds, probability, mean)


def _shares(table: Table, frequency: FloatArray, sector: IntArray) -> FloatArray:
    """Return frequencies as shares of 1."""
    where, unit = table.place("frequency"), table.units["frequency"]
    if unit not in SHARES:
        raise ConfigError.of(where, f"is in {unit!r}", "give shares of 1, or per cent as [%]")
    if (frequency < 0).any():
        problem = f"holds the negative {frequency.min():g}"
        raise ConfigError.of(where, problem, "give frequencies >= 0")
    total = float(frequency.sum()) * SHARES[unit]
    if abs(total - 1) <= PROBABILITY_TOLERANCE:
        return frequency * SHARES[unit]
    for whole in (100, 1000):  # can only be per cent, or per mille
        if not unit and abs(total / whole - 1) <= PROBABILITY_TOLERANCE:
            return frequency / whole
    sums = np.bincount(sector, frequency * SHARES[unit])
    problem, cure = f"sums to {total:.6g}, not 1", "divide it by its sum"
    if 0.5 < total < 1:
        cure += ", or add the winds that are missing, such as calm"
    if len(sums) > 1 and (abs(sums - 1) <= PROBABILITY_TOLERANCE).all():
        problem += f": it sums to 1 in each of the {len(sums)} directions"
        cure = "multiply the frequencies of each direction by how often it occurs"
    raise ConfigError.of(where, problem, cure)


def _check_duplicates(table: Table, cell: IntArray, turbulence: FloatArray) -> None:
    """Each wind has one row; with turbulence intensity, each wind and intensity."""
    order = np.lexsort((turbulence, cell))
    same = (np.diff(cell[order]) == 0) & (np.diff(turbulence[order]) == 0)
    if same.any():
        first = int(np.argmax(same))
        lines = sorted(table.lines[order[k]] for k in (first, first + 1))
        problem = f"has the same wind in lines {lines[0]} and {lines[1]}"
        more = f" ({same.sum()} such pairs)" if same.sum() > 1 else ""
        raise ConfigError.of(table.where, problem + more, "keep one row for each wind")
