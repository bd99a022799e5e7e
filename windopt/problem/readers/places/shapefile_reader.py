"""Reads ESRI shapefiles: the .shp with .dbf and .prj beside it, or the .zip with them.

The package pyshp (extra ``geo``) reads shapes and attributes; the .prj holds the CRS as WKT, and
where it is missing nobody knows what the numbers mean.
"""

import io
import logging
import struct
import warnings
from pathlib import Path, PurePosixPath

from windopt.config.yaml_text import read_bytes
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.crs import GEO_EXTRA
from windopt.problem.readers.places.features import (
    MOST_PARTS,
    Feature,
    GeoFile,
    parse_geometry,
)
from windopt.problem.readers.zipped import open_zip, unpack

logger = logging.getLogger(__name__)

LARGEST = 50_000_000
"""Bytes of a part of a shapefile; boundaries and cables are far below."""
NULL_SHAPE = 0


def read_shapefile(file: Path, close_rings: bool = False) -> GeoFile:
    """Read the features of a shapefile; arguments as of `read_geojson`."""
    try:
        import shapefile
    except ImportError:
        problem = "is a shapefile, and pyshp is not installed"
        raise ConfigError.of(file.name, problem, GEO_EXTRA) from None
    parts = _from_zip(file) if file.suffix.lower() == ".zip" else _from_folder(file)
    faults = FaultCollector()
    features = []
    try:
        with (
            warnings.catch_warnings(record=True) as doubts,
            shapefile.Reader(
                shp=parts[".shp"],
                shx=parts.get(".shx"),
                dbf=parts.get(".dbf"),
                encodingErrors="replace",
            ) as reader,
        ):
            for i, shape in enumerate(reader.iterShapes()):
                if i == MOST_PARTS:
                    raise ValueError(f"it has more than {MOST_PARTS:,} shapes")
                if shape.shapeType == NULL_SHAPE:
                    continue
                where = f"{file.name}: shape {i + 1}"
                values = reader.record(i).as_dict() if parts.get(".dbf") is not None else {}
                geometry = shape.__geo_interface__
                drawn = faults.attempt(parse_geometry, geometry, where, close_rings)
                if drawn is not None:
                    named = {str(key).lower(): value for key, value in values.items()}
                    features.append(Feature(where, drawn, named))
    except (
        shapefile.ShapefileException,
        shapefile.GeoJSON_Error,
        struct.error,
        OSError,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        UnicodeError,
    ) as error:
        problem = f"cannot be read as a shapefile: {type(error).__name__}: {error}"
        raise ConfigError.of(file.name, problem, "export it again") from None
    for doubt in doubts:
        logger.warning("%s: %s", file.name, doubt.message)
    if not features and not faults:
        faults.append(Fault(file.name, "holds no shapes", "draw some, or name another file"))
    faults.raise_any()
    projection = parts.get(".prj")
    crs = projection.read().decode("utf-8", "replace").strip() if projection is not None else ""
    cure = (
        f"put {PurePosixPath(file.name).stem}.prj beside it, or say crs: EPSG:... in the config "
        "if that is what it is drawn in"
    )
    return GeoFile(file.name, tuple(features), crs or None, cure, must_declare=True)


def _from_folder(file: Path) -> dict[str, io.BytesIO]:
    """Read the parts of a shapefile that lie beside `file`, whose case may differ."""
    parts = {}
    try:
        for sibling in sorted(file.parent.iterdir()):
            suffix = sibling.suffix.lower()
            if sibling.stem == file.stem and suffix in (".shp", ".shx", ".dbf", ".prj"):
                parts[suffix] = io.BytesIO(_limited(read_bytes(sibling, file.name), sibling))
    except OSError as error:
        raise ConfigError.of(file.name, f"cannot be read: {error}", "check the file") from None
    return parts


def _limited(content: bytes, part: Path) -> bytes:
    if len(content) > LARGEST:
        problem = f"{part.name} has {len(content):,} bytes"
        raise ConfigError.of(part.name, problem, "keep the shapes of this site only")
    return content


def _from_zip(file: Path) -> dict[str, io.BytesIO]:
    """Read the parts of the one shapefile in a zip."""
    try:
        with open_zip(file) as archive:
            members = {
                PurePosixPath(info.filename): info
                for info in archive.infolist()
                if not info.filename.startswith("__MACOSX")
            }
            found = [path for path in members if path.suffix.lower() == ".shp"]
            if len(found) != 1:
                problem = f"holds {len(found)} shapefiles"
                raise ConfigError.of(file.name, problem, "zip one: .shp, .shx, .dbf and .prj")
            parts = {}
            for path, info in members.items():
                if path.with_suffix("") != found[0].with_suffix(""):
                    continue
                if path.suffix.lower() in (".shp", ".shx", ".dbf", ".prj"):
                    parts[path.suffix.lower()] = io.BytesIO(unpack(archive, info, LARGEST))
            return parts
    except ValueError as error:
        raise ConfigError.of(file.name, f"cannot be unzipped: {error}", "zip it again") from None
