r"""From a map of mean wind speeds to how the wind of a rose varies over the site.

.. math::
    \text{speed-up}(x, y) = V(x, y) / V_0

where V is the map's mean speed and :math:`V_0` that at the place where the rose holds, a mast, or
the site's mean. The map does not know directions: the factor is the same in every sector, and what
a ridge does to the wind across it and along it comes out alike. Of a map of A and k of all sectors
together (the Global Wind Atlas's "combined Weibull"), V is :math:`A \Gamma(1 + 1/k)`; WAsP combines
sectors so that this is their mean. Only ratios are taken, so the map's height matters little; the
one nearest to the hub's is best. The rose's own level stays.
"""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.problem.speed_up import SpeedUp
from windopt.problem.wind_resource import WindResource
from windopt.readers.wind.geotiff import read_geotiff
from windopt.readers.wind.raster import Raster
from windopt.readers.wind.weibull import SHAPES, mean_speed
from windopt.readers.wind.weibull_grid import weight_on_site
from windopt.readers.windio.document import resolve

logger = logging.getLogger(__name__)

KEY = "speed_map"
USUAL = (3.0, 15.0)
"""Between which the mean wind speed of a site for turbines lies [m/s]."""
STRONG = (0.5, 2.0)
"""Factors beyond which a map, or the place where the rose holds, is more likely wrong."""


def read_speed_map(
    paths: str | Sequence[str],
    site: Site,
    rotor_diameter: float,
    at: tuple[float, float] | None = None,
    others: FloatArray | None = None,
) -> SpeedUp:
    """Read how the wind varies over the site, alike in every direction.

    Parameters
    ----------
    paths : GeoTIFF of mean speeds [m/s]; or two, of Weibull A [m/s] and k
    site : Site
        With its CRS.
    rotor_diameter : float [m]
        The largest.
    at : tuple[float, float] or None
        Where the speed-up is 1 [m]; None takes the site's mean.
    others : (f, 2) [m]
        Places off the site where turbines stand.

    Raises
    ------
    ConfigError
        Where the map cannot be read, does not cover the site, or holds something else.
    """
    files = [paths] if isinstance(paths, str) else list(paths)
    if not 1 <= len(files) <= 2:
        cure = "name one of mean speeds, or two, of Weibull A and k"
        raise ConfigError.of(KEY, f"names {len(files)} maps", cure)
    others = np.empty((0, 2)) if others is None else others
    asked = np.concatenate([np.array(site.area.bounds).reshape(2, 2), others])
    margin = 2 * rotor_diameter
    low, high = asked.min(axis=0) - margin, asked.max(axis=0) + margin
    grid = _mean_speeds(files, site.crs, low, high).filled(site, rotor_diameter, others)
    speed = SpeedUp(grid.x, grid.y, np.zeros(1), grid.values[None])
    here = weight_on_site(grid.x, grid.y, site)
    mean = float((here * grid.values).sum() / here.sum())
    _check_unit(grid.where, mean)
    reference = mean if at is None else _at(files, speed, site.crs, at)
    factor = grid.values / reference
    place = "on average" if at is None else f"at ({at[0]:.10g}, {at[1]:.10g})"
    _tell(f"{grid.where}: {reference:.2f} m/s {place}", factor[here > 0])
    return SpeedUp(grid.x, grid.y, np.zeros(1), factor[None])


def vary(wind: WindResource, speed_up: SpeedUp) -> WindResource:
    """Let the wind of a rose vary over the site.

    Raises
    ------
    ConfigError
        Where it does so already.
    """
    if wind.speed_up is not None:
        problem = "stands beside a wind resource that varies over the site itself"
        raise ConfigError.of(KEY, problem, "leave one of the two out")
    return replace(wind, speed_up=speed_up)


def _mean_speeds(files: list[str], crs: str | None, low: FloatArray, high: FloatArray) -> Raster:
    """Read the map about a box, in the site's metres."""
    maps = [read_geotiff(Path(resolve(file)), KEY, crs, low, high) for file in files]
    first = maps[0]
    if len(maps) == 2:
        scale, shape = maps
        if scale.values.shape != shape.values.shape or not (
            np.allclose(scale.x, shape.x, rtol=1e-9) and np.allclose(scale.y, shape.y, rtol=1e-9)
        ):
            problem = f"{scale.where} and {shape.where} have different pixels"
            raise ConfigError.of(KEY, problem, "give A and k of one atlas at one height")
        wrong = ~np.isnan(shape.values) & ~((shape.values > SHAPES[0]) & (shape.values < SHAPES[1]))
        if wrong.any() or np.nanmedian(shape.values) > np.nanmedian(scale.values):
            problem = f"{shape.where} holds {np.nanmedian(shape.values):.4g} in the middle"
            raise ConfigError.of(KEY, problem, "name the map of A first, then that of k")
        first = replace(first, values=mean_speed(scale.values, shape.values))
    return first.in_metres(crs, low, high)


def _check_unit(where: str, mean: float) -> None:
    """Refuse power densities, air densities, pictures: what is no mean wind speed of a site."""
    if not USUAL[0] <= mean <= USUAL[1]:
        cure = "give a map of mean wind speed in m/s, not of power density or anything else"
        raise ConfigError.of(where, f"is {mean:.4g} on average over the site", cure)


def _at(files: list[str], known: SpeedUp, crs: str | None, at: tuple[float, float]) -> float:
    """Return the map's mean speed at a place [m/s]."""
    place, value = np.array([at], dtype=np.float64), np.nan
    if not known.beyond(place).any():
        value = float(known.at(place, np.zeros(1))[0, 0])
    else:  # a mast off the site: the map is asked there as well
        about = max(float(np.diff(axis).max()) for axis in (known.x, known.y))
        # beyond the map it says nothing either
        with contextlib.suppress(ConfigError):
            there = _mean_speeds(files, crs, place[0] - about, place[0] + about)
            value = float(there.at(place)[0])
    if not value > 0:
        problem = f"the map says nothing at ({at[0]:.10g}, {at[1]:.10g})"
        cure = "give [x, y] of the mast in the site's CRS, on the map"
        raise ConfigError.of("wind_resource_at", problem, cure)
    return value


def _tell(reference: str, factor: FloatArray) -> None:
    """Report what was made of the map."""
    low, high = float(factor.min()), float(factor.max())
    if low < STRONG[0] or high > STRONG[1]:
        logger.warning(
            "%s, %.2f to %.2f times that over the site: check the map and wind_resource_at",
            reference,
            low,
            high,
        )
    logger.info(
        "%s, %.3f to %.3f times that over the site: it makes the rose's wind weaker and stronger "
        "by place, alike in every sector; the rose's own level stays",
        reference,
        low,
        high,
    )
