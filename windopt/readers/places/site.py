"""Reads the site: its boundaries, and the exclusions of its file and of the config.

Boundaries come from a windIO ``site``, or from the polygons of a map or a table, whose holes are
exclusions.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import shapely
from shapely.geometry.base import BaseGeometry

from windopt.config.placement import LARGEST_COORDINATE, ExclusionConfig
from windopt.errors import ConfigError, Fault, FaultCollector, read_each
from windopt.problem.site import Limit, Site
from windopt.readers.crs import crs_name, require_metres, unfit_for_metres
from windopt.readers.places.areas import (
    Repairs,
    boundary_area,
    in_km2,
    meetings,
    polygon_of,
    polygons_of,
    singles,
)
from windopt.readers.places.choice import Choice
from windopt.readers.places.exclusions import read_exclusion
from windopt.readers.places.features import Feature, GeoFile
from windopt.readers.places.files import is_geo_file, read_geo_file
from windopt.readers.places.placing import explain_distance, place
from windopt.readers.safe_shapes import disc_around, disc_within
from windopt.readers.windio.document import Node, open_part, resolve

logger = logging.getLogger(__name__)

SLIVER_M2 = 1.0
"""Parcels below are crumbs of shapes that nearly coincide [m²]."""

SMALLEST_M, LARGEST_M2 = 5.0, 1e11
"""Extent and area of what can be a site: 100,000 km² is larger than any."""

Excluded = tuple[str, BaseGeometry]
"""An exclusion with its place in the input."""
Parcel = tuple[str, BaseGeometry]
"""A part of the site with what it is called."""
MOST_PAIRS = 5
"""Overlapping pairs of parcels that a warning names."""


def read_site(
    path: str,
    repair_boundaries: bool = False,
    exclusions: Sequence[ExclusionConfig] = (),
    crs: str | None = None,
    where: Mapping[str, object] | None = None,
) -> Site:
    """Read a site.

    Circles become polygons of 720 vertices, inscribed in a boundary and drawn around an exclusion,
    so that a layout that keeps the polygon keeps the circle. Distances kept from exclusions are
    rounded on the safe side too.

    Parameters
    ----------
    path : str
        WindIO file of a site or of one within, GeoJSON, shapefile, KML or CSV.
    repair_boundaries : bool
        Repair self-intersecting and open polygons instead of refusing them.
    exclusions : sequence of ExclusionConfig
        Those of the config.
    crs : str or None
        That of the config: what is drawn in another one is projected.
    where : mapping of str to object or None
        Attributes of the features of `path` that are the site; all are without.
    """
    faults = FaultCollector()
    if crs is not None:
        crs = faults.attempt(require_metres, crs)
        faults.raise_any()  # nothing can be placed
    drawn = faults.attempt(
        _read_drawn if is_geo_file(path) else _read_windio,
        path,
        repair_boundaries,
        crs,
        Choice(where or {}),
    )
    excluded = list(drawn.excluded) if drawn is not None else []
    limits = []
    if drawn is not None:
        crs = drawn.crs
    repairs = Repairs(repair_boundaries)
    for i, item in enumerate(exclusions):
        place_ = f"exclusions[{i}]"
        if item.file is not None and drawn is None:  # nobody knows where
            continue
        shape = faults.attempt(read_exclusion, item, place_, repairs, crs)
        if shape is not None:
            excluded.append((place_, shape))
            limits.append(Limit(item.name or "", shape, item.distance_m))
    faults.raise_any()
    assert drawn is not None

    inside = shapely.union_all([shape for _, shape in drawn.boundaries])
    west, south, east, north = inside.bounds
    if max(east - west, north - south) < SMALLEST_M or inside.area > LARGEST_M2:
        problem = f"is {east - west:.6g} m from west to east and {north - south:.6g} m to the north"
        cure = "give coordinates in metres, not degrees or kilometres"
        if inside.area > LARGEST_M2:
            cure = "give the parcels of one farm, and the CRS that their numbers are in"
        raise ConfigError.of(drawn.where, problem, cure)
    overlap = sum(shape.area for _, shape in drawn.boundaries) - inside.area
    if overlap > 1:
        _warn_of_overlap(drawn, overlap)
    area = _open_area(drawn.where, inside, excluded, crs)
    holes = shapely.union_all([shape for _, shape in drawn.excluded])
    parcels = [
        Limit(name, shape) for name, (_, shape) in zip(drawn.names, drawn.boundaries, strict=True)
    ]
    outline = polygons_of(inside.difference(holes))
    return Site(drawn.name, area, crs, outline, tuple(parcels), tuple(limits))


@dataclass(frozen=True)
class _Drawn:
    """What the site's file holds, in metres of `crs`."""

    name: str
    where: str
    names: list[str]
    boundaries: list[Parcel]
    excluded: list[Excluded]
    crs: str | None


def _warn_of_overlap(drawn: _Drawn, overlap: float) -> None:
    """Report which parcels overlap or lie within others: ground counts once, and is no hole."""
    shapes = [shape for _, shape in drawn.boundaries]
    pairs = meetings(shapes, drawn.where).T
    said = []
    for i, j in pairs[pairs[:, 0] < pairs[:, 1]].tolist():
        shared = shapes[i].intersection(shapes[j]).area
        if shared <= 1:
            continue
        small, large = sorted((i, j), key=lambda k: shapes[k].area)
        one, other = drawn.boundaries[small][0], drawn.boundaries[large][0]
        within = shared > (1 - 1e-6) * shapes[small].area
        said.append(f"{one} {'lies within' if within else 'overlaps'} {other} ({in_km2(shared)})")
    more = f" and {len(said) - MOST_PAIRS} more" if len(said) > MOST_PAIRS else ""
    logger.warning(
        "%s: boundaries overlap by %.0f m²; they are united, and none is a hole in another: %s%s. "
        "A hole is an inner ring of the same feature, or belongs below exclusions:",
        drawn.where,
        overlap,
        "; ".join(said[:MOST_PAIRS]),
        more,
    )


def _read_windio(path: str, repair: bool, crs: str | None, choice: Choice) -> _Drawn:
    if choice.wanted:
        problem = "chooses features of a map by their attributes, and windIO's have none"
        raise ConfigError.of("where", problem, "leave it out, or name GeoJSON, a shapefile or KML")
    node = open_part(path, "site", "boundaries")
    faults = FaultCollector(
        node.misspelt_keys(
            "name",
            "boundaries",
            "exclusions",
            "energy_resource",
            "bathymetry",
            "elevation",
            "roads",
        )
    )
    boundaries = faults.attempt(_read_shapes, node, "boundaries", repair) or []
    excluded: list[Excluded] = []
    if "exclusions" in node:
        shapes = faults.attempt(_read_shapes, node, "exclusions", repair) or []
        excluded += [(node.place("exclusions"), shape) for _, shape in shapes]
    faults.raise_any()
    where = node.where if ": " in node.where else f"{node.where}: boundaries"
    crs = crs or _crs_of_windio(node)
    names = _names_of_windio(node, len(boundaries))
    return _Drawn(str(node.values.get("name", "")), where, names, boundaries, excluded, crs)


def _names_of_windio(node: Node, n_boundaries: int) -> list[str]:
    """Return what the boundaries are called: polygons come before the circle."""
    group = node.child("boundaries")
    polygons = group.children("polygons") if "polygons" in group else []
    names = [str(polygon.values.get("name") or "") for polygon in polygons]
    return [*names, ""][:n_boundaries]


def _crs_of_windio(node: Node) -> str | None:
    """Return the CRS that all boundaries name, if it is one to work in."""
    boundaries = node.child("boundaries")
    polygons = boundaries.children("polygons") if "polygons" in boundaries else []
    named = {str(polygon.values.get("crs") or "") for polygon in polygons}
    if len(named) != 1 or "" in named:
        return None
    (crs,) = named
    try:
        return None if unfit_for_metres(crs) else crs_name(crs)
    except ConfigError as error:
        logger.warning("%s: crs is not used: %s", boundaries.where, error.faults[0])
        return None


def _read_drawn(path: str, repair: bool, crs: str | None, choice: Choice) -> _Drawn:
    file = read_geo_file(resolve(path), "site", "vertices", close_rings=repair, choice=choice)
    features, crs = place(replace(file, features=_with_ground(file)), crs, finds_crs=True)
    faults = FaultCollector()
    names, boundaries = [], []
    repairs = Repairs(repair)
    for number, feature in enumerate(features, 1):
        label = f"boundary {feature.name!r}" if feature.name else "boundary"
        shape = faults.attempt(boundary_area, feature, label, repairs)
        if shape is not None:
            name = repr(feature.name) if feature.name else f"parcel {number}"
            names.append(feature.name)
            boundaries.append((name, shape))
    faults.raise_any()
    return _Drawn(file.name.rpartition(".")[0], file.name, names, boundaries, [], crs)


def _with_ground(file: GeoFile) -> tuple[Feature, ...]:
    """Return the features that may be parcels: not points and open lines, if there are polygons."""
    kinds = [_kind(feature) for feature in file.features]
    if "polygon" not in kinds:
        return file.features
    left = [f for f, kind in zip(file.features, kinds, strict=True) if kind == "beside"]
    if left:
        named = ", ".join(repr(f.name) if f.name else f.where for f in left[:MOST_PAIRS])
        more = f" and {len(left) - MOST_PAIRS} more" if len(left) > MOST_PAIRS else ""
        logger.warning(
            "%s: %d of %d features %s and left out: %s%s. What turbines must keep off belongs "
            "below exclusions:",
            file.name,
            len(left),
            len(kinds),
            "is no polygon" if len(left) == 1 else "are no polygons",
            named,
            more,
        )
    return tuple(f for f, kind in zip(file.features, kinds, strict=True) if kind != "beside")


def _kind(feature: Feature) -> Literal["polygon", "outline", "beside"]:
    """Return whether a feature has polygons, lines that may be meant for one, or neither."""
    shapes = singles(feature.shape)
    if any(isinstance(shape, shapely.Polygon) for shape in shapes):
        return "polygon"
    closed = [isinstance(shape, shapely.LineString) and shape.is_closed for shape in shapes]
    return "outline" if any(closed) else "beside"


def _open_area(
    where: str, inside: BaseGeometry, excluded: Sequence[Excluded], crs: str | None
) -> shapely.MultiPolygon:
    """Take the exclusions out of what lies within the boundaries."""
    for place_, shape in excluded:
        if not inside.intersects(shape):
            x, y = shape.centroid.coords[0]
            around = Site("", polygons_of(inside), crs)
            words = explain_distance(shapely.get_coordinates(shape), around)
            logger.warning(
                "%s: does not touch the site, %.0f m away at (%.0f, %.0f): check its coordinates%s",
                place_,
                inside.distance(shape),
                x,
                y,
                f" ({words} lie on it)" if words else "",
            )
    parts = polygons_of(inside.difference(shapely.union_all([shape for _, shape in excluded])))
    area = shapely.MultiPolygon([part for part in parts.geoms if part.area >= SLIVER_M2])
    if area.is_empty and not excluded:
        problem = f"enclose {inside.area:.3g} m²"
        raise ConfigError.of(where, problem, "give coordinates in metres")
    if area.is_empty:
        place_ = excluded[0][0] if len(excluded) == 1 else "exclusions"
        problem = f"cover the whole site of {inside.area / 1e6:.3g} km²"
        raise ConfigError.of(place_, problem, "leave some area within boundaries")
    if crumbs := len(parts.geoms) - len(area.geoms):
        lost = parts.area - area.area
        slivers = "1 sliver" if crumbs == 1 else f"{crumbs} slivers"
        logger.warning("%s: %s of %.2g m² left out", where, slivers, lost)
    return area


def _read_shapes(node: Node, key: str, repair: bool) -> list[Parcel]:
    """Read the polygons and the circle of ``boundaries`` or ``exclusions``, with their labels."""
    faults = FaultCollector()
    group = node.child(key)
    faults.extend(group.unknown_keys("polygons", "circle"))
    shapes: list[tuple[str, BaseGeometry | None]] = []
    noun = "boundary" if key == "boundaries" else "exclusion"
    repairs = Repairs(repair)
    polygons = faults.attempt(group.children, "polygons") or [] if "polygons" in group else []
    for number, polygon in enumerate(polygons, 1):
        label = f"{noun} {polygon.values.get('name', number)!r}"
        shapes.append((label, faults.attempt(_read_polygon, polygon, label, repairs)))
    if "circle" in group:
        shapes.append(("the circle", faults.attempt(_read_circle, group, key == "exclusions")))
    if not shapes and not faults:
        faults.append(Fault(group.where, "has neither polygons nor a circle", "add one of them"))
    faults.raise_any()
    return [(label, shape) for label, shape in shapes if shape is not None]


def _read_polygon(node: Node, label: str, repairs: Repairs) -> shapely.MultiPolygon:
    return polygon_of(node.points(), node.where, label, repairs)


def _read_circle(group: Node, around: bool) -> shapely.Polygon:
    node = group.child("circle")
    faults = FaultCollector(node.unknown_keys("center", "radius"))
    radius = faults.attempt(node.positive, "radius")
    x_y = faults.attempt(lambda: read_each(node.child("center").number, "x", "y"))
    faults.raise_any()
    assert radius is not None
    assert x_y is not None
    if max(radius, *map(abs, x_y)) > LARGEST_COORDINATE:
        problem = f"has the radius {radius:g} m about ({x_y[0]:g}, {x_y[1]:g})"
        raise ConfigError.of(node.where, problem, "give metres")
    return (disc_around if around else disc_within)(x_y, radius)
