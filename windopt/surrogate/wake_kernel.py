"""The learned part: what the wake of one turbine is, at a distance.

A source turbine with thrust coefficient Ct and local turbulence intensity I leaves behind, at
downstream distance x and radial distance r from its axis, the deficit

    d(x, r) = A(x, s) exp(-(r / sigma(x, s))^n(x, s) / 2),   s = (Ct, ln I, ln I_ambient)

and adds the turbulence intensity T(x, s) to a rotor it overlaps. Where wakes have a hard edge, d is
A within the radius sigma and 0 beyond. ln A, ln sigma, ln T and, for super-Gaussian models, ln n
are learned as low-rank products

    h(x, s) = sum_k trunk_k(ln x/D) branch_k(s) / sqrt(rank of h),

so that the branch is evaluated once per turbine whatever the number of its neighbours, and the
trunk is a table over ln x/D, interpolated linearly. Where the wake is known, a formula takes the
trunk's place and the branch is 1 (`formula`). All lengths are in rotor diameters of the
source: another turbine's wake is the same function.

The scales in front are what any actuator disk has: A is measured in (1 - sqrt(1 - Ct)), twice the
induction, and sigma in the width of an expanded disk.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from windopt.surrogate.formula import INITIAL_WIDTH, Formula
from windopt.surrogate.tables import BranchTable, TrunkTable, TurbulenceAxis

Profile: TypeAlias = Literal["gaussian", "super", "edge"]
SCALE_D, N_KNOTS, NEAREST_D, FARTHEST_D = 8.0, 512, 0.2, 400.0
FIRST_KNOT = math.log(NEAREST_D / SCALE_D)
KNOT_STEP = math.log(FARTHEST_D / NEAREST_D) / (N_KNOTS - 1)
TURBULENCE = 2
"""Place of ln T among the heads."""
ADDED_TI = 0.12
REACH_DISTANCES = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
"""[D] at which the widths of wakes are looked at."""
REACH_SIGMAS = 4.0
"""Beyond so many widths a wake changes a farm's AEP by 5e-7 (gauss, 81 turbines 6 D apart, sosfs;
7e-6 where deficits are summed)."""
FORMULA_REACH_SIGMAS = 4.2
"""The same where nothing but the reach is in error: 1e-7 (16 turbines; 3.4 widths give 1e-5)."""
EDGE_REACH_SIGMAS = 1.5
"""The same for hard edges, which are widened for slopes: 0.2 % of the wake is left there."""
RANK = 6


@dataclass(frozen=True)
class KernelShape:
    """Size and kind of a kernel; saved on the surrogate's card.

    Attributes
    ----------
    ranks : tuple of int
        Terms in the low-rank product of each head: A, sigma, T, and n where it is learned; by
        default `RANK` everywhere.
    width : int
        Hidden units of trunk and branch.
    profile : {"gaussian", "super", "edge"}
        Fix the exponent n at 2, learn it, or let wakes end at a hard edge.
    expansion : float, optional [-]
        Nothing is learned: the k of the formula that stands in place of the networks (`formula`).
    tabulated : bool
        Tables stand in place of the networks (`tables`).
    mixing : bool
        The state of a source is its mixing instead of its turbulence.
    initial_width, strength : float [D, -]
        The formula's w and a.
    """

    ranks: tuple[int, ...] = ()
    width: int = 24
    profile: Profile = "gaussian"
    expansion: float | None = None
    initial_width: float = INITIAL_WIDTH
    strength: float = 1.0
    tabulated: bool = False
    mixing: bool = False

    def __post_init__(self) -> None:
        ranks = tuple(self.ranks) or (RANK,) * self.heads
        if len(ranks) != self.heads:
            raise ValueError(f"{len(ranks)} ranks for {self.heads} heads: {ranks}")
        object.__setattr__(self, "ranks", ranks)

    @property
    def heads(self) -> int:
        """Number of learned functions h(x, s)."""
        return 3 + (self.profile == "super")

    @property
    def terms(self) -> int:
        """Number of terms of all of them together."""
        return sum(self.ranks)

    @property
    def reach_sigmas(self) -> float:
        """Widths beyond which wakes are left out."""
        if self.profile == "edge":
            return EDGE_REACH_SIGMAS
        return REACH_SIGMAS if self.expansion is None else FORMULA_REACH_SIGMAS


@dataclass(frozen=True)
class Wake:
    """The wakes of some sources at some receivers, each (n_pairs,); lengths in D of the source.

    Attributes
    ----------
    log_amplitude, log_width, log_turbulence
        ln A, ln sigma, ln T.
    log_exponent : optional
        ln n; None where it is not learned.
    """

    log_amplitude: Tensor
    log_width: Tensor
    log_turbulence: Tensor
    log_exponent: Tensor | None


class Bend(nn.Module):
    """The activation q / sqrt(1 + q^2): a tanh at a fraction of its price."""

    def forward(self, q: Tensor) -> Tensor:
        """Apply it."""
        return q * torch.rsqrt(1.0 + q * q)


class _States(nn.Module):
    """What a branch's network sees of states (n, 2), Ct and turbulence."""

    def __init__(self, mixing: bool) -> None:
        super().__init__()
        self.axis = TurbulenceAxis.of(mixing)

    def forward(self, states: Tensor) -> Tensor:
        """Return them of the order of 1."""
        ct, ti = states.unbind(-1)
        logarithm = ((ti + self.axis.floor) / 0.1).log()
        return torch.stack([(ct - 0.6) / 0.3, logarithm / 0.6], dim=-1)


def _branch(width: int, terms: int, mixing: bool) -> nn.Module:
    layers = nn.Linear(2, width), Bend(), nn.Linear(width, terms)
    return nn.Sequential(_States(mixing), *layers)


class WakeKernel(nn.Module):
    """Trunk and branch networks; see the module's theory."""

    add_terms: Tensor
    knots: Tensor

    def __init__(self, shape: KernelShape) -> None:
        super().__init__()
        self.shape = shape

        self.trunk: nn.Module = nn.Sequential(
            nn.Linear(1, shape.width),
            nn.Tanh(),
            nn.Linear(shape.width, shape.width),
            nn.Tanh(),
            nn.Linear(shape.width, shape.terms),
        )
        of_turbulence = shape.ranks[TURBULENCE]
        of_wake = shape.terms - of_turbulence
        self.branch: nn.Module = _branch(shape.width, of_wake, shape.mixing)
        self.turbulence_branch: nn.Module = _branch(shape.width, of_turbulence, False)
        first_guess = [-0.7, -0.7, -2.5, *[0.7] * (shape.profile == "super")]
        self.offset = nn.Parameter(torch.tensor(first_guess)[:, None])
        if shape.expansion is not None:
            constants = shape.expansion, shape.initial_width, shape.strength
            self.trunk = Formula(*constants, SCALE_D, KNOT_STEP)
            self.offset.data.zero_()
            for branch in (self.branch, self.turbulence_branch):
                for weight in branch.parameters():
                    weight.data.zero_()
                weight.data.fill_(1.0)  # the last layer's bias: all that comes out
        if shape.tabulated:
            self.trunk = TrunkTable(shape.terms, N_KNOTS)
            self.branch = BranchTable(of_wake, TurbulenceAxis.of(shape.mixing))
            self.turbulence_branch = BranchTable(of_turbulence, TurbulenceAxis.of(False))
            self.offset.data.zero_()
        # sums the terms of every head in one matrix product
        ranks = torch.tensor(shape.ranks)
        add_terms = (torch.eye(shape.heads) / ranks.sqrt()).repeat_interleave(ranks, 1)
        self.register_buffer("add_terms", add_terms, persistent=False)
        knots = FIRST_KNOT + KNOT_STEP * torch.arange(N_KNOTS, dtype=torch.float64)
        self.register_buffer("knots", knots.to(add_terms.dtype), persistent=False)

    def source_terms(self, ct: Tensor, ti: Tensor, ambient_ti: Tensor) -> Tensor:
        """Evaluate the branch: all about sources that does not depend on distance.

        Parameters
        ----------
        ct, ti, ambient_ti : (n_sources,)

        Returns
        -------
        (terms + 1, n_sources)
            Its last row is the amplitude's log scale.
        """
        log_scale = (1.0 - torch.sqrt(1.0 - ct)).log()
        wake = self.branch(torch.stack([ct, ti], dim=-1)).T
        added = self.turbulence_branch(torch.stack([ct, ambient_ti], dim=-1)).T
        before = sum(self.shape.ranks[:TURBULENCE])
        return torch.cat([wake[:before], added, wake[before:], log_scale[None]])

    def pair_basis(self, distance_d: Tensor) -> Tensor:
        """Evaluate the trunk: (n_pairs,) [D] -> (terms, n_pairs)."""
        table: Tensor = self.trunk(self.knots[:, None]).T
        place = (torch.log(distance_d / SCALE_D) - FIRST_KNOT) / KNOT_STEP
        place = place.clamp(0.0, N_KNOTS - 1.001)
        knot = place.detach().long()
        rise = torch.diff(table, dim=1).index_select(1, knot)
        return torch.addcmul(table.index_select(1, knot), place - knot, rise)

    def reach(self, ambient_ti: float) -> tuple[float, float]:
        """Bound the strip in which wakes are felt: half-width at the rotor [D], its growth [-].

        Parameters
        ----------
        ambient_ti : float [-]
            The largest in question; wakes add up to `ADDED_TI` to it.
        """
        ti = self.knots.new_tensor([math.hypot(ambient_ti, ADDED_TI)])
        half_width, growth = self.strips(ti)
        return float(half_width), float(growth)

    def strips(self, ti: Tensor) -> Tensor:
        """Bound the strips in which wakes of sources in some turbulence are felt.

        Parameters
        ----------
        ti : (n,) [-]

        Returns
        -------
        (2, n)
            Half-width at the rotor [D], its growth [-].
        """
        distance = ti.new_tensor(REACH_DISTANCES)
        ti = ti.repeat_interleave(len(distance))
        with torch.no_grad():
            terms = self.source_terms(torch.full_like(ti, 0.8), ti, torch.full_like(ti, ADDED_TI))
            basis = self.pair_basis(distance).repeat(1, len(ti) // len(distance))
            log_width = self.wake(basis, terms).log_width.view(-1, len(distance))
        half = self.shape.reach_sigmas * log_width.exp() + 0.25
        growth = (half[:, 4] - half[:, 1]) / (distance[4] - distance[1])
        growth = growth.clamp_min(0.05)
        half_width = (half - growth[:, None] * distance)[:, :5].amax(1)
        return torch.stack([half_width.clamp_min(1.0), growth])

    def wake(self, basis: Tensor, source_terms: Tensor) -> Wake:
        """Combine trunk and branch, both given per pair."""
        heads = self.add_terms @ (source_terms[:-1] * basis) + self.offset
        log_amplitude, log_width, log_turbulence, *others = heads.unbind(0)
        log_exponent = others.pop() if others else None
        return Wake(log_amplitude + source_terms[-1], log_width, log_turbulence, log_exponent)
