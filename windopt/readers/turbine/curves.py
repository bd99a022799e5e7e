"""Checks of a turbine's curves, tabulated at the same wind speeds."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.floater import LARGEST_THRUST
from windopt.problem.layout import FloatArray
from windopt.problem.turbine import Turbine
from windopt.readers.checks import check_increasing, check_thrust
from windopt.readers.turbine.checks import check_turbine
from windopt.words import count_of

logger = logging.getLogger(__name__)

STEP = 0.001
"""Width of a step of a curve [m/s], such as that at cut-out."""
MOST_STEPS = 2  # at cut-in and at cut-out
WRONG_THRUST = 1.5
"""No rotor's thrust coefficient; those of reference turbines near cut-in reach 1.2."""


def checked(turbine: Turbine, where: str, rated: float | None = None) -> Turbine:
    """Return a turbine whose curves make sense, its thrust coefficients capped as FLORIS does.

    Parameters
    ----------
    turbine : Turbine
    where : str
        The place of its curves.
    rated : float or None [W]
        Largest power, where that of these curves may be less.

    Raises
    ------
    ConfigError
        With every fault of the curves.
    """
    faults = FaultCollector()
    if len(turbine.wind_speed) < 2:
        problem = f"has {count_of(len(turbine.wind_speed), 'point')}"
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
    elif not faults:
        faults.extend(check_turbine(where, turbine, rated))
    faults.raise_any()
    return _capped(turbine)


def with_steps(
    where: str, wind_speed: FloatArray, curve: FloatArray, lines: Sequence[int] | None = None
) -> FloatArray:
    """Return speeds that increase where a curve has a step, written as two rows of one speed.

    That is how people write cut-out: 25 m/s at rated power, and 25 m/s at 0. At the speed itself
    the first row holds, and the second from `STEP` above it on. Where the table begins with them
    the first is put as far below instead.

    Parameters
    ----------
    where : str
        The place of the curve.
    wind_speed : (n_speeds,) [m/s]
    curve : (n_speeds,)
        Power, or thrust.
    lines : (n_speeds,)
        Their lines in the file, where it has some.

    Raises
    ------
    ConfigError
        Where the rows of a speed are not those of a turbine that starts or stops.
    """
    speed, twice = wind_speed.copy(), np.flatnonzero(np.diff(wind_speed) == 0).tolist()
    for i in twice:
        row, more = (f"line {lines[k]}" if lines else f"point {k + 1}" for k in (i, i + 1))
        one, other = f"{curve[i]:g} ({row})", f"{curve[i + 1]:g} ({more})"
        if len(twice) > MOST_STEPS or i + 1 in twice:
            problem = f"{len(twice)} speeds repeat the one before, first {speed[i]:g} m/s in {more}"
            raise ConfigError.of(where, problem, "keep one row of each, or two for a step")
        if not curve[i : i + 2].min() <= 0 < curve[i : i + 2].max():
            problem = f"{wind_speed[i]:g} m/s stands there twice, with {one} and {other}"
            cure = "keep one of the two; two rows are a step only where one of them is 0"
            raise ConfigError.of(where, problem, cure)
        speed[i + (i > 0)] += STEP if i > 0 else -STEP
        logger.warning(
            "%s: %g m/s stands there twice, with %s and %s: a step, as at cut-%s; the %s of the "
            "two holds at %g m/s itself",
            where,
            wind_speed[i],
            one,
            other,
            "out" if i > 0 else "in",
            "first" if i > 0 else "second",
            wind_speed[i],
        )
    return speed


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
