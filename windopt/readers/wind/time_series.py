"""Wind as a time series: bins it into a rose, and reads the CSV form.

Every time counts the same. It goes to its nearest whole degree, and to the two whole m/s around its
speed, in shares that keep the mean speed: whole classes would be off by 0.8 % of AEP where speeds
have one decimal, shares are by 0.06 %. The turbulence intensity of a bin is the mean of its times.
So a year of hours is a rose of 360 directions, which needs no refining.

A speed without a direction is shared over the directions as the other times of that speed are: the
distribution of the speeds stays that of all times. With month weights, each calendar month has its
share of the year, however many of its times there are.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from windopt.errors import Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import STILL, WindResource, WindYear
from windopt.readers.checks import check_turbulence
from windopt.readers.heights import SAME_HEIGHT
from windopt.readers.tables import Table
from windopt.readers.wind.calendar_years import whole_years
from windopt.readers.wind.columns import WindTable, speed_and_direction
from windopt.readers.wind.context import WindContext
from windopt.readers.wind.missing_marks import rows_of, without_marks
from windopt.readers.wind.month_weights import month_weights
from windopt.readers.wind.names import read_turbulence
from windopt.readers.wind.series_checks import FILL, check_series, check_times
from windopt.readers.wind.table_times import read_times

logger = logging.getLogger(__name__)

TURNING = 3.0
"""Below this speed turbulence intensity means nothing: there is no power, and it passes 1 [m/s]."""
CALM_TI = 0.3
"""What stands for it there, where a file is silent: it has no bearing on yield [-]."""
FEW = 24
"""Times a degree below which single directions are chance; a year of hours has as many."""
EVERY = slice(None)
MANY_ZEROS = 0.02
"""Share of speeds of exactly 0 from which on they may stand for what is missing."""
FAR_UP, STEEPEST = 0.2, 0.6
"""Logarithm of a ratio of speeds between heights that is worth a word; the steepest profile."""


def bin_series(
    direction: FloatArray,
    speed: FloatArray,
    turbulence: FloatArray,
    value: FloatArray | None = None,
    weight: FloatArray | None = None,
    times: FloatArray | NDArray[np.datetime64] | None = None,
) -> WindResource:
    """Return the rose of a time series, of whole degrees and whole m/s.

    Parameters
    ----------
    direction : (n_times,) [deg]
        Nan where it is not known.
    speed, turbulence : (n_times,) [m/s], [-]
    value : (n_times,), optional [currency/MWh]
    weight : (n_times,)
        By which each time counts, by default all the same.
    times : (n_times,), optional
        Dates, by which the rose also has its calendar years.
    """
    known = np.isfinite(direction)
    sector = np.floor(np.where(known, direction, 360.0) + 0.5).astype(np.intp) % 360
    sector[~known] = 360  # a row of their own, for now
    weight = np.ones(len(speed)) if weight is None else weight
    below = np.floor(speed).astype(np.intp)
    shape = 361, int(below.max()) + 2
    if len(speed) < 360 * FEW:
        logger.warning(
            "the wind has %.1f times a degree: a layout may fit chance directions; give more "
            "years, or a rose of sectors",
            len(speed) / 360,
        )
    means = [turbulence] if value is None else [turbulence, value]

    def binned(quantity: FloatArray, when: NDArray[np.bool_] | slice = EVERY) -> FloatArray:
        table, bins = np.zeros(shape), below[when]
        for number, share in ((bins, bins + 1 - speed[when]), (bins + 1, speed[when] - bins)):
            np.add.at(table, (sector[when], number), share * quantity[when])
        return table

    totals = np.stack([binned(weight * quantity) for quantity in means])
    count, *shared = _share_over_sectors(binned(weight), totals)
    for total, quantity in zip(shared, means, strict=True):
        # cells that do not occur take the mean of all: they have no weight
        total[:] = np.divide(total, count, np.full(count.shape, quantity.mean()), where=count > 0)
    rose = WindResource.scaled(np.arange(360.0), np.arange(float(shape[1])), count, *shared)
    years = []
    for year, when in ({} if times is None else whole_years(times)).items():
        (table,) = _share_over_sectors(binned(weight, when), totals[:0])
        years.append(WindYear(year, table / table.sum()))
    return replace(rose, years=tuple(years))


def _share_over_sectors(count: FloatArray, totals: FloatArray) -> list[FloatArray]:
    """Return speeds without a direction those that such speeds have.

    Parameters
    ----------
    count : (361, n_speeds)
        The last row is of speeds without a direction.
    totals : (n, 361, n_speeds)
        Sums of what goes with them.

    Returns
    -------
    tables : (360, n_speeds)
        The count and each of the totals.
    """
    tables = [count, *totals]
    if not count[-1].any():
        return [table[:-1] for table in tables]
    blown = count[:-1].sum(axis=0)
    occurs = np.flatnonzero(blown)
    bins = np.arange(count.shape[1])
    near = occurs[np.argmin(abs(bins[:, None] - occurs), axis=1)]  # the speeds next to it
    given_speed = count[:-1, near] / blown[near]
    return [table[:-1] + given_speed * table[-1] for table in tables]


@dataclass(frozen=True, eq=False)
class Series:
    """A time series of the wind.

    Parameters
    ----------
    where : str
        Name of the file.
    places : mapping of str to str
        What the file calls time, direction, speed and ti, by these names.
    times : (n_times,)
        Dates, or numbers of any unit.
    direction, speed : (n_times,) [m/s]
        Nan where nothing was measured [deg],.
    turbulence : (n_times,) [-]
        Likewise; None where the file has none.
    height : float or None [m]
        At which they hold, None where the file does not say.
    shear : float or None [-]
        Exponent between two heights of the file, None where it has one.
    lines : (n_times,) of the file, empty where it has none
    marks : mapping of str to str
        What is said of the marks of missing values, by these names.
    origin : str
        What the file is, where it is known, such as "a Vortex series".
    """

    where: str
    places: Mapping[str, str]
    times: FloatArray | NDArray[np.datetime64]
    direction: FloatArray
    speed: FloatArray
    turbulence: FloatArray | None = None
    height: float | None = None
    shear: float | None = None
    lines: Sequence[int] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


def read_series_csv(path: Path, wind: WindTable, context: WindContext) -> WindResource:
    """Read the columns time, wind_direction, wind_speed and, where it is there, ti."""
    faults, table = FaultCollector(), wind.table
    times = faults.attempt(read_times, table, context.date_format)
    names = ("direction", "speed") if "speed" in table else ("u", "v")
    kinds = names if "speed" in table else ("component", "component")
    read = [faults.attempt(table.numbers, name, True) for name in names]
    faults.raise_any()
    assert times is not None
    found = [
        without_marks(kind, np.asarray(values)) for kind, values in zip(kinds, read, strict=True)
    ]
    (one, other), said = (values for values, _ in found), [text for _, text in found]
    if "speed" in table:
        direction, speed = one, other
        places = {name: table.place(name) for name in names}
        marks = dict(zip(names, said, strict=True))
    else:
        speed, direction = speed_and_direction(one, other)
        place = f"{table.where}: {table.headers['u']} and {table.headers['v']}"
        places = dict.fromkeys(("direction", "speed"), place)
        marks = dict.fromkeys(places, " or ".join(dict.fromkeys(text for text in said if text)))
    turbulence = faults.attempt(_turbulence_of, table, speed)
    faults.raise_any()
    if turbulence is not None:
        turbulence, marks["ti"] = without_marks("ti", turbulence)
        places["ti"] = table.place("ti" if "ti" in table else "deviation")
    series = Series(
        where=path.name,
        places={**places, "time": f"{table.where}: time"},
        times=times,
        direction=direction,
        speed=speed,
        turbulence=turbulence,
        height=wind.height,
        shear=_shear(wind, speed, context),
        lines=table.lines,
        origin=wind.origin,
        marks={name: text for name, text in marks.items() if text},
    )
    return resource_of_series(series, context)


def resource_of_series(series: Series, context: WindContext) -> WindResource:
    """Return the rose of a time series, at hub height.

    Raises
    ------
    ConfigError
        Where times are missing and the config does not allow it, or numbers are no wind.
    """
    faults = FaultCollector()
    direction, speed, turbulence = series.direction, series.speed, series.turbulence
    if turbulence is not None:
        turbulence = np.where(np.isnan(turbulence) & (speed < TURNING), CALM_TI, turbulence)
    read = {"direction": direction, "speed": speed}
    if turbulence is not None:
        read["ti"] = turbulence
    complete = np.isfinite(speed) & (True if turbulence is None else np.isfinite(turbulence))
    for name, values in read.items():
        missing = np.isnan(values)
        if name == "direction":
            missing &= ~(speed < STILL)  # a calm has no direction
        if missing.any() and not context.allow_gaps:
            faults.append(Fault(series.places[name], _missing(series, name, missing), FILL))
        elif name in series.marks:
            logger.warning("%s: %s", series.places[name], series.marks[name])
    lines = series.lines
    faults.extend(check_times(series.places["time"], series.times, context.allow_gaps, lines))
    directed = complete & np.isfinite(direction)
    if not directed.any():
        faults.append(Fault(series.where, "has no complete row", "give direction and speed"))
    faults.raise_any()
    times = series.times[complete]
    direction, speed = direction[complete], speed[complete]
    places = series.places["direction"], series.places["speed"]
    faults.extend(check_series(*places, direction[np.isfinite(direction)], speed))
    if turbulence is not None:
        turbulence = turbulence[complete]
        faults.extend(check_turbulence(series.places["ti"], turbulence[speed >= TURNING]))
        turbulence = np.clip(turbulence, 1e-3, 0.999)
    else:
        known = faults.attempt(context.turbulence, series.where, "add a column ti")
        turbulence = np.full(len(speed), known or 0.0)
    height = series.height
    named = f"{series.where}, {series.origin}" if series.origin else series.where
    ratio = faults.attempt(context.speed_up, named, height, series.shear) if height else 1.0
    value = faults.attempt(context.values.at_times, times) if context.values else None
    weight = faults.attempt(month_weights, series.where, times, speed, context)
    faults.raise_any()
    assert ratio is not None
    if height and context.hub_height and abs(np.log(ratio)) > FAR_UP:
        logger.warning(
            "%s: speeds at %g m are multiplied by %.3f to hold at %g m, which is far to go by a "
            "power law", series.where, height, ratio, context.hub_height,
        )  # fmt: skip
    _say_what_is_missing(series, complete, directed)
    _tell_zeros(series, speed)
    return bin_series(direction, ratio * speed, turbulence, value, weight, times)


def _missing(series: Series, name: str, missing: NDArray[np.bool_]) -> str:
    """Return what is missing of a column, and where."""
    count, first = int(missing.sum()), int(np.argmax(missing))
    at = f"line {series.lines[first]}" if len(series.lines) else f"{series.times[first]}"
    if name in series.marks:
        return f"{series.marks[name]}; nothing is known in {rows_of(count)}, the first in {at}"
    return f"is empty in {rows_of(count)}, the first in {at}"


def _say_what_is_missing(
    series: Series, complete: NDArray[np.bool_], directed: NDArray[np.bool_]
) -> None:
    if not complete.all():
        share = 100 * (1 - complete.mean())
        logger.warning("%s: %.1f %% of its times are empty and left out", series.where, share)
    if (alone := complete & ~directed).any():
        logger.warning(
            "%s: %.1f %% of its times have a speed and no direction: they are shared over the "
            "directions, as those of such speeds", series.where, 100 * alone.mean(),
        )  # fmt: skip


def _tell_zeros(series: Series, speed: FloatArray) -> None:
    """Report what many speeds of exactly 0 do.

    Some loggers write them where nothing was measured.
    """
    zero, slow = int((speed == 0).sum()), int(((speed > 0) & (speed < 1)).sum())
    if zero > slow and MANY_ZEROS * len(speed) < zero < len(speed):
        logger.warning(
            "%s: is 0 in %d of %s, %.1f %%, which count as calm: the mean is %.2f m/s, and %.2f "
            "without; if they stand for what is missing, leave these cells empty",
            series.places["speed"], zero, rows_of(len(speed)), 100 * zero / len(speed),
            speed.mean(), speed[speed > 0].mean(),
        )  # fmt: skip


def _turbulence_of(table: Table, speed: FloatArray) -> FloatArray | None:
    """Return the turbulence intensity: the file's own, or standard deviation over speed."""
    if "ti" in table:
        return read_turbulence(table)
    if "deviation" not in table:
        return None
    deviation, _ = without_marks("speed", table.numbers("deviation", missing=True))
    logger.warning(
        "%s: divided by the speed, it is the turbulence intensity", table.place("deviation")
    )
    blows = speed > 0
    share: FloatArray = np.full(len(speed), np.nan)
    np.divide(deviation, speed, share, where=blows)
    return share


def _shear(wind: WindTable, speed: FloatArray, context: WindContext) -> float | None:
    """Return the exponent between the heights of a file, where the config has none."""
    if wind.level is None or wind.height is None or context.wind_shear != 0:
        return None
    hub = context.hub_height
    if hub is None or abs(wind.height / hub - 1) <= SAME_HEIGHT:
        return None
    other, _ = without_marks("speed", wind.table.numbers("level", missing=True))
    both = np.isfinite(speed) & np.isfinite(other) & (speed >= TURNING)
    if not both.any() or other[both].mean() <= 0:
        return None
    exponent = float(
        np.log(speed[both].mean() / other[both].mean()) / np.log(wind.height / wind.level)
    )
    if not 0 < exponent < STEEPEST:
        return None
    logger.warning(
        "%s: the wind shear exponent is %.3f, as between its %g m and %g m; "
        "atmosphere.wind_shear goes before it",
        wind.table.where, exponent, wind.height, wind.level,
    )  # fmt: skip
    return exponent
