"""Turbines' curves as arrays in which a wind speed is found without a search.

Curves that FLORIS computes have hundreds of points. Each curve's range is cut into even buckets;
where a bucket begins, a table says which point is the last before it, and few steps from there lead
to the one before a wind speed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.turbine import Turbine
from windopt.surrogate.compiled.jit import Index

BUCKETS = 1024


class Curves(NamedTuple):
    """Curves of some types of turbine.

    Attributes
    ----------
    speed : (types, points + 1) [m/s]
        Padded by infinity.
    last : (types,) [m/s]
        Where the curves end.
    power, thrust, tilt : (types, points, 2) [W, -, rad]
        Values, and slopes from there to the next point.
    per_speed : (types,) [s/m]
        Buckets in a metre per second.
    before : (types, BUCKETS + 1) int
        The last point before a bucket, or the first of all.
    """

    speed: FloatArray
    last: FloatArray
    power: FloatArray
    thrust: FloatArray
    tilt: FloatArray
    per_speed: FloatArray
    before: Index


def curve_tables(turbines: Sequence[Turbine]) -> Curves:
    """Return the curves of these types."""
    points = max(len(turbine.wind_speed) for turbine in turbines)
    types = len(turbines)
    speed = np.full((types, points + 1), np.inf)
    power, thrust, tilt = np.zeros((3, types, points, 2))
    before = np.zeros((types, BUCKETS + 1), dtype=np.uint32)
    last = np.array([turbine.wind_speed[-1] for turbine in turbines], dtype=np.float64)
    first = np.array([turbine.wind_speed[0] for turbine in turbines], dtype=np.float64)
    per_speed = BUCKETS / (last - first)
    for of, turbine in enumerate(turbines):
        own = turbine.wind_speed
        speed[of, : len(own)] = own
        for out, values in (
            (power, turbine.power),
            (thrust, turbine.thrust_coefficient),
            (tilt, np.deg2rad(turbine.tilt_curve)),
        ):
            out[of, : len(own), 0] = values
            out[of, : len(own) - 1, 1] = np.diff(values) / np.diff(own)
        bucket = ((speed[of, : len(own)] - first[of]) * per_speed[of]).astype(np.int64)
        before[of] = np.maximum(np.searchsorted(bucket, np.arange(BUCKETS + 1)) - 1, 0)
    return Curves(speed, last, power, thrust, tilt, per_speed, before)
