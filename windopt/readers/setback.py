"""The set-back: a distance that all turbines keep from the boundary of their site.

It holds from the outline of all parcels together: where two of them touch, their common edge is no
boundary. It holds from the holes of the site's file, too; the exclusions of a config have distances
of their own.
"""

import logging
from dataclasses import replace

import shapely
from shapely.geometry.base import BaseGeometry

from windopt.config.placement import SetbackConfig
from windopt.errors import ConfigError
from windopt.problem.site import Site
from windopt.readers.safe_shapes import inside_by

logger = logging.getLogger(__name__)

CRUMB_M2, GAP_M = 1.0, 1.0
"""Area of parts and holes that count for nothing [m²]; a gap between parcels that is narrower was
mostly not meant [m]."""
WHOLE = 0.5
"""Share of a parcel below which what exclusions leave of it is told as a part."""
MOST_VERTICES, COARSER, MOST_LEFT = 3_000, 2.0, 10_000
"""Vertices of a boundary up to which it is taken as drawn, by what tolerances grow beyond, and how
many may be left then."""


def set_back(site: Site, setback: SetbackConfig, rotor_diameter: float) -> Site:
    """Return the site without what lies nearer to its boundary than the set-back.

    Parameters
    ----------
    site : Site
    setback : SetbackConfig
        The distance.
    rotor_diameter : float [m]
        Of the largest rotor.

    Raises
    ------
    ConfigError
        Where no place keeps the distance.
    """
    distance = setback.m + setback.rotor_radii * rotor_diameter / 2
    _warn_of_gaps(site)
    outline, coarse = _simple(_without_slits(site.drawn), distance)
    inner = inside_by(outline, distance + coarse)
    area = _polygons(site.area.intersection(inner))
    if area.is_empty:
        middle, rim = shapely.get_coordinates(
            shapely.maximum_inscribed_circle(max(site.area.geoms, key=lambda part: part.area))
        )
        deepest = min(
            float(shapely.distance(shapely.Point(middle), site.drawn.boundary)),
            float(((middle - rim) ** 2).sum() ** 0.5),
        )
        problem = f"{distance:g} m leaves no place on the site of {site.area_km2:.3g} km²"
        cure = f"give less: the largest parcel has a place about {deepest:.0f} m inside"
        raise ConfigError.of("site_setback", problem, cure)
    _tell(site, area, distance)
    return replace(site, area=area, setback_m=distance)


def _polygons(shape: BaseGeometry) -> shapely.MultiPolygon:
    parts = [part for part in shapely.get_parts(shape) if part.area >= CRUMB_M2]
    return shapely.MultiPolygon(parts)


def _without_slits(outline: shapely.MultiPolygon) -> shapely.MultiPolygon:
    """Close holes that are no more than the mismatch of parcels: they stay closed to turbines."""
    whole, slits = [], 0
    for part in outline.geoms:
        holes = [hole for hole in part.interiors if shapely.Polygon(hole).area >= CRUMB_M2]
        slits += len(part.interiors) - len(holes)
        whole.append(shapely.Polygon(part.exterior, holes))
    if slits:
        logger.warning(
            "site_setback: %d %s of less than %g m² between parcels taken for no boundary",
            slits,
            "slit is" if slits == 1 else "slits are",
            CRUMB_M2,
        )
    return shapely.MultiPolygon(whole)


def _simple(outline: shapely.MultiPolygon, distance: float) -> tuple[shapely.MultiPolygon, float]:
    """Leave vertices out where there are very many, and give how far lines have moved [m]."""
    simple, tolerance = outline, 0.0
    while shapely.get_num_coordinates(simple) > MOST_VERTICES and tolerance < distance:
        tolerance = COARSER * tolerance or 1e-4 * distance
        simple = shapely.simplify(outline, tolerance, preserve_topology=True)
    left = shapely.get_num_coordinates(simple)
    if left > MOST_LEFT:
        problem = f"the boundary has {left:,} vertices, even when thinned by {tolerance:.2g} m"
        cure = "simplify its file (QGIS: simplify), or leave out site_setback"
        raise ConfigError.of("site_setback", problem, cure)
    if tolerance:
        logger.warning(
            "site_setback: the boundary's %d vertices are thinned to %d, and %.2g m added to the "
            "%g m, so that none is closer",
            shapely.get_num_coordinates(outline),
            shapely.get_num_coordinates(simple),
            tolerance,
            distance,
        )
    return shapely.MultiPolygon(list(shapely.get_parts(simple))), tolerance


def _warn_of_gaps(site: Site) -> None:
    """Report where parcels nearly touch: the set-back holds on both sides of the gap."""
    parts = shapely.get_parts(site.drawn)
    first, second = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=GAP_M)
    if count := int((first < second).sum()):
        logger.warning(
            "site_setback: %s less than %g m apart without touching: the set-back holds on both "
            "sides of the gap; let them share an edge if it is none",
            "two parcels are" if count == 1 else f"{count} pairs of parcels are",
            GAP_M,
        )


def _tell(site: Site, area: shapely.MultiPolygon, distance: float) -> None:
    """Report which parcels the set-back closes or splits, with areas before and after."""
    for number, before in enumerate(site.polygons, 1):
        after = [part for part in area.geoms if shapely.intersects(part, before)]
        if len(after) == 1:
            continue
        name = _name_of(site, number, before)
        left = f"is split into {len(after)}: " if after else "has no place left"
        sizes = ", ".join(f"{part.area / 1e6:.3g} km²" for part in after)
        logger.warning(
            "site_setback: at %g m %s of %.3g km² %s%s",
            distance,
            name,
            before.area / 1e6,
            left,
            sizes,
        )


def _name_of(site: Site, number: int, part: shapely.Polygon) -> str:
    """Name a parcel as the input does, or by its number."""
    inside = part.representative_point()
    names = [repr(one.name) for one in site.parcels if one.name and one.shape.intersects(inside)]
    if not names:
        return f"parcel {number}"
    whole = [drawn for drawn in site.drawn.geoms if drawn.contains(inside)]
    is_part = bool(whole) and part.area < WHOLE * whole[0].area
    return f"{'a part of ' if is_part else ''}parcel {names[0]}"
