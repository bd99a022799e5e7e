"""What the compiled loops compute with: arrays by name, made before they run.

n turbines stand upstream first. Of the arrays without a letter for turbines or pairs each holds the
values of the one turbine or pair at hand. `Slopes` has the adjoints: the derivative of the
objective by each quantity of the same name.
"""

from typing import NamedTuple

import numpy as np

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.compiled.constants import Constants


class Turbines(NamedTuple):
    """Turbines in one wind direction, upstream first.

    Attributes
    ----------
    x, y : (n,) [m]
        Downstream and to the left, seen downstream (equation 1).
    kind : (n,) int
    free : (n, columns) [-]
        Free wind at the rotor's columns of points over that of the rose; 1 in uniform wind.
    varied : bool
        Whether the free wind is not the same everywhere.
    """

    x: FloatArray
    y: FloatArray
    kind: IntArray
    free: FloatArray
    varied: bool


class Flow(NamedTuple):
    """What turbines feel and what their wakes are made of; the symbols are the equations'.

    Attributes
    ----------
    total : (n, columns, rows)
        Sum of the deficits at a rotor's points, of their squares for sosfs, or the largest.
    widened : (n, columns, rows)
        `total` of wakes with widened edges, where edges are hard.
    loss : (n, columns, rows)
        S, the superposed deficit of the free wind.
    deepest : (n, columns, rows) int
        The pair with the largest deficit, for max.
    loudest : (n,) int
        The pair that adds most turbulence.
    visible : (columns, rows)
        Deficit, as it is gathered, from which on a rotor point counts as waked.
    square : (n,)
        Of the turbulence that wakes add.
    u, ti, power : (n,) [m/s, -, W]
    power_slope : (n,) [W s/m]
    ct, ct_slope : (n,) [-, s/m]
    tilt, tilt_slope, lift : (n,) [rad, rad s/m, D]
    coefficient : (n, terms)
        b, the branch's output.
    log_scale : (n,)
        ln of what amplitudes are measured in.
    """

    total: FloatArray
    widened: FloatArray
    loss: FloatArray
    deepest: IntArray
    loudest: IntArray
    visible: FloatArray
    square: FloatArray
    u: FloatArray
    ti: FloatArray
    power: FloatArray
    power_slope: FloatArray
    ct: FloatArray
    ct_slope: FloatArray
    tilt: FloatArray
    tilt_slope: FloatArray
    lift: FloatArray
    coefficient: FloatArray
    log_scale: FloatArray


class Wakes(NamedTuple):
    """The wakes of pairs of a source and a receiver; lengths in D of the source.

    Attributes
    ----------
    knot, between : (pairs,)
        Place in the trunk's table.
    narrow : (pairs,)
        1 / sigma^2.
    exponent : (pairs,)
        m, the exponent of the profile.
    rise : (pairs,)
    across : (pairs, columns)
        Lateral distance of the rotor's columns of points from the wake's axis.
    vertical, mirrored : (pairs, rows)
        Gaussian over the height, of the wake and of its image at the ground.
    deficit, widened : (pairs, columns, rows)
        d, its square for sosfs; the same with a widened edge, where edges are hard.
    added : (pairs,)
        Turbulence intensity that the wake adds.
    product : (terms,)
        t b, the terms of the heads.
    head : (heads,)
        h.
    lateral : (columns,)
        Gaussian over the lateral distance, times the amplitude.
    """

    knot: IntArray
    between: FloatArray
    narrow: FloatArray
    exponent: FloatArray
    rise: FloatArray
    across: FloatArray
    vertical: FloatArray
    mirrored: FloatArray
    deficit: FloatArray
    widened: FloatArray
    added: FloatArray
    product: FloatArray
    head: FloatArray
    lateral: FloatArray


class Slopes(NamedTuple):
    """Adjoints: derivatives of the objective by the quantities of the same names.

    Attributes
    ----------
    x, y : (n,) [1/m]
    free : (n, columns)
    u, ti : (n,)
    coefficient : (n, terms)
    log_scale, lift : (n,)
    total : (columns, rows)
    product : (terms,)
    head : (heads,)
    """

    x: FloatArray
    y: FloatArray
    free: FloatArray
    u: FloatArray
    ti: FloatArray
    coefficient: FloatArray
    log_scale: FloatArray
    lift: FloatArray
    total: FloatArray
    product: FloatArray
    head: FloatArray


def new_turbines(c: Constants, n: int, varied: bool) -> Turbines:
    """Return room for the turbines of one direction, in uniform wind."""
    x, y = np.empty((2, n))
    kind = np.empty(n, dtype=np.int64)
    return Turbines(x, y, kind, np.ones((n, len(c.columns))), varied)


def new_flow(c: Constants, n: int) -> Flow:
    """Return room for the state of `n` turbines."""
    rotor = len(c.columns), len(c.row_weight)
    total, widened, loss = np.empty((3, n, *rotor))
    square, u, ti, power, power_slope, ct, ct_slope, tilt, tilt_slope, lift, log_scale = np.zeros(
        (11, n)
    )
    return Flow(
        total=total,
        widened=widened,
        loss=loss,
        deepest=np.empty((n, *rotor), dtype=np.int64),
        loudest=np.empty(n, dtype=np.int64),
        visible=np.empty(rotor),
        square=square,
        u=u,
        ti=ti,
        power=power,
        power_slope=power_slope,
        ct=ct,
        ct_slope=ct_slope,
        tilt=tilt,
        tilt_slope=tilt_slope,
        lift=lift,
        coefficient=np.empty((n, c.table.shape[1])),
        log_scale=log_scale,
    )


def new_wakes(c: Constants, pairs: int) -> Wakes:
    """Return room for the wakes of so many pairs."""
    columns, rows = len(c.columns), len(c.row_weight)
    between, narrow, exponent, rise, added = np.empty((5, pairs))
    vertical, mirrored = np.empty((2, pairs, rows))
    deficit, widened = np.empty((2, pairs, columns, rows))
    return Wakes(
        knot=np.empty(pairs, dtype=np.int64),
        between=between,
        narrow=narrow,
        exponent=exponent,
        rise=rise,
        across=np.empty((pairs, columns)),
        vertical=vertical,
        mirrored=mirrored,
        deficit=deficit,
        widened=widened,
        added=added,
        product=np.empty(c.table.shape[1]),
        head=np.empty(len(c.first) - 1),
        lateral=np.empty(columns),
    )


def new_slopes(c: Constants, n: int) -> Slopes:
    """Return room for adjoints."""
    terms, columns = c.table.shape[1], len(c.columns)
    x, y, u, ti, log_scale, lift = np.empty((6, n))
    return Slopes(
        x=x,
        y=y,
        free=np.empty((n, columns)),
        u=u,
        ti=ti,
        coefficient=np.empty((n, terms)),
        log_scale=log_scale,
        lift=lift,
        total=np.empty((columns, len(c.row_weight))),
        product=np.empty(terms),
        head=np.empty(len(c.first) - 1),
    )
