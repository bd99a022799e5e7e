"""Brings the shapes of a file into the site's metres, and says why that cannot be right.

Vertices are projected, edges stay straight, as GIS programs do it. What a file declares is held
against its numbers, because the usual mistakes all show there: degrees taken for metres, longitude
and latitude swapped, feet, another zone.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.readers.crs import (
    WGS84,
    check_reach_of_crs,
    covers,
    crs_name,
    is_geographic,
    middle_of,
    parse_crs,
    reproject,
    unfit_for_metres,
    unwrapped,
    utm_zone,
)
from windopt.readers.places.features import Feature, GeoFile

logger = logging.getLogger(__name__)

FEW_UNITS = 5.0
"""Shapes within that many units, near zero, are of degrees: no farm is 5 m wide."""
FOOT_M = 0.3048


def place(
    file: GeoFile, crs: str | None, finds_crs: bool = False
) -> tuple[tuple[Feature, ...], str | None]:
    """Return a file's features in metres, and the CRS of these.

    Parameters
    ----------
    file : GeoFile
        As read.
    crs : str or None
        Of the site, or of the config; None where nobody has said.
    finds_crs : bool
        Whether the file may say what `crs` is, as the site's may.
    """
    if file.crs is None:
        _refuse_degrees(file)
        if file.must_declare and crs is None:
            raise ConfigError.of(file.name, "has no .prj, so its CRS is not known", file.cure)
        if crs is None and finds_crs and file.name.lower().endswith("json"):
            logger.warning("%s: names no CRS; its coordinates are taken as metres", file.name)
        if crs is not None and finds_crs:
            check_reach_of_crs(file.coordinates, crs, file.name)
        return file.features, crs
    source = file.crs
    parse_crs(source, f"{file.name}: crs")
    lonlat = is_geographic(source)
    if lonlat:
        file = _within_180(file)
        _refuse_metres(file)
    else:
        _refuse_degrees(file)
    if crs is None:
        if not finds_crs:
            problem = f"is in {crs_name(source)}, but nobody knows where the site's metres are"
            cure = "add crs: to the config, the CRS of the site's coordinates, such as EPSG:25831"
            raise ConfigError.of(file.name, problem, cure)
        crs = _chosen_crs(file, source)
    if crs_name(crs) == crs_name(source):
        check_reach_of_crs(file.coordinates, crs, file.name)
        return file.features, crs
    if lonlat:
        _refuse_swapped(file, crs)
    first = float(file.coordinates[0, 0]) if lonlat else None
    features = tuple(_projected(f, source, crs, file.name, first) for f in file.features)
    check_reach_of_crs(shapely.get_coordinates([f.shape for f in features]), crs, file.name)
    if not lonlat:
        logger.info("%s: projected from %s to %s", file.name, crs_name(source), crs_name(crs))
    return features, crs


def explain_distance(points: FloatArray, site: Site) -> str:
    """Return how places (n, 2) [m] far off a site would lie on it; empty if nothing helps.

    Tried are the usual mistakes, and the most usual other CRS.
    """
    west, south, east, north = site.area.bounds
    margin = max(east - west, north - south)
    for words, moved in _other_readings(points, site):
        x, y = moved[np.isfinite(moved).all(axis=1)].T
        inside = (abs(x - (west + east) / 2) < margin) & (abs(y - (south + north) / 2) < margin)
        if inside.sum() > len(points) / 2:
            return words
    return ""


def looks_like_degrees(points: FloatArray) -> bool:
    """Return whether coordinates (n, 2) that should be metres are longitude and latitude."""
    if not len(points) or (np.abs(points) > (180.0, 180.0)).any():
        return False
    return len(points) > 1 and bool((np.ptp(points, axis=0) < FEW_UNITS).all())


def _other_readings(points: FloatArray, site: Site) -> Iterator[tuple[str, FloatArray]]:
    """Yield what the coordinates may have been meant for, in words and in the site's metres."""
    yield "with x and y swapped they would", points[:, ::-1]
    yield "taken as feet they would", points * FOOT_M
    yield "taken as kilometres they would", points * 1000.0
    if site.crs is None:
        return
    try:
        centre = reproject(np.array([site.area.centroid.coords[0]]), site.crs, WGS84)
        if not np.isfinite(centre).all():
            return
        zone = utm_zone(centre)
        hemisphere = zone.removeprefix("EPSG:")[:3]
        number = int(zone[-2:])
        around = [f"EPSG:{hemisphere}{1 + (number - 1 + k) % 60:02}" for k in (0, -1, 1)]
        for crs in (*around, "EPSG:3857", "EPSG:3035"):
            yield f"taken as {crs_name(crs)} they would", reproject(points, crs, site.crs)
        if (np.abs(points) <= 180.0).all():
            yield "taken as degrees they would", reproject(points, WGS84, site.crs)
            yield (
                "taken as latitude, longitude they would",
                reproject(points[:, ::-1], WGS84, site.crs),
            )
    except ConfigError:  # pyproj is missing; the plain readings were tried
        return


def _chosen_crs(file: GeoFile, source: str) -> str:
    """Return the CRS to work in where only the file names one: its own, or else a UTM zone."""
    unfit = unfit_for_metres(source, file.coordinates)
    if not unfit:
        return crs_name(source)
    lonlat = (
        file.coordinates if is_geographic(source) else reproject(file.coordinates, source, WGS84)
    )
    if (lost := ~np.isfinite(lonlat).all(axis=1)).any():
        x, y = file.coordinates[lost][0]
        problem = f"({x:.10g}, {y:.10g}) is not where {crs_name(source)} can be used"
        raise ConfigError.of(file.name, problem, "correct its coordinates, or its CRS")
    zone = utm_zone(lonlat)
    longitude, latitude = unwrapped(lonlat).mean(axis=0)
    longitude = (longitude + 180.0) % 360.0 - 180.0
    logger.warning(
        "%s: %s %s; projected to %s, at %.2f° %s, %.2f° %s. If that is where it is, say crs: %s in "
        "the config; if not, longitude and latitude are swapped",
        file.name,
        crs_name(source),
        unfit,
        crs_name(zone, with_title=True),
        abs(latitude),
        "N" if latitude >= 0 else "S",
        abs(longitude),
        "E" if longitude >= 0 else "W",
        zone,
    )
    return zone


def _within_180(file: GeoFile) -> GeoFile:
    """Count longitudes of 0 to 360, or of -360 to 0, as others do, from -180 to 180."""
    x, y = file.coordinates.T
    beyond = np.abs(x) > 180.0
    if not beyond.any() or (np.abs(x) > 360.0).any() or (np.abs(y) > 90.0).any():
        return file

    def turned(points: FloatArray) -> FloatArray:
        longitude = points[:, 0]
        turn = np.where(np.abs(longitude) > 180.0, 360.0 * np.sign(longitude), 0.0)
        return np.column_stack([longitude - turn, points[:, 1]])

    first = x[beyond][0]
    logger.warning(
        "%s: %d of %d longitudes are beyond %+.0f; 360 is %s them: %.6g is %.6g",
        file.name,
        beyond.sum(),
        len(x),
        np.copysign(180.0, first),
        "taken off" if first > 0 else "added to",
        first,
        first - np.copysign(360.0, first),
    )
    features = [replace(f, shape=shapely.transform(f.shape, turned)) for f in file.features]
    return replace(file, features=tuple(features))


def _projected(feature: Feature, source: str, crs: str, name: str, first: float | None) -> Feature:
    """Project a feature; `first` is a longitude of the file [deg], None where it has none."""

    def projected(points: FloatArray) -> FloatArray:
        # parts cut at the antimeridian meet in vertices that are the same, not nearly so
        return reproject(points if first is None else unwrapped(points, first), source, crs)

    shape = shapely.transform(feature.shape, projected)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        problem = f"does not lie where {crs_name(crs)} can be used"
        cure = f"correct its coordinates, or the crs of {name} or the config"
        raise ConfigError.of(feature.where, problem, cure)
    return Feature(feature.where, shape, feature.values)


def _refuse_degrees(file: GeoFile) -> None:
    """Check that what should be metres is not longitude and latitude."""
    points = file.coordinates
    if not looks_like_degrees(points):
        return
    (x, y), (u, v) = points.min(axis=0), points.max(axis=0)
    says = f"says it is in {crs_name(file.crs)}, but" if file.crs else "is taken as metres, but"
    problem = f"{says} ({x:.4f}, {y:.4f}) to ({u:.4f}, {v:.4f}) look like degrees"
    cure = "correct its CRS, or project it" if file.crs else file.cure
    raise ConfigError.of(file.name, problem, cure)


def _refuse_metres(file: GeoFile) -> None:
    """Check that longitude and latitude are neither metres nor the other way round."""
    x, y = file.coordinates.T
    if (np.abs(x) <= 180).all() and (np.abs(y) <= 90).all():
        return
    worst = int(np.argmax(np.maximum(np.abs(x) - 180, np.abs(y) - 90)))
    problem = f"({x[worst]:.10g}, {y[worst]:.10g}) is no longitude and latitude"
    cure = "give degrees, or name the CRS of these coordinates"
    if (np.abs(x) <= 90).all() and (np.abs(y) <= 180).all():
        cure = "swap them: longitude comes first"
    raise ConfigError.of(file.name, problem, cure)


def _refuse_swapped(file: GeoFile, crs: str) -> None:
    """Longitude and latitude are not the other way round, as far as the CRS can tell."""
    points = file.coordinates
    if covers(crs, points) or not covers(crs, points[:, ::-1]):
        return
    longitude, latitude = middle_of(points)
    problem = (
        f"longitude {longitude:.2f} and latitude {latitude:.2f} are where {crs_name(crs)} "
        "cannot be used, but the other way round they are where it can"
    )
    raise ConfigError.of(file.name, problem, "swap them: longitude comes first")
