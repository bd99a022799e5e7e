r"""Estimates thrust coefficients from a power curve, where a turbine comes without.

In one-dimensional momentum theory a rotor that slows the wind by the share :math:`a` has

.. math:: C_T = 4 a (1 - a), \qquad C_P = 4 a (1 - a)^2,

so that :math:`C_T` follows from :math:`C_P` (:math:`a \le 1/3`; L. Prandtl and A. Betz, H. Glauert
1935). Power curves hold the losses of blades, drive train and generator, too: taken as they are
they give half the thrust at 4 m/s and a quarter too little at 8 m/s. So the curve is divided by the
efficiency with which its largest :math:`C_P` belongs to :math:`C_T = 0.8`; and up to that speed,
where rotors run at one tip speed ratio, the coefficient is 0.8. DTU's generic curves in PyWake
(``py_wake/utils/generic_power_ct_curves.py``) do the same with losses that they assume.
"""

import logging
import math

import numpy as np

from windopt.errors import ConfigError
from windopt.problem.layout import FloatArray

logger = logging.getLogger(__name__)

DESIGN_THRUST = 0.8
NEAR_LARGEST = 0.99  # of the largest Cp
AT_WORK = 0.1  # share of rated power from which on Cp counts
MEAN_ERROR, LARGEST_ERROR = "0.01 to 0.1", "0.2"


def thrust_from_power(
    where: str, wind_speed: FloatArray, power: FloatArray, diameter: float, air_density: float
) -> FloatArray:
    """Return thrust coefficients that fit a power curve, and warn of them.

    Parameters
    ----------
    where : str
        The place of the power curve.
    wind_speed, power : (n_speeds,) [m/s], [W]
    diameter, air_density : float [kg/m³]
        [m],.

    Returns
    -------
    (n_speeds,) [-], 0 where there is no power

    Raises
    ------
    ConfigError
        Where there is no power at all.
    """
    if len(power) and not (power > 0).any():
        raise ConfigError.of(where, "has no power at any speed", "give the power curve")
    wind = 0.5 * air_density * math.pi / 4 * diameter**2 * wind_speed**3
    cp = np.divide(power, wind, out=np.zeros_like(wind), where=wind > 0)
    at_work = cp * (power >= AT_WORK * power.max(initial=0.0))
    largest = at_work.max(initial=0.0)
    if len(power) < 2 or largest <= 0:
        return np.zeros_like(power)  # of a curve that is refused
    optimal = wind_speed[at_work >= NEAR_LARGEST * largest].max()
    passing = (1 + math.sqrt(1 - DESIGN_THRUST)) / 2  # share 1 - a of the wind speed in the rotor
    efficiency = largest / (4 * (1 - passing) * passing**2)
    through = _speed_in_rotor(np.clip(cp / efficiency, 0.0, 16 / 27))
    thrust = np.where(wind_speed <= optimal, DESIGN_THRUST, 4 * through * (1 - through))
    turns = power > 0
    turns[0] |= turns[1]  # a table that begins at cut-in
    logger.warning(
        "%s: has no thrust coefficients: estimated from the power by momentum theory, %g up to the "
        "speed of the largest power coefficient. Of reference turbines that is %s off in the mean "
        "and up to %s near cut-in; give the thrust curve if you have it",
        where,
        DESIGN_THRUST,
        MEAN_ERROR,
        LARGEST_ERROR,
    )
    return np.where(turns, thrust, 0.0)


def _speed_in_rotor(cp: FloatArray) -> FloatArray:
    """Return x = 1 - a of 4 (1 - x) x² = cp with x >= 2/3, the largest root of the cubic."""
    return 1 / 3 + 2 / 3 * np.cos(np.arccos(1 - 27 / 8 * cp) / 3)
