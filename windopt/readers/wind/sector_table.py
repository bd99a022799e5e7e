"""Reads a table of sectors: frequency, Weibull A and k of each.

Sectors are middles in degrees, compass points, or numbers from north on: 1, 2, ... n stand for 0°,
360°/n and so on. Frequencies sum to 1, 100 % or 1000 ‰.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource
from windopt.readers.checks import SECTORS, check_directions, check_turbulence
from windopt.readers.tables import Sheet, Table, pick
from windopt.readers.wind.columns import height_in_comments
from windopt.readers.wind.compass import direction_labels, is_total
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.names import METRES_PER_SECOND, read_turbulence, sector_header, take_apart
from windopt.readers.wind.shares import shares
from windopt.readers.wind.weibull import SCALES, SHAPES, weibull_rose

logger = logging.getLogger(__name__)


def sector_columns(sheet: Sheet, told: Mapping[str, int]) -> dict[str, tuple[int, str]] | None:
    """Return the columns of a table of sectors, None where it is none.

    Parameters
    ----------
    sheet : Sheet
        Of the file.
    told : mapping of str to int
        The places of the columns that the config names.
    """
    found: dict[str, tuple[int, str]] = {}
    twice = FaultCollector()
    for place, header in enumerate(sheet.headers):
        name, unit, _ = sector_header(header)
        if name is not None and name not in told:
            if name in found:
                problem = f"{sheet.headers[found[name][0]]!r} and {header!r} are both the {name}"
                cure = "keep one of them, or name the one to take under columns:"
                twice.append(Fault(sheet.where, problem, cure))
            found[name] = place, unit
    for name, place in told.items():
        found[name] = place, take_apart(sheet.headers[place])[1]
    if not {"scale", "shape"} <= found.keys():
        return None
    twice.raise_any()
    return found


def read_sectors(
    path: Path, sheet: Sheet, found: dict[str, tuple[int, str]], context: WindContext
) -> WindResource:
    """Read the rose of a table of sectors, at hub height."""
    faults = FaultCollector()
    name = "sector" if "sector" in found else "direction"
    for needed, words in ((name, "sector"), ("frequency", "frequency")):
        if needed not in found:
            problem = f"has no column of the {words} beside A and k"
            faults.append(Fault(sheet.where, problem, f"add {words!r}, with a row for each sector"))
    faults.raise_any()
    labels = [row[found[name][0]] if found[name][0] < len(row) else "" for row in sheet.rows]
    kept = [i for i, label in enumerate(labels) if not is_total(label)]
    if kept and not labels[0].strip() and not any(map(str.isdigit, "".join(sheet.rows[0]))):
        kept = kept[1:]  # a line of units
    if any(map(is_total, labels)):
        logger.warning("%s: the row of all sectors together is left out", sheet.where)
    rows, lines = [sheet.rows[i] for i in kept], [sheet.lines[i] for i in kept]
    table = pick(replace(sheet, rows=rows, lines=lines), found)
    if not len(table):
        raise ConfigError.of(table.where, "has no rows", "give a row for each sector")
    if table.units["scale"] not in METRES_PER_SECOND:
        problem = f"is in {table.units['scale']!r}"
        faults.append(Fault(table.place("scale"), problem, "convert it to m/s"))
    direction = faults.attempt(_middles, table, name)
    frequency = faults.attempt(table.numbers, "frequency")
    read = [faults.attempt(table.numbers, column, True) for column in ("scale", "shape")]
    turbulence = _turbulence(table, context, faults)
    height = take_apart(table.headers["scale"], numbers=False)[2] or height_in_comments(table)
    ratio = faults.attempt(context.speed_up, path.name, height) if height else 1.0
    faults.raise_any()
    assert direction is not None
    assert frequency is not None
    assert ratio is not None
    share = shares(table, frequency, np.zeros(len(table), dtype=np.intp))
    scale, shape = (np.asarray(values) for values in read)
    blows = share > 0
    if (shape[blows] > scale[blows]).all():
        problem = f"is {shape[blows].max():g} at most, and above A throughout"
        raise ConfigError.of(table.place("shape"), problem, "swap the two")
    for column, values, (low, high) in (("scale", scale, SCALES), ("shape", shape, SHAPES)):
        wrong = blows & ~((values > low) & (values < high))
        if wrong.any():
            k = int(np.argmax(wrong))
            said = "is empty" if np.isnan(values[k]) else f"is {values[k]:g}, which no wind has,"
            cure = f"give values between {low:g} and {high:g}"
            problem = f"{said} in line {table.lines[k]}"
            faults.append(Fault(table.place(column), problem, cure))
    faults.raise_any()
    order = np.argsort(direction, kind="stable")
    direction, share, blows = direction[order], share[order], blows[order]
    scale, shape = (
        np.where(blows, values[order], (share * np.where(blows, values[order], 0)).sum())
        for values in (scale, shape)
    )  # what never blows takes the mean: it has no weight
    rose = weibull_rose(direction, share, ratio * scale, shape, 0.1)
    spread = np.broadcast_to(np.asarray(turbulence)[order][:, None], rose.probability.shape)
    return replace(rose, turbulence_intensity=np.array(spread))


def _middles(table: Table, name: str) -> FloatArray:
    """Return the middles of the sectors (n,) [deg]."""
    labels, where = table.columns[name], table.place(name)
    middles = direction_labels(table.where, labels)
    if middles is None:
        middles = table.numbers(name, cure="write middles in degrees, compass points or 1, 2, ...")
    n = len(middles)
    numbers = np.arange(n) + middles.min()
    if (n in SECTORS or n == 4) and middles.min() in (0, 1) and (np.sort(middles) == numbers).all():
        logger.warning(
            "%s: sectors %g to %g are taken as centred on 0°, %g°, ... %g°",
            where, middles.min(), middles.max(), 360 / n, 360 - 360 / n,
        )  # fmt: skip
        return np.asarray((middles - middles.min()) * 360 / n)
    for k, middle in enumerate(middles % 360):
        if (same := np.flatnonzero(middles[:k] % 360 == middle)).size:
            problem = (
                f"has the sector {labels[k]} in lines {table.lines[same[0]]} and {table.lines[k]}"
            )
            raise ConfigError.of(where, problem, "keep one row for each sector")
    FaultCollector(check_directions(where, middles)).raise_any()
    return np.asarray(middles % 360)


def _turbulence(table: Table, context: WindContext, faults: FaultCollector) -> FloatArray:
    """Return the turbulence intensity of each sector."""
    if "ti" in table:
        read = faults.attempt(read_turbulence, table)
        values = np.full(len(table), 0.1) if read is None else read
        if np.isnan(values).any():
            faults.append(Fault(table.place("ti"), "is empty in some rows", "give that of each"))
        elif read is not None:
            faults.extend(check_turbulence(table.place("ti"), values))
        return values
    known = faults.attempt(context.turbulence, table.where, "add a column ti")
    return np.full(len(table), known or 0.0)
