"""What a few seeds can tell: median and range, paired differences, curves and where they cross.

A seed for which a method came to nothing feasible counts as worse than any other. Differences are
paired by seed. Their mean has Student's t interval (95 %, n - 1 degrees of freedom) and the p value
of the t test against 0 (Student 1908, Biometrika 6:1). A percentile bootstrap of three seeds is no
more than their range, which covers the mean three times in four. Where several differences are
told, `holm` corrects their p values for that (S. Holm 1979, Scandinavian Journal of Statistics
6:65): with it the probability that any of them is called established by chance is at most 5 %,
however they depend on each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from windopt.problem.layout import FloatArray

ERROR = 0.05
"""Of the intervals at both ends together; what is called established has a lower corrected p."""


class Spread(NamedTuple):
    """Median and range over seeds; None where that seed came to nothing."""

    median: float | None
    low: float | None
    high: float | None
    n: int


class Paired(NamedTuple):
    """Differences between two methods, seed by seed.

    Attributes
    ----------
    mean : float
    low, high : float or None
        Student's t interval of the mean; None with a single pair.
    n : int
        Pairs.
    p_value : float or None
        Of the two-sided t test; None with a single pair, and where all differences are the same: a
        spread of nothing is no estimate of what another seed would do.
    left_out : int
        Seeds of both for which one of them came to nothing feasible.
    """

    mean: float
    low: float | None
    high: float | None
    n: int
    p_value: float | None
    left_out: int = 0


def spread(values: Sequence[float | None]) -> Spread:
    """Return median and range of one value a seed."""
    if not values:
        return Spread(None, None, None, 0)
    ranked = np.sort([-np.inf if value is None else value for value in values])
    with np.errstate(invalid="ignore"):  # the median of -inf and -inf
        three = float(np.median(ranked)), float(ranked[0]), float(ranked[-1])
    median, low, high = (value if np.isfinite(value) else None for value in three)
    return Spread(median, low, high, len(values))


def paired(ours: Mapping[int, float | None], theirs: Mapping[int, float | None]) -> Paired | None:
    """Compare two methods over the seeds for which both have a value; None where there is none."""
    pairs = [(ours[seed], theirs[seed]) for seed in ours if seed in theirs]
    differences = np.array([a - b for a, b in pairs if a is not None and b is not None])
    n, low, high, p_value = len(differences), None, None, None
    if not n:
        return None
    mean = float(differences.mean())
    if n > 1:
        error = float(differences.std(ddof=1)) / np.sqrt(n)
        reach = float(stats.t.ppf(1.0 - ERROR / 2, n - 1)) * error
        low, high = float(mean - reach), float(mean + reach)
        if np.ptp(differences) > 0.0:
            p_value = float(2.0 * stats.t.sf(abs(mean) / error, n - 1))
    return Paired(mean, low, high, n, p_value, len(pairs) - n)


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p values for their number by Holm's step-down procedure; the order stays.

    The smallest of m is multiplied by m, the next by m - 1, and so on; none becomes smaller than
    one before it, nor larger than 1.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in corrected]


class Curve(NamedTuple):
    """Median and range over seeds of what was held, after so much effort: (n_steps,) each.

    A step holds until the next. -inf where too few seeds held anything.
    """

    effort: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray


def curve(cells: Sequence[Mapping[str, Any]], effort: str) -> Curve:
    """Return the anytime curve of a method.

    Parameters
    ----------
    cells : sequence of mapping
        One a seed, with `looks` that have `gain_pct` and `effort`.
    effort : str
        "found_cpu_s" or "found_energy_wh".
    """
    steps = [
        sorted((look[effort], look["cpu_s"], look["gain_pct"]) for look in cell["looks"])
        for cell in cells
        if all(look[effort] is not None for look in cell["looks"])
    ]
    efforts = np.unique([step[0] for one in steps for step in one])
    table = np.full((len(steps), len(efforts)), -np.inf)
    for row, one in zip(table, steps, strict=True):
        for at, _, gain in one:
            row[efforts >= at] = gain
    if not len(steps) or not len(efforts):
        return Curve(*np.empty((4, 0)))
    return Curve(efforts, np.median(table, axis=0), table.min(axis=0), table.max(axis=0))


def crossing(ours: Curve, theirs: Curve) -> float | None:
    """Return the effort from which on our median is above theirs, as far as both are known."""
    efforts = np.union1d(ours.effort, theirs.effort)
    if not len(efforts):
        return None
    ahead = _at(ours, efforts) > _at(theirs, efforts)
    later_too = np.flip(np.logical_and.accumulate(np.flip(ahead)))
    return float(efforts[later_too][0]) if later_too.any() else None


def _at(one: Curve, efforts: FloatArray) -> FloatArray:
    steps = np.searchsorted(one.effort, efforts, side="right")
    return np.concatenate([[-np.inf], one.median])[steps]
