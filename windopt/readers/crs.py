"""Coordinate reference systems (CRS): between a site's metres, and longitude and latitude.

pyproj (extra ``geo``) does the work and knows every CRS of the EPSG register. Longitude and
latitude are WGS 84, east and north positive, longitude first; ETRS89 is taken for the same, as GIS
programs do (they drift apart by 2.5 cm a year).
"""

import logging
import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

logger = logging.getLogger(__name__)

WGS84 = "EPSG:4326"
GEO_EXTRA = "pip install 'windopt[geo]'"
STRETCH, TURN = 0.005, 3.5
"""Scale error [-] that no layout should have, and angle of grid north [deg] beyond a UTM zone's."""
STEP = 5e-4
"""Half the length of the meridian whose direction on the grid is taken [deg]."""
MARGIN = 2.0
"""Degrees around a CRS's area of use where it is still good."""


def to_lonlat(coordinates: FloatArray, crs: str) -> FloatArray:
    """Return longitude and latitude of places.

    Parameters
    ----------
    coordinates : (n, 2) [m]
        Easting and northing in `crs`.
    crs : str
        Such as ``EPSG:25831``; also WKT or a PROJ string.

    Returns
    -------
    lonlat : (n, 2) [deg]
        WGS 84.

    Raises
    ------
    ConfigError
        Where `crs` is unknown, or pyproj is not installed.
    """
    return reproject(coordinates, crs, WGS84)


def from_lonlat(lonlat: FloatArray, crs: str) -> FloatArray:
    """Return easting and northing (n, 2) [m] in `crs` of places (n, 2) [deg]; see `to_lonlat`."""
    return reproject(lonlat, WGS84, crs)


def reproject(coordinates: FloatArray, source: str, target: str) -> FloatArray:
    """Return places (n, 2) given in one CRS in another; x, easting or longitude come first."""
    parse_crs(source)
    parse_crs(target)
    transform = _transformer(source, target)
    points = np.asarray(coordinates, dtype=np.float64).reshape(-1, 2)
    return np.column_stack(transform.transform(points[:, 0], points[:, 1]))


@lru_cache(maxsize=32)
def _transformer(source: str, target: str) -> "Transformer":
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    try:
        return Transformer.from_crs(parse_crs(source), parse_crs(target), always_xy=True)
    except ProjError:
        problem = f"nothing leads from {_short(source)} to {_short(target)}"
        raise ConfigError.of("crs", problem, "name CRS of the Earth's surface") from None


def parse_crs(crs: str, where: str = "crs") -> "CRS":
    """Return pyproj's CRS of a name, a number of EPSG, WKT or a PROJ string.

    Parameters
    ----------
    crs : str
        As written.
    where : str
        Its place, for the fault.
    """
    try:
        from pyproj import CRS
        from pyproj.exceptions import CRSError
    except ImportError:
        problem = f"{_short(crs)} needs pyproj, which is not installed"
        raise ConfigError.of(where, problem, GEO_EXTRA) from None
    try:
        return CRS.from_user_input(f"EPSG:{crs}" if crs.strip().isdecimal() else crs.strip())
    except CRSError:
        problem = f"{_short(crs)} is no coordinate reference system"
        raise ConfigError.of(where, problem, "write it as EPSG:25831") from None


def crs_name(crs: str | None, with_title: bool = False) -> str:
    """Return a CRS by its number in a register where it has one, such as ``EPSG:25831``.

    Parameters
    ----------
    crs : str or None
        As written; may be WKT.
    with_title : bool
        Add the register's title, for messages.
    """
    if crs is None:
        return "no CRS"
    known = parse_crs(crs)
    authority = known.to_authority()
    name = ":".join(authority) if authority else " ".join(crs.split())
    return f"{name} ({known.name})" if with_title else name


def is_geographic(crs: str) -> bool:
    """Return whether a CRS counts in degrees."""
    return bool(parse_crs(crs).is_geographic)


def unwrapped(lonlat: FloatArray, first: float | None = None) -> FloatArray:
    """Return places (n, 2) [deg] without the jump at the antimeridian.

    Longitudes are those nearest to `first`, that of the first place by default, so that places on
    both sides of 180° E have a middle, a mean and an extent; they may lie beyond 180.
    """
    if not len(lonlat):
        return lonlat
    near = lonlat[0, 0] if first is None else first
    turns = np.round((near - lonlat[:, 0]) / 360.0)
    return np.column_stack([lonlat[:, 0] + 360.0 * turns, lonlat[:, 1]])


def middle_of(lonlat: FloatArray) -> tuple[float, float]:
    """Return longitude, in [-180, 180), and latitude in the middle of places (n, 2) [deg]."""
    places = unwrapped(lonlat)
    longitude, latitude = (places.min(axis=0) + places.max(axis=0)) / 2
    return float((longitude + 180.0) % 360.0 - 180.0), float(latitude)


def utm_zone(lonlat: FloatArray) -> str:
    """Return the UTM zone (WGS 84) of the middle of places (n, 2) [deg], as ``EPSG:32631``."""
    longitude, latitude = middle_of(lonlat)
    number = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{326 if latitude >= 0 else 327}{number:02}"


def require_metres(crs: str, where: str = "crs") -> str:
    """Return the name of a CRS that a config may work in, or say why it may not."""
    parse_crs(crs, where)
    if unfit := unfit_for_metres(crs):
        name = crs_name(crs, with_title=True)
        cure = "name a projected CRS in metres, such as the site's UTM zone (EPSG:32631 for 31 N)"
        raise ConfigError.of(where, f"{name} {unfit}", cure)
    return crs_name(crs)


def unfit_for_metres(crs: str, coordinates: FloatArray | None = None) -> str:
    """Return why no layout can be laid out in a CRS; empty where one can.

    Parameters
    ----------
    crs : str
        To be judged.
    coordinates : (n, 2)
        In it, of the site, to tell by how much it stretches distances there.
    """
    known = parse_crs(crs)
    if known.is_geographic:
        return "counts in degrees"
    if not known.is_projected:
        return "is no map projection"
    units = {axis.unit_name for axis in known.axis_info[:2]}
    if units != {"metre"}:
        return f"counts in {' and '.join(sorted(units))}, not metres"
    if coordinates is not None:
        scale, _ = _distortion(crs, coordinates)
        if abs(scale - 1) > STRETCH:
            return f"stretches distances by {scale:.4g} there"
    return ""


def check_reach_of_crs(coordinates: FloatArray, crs: str, name: str) -> None:
    """Refuse a CRS that stretches distances at the site, and warn where it turns north.

    Wind directions are counted from true north, layouts from the grid's. In a UTM zone the two are
    within 3 degrees.

    Parameters
    ----------
    coordinates : (n, 2) [m]
        In `crs`.
    crs, name : str
        The CRS, and the file that was brought into it.
    """
    lonlat = reproject(coordinates, crs, WGS84)
    usable = covers(crs, lonlat)
    if not usable and covers(crs, reproject(coordinates[:, ::-1], crs, WGS84)):
        (x, y), known = coordinates[0], crs_name(crs)
        problem = (
            f"({x:.10g}, {y:.10g}) is not where {known} can be used, but ({y:.10g}, {x:.10g}) is"
        )
        raise ConfigError.of(name, problem, "swap x and y: easting comes first")
    if unfit := unfit_for_metres(crs, coordinates):
        zone = utm_zone(lonlat) if np.isfinite(lonlat).all() else "the site's UTM zone"
        problem = f"{crs_name(crs, with_title=True)} {unfit}"
        raise ConfigError.of(name, problem, f"add crs: {zone} to the config, if the place is right")
    if not usable:
        logger.warning(
            "%s: lies outside of where %s is to be used: check its coordinates and crs",
            name,
            crs_name(crs, with_title=True),
        )
    _, turn = _distortion(crs, coordinates)
    if abs(turn) > TURN:
        logger.warning(
            "%s: north of %s is %.1f° off true north there; crs: %s turns less",
            name,
            crs_name(crs),
            turn,
            utm_zone(lonlat),
        )


def covers(crs: str, lonlat: FloatArray) -> bool:
    """Return whether places (n, 2) [deg] lie where a CRS is to be used, or close by."""
    area = parse_crs(crs).area_of_use
    if area is None:
        return True
    if not np.isfinite(lonlat).all():
        return False
    longitude, latitude = middle_of(lonlat)
    width = (area.east - area.west) % 360 or 360.0
    beyond = (longitude - area.west + MARGIN) % 360
    inside = width >= 360 - 2 * MARGIN or beyond <= width + 2 * MARGIN
    return bool(inside and area.south - MARGIN <= latitude <= area.north + MARGIN)


def _distortion(crs: str, coordinates: FloatArray) -> tuple[float, float]:
    """Return the scale [-] and the angle from true to grid north [deg] in the middle of places."""
    from pyproj import Proj
    from pyproj.exceptions import ProjError

    middle = (coordinates.min(axis=0) + coordinates.max(axis=0)) / 2
    longitude, latitude = reproject(middle, crs, WGS84)[0]
    if not np.isfinite([longitude, latitude]).all():
        return math.inf, 0.0
    try:
        factors = Proj(parse_crs(crs)).get_factors(longitude, latitude)
    except ProjError:
        return math.inf, 0.0
    scales = (factors.meridional_scale, factors.parallel_scale)
    scale = max(scales, key=lambda one: abs(one - 1))
    return float(scale), float(factors.meridian_convergence)


def bearing_of_north(coordinates: FloatArray, crs: str) -> float:
    """Return the bearing of true north on the grid of a CRS, in the middle of places [deg].

    Clockwise from grid north, so that grid bearing = true bearing + it: the convergence of the
    meridians, with its sign turned. It is negative east of a UTM zone's middle in the northern
    hemisphere.

    Parameters
    ----------
    coordinates : (n, 2) [m]
    crs : str
        Of the coordinates.
    """
    middle = (coordinates.min(axis=0) + coordinates.max(axis=0)) / 2
    longitude, latitude = reproject(middle, crs, WGS84)[0]
    ends = [[longitude, latitude - STEP], [longitude, latitude + STEP]]
    south, north = reproject(np.array(ends), WGS84, crs)
    x, y = north - south
    return math.degrees(math.atan2(x, y))


def _short(crs: str) -> str:
    """Return a CRS as messages show it: WKT is long."""
    text = " ".join(crs.split())
    return text if len(text) <= 40 else f"{text[:37]}..."
