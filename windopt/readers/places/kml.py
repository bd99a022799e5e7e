"""Reads KML and KMZ (OGC 12-007r2): placemarks, always in longitude and latitude on WGS 84.

The elements of a placemark are found whatever the version of KML their namespace names.

A placemark that is hidden, itself or by a folder around it (``visibility`` 0), is a draft or an old
state: it is left out, with a warning that names it.
"""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.readers.crs import WGS84
from windopt.readers.places.choice import Choice
from windopt.readers.places.features import (
    DEEPEST,
    MOST_PARTS,
    MOST_VERTICES,
    SIMPLIFY,
    Feature,
    GeoFile,
    keep_drawn,
    parse_geometry,
)
from windopt.readers.xml_tree import LARGEST, read_xml
from windopt.readers.zipped import open_zip, unpack

logger = logging.getLogger(__name__)

RING = "LinearRing"
MOST_NAMES = 8
"""Hidden placemarks that a warning names."""
CURE = "correct it, or export it as plain KML"
GEOMETRIES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")


def read_kml(file: Path, close_rings: bool = False, choice: Choice | None = None) -> GeoFile:
    """Read the placemarks of a KML or KMZ file; arguments as of `read_geojson`."""
    choice = choice or Choice()
    try:
        if file.suffix.lower() == ".kmz":
            root = read_xml(io.BytesIO(_unzip(file)))
        else:
            with file.open("rb") as stream:
                root = read_xml(stream)
    except (OSError, ValueError) as error:
        raise ConfigError.of(file.name, f"cannot be read as KML: {error}", CURE) from None
    faults = FaultCollector()
    features: list[Feature] = []
    hidden = []
    for i, (placemark, folder, is_seen) in enumerate(_placemarks(root), 1):
        name = (placemark.findtext("name") or "").strip()
        where = f"{file.name}: placemark {name!r}" if name else f"{file.name}: placemark {i}"
        geometries = [child for child in placemark if child.tag in GEOMETRIES]
        said = {"folder": folder, **_data(placemark), "name": name}
        if not geometries or not choice.takes(said):
            continue
        if not is_seen:
            hidden.append(repr(name) if name else f"number {i}")
            continue
        values = {key.lower(): value for key, value in said.items()}
        if len(features) + len(faults) + len(geometries) > MOST_PARTS:
            problem = f"has more than {MOST_PARTS:,} shapes"
            raise ConfigError.of(file.name, problem, SIMPLIFY)
        for geometry in geometries:
            drawn = faults.attempt(
                lambda element, place: parse_geometry(
                    _as_geojson(element, place), place, close_rings
                ),
                geometry,
                where,
            )
            if drawn is not None:
                features.append(Feature(where, drawn, values))
    faults.attempt(choice.conclude, file.name)
    features = keep_drawn(features, file.name, faults)
    if hidden:
        _tell_hidden(file.name, hidden, bool(features), faults)
    if not features and not faults:
        cure = "draw some, or name another file (a network link is not followed)"
        faults.append(Fault(file.name, "holds no placemarks with a shape", cure))
    faults.raise_any()
    return GeoFile(file.name, tuple(features), WGS84, "")


def _unzip(file: Path) -> bytes:
    with open_zip(file) as archive:
        for member in archive.infolist():
            if member.filename.lower().endswith(".kml"):
                return unpack(archive, member, LARGEST)
    raise ValueError("there is no .kml in it")


def _placemarks(
    element: ElementTree.Element, folder: str = "", is_seen: bool = True
) -> Iterator[tuple[ElementTree.Element, str, bool]]:
    """Yield each placemark with its folder, and whether it and all around it are visible."""
    stack = [(element, folder, is_seen)]
    while stack:
        node, folder, is_seen = stack.pop()
        is_seen &= (node.findtext("visibility") or "1").strip().lower() not in ("0", "false")
        if node.tag == "Placemark":
            yield node, folder, is_seen
            continue
        if node.tag == "Folder":
            folder = (node.findtext("name") or "").strip()
        stack += [(child, folder, is_seen) for child in reversed(node)]


def _tell_hidden(name: str, hidden: list[str], others: bool, faults: FaultCollector) -> None:
    """Report which placemarks are left out since they are hidden; it is a fault if all are."""
    more = f" and {len(hidden) - MOST_NAMES} more" if len(hidden) > MOST_NAMES else ""
    names = ", ".join(hidden[:MOST_NAMES]) + more
    number = "1 placemark is" if len(hidden) == 1 else f"{len(hidden)} placemarks are"
    if others:
        logger.warning(
            "%s: %s hidden (visibility 0) and left out: %s; tick what counts, and save it again",
            name,
            number,
            names,
        )
    elif not faults:
        cure = "tick what counts in Google Earth, and save it again"
        faults.append(Fault(name, f"all that it draws is hidden (visibility 0): {names}", cure))


def _data(placemark: ElementTree.Element) -> dict[str, object]:
    """Return the extended data of a placemark by name."""
    found: dict[str, object] = {}
    for entry in placemark.iter("Data"):
        found[str(entry.get("name"))] = (entry.findtext("value") or "").strip()
    for entry in placemark.iter("SimpleData"):
        found[str(entry.get("name"))] = (entry.text or "").strip()
    return found


def _as_geojson(element: ElementTree.Element, where: str, depth: int = 0) -> dict[str, object]:
    """Return a KML geometry as GeoJSON writes it; a bare ring is a line."""
    if element.tag == "MultiGeometry":
        inside = [child for child in element if child.tag in GEOMETRIES and depth < DEEPEST]
        parts = [_as_geojson(child, where, depth + 1) for child in inside]
        return {"type": "GeometryCollection", "geometries": parts}
    if element.tag == "Point":
        positions = _positions(element, where)
        return {"type": "Point", "coordinates": positions[0] if positions else []}
    if element.tag != "Polygon":
        return {"type": "LineString", "coordinates": _positions(element, where)}
    outer, inner = (
        [_positions(ring, where) for side in element.findall(tag) for ring in side.iter(RING)]
        for tag in ("outerBoundaryIs", "innerBoundaryIs")
    )
    rings = [*(outer or [[]]), *inner]  # without an outline, its holes are none
    return {"type": "Polygon", "coordinates": rings}


def _positions(element: ElementTree.Element, where: str) -> list[list[float]]:
    text = element.findtext("coordinates") or ""
    if text.count(",") > 3 * MOST_VERTICES:
        raise ConfigError.of(where, f"has more than {MOST_VERTICES:,} vertices", SIMPLIFY)
    tuples = re.sub(r"\s*,\s*", ",", text).split()
    try:
        return [[float(number) for number in entry.split(",")] for entry in tuples]
    except ValueError:
        problem = f"{' '.join(text.split())[:50]!r} are no coordinates"
        raise ConfigError.of(
            where, problem, "write longitude,latitude with spaces between"
        ) from None
