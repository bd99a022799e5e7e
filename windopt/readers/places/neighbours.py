"""Reads the neighbouring farms of a config: their turbines, or a regular grid in their boundaries.

The grid of n turbines is the square one, turned by any of a few angles, whose spacing is largest:
nobody knows yet where such turbines will stand. Where more than n points of it lie within, those
farthest from the middle are left out.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from windopt.config.neighbours import NeighbourConfig
from windopt.config.schema import Config
from windopt.errors import ConfigError, FaultCollector
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.neighbours import (
    MOST_BUILD_OUTS,
    NeighbourFarm,
    Neighbourhood,
    build_outs_of,
    ever_there,
)
from windopt.problem.site import Site
from windopt.problem.turbine import Turbine
from windopt.readers.places.areas import Repairs, polygon_of
from windopt.readers.places.layout import read_layout
from windopt.readers.places.site import read_site
from windopt.readers.turbine_types import assign_fixed_types, type_of

ANGLES = np.deg2rad(np.arange(0.0, 90.0, 7.5))
OFFSETS = [(i / 4, j / 4) for i in range(4) for j in range(4)]
"""Of the grid, in its spacings."""
HALVINGS = 12
"""Of the bracket of the largest spacing."""
LEAST_D = 2.0
"""Between turbines of a grid [rotor diameters]."""


def read_neighbours(
    config: Config, turbines: Sequence[Turbine], site: Site | None
) -> tuple[NeighbourFarm, ...]:
    """Return all farms that a config names, those too that never come.

    Raises
    ------
    ConfigError
        With the faults of all of them.
    """
    faults = FaultCollector()
    found = [
        faults.attempt(_read_farm, farm, f"neighbours[{i}]", config, turbines, site)
        for i, farm in enumerate(config.neighbours)
    ]
    faults.raise_any()
    return tuple(farm for farm in found if farm is not None)


def neighbourhood_of(config: Config, farms: Sequence[NeighbourFarm]) -> Neighbourhood | None:
    """Return the farms that may come, and their build-outs; None where none comes.

    Raises
    ------
    ConfigError
        When they may come in too many different sets.
    """
    years = None if config.years is None else (config.years.from_, config.years.to)
    some = tuple(farms[number] for number in ever_there(farms, years))
    if not some:
        return None
    try:
        return Neighbourhood(some, build_outs_of(some, years))
    except ValueError as error:
        raise ConfigError.of(
            "neighbours",
            f"{error}, and each set costs the search what a farm does (at most {MOST_BUILD_OUTS})",
            "set the probability of some to 1 or 0, or give several the same years",
        ) from None


def _read_farm(
    farm: NeighbourConfig,
    where: str,
    config: Config,
    turbines: Sequence[Turbine],
    site: Site | None,
) -> NeighbourFarm:
    faults = FaultCollector()
    kind = 0
    if farm.turbine is not None:
        kind = faults.attempt(type_of, farm.turbine, turbines, f"{where}.turbine") or 0
    if farm.layout is not None:
        given = faults.attempt(read_layout, farm.layout, f"{where}.layout", site)
        faults.raise_any()
        assert given is not None
        layout = given.coordinates
        types = np.full(len(layout), kind, dtype=np.intp)
        if given.type_names is not None and farm.turbine is None:
            types = assign_fixed_types(turbines, given)
    else:
        area = faults.attempt(_area, farm, where, config, site)
        faults.raise_any()
        assert area is not None
        assert farm.n_turbines is not None
        least = LEAST_D * turbines[kind].rotor_diameter
        layout = regular_grid(area, farm.n_turbines, least)
        if len(layout) < farm.n_turbines:
            raise ConfigError.of(
                f"{where}.n_turbines",
                f"{farm.n_turbines} of {farm.name!r} do not fit: on a grid of {LEAST_D:g} D "
                f"({least:.0f} m) its {area.area / 1e6:.3g} km² hold {len(layout)}",
                "lower it, or correct its boundaries",
            )
        types = np.full(len(layout), kind, dtype=np.intp)
    return NeighbourFarm(farm.name, layout, types, farm.from_, farm.to, farm.probability)


def _area(farm: NeighbourConfig, where: str, config: Config, site: Site | None) -> BaseGeometry:
    """Return a farm's ground, in the coordinates of one's own site."""
    if farm.polygon is not None:
        label = f"polygon of {farm.name!r}"
        return polygon_of(np.array(farm.polygon), where, label, Repairs(config.repair_boundaries))
    assert farm.boundaries is not None
    crs = config.crs or (None if site is None else site.crs)
    return read_site(farm.boundaries, config.repair_boundaries, (), crs, farm.where).area


def regular_grid(area: BaseGeometry, n: int, least_m: float) -> FloatArray:
    """Return the square grid of n turbines in an area whose spacing is largest.

    Parameters
    ----------
    area : polygon or polygons [m]
    n : int
    least_m : float
        Least spacing [m].

    Returns
    -------
    (n, 2) [m]; fewer where not so many fit
    """
    shapely.prepare(area)
    middle = np.array(area.centroid.coords[0])
    low, high = least_m, max(least_m, float(np.sqrt(2.0 * area.area / n)))
    best = _fullest(area, middle, low, n)
    for _ in range(HALVINGS if len(best) >= n else 0):
        spacing = 0.5 * (low + high)
        points = _fullest(area, middle, spacing, n)
        if len(points) >= n:
            low, best = spacing, points
        else:
            high = spacing
    away = np.hypot(*(best - middle).T)
    return np.asarray(best[np.sort(np.argsort(away, kind="stable")[:n])])


def _fullest(area: BaseGeometry, middle: FloatArray, spacing: float, n: int) -> FloatArray:
    """Return the first grid of a spacing with n points in an area, else the fullest (m, 2) [m]."""
    west, south, east, north = area.bounds
    reach = int(np.hypot(east - west, north - south) / spacing) + 2
    steps = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 2), axis=-1).reshape(-1, 2)
    best: FloatArray = np.empty((0, 2))
    for angle in ANGLES:
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        for offset in OFFSETS:
            points = middle + spacing * (steps + np.array(offset)) @ turn
            points = points[shapely.contains_xy(area, *points.T)]
            if len(points) >= n:
                return np.asarray(points)
            if len(points) > len(best):
                best = points
    return best


def joined_with(
    fixed: tuple[FloatArray, IntArray], neighbourhood: Neighbourhood | None
) -> tuple[FloatArray, IntArray]:
    """Return the fixed turbines, places (f, 2) [m] and types (f,), with the neighbours behind."""
    farms = () if neighbourhood is None else neighbourhood.farms
    return (
        np.concatenate([fixed[0], *(one.layout for one in farms)]),
        np.concatenate([fixed[1], *(one.types for one in farms)]),
    )
