"""Features of a map: shapes with what a file says of them.

All formats are brought to GeoJSON's way of writing a geometry (RFC 7946, section 3.1), so that they
share one check: positions are finite, rings are closed. Heights are left out.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from windopt.errors import ConfigError, FaultCollector
from windopt.problem.layout import FloatArray


@dataclass(frozen=True, eq=False)
class Feature:
    """A shape in the coordinates of its file.

    Attributes
    ----------
    where : its place in the file
    shape : points, lines or polygons, in two dimensions; polygons may be invalid
    values : what the file says of it, by name in lower case
    """

    where: str
    shape: BaseGeometry
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the file calls it, if it does."""
        return str(self.values.get("name") or "")


@dataclass(frozen=True, eq=False)
class GeoFile:
    """The features of a file.

    Attributes
    ----------
    name : of the file
    features : at least one
    crs : that the file or its format declares; None where neither does
    cure : how to declare it, where that is missing
    must_declare : whether the format is of no use without: a shapefile has its .prj
    """

    name: str
    features: tuple[Feature, ...]
    crs: str | None
    cure: str
    must_declare: bool = False

    @property
    def coordinates(self) -> FloatArray:
        """All vertices (n, 2), in the file's coordinates."""
        points: FloatArray = shapely.get_coordinates([feature.shape for feature in self.features])
        return points


MOST_VERTICES = 100_000
"""Of all shapes of a file."""
MOST_PARTS = 10_000
"""Features of a file, and parts and rings of a shape."""
SIMPLIFY = "simplify it (QGIS: simplify), and keep what concerns this site"
DEEPEST = 8
"""Collections within collections that are followed; nobody draws more."""


def parse_geometry(
    geometry: object, where: str, close_rings: bool = False, depth: int = 0
) -> BaseGeometry:
    """Return the shape of a GeoJSON geometry object.

    Parameters
    ----------
    geometry : mapping with ``type`` and ``coordinates`` or ``geometries``
    where : its place, for faults
    close_rings : close open rings instead of refusing them
    depth : of collections around it
    """
    if not isinstance(geometry, Mapping):
        raise ConfigError.of(where, f"holds {_short(geometry)}, not a geometry", "draw it again")
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        parts = geometry.get("geometries")
        if not isinstance(parts, Sequence) or not parts or depth == DEEPEST:
            problem = f"nests {depth} collections" if depth else "is an empty collection"
            raise ConfigError.of(where, problem, "draw it as one shape, or delete it")
        inside = [parse_geometry(part, where, close_rings, depth + 1) for part in parts]
        return shapely.GeometryCollection(inside)
    content = geometry.get("coordinates")
    many = str(kind).startswith("Multi")
    single = str(kind).removeprefix("Multi")
    if single not in ("Point", "LineString", "Polygon"):
        cure = "draw points, lines or polygons"
        raise ConfigError.of(where, f"unknown geometry {_short(kind)}", cure)
    parts = content if many else [content]
    if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts or not parts[0]:
        raise ConfigError.of(where, f"is an empty {kind}", "draw something, or delete it")
    if many:
        _require_few(len(parts), where)
    shapes: list[Any] = []
    faults = FaultCollector()
    for i, part in enumerate(parts):
        place = f"{where}[{i}]" if many and len(parts) > 1 else where
        shapes.append(faults.attempt(_parse_single, single, part, place, close_rings))
    faults.raise_any()
    if not many:
        shape: BaseGeometry = shapes[0]
        return shape
    multi: BaseGeometry = getattr(shapely, str(kind))(shapes)
    return multi


def _parse_single(kind: str, content: object, where: str, close_rings: bool) -> BaseGeometry:
    if kind == "Point":
        return shapely.Point(_positions([content], where)[0])
    if kind == "LineString":
        vertices = _positions(content, where)
        if len(vertices) < 2:
            raise ConfigError.of(where, "is a line of one point", "draw 2 points or more")
        return shapely.LineString(vertices)
    if not isinstance(content, Sequence):
        raise ConfigError.of(where, f"holds {_short(content)}, not rings", "draw it again")
    _require_few(len(content), where)
    faults = FaultCollector()
    rings = []
    for i, ring in enumerate(content):
        place = f"{where}, hole {i}" if i else where
        rings.append(faults.attempt(_ring, ring, place, close_rings))
    faults.raise_any()
    return shapely.Polygon(rings[0], rings[1:])


def _ring(content: object, where: str, close_rings: bool) -> FloatArray:
    vertices = _positions(content, where)
    distinct = len(np.unique(vertices, axis=0))
    if distinct < 3:
        problem = f"has {distinct} distinct vertices"
        raise ConfigError.of(where, problem, "a polygon needs 3 or more")
    if (vertices[0] == vertices[-1]).all():
        return vertices
    if not close_rings:
        (x, y), (u, v) = vertices[0], vertices[-1]
        problem = (
            f"its ring is open: it begins at ({x:.10g}, {y:.10g}), ends at ({u:.10g}, {v:.10g})"
        )
        raise ConfigError.of(
            where, problem, "repeat the first vertex at its end, or pass repair_boundaries: true"
        )
    return np.vstack([vertices, vertices[:1]])


def _positions(content: object, where: str) -> FloatArray:
    """Return x and y (n, 2) of a list of positions."""
    if not isinstance(content, Sequence) or isinstance(content, str) or not content:
        raise ConfigError.of(where, f"holds {_short(content)}, not positions", "draw it again")
    if len(content) > MOST_VERTICES:
        raise ConfigError.of(where, f"has {len(content):,} vertices", SIMPLIFY)
    points = np.empty((len(content), 2))
    for i, position in enumerate(content):
        try:
            x, y = float(position[0]), float(position[1])
        except (TypeError, ValueError, IndexError, KeyError, OverflowError):
            cure = "give two numbers, or three with a height"
            raise ConfigError.of(where, f"{_short(position)} is no position", cure) from None
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ConfigError.of(where, f"({x}, {y}) is no position", "give finite coordinates")
        points[i] = x, y
    return points


def _require_few(parts: int, where: str) -> None:
    if parts > MOST_PARTS:
        raise ConfigError.of(where, f"has {parts:,} parts", SIMPLIFY)


def _short(value: object) -> str:
    text = repr(value[:20] if isinstance(value, str | list) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
