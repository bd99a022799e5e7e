"""Features of a map: shapes with what a file says of them.

All formats are brought to GeoJSON's way of writing a geometry (RFC 7946, section 3.1), so that they
share one check: positions are finite, rings are closed. Heights are left out.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Feature:
    """A shape in the coordinates of its file.

    Attributes
    ----------
    where : str
        Its place in the file.
    shape : BaseGeometry
        Points, lines or polygons, in two dimensions; polygons may be invalid.
    values : mapping of str to object
        What the file says of it, by name in lower case.
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
    name : str
        Of the file.
    features : tuple[Feature, ...]
        At least one.
    crs : str or None
        That the file or its format declares; None where neither does.
    cure : str
        How to declare it, where that is missing.
    must_declare : bool
        Whether the format is of no use without: a shapefile has its .prj.
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
    """Return the shape of a GeoJSON geometry object; an empty one where nothing is drawn.

    Parts that are empty are left out with a warning, where others are not.

    Parameters
    ----------
    geometry : mapping with ``type`` and ``coordinates`` or ``geometries``
    where : str
        Its place, for faults.
    close_rings : bool
        Close open rings instead of refusing them.
    depth : int
        Of collections around it.
    """
    if not isinstance(geometry, Mapping):
        raise ConfigError.of(where, f"holds {_short(geometry)}, not a geometry", "draw it again")
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        return _parse_collection(geometry.get("geometries"), where, close_rings, depth)
    content = geometry.get("coordinates")
    many = str(kind).startswith("Multi")
    single = str(kind).removeprefix("Multi")
    if single not in ("Point", "LineString", "Polygon"):
        cure = "draw points, lines or polygons"
        raise ConfigError.of(where, f"unknown geometry {_short(kind)}", cure)
    parts = content if many else [content]
    if parts is not None and (not isinstance(parts, Sequence) or isinstance(parts, str)):
        raise ConfigError.of(where, f"holds {_short(parts)}, not positions", "draw it again")
    if many:
        _require_few(len(parts or []), where)
    shapes: list[Any] = []
    faults = FaultCollector()
    empty = 0
    for i, part in enumerate(parts or []):
        place = f"{where}[{i}]" if many and len(parts or []) > 1 else where
        if _is_empty(single, part):
            empty += 1
        else:
            shapes.append(faults.attempt(_parse_single, single, part, place, close_rings))
    faults.raise_any()
    if empty and shapes:
        warn_of_empty(where, empty, len(parts or []), "parts")
    if not shapes:
        return shapely.from_wkt(f"{kind} EMPTY")
    shape: BaseGeometry = getattr(shapely, str(kind))(shapes) if many else shapes[0]
    return shape


def keep_drawn(features: Sequence[Feature], name: str, faults: FaultCollector) -> list[Feature]:
    """Return the features with something drawn; the others are warned of, or are a fault.

    Parameters
    ----------
    features : sequence of Feature
        Of a file, some maybe empty.
    name : str
        Of the file.
    faults : FaultCollector
        To which one is added where nothing at all is drawn.
    """
    drawn = [feature for feature in features if not feature.shape.is_empty]
    empty = [feature for feature in features if feature.shape.is_empty]
    if empty and drawn:
        warn_of_empty(name, len(empty), len(features), "features", empty[0].where)
    elif empty and not faults:
        kind = empty[0].shape.geom_type
        faults.append(Fault(empty[0].where, f"is an empty {kind}", "draw something, or delete it"))
    return drawn


def warn_of_empty(where: str, empty: int, total: int, nouns: str, first: str = "") -> None:
    """Report that some parts or features hold no coordinates."""
    verb, which = ("is", "") if empty == 1 else ("are", "the first of them ")
    at = f" ({which}{first})" if first else ""
    logger.warning("%s: %d of %d %s %s empty%s; left out", where, empty, total, nouns, verb, at)


def _parse_collection(parts: object, where: str, close_rings: bool, depth: int) -> BaseGeometry:
    if parts is not None and (not isinstance(parts, Sequence) or isinstance(parts, str)):
        raise ConfigError.of(where, f"holds {_short(parts)}, not geometries", "draw it again")
    if depth == DEEPEST:
        problem = f"nests {depth} collections"
        raise ConfigError.of(where, problem, "draw it as one shape, or delete it")
    inside = [
        parse_geometry(part, where, close_rings, depth + 1)
        for part in parts or []
        if part is not None
    ]
    drawn = [shape for shape in inside if not shape.is_empty]
    if drawn and (empty := len(parts or []) - len(drawn)):
        warn_of_empty(where, empty, len(parts or []), "parts")
    return shapely.GeometryCollection(drawn)


def _is_empty(kind: str, content: object) -> bool:
    """Return whether a part holds no positions: no outline, in a polygon."""
    if content is None or (isinstance(content, Sequence) and not len(content)):
        return True
    outline = content[0] if kind == "Polygon" and isinstance(content, Sequence) else True
    return outline is None or (isinstance(outline, Sequence) and not len(outline))


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
        if i and _is_empty("LineString", ring):
            warn_of_empty(where, 1, len(content) - 1, "holes")
            continue
        place = f"{where}, hole {i}" if i else where
        rings.append(faults.attempt(_ring, ring, place, close_rings))
    faults.raise_any()
    return shapely.Polygon(rings[0], rings[1:])


def _ring(content: object, where: str, close_rings: bool) -> FloatArray:
    vertices = _positions(content, where)
    distinct = len(np.unique(vertices, axis=0))
    if distinct < 3:
        problem = f"has {distinct} distinct {'vertex' if distinct == 1 else 'vertices'}"
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
