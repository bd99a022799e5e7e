"""The turbines of a result, one row each: what goes into `layout.csv` and onto maps."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine
from windopt.readers.crs import to_lonlat


def turbine_columns(
    problem: LayoutProblem, layout: FloatArray, judged: Mapping[str, Any] | None = None
) -> dict[str, list[Any]]:
    """Return what is known of each turbine beside its `x` and `y`, by column name.

    Parameters
    ----------
    layout : (n_turbines, 2) [m]
    judged : mapping of str to Any or None
        Of the verdict's layouts, this one.

    Returns
    -------
    columns : (n_turbines,)
        Each; ``id`` from 1, ``parcel`` from 1 (0 off the site), ``type``; ``longitude`` and
        ``latitude`` [deg] where the site's CRS is known; ``aep_gwh`` and ``wake_loss_pct`` where
        FLORIS has judged each turbine.
    """
    columns: dict[str, list[Any]] = {
        "id": list(range(1, len(layout) + 1)),
        "parcel": parcels_of(problem, layout).tolist(),
        "type": type_names(problem),
    }
    lonlat = longitude_latitude(problem, layout)
    if lonlat is not None:
        columns["longitude"], columns["latitude"] = (np.round(lonlat, 11) + 0.0).T.tolist()
    for column, key in (("aep_gwh", "turbine_aep_gwh"), ("wake_loss_pct", "turbine_wake_loss_pct")):
        values = [] if judged is None else list(judged.get(key, []))
        if len(values) == len(layout):
            columns[column] = [round(float(value), 6) for value in values]
    return columns


def parcels_of(problem: LayoutProblem, layout: FloatArray, reach: float = 1.0) -> IntArray:
    """Return each turbine's parcel, from 1: (n_turbines,); 0 farther off than `reach`.

    A turbine on a boundary may be a rounding error off it: the nearest parcel counts.
    """
    parcels = np.array(problem.site.polygons)
    distance = shapely.distance(shapely.points(layout)[:, None], parcels)
    nearest = distance.argmin(axis=1)
    return np.where(distance.min(axis=1) <= reach, nearest + 1, 0)


def type_names(problem: LayoutProblem) -> list[int | str]:
    """Name the type of each turbine such that a layout with it can be read back: (n_turbines,).

    A number where the types' names do not tell them apart.
    """
    names = names_of_types(problem)
    return [names[kind] for kind in problem.types]


def names_of_types(problem: LayoutProblem) -> list[int | str]:
    """Name each type, likewise: (n_types,)."""
    if _tell_apart(problem.turbines):
        return [turbine.name for turbine in problem.turbines]
    return list(range(len(problem.turbines)))


def longitude_latitude(problem: LayoutProblem, coordinates: FloatArray) -> FloatArray | None:
    """Return longitude and latitude (n, 2) [deg] of places (n, 2) [m]; None where nobody knows.

    That is where the site has no coordinate reference system, or pyproj is not there.
    """
    crs = problem.site.crs
    if crs is None:
        return None
    try:
        return to_lonlat(coordinates, crs)
    except ConfigError:  # without pyproj; a wrong CRS has been refused with the config
        return None


def _tell_apart(turbines: tuple[Turbine, ...]) -> bool:
    names = [turbine.name for turbine in turbines]
    plain = all(name and name == name.strip() and not name.isdecimal() for name in names)
    return plain and len(set(names)) == len(names)
