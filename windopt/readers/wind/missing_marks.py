"""Tells marks of missing values, such as 99.9, 999 or -9999, from wind."""

import re

import numpy as np

from windopt.problem.layout import FloatArray

HIGHEST_MEAN, HIGHEST = 14.0, 75.0
"""Mean and largest wind speed that are taken for m/s: no site is windier [m/s]."""
MARKS = {
    "direction": (0.0, 360.0, (-180.0, 720.0)),
    "speed": (0.0, 60.0, (-5.0, 60.0)),
    "component": (-60.0, 60.0, (-120.0, 120.0)),
    "ti": (0.0, 2.0, (-0.1, 5.0)),
}
"""Least and largest plausible value, and between which values one that recurs is no mark."""
RECURS = 3
"""Times that a value beyond all plausible ones recurs, to be a mark of what is missing."""
_NINES = re.compile(r"9+\.?9+")


def without_marks(name: str, values: FloatArray) -> tuple[FloatArray, str]:
    """Take marks of missing values, such as 99.9 or -999, for what they are.

    A mark lies beyond what the quantity can be, and is written in nines or recurs exactly; the
    other values must be plausible without it, or it may be a matter of the unit.

    Parameters
    ----------
    name : str
        Direction, speed, component or ti.
    values : (n,) [deg], [m/s], [m/s], [-]

    Returns
    -------
    values, said : nan in place of marks, and what is to be said of them
    """
    low, high, far = MARKS[name]
    beyond = np.isfinite(values) & ((values < low) | (values > high))
    if not beyond.any():
        return values, ""
    codes, counts = np.unique(values[beyond], return_counts=True)
    marks = [
        code
        for code, count in zip(codes, counts, strict=True)
        if _in_nines(code) or (count >= RECURS and not far[0] < code < far[1])
    ]
    if not 1 <= len(marks) <= 3:
        return values, ""
    is_mark = np.isin(values, marks)
    rest = values[~is_mark & np.isfinite(values)]
    nines = all(map(_in_nines, marks))
    if (not rest.size and not nines) or (rest < low).any() or (rest > high).any():
        return values, ""
    if name == "speed" and rest.size and rest.mean() > HIGHEST_MEAN:
        return values, ""
    said = " and ".join(f"{mark:g}" for mark in marks)
    count, share = int(is_mark.sum()), 100 * is_mark.mean()
    verb = "is" if len(marks) == 1 else "are"
    text = f"{said} {verb} taken for missing: {count} of {rows_of(len(values))}, {share:.1f} %"
    return np.where(is_mark, np.nan, values), text


def _in_nines(code: float) -> bool:
    return _NINES.fullmatch(repr(abs(float(code))).removesuffix(".0")) is not None


def rows_of(count: int) -> str:
    """Return a number of rows in words."""
    return "1 row" if count == 1 else f"{count} rows"
