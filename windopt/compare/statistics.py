"""What a few seeds can tell: median and range, paired differences, curves and where they cross.

A seed for which a method came to nothing feasible counts as worse than any other. Differences are
paired by seed. Their mean has a 95 % bootstrap interval (percentile method; B. Efron and R. J.
Tibshirani 1993, An Introduction to the Bootstrap, ch. 13); from six pairs on Wilcoxon's signed-rank
test is asked as well, which cannot reach 5 % with fewer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from windopt.problem.layout import FloatArray

LEVEL, RESAMPLES = 0.95, 9999
LEAST_FOR_WILCOXON = 6


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
        Bootstrap interval of the mean; None with a single pair.
    n : int
        Pairs.
    p_value : float or None
        Wilcoxon's, two-sided; None with few pairs.
    """

    mean: float
    low: float | None
    high: float | None
    n: int
    p_value: float | None

    @property
    def established(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and self.low * self.high > 0.0


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
    if n > 1:
        interval = stats.bootstrap(
            (differences,),
            np.mean,
            confidence_level=LEVEL,
            n_resamples=RESAMPLES,
            method="percentile",
            rng=np.random.default_rng(0),
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    if n >= LEAST_FOR_WILCOXON and differences.any():
        p_value = float(stats.wilcoxon(differences).pvalue)
    return Paired(float(differences.mean()), low, high, n, p_value)


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


def effort_to(one: Curve, gain_pct: float) -> float | None:
    """Return the effort from which on a median gain is so much [%]; None where it never is."""
    there = one.median >= gain_pct
    later_too = np.flip(np.logical_and.accumulate(np.flip(there)))
    return float(one.effort[later_too][0]) if later_too.any() else None


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
