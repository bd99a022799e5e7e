"""Reads a wind resource from a table: a rose, a time series or sectors, told apart by the header.

A rose has one row for each wind, ``wd, ws, freq_val`` with or without ``ti``, in FLORIS's column
names or common ones. Frequencies are those of all winds together and sum to 1 or to 100 per cent.
Winds that have no row do not blow. A rose over turbulence intensity too (FLORIS's WindTIRose) has
several rows for one direction and speed: they are joined into one, with their mean turbulence
intensity, because power depends on it almost linearly.

A time series has ``time, wind_direction, wind_speed`` with or without ``ti``, or ERA5's ``u100,
v100``. A table of sectors has ``sector, frequency, A, k`` (`sector_table`); a rose may also have
its directions across (`rose_across`).
"""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.wind_resource import WindResource
from windopt.readers.checks import check_directions, check_turbulence
from windopt.readers.tables import ENOUGH, Table, headers_of, open_sheet, require_names
from windopt.readers.wind.columns import (
    WindTable,
    asked_columns,
    choose_columns,
    height_in_comments,
)
from windopt.readers.wind.compass import compass_degrees, speed_labels
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.names import (
    OTHER_SPEEDS,
    check_units,
    read_header,
    read_turbulence,
    says_wind,
    sector_header,
    take_apart,
)
from windopt.readers.wind.rose_across import is_across, long_form, with_sectors_down
from windopt.readers.wind.sector_table import read_sectors, sector_columns
from windopt.readers.wind.series_checks import check_speed_unit
from windopt.readers.wind.shares import shares
from windopt.readers.wind.table_times import with_times
from windopt.readers.wind.time_series import TURNING, read_series_csv

logger = logging.getLogger(__name__)

FULLEST = 1_000_000
"""Cells of a table that is worth making; rows that are no table make more."""


def read_wind_csv(path: Path, context: WindContext) -> WindResource:
    """Read a wind rose, a time series or a table of sectors."""
    told = set((context.columns or {}).values())

    def known(cells: list[str]) -> int:
        return ENOUGH if told and told <= set(cells) else known_columns(cells)

    sheet = open_sheet(path, "wind_resource", known)
    if is_across(sheet.headers):
        sheet = with_sectors_down(sheet)
    if context.columns is None and is_across(sheet.headers):
        _refuse_month_weights(sheet.where, context)
        table, corner = long_form(sheet), read_header(sheet.headers[0])
        unit = take_apart(sheet.headers[0])[1]
        if corner.name == "speed" or unit in OTHER_SPEEDS:
            table = replace(table, units={**table.units, "speed": corner.unit or unit})
        FaultCollector(check_units(table)).raise_any()
        height = corner.height if corner.name == "speed" else None
        return _rose(path, WindTable(table, height or height_in_comments(table)), context)
    require_names(sheet)
    if (found := sector_columns(sheet, asked_columns(sheet, context))) is not None:
        _refuse_month_weights(sheet.where, context)
        return read_sectors(path, sheet, found, context)
    wind = choose_columns(sheet, context)
    table = _without_pressure(with_times(wind.table))
    faults = FaultCollector()
    if not {"u", "v"} <= table.columns.keys():
        for name, cure in (("direction", "wd"), ("speed", "ws")):
            if name not in table:
                problem = f"has no column of the wind {name} among {table.found}"
                cure = f"add {cure!r}, with a row for each wind, or name it under columns:"
                faults.append(Fault(table.where, problem, cure))
    if "time" not in table and "frequency" not in table:
        problem = "says neither how often each wind blows nor when"
        cure = "add a column 'freq_val' (FLORIS would take all winds as equally frequent) or 'time'"
        faults.append(Fault(table.where, problem, cure))
    if "time" in table and "frequency" in table:
        problem = f"has both {table.headers['time']!r} and {table.headers['frequency']!r}"
        faults.append(Fault(table.where, problem, "keep one: a time series or a rose"))
    elif "speed" not in table and "frequency" in table and not faults:
        problem = f"has components of the wind, {table.headers['u']!r}, and no times"
        faults.append(Fault(table.where, problem, "give a rose by direction and speed"))
    faults.extend(check_units(table))
    if not len(table):
        faults.append(Fault(table.where, "has no rows", "give a row for each wind"))
    faults.raise_any()
    if "time" in table:
        return read_series_csv(path, replace(wind, table=table), context)
    _refuse_month_weights(table.where, context)
    return _rose(path, replace(wind, table=table), context)


def known_columns(headers: list[str]) -> int:
    """Count what is known among column names of wind tables, as far as names tell."""
    return ENOUGH if is_across(headers) else says_wind(headers)


def is_wind_table(file: Path) -> bool:
    """Return whether a table looks like one of the wind, by what its columns are called."""
    headers = headers_of(file, known_columns)
    if is_across(headers):
        try:
            sheet = open_sheet(file, file.name, known_columns)
            return with_sectors_down(sheet) is not sheet or len(long_form(sheet)) > 0
        except ConfigError:
            return False
    names = {read_header(cell).name for cell in headers}
    sectors = {sector_header(cell)[0] for cell in headers}
    return (
        {"direction", "speed"} <= names
        or {"u", "v"} <= names
        or {"scale", "shape", "frequency"} <= sectors
    )


def is_wind_series(file: Path) -> bool:
    """Return whether a table looks like a time series of the wind."""
    names = {read_header(cell).name for cell in headers_of(file, known_columns)}
    return bool({"time", "date"} & names) and bool({"speed", "u"} & names)


def _without_pressure(table: Table) -> Table:
    """Return a time series without a column p or f, which is no frequency there."""
    if "time" not in table or table.headers.get("frequency", "").strip().lower() not in ("p", "f"):
        return table
    columns = {name: cells for name, cells in table.columns.items() if name != "frequency"}
    return replace(table, columns=columns)


def _refuse_month_weights(where: str, context: WindContext) -> None:
    if context.month_weights:
        cure = "leave it out; it is for a time series in a table"
        raise ConfigError.of("month_weights", f"is of no use with {where}, a rose", cure)


def _rose(path: Path, wind: WindTable, context: WindContext) -> WindResource:
    faults, table = FaultCollector(), wind.table
    direction = faults.attempt(_directions, table)
    speed = faults.attempt(_speeds, table)
    frequency = faults.attempt(table.numbers, "frequency")
    turbulence = faults.attempt(read_turbulence, table) if "ti" in table else None
    faults.raise_any()
    assert direction is not None
    assert speed is not None
    assert frequency is not None
    faults.extend(
        _check_turned(table, direction)
        or check_directions(table.place("direction"), np.unique(direction))
    )
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
    share = faults.attempt(shares, table, frequency, i)
    faults.attempt(_check_duplicates, table, i * shape[1] + j, turbulence)
    height = wind.height
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


def _directions(table: Table) -> FloatArray:
    """Return the directions of all rows, of numbers or compass points (n_rows,) [deg]."""
    try:
        points = compass_degrees(table.where, table.columns["direction"])
        if points is not None:
            return points
    except ConfigError:
        if any(map(str.isdigit, "".join(table.columns["direction"]))):
            pass
        else:
            raise
    cure = "write degrees: 0 from north, 90 from east; or compass points, N, NNE, ... throughout"
    return table.numbers("direction", cure=cure)


def _speeds(table: Table) -> FloatArray:
    """Return the speeds of all rows, the middles of classes (n_rows,) [m/s]."""
    try:
        return table.numbers("speed", cure="write m/s, the middle of a class")
    except ConfigError:
        labels = list(dict.fromkeys(table.columns["speed"]))
        middles = speed_labels(labels)
        if middles is None:
            raise
        logger.warning("%s: the middles of classes are taken", table.place("speed"))
        of = dict(zip(labels, middles, strict=True))
        return np.array([of[label] for label in table.columns["speed"]])


def _check_turned(table: Table, direction: FloatArray) -> list[Fault]:
    """No rose has rows for 0 and for 360 degrees, which are the same."""
    zero, full = np.flatnonzero(direction == 0), np.flatnonzero(direction == 360)
    if not zero.size or not full.size:
        return []
    problem = "direction 0 appears twice, as 0 and as 360"
    if (one := table.lines[zero[0]]) != (other := table.lines[full[0]]):
        problem += f": the first in line {one} and line {other}"
    cure = "keep one of them; if each has frequencies of its own, with their sum"
    return [Fault(table.place("direction"), problem, cure)]


def _check_duplicates(table: Table, cell: IntArray, turbulence: FloatArray) -> None:
    """Each wind has one row; with turbulence intensity, each wind and intensity."""
    order = np.lexsort((turbulence, cell))
    same = (np.diff(cell[order]) == 0) & (np.diff(turbulence[order]) == 0)
    if not same.any():
        return
    pairs = [sorted(table.lines[order[k + i]] for i in (0, 1)) for k in np.flatnonzero(same)]
    pairs.sort()
    first = int(order[np.flatnonzero(same)[0]])
    wind = f"{table.columns['direction'][first]} at {table.columns['speed'][first]}"
    said = ", ".join(f"{one} and {other}" for one, other in pairs[:3])
    problem = f"has the same wind in lines {said}"
    if len(pairs) > 3:
        problem += f", and in {len(pairs) - 3} other pairs"
    elif len(pairs) == 1:
        problem += f": {wind} m/s"
    raise ConfigError.of(table.where, problem, "keep one row for each wind")
