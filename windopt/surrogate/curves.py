"""The turbines' power and thrust curves, differentiable and exact: FLORIS's linear interpolation.

FLORIS (``floris/core/turbine/operation_models.py``, SimpleTurbine) interpolates both tables
linearly at the rotor's cubic-mean speed, for power after the density correction
``u (rho / rho_ref)^(1/3)``; outside the table power is 0 and the thrust coefficient 0.0001, and
the thrust coefficient is clipped to [0.0001, 0.9999].
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from windopt.problem.turbine import Turbine

CT_MIN, CT_MAX = 0.0001, 0.9999


class TurbineCurves(nn.Module):
    """Tables of one turbine as buffers, so that they travel with the model and its dtype.

    Parameters
    ----------
    turbine : Turbine
    air_density : float [kg/m3]
        Of the site.
    """

    wind_speed: Tensor
    power_table: Tensor
    ct_table: Tensor
    power_slope: Tensor
    ct_slope: Tensor
    tilt_table: Tensor
    tilt_slope: Tensor

    def __init__(self, turbine: Turbine, air_density: float) -> None:
        super().__init__()
        self.density_factor: float = (air_density / turbine.ref_air_density) ** (1.0 / 3.0)
        self.idle_below: float = turbine.idle_below / self.density_factor
        for name, table in (
            ("wind_speed", turbine.wind_speed),
            ("power_table", turbine.power),
            ("ct_table", turbine.thrust_coefficient),
            ("tilt_table", np.deg2rad(turbine.tilt_curve)),
        ):
            tensor = torch.as_tensor(table, dtype=torch.get_default_dtype())
            self.register_buffer(name, tensor, persistent=False)
        for name, table in (
            ("power_slope", turbine.power),
            ("ct_slope", turbine.thrust_coefficient),
            ("tilt_slope", np.deg2rad(turbine.tilt_curve)),
        ):  # of neighbours in a fine table, in single precision, they would lose their digits
            slope = np.diff(table) / np.diff(turbine.wind_speed)
            tensor = torch.as_tensor(slope, dtype=torch.get_default_dtype())
            self.register_buffer(name, tensor, persistent=False)

    def power(self, u: Tensor) -> Tensor:
        """Return the power [W] at rotor wind speed `u` [m/s]."""
        u = u * self.density_factor
        return _interpolate(u, self.wind_speed, self.power_table, self.power_slope, 0.0)

    def thrust_coefficient(self, u: Tensor) -> Tensor:
        """Return the thrust coefficient [-] at rotor wind speed `u` [m/s]."""
        ct = _interpolate(u, self.wind_speed, self.ct_table, self.ct_slope, CT_MIN)
        return ct.clamp(CT_MIN, CT_MAX)

    def tilt(self, u: Tensor) -> Tensor:
        """Return the tilt [rad] at rotor wind speed `u` [m/s], 0 where the turbine stands still."""
        return _interpolate(u, self.wind_speed, self.tilt_table, self.tilt_slope, 0.0)


class Fleet(nn.Module):
    """The turbine types of a farm.

    Everywhere, `kind` is the type of each element of `u`, and None where there is but one type.

    Parameters
    ----------
    turbines : sequence of Turbine
    air_density : float [kg/m3]
    """

    diameters: Tensor
    heights: Tensor

    def __init__(self, turbines: Sequence[Turbine], air_density: float) -> None:
        super().__init__()
        self.types = [TurbineCurves(turbine, air_density) for turbine in turbines]
        self.curves = nn.ModuleList(self.types)  # so that they move with it
        for name, values in (
            ("diameters", [t.rotor_diameter for t in turbines]),
            ("heights", [t.hub_height for t in turbines]),
        ):
            self.register_buffer(name, torch.tensor(values), persistent=False)

    def power(self, u: Tensor, kind: Tensor | None = None) -> Tensor:
        """Return the power [W] at rotor wind speed `u` [m/s]."""
        return self._by_kind([curves.power(u) for curves in self.types], kind)

    def thrust_coefficient(self, u: Tensor, kind: Tensor | None = None) -> Tensor:
        """Return the thrust coefficient [-] at rotor wind speed `u` [m/s]."""
        return self._by_kind([curves.thrust_coefficient(u) for curves in self.types], kind)

    def tilt(self, u: Tensor, kind: Tensor | None = None) -> Tensor:
        """Return the rotors' tilt [rad] at rotor wind speed `u` [m/s]."""
        return self._by_kind([curves.tilt(u) for curves in self.types], kind)

    def diameter(self, kind: Tensor | None = None) -> Tensor:
        """Return rotor diameters [m], a scalar where there is but one type."""
        return self.diameters[0] if kind is None else self.diameters[kind]

    def height(self, kind: Tensor | None = None) -> Tensor:
        """Give hub heights [m], a scalar where there is but one type."""
        return self.heights[0] if kind is None else self.heights[kind]

    @property
    def idle_below(self) -> float:
        """The least wind speed at which one of them yields or consumes power [m/s]."""
        return min(curves.idle_below for curves in self.types)

    @staticmethod
    def _by_kind(values: list[Tensor], kind: Tensor | None) -> Tensor:
        chosen = values[0]
        if kind is not None:
            for number, of_kind in enumerate(values[1:], start=1):
                chosen = torch.where(kind == number, of_kind, chosen)
        return chosen


def _interpolate(x: Tensor, xs: Tensor, ys: Tensor, slope: Tensor, outside: float) -> Tensor:
    right = torch.bucketize(x.detach().contiguous(), xs).clamp(1, len(xs) - 1)
    left = right - 1
    y = ys.take(left) + slope.take(left) * (x - xs.take(left))
    return torch.where((x >= xs[0]) & (x <= xs[-1]), y, outside)
