"""Reads the spacing rule of a config: its form, and its size in diameters of the largest rotor."""

import logging
import math
from collections.abc import Sequence

import numpy as np

from windopt.config.placement import SpacingConfig
from windopt.config.schema import Config
from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray
from windopt.problem.spacing import SpacingForm, ellipse_metric
from windopt.problem.turbine import Turbine, largest_rotor
from windopt.problem.wind_resource import WindResource

logger = logging.getLogger(__name__)

SPREAD_DEG = 15.0
"""Standard deviation of the average over neighbouring directions [deg]."""
PROMINENT = 1.1
"""Energy of the main wind over the mean of all directions, from which it counts as one [-]."""


def read_spacing(
    config: Config, turbines: Sequence[Turbine], wind: WindResource | None
) -> tuple[float, SpacingForm]:
    """Return the largest bound in diameters of the largest rotor, and the form of the rule.

    Parameters
    ----------
    config : Config
        Its `min_spacing_d` or `spacing`.
    turbines : (n_types,)
    wind : WindResource or None
        Tells the main wind where the config does not; None if it could not be read.
    """
    rule, largest = config.spacing, largest_rotor(turbines)
    if rule is None:
        assert config.min_spacing_d is not None
        return config.min_spacing_d, SpacingForm()
    if rule.min_d is not None:
        return rule.min_d, SpacingForm()
    if rule.min_m is not None:
        return _in_diameters(rule.min_m, largest), SpacingForm()
    if rule.along_d is not None and rule.across_d is not None:
        direction = _main_wind(rule, turbines, wind)
        return rule.along_d, SpacingForm(ellipse_metric(rule.along_d, rule.across_d, direction))
    assert rule.by_type_d is not None
    bound = _by_type(rule.by_type_d, turbines)
    return float(bound.max() / largest), SpacingForm(share=bound / bound.max())


def energy_direction(wind: WindResource, turbines: Sequence[Turbine]) -> tuple[float, float]:
    """Return the direction from which the most energy comes, and how far it stands out.

    The energy of each direction is that of the turbines without wakes, averaged over the
    directions around it with the weights of a normal distribution. `wind` is the rose that layouts
    are judged on.

    Returns
    -------
    direction : [deg]
    prominence : its energy over the mean of all directions [-]
    """
    power = np.zeros(len(wind.wind_speed))
    for turbine in turbines:
        power += np.interp(wind.wind_speed, turbine.wind_speed, turbine.power, left=0, right=0)
    directions = wind.wind_direction
    energy = wind.probability @ power
    apart = (directions[:, None] - directions + 180.0) % 360.0 - 180.0
    weight = np.exp(-0.5 * (apart / SPREAD_DEG) ** 2)
    around = weight @ energy / weight.sum(axis=1)
    prominence = float(around.max() / around.mean()) if around.any() else 1.0
    return float(directions[np.argmax(around)]), prominence


def _main_wind(
    rule: SpacingConfig, turbines: Sequence[Turbine], wind: WindResource | None
) -> float:
    if rule.wind_direction is not None or wind is None:
        return rule.wind_direction or 0.0
    direction, prominence = energy_direction(wind, turbines)
    if prominence < PROMINENT:
        logger.warning(
            "no wind direction stands out (the first brings %.2f times the mean energy): the "
            "longer spacing is laid along %.0f degrees; give spacing.wind_direction",
            prominence,
            direction,
        )
    return direction


def _in_diameters(min_m: float, largest: float) -> float:
    if min_m < largest:
        problem = f"{min_m:g} m is less than the diameter of the largest rotor, {largest:g} m"
        raise ConfigError.of("spacing.min_m", problem, f"give {math.ceil(largest)} or more")
    return min_m / largest


def _by_type(bounds_d: Sequence[Sequence[float]], turbines: Sequence[Turbine]) -> FloatArray:
    """Return the bounds of all pairs of types in metres (n_types, n_types)."""
    if len(bounds_d) != len(turbines):
        problem = f"has {len(bounds_d)} rows for {len(turbines)} turbine types"
        names = ", ".join(turbine.name or f"type {i}" for i, turbine in enumerate(turbines))
        cure = f"give one row and one column for each: {names}"
        raise ConfigError.of("spacing.by_type_d", problem, cure)
    diameter = np.array([turbine.rotor_diameter for turbine in turbines])
    bound: FloatArray = np.array(bounds_d) * np.maximum.outer(diameter, diameter)
    return bound
