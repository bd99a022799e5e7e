"""Reads places from a CSV file: points, boundaries, or shapes written as WKT.

Columns are found by name: ``x`` and ``y`` (or easting and northing) in metres, ``longitude`` and
``latitude`` in degrees, or ``wkt``. A boundary is the vertices in their order, closed or not; a
column ``parcel`` tells several apart, and a column ``hole`` has the number of the hole in that
parcel that a vertex belongs to.
"""

from collections.abc import Sequence
from pathlib import Path

import shapely

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.crs import WGS84
from windopt.problem.readers.places.features import Feature, GeoFile, parse_geometry
from windopt.problem.readers.places.table import Row, read_table

METRES = (("x", "y"), ("easting", "northing"), ("east", "north"), ("e", "n"), ("utm_x", "utm_y"))
DEGREES = (("longitude", "latitude"), ("lon", "lat"), ("long", "lat"), ("lng", "lat"))
WKT = ("wkt", "geometry", "geom", "the_geom", "wkt_geom")
PARCEL = ("parcel", "polygon", "boundary", "ring")
FEET = ("feet", "_ft", " ft", "x_foot", "ftus")
METRES_CURE = "if they are degrees, name the columns longitude and latitude"


def read_points_csv(file: Path) -> GeoFile:
    """Read one point from each row."""
    rows, columns, crs = _rows(file)
    if columns[0] in WKT:
        return _from_wkt(file, rows, columns[0])
    faults = FaultCollector()
    features = []
    for row in rows:
        point = faults.attempt(_point, row, columns)
        if point is not None:
            features.append(Feature(row.where, shapely.Point(point), row.cells))
    faults.raise_any()
    return GeoFile(file.name, tuple(features), crs, METRES_CURE)


def read_boundary_csv(file: Path) -> GeoFile:
    """Read one polygon from the vertices of each parcel."""
    rows, columns, crs = _rows(file)
    if columns[0] in WKT:
        return _from_wkt(file, rows, columns[0])
    parcel = next((name for name in PARCEL if name in rows[0].cells), "")
    faults = FaultCollector()
    rings: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for row in rows:
        point = faults.attempt(_point, row, columns)
        hole = row.cells.get("hole", "")
        hole = "" if hole in ("0", "0.0") else hole
        if point is not None:
            rings.setdefault(row.cells.get(parcel, ""), {}).setdefault(hole, []).append(point)
    faults.raise_any()
    features = []
    for name, parts in rings.items():
        where = f"{file.name}: parcel {name!r}" if name else file.name
        if "" not in parts:
            faults.append(Fault(where, "has a hole, but no boundary", "leave hole empty for that"))
            continue
        outline = parts.pop("")
        geometry = {"type": "Polygon", "coordinates": [outline, *parts.values()]}
        shape = faults.attempt(parse_geometry, geometry, where, True)
        if shape is not None:
            features.append(Feature(where, shape, {"name": name}))
    faults.raise_any()
    return GeoFile(file.name, tuple(features), crs, METRES_CURE)


def coordinate_columns(columns: Sequence[str]) -> tuple[str, str] | None:
    """Return the two columns with the coordinates, metres before degrees; None without any."""
    for pair in (*METRES, *DEGREES):
        if set(pair) <= set(columns):
            return pair
    return None


def _rows(file: Path) -> tuple[list[Row], tuple[str, ...], str | None]:
    """Read a table and find its coordinates: rows, their columns, and the CRS they declare."""
    rows = read_table(file)
    if not rows:
        raise ConfigError.of(file.name, "holds no rows below its column names", "add some")
    names = list(rows[0].cells)
    if written := [name for name in WKT if name in names]:
        return rows, (written[0],), None
    columns = coordinate_columns(names)
    if columns is None:
        feet = [name for name in names if any(mark in name for mark in FEET)]
        cure = "name two of them x and y [m], or longitude and latitude [deg]"
        if feet:
            cure = "windopt counts in metres: multiply by 0.3048 and name the columns x and y"
        raise ConfigError.of(file.name, f"has the columns {', '.join(names)}", cure)
    return rows, columns, WGS84 if columns in DEGREES else None


def _point(row: Row, columns: tuple[str, ...]) -> tuple[float, float]:
    faults = FaultCollector()
    x, y = (faults.attempt(row.number, column) for column in columns)
    faults.raise_any()
    assert x is not None
    assert y is not None
    if not (abs(x) < float("inf") and abs(y) < float("inf")):
        raise ConfigError.of(row.where, f"({x}, {y}) is no position", "give finite coordinates")
    return x, y


def _from_wkt(file: Path, rows: Sequence[Row], column: str) -> GeoFile:
    """Read the shapes that GIS programs write as well-known text."""
    faults = FaultCollector()
    features = []
    for row in rows:
        text = row.cells[column]
        try:
            shape = shapely.force_2d(shapely.from_wkt(text.rpartition(";")[2]))
        except shapely.errors.GEOSException:
            problem = f"{text[:50]!r} is no WKT"
            faults.append(Fault(row.where, problem, "write POLYGON ((x y, ...)), or x and y"))
            continue
        if not shape.is_empty:
            features.append(Feature(row.where, shape, row.cells))
    if not features and not faults:
        faults.append(Fault(file.name, "holds no shapes", "draw some, or name another file"))
    faults.raise_any()
    return GeoFile(file.name, tuple(features), None, "add crs: EPSG:... to the config")
