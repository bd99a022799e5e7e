"""The parts of a shapefile, .shp with .shx, .dbf and .prj, and the rings of its polygons.

A polygon is a list of rings; outlines should go clockwise and holes the other way, but writers
forget. So a ring is a hole where it goes the other way round than a larger one that it meets; what
goes the same way is a polygon of its own, whose place within others tells what it is, as in
`windopt.readers.places.areas`.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import shapely

from windopt.config.yaml_text import read_bytes
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.readers.zipped import open_zip, unpack

LARGEST = 50_000_000
"""Bytes of a part; boundaries and cables are far below."""
SUFFIXES = (".shp", ".shx", ".dbf", ".prj")
PACKED = "shapes"
"""What a shapefile is called where its parts are packed for GDAL."""


def parts_of(file: Path) -> dict[str, bytes]:
    """Return the parts of a shapefile by suffix: those beside a .shp, or in a .zip."""
    return _from_zip(file) if file.suffix.lower() == ".zip" else _from_folder(file)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip of the shapes and their attributes, as GDAL takes one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for suffix in (".shp", ".shx", ".dbf"):
            if suffix in parts:
                archive.writestr(f"{PACKED}{suffix}", parts[suffix])
    return content.getvalue()


def in_outlines(drawn: dict[str, Any]) -> dict[str, Any]:
    """Return a polygon of a shapefile, whose holes anybody may have sorted, in new outlines."""
    if drawn["type"] not in ("Polygon", "MultiPolygon"):
        return drawn
    polygons = drawn["coordinates"] if drawn["type"] == "MultiPolygon" else [drawn["coordinates"]]
    rings = [np.array(ring, dtype=np.float64) for rings in polygons for ring in rings if ring]
    turned = np.array([_signed_area(ring) for ring in rings])
    finite = all(np.isfinite(ring).all() for ring in rings)
    if len(rings) < 2 or not (finite and min(map(len, rings)) > 3):
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
    sorted_anew = [[rings[i].tolist() for i in (j, *holes)] for j, holes in outlines.items()]
    return {"type": "MultiPolygon", "coordinates": sorted_anew}


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


def _from_folder(file: Path) -> dict[str, bytes]:
    """Read the parts of a shapefile that lie beside `file`, whose case may differ."""
    parts = {}
    try:
        for sibling in sorted(file.parent.iterdir()):
            suffix = sibling.suffix.lower()
            if sibling.stem == file.stem and suffix in SUFFIXES:
                parts[suffix] = limited(read_bytes(sibling, file.name), sibling)
    except OSError as error:
        raise ConfigError.of(file.name, f"cannot be read: {error}", "check the file") from None
    return parts


def limited(content: bytes, part: Path) -> bytes:
    """Return the content of a file, which is refused where it is too large."""
    if len(content) > LARGEST:
        problem = f"{part.name} has {len(content):,} bytes"
        raise ConfigError.of(part.name, problem, "keep the shapes of this site only")
    return content


def _from_zip(file: Path) -> dict[str, bytes]:
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
                if path.suffix.lower() in SUFFIXES:
                    parts[path.suffix.lower()] = unpack(archive, info, LARGEST)
            return parts
    except ValueError as error:
        raise ConfigError.of(file.name, f"cannot be unzipped: {error}", "zip it again") from None
