"""A farm's flow: the learned wake kernel inside exact farm physics.

FLORIS visits turbines from upstream to downstream. The same farm is the fixed point of

    u_j  = cubic mean over the rotor's points of  U(z) (1 - superposition_i d_ij(point))
    I_j  = sqrt(I_ambient^2 + max_i (overlap_ij T_ij)^2),   x_ij < 15 D, |y_ij| < 2 D_i
    Ct_j = thrust curve at u_j

because a turbine depends on those upstream only; a few rounds over all pairs at once replace the
sort (``floris/core/solver.py``, sequential_solver). The rotor has 3 x 3 points at 0 and +-D/4
(``floris/core/grid.py``); overlap is the share of them with a deficit above 0.05 m/s. Rotation,
superposition, rotor mean and turbine curves are exact, only d and T are learned (`wake_kernel`).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from windopt.problem import Turbine
from windopt.surrogate.curves import TurbineCurves
from windopt.surrogate.wake_kernel import KernelShape, WakeKernel
from windopt.surrogate.wake_pairs import WakePairs

OVERLAP_DEFICIT = 0.05
"""[m/s] below which a rotor point counts as unwaked for added turbulence (sequential_solver)."""
ROTOR_OFFSET_D = 0.25
"""Distance of the outer rotor points from the axis (``floris/core/grid.py``)."""
ROUNDS = 4
NO_MIXING = 0.05
"""Stands for no mixing at all, where the logarithm of 0 would."""
_TINY = 1e-12
_FAR = 4.5
"""Where the logarithm of an exponent is cut: exp(-exp(4.5) / 2) is no wake, and no overflow."""


@dataclass(frozen=True)
class FlowState:
    """Rotor wind speed [m/s] and turbulence intensity [-] of every node: (n_nodes, n_speeds)."""

    u: Tensor
    ti: Tensor


@dataclass(frozen=True)
class FarmPhysics:
    """What a farm's flow depends on besides the kernel.

    Attributes
    ----------
    turbine : Turbine
    air_density : float [kg/m3]
    wind_shear : float [-]
        Exponent of the wind profile.
    superposition : {"sosfs", "fls", "max"}
        FLORIS's name of how deficits combine.
    mixing : bool
        Turbulence is the empirical Gaussian model's mixing: it starts from nothing and its parts
        add up as squares, instead of the largest of them standing beside ambient turbulence.
    """

    turbine: Turbine
    air_density: float
    wind_shear: float
    superposition: str
    mixing: bool = False


class WakeFlow(nn.Module):
    """The map from one flow state to the next, and its fixed point."""

    def __init__(self, physics: FarmPhysics, shape: KernelShape) -> None:
        super().__init__()
        self.physics = physics
        self.kernel = WakeKernel(shape)
        self.curves = TurbineCurves(physics.turbine, physics.air_density)
        self.diameter = physics.turbine.rotor_diameter

    def _rotor_points(self, like: Tensor) -> Tensor:
        """Give the rotor's distinct points: lateral [D], vertical [D], weight, U(z)/U(hub).

        Each is (n_points, 1, 1), to stand before pairs and speeds.
        """
        shear, hub = self.physics.wind_shear, self.physics.turbine.hub_height
        heights = [(0.0, 1 / 3), (ROTOR_OFFSET_D, 2 / 3)]  # above and below are alike
        if shear != 0.0:
            heights = [(z, 1 / 3) for z in (-ROTOR_OFFSET_D, 0.0, ROTOR_OFFSET_D)]
        points = [
            (y, z, weight / 3, ((hub + z * self.diameter) / hub) ** shear)
            for y in (-ROTOR_OFFSET_D, 0.0, ROTOR_OFFSET_D)
            for z, weight in heights
        ]
        return torch.tensor(points, dtype=like.dtype, device=like.device).T[:, :, None, None]

    def free_stream(self, u: Tensor, ti: Tensor) -> FlowState:
        """Give the state of turbines that no wake reaches."""
        return FlowState(u, torch.full_like(ti, NO_MIXING) if self.physics.mixing else ti)

    def step(self, pairs: WakePairs, source: FlowState, free: FlowState) -> FlowState:
        """Let every source, in its given state, act on every receiver once."""
        return self._pass(pairs, self._basis(pairs), source, free)

    def _basis(self, pairs: WakePairs) -> Tensor:
        return self.kernel.pair_basis(pairs.dx / self.diameter)

    def _pass(
        self, pairs: WakePairs, basis: Tensor, source: FlowState, free: FlowState
    ) -> FlowState:
        ct = self.curves.thrust_coefficient(source.u)
        state = self.kernel.source_state(ct, source.ti, free.ti, source.u / free.u)
        log_a, log_sigma, log_t, *log_n = self.kernel.wake(basis, pairs.source, state)
        y, z, weight, speed_up = self._rotor_points(log_a)

        # (n_points, n_pairs, n_speeds): the deficit at each point of each receiver's rotor
        r2 = (pairs.dy[:, None] / self.diameter + y) ** 2 + z**2
        exponent = r2 * torch.exp(-2.0 * log_sigma)
        if log_n:
            log_exponent = 0.5 * torch.exp(log_n[0]) * torch.log(exponent + _TINY)
            exponent = torch.exp(log_exponent.clamp_max(_FAR))
        log_d = log_a - 0.5 * exponent
        total = self._superpose(log_d, pairs)
        cube = (weight * (speed_up * (1.0 - total)) ** 3).sum(0)
        u = free.u * cube.clamp_min(_TINY) ** (1.0 / 3.0)

        with torch.no_grad():
            visible = torch.log(OVERLAP_DEFICIT / free.u)
            visible = visible.index_select(0, pairs.turbulent_receiver) - torch.log(speed_up)
            waked = log_d.index_select(1, pairs.turbulent) > visible
            overlap = (weight * waked).sum(0)
        added = overlap * torch.exp(log_t.index_select(0, pairs.turbulent))
        none = torch.zeros_like(u)
        if self.physics.mixing:
            square = none.index_add(0, pairs.turbulent_receiver, added**2)
        else:
            index = pairs.turbulent_receiver[:, None].expand_as(added)
            square = none.scatter_reduce(0, index, added, "amax") ** 2
        return FlowState(u, torch.sqrt(free.ti**2 + square))

    def _superpose(self, log_d: Tensor, pairs: WakePairs) -> Tensor:
        """Combine deficits: (n_points, n_pairs, n_speeds) -> (n_points, n_nodes, n_speeds)."""
        points, _, speeds = log_d.shape
        log_d = log_d.flatten(0, 1)
        first = torch.arange(points, device=log_d.device)[:, None] * pairs.n_nodes
        index = (first + pairs.receiver).flatten()
        none = log_d.new_zeros(points * pairs.n_nodes, speeds)
        if self.physics.superposition == "sosfs":
            total = none.index_add(0, index, torch.exp(2.0 * log_d))
            total = torch.sqrt(total + _TINY) - _TINY**0.5
        elif self.physics.superposition == "fls":
            total = none.index_add(0, index, torch.exp(log_d))
        else:
            rows = index[:, None].expand_as(log_d)
            total = none.scatter_reduce(0, rows, torch.exp(log_d), "amax")
        return total.view(points, pairs.n_nodes, speeds)

    def settle(
        self, pairs: WakePairs, free: FlowState, rounds: int = ROUNDS, gradient_rounds: int = ROUNDS
    ) -> FlowState:
        """Iterate towards the fixed point from free stream.

        Parameters
        ----------
        rounds : int
            Passes over the pairs; turbine chains longer than this are cut (4e-5 of power at 3).
        gradient_rounds : int
            The last passes, which autograd sees; fewer are cheaper and slightly inexact.
        """
        basis = self._basis(pairs)
        state = free
        for k in range(rounds):
            with torch.set_grad_enabled(torch.is_grad_enabled() and k >= rounds - gradient_rounds):
                state = self._pass(pairs, basis, state, free)
        return state
