"""The turbine's power and thrust curves, differentiable and exact: FLORIS's linear interpolation.

FLORIS (``floris/core/turbine/operation_models.py``, SimpleTurbine) interpolates both tables
linearly at the rotor's cubic-mean speed, for power after the density correction
``u (rho / rho_ref)^(1/3)``; outside the table power is 0 and the thrust coefficient 0.0001, and
the thrust coefficient is clipped to [0.0001, 0.9999].
"""

import torch
from torch import Tensor, nn

from windopt.problem import Turbine

_CT_MIN, _CT_MAX = 0.0001, 0.9999


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

    def __init__(self, turbine: Turbine, air_density: float) -> None:
        super().__init__()
        self.density_factor = (air_density / turbine.ref_air_density) ** (1.0 / 3.0)
        for name, table in (
            ("wind_speed", turbine.wind_speed),
            ("power_table", turbine.power),
            ("ct_table", turbine.thrust_coefficient),
        ):
            tensor = torch.as_tensor(table, dtype=torch.get_default_dtype())
            self.register_buffer(name, tensor, persistent=False)

    def power(self, u: Tensor) -> Tensor:
        """Give the power [W] at rotor wind speed `u` [m/s]."""
        return _interpolate(u * self.density_factor, self.wind_speed, self.power_table, 0.0)

    def thrust_coefficient(self, u: Tensor) -> Tensor:
        """Give the thrust coefficient [-] at rotor wind speed `u` [m/s]."""
        ct = _interpolate(u, self.wind_speed, self.ct_table, _CT_MIN)
        return ct.clamp(_CT_MIN, _CT_MAX)


def _interpolate(x: Tensor, xs: Tensor, ys: Tensor, outside: float) -> Tensor:
    right = torch.bucketize(x.detach().contiguous(), xs).clamp(1, len(xs) - 1)
    x0, x1, y0, y1 = xs[right - 1], xs[right], ys[right - 1], ys[right]
    y = y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return torch.where((x >= xs[0]) & (x <= xs[-1]), y, torch.full_like(y, outside))
