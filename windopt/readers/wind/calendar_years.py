"""The calendar years of a time series, each with its share of every class of the rose."""

import numpy as np
from numpy.typing import NDArray

from windopt.problem.layout import FloatArray

WHOLE = 0.8
"""Share of the fullest year's times that a year has at least, to count as whole."""


def whole_years(times: FloatArray | NDArray[np.datetime64]) -> dict[int, NDArray[np.bool_]]:
    """Return which times (n_times,) belong to each whole calendar year.

    A year is whole where each month has some times, and the year at least 80 % of the times of the
    fullest one: a half year would have the wind of its season.

    Parameters
    ----------
    times : (n_times,)
        Those of which the wind is known. Numbers that are no dates have no years.
    """
    if not np.issubdtype(times.dtype, np.datetime64):
        return {}
    year = times.astype("datetime64[Y]").astype(np.int64) + 1970
    month = times.astype("datetime64[M]").astype(np.int64) % 12
    found, counts = np.unique(year, return_counts=True)
    return {
        int(one): year == one
        for one, count in zip(found, counts, strict=True)
        if count >= WHOLE * counts.max() and len(np.unique(month[year == one])) == 12
    }
