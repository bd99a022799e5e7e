"""The result as GeoJSON, for GIS programs: turbines as points, parcels as polygons.

RFC 7946 wants longitude and latitude (WGS 84). Where the site's CRS is known, that is what stands
there. Where it is not, the metres of the site stand there, and the member ``crs`` of GeoJSON 2008,
null, says that no place on Earth is meant; where only pyproj is missing, it names the CRS.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from windopt.exports.placed import longitude_latitude
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.runs.folder import write_text

DECIMALS = {"degrees": 11, "metres": 6}
"""A micrometre each: what stands a hair inside a boundary is not rounded over it."""


def write_geojson_layout(
    path: Path,
    problem: LayoutProblem,
    layout: FloatArray,
    columns: dict[str, list[Any]],
) -> None:
    """Write the turbines of a layout (n_turbines, 2) [m], fixed ones left out, as points.

    Parameters
    ----------
    columns : dict[str, list[Any]]
        Of the turbines, as `turbine_columns` gives them; they become properties.
    """
    features = [
        _feature(problem, shapely.Point(x, y), {"x": x, "y": y} | properties)
        for (x, y), properties in zip(layout.tolist(), _rows(columns), strict=True)
    ]
    _write(path, problem, problem.name, features)


def write_geojson_site(path: Path, problem: LayoutProblem) -> None:
    """Write the parcels, what is excluded cut out of them, as polygons."""
    features = [
        _feature(problem, polygon, {"parcel": n, "area_km2": round(polygon.area / 1e6, 6)})
        for n, polygon in enumerate(problem.site.polygons, 1)
    ]
    _write(path, problem, problem.site.name or problem.name, features)


def _write(path: Path, problem: LayoutProblem, name: str, features: list[dict[str, Any]]) -> None:
    collection = {
        "type": "FeatureCollection",
        "name": name,
        **_declared(problem),
        "features": features,
    }
    write_text(path, json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n")


def _feature(
    problem: LayoutProblem, shape: shapely.Geometry, properties: dict[str, Any]
) -> dict[str, Any]:
    """Return a feature on WGS 84 where that can be known, else in the site's metres."""
    unit = "metres" if longitude_latitude(problem, np.empty((0, 2))) is None else "degrees"

    def projected(coordinates: FloatArray) -> FloatArray:
        lonlat = longitude_latitude(problem, coordinates)
        return np.round(coordinates if lonlat is None else lonlat, DECIMALS[unit]) + 0.0

    if isinstance(shape, shapely.Polygon):
        shape = shapely.geometry.polygon.orient(shape)  # RFC 7946: outer rings anticlockwise
    geometry = json.loads(shapely.to_geojson(shapely.transform(shape, projected)))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _declared(problem: LayoutProblem) -> dict[str, Any]:
    """Return the member ``crs``.

    None where the coordinates are RFC 7946's longitude and latitude.
    """
    if longitude_latitude(problem, np.empty((0, 2))) is not None:
        return {}
    name = problem.site.crs
    return {"crs": None if name is None else {"type": "name", "properties": {"name": name}}}


def _rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
