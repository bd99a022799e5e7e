"""Reads ESRI shapefiles: the .shp with .dbf and .prj beside it, or the .zip with them.

The package pyshp (extra ``geo``) reads shapes and attributes; the .prj holds the CRS as WKT, and
where it is missing nobody knows what the numbers mean.

A polygon is a list of rings; outlines should go clockwise and holes the other way, but writers
forget. So a ring is a hole where it goes the other way round than a larger one that it meets; what
goes the same way is a polygon of its own, whose place within others tells what it is, as in
`windopt.readers.places.areas`.
"""

import io
import logging
import struct
import warnings
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import shapely

from windopt.config.yaml_text import read_bytes
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.readers.crs import GEO_EXTRA
from windopt.readers.places.choice import Choice
from windopt.readers.places.features import MOST_PARTS, Feature, GeoFile, keep_drawn, parse_geometry
from windopt.readers.zipped import open_zip, unpack

logger = logging.getLogger(__name__)

LARGEST = 50_000_000
"""Bytes of a part of a shapefile; boundaries and cables are far below."""
NULL_SHAPE = 0
POLYGONS = (5, 15, 25)
"""Shape types of polygons: plain, with heights, with measures."""


def read_shapefile(file: Path, close_rings: bool = False, choice: Choice | None = None) -> GeoFile:
    """Read the features of a shapefile; arguments as of `read_geojson`."""
    choice = choice or Choice()
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
                if not choice.takes(values):
                    continue
                polygon = shape.shapeType in POLYGONS
                geometry = _by_rings(shape) if polygon else shape.__geo_interface__
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
        # a key that is missing is all that its error says
        said = "its content is no shapes" if isinstance(error, KeyError) else str(error)
        problem = f"cannot be read as a shapefile: {said}"
        raise ConfigError.of(file.name, problem, "export it again") from None
    for doubt in doubts:
        logger.warning("%s: %s", file.name, doubt.message)
    faults.attempt(choice.conclude, file.name)
    features = keep_drawn(features, file.name, faults)
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


def _by_rings(shape: Any) -> dict[str, object]:
    """Return a polygon of a shapefile as GeoJSON writes it: each outline with its holes."""
    points = np.asarray(shape.points, dtype=np.float64).reshape(len(shape.points), -1)[:, :2]
    rings = [ring for ring in np.split(points, list(shape.parts)[1:]) if len(ring)]
    turned = np.array([_signed_area(ring) for ring in rings])
    if len(rings) < 2 or not (np.isfinite(points).all() and min(map(len, rings)) > 3):
        return {"type": "MultiPolygon", "coordinates": [[ring.tolist()] for ring in rings]}
    filled = [shapely.Polygon(ring) for ring in rings]
    meets: dict[int, list[int]] = {i: [] for i in range(len(rings))}
    for i, j in shapely.STRtree(filled).query(filled, predicate="intersects").T.tolist():
        if turned[i] * turned[j] < 0 and abs(turned[i]) <= abs(turned[j]):
            meets[i].append(j)
    outlines: dict[int, list[int]] = {}
    for i in np.argsort(-np.abs(turned), kind="stable").tolist():
        larger = sorted(meets[i], key=lambda j: -abs(turned[j]))
        around = [j for j in larger if j in outlines and not _holds(filled[i].touches, filled[j])]
        whole = [j for j in around if _holds(filled[j].covers, filled[i])]
        for j in whole[-1:] or around:  # the smallest that it lies in
            outlines[j].append(i)
        if not around:
            outlines[i] = []
    drawn = [[rings[i].tolist() for i in (j, *holes)] for j, holes in outlines.items()]
    return {"type": "MultiPolygon", "coordinates": drawn}


def _signed_area(ring: FloatArray) -> float:
    """Return twice the area of a ring (n, 2), positive where it goes anticlockwise."""
    x, y = (ring - ring[0]).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))


def _holds(predicate: Callable[[shapely.Polygon], bool], other: shapely.Polygon) -> bool:
    """Return whether a predicate of a polygon holds; of invalid ones it may not be known."""
    try:
        return bool(predicate(other))
    except shapely.errors.GEOSException:
        return False


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
