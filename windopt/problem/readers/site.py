"""Reads the site: boundaries and exclusions of a windIO ``site``, and the config's exclusions."""

import logging
from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from windopt.config import ExclusionConfig
from windopt.errors import ConfigError, Fault, FaultCollector, read_each
from windopt.problem.layout import FloatArray
from windopt.problem.readers.windio import Node, open_part
from windopt.problem.safe_shapes import buffer_around, disc_around, disc_within
from windopt.problem.site import Site

logger = logging.getLogger(__name__)

SLIVER_M2 = 1.0
"""Parcels below are crumbs of shapes that nearly coincide [m²]."""

Excluded = tuple[str, BaseGeometry]
"""An exclusion with its place in the input."""


def read_site(
    path: str, repair_boundaries: bool = False, exclusions: Sequence[ExclusionConfig] = ()
) -> Site:
    """Read a site.

    Circles become polygons of 720 vertices, inscribed in a boundary and drawn around an exclusion,
    so that a layout that keeps the polygon keeps the circle. Distances kept from exclusions are
    rounded on the safe side too.

    Parameters
    ----------
    path : windIO file of a site, or of one within.
    repair_boundaries : repair self-intersecting polygons instead of refusing them.
    exclusions : those of the config.
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
    excluded: list[Excluded] = []
    if "exclusions" in node:
        shapes = faults.attempt(_read_shapes, node, "exclusions", repair_boundaries) or []
        excluded += [(node.place("exclusions"), shape) for shape in shapes]
    for i, item in enumerate(exclusions):
        shape = faults.attempt(read_exclusion, item, f"exclusions[{i}]", repair_boundaries)
        if shape is not None:
            excluded.append((f"exclusions[{i}]", shape))
    faults.raise_any()

    inside = shapely.union_all(boundaries)
    overlap = sum(shape.area for shape in boundaries) - inside.area
    if overlap > 1:
        logger.warning("%s: boundaries overlap by %.0f m²; they are united", node.where, overlap)
    return Site(str(node.values.get("name", "")), _open_area(node, inside, excluded))


def read_exclusion(item: ExclusionConfig, where: str, repair: bool = False) -> BaseGeometry:
    """Return the area that an exclusion of the config takes, its distance kept included."""
    if item.polygon is not None:
        label = f"exclusion {item.name!r}" if item.name else "polygon"
        shape: BaseGeometry = _polygon(np.array(item.polygon), where, label, repair)
    elif item.line is not None:
        shape = shapely.LineString(item.line)
    else:
        shape = shapely.Point(item.point)
    return buffer_around(shape, item.distance_m)


def _open_area(
    node: Node, inside: BaseGeometry, excluded: Sequence[Excluded]
) -> shapely.MultiPolygon:
    """Take the exclusions out of what lies within the boundaries."""
    for where, shape in excluded:
        if not inside.intersects(shape):
            x, y = shape.centroid.coords[0]
            logger.warning(
                "%s: does not touch the site, %.0f m away at (%.0f, %.0f): check its coordinates",
                where,
                inside.distance(shape),
                x,
                y,
            )
    parts = _polygons(inside.difference(shapely.union_all([shape for _, shape in excluded])))
    area = shapely.MultiPolygon([part for part in parts.geoms if part.area >= SLIVER_M2])
    if area.is_empty and not excluded:
        problem = f"enclose {inside.area:.3g} m²"
        raise node.error("boundaries", problem, "give coordinates in metres")
    if area.is_empty:
        where = excluded[0][0] if len(excluded) == 1 else "exclusions"
        problem = f"cover the whole site of {inside.area / 1e6:.3g} km²"
        raise ConfigError.of(where, problem, "leave some area within boundaries")
    if crumbs := len(parts.geoms) - len(area.geoms):
        lost = parts.area - area.area
        logger.warning("%s: %d slivers of %.2g m² left out", node.where, crumbs, lost)
    return area


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
    return _polygon(node.points(), node.where, label, repair)


def _polygon(vertices: FloatArray, where: str, label: str, repair: bool) -> shapely.MultiPolygon:
    distinct = len(np.unique(vertices, axis=0))
    if distinct < 3:
        problem = f"{label} has {distinct} distinct vertices"
        raise ConfigError.of(where, problem, "a polygon needs 3 or more")
    polygon = shapely.Polygon(vertices)
    if not polygon.is_valid:
        reason = shapely.is_valid_reason(polygon)  # such as Self-intersection[502321.1 5716743.2]
        if not repair:
            at = ", ".join(reason.partition("[")[2].rstrip("]").split())
            problem = f"{label} is self-intersecting at ({at})"
            raise ConfigError.of(where, problem, "repair it or pass repair_boundaries: true")
        logger.warning("%s: %s repaired: %s", where, label, reason)
    parts = _polygons(shapely.make_valid(polygon))
    if parts.is_empty:
        raise ConfigError.of(where, f"{label} has no area", "correct its vertices")
    return parts


def _read_circle(group: Node, around: bool) -> shapely.Polygon:
    node = group.child("circle")
    faults = FaultCollector(node.unknown_keys("center", "radius"))
    radius = faults.attempt(node.positive, "radius")
    x_y = faults.attempt(lambda: read_each(node.child("center").number, "x", "y"))
    faults.raise_any()
    assert radius is not None
    assert x_y is not None
    return (disc_around if around else disc_within)(x_y, radius)


def _polygons(geometry: BaseGeometry) -> shapely.MultiPolygon:
    """Keep the polygons of `geometry`; unions and repairs may leave points and lines."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.MultiPolygon([part for part in parts if part.area > 0])
