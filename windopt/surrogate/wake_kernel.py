"""The learned part: what the wake of one turbine is, at a distance.

A source turbine with thrust coefficient Ct and local turbulence intensity I leaves behind, at
downstream distance x and radial distance r from its axis, the deficit (relative to free stream)

    d(x, r) = A(x, s) exp(-(r / sigma(x, s))^n(x, s) / 2),   s = (Ct, ln I, ln I_ambient[, u/U])

and adds the turbulence intensity T(x, s) to a rotor it overlaps. ln A, ln sigma, ln T and, for
models that are not Gaussian, ln n are learned as low-rank products

    h(x, s) = sum_k trunk_k(ln x/D) branch_k(s),

so that the trunk is evaluated once per pair of turbines whatever the number of wind speeds, and the
branch once per turbine whatever the number of its neighbours. The trunk is tabulated over ln x/D
and interpolated linearly, which costs a pair less than the network would. All lengths are in rotor
diameters of the source: another turbine's wake is the same function.

The scales in front are what any actuator disk has: A is measured in (1 - sqrt(1 - Ct)), twice the
induction, and sigma in the width of an expanded disk.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

SCALE_D, N_KNOTS, NEAREST_D, FARTHEST_D = 8.0, 512, 0.2, 400.0
ADDED_TI = 0.12
REACH_SIGMAS = 3.4
"""Beyond so many widths a wake changes a farm's AEP by 2e-7 (81 turbines, superposition sosfs)."""


@dataclass(frozen=True)
class KernelShape:
    """Size and kind of a kernel; saved on the surrogate's card.

    Attributes
    ----------
    rank : int
        Terms in each low-rank product.
    width : int
        Hidden units of trunk and branch.
    gaussian : bool
        Fix the exponent n at 2; else it is learned (top-hat and super-Gaussian wakes).
    local_speed : bool
        Let the wake depend on the source's wind speed relative to free stream.
    """

    rank: int = 4
    width: int = 20
    gaussian: bool = True
    local_speed: bool = False

    @property
    def heads(self) -> int:
        """Number of learned functions h(x, s)."""
        return 3 if self.gaussian else 4


@dataclass(frozen=True)
class SourceState:
    """Branch outputs ``(n_nodes, n_speeds, heads * rank)`` and the amplitude's log scale."""

    coefficients: Tensor
    log_scale: Tensor


class WakeKernel(nn.Module):
    """Trunk and branch networks; see the module's theory."""

    add_terms: Tensor
    knots: Tensor

    def __init__(self, shape: KernelShape) -> None:
        super().__init__()
        self.shape = shape
        out = shape.heads * shape.rank

        def network(inputs: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Linear(inputs, shape.width),
                nn.Tanh(),
                nn.Linear(shape.width, shape.width),
                nn.Tanh(),
                nn.Linear(shape.width, out),
            )

        self.trunk = network(1)
        self.branch = network(3 + shape.local_speed)
        self.offset = nn.Parameter(torch.tensor([-0.7, -0.7, -2.5, 0.7])[: shape.heads])
        # sums the rank terms of every head in one matrix product
        add_terms = torch.eye(shape.heads).repeat_interleave(shape.rank, 0) / shape.rank**0.5
        self.register_buffer("add_terms", add_terms, persistent=False)
        ends = (math.log(NEAREST_D / SCALE_D), math.log(FARTHEST_D / SCALE_D))
        self.register_buffer("knots", torch.linspace(*ends, N_KNOTS), persistent=False)

    def source_state(
        self, ct: Tensor, ti: Tensor, ambient_ti: Tensor, speed_ratio: Tensor
    ) -> SourceState:
        """Evaluate the branch: everything about a source that does not depend on distance."""
        s = [(ct - 0.6) / 0.3, (ti / 0.1).log() / 0.6, (ambient_ti / 0.1).log() / 0.6]
        if self.shape.local_speed:
            s.append((1.0 - speed_ratio) / 0.15)
        coefficients = self.branch(torch.stack(s, dim=-1))
        return SourceState(coefficients, (1.0 - torch.sqrt(1.0 - ct)).log())

    def pair_basis(self, distance_d: Tensor) -> Tensor:
        """Evaluate the trunk: (n_pairs,) [D] -> (n_pairs, heads * rank)."""
        table: Tensor = self.trunk(self.knots[:, None])
        place = (torch.log(distance_d / SCALE_D) - self.knots[0]) / (self.knots[1] - self.knots[0])
        place = place.clamp(0.0, N_KNOTS - 1.001)
        knot = place.detach().long()
        between = (place - knot)[:, None]
        rise = torch.diff(table, dim=0).index_select(0, knot)
        return table.index_select(0, knot) + between * rise

    def reach(self, ambient_ti: float) -> tuple[float, float]:
        """Bound the strip in which wakes are felt: half-width at the rotor [D], its growth [-].

        Parameters
        ----------
        ambient_ti : float [-]
            The largest in question; wakes add up to `ADDED_TI` to it.
        """
        with torch.no_grad():
            node = torch.zeros(1, 1, dtype=self.knots.dtype, device=self.knots.device)
            ti = node + (ambient_ti**2 + ADDED_TI**2) ** 0.5
            distance = torch.tensor([1.0, 2.0, 5.0, 10.0, 20.0, 40.0]).to(node)
            state = self.source_state(node + 0.8, ti, node + ambient_ti, node + 1.0)
            first = torch.zeros(len(distance), dtype=torch.long, device=node.device)
            _, log_sigma, *_ = self.wake(self.pair_basis(distance), first, state)
        half = REACH_SIGMAS * log_sigma[:, 0].exp() + 0.25
        growth = max(0.05, float((half[4] - half[1]) / (distance[4] - distance[1])))
        return max(1.0, float((half - growth * distance)[:5].max())), growth

    def wake(self, basis: Tensor, source: Tensor, state: SourceState) -> tuple[Tensor, ...]:
        """Combine trunk and branch on the pairs.

        Returns
        -------
        log_amplitude, log_sigma, log_turbulence[, log_exponent] : (n_pairs, n_speeds)
            sigma in rotor diameters of the source.
        """
        terms = state.coefficients.index_select(0, source) * basis[:, None, :]
        log_a, *rest = (terms @ self.add_terms + self.offset).unbind(-1)
        return (log_a + state.log_scale.index_select(0, source), *rest)
