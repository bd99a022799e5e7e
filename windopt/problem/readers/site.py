"""Reads the site: boundaries and exclusions of a windIO ``site``, as polygons or circles."""

import logging
import math

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from windopt.errors import ConfigError, Fault, FaultCollector, read_each
from windopt.problem.readers.windio import Node, open_part
from windopt.problem.site import Site

logger = logging.getLogger(__name__)


def read_site(path: str, repair_boundaries: bool = False) -> Site:
    """Read a site.

    Circles become 360-sided polygons, inscribed in a boundary and drawn around an exclusion, so
    that a layout that keeps the polygon keeps the circle.

    Parameters
    ----------
    path : windIO file of a site, or of one within.
    repair_boundaries : repair self-intersecting polygons instead of refusing them.
    """
    node = open_part(path, "site", "boundaries")
    faults = FaultCollector(
        node.unknown_keys(
            "name",
            "boundaries",
            "exclusions",
            "energy_resource",
            "bathymetry",
            "elevation",
            "roads",
        )
    )
    boundaries = faults.attempt(_read_shapes, node, "boundaries", repair_boundaries) or []
    exclusions = []
    if "exclusions" in node:
        exclusions = faults.attempt(_read_shapes, node, "exclusions", repair_boundaries) or []
    faults.raise_any()

    inside = shapely.union_all(boundaries)
    overlap = sum(shape.area for shape in boundaries) - inside.area
    if overlap > 1:
        logger.warning("%s: boundaries overlap by %.0f m²; they are united", node.where, overlap)
    area = _polygons(inside.difference(shapely.union_all(exclusions)))
    if area.is_empty:
        raise node.error("exclusions", "cover the whole site", "leave some area within boundaries")
    return Site(str(node.values.get("name", "")), area)


def _read_shapes(node: Node, key: str, repair: bool) -> list[BaseGeometry]:
    """Read the polygons and the circle of ``boundaries`` or ``exclusions``."""
    faults = FaultCollector()
    group = node.child(key)
    faults.extend(group.unknown_keys("polygons", "circle"))
    shapes = []
    noun = "boundary" if key == "boundaries" else "exclusion"
    polygons = faults.attempt(group.children, "polygons") or [] if "polygons" in group else []
    for number, polygon in enumerate(polygons, 1):
        label = f"{noun} {polygon.values.get('name', number)!r}"
        shapes.append(faults.attempt(_read_polygon, polygon, label, repair))
    if "circle" in group:
        shapes.append(faults.attempt(_read_circle, group, key == "exclusions"))
    if not shapes and not faults:
        faults.append(Fault(group.where, "has neither polygons nor a circle", "add one of them"))
    faults.raise_any()
    return [shape for shape in shapes if shape is not None]


def _read_polygon(node: Node, label: str, repair: bool) -> shapely.MultiPolygon:
    vertices = node.points()
    distinct = len(np.unique(vertices, axis=0))
    if distinct < 3:
        problem = f"{label} has {distinct} distinct vertices"
        raise ConfigError.of(node.where, problem, "a polygon needs 3 or more")
    polygon = shapely.Polygon(vertices)
    if not polygon.is_valid:
        reason = shapely.is_valid_reason(polygon)  # such as Self-intersection[502321.1 5716743.2]
        if not repair:
            at = ", ".join(reason.partition("[")[2].rstrip("]").split())
            problem = f"{label} is self-intersecting at ({at})"
            cure = "repair it or pass repair_boundaries: true"
            raise ConfigError.of(node.where, problem, cure)
        logger.warning("%s: %s repaired: %s", node.where, label, reason)
    parts = _polygons(shapely.make_valid(polygon))
    if parts.is_empty:
        raise ConfigError.of(node.where, f"{label} has no area", "correct its vertices")
    return parts


def _read_circle(group: Node, around: bool) -> shapely.Polygon:
    node = group.child("circle")
    faults = FaultCollector(node.unknown_keys("center", "radius"))
    radius = faults.attempt(node.positive, "radius")
    x_y = faults.attempt(lambda: read_each(node.child("center").number, "x", "y"))
    faults.raise_any()
    assert radius is not None
    if around:
        radius /= math.cos(math.pi / 360)
    return shapely.Point(x_y).buffer(radius, quad_segs=90)


def _polygons(geometry: BaseGeometry) -> shapely.MultiPolygon:
    """Keep the polygons of `geometry`; unions and repairs may leave points and lines."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.MultiPolygon([part for part in parts if part.area > 0])
