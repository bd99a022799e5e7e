"""A farm's flow: the learned wake kernel inside exact farm physics.

FLORIS visits turbines from upstream to downstream (``floris/core/solver.py``, sequential_solver):

    u_j  = cubic mean over the rotor's points of  U(z) (1 - superposition_i d_ij(point))
    I_j  = sqrt(I_ambient^2 + max_i (overlap_ij T_ij)^2),   x_ij <= 15 D_i, |y_ij| < 2 D_i
    Ct_j = thrust curve at u_j

Here turbines are visited level by level (`wake_pairs`), which comes to the same. The rotor has
3 x 3 points at 0 and +-D/4 (``floris/core/grid.py``), or only the one at its hub; overlap is the
share of them with a deficit above 0.05 m/s; where FLORIS mirrors wakes at the ground, d^2 is the
sum of the squares of the wake and its image. Where wakes rise from tilted rotors
(``wake_deflection/empirical_gauss.py``), wake and image both stand higher, in D of the source, by

    rise = gain Ct tilt ln((x - rate) / (x + rate) + 2)

with tilt in radians, that of a floater at u. Rotation, superposition, rotor mean and turbine curves
are exact, only d and T are learned (`wake_kernel`).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor, nn

from windopt.problem.turbine import Turbine
from windopt.surrogate.curves import Fleet
from windopt.surrogate.wake_kernel import KernelShape, Wake, WakeKernel
from windopt.surrogate.wake_pairs import WakePairs

OVERLAP_DEFICIT = 0.05
"""[m/s] below which a rotor point counts as unwaked for added turbulence (sequential_solver)."""
TURBULENCE_REACH_D = 15.0
TURBULENCE_HALF_WIDTH_D = 2.0
"""Added turbulence acts within this box behind a rotor (sequential_solver)."""
ROTOR_OFFSET_D = 0.25
"""Distance of the outer rotor points from the axis (``floris/core/grid.py``)."""
NO_MIXING = 0.05
"""Stands for no mixing at all, where the logarithm of 0 would."""
TINY = 1e-12
FAINT = 1e-20
"""Added below the root of a sum of squares: at 0 the root's slope is infinite."""
FAR = 4.5
"""Where the logarithm of an exponent is cut: exp(-exp(4.5) / 2) is no wake, and no overflow."""


class Deflection(NamedTuple):
    """How wakes of tilted rotors rise: FLORIS's ``vertical_deflection_gain_D`` and rate [D]."""

    gain: float
    rate: float

    def lift(self, ct: Tensor, tilt: Tensor) -> Tensor:
        """Return what does not depend on distance, from the tilt [rad]."""
        return self.gain * ct * tilt

    def growth(self, distance_d: Tensor) -> Tensor:
        """Return what depends on distance [D] alone: from 0 at the rotor to ln 3."""
        return torch.log((distance_d - self.rate) / (distance_d + self.rate) + 2.0)


@dataclass(frozen=True)
class FlowState:
    """Rotor wind speed [m/s] and turbulence intensity [-] of every node: (n_nodes,).

    Where the wind varies over the site, `across` (columns, n_nodes) is what the free wind at the
    rotor's columns of points is of its cubic mean over them.
    """

    u: Tensor
    ti: Tensor
    across: Tensor | None = None

    def part(self, nodes: slice) -> "FlowState":
        """Take some nodes."""
        across = None if self.across is None else self.across[:, nodes]
        return FlowState(self.u[nodes], self.ti[nodes], across)


@dataclass(frozen=True, eq=False)
class FarmPhysics:
    """What a farm's flow depends on besides the kernel.

    Attributes
    ----------
    turbines : tuple of Turbine
        The types.
    air_density : float [kg/m3]
    wind_shear : float [-]
        Exponent of the wind profile.
    superposition : {"sosfs", "fls", "max"}
        FLORIS's name of how deficits combine.
    mirror : bool
        Wakes are mirrored at the ground.
    mixing : bool
        Turbulence is the empirical Gaussian model's mixing: it starts from nothing and its parts
        add up as squares, instead of the largest of them standing beside ambient turbulence.
    rotor_points : {3, 1}
        Points across the rotor, and up it, that feel the wind; a single one is the hub.
    reference_height : float, optional [m]
        Where wind speeds hold; by default at the first type's hub.
    deflection : Deflection, optional
        Wakes of tilted rotors rise.
    """

    turbines: tuple[Turbine, ...]
    air_density: float
    wind_shear: float
    superposition: str
    mirror: bool = False
    mixing: bool = False
    rotor_points: int = 3
    reference_height: float | None = None
    deflection: Deflection | None = None

    @property
    def speed_height(self) -> float:
        """Where wind speeds hold [m]."""
        given = self.reference_height
        return self.turbines[0].hub_height if given is None else given

    @property
    def largest_diameter(self) -> float:
        """Of all rotors [m]."""
        return max(turbine.rotor_diameter for turbine in self.turbines)

    @property
    def rotor_columns(self) -> tuple[float, ...]:
        """Lateral places of the rotor's columns of points [D]."""
        return (-ROTOR_OFFSET_D, 0.0, ROTOR_OFFSET_D) if self.rotor_points > 1 else (0.0,)

    @cached_property
    def rotor_rows(self) -> tuple[tuple[float, float], ...]:
        """Heights of the rotor's rows of points over the hub [D], with their weights.

        The upper and the lower row are alike where nothing tells up from down.
        """
        if self.rotor_points == 1:
            return ((0.0, 1.0),)
        sizes = {(turbine.hub_height, turbine.rotor_diameter) for turbine in self.turbines}
        symmetric = self.wind_shear == 0.0 and not self.mirror and self.deflection is None
        if symmetric and len(sizes) == 1:
            return ((0.0, 1 / 3), (ROTOR_OFFSET_D, 2 / 3))
        return ((-ROTOR_OFFSET_D, 1 / 3), (0.0, 1 / 3), (ROTOR_OFFSET_D, 1 / 3))


@dataclass(frozen=True)
class _Paths:
    """Where the wakes of pairs meet their receivers' rotors, in D of the source.

    Attributes
    ----------
    basis : (n_terms, n_pairs)
        The kernel's trunk.
    across : (n_columns, n_pairs)
        Lateral distance of the rotor's columns of points from the wake's axis.
    above, image : (n_rows, 1 or n_pairs)
        Vertical distance of its rows from the axis and, where mirrored, from the image's axis;
        before wakes rise.
    growth : (n_pairs,), optional
        Of the rise of wakes of tilted rotors with distance.
    """

    basis: Tensor
    across: Tensor
    above: Tensor
    image: Tensor | None
    growth: Tensor | None

    def raised(self, lift: Tensor | None) -> "_Paths":
        """Let the axes of the wakes rise by their sources' `lift` (n_pairs,)."""
        if lift is None or self.growth is None:
            return self
        rise = lift * self.growth
        image = None if self.image is None else self.image - rise
        return replace(self, above=self.above - rise, image=image)


class WakeFlow(nn.Module):
    """Wind speed and turbulence at every turbine of a farm."""

    def __init__(self, physics: FarmPhysics, shape: KernelShape) -> None:
        super().__init__()
        self.physics = physics
        self.kernel = WakeKernel(shape)
        self.fleet = Fleet(physics.turbines, physics.air_density)

    def reach(self, ambient_ti: float, kind: Tensor | None = None) -> tuple[Tensor, float]:
        """Bound where wakes are felt: half-width of a strip at the rotor [m], its growth [-].

        Parameters
        ----------
        ambient_ti : float [-]
            The largest in question.
        kind : (n,) int, optional
        """
        half_width, growth = self.kernel.reach(ambient_ti)
        diameter = self.fleet.diameter(kind)
        wider = self.physics.largest_diameter - diameter  # rotors that are hit, than the source's
        return half_width * diameter + ROTOR_OFFSET_D * wider, growth

    def free_stream(self, ws: Tensor, ti: Tensor, factor: Tensor | None = None) -> FlowState:
        """Return what wakes act on, of wind speed at its height and ambient turbulence.

        Parameters
        ----------
        ws, ti : (n_nodes,) [m/s, -]
        factor : (columns, n_nodes), optional [-]
            Free wind at the rotor's columns of points over `ws` (`free_wind`).
        """
        ti = torch.full_like(ti, NO_MIXING) if self.physics.mixing else ti
        if factor is None:
            return FlowState(ws, ti)
        level = (factor**3).mean(0) ** (1.0 / 3.0)
        return FlowState(ws * level, ti, factor / level)

    def unwaked(self, free: FlowState, kind: Tensor | None = None) -> FlowState:
        """Return the state of nodes that no wake reaches."""
        speed_up, weight = self._profile(kind)
        cube = len(self.physics.rotor_columns) * (weight * speed_up**3).sum(0)
        return FlowState(free.u * cube ** (1.0 / 3.0), free.ti)

    def settle(self, pairs: WakePairs, free: FlowState, kind: Tensor | None = None) -> FlowState:
        """Let wakes act from upstream to downstream: the farm's flow.

        Parameters
        ----------
        pairs : WakePairs
        free : FlowState
            From `free_stream`, in the order of the pairs' nodes.
        kind : (n_nodes,) int, optional
            Type of each node's turbine; None where there is but one.

        Returns
        -------
        FlowState in the order of the pairs' nodes.
        """
        terms: list[Tensor] = []
        states: list[FlowState] = []
        node = 0
        for node_end, some in zip(pairs.node_ends, pairs.by_level(), strict=True):
            nodes = slice(node, node_end)
            here = free.part(nodes)
            kinds = None if kind is None else kind[nodes]
            if terms:
                state = self._receive(some, torch.cat(terms, dim=1), free, kind, nodes)
            else:
                state = self.unwaked(here, kinds)
            states.append(state)
            if node_end < pairs.n_nodes:  # nobody stands behind the last level
                terms.append(self._source_terms(state, here, kinds))
            node = node_end
        return FlowState(torch.cat([s.u for s in states]), torch.cat([s.ti for s in states]))

    def step(
        self, pairs: WakePairs, source: FlowState, free: FlowState, kind: Tensor | None = None
    ) -> FlowState:
        """Let every source, in its given state, act on every receiver once."""
        terms = self._source_terms(source, free, kind)
        return self._receive(pairs, terms, free, kind, slice(0, pairs.n_nodes))

    def _source_terms(self, state: FlowState, free: FlowState, kind: Tensor | None) -> Tensor:
        """Return the kernel's terms of sources and, as one row more, what lifts their wakes."""
        ct = self.fleet.thrust_coefficient(state.u, kind)
        terms = self.kernel.source_terms(ct, state.ti, free.ti, state.u / free.u)
        if self.physics.deflection is None:
            return terms
        lift = self.physics.deflection.lift(ct, self.fleet.tilt(state.u, kind))
        return torch.cat([terms, lift[None]])

    def _paths(self, pairs: WakePairs, kind: Tensor | None) -> _Paths:
        source, receiver = (
            (kind, kind) if kind is None else (kind[pairs.source], kind[pairs.receiver])
        )
        diameter, hub = self.fleet.diameter(source), self.fleet.height(source)
        rotor, height = self.fleet.diameter(receiver), self.fleet.height(receiver)
        offsets = pairs.dy.new_tensor(self.physics.rotor_columns)[:, None]
        rows = pairs.dy.new_tensor(self.physics.rotor_rows)[:, :1]
        ground = height + rows * rotor  # height of the rotor's rows
        return _Paths(
            basis=self.kernel.pair_basis(pairs.dx / diameter),
            across=pairs.dy / diameter + offsets * (rotor / diameter),
            above=(ground - hub) / diameter,
            image=(ground + hub) / diameter if self.physics.mirror else None,
            growth=None
            if self.physics.deflection is None
            else self.physics.deflection.growth(pairs.dx / diameter),
        )

    def _receive(
        self,
        pairs: WakePairs,
        sources: Tensor,
        free: FlowState,
        kind: Tensor | None,
        nodes: slice,
    ) -> FlowState:
        """Return the state of the receivers of some pairs.

        Parameters
        ----------
        sources : (n_terms, n_sources)
            Of `_source_terms`, of all sources of these pairs.
        free : FlowState
            Of all nodes.
        kind : (n_nodes,) int, optional
            Of all nodes.
        nodes : slice
            The receivers among all nodes.
        """
        everywhere, free = free, free.part(nodes)
        speed_up, weight = self._profile(None if kind is None else kind[nodes])
        if free.across is not None:
            speed_up = speed_up * free.across[:, None]  # (columns, rows, n)
        receiver = pairs.receiver - nodes.start
        paths, of_sources, lift = (
            self._paths(pairs, kind),
            sources.index_select(1, pairs.source),
            None,
        )
        if self.physics.deflection is not None:
            of_sources, lift = of_sources[:-1], of_sources[-1]
        paths = paths.raised(lift)
        wake = self.kernel.wake(paths.basis, of_sources)
        deficit = self._deficits(wake, paths)  # squared for sosfs
        if free.across is not None and self.kernel.shape.local_speed:
            # as deep as the source's own wind makes it
            deeper = everywhere.u.index_select(0, pairs.source) / (
                (free.u * free.across).index_select(1, receiver)
            )
            squared = self.physics.superposition == "sosfs"
            deficit = deficit * (deeper**2 if squared else deeper)[:, None]
        total = self._superpose(deficit, receiver, len(free.u))
        cube = (weight * (speed_up * (1.0 - total)) ** 3).sum((0, 1))
        u = free.u * cube.clamp_min(TINY) ** (1.0 / 3.0)

        with torch.no_grad():
            near = self._close(pairs, kind)
            visible = OVERLAP_DEFICIT / (free.u * speed_up)  # (rows, n)
            visible = visible.index_select(-1, receiver.index_select(0, near))
            if self.physics.superposition == "sosfs":
                visible = visible**2
            overlap = (weight * (deficit.index_select(2, near) > visible)).sum((0, 1))
        added = overlap * torch.exp(wake.log_turbulence.index_select(0, near))
        none, at = torch.zeros_like(u), receiver.index_select(0, near)
        if self.physics.mixing:
            square = none.index_add(0, at, added**2)
        else:
            square = none.scatter_reduce(0, at, added, "amax") ** 2
        return FlowState(u, torch.sqrt(free.ti**2 + square))

    def _profile(self, kind: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return U(z) / U at the rotor's rows of points, and the weight of each of their points."""
        table = self.fleet.heights.new_tensor(self.physics.rotor_rows)
        height = self.fleet.height(kind) + table[:, :1] * self.fleet.diameter(kind)
        speed_up = (height / self.physics.speed_height) ** self.physics.wind_shear
        return speed_up, table[:, 1:] / len(self.physics.rotor_columns)

    def _deficits(self, wake: Wake, paths: _Paths) -> Tensor:
        """Give deficits at the rotors' points, squared for sosfs: (columns, rows, n_pairs)."""
        half = 1.0 if self.physics.superposition == "sosfs" else 0.5
        across, above = paths.across, paths.above**2
        if wake.shift is not None:
            across = across - wake.shift
        narrowness = torch.exp(-2.0 * wake.log_width)
        if wake.log_exponent is not None:
            square = ((across**2)[:, None] + above) * narrowness
            exponent = 0.5 * torch.exp(wake.log_exponent) * torch.log(square + TINY)
            return torch.exp(half * (2.0 * wake.log_amplitude - torch.exp(exponent.clamp_max(FAR))))
        lateral = torch.exp(half * (2.0 * wake.log_amplitude - across**2 * narrowness))
        vertical = torch.exp(-above * narrowness)
        if paths.image is not None:
            vertical = vertical + torch.exp(-(paths.image**2) * narrowness)
        if half != 1.0:
            vertical = torch.sqrt(vertical)
        return lateral[:, None] * vertical

    def _superpose(self, deficit: Tensor, receiver: Tensor, n: int) -> Tensor:
        """Combine deficits: (columns, rows, n_pairs) -> (columns, rows, n)."""
        none = deficit.new_zeros(*deficit.shape[:2], n)
        if self.physics.superposition == "max":
            index = receiver.expand_as(deficit)
            return none.scatter_reduce(2, index, deficit, "amax")
        total = none.index_add(2, receiver, deficit)
        if self.physics.superposition == "sosfs":
            total = torch.sqrt(total + FAINT) - FAINT**0.5
        return total

    def _close(self, pairs: WakePairs, kind: Tensor | None) -> Tensor:
        """Return the numbers of the pairs that are close enough for turbulence to be added."""
        diameter = self.fleet.diameter(None if kind is None else kind[pairs.source])
        close = pairs.dx <= TURBULENCE_REACH_D * diameter
        close &= pairs.dy.abs() < TURBULENCE_HALF_WIDTH_D * diameter
        return close.nonzero().squeeze(1)
