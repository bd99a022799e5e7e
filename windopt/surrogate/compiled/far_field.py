"""Far wakes of a large farm, of which some stand for all.

A wake 100 D long is eight rotors wide and slows the wind by some thousandths: of the many that
reach a rotor from there, a part tells what they add up to. So, in a farm of many turbines, half of
the wakes end at a distance, and the others count twice from there; half of these end at `STEP`
times that distance, and the rest count four times; and so on. Which ones differs from direction to
direction. What wakes add up to is then right on average over sources and directions, and so is the
gradient, in which the counts are constants. A rotor stands in the fewer wakes the farther they
come: their number hardly grows with that of the turbines.

That is for `gauss` and `jensen` under `sosfs`, whose wakes fade so fast that AEP is off by less
than 0.005 %. Every wake is kept in smaller farms, where wakes swirl, and of other structures: AEP
of 300 turbines would be off by 0.02 % even at 80 D under turboparkgauss, turbopark and cc.
"""

import math

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.surrogate.compiled.constants import SOSFS, Constants
from windopt.surrogate.compiled.jit import primitive
from windopt.surrogate.compiled.swirl import swirls

LEAST_TURBINES = 200
"""In farms of fewer every wake is kept."""
FAR_D = 60.0
"""Where the first half of the wakes ends [D]."""
STEP = 2.0 ** (1.0 / 3.0)
MOST_HALVINGS = 12
BY_SOURCE, BY_DEGREE = 0.7548776662466927, 0.5698402909980532
"""Steps of a sequence that fills the unit interval evenly along sources and along directions (R2,
Roberts 2018, "The unreasonable effectiveness of quasirandom sequences")."""


def far_from(c: Constants, n: int) -> float:
    """Return where the first wakes of a farm of `n` turbines end [m]; infinite if none does."""
    samples = c.superposition == SOSFS and c.turbulent and not c.mirror and not swirls(c.swirl)
    return far_d(n, samples) * float(c.diameter.max())


def far_d(n: int, samples: bool) -> float:
    """Return the same in rotor diameters, of a structure whose far wakes may be sampled or not."""
    return FAR_D if samples and n >= LEAST_TURBINES else math.inf


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
