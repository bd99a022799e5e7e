"""Round shapes as polygons on the safe side: whoever keeps the polygon keeps the round shape.

A regular polygon of n vertices around a circle of radius r has its vertices at r / cos(π/n).
GEOS draws the arcs of a buffer through points on the circle, and divides an arc evenly into the
nearest whole number of chords: a chord may span half as much again as asked for. Widened to
r / cos(π/n) with n for twice the angle, all of its chords stay outside.
"""

import math
from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

CIRCLE_SEGS, BUFFER_SEGS = 180, 90
"""Segments to a quarter circle."""


def disc_within(centre: Sequence[float], radius: float) -> shapely.Polygon:
    """Return the polygon of 720 vertices on a circle [m]: no more than the disc."""
    return shapely.Point(centre).buffer(radius, quad_segs=CIRCLE_SEGS)


def disc_around(centre: Sequence[float], radius: float) -> shapely.Polygon:
    """Return the polygon of 720 sides around a circle [m]: no less than the disc."""
    wide = radius / math.cos(math.pi / (4 * CIRCLE_SEGS))
    return shapely.Point(centre).buffer(wide, quad_segs=CIRCLE_SEGS)


def buffer_around(shape: BaseGeometry, distance: float) -> BaseGeometry:
    """Return the shape and what lies within `distance` [m] of it, or a little more."""
    if distance == 0:
        return shape
    wide = distance / math.cos(math.pi / (2 * BUFFER_SEGS))
    return shape.buffer(wide, quad_segs=BUFFER_SEGS)
