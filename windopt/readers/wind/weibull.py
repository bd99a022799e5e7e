"""A rose of Weibull distributions, one for each sector."""

import numpy as np
from scipy.special import gamma

from windopt.problem.layout import FloatArray
from windopt.problem.wind_resource import WindResource

USUAL, HIGHEST = 30, 50
"""Upper end of the last speed bin, as of windIO's Weibull distributions, and at most [m/s]."""
BEYOND = 1e-4
"""Share of all time that the last bin may hold for all faster winds."""
SCALES, SHAPES = (0.0, 40.0), (0.5, 10.0)
"""Between which A [m/s] and k [-] of wind lie."""


def mean_speed(scale: FloatArray, shape: FloatArray) -> FloatArray:
    """Return the mean of Weibull distributions, A Γ(1 + 1/k), of any shape [m/s]."""
    return np.asarray(scale * gamma(1.0 + 1.0 / shape))


def weibull_rose(
    wind_direction: FloatArray,
    frequency: FloatArray,
    scale: FloatArray,
    shape: FloatArray,
    turbulence_intensity: float | FloatArray,
) -> WindResource:
    """Return a rose in bins of 1 m/s, each with its exact share of the distribution.

    Bins end at 30 m/s, or further up where it is windy; the last takes what is faster, as turbines
    stand still there.

    Parameters
    ----------
    wind_direction : (s,) [deg]
        Centres of the sectors, increasing.
    frequency : (s,) of each sector, of any sum
    scale, shape : (s,) [-]
        A [m/s] and k.
    turbulence_intensity : float or FloatArray [-]
        One, or (s, n) of the first bins, the last of which holds on.
    """
    edges = np.arange(HIGHEST + 1.0)
    faster = np.exp(-((edges / scale[:, None]) ** shape[:, None]))
    beyond = frequency @ faster / frequency.sum()
    last = max(USUAL, int(np.argmax(np.append(beyond[:-1] < BEYOND, True))))
    faster[:, last] = 0.0
    share = -np.diff(faster[:, : last + 1], axis=1)
    joint = frequency[:, None] / frequency.sum() * share
    if np.ndim(turbulence_intensity):
        turbulence_intensity = to_bins(np.asarray(turbulence_intensity), last)
    return WindResource(
        wind_direction,
        edges[:last] + 0.5,
        joint / joint.sum(),
        np.broadcast_to(turbulence_intensity, joint.shape).copy(),
    )


def to_bins(table: FloatArray, n: int) -> FloatArray:
    """Return a table of speed bins (s, k) for `n` bins (s, n); beyond its last, that holds on."""
    return np.asarray(table[:, np.minimum(np.arange(n), table.shape[1] - 1)])
