"""Reads shapefiles, GeoPackage, GML, DXF and FlatGeobuf with GDAL, by pyogrio (extra ``geo``).

GDAL opens whatever it recognises, also files that name others, on this disk or on the network. So
each suffix is held to its format: by how its content begins before GDAL sees it, and by the driver
that GDAL takes. GDAL gets the content, not the path: it writes nothing beside the file and reads
nothing there but the parts of a shapefile.
"""

import io
import logging
import re
import sqlite3
import warnings
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from windopt.config.yaml_text import read_bytes
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.readers.crs import GEO_EXTRA
from windopt.readers.places.choice import Choice
from windopt.readers.places.features import MOST_PARTS, Feature, GeoFile, keep_drawn, parse_geometry
from windopt.readers.places.shapefile_parts import PACKED, in_outlines, limited, packed, parts_of
from windopt.readers.places.wkb import geojson_of
from windopt.readers.xml_tree import read_xml

logger = logging.getLogger(__name__)

MOST_LAYERS = 100


class Format(NamedTuple):
    """A format that GDAL reads.

    Parameters
    ----------
    name : str
        As messages call it.
    driver : str
        GDAL's, the only one that may open it.
    main : str
        Suffix of the file, or of the part of it, that is looked at.
    begins : bytes
        Regular expression of how its content begins.
    options : dict[str, str]
        GDAL's, for opening it.
    """

    name: str
    driver: str
    main: str
    begins: bytes
    options: dict[str, str]


INSIDE = re.compile(r"/vsi[^\s'\"]+")
"""How GDAL calls content that it was given."""
GML_OPTIONS = {"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO"}
DXF_OPTIONS = {"INLINE_BLOCKS": "FALSE"}
"""Blocks within blocks would fill the memory: where one is inserted there is a point."""
SHAPEFILE = Format("a shapefile", "ESRI Shapefile", ".shp", b"\0\0\x27\x0a", {"ENCODING": "UTF-8"})
FORMATS = {
    ".shp": SHAPEFILE,
    ".zip": SHAPEFILE,
    ".gpkg": Format("a GeoPackage", "GPKG", ".gpkg", b"SQLite format 3\0", {}),
    ".fgb": Format("FlatGeobuf", "FlatGeobuf", ".fgb", b"fgb[\x02\x03]fgb", {}),
    ".dxf": Format("DXF", "DXF", ".dxf", rb"\s*(0\s*\r?\n\s*SECTION\b|999\s*\r?\n)", DXF_OPTIONS),
    ".gml": Format("GML", "GML", ".gml", rb"(\xef\xbb\xbf)?\s*<", GML_OPTIONS),
}


def read_with_gdal(file: Path, close_rings: bool = False, choice: Choice | None = None) -> GeoFile:
    """Read the features of a file; arguments as of `read_geojson`."""
    form, choice = FORMATS[file.suffix.lower()], choice or Choice()
    _import_pyogrio(file.name, form)
    if form is SHAPEFILE:
        parts = parts_of(file)
    else:
        parts = {form.main: limited(read_bytes(file, file.name), file)}
    faults, features, crs = FaultCollector(), [], set[str | None]()
    try:
        rows = _rows(file, parts, form)
        if len(rows) > MOST_PARTS:
            raise ValueError(f"it has more than {MOST_PARTS:,} shapes")
        for number, row in enumerate(rows, start=1):
            if row.shape is None or not choice.takes(row.values):
                continue
            where = f"{file.name}: shape {number}"
            drawn = faults.attempt(_drawn, row.shape, form, where, close_rings)
            if drawn is not None:
                named = {key.lower(): value for key, value in row.values.items()}
                features.append(Feature(where, drawn, named))
                crs.add(row.crs)
    except ValueError as error:
        problem = f"cannot be read as {form.name}: {error}"
        raise ConfigError.of(file.name, problem, "export it again") from None
    faults.attempt(choice.conclude, file.name)
    features = keep_drawn(features, file.name, faults)
    if not features and not faults:
        faults.append(Fault(file.name, "holds no shapes", "draw some, or name another file"))
    if len(crs) > 1:
        problem = "its layers are drawn in different coordinate reference systems"
        faults.append(Fault(file.name, problem, "choose one of them, such as where: {layer: ...}"))
    faults.raise_any()
    if form is SHAPEFILE:
        beside = f"put {PurePosixPath(file.name).stem}.prj beside it, or say"
        cure = f"{beside} crs: EPSG:... in the config if that is what it is drawn in"
        declared = parts.get(".prj", b"").decode("utf-8", "replace").strip() or None
        return GeoFile(file.name, tuple(features), declared, cure, must_declare=True)
    cure = "say crs: EPSG:... in the config if that is what it is drawn in"
    return GeoFile(file.name, tuple(features), crs.pop(), cure, must_declare=True)


def _import_pyogrio(name: str, form: Format) -> None:
    try:
        import pyogrio  # noqa: F401  comes with the extra
    except ImportError:
        problem = f"is {form.name}, and pyogrio is not installed"
        raise ConfigError.of(name, problem, GEO_EXTRA) from None


class Row(NamedTuple):
    """A feature as GDAL reads it: CRS of its layer, shape as WKB, and attributes."""

    crs: str | None
    shape: bytes | None
    values: dict[str, object]


def _rows(file: Path, parts: Mapping[str, bytes], form: Format) -> list[Row]:
    """Return the features of every layer of a file.

    Raises
    ------
    ValueError
        Where GDAL finds no content of this format.
    """
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

    content = parts.get(form.main, b"")
    if not re.match(form.begins, content):
        raise ValueError("its content is another")
    if form is SHAPEFILE:
        content = packed(parts)
    elif form.driver == "GML":
        read_xml(io.BytesIO(content))  # no declarations, and within limits
        if b"OGRVRT" in content:
            raise ValueError("it names other files")
    elif form.driver == "GPKG":
        _require_tables(content)
    unreadable = DataLayerError, DataSourceError, FeatureError, FieldError, RuntimeError, OSError
    quiet = logging.getLogger("pyogrio")
    level = quiet.level
    quiet.setLevel(logging.CRITICAL)  # what it says of broken files is in its errors
    rows: list[Row] = []
    try:
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            for layer in _layers(content, form):
                rows += _rows_of(content, layer, form, MOST_PARTS + 1 - len(rows))
    except unreadable as error:
        raise ValueError(INSIDE.sub(file.name, str(error))) from None
    finally:
        quiet.setLevel(level)
    for told in dict.fromkeys(INSIDE.sub(file.name, str(doubt.message)) for doubt in doubts):
        logger.warning("%s", told)
    return rows


def _require_tables(content: bytes) -> None:
    """Refuse a database that computes what it holds: that may never end."""
    try:
        with closing(sqlite3.connect(":memory:")) as base:
            base.deserialize(content)
            computed = "type = 'view' or (sql like 'create virtual%' and sql not like '%rtree%')"
            names = base.execute(f"select name from sqlite_master where {computed}").fetchall()
    except sqlite3.Error as error:
        raise ValueError(str(error)) from None
    if names:
        raise ValueError(f"it holds the view {names[0][0]!r}, save that as a table")


def _layers(content: bytes, form: Format) -> list[str]:
    """Return the names of the layers that hold shapes."""
    import pyogrio

    if form is SHAPEFILE:  # its one layer has been packed here
        return [PACKED]
    if form.driver == "DXF":
        return ["entities"]  # the other layer has the blocks
    names = []
    for name, kind in pyogrio.list_layers(content)[:MOST_LAYERS]:
        driver = pyogrio.read_info(content, layer=name, **form.options)["driver"]
        if driver != form.driver:
            raise ValueError(f"its content is {driver}")
        if kind is not None:
            names.append(str(name))
    return names


def _rows_of(content: bytes, layer: str, form: Format, most: int) -> list[Row]:
    """Return at most `most` features of a layer; errors as of `_rows`."""
    from pyogrio.raw import read

    if most <= 0:
        return []
    told, _, shapes, columns = read(
        content, layer, force_2d=True, max_features=most, **form.options
    )
    names = [str(name) for name in told["fields"]]
    rows = []
    for i, shape in enumerate(() if shapes is None else shapes):
        values = {name: _plain(column[i]) for name, column in zip(names, columns, strict=True)}
        if form is not SHAPEFILE and not any(name.lower() == "layer" for name in names):
            values["layer"] = layer
        rows.append(Row(told["crs"], shape, values))
    return rows


def _plain(value: Any) -> object:
    """Return an attribute as plain Python; None where it is missing."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and np.isnan(plain) else plain


def _drawn(geometry: bytes, form: Format, where: str, close_rings: bool) -> Any:
    """Return the shape of a feature, as `parse_geometry`."""
    drawn = geojson_of(geometry)
    if form is SHAPEFILE:
        drawn = in_outlines(drawn)
    if form.driver == "DXF" and drawn["type"] == "LineString":
        line = drawn["coordinates"]  # an outline of a drawing is a line that closes
        if len(line) > 3 and line[0] == line[-1]:
            drawn = {"type": "Polygon", "coordinates": [line]}
    return parse_geometry(drawn, where, close_rings)
