"""Reads places from a table: points, boundaries, or shapes written as WKT.

Columns are found by name: ``x`` and ``y`` (or easting and northing) in metres, ``longitude`` and
``latitude`` in degrees, or ``wkt``. A boundary is the vertices in their order, closed or not; a
column ``parcel`` tells several apart, and a column ``hole`` has the number of the hole in that
parcel that a vertex belongs to. Without such a column, a ring also ends before a blank line, or
where it comes back to its first vertex.
"""

import logging
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.readers.crs import WGS84
from windopt.readers.places.choice import Choice, plain_name
from windopt.readers.places.features import (
    MOST_PARTS,
    MOST_VERTICES,
    SIMPLIFY,
    Feature,
    GeoFile,
    keep_drawn,
    parse_geometry,
)
from windopt.readers.tables import Names, Table, columns_of, read_table, read_text

logger = logging.getLogger(__name__)

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
GROUPING = ("name", "id", "zone", "block", "lease", "part", "fid", "label")
"""Columns that tell parcels apart where each value stands in three rows or more."""
TOLD = ("hole", "type", *GROUPING)
NAMES: dict[str, tuple[str, ...]] = {
    name: () for name in (*(n for pair in (*METRES, *DEGREES) for n in pair), *WKT, *PARCEL, *TOLD)
}
FEET = ("ft", "feet", "foot", "ftus", "us ft", "us survey foot", "us survey feet")
NO_METRES = ("km", "kilometres", "kilometers", "cm", "mm", "mi", "nm", "nmi", "yd", *FEET)
NO_DEGREES = ("rad", "radians", "dms", "gon", "m", "metre", "metres")
METRES_CURE = "if they are degrees, name the columns longitude and latitude; if kilometres, metres"


def read_points_csv(file: Path, choice: Choice | None = None) -> GeoFile:
    """Read one point from each row; `choice` as of `read_geojson`."""
    choice = choice or Choice()
    table, columns, crs = _open(file, choice)
    if isinstance(columns, str):
        return _from_wkt(table, columns, choice)
    if len(table) > MOST_PARTS:
        raise ConfigError.of(file.name, f"holds {len(table):,} points", SIMPLIFY)
    features = tuple(
        Feature(_line(table, row), shapely.Point(point), values)
        for row, point in enumerate(_points(table, columns))
        if choice.takes(values := _values(table, row))
    )
    choice.conclude(file.name)
    return GeoFile(file.name, features, crs, METRES_CURE)


def read_boundary_csv(file: Path, choice: Choice | None = None) -> GeoFile:
    """Read one polygon from the vertices of each parcel; `choice` as of `read_geojson`.

    Without a column that tells parcels apart, all rings are one feature: what lies within one is a
    hole.
    """
    choice = choice or Choice()
    table, columns, crs = _open(file, choice)
    if isinstance(columns, str):
        return _from_wkt(table, columns, choice)
    points = _points(table, columns)
    parcel = next((name for name in PARCEL if name in table), "") or _grouping(table)
    rows: dict[str, dict[str, list[int]]] = {}
    for row in range(len(table)):
        values = _values(table, row)
        hole = values.get("hole", "")
        hole = "" if hole in ("0", "0.0") else hole
        rows.setdefault(values.get(parcel, ""), {}).setdefault(hole, []).append(row)
    blank = set() if parcel else _rows_after_blanks(file, table)
    faults = FaultCollector()
    features = []
    for name, parts in rows.items():
        where = f"{file.name}: parcel {name!r}" if name else file.name
        values = {"name": name} | _values(table, next(iter(parts.values()))[0])
        if not choice.takes(values):
            continue
        if "" not in parts:
            faults.append(Fault(where, "has a hole, but no boundary", "leave hole empty for that"))
            continue
        outlines = _rings(points, parts.pop(""), blank)
        holes = [ring for part in parts.values() for ring in _rings(points, part, blank)]
        if len(outlines) > 1:
            logger.warning(
                "%s: holds %d rings, parted by blank lines or where one closes",
                where,
                len(outlines),
            )
        shape = faults.attempt(_polygons, points, outlines, holes, table, where)
        if shape is not None:
            features.append(Feature(where, shape, {"name": name}))
    faults.attempt(choice.conclude, file.name)
    faults.raise_any()
    return GeoFile(file.name, tuple(features), crs, METRES_CURE)


def _polygons(
    points: FloatArray, outlines: list[list[int]], holes: list[list[int]], table: Table, where: str
) -> BaseGeometry:
    """Return the polygons of rings of rows, each with the holes that it meets."""
    faults, drawn = FaultCollector(), []
    filled = [shapely.Polygon(points[ring]) if len(ring) > 2 else None for ring in outlines]
    for outline, around in zip(outlines, filled, strict=True):
        place, within = where, holes
        if len(outlines) > 1:
            place = f"{where}: lines {table.lines[outline[0]]} to {table.lines[outline[-1]]}"
            line = [shapely.LineString(points[[*ring, ring[0]]]) for ring in holes]
            within = [
                ring
                for ring, drawn_hole in zip(holes, line, strict=True)
                if around is not None and around.intersects(drawn_hole)
            ]
        rings = [points[ring].tolist() for ring in (outline, *within)]
        geometry = {"type": "Polygon", "coordinates": rings}
        drawn.append(faults.attempt(parse_geometry, geometry, place, True))
    faults.raise_any()
    return shapely.MultiPolygon(drawn) if len(drawn) > 1 else drawn[0]


def _rings(points: FloatArray, rows: list[int], blank: set[int]) -> list[list[int]]:
    """Part rows of vertices (m, 2) into rings.

    A ring ends before a blank line, unless one follows each vertex, and where it comes back to its
    first vertex after three or more. The way back from one ring to another is no ring.
    """
    blocks: list[list[int]] = [[]]
    for row in rows:
        if row in blank and blocks[-1]:
            blocks.append([])
        blocks[-1].append(row)
    if max(map(len, blocks)) == 1:
        blocks = [rows]
    rings = []
    for block in blocks:
        firsts = []
        while block:
            back = (points[block[3:]] == points[block[0]]).all(axis=1)
            end = 4 + int(np.argmax(back)) if back.any() else len(block)
            ring, rest = block[:end], block[end:]
            firsts.append(points[block[0]])
            while rest and any((points[rest[-1]] == first).all() for first in firsts):
                rest = rest[:-1]
            if 0 < len(rest) < 3:
                ring, rest = block, []
            rings.append(ring)
            block = rest
    return rings


def _rows_after_blanks(file: Path, table: Table) -> set[int]:
    """Return the rows of a table before which a line is blank."""
    lines = read_text(file, file.name).splitlines()
    return {
        row
        for row in range(1, len(table))
        if any(
            not line.strip(" \t,;") for line in lines[table.lines[row - 1] : table.lines[row] - 1]
        )
    }


def _grouping(table: Table) -> str:
    """Return a column whose values part the rows into runs that can be rings, or an empty text.

    Names and numbers mostly tell vertices apart, and then they differ from row to row.
    """
    for name in GROUPING:
        cells = table.columns.get(name, [])
        runs = [len(list(run)) for _, run in groupby(cells)]
        if len(runs) > 1 and len(runs) == len(set(cells)) and min(runs) >= 3 and all(cells):
            return name
    return ""


def place_columns(file: Path) -> frozenset[str]:
    """Return the columns of a table that say something of places."""
    return columns_of(file, NAMES)


def coordinate_columns(columns: Iterable[str]) -> Pair | None:
    """Return the two columns with the coordinates, metres before degrees; None without any."""
    for pair in (*METRES, *DEGREES):
        if set(pair) <= set(columns):
            return pair
    return None


def _open(file: Path, choice: Choice) -> tuple[Table, Pair | str, str | None]:
    """Read a table and find its coordinates: two columns, or that of WKT, and the CRS declared."""
    table = read_table(file, file.name, NAMES)
    if choice.wanted:  # by any of its columns
        others: Names = {plain_name(header): () for header in table.found.split(", ")}
        table = read_table(file, file.name, {**others, **NAMES})
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


def _from_wkt(table: Table, column: str, choice: Choice) -> GeoFile:
    """Read the shapes that GIS programs write as well-known text, PostGIS with SRID=...; before."""
    faults = FaultCollector()
    features, declared = [], set()
    for row, text in enumerate(table.columns[column]):
        values = _values(table, row)
        if not choice.takes({name: cell for name, cell in values.items() if name != column}):
            continue
        srid, _, written = text.rpartition(";")
        try:
            shape = shapely.force_2d(shapely.from_wkt(written))
        except shapely.errors.GEOSException as error:
            problem = f"{text[:50]!r} is no WKT: {error}"
            cure = "write POLYGON ((x y, ...)), the first vertex again at its end, or x and y"
            faults.append(Fault(_line(table, row), problem, cure))
            continue
        features.append(Feature(_line(table, row), shape, values))
        declared.add(srid.strip().lower().removeprefix("srid="))
    faults.attempt(choice.conclude, table.where)
    features = keep_drawn(features, table.where, faults)
    if not features and not faults:
        faults.append(Fault(table.where, "holds no shapes", "draw some, or name another file"))
    if len(declared) > 1:
        problem = f"is in several CRS: {', '.join(sorted(declared))}"
        faults.append(Fault(table.place(column), problem, "project all to one"))
    faults.raise_any()
    crs = f"EPSG:{declared.pop()}" if any(declared) else None
    cure = "begin each shape with its CRS, as SRID=4326;POLYGON, or project it to metres"
    return GeoFile(table.where, tuple(features), crs, cure)
