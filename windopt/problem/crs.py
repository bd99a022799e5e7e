"""Coordinate reference systems (CRS): between a site's metres, and longitude and latitude.

pyproj (extra ``geo``) does the work and knows every CRS of the EPSG register. Longitude and latitude
are WGS 84, east and north positive, longitude first; ETRS89 is taken for the same, as GIS programs
do (half a metre in 2026).
"""

from typing import TYPE_CHECKING

import numpy as np

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray

if TYPE_CHECKING:
    from pyproj import CRS

WGS84 = "EPSG:4326"
GEO_EXTRA = "pip install 'windopt[geo]'"


def to_lonlat(coordinates: FloatArray, crs: str) -> FloatArray:
    """Return longitude and latitude of places.

    Parameters
    ----------
    coordinates : (n, 2) easting and northing in `crs` [m]
    crs : such as ``EPSG:25831``; also WKT or a PROJ string

    Returns
    -------
    lonlat : (n, 2) WGS 84 [deg]

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
    source_crs, target_crs = parse_crs(source), parse_crs(target)
    from pyproj import Transformer

    transform = Transformer.from_crs(source_crs, target_crs, always_xy=True)
    points = np.asarray(coordinates, dtype=np.float64).reshape(-1, 2)
    return np.column_stack(transform.transform(points[:, 0], points[:, 1]))


def parse_crs(crs: str, where: str = "crs") -> "CRS":
    """Return pyproj's CRS of a name, a number of EPSG, WKT or a PROJ string.

    Parameters
    ----------
    crs : as written
    where : its place, for the fault
    """
    try:
        from pyproj import CRS
        from pyproj.exceptions import CRSError
    except ImportError:
        problem = f"{short(crs)} needs pyproj, which is not installed"
        raise ConfigError.of(where, problem, GEO_EXTRA) from None
    try:
        return CRS.from_user_input(f"EPSG:{crs}" if crs.strip().isdecimal() else crs.strip())
    except CRSError:
        problem = f"{short(crs)} is no coordinate reference system"
        raise ConfigError.of(where, problem, "write it as EPSG:25831") from None


def short(crs: str) -> str:
    """Return a CRS as messages show it: WKT is long."""
    text = " ".join(crs.split())
    return text if len(text) <= 40 else f"{text[:37]}..."
