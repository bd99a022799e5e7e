"""What the compiled loops compute with: arrays by name, made before they run.

n turbines stand upstream first; behind them each type has a place for the state that it has in free
wind. Of the arrays without a letter for turbines or pairs each holds the values of the one turbine
or pair at hand. `Slopes` has the adjoints: the derivative of the objective by each quantity of the
same name.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.compiled.constants import Constants
from windopt.surrogate.compiled.jit import Index
from windopt.surrogate.compiled.swirl import STATES

UNKNOWN = -1.0


class Turbines(NamedTuple):
    """Turbines in one wind direction, upstream first.

    Attributes
    ----------
    x, y : (n,) [m]
        Downstream and to the left, seen downstream (equation 1).
    kind : (n + types,) int
    free : (n + types, columns) [-]
        Free wind at the rotor's columns of points over that of the rose; 1 in uniform wind.
    varied : bool
        Whether the free wind is not the same everywhere.
    """

    x: FloatArray
    y: FloatArray
    kind: Index
    free: FloatArray
    varied: bool


class Flow(NamedTuple):
    """What turbines feel and what their wakes are made of; the symbols are the equations'.

    Every m is n + types.

    Attributes
    ----------
    state : (n,) int
        Where each turbine's state is: at its own place, or in free wind at that of its type.
    total : (m, columns, rows)
        Sum of the deficits at a rotor's points, of their squares for sosfs, or the largest.
    widened : (m, columns, rows)
        `total` of wakes with widened edges, where edges are hard.
    loss : (m, columns, rows)
        S, the superposed deficit.
    deepest : (m, columns, rows) int
        The pair with the largest deficit, for max.
    loudest : (m,) int
        The pair that adds most turbulence.
    square : (m,)
        Of the turbulence that wakes add.
    u, ti, power : (m,) [m/s, -, W]
    power_slope : (m,) [W s/m]
    ct, ct_slope : (m,) [-, s/m]
    tilt, tilt_slope, lift : (m,) [rad, rad s/m, D]
    coefficient : (m, terms)
        b, the branch's output.
    log_scale : (m,)
        ln of what amplitudes are measured in.
    mixed : (m,) [-]
        I', the turbulence in which a turbine's own wake mixes.
    swirl : (m, 9)
        Of farms whose wakes swirl (`compiled.swirl`).
    half_width, growth : (m,) [m, -]
        Of the strip in which the wake is felt.
    ambient_row : (ct knots, terms of T)
        The branch of T over Ct, in the condition's ambient turbulence.
    """

    state: Index
    total: FloatArray
    widened: FloatArray
    loss: FloatArray
    deepest: IntArray
    loudest: IntArray
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
    mixed: FloatArray
    swirl: FloatArray
    half_width: FloatArray
    growth: FloatArray
    ambient_row: FloatArray


class Wakes(NamedTuple):
    """The wakes of pairs of a source and a receiver; lengths in D of the source.

    Attributes
    ----------
    knot, between : (pairs,)
        Place in the trunk's table; `between` is `UNKNOWN` before it was looked for.
    narrow : (pairs,)
        1 / sigma^2.
    stands_for : (pairs,)
        Logarithm of how many far wakes this one stands for (`far_field`).
    exponent : (pairs,)
        m, the exponent of the profile.
    rise : (pairs,)
    across : (pairs, columns)
        Lateral distance of the rotor's columns of points from the wake's axis.
    vertical, mirrored : (pairs, rows)
        Gaussian over the height, of the wake and of its image at the ground.
    deficit, widened : (pairs, columns, rows)
        d, its square for sosfs; the same with a widened edge, where edges are hard.
    felt : (pairs,) bool
        Whether the wake reaches the rotor at all.
    added : (pairs,)
        Turbulence intensity that the wake adds.
    lateral : (columns,)
        Gaussian over the lateral distance, times the amplitude.
    """

    knot: Index
    between: FloatArray
    narrow: FloatArray
    stands_for: FloatArray
    exponent: FloatArray
    rise: FloatArray
    across: FloatArray
    vertical: FloatArray
    mirrored: FloatArray
    deficit: FloatArray
    widened: FloatArray
    felt: NDArray[np.bool_]
    added: FloatArray
    lateral: FloatArray


class Slopes(NamedTuple):
    """Adjoints: derivatives of the objective by the quantities of the same names.

    Attributes
    ----------
    x, y : (n,) [1/m]
    free : (n, columns)
    u : (n,)
    ti, log_scale, lift : (m,)
    swirl : (m, 9)
    coefficient : (m, terms)
    total : (columns, rows)
    column : (columns,)
        Of one wake, by half the logarithm of its squared deficits, over all rows.
    """

    x: FloatArray
    y: FloatArray
    free: FloatArray
    u: FloatArray
    ti: FloatArray
    coefficient: FloatArray
    log_scale: FloatArray
    lift: FloatArray
    swirl: FloatArray
    total: FloatArray
    column: FloatArray


def new_turbines(c: Constants, n: int, varied: bool) -> Turbines:
    """Return room for `n` turbines in one direction, in uniform wind."""
    x, y = np.empty((2, n))
    types = len(c.diameter)
    kind = np.empty(n + types, dtype=np.uint32)
    kind[n:] = np.arange(types)
    return Turbines(x, y, kind, np.ones((n + types, len(c.columns))), varied)


def new_flow(c: Constants, n: int) -> Flow:
    """Return room for the state of `n` turbines, and for those of the types in free wind."""
    m, rotor = n + len(c.diameter), (len(c.columns), len(c.row_weight))
    total, widened, loss = np.zeros((3, m, *rotor))
    square, u, ti, power, power_slope, ct, ct_slope = np.zeros((7, m))
    tilt, tilt_slope, lift, log_scale, mixed, half_width, growth = np.zeros((7, m))
    return Flow(
        state=np.empty(n, dtype=np.uint32),
        total=total,
        widened=widened,
        loss=loss,
        deepest=np.empty((m, *rotor), dtype=np.int64),
        loudest=np.empty(m, dtype=np.int64),
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
        coefficient=np.empty((m, c.table.shape[1])),
        log_scale=log_scale,
        mixed=mixed,
        swirl=np.zeros((m, STATES)),
        half_width=half_width,
        growth=growth,
        ambient_row=np.empty((c.ambient_branch.shape[0], c.ambient_branch.shape[2])),
    )


def new_wakes(c: Constants, pairs: int) -> Wakes:
    """Return room for the wakes of so many pairs."""
    columns, rows = len(c.columns), len(c.row_weight)
    between, narrow, exponent, rise, added = np.empty((5, pairs))
    vertical, mirrored = np.empty((2, pairs, rows))
    deficit, widened = np.empty((2, pairs, columns, rows))
    return Wakes(
        knot=np.empty(pairs, dtype=np.uint32),
        between=between,
        narrow=narrow,
        stands_for=np.zeros(pairs),
        exponent=exponent,
        rise=rise,
        across=np.empty((pairs, columns)),
        vertical=vertical,
        mirrored=mirrored,
        deficit=deficit,
        widened=widened,
        felt=np.empty(pairs, dtype=np.bool_),
        added=added,
        lateral=np.empty(columns),
    )


def new_slopes(c: Constants, n: int) -> Slopes:
    """Return room for adjoints."""
    terms, columns = c.table.shape[1], len(c.columns)
    x, y, u = np.empty((3, n))
    m = n + len(c.diameter)
    ti, log_scale, lift = np.empty((3, m))
    return Slopes(
        x=x,
        y=y,
        free=np.empty((n, columns)),
        u=u,
        ti=ti,
        coefficient=np.empty((m, terms)),
        log_scale=log_scale,
        lift=lift,
        swirl=np.zeros((m, STATES)),
        total=np.empty((columns, len(c.row_weight))),
        column=np.empty(columns),
    )
