"""Reads places from a table: points, boundaries, or shapes written as WKT.

Columns are found by name: ``x`` and ``y`` (or easting and northing) in metres, ``longitude`` and
``latitude`` in degrees, or ``wkt``. A boundary is the vertices in their order, closed or not; a
column ``parcel`` tells several apart, and a column ``hole`` has the number of the hole in that
parcel that a vertex belongs to.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import shapely

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.crs import WGS84
from windopt.problem.layout import FloatArray
from windopt.problem.readers.places.features import (
    MOST_PARTS,
    MOST_VERTICES,
    SIMPLIFY,
    Feature,
    GeoFile,
    parse_geometry,
)
from windopt.problem.readers.tables import Table, columns_of, read_table

Pair = tuple[str, str]
METRES: tuple[Pair, ...] = (
    *(("x", "y"), ("easting", "northing"), ("eastings", "northings"), ("east", "north")),
    *(("e", "n"), ("utm_x", "utm_y"), ("x_utm", "y_utm"), ("utm_easting", "utm_northing")),
    *(("x_coord", "y_coord"), ("xcoord", "ycoord"), ("point_x", "point_y")),
    *(("rechtswert", "hochwert"), ("rw", "hw")),
)
DEGREES: tuple[Pair, ...] = (
    *(("longitude", "latitude"), ("lon", "lat"), ("long", "lat"), ("lng", "lat")),
)
WKT = ("wkt", "geometry", "geom", "the_geom", "wkt_geom")
PARCEL = ("parcel", "polygon", "boundary", "ring", "parcel_id", "polygon_id", "area", "area_id")
TOLD = ("hole", "type", "name")
NAMES: dict[str, tuple[str, ...]] = {
    name: () for name in (*(n for pair in (*METRES, *DEGREES) for n in pair), *WKT, *PARCEL, *TOLD)
}
FEET = ("ft", "feet", "foot", "ftus", "us ft", "us survey foot", "us survey feet")
NO_METRES = ("km", "kilometres", "kilometers", "cm", "mm", "mi", "nm", "nmi", "yd", *FEET)
NO_DEGREES = ("rad", "radians", "dms", "gon", "m", "metre", "metres")
METRES_CURE = "if they are degrees, name the columns longitude and latitude; if kilometres, metres"


def read_points_csv(file: Path) -> GeoFile:
    """Read one point from each row."""
    table, columns, crs = _open(file)
    if isinstance(columns, str):
        return _from_wkt(table, columns)
    if len(table) > MOST_PARTS:
        raise ConfigError.of(file.name, f"holds {len(table):,} points", SIMPLIFY)
    features = tuple(
        Feature(_line(table, row), shapely.Point(point), _values(table, row))
        for row, point in enumerate(_points(table, columns))
    )
    return GeoFile(file.name, features, crs, METRES_CURE)


def read_boundary_csv(file: Path) -> GeoFile:
    """Read one polygon from the vertices of each parcel."""
    table, columns, crs = _open(file)
    if isinstance(columns, str):
        return _from_wkt(table, columns)
    parcel = next((name for name in PARCEL if name in table), "")
    rings: dict[str, dict[str, list[FloatArray]]] = {}
    for row, point in enumerate(_points(table, columns)):
        values = _values(table, row)
        hole = values.get("hole", "")
        hole = "" if hole in ("0", "0.0") else hole
        rings.setdefault(values.get(parcel, ""), {}).setdefault(hole, []).append(point)
    faults = FaultCollector()
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


def place_columns(file: Path) -> frozenset[str]:
    """Return the columns of a table that say something of places."""
    return columns_of(file, NAMES)


def coordinate_columns(columns: Iterable[str]) -> Pair | None:
    """Return the two columns with the coordinates, metres before degrees; None without any."""
    for pair in (*METRES, *DEGREES):
        if set(pair) <= set(columns):
            return pair
    return None


def _open(file: Path) -> tuple[Table, Pair | str, str | None]:
    """Read a table and find its coordinates: two columns, or that of WKT, and the CRS declared."""
    table = read_table(file, file.name, NAMES)
    if not len(table):
        raise ConfigError.of(file.name, "holds no rows below its column names", "add some")
    if len(table) > MOST_VERTICES:
        raise ConfigError.of(file.name, f"holds {len(table):,} rows", SIMPLIFY)
    if written := [name for name in WKT if name in table]:
        return table, written[0], None
    columns = coordinate_columns(table.columns)
    if columns is None:
        cure = "name two of them x and y [m], or longitude and latitude [deg]"
        raise ConfigError.of(file.name, f"has the columns {table.found}", cure)
    lonlat = columns in DEGREES
    for name in columns:
        if (unit := table.units[name]) in (NO_DEGREES if lonlat else NO_METRES):
            cure = f"convert both columns to {'decimal degrees' if lonlat else 'metres'}"
            if unit in FEET:
                cure = "windopt counts in metres: multiply by 0.3048 and name the columns x and y"
            raise ConfigError.of(table.place(name), f"is in {unit!r}", cure)
    return table, columns, WGS84 if lonlat else None


def _points(table: Table, columns: Pair) -> FloatArray:
    """Return the coordinates of all rows (n, 2)."""
    cure = "write metres or decimal degrees, such as 51.6302"
    faults = FaultCollector()
    read = [faults.attempt(table.numbers, name, False, cure) for name in columns]
    faults.raise_any()
    return np.column_stack([np.asarray(values) for values in read])


def _line(table: Table, row: int) -> str:
    return f"{table.where}: line {table.lines[row]}"


def _values(table: Table, row: int) -> dict[str, str]:
    return {name: cells[row] for name, cells in table.columns.items()}


def _from_wkt(table: Table, column: str) -> GeoFile:
    """Read the shapes that GIS programs write as well-known text, PostGIS with SRID=...; before."""
    faults = FaultCollector()
    features, declared = [], set()
    for row, text in enumerate(table.columns[column]):
        srid, _, written = text.rpartition(";")
        try:
            shape = shapely.force_2d(shapely.from_wkt(written))
        except shapely.errors.GEOSException as error:
            problem = f"{text[:50]!r} is no WKT: {error}"
            cure = "write POLYGON ((x y, ...)), the first vertex again at its end, or x and y"
            faults.append(Fault(_line(table, row), problem, cure))
            continue
        if not shape.is_empty:
            features.append(Feature(_line(table, row), shape, _values(table, row)))
            declared.add(srid.strip().lower().removeprefix("srid="))
    if not features and not faults:
        faults.append(Fault(table.where, "holds no shapes", "draw some, or name another file"))
    if len(declared) > 1:
        problem = f"is in several CRS: {', '.join(sorted(declared))}"
        faults.append(Fault(table.place(column), problem, "project all to one"))
    faults.raise_any()
    crs = f"EPSG:{declared.pop()}" if any(declared) else None
    cure = "begin each shape with its CRS, as SRID=4326;POLYGON, or project it to metres"
    return GeoFile(table.where, tuple(features), crs, cure)
