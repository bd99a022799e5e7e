"""Round shapes as polygons on the safe side: whoever keeps the polygon keeps the round shape.

A regular polygon of n vertices around a circle of radius r has its vertices at r / cos(π/n).
GEOS draws the arcs of a buffer through points on the circle, and divides an arc evenly into the
nearest whole number of chords: a chord may span half as much again as asked for. Widened to
r / cos(π/n) with n for twice the angle, all of its chords stay outside.

What lies farther than d inside a polygon is bounded by lines parallel to its edges, exactly, and
about its reflex corners by arcs; each arc becomes a polyline of tangents to it.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
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


def inside_by(area: shapely.MultiPolygon, distance: float) -> BaseGeometry:
    """Return what lies `distance` [m] or more inside an area, or a little less of it."""
    inner = area.buffer(-distance, quad_segs=BUFFER_SEGS)
    rings = [
        np.asarray(ring.coords)
        for polygon in shapely.get_parts(shapely.orient_polygons(area))
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    near = [sector for ring in rings for sector in _reflex_sectors(ring, distance)]
    return inner.difference(shapely.union_all(near)) if near else inner


def _reflex_sectors(ring: NDArray[np.float64], distance: float) -> Iterator[shapely.Polygon]:
    """Yield what lies within `distance` [m] of the reflex corners of a ring (n + 1, 2).

    The area is on the ring's left. A sector reaches from the end of one edge's parallel to the
    beginning of the next one's.
    """
    steps = np.diff(ring, axis=0)
    heading = np.arctan2(steps[:, 1], steps[:, 0])
    turn = (heading - np.roll(heading, 1) + math.pi) % (2 * math.pi) - math.pi
    for corner in np.flatnonzero(turn < -1e-9):
        parts = math.ceil(-turn[corner] * 2 * BUFFER_SEGS / math.pi)
        step = turn[corner] / parts
        start = heading[corner - 1] + math.pi / 2
        touched = start + step * (np.arange(parts) + 0.5)
        angles = np.concatenate([[start], touched, [start + turn[corner]]])
        radius = np.full(len(angles), distance / math.cos(step / 2))
        radius[[0, -1]] = distance
        arc = ring[corner] + radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        yield shapely.Polygon([ring[corner], *arc])
