"""Weighs the times of a series with gaps so that each calendar month has its share of the year."""

import logging

import numpy as np
from numpy.typing import NDArray

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.readers.wind.context import WindContext

logger = logging.getLogger(__name__)

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
DAYS = np.array([31, 28.2425, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
"""Of each month, in the mean of Gregorian years."""


def month_weights(
    where: str,
    times: FloatArray | NDArray[np.datetime64],
    speed: FloatArray,
    context: WindContext,
) -> FloatArray | None:
    """Return by what each complete time counts, so that calendar months have their share.

    Parameters
    ----------
    where : str
        Name of the file.
    times, speed : (n_times,) [m/s]
        Those that have a speed [-],.
    context : WindContext
        What the config asks for.

    Returns
    -------
    weight : (n_times,)
        With a mean of 1; None where all times count the same, and then it is said what months would
        change.
    """
    dated = np.issubdtype(times.dtype, np.datetime64)
    if not dated:
        if context.month_weights:
            cure = "write times as dates, or leave it out"
            raise ConfigError.of("month_weights", f"{where} has no dates", cure)
        return None
    month = times.astype("datetime64[M]").astype(np.int64) % 12
    count = np.bincount(month, minlength=12)
    if absent := [MONTHS[k] for k in np.flatnonzero(count == 0)]:
        if context.month_weights:
            problem = f"{where} has no times in {', '.join(absent)}"
            raise ConfigError.of("month_weights", problem, "give each month, or leave it out")
        return None
    weight = (DAYS / DAYS.sum() / count)[month] * len(times)
    plain, weighed = float(speed.mean()), float(np.average(speed, weights=weight))
    share = count / count.sum() / (DAYS / DAYS.sum())
    if context.month_weights:
        logger.warning(
            "%s: its months weigh as in the calendar: the mean speed is %.3f m/s, and %.3f without",
            where, weighed, plain,
        )  # fmt: skip
        return np.asarray(weight)
    if abs(weighed / plain - 1) > 1e-3:
        low, high = int(np.argmin(share)), int(np.argmax(share))
        logger.warning(
            "%s: %s has %.0f %% and %s %.0f %% of their shares of the year: the mean speed is "
            "%.3f m/s, and %.3f with month_weights: true",
            where, MONTHS[low], 100 * share[low], MONTHS[high], 100 * share[high],
            plain, weighed,
        )  # fmt: skip
    return None
