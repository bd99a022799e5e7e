"""Reads the exclusions of a config: shapes written there or drawn in a file, and the set-back."""

from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from windopt.config.placement import ExclusionConfig
from windopt.errors import Fault, FaultCollector
from windopt.readers.places.areas import Repairs, polygon_of, singles, valid_polygons
from windopt.readers.places.choice import Choice
from windopt.readers.places.files import is_boundary_table, read_geo_file
from windopt.readers.places.placing import place
from windopt.readers.safe_shapes import buffer_around
from windopt.readers.windio.document import resolve
from windopt.words import count_of


def read_exclusion(
    item: ExclusionConfig, where: str, repairs: Repairs, crs: str | None = None
) -> BaseGeometry:
    """Return the area that an exclusion of the config takes, its distance kept included.

    Parameters
    ----------
    item : ExclusionConfig
        The exclusion.
    where : str
        Its place in the config.
    repairs : Repairs
        Whether polygons are repaired instead of refused, and what was done before.
    crs : str or None
        Of the site, into which an exclusion from a file is projected.
    """
    if item.file is not None:
        return _read_excluded_file(item, item.file, where, repairs, crs)
    if item.polygon is not None:
        label = f"exclusion {item.name!r}" if item.name else "polygon"
        shape: BaseGeometry = polygon_of(np.array(item.polygon), where, label, repairs)
    elif item.line is not None:
        shape = shapely.LineString(item.line)
    else:
        shape = shapely.Point(item.point)
    return buffer_around(shape, item.distance_m)


def _read_excluded_file(
    item: ExclusionConfig, path: str, where: str, repairs: Repairs, crs: str | None
) -> BaseGeometry:
    """Read an exclusion's polygons, lines and points, each with the distance kept from it."""
    rows: Literal["points", "vertices"] = "vertices" if is_boundary_table(path) else "points"
    choice = Choice(item.where, f"{where}.where")
    file = read_geo_file(
        resolve(path), f"{where}.file", rows, close_rings=repairs.allowed, choice=choice
    )
    features, _ = place(file, crs)
    faults = FaultCollector()
    closed = []
    bare: list[tuple[str, str]] = []
    for feature in features:
        for shape in singles(feature.shape):
            if isinstance(shape, shapely.Polygon):
                label = f"exclusion {feature.name!r}" if feature.name else "exclusion"
                area = faults.attempt(valid_polygons, shape, feature.where, label, repairs)
            elif not item.distance_m:
                kind = "line" if isinstance(shape, shapely.LineString) else "point"
                bare.append((feature.where, kind))
                break
            else:
                area = shape
            if area is not None:
                closed.append(buffer_around(area, item.distance_m))
    if bare:
        place_, kind = bare[0]
        others = count_of(len(bare) - 1, "other feature")
        more = f", nor {'has' if len(bare) == 2 else 'have'} {others}" if bare[1:] else ""
        cure = f"add distance_m to {where}, the distance to keep [m]"
        faults.append(Fault(place_, f"a {kind} has no area{more}", cure))
    faults.raise_any()
    return shapely.union_all(closed)
