"""Wind as a time series: bins it into a rose, and reads the CSV form.

Every time counts the same. It goes to its nearest whole degree, and to the two whole m/s around its
speed, in shares that keep the mean speed: whole classes would be off by 0.8 % of AEP where speeds
have one decimal, shares are by 0.06 %. The turbulence intensity of a bin is the mean of its times.
So a year of hours is a rose of 360 directions, which needs no refining.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.checks import check_turbulence, cure_of_direction
from windopt.problem.layout import FloatArray
from windopt.problem.readers.tables import Table
from windopt.problem.readers.wind_context import WindContext
from windopt.problem.readers.wind_csv_names import read_times, read_turbulence
from windopt.problem.wind_resource import WindResource

logger = logging.getLogger(__name__)

HIGHEST_MEAN, HIGHEST = 14.0, 75.0
"""Mean and largest wind speed that are taken for m/s: no site is windier [m/s]."""
TURNING = 3.0
"""Below this speed turbulence intensity means nothing: there is no power, and it passes 1 [m/s]."""
CALM_TI = 0.3
"""What stands for it there, where a file is silent: it has no bearing on yield [-]."""
FEW = 24
"""Times a degree below which single directions are chance; a year of hours has as many."""
YEAR_S = 365.25 * 86400


def bin_series(
    direction: FloatArray,
    speed: FloatArray,
    turbulence: FloatArray,
    value: FloatArray | None = None,
) -> WindResource:
    """Return the rose of a time series, of whole degrees and whole m/s.

    Parameters
    ----------
    direction, speed, turbulence : (n_times,) [deg], [m/s], [-]
    value : (n_times,), optional [currency/MWh]
    """
    sector = np.floor(direction + 0.5).astype(np.intp) % 360
    below = np.floor(speed).astype(np.intp)
    shape = 360, int(below.max()) + 2
    if len(speed) < 360 * FEW:
        logger.warning(
            "the wind has %.1f times a degree: a layout may fit chance directions; give more "
            "years, or a rose of sectors",
            len(speed) / 360,
        )
    means = [turbulence] if value is None else [turbulence, value]
    count, totals = np.zeros(shape), np.zeros((len(means), *shape))
    for bins, share in ((below, below + 1 - speed), (below + 1, speed - below)):
        np.add.at(count, (sector, bins), share)
        for total, quantity in zip(totals, means, strict=True):
            np.add.at(total, (sector, bins), share * quantity)
    for total, quantity in zip(totals, means, strict=True):
        # cells that do not occur take the mean of all: they have no weight
        total[:] = np.divide(total, count, np.full(shape, quantity.mean()), where=count > 0)
    return WindResource.scaled(np.arange(360.0), np.arange(float(shape[1])), count, *totals)


def read_series_csv(path: Path, table: Table, context: WindContext) -> WindResource:
    """Read the columns time, wind_direction, wind_speed and, where it is there, ti."""
    faults = FaultCollector()
    times = faults.attempt(read_times, table)
    columns = {name: faults.attempt(table.numbers, name, True) for name in ("direction", "speed")}
    if "ti" in table:
        columns["ti"] = faults.attempt(read_turbulence, table)
    if faults:
        raise ConfigError(faults)
    assert times is not None
    if "ti" in table:
        ti, speed = np.asarray(columns["ti"]), np.asarray(columns["speed"])
        columns["ti"] = np.where(np.isnan(ti) & (speed < TURNING), CALM_TI, ti)
    complete = np.ones(len(table), dtype=bool)
    for name, values in columns.items():
        assert values is not None
        missing = np.flatnonzero(np.isnan(values))
        complete[missing] = False
        if missing.size and not context.allow_gaps:
            first = f"line {table.lines[missing[0]]}"
            problem = f"is empty in {missing.size} rows, the first in {first}"
            faults.append(Fault(table.place(name), problem, FILL))
    faults.extend(check_times(f"{table.where}: time", times, context.allow_gaps))
    if not complete.any():
        faults.append(Fault(table.where, "has no complete row", "give direction and speed"))
    faults.raise_any()
    direction, speed = (np.asarray(columns[name])[complete] for name in ("direction", "speed"))
    faults.extend(check_series(table.place("direction"), table.place("speed"), direction, speed))
    if "ti" in table:
        turbulence = np.asarray(columns["ti"])[complete]
        blowing = turbulence[speed >= TURNING]
        faults.extend(check_turbulence(table.place("ti"), blowing))
        turbulence = np.clip(turbulence, 1e-3, 0.999)
    else:
        known = faults.attempt(context.turbulence, table.where, "add a column ti")
        turbulence = np.full(len(speed), known or 0.0)
    height = faults.attempt(table.fact, "height")
    ratio = faults.attempt(context.speed_up, path.name, height) if height else 1.0
    value = faults.attempt(context.values.at_times, times[complete]) if context.values else None
    faults.raise_any()
    assert ratio is not None
    if not complete.all():
        share = 100 * (1 - complete.mean())
        logger.warning("%s: %.1f %% of its times are empty and left out", path.name, share)
    return bin_series(direction, ratio * speed, turbulence, value)


FILL = "fill it, or set allow_wind_gaps: true to go by the other times"


def check_times(
    where: str, times: FloatArray | NDArray[np.datetime64], allow_gaps: bool
) -> Iterator[Fault]:
    """Times increase evenly, and make up about whole years, of which a warning tells.

    Parameters
    ----------
    where : the place of the times
    times : (n_times,) of any unit, or dates
    allow_gaps : whether some may be missing
    """
    if len(times) < 2:
        yield Fault(where, f"holds {len(times)} times", "give a series of times, best of years")
        return
    steps = np.diff(times)
    dated = np.issubdtype(steps.dtype, np.timedelta64)
    steps = np.asarray(steps / np.timedelta64(1, "s") if dated else steps, dtype=np.float64)
    if (back := np.flatnonzero(steps <= 0)).size:
        problem = f"does not increase: {times[back[0]]} is followed by {times[back[0] + 1]}"
        cure = "sort the rows, keep each time once, and write times in UTC or winter time"
        yield Fault(where, problem, cure)
        return
    step = float(np.median(steps))
    missing = np.round(steps / step).astype(np.int64) - 1
    if (gaps := np.flatnonzero(missing > 0)).size and not allow_gaps:
        problem = (
            f"has {gaps.size} gaps, the first after {times[gaps[0]]}: "
            f"{missing[gaps].sum()} times are missing"
        )
        yield Fault(where, problem, FILL)
    years = (float(steps.sum()) + step) / YEAR_S
    if dated and abs(years - max(1, round(years))) > 0.02:
        logger.warning("%s: %.2f years are not whole years: seasons count unevenly", where, years)


def check_series(
    at_direction: str, at_speed: str, direction: FloatArray, speed: FloatArray
) -> Iterator[Fault]:
    """Directions are degrees and speeds m/s, as far as values can tell."""
    outside = direction[(direction < 0) | (direction > 360)]
    if outside.size:
        problem = f"{outside[0]:g} is no direction"
        yield Fault(at_direction, problem, cure_of_direction(direction))
    elif len(direction) > 24 and 0 < direction.max() <= 6.3:
        problem = f"never passes {direction.max():.3g}"
        yield Fault(at_direction, problem, "give degrees, not radians")
    yield from check_speed_unit(at_speed, speed, None)


def check_speed_unit(where: str, speed: FloatArray, weight: FloatArray | None) -> Iterator[Fault]:
    """Wind speeds can be in m/s.

    Parameters
    ----------
    where : their place
    speed : (n,) [m/s]
    weight : (n,) how often each blows, by default all the same
    """
    mean = float(np.average(speed, weights=weight))
    if (speed < 0).any():
        problem = f"holds the negative {speed.min():g}"
        yield Fault(where, problem, "leave cells empty where nothing was measured")
    elif mean > HIGHEST_MEAN or speed.max() > HIGHEST:
        problem = f"is {mean:.3g} on average and {speed.max():.3g} at most"
        yield Fault(where, problem, "give m/s: km/h divided by 3.6, knots by 1.944")
