"""A wake that is known, in the form of one that is learned: IEA Wind Task 37's.

The formula (`windopt.floris.iea37`) is, with sigma = k x/D + w,

    A(x, Ct) = a (1 - sqrt(1 - Ct / (8 sigma^2))),   exp(-(r/D / sigma)^2 / 2),   T = 0.

Task 37 has k = 0.0324555, w = 1/sqrt(8) and a = 1; to other wake models all three are fitted
(`fitted_formula`). Where a narrower w leaves no root, very near the rotor, A is a.

A kernel's amplitude is measured in (1 - sqrt(1 - Ct)) and its trunk does not know Ct. So the trunk
is the formula at Ct = 8/9, the thrust of Task 37's turbines: exact for them. For others A is that
times (1 - sqrt(1 - Ct)) / (2/3): exact at the rotor, and far behind it, where the formula goes with
Ct itself, 8 % too weak at Ct = 0.8 and 10 % at 0.77.
"""

import math

import torch
from torch import Tensor, nn

THRUST = 8.0 / 9.0
INITIAL_WIDTH = math.sqrt(1.0 / 8.0)
"""Task 37's width of a wake at the rotor [D]."""
NO_TURBULENCE = -40.0
"""Stands for the logarithm of 0."""


class Formula(nn.Module):
    """The trunk that evaluates the formula: (n, 1) -> (n, 3), ln A, ln sigma and ln T.

    Between knots a kernel interpolates linearly, which lies a twelfth of the second difference too
    high on average (chord over parabola); so much is taken off at the knots.

    Parameters
    ----------
    expansion, initial_width, strength : float [-, D, -]
        The formula's k, w and a.
    scale_d : float [D]
        Of the distances whose logarithm comes in.
    step : float
        Between knots.
    """

    def __init__(
        self, expansion: float, initial_width: float, strength: float, scale_d: float, step: float
    ) -> None:
        super().__init__()
        self.expansion = nn.Parameter(torch.tensor(expansion))
        self.initial_width, self.log_strength = initial_width, math.log(strength)
        self.scale_d, self.step = scale_d, step

    def forward(self, log_distance: Tensor) -> Tensor:
        """Evaluate it, with the rounding of double precision."""
        q = log_distance.double()
        before, here, behind = (self.exact(q + d) for d in (-self.step, 0.0, self.step))
        return (here - (before - 2.0 * here + behind) / 12.0).to(log_distance.dtype)

    def exact(self, log_distance: Tensor) -> Tensor:
        """Return the formula itself: (n, 1) -> (n, 3)."""
        sigma = self.expansion * self.scale_d * torch.exp(log_distance) + self.initial_width
        amplitude = 1.0 - torch.sqrt((1.0 - THRUST / (8.0 * sigma**2)).clamp_min(0.0))
        measure = 1.0 - math.sqrt(1.0 - THRUST)
        turbulence = torch.full_like(sigma, NO_TURBULENCE)
        log_amplitude = torch.log(amplitude / measure) + self.log_strength
        return torch.cat([log_amplitude, torch.log(sigma), turbulence], dim=1)
