"""Exact fits: lattices laid against the corners of a site, for farms that only just fit.

A lattice from a corner v has as its first step the way to another corner w, in as many equal parts
as the spacing allows, or the least spacing along it. Its second step is the way to a third corner
in the same manner, or the one that makes neighbouring rows as close as they may be: staggered by
half a step, or at right angles. That holds what fills squares, strips, diagonals and triangles
exactly. Each is drawn together by a micrometre, so that rounding leaves no point outside; that is
far below the tolerance of the spacing.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import permutations

import numpy as np
import shapely

from windopt.problem.lattice import Lattice
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem

CORNERS, FEW_CORNERS, MANY_TURBINES = 10, 5, 400
"""Corners that lattices are laid against, and on sites with many turbines."""
DRAWN_IN_M = 1e-6
FLAT = 0.8
"""Least area of a cell [squares of the least spacing]: what keeps the spacing has 0.87."""
JUST = 1e-7
"""Share of the least spacing that rounding may have taken off a fit."""


def exact_lattices(problem: LayoutProblem) -> Iterator[Lattice]:
    """Yield lattices that keep the spacing and lie against the site's corners."""
    unmapped = np.linalg.inv(problem.spacing.metric).T
    west, south, east, north = problem.site.area.bounds
    middle = np.array([west + east, south + north]) / 2
    drawn_in = 1.0 - 2 * DRAWN_IN_M / max(east - west, north - south, 1.0)
    n_corners = CORNERS if problem.n_turbines <= MANY_TURBINES else FEW_CORNERS
    mapped = problem.spacing.mapped(turning_corners(problem.site.polygons, n_corners))
    for origin, cell in corner_cells(mapped, problem.spacing.largest_bound):
        corner = origin @ unmapped
        yield Lattice(middle + drawn_in * (corner - middle), drawn_in * cell @ unmapped)


def corner_cells(corners: FloatArray, least: float) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield the corner (2,) and both steps (2, 2) of each lattice against some corners.

    Parameters
    ----------
    corners : (m, 2) [m]
        Where all points are to be `least` apart in any direction.
    """
    for start, end in permutations(range(len(corners)), 2):
        ways = np.delete(corners, [start, end], axis=0) - corners[start]
        step = corners[end] - corners[start]
        whole = _parted(step, least)
        if whole is None:
            continue
        others = [parted for way in ways if (parted := _parted(way, least)) is not None]
        seconds = (
            [*others, *_rows_beside(whole, least)] if start < end else _rows_beside(whole, least)
        )
        tight = step / np.hypot(*step) * least
        cells = [(whole, second) for second in seconds]
        cells += [(tight, second) for second in _rows_beside(tight, least)]
        for one, other in cells:
            if abs(one[0] * other[1] - one[1] * other[0]) > FLAT * least**2:
                yield corners[start], np.array([one, other])


def _parted(way: FloatArray, least: float) -> FloatArray | None:
    """Part a way (2,) [m] into as many equal steps as keep the spacing; None if it is shorter."""
    length = float(np.hypot(*way))
    parts = math.floor(length / least * (1.0 + JUST))
    return way / parts if parts else None


def _rows_beside(step: FloatArray, least: float) -> list[FloatArray]:
    """Return the steps to the nearest rows on both sides.

    Staggered, and at right angles (2,) [m].
    """
    length = float(np.hypot(*step))
    aside = np.array([-step[1], step[0]]) / length
    up = math.sqrt(max(least**2 - length**2 / 4, (least / 2) ** 2))
    found = []
    for side in (1.0, -1.0):
        found += [step / 2 + side * up * aside, side * least * aside]
    return found


def turning_corners(polygons: Iterable[shapely.Polygon], most: int) -> FloatArray:
    """Return the outlines' corners, of very many those that turn most (m, 2) [m]."""
    found, turns = [], []
    for polygon in polygons:
        ring = shapely.get_coordinates(polygon.exterior.simplify(DRAWN_IN_M))[:-1]
        before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
        turn = np.arctan2(*after.T[::-1]) - np.arctan2(*before.T[::-1])
        found.append(ring)
        turns.append(np.abs((turn + np.pi) % (2 * np.pi) - np.pi))
    order = np.argsort(-np.concatenate(turns), kind="stable")
    chosen: FloatArray = np.concatenate(found)[order[:most]]
    return chosen
