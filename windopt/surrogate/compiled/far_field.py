"""Far wakes of a large farm, of which some stand for all.

A wake 100 D long is eight rotors wide and slows the wind by some thousandths: of the many that
reach a rotor from there, a part tells what they add up to. So, in a farm of many turbines, half of
the wakes end at a distance, and the others count twice from there; half of these end at `STEP`
times that distance, and the rest count four times; and so on. Which ones differs from direction to
direction. What wakes add up to is then right on average over sources and directions, and so is the
gradient, in which the counts are constants. A rotor stands in the fewer wakes the farther they
come: their number hardly grows with that of the turbines.

Every wake is kept in smaller farms, where deficits are summed (`fls`) or the largest is taken
(`max`), and where wakes swirl.
"""

import math

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.surrogate.compiled.constants import SOSFS, Constants
from windopt.surrogate.compiled.jit import primitive
from windopt.surrogate.compiled.swirl import swirls

LEAST_TURBINES = 200
"""In farms of fewer every wake is kept."""
FAR_D = {SOSFS: 55.0}
"""Where the first half of the wakes ends [D], by how they add up: errors in `results/scale/`."""
STEP = 2.0 ** (1.0 / 3.0)
MOST_HALVINGS = 12
BY_SOURCE, BY_DEGREE = 0.7548776662466927, 0.5698402909980532
"""Steps of a sequence that fills the unit interval evenly along sources and along directions (R2,
Roberts 2018, "The unreasonable effectiveness of quasirandom sequences")."""


def far_from(c: Constants, n: int) -> float:
    """Return where the first wakes of a farm of `n` turbines end [m]; infinite if none does."""
    return far_d(n, c.superposition, swirls(c.swirl)) * float(c.diameter.max())


def far_d(n: int, superposition: int, swirling: bool) -> float:
    """Return the same in rotor diameters."""
    if n < LEAST_TURBINES or swirling:
        return math.inf
    return FAR_D.get(superposition, math.inf)


def wake_ends(wd: FloatArray, n: int, far: float) -> FloatArray:
    """Return how far downstream each wake is followed, (k, n) [m], in directions (k,) [deg]."""
    if far == math.inf:
        return np.full((len(wd), n), math.inf)
    place = BY_DEGREE * wd[:, None] + BY_SOURCE * np.arange(1, n + 1)
    share = np.maximum(place - np.floor(place), 0.5**MOST_HALVINGS)
    halvings = np.floor(-np.log2(share)).astype(int)
    ends = np.append(np.cumprod([far] + [STEP] * (MOST_HALVINGS - 1)), math.inf)
    return np.asarray(ends[halvings])


@primitive
def log_stands_for(dx: float, far: float) -> float:
    """Return the logarithm of how many wakes one stands for at a distance `dx` [m]."""
    end, halvings = far, 0
    while dx >= end and halvings < MOST_HALVINGS:
        end *= STEP
        halvings += 1
    return halvings * math.log(2.0)
