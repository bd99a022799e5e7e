"""Well-known binary (OGC 06-103r4, section 8) as GeoJSON writes a geometry, unchecked.

shapely would refuse open rings with no word of where; so they are left to `parse_geometry`.
"""

import struct
from typing import Any

import numpy as np

POINT, LINE, POLYGON, COLLECTION = 1, 2, 3, 7
NAMES = {
    POINT: "Point",
    LINE: "LineString",
    POLYGON: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    COLLECTION: "GeometryCollection",
}
DEEPEST = 20


def geojson_of(wkb: bytes) -> dict[str, Any]:
    """Return a geometry in two dimensions.

    Raises
    ------
    ValueError
        Where it is of a kind that GeoJSON has not, or cut short.
    """
    try:
        return _geometry(wkb, 0, 0)[0]
    except (struct.error, IndexError) as error:
        raise ValueError(f"a shape is cut short: {error}") from None


def _geometry(wkb: bytes, at: int, depth: int) -> tuple[dict[str, Any], int]:
    """Return the geometry at a place in the bytes, and where it ends."""
    order = "<" if wkb[at] == 1 else ">"
    (kind,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    at += 5
    if kind not in NAMES or depth > DEEPEST:
        raise ValueError(f"a shape is of the unknown kind {kind}")
    if kind == POINT:
        x, y = struct.unpack_from(f"{order}2d", wkb, at)
        empty = x != x and y != y
        return {"type": NAMES[kind], "coordinates": None if empty else [x, y]}, at + 16
    if kind == LINE:
        line, at = _positions(wkb, at, order)
        return {"type": NAMES[kind], "coordinates": line}, at
    (count,) = struct.unpack_from(f"{order}I", wkb, at)
    at += 4
    parts: list[Any] = []
    for _ in range(count):
        if kind == POLYGON:
            part, at = _positions(wkb, at, order)
            parts.append(part)
        else:
            shape, at = _geometry(wkb, at, depth + 1)
            parts.append(shape if kind == COLLECTION else shape["coordinates"])
    return {"type": NAMES[kind], "geometries" if kind == COLLECTION else "coordinates": parts}, at


def _positions(wkb: bytes, at: int, order: str) -> tuple[list[list[float]], int]:
    (count,) = struct.unpack_from(f"{order}I", wkb, at)
    end = at + 4 + 16 * count
    if end > len(wkb):
        raise ValueError("a shape is cut short")
    points = np.frombuffer(wkb, f"{order}f8", 2 * count, at + 4).reshape(count, 2)
    return points.tolist(), end
