"""Turbines turned to the wind, and which of them stand in whose wake.

Equation 1 of docs/method/surrogate.md.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.compiled.jit import Index, allocating_kernel, primitive
from windopt.surrogate.wake_pairs import MIN_DOWNSTREAM_M


class Lines(NamedTuple):
    """Turbines of some directions, each from upstream to downstream.

    Attributes
    ----------
    cos, sin : (k,)
        Of the angle towards which the wind blows, 270° - wind direction.
    order : (k, n) int
        Which turbine stands where in the line.
    x, y : (k, n) [m]
        Downstream, and to the left seen downstream.
    """

    cos: FloatArray
    sin: FloatArray
    order: Index
    x: FloatArray
    y: FloatArray


class Pairs(NamedTuple):
    """Who stands in whose wake.

    Attributes
    ----------
    start : (k,) int
        Where each direction's pairs begin among those of all.
    source : (pairs,) int
        Of all directions, sorted by direction and receiver.
    first : (k, n + 1) int
        The pairs of receiver j are those of the direction from ``first[:, j]`` to before
        ``first[:, j + 1]``.
    hits : (k, n) bool
        Whether anybody stands in a turbine's wake.
    most : int
        Pairs of one direction at most.
    """

    start: IntArray
    source: Index
    first: Index
    hits: NDArray[np.bool_]
    most: int


@primitive
def turn(east: float, north: float, cos: float, sin: float) -> tuple[float, float]:
    """Return how far downstream and to the left a place is [m] (equation 1)."""
    return east * cos + north * sin, north * cos - east * sin


@primitive
def turn_adjoint(g_x: float, g_y: float, cos: float, sin: float) -> tuple[float, float]:
    """Return the derivatives by easting and northing (equation 1*)."""
    return g_x * cos - g_y * sin, g_x * sin + g_y * cos


@primitive
def is_behind(dx: float, dy: float, half_width: float, growth: float) -> bool:
    """Return whether a place lies in the strip behind a rotor, which widens by `growth` [-]."""
    near: bool = abs(dy) < half_width + growth * dx
    return dx > MIN_DOWNSTREAM_M and near


@allocating_kernel
def line_up(layout: FloatArray, wd: FloatArray) -> Lines:
    """Sort turbines (n, 2) [m] from upstream to downstream, in each direction (k,) [deg]."""
    k, n = len(wd), len(layout)
    line = Lines(
        np.empty(k), np.empty(k), np.empty((k, n), np.uint32), np.empty((k, n)), np.empty((k, n))
    )
    along = np.empty(n)
    for d in range(k):
        angle = math.radians(270.0 - wd[d])
        cos, sin = math.cos(angle), math.sin(angle)
        line.cos[d], line.sin[d] = cos, sin
        for j in range(n):
            along[j] = turn(layout[j, 0], layout[j, 1], cos, sin)[0]
        order = np.argsort(along)
        for j in range(n):
            of = order[j]
            line.order[d, j] = of
            line.x[d, j], line.y[d, j] = turn(layout[of, 0], layout[of, 1], cos, sin)
    return line


@allocating_kernel
def pairs_within_reach(
    line: Lines, half_width: FloatArray, growth: float, ends: FloatArray
) -> Pairs:
    """List the sources of each receiver.

    Strips are `half_width` (n,) [m] at the rotor; wakes end `ends` (k, n) [m] downstream.
    """
    k, n = line.x.shape
    first = np.zeros((k, n + 1), np.uint32)
    hits = np.zeros((k, n), np.bool_)
    source = np.empty(16 * n * k + 1, np.uint32)
    width, end = np.empty(n), np.empty(n)
    start = np.empty(k, np.int64)
    count, most = 0, 0
    for d in range(k):
        x, y = line.x[d], line.y[d]
        for j in range(n):
            width[j], end[j] = half_width[line.order[d, j]], ends[d, line.order[d, j]]
        start[d] = count
        for j in range(n):
            if count + j >= len(source):
                longer = np.empty(2 * len(source) + n, np.uint32)
                for p in range(count):
                    longer[p] = source[p]
                source = longer
            for i in range(j):  # without branches, which a processor would guess wrong
                source[count] = i
                dx = x[j] - x[i]
                count += is_behind(dx, y[j] - y[i], width[i], growth) & (dx < end[i])
            first[d, j + 1] = count - start[d]
        for p in range(start[d], count):
            hits[d, source[p]] = True
        most = max(most, count - start[d])
    return Pairs(start, source, first, hits, most)
