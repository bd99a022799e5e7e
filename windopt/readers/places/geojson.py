"""Reads GeoJSON (RFC 7946): longitude and latitude on WGS 84, unless it says otherwise.

RFC 7946 dropped the member ``crs`` of its forerunner (GeoJSON 2008), but GIS programs go on writing
it for projected coordinates. Without it, coordinates that cannot be degrees are nobody's CRS.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from windopt.config.yaml_text import decoded
from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.readers.crs import WGS84, unwrapped
from windopt.readers.places.choice import Choice
from windopt.readers.places.features import (
    MOST_PARTS,
    SIMPLIFY,
    Feature,
    GeoFile,
    keep_drawn,
    parse_geometry,
)

logger = logging.getLogger(__name__)

CURE = "export it with its CRS, or add crs: EPSG:... to the config"
WIDEST = 5.0
"""Degrees that a site with longitudes beyond 180 spans at most; metres span more."""


def read_geojson(file: Path, close_rings: bool = False, choice: Choice | None = None) -> GeoFile:
    """Read the features of a GeoJSON file.

    Parameters
    ----------
    file : Path
        A FeatureCollection, a Feature or a bare geometry.
    close_rings : bool
        Close open rings instead of refusing them.
    choice : Choice or None
        Of its features, by their attributes; None takes all.
    """
    choice = choice or Choice()
    try:
        document = json.loads(decoded(file.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError.of(
            file.name, f"cannot be read as GeoJSON: {error}", "correct it"
        ) from None
    if not isinstance(document, dict) or "type" not in document:
        cure = "export it as GeoJSON"
        raise ConfigError.of(file.name, "is JSON, but has no 'type' of GeoJSON", cure)
    faults = FaultCollector()
    features = []
    for where, geometry, properties in _geometries(document, file.name, faults):
        if not choice.takes(properties):
            continue
        shape = faults.attempt(parse_geometry, geometry, where, close_rings)
        if shape is not None:
            values = {str(k).lower(): v for k, v in properties.items()}
            features.append(Feature(where, shape, values))
    faults.attempt(choice.conclude, file.name)
    features = keep_drawn(features, file.name, faults)
    if not features and not faults:
        faults.append(Fault(file.name, "holds no features", "draw some, or name another file"))
    crs = faults.attempt(_declared, document, file.name)
    faults.raise_any()
    read = GeoFile(file.name, tuple(features), crs or None, CURE)
    if read.crs is None and _are_degrees(read.coordinates):
        return GeoFile(read.name, read.features, WGS84, CURE)
    return read


def _are_degrees(points: FloatArray) -> bool:
    """Return whether coordinates (n, 2) without a CRS can be longitude and latitude."""
    longitude, latitude = points.T
    if (np.abs(latitude) > 90).any() or (np.abs(longitude) > 360).any():
        return False
    # some count from 0 to 360; a small site in metres has numbers like that, but is wider
    near = (np.ptp(unwrapped(points), axis=0) < WIDEST).all()
    return bool((np.abs(longitude) <= 180).all() or near)


def _geometries(
    document: Mapping[str, object], name: str, faults: FaultCollector
) -> Iterator[tuple[str, object, dict[str, object]]]:
    """Yield the place, geometry and properties of each feature that has a geometry.

    Those without, which are not wrong (RFC 7946, section 3.2), are counted in a warning.
    """
    if document["type"] == "FeatureCollection":
        members = document.get("features")
        if not isinstance(members, list):
            faults.append(Fault(f"{name}: features", "is no list", "export it again"))
            return
        if len(members) > MOST_PARTS:
            faults.append(Fault(name, f"has {len(members):,} features", SIMPLIFY))
            return
        listed = [(f"{name}: features[{i}]", member) for i, member in enumerate(members)]
    elif document["type"] == "Feature":
        listed = [(name, document)]
    else:
        yield name, document, {}
        return
    bare = 0
    for where, member in listed:
        if not isinstance(member, dict):
            faults.append(Fault(where, "is no feature", "export it again"))
        elif member.get("geometry") is not None:
            properties = member.get("properties")
            numbered = {"id": member["id"]} if "id" in member else {}
            said = numbered | (properties if isinstance(properties, dict) else {})
            yield where, member["geometry"], said
        else:
            bare += 1
    if 0 < bare < len(listed):
        verb = "has" if bare == 1 else "have"
        logger.warning("%s: %d of %d features %s no geometry", name, bare, len(listed), verb)


def _declared(document: Mapping[str, object], name: str) -> str:
    """Return the CRS of the member ``crs``, empty without one."""
    member = document.get("crs")
    if member is None:
        return ""
    properties = member.get("properties") if isinstance(member, dict) else None
    declared = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(declared, str):
        problem = "names no coordinate reference system"
        cure = "write {type: name, properties: {name: 'EPSG:25831'}} as JSON, or delete it"
        raise ConfigError.of(f"{name}: crs", problem, cure)
    return declared
