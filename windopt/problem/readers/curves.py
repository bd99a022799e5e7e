"""Checks of a turbine's curves, tabulated at the same wind speeds."""

from dataclasses import replace

import numpy as np

from windopt.errors import Fault, FaultCollector
from windopt.problem.checks import check_increasing, check_specific_power, check_thrust
from windopt.problem.floater import LARGEST_THRUST
from windopt.problem.turbine import Turbine

WRONG_THRUST = 1.5
"""No rotor's thrust coefficient; those of reference turbines near cut-in reach 1.2."""


def checked(turbine: Turbine, where: str, rated: float | None = None) -> Turbine:
    """Return a turbine whose curves make sense, its thrust coefficients capped as FLORIS does.

    Parameters
    ----------
    turbine : Turbine
    where : the place of its curves
    rated : largest power, where that of these curves may be less [W]

    Raises
    ------
    ConfigError
        With every fault of the curves.
    """
    faults = FaultCollector()
    if len(turbine.wind_speed) < 2:
        problem = f"has {len(turbine.wind_speed)} points"
        faults.append(Fault(where, problem, "a curve needs 2 or more"))
        faults.raise_any()
    faults.extend(check_increasing(where, turbine.wind_speed))
    largest = turbine.thrust_coefficient.max()
    if largest > WRONG_THRUST:
        problem = f"has the thrust coefficient {largest:g}"
        faults.append(Fault(where, problem, "give coefficients, not forces or per cent"))
    faults.extend(check_thrust(where, np.minimum(turbine.thrust_coefficient, LARGEST_THRUST)))
    if not (turbine.power > 0).any():
        faults.append(Fault(where, "has no power at any speed", "give the power curve"))
    else:
        full = turbine if rated is None else replace(turbine, power=np.array([rated]))
        faults.extend(check_specific_power(where, full))
    faults.raise_any()
    return _capped(turbine)


def _capped(turbine: Turbine) -> Turbine:
    """Return a turbine with the thrust that FLORIS caps between the tabulated speeds."""
    speed, thrust = turbine.wind_speed, turbine.thrust_coefficient
    above = thrust > LARGEST_THRUST
    if not above.any():
        return turbine
    k = np.flatnonzero(above[1:] != above[:-1])
    share = (LARGEST_THRUST - thrust[k]) / (thrust[k + 1] - thrust[k])
    grid = np.union1d(speed, speed[k] + share * (speed[k + 1] - speed[k]))
    return replace(
        turbine,
        wind_speed=grid,
        power=np.interp(grid, speed, turbine.power),
        thrust_coefficient=np.minimum(np.interp(grid, speed, thrust), LARGEST_THRUST),
    )
