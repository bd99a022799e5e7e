"""How a floating turbine tilts with the wind, and what becomes of its curves.

FLORIS (``floris/core/turbine/operation_models.py``) lets a turbine with ``correct_cp_ct_for_tilt``
have the curves

    P(u (cos t(u) / cos t0)^(p/3))  and  Ct(u) cos t(u) / cos t0

with the tilt t(u) of its ``floating_tilt_table``, the reference tilt t0 and the exponent p. Below
the table t is 0, above it the last of it. Of FLORIS's operation models only ``cosine-loss`` does
so; under the others the curves stay, and only wakes know of the tilt.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from windopt.problem.layout import FloatArray

LARGEST_THRUST = 0.9999
"""FLORIS computes with no larger thrust coefficient, and caps what is."""
TILT_STEP = 0.01  # [m/s]: linear between, powers are true to 1e-4


class Curves(NamedTuple):
    """Power and thrust over wind speed, each (n_speeds,) [m/s, W, -]."""

    wind_speed: FloatArray
    power: FloatArray
    thrust_coefficient: FloatArray


@dataclass(frozen=True, eq=False)
class Floater:
    """The tilt of a floating turbine, and its curves at the reference tilt.

    Parameters
    ----------
    wind_speed, tilt : (n,) [m/s, deg]
    exponent : float or None
        Of the cosine by which power falls; None where the curves do not follow the tilt.
    curve_speed, power, thrust_coefficient : (n_speeds,) [m/s, W, -]
        At the reference tilt.
    """

    wind_speed: FloatArray
    tilt: FloatArray
    exponent: float | None
    curve_speed: FloatArray
    power: FloatArray
    thrust_coefficient: FloatArray

    def tilt_at(self, speed: FloatArray) -> FloatArray:
        """Return the tilt at rotor wind speeds [deg]."""
        return np.asarray(np.interp(speed, self.wind_speed, self.tilt, left=0.0))

    def curves(self, reference_tilt: float) -> Curves:
        """Return the curves to which the tilt leads; between their speeds tilt is linear.

        Parameters
        ----------
        reference_tilt : float [deg]
            T0.
        """
        low, high = self.curve_speed[[0, -1]]
        knots = [self.curve_speed, self.wind_speed, self.wind_speed[:1] - TILT_STEP / 10]
        if self.exponent is None:
            speed = _merged(knots, low, high)
            return Curves(
                speed,
                np.interp(speed, self.curve_speed, self.power),
                np.interp(speed, self.curve_speed, self.thrust_coefficient),
            )
        reference = np.cos(np.deg2rad(reference_tilt))

        def share_of(speed: FloatArray) -> FloatArray:
            return np.asarray(np.cos(np.deg2rad(self.tilt_at(speed))) / reference)

        power_of = self.exponent / 3
        grid = np.linspace(low, high, 1 + round((high - low) / TILT_STEP))
        bends = np.interp(self.curve_speed, grid * share_of(grid) ** power_of, grid)
        speed = _merged([grid, bends, *knots], low, high)
        share = share_of(speed)
        felt = speed * share**power_of
        thrust = share * np.interp(speed, self.curve_speed, self.thrust_coefficient)
        return Curves(
            speed,
            np.interp(felt, self.curve_speed, self.power, left=0.0, right=0.0),
            np.minimum(thrust, LARGEST_THRUST),
        )


def _merged(knots: list[FloatArray], low: float, high: float) -> FloatArray:
    return np.unique(np.round(np.concatenate(knots).clip(low, high), 4))
