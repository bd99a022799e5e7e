"""Turns what was drawn into valid areas: polygons with holes, repaired where that is allowed."""

import logging

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.readers.places import Feature

logger = logging.getLogger(__name__)

MANY_VERTICES = 30_000
"""Of a polygon that is looked at for crossings before anything else."""
MOST_CROSSINGS = 2000
"""Of a polygon's edges, that are repaired: a survey has a few."""


def boundary_area(feature: Feature, label: str, repair: bool) -> BaseGeometry:
    """Return the polygons of a feature; with `repair`, lines that close count."""
    polygons = []
    faults = FaultCollector()
    for shape in singles(feature.shape):
        if repair and isinstance(shape, shapely.LineString) and shape.is_closed:
            shape = shapely.Polygon(shape)
        if not isinstance(shape, shapely.Polygon):
            kind = "line" if isinstance(shape, shapely.LineString) else "point"
            cure = "draw the boundary as a polygon (QGIS: lines to polygons)"
            if kind == "line" and shape.is_closed:
                cure += "; it closes, so repair_boundaries: true takes it for one"
            faults.append(Fault(feature.where, f"{label} is a {kind}, not a polygon", cure))
            continue
        polygons.append(faults.attempt(valid_polygons, shape, feature.where, label, repair))
    faults.raise_any()
    return shapely.union_all([polygon for polygon in polygons if polygon is not None])


def singles(shape: BaseGeometry) -> list[BaseGeometry]:
    """Return the points, lines and polygons in a shape, however nested."""
    if not hasattr(shape, "geoms"):
        return [shape]
    return [single for part in shape.geoms for single in singles(part)]


def polygon_of(vertices: FloatArray, where: str, label: str, repair: bool) -> shapely.MultiPolygon:
    distinct = len(np.unique(vertices, axis=0))
    if distinct < 3:
        problem = f"{label} has {distinct} distinct vertices"
        raise ConfigError.of(where, problem, "a polygon needs 3 or more")
    return valid_polygons(shapely.Polygon(vertices), where, label, repair)


def valid_polygons(
    polygon: shapely.Polygon, where: str, label: str, repair: bool
) -> shapely.MultiPolygon:
    """Return a polygon with its holes as valid parts, repaired where that is allowed."""
    if shapely.get_num_coordinates(polygon) > MANY_VERTICES:  # a tangle takes minutes to be judged
        require_few_crossings(polygon, where, label)
    if not polygon.is_valid:
        reason = shapely.is_valid_reason(polygon)  # such as Self-intersection[502321.1 5716743.2]
        if not repair:
            fault, _, place_ = reason.partition("[")
            at = ", ".join(place_.rstrip("]").split())
            kind = "self-intersecting" if "ntersection" in fault else f"invalid ({fault.lower()})"
            problem = f"{label} is {kind} at ({at})"
            raise ConfigError.of(where, problem, "repair it or pass repair_boundaries: true")
        require_few_crossings(polygon, where, label)
        logger.warning("%s: %s repaired: %s", where, label, reason)
    parts = polygons_of(shapely.make_valid(polygon, method="structure", keep_collapsed=False))
    if parts.is_empty:
        raise ConfigError.of(where, f"{label} has no area", "correct its vertices")
    return parts


def require_few_crossings(polygon: shapely.Polygon, where: str, label: str) -> None:
    """Refuse a polygon whose repair would take for ever: its edges cross each other too often.

    Edges are looked up in a tree, a few at a time, until there are too many crossings.
    """
    rings = [shapely.get_coordinates(ring) for ring in (polygon.exterior, *polygon.interiors)]
    lines = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in rings])
    segments = shapely.linestrings(lines)
    tree = shapely.STRtree(segments)
    crossings, begin, few = 0, 0, max(1, min(16, 500_000 // len(segments)))
    while begin < len(segments):
        asked = segments[begin : begin + few]
        found = tree.query(asked, predicate="crosses")
        crossings += found.shape[1]
        if crossings > 2 * MOST_CROSSINGS:  # each is found from both of its edges
            problem = f"{label} crosses itself more than {MOST_CROSSINGS:,} times"
            cure = "draw it again: its vertices are not in the order of an outline"
            raise ConfigError.of(where, problem, cure)
        begin += len(asked)
        few = max(few, min(4096, 4 * few * len(asked) // max(found.shape[1], len(asked))))


def polygons_of(geometry: BaseGeometry) -> shapely.MultiPolygon:
    """Keep the polygons of `geometry`; unions and repairs may leave points and lines."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.MultiPolygon([part for part in parts if part.area > 0])
