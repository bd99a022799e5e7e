"""Checks of wind over time: times without gaps, directions in degrees, speeds in m/s."""

import logging
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from windopt.errors import Fault
from windopt.problem.layout import FloatArray
from windopt.readers.checks import cure_of_direction
from windopt.readers.wind.missing_marks import HIGHEST, HIGHEST_MEAN

logger = logging.getLogger(__name__)

YEAR_S = 365.25 * 86400
FILL = "fill it, or set allow_wind_gaps: true to go by the other times"


def check_times(
    where: str,
    times: FloatArray | NDArray[np.datetime64],
    allow_gaps: bool,
    lines: Sequence[int] = (),
) -> Iterator[Fault]:
    """Check that times increase evenly, and make up about whole years, of which a warning tells.

    Parameters
    ----------
    where : str
        The place of the times.
    times : (n_times,) of any unit, or dates
    allow_gaps : bool
        Whether some may be missing.
    lines : (n_times,) of the file, where it has some
    """
    if len(times) < 2:
        problem = "holds one time" if len(times) else "holds no times"
        yield Fault(where, problem, "give a series of times, best of years")
        return
    steps = np.diff(times)
    dated = np.issubdtype(steps.dtype, np.timedelta64)
    steps = np.asarray(steps / np.timedelta64(1, "s") if dated else steps, dtype=np.float64)
    if (back := np.flatnonzero(steps <= 0)).size:
        problem = f"does not increase: {times[back[0]]} is followed by {times[back[0] + 1]}"
        if len(lines):
            problem += f" in line {lines[back[0] + 1]}"
        cure = "sort the rows, keep each time once, and write times in UTC or winter time"
        yield Fault(where, problem, cure)
        return
    step = float(np.median(steps))
    missing = np.round(steps / step).astype(np.int64) - 1
    if (gaps := np.flatnonzero(missing > 0)).size:
        absent = int(missing[gaps].sum())
        words = "1 time is missing" if absent == 1 else f"{absent} times are missing"
        number = "1 gap" if gaps.size == 1 else f"{gaps.size} gaps, the first"
        problem = f"has {number} after {times[gaps[0]]}: {words}"
        if not allow_gaps:
            yield Fault(where, problem, FILL)
        else:
            share = 100 * absent / (absent + len(times))
            logger.warning("%s: %s, %.1f %% of all", where, problem, share)
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
    where : str
        Their place.
    speed : (n,) [m/s]
    weight : (n,)
        How often each blows, by default all the same.
    """
    mean = float(np.average(speed, weights=weight))
    if (speed < 0).any():
        problem = f"holds the negative {speed.min():g}"
        yield Fault(where, problem, "leave cells empty where nothing was measured")
    elif mean > HIGHEST_MEAN or speed.max() > HIGHEST:
        problem = f"is {mean:.3g} on average and {speed.max():.3g} at most"
        yield Fault(where, problem, "give m/s: km/h divided by 3.6, knots by 1.944")
