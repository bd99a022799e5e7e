"""A farm's flow: the learned wake kernel inside exact farm physics.

FLORIS visits turbines from upstream to downstream (``floris/core/solver.py``, sequential_solver):

    u_j  = cubic mean over the rotor's points of  U(z) (1 - superposition_i d_ij(point))
    I_j  = sqrt(I_ambient^2 + max_i (overlap_ij T_ij)^2),   x_ij <= 15 D_i, |y_ij| < 2 D_i
    Ct_j = thrust curve at u_j

Here turbines are visited level by level (`wake_pairs`), which comes to the same. The rotor has
3 x 3 points at 0 and +-D/4 (``floris/core/grid.py``), or only the one at its hub; overlap is the
share of them with a deficit above 0.05 m/s; where FLORIS mirrors wakes at the ground, d^2 is the
sum of the squares of the wake and its image.

In the cumulative model (``cc_solver``) a deficit is a share of the source's own wind u_i, not of
the receiver's, so that

    u_j  = cubic mean over the rotor's points of  U(z) - superposition_i u_i d_ij(point)

and a point counts as waked by the sum of all wakes so far, from upstream on. Where mixing takes the
place of turbulence (``empirical_gauss_solver``), wakes add to it as squares and at any distance.

Where wakes have hard edges, speeds are those of hard edges and slopes those of widened ones: a
turbine feels an edge before it crosses it, which the exact slope, 0 almost everywhere, never tells.
A search may therefore trust every value, and follow the slopes as directions: along them the values
rise on average over wind directions, not at every step. SLSQP (`search.refine`) stops where its
line search finds no better value; its caller keeps what is better only.

Where wakes rise from tilted rotors (``wake_deflection/empirical_gauss.py``), wake and image both
stand higher, in D of the source, by

    rise = gain Ct tilt ln((x - rate) / (x + rate) + 2)

with tilt in radians, that of a floater at u. Where wakes swirl (FLORIS's GCH), they turn each other
aside and mix by a formula of FLORIS's as well (`swirl`). Rotation, superposition, rotor mean and
turbine curves are exact, only d and T are learned (`wake_kernel`).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor, nn

from windopt.problem.turbine import Turbine
from windopt.surrogate.curves import Fleet
from windopt.surrogate.farm_swirl import ROWS, FarmSwirl
from windopt.surrogate.swirl import REACH_D, Swirl, SwirlNumbers, swirl_numbers
from windopt.surrogate.tables import TurbulenceAxis
from windopt.surrogate.wake_kernel import KernelShape, Wake, WakeKernel
from windopt.surrogate.wake_pairs import WakePairs

OVERLAP_DEFICIT = 0.05
"""[m/s] below which a rotor point counts as unwaked for added turbulence (sequential_solver)."""
TURBULENCE_REACH_D = 15.0
TURBULENCE_HALF_WIDTH_D = 2.0
"""Added turbulence acts within this box behind a rotor (sequential_solver)."""
ROTOR_OFFSET_D = 0.25
"""Distance of the outer rotor points from the axis (``floris/core/grid.py``)."""
TILT_EXPONENT = 1.5
"""Of the cosine of a rotor's tilt in the depth of its wake in `empirical_gauss`: 1 near, 2 far."""
NO_MIXING = 1e-6
"""Stands for no mixing at all, where the logarithm of 0 would."""
EVERYWHERE_D = 1e6
"""Half-width of a strip that holds any farm; infinity would not be interpolated."""
EDGE_WIDTH = 0.1
"""By which hard edges are widened for slopes, of their radius."""
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

    Where the wind varies over the site, `across` (columns, n_nodes) is the free wind at the rotor's
    columns of points over that of the rose, which is then `u` of a free stream. Where wakes swirl,
    `ti` is that in which a rotor's own wake mixes; `met` is what the rotor meets, and `lateral` the
    mean lateral wind that the swirl of others makes there, over that of the rose.
    """

    u: Tensor
    ti: Tensor
    across: Tensor | None = None
    met: Tensor | None = None
    lateral: Tensor | None = None

    def part(self, nodes: slice) -> "FlowState":
        """Take some nodes."""
        across = None if self.across is None else self.across[:, nodes]
        met, lateral = (None if v is None else v[nodes] for v in (self.met, self.lateral))
        return FlowState(self.u[nodes], self.ti[nodes], across, met, lateral)


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
    cumulative : bool
        Deficits are shares of the source's own wind, and a rotor point counts as waked by the sum
        of the wakes so far.
    turbulent : bool
        Wakes add turbulence.
    mixing_gain : float [-]
        Share of ambient turbulence that is mixing.
    cut : float
        A wake ends, with its image, at a point that lies further from its axis than so many widths
        and the radius of a rotor; 0 where wakes fade away. Widths are then those before the wake
        was averaged over that rotor: their squares are less by a quarter of the radius squared.
    swirl : Swirl, optional
        Wakes swirl, and turn each other aside.
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
    cumulative: bool = False
    turbulent: bool = True
    mixing_gain: float = 0.0
    cut: float = 0.0
    swirl: Swirl | None = None

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
        symmetric &= self.swirl is None
        if symmetric and len(sizes) == 1:
            return ((0.0, 1 / 3), (ROTOR_OFFSET_D, 2 / 3))
        return ((-ROTOR_OFFSET_D, 1 / 3), (0.0, 1 / 3), (ROTOR_OFFSET_D, 1 / 3))

    @cached_property
    def swirl_numbers(self) -> SwirlNumbers:
        """What swirl depends on besides places and states."""
        assert self.swirl is not None
        return swirl_numbers(
            self.swirl,
            self.turbines,
            self.wind_shear,
            self.speed_height,
            self.rotor_rows,
            self.rotor_columns,
        )

    def speed_up(self, height: Tensor, diameter: Tensor) -> Tensor:
        """Return the free wind at a rotor's rows of points over that of the rose: (rows, n).

        Parameters
        ----------
        height, diameter : (n,) [m]
        """
        rows = height.new_tensor(self.rotor_rows)[:, :1]
        return ((height + rows * diameter) / self.speed_height) ** self.wind_shear

    def least_turbulence(self, ambient: Tensor) -> Tensor:
        """Return what a rotor out of all wakes has, of ambient turbulence or of mixing."""
        if not self.mixing:
            return ambient
        return torch.sqrt((self.mixing_gain * ambient) ** 2 + NO_MIXING**2)


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
    radius : (n_pairs,)
        Of the receiver's rotor.
    """

    basis: Tensor
    across: Tensor
    above: Tensor
    image: Tensor | None
    growth: Tensor | None
    radius: Tensor

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
        self.swirl = None
        if physics.swirl is not None:
            self.swirl = FarmSwirl(physics.swirl_numbers, self.fleet, physics.rotor_columns)

    def reach(self, ambient_ti: float, kind: Tensor | None = None) -> tuple[Tensor, float]:
        """Bound where wakes are felt: half-width of a strip at the rotor [m], its growth [-].

        Parameters
        ----------
        ambient_ti : float [-]
            The largest in question.
        kind : (n,) int, optional
        """
        least = self.physics.least_turbulence(self.fleet.heights.new_tensor(ambient_ti))
        half_width, growth = self.kernel.reach(float(least))
        half_width = max(half_width, self._least_half_width)
        diameter = self.fleet.diameter(kind)
        wider = self.physics.largest_diameter - diameter  # rotors that are hit, than the source's
        return half_width * diameter + ROTOR_OFFSET_D * wider, growth

    @property
    def _least_half_width(self) -> float:
        """Of any strip [D]: in the cumulative model turbulence is added where other wakes are."""
        if self.physics.swirl is not None:
            return REACH_D
        return TURBULENCE_HALF_WIDTH_D if self.physics.cumulative else 0.0

    def strips(self) -> Tensor:
        """Return half-width [D] and growth of wakes' strips at the knots of turbulence: (2, k)."""
        knots = TurbulenceAxis.of(self.kernel.shape.mixing).knots()
        half_width, growth = self.kernel.strips(torch.as_tensor(knots).to(self.kernel.knots))
        if self.physics.cumulative and self.physics.mixing:  # it is added at any distance
            half_width = torch.full_like(half_width, EVERYWHERE_D)
        return torch.stack([half_width.clamp_min(self._least_half_width), growth])

    def free_stream(self, ws: Tensor, ti: Tensor, factor: Tensor | None = None) -> FlowState:
        """Return what wakes act on, of wind speed at its height and ambient turbulence.

        Parameters
        ----------
        ws, ti : (n_nodes,) [m/s, -]
        factor : (columns, n_nodes), optional [-]
            Free wind at the rotor's columns of points over `ws` (`free_wind`).
        """
        return FlowState(ws, self.physics.least_turbulence(ti), factor)

    def unwaked(self, free: FlowState, kind: Tensor | None = None) -> FlowState:
        """Return the state of nodes that no wake reaches."""
        u = self._free_speed(free, kind)
        if self.swirl is None:
            return FlowState(u, free.ti)
        return self._swirl_state(u, free.ti, u.new_zeros(2, len(u)), free, kind)

    def settle(
        self,
        pairs: WakePairs,
        free: FlowState,
        kind: Tensor | None = None,
        strips: Tensor | None = None,
    ) -> FlowState:
        """Let wakes act from upstream to downstream: the farm's flow.

        Parameters
        ----------
        pairs : WakePairs
        free : FlowState
            From `free_stream`, in the order of the pairs' nodes.
        kind : (n_nodes,) int, optional
            Type of each node's turbine; None where there is but one.
        strips : (2, k), optional
            Of `strips`: leave out wakes where they are not felt. A kernel that learns keeps them,
            for its widths are not yet known.

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
                terms.append(self._source_terms(state, here, kinds, strips))
            node = node_end
        return FlowState(torch.cat([s.u for s in states]), torch.cat([s.ti for s in states]))

    def step(
        self, pairs: WakePairs, source: FlowState, free: FlowState, kind: Tensor | None = None
    ) -> FlowState:
        """Let every source, in its given state, act on every receiver once."""
        terms = self._source_terms(source, free, kind)
        return self._receive(pairs, terms, free, kind, slice(0, pairs.n_nodes))

    def _source_terms(
        self,
        state: FlowState,
        free: FlowState,
        kind: Tensor | None,
        strips: Tensor | None = None,
    ) -> Tensor:
        """Return half-width and growth of sources' strips, the kernel's terms, and lift.

        The strips are two rows [m, -] in front, without end where no `strips` are given; what lifts
        wakes is the last row, where any are lifted. Where wakes swirl, the last rows are how they
        bend and swirl (`FarmSwirl.sources`).
        """
        ct = self.fleet.thrust_coefficient(state.u, kind)
        terms = self.kernel.source_terms(ct, state.ti, free.ti)
        if self.physics.cumulative:
            terms = torch.cat([terms[:-1], terms[-1:] + torch.log(state.u / free.u)])
        terms = torch.cat([self._strip(state.ti, kind, strips), terms])
        if self.swirl is not None:
            assert state.met is not None
            assert state.lateral is not None
            spin = self._spin(state.u, free, kind)
            return torch.cat([terms, self.swirl.sources(ct, state.met, state.lateral, spin, kind)])
        if self.physics.deflection is None:
            return terms
        tilt = self.fleet.tilt(state.u, kind)
        shallower = TILT_EXPONENT * torch.log(torch.cos(tilt))
        lift = self.physics.deflection.lift(ct, tilt)
        return torch.cat([terms[:-1], terms[-1:] + shallower, lift[None]])

    def _swirl_state(
        self, u: Tensor, met: Tensor, swirl: Tensor, free: FlowState, kind: Tensor | None
    ) -> FlowState:
        """Return the state of rotors at which the `swirl` of others is v and w: (2, n)."""
        assert self.swirl is not None
        spin = self._spin(u, free, kind)
        ti = self.swirl.mixed(met, swirl, spin, u / free.u, kind)
        return FlowState(u, ti, met=met, lateral=swirl[0])

    def _spin(self, u: Tensor, free: FlowState, kind: Tensor | None) -> Tensor:
        """Return the swirl s of rotors in the wind `u`; in `cc` by their thrust in free wind."""
        assert self.swirl is not None
        driving = self._free_speed(free, kind) if self.physics.cumulative else u
        return self.swirl.spin(u, driving, free.u, kind)

    def _free_speed(self, free: FlowState, kind: Tensor | None) -> Tensor:
        """Return rotors' wind speed without wakes [m/s]: (n,)."""
        speed_up, weight = self._free_wind(free, kind)
        cube = (weight * speed_up**3).expand(len(self.physics.rotor_columns), -1, -1).sum((0, 1))
        return free.u * cube ** (1.0 / 3.0)

    def _strip(self, ti: Tensor, kind: Tensor | None, strips: Tensor | None) -> Tensor:
        """Return half-width [m] and growth of the strips of sources: (2, n)."""
        if strips is None:
            return torch.stack([torch.full_like(ti, torch.inf), torch.zeros_like(ti)])
        axis = TurbulenceAxis.of(self.kernel.shape.mixing)
        with torch.no_grad():
            q = torch.log((ti + axis.floor).clamp_min(TINY))
            place = ((q - axis.first) / axis.step).clamp(0.0, strips.shape[1] - 1.0)
            left = place.long().clamp_max(strips.shape[1] - 2)
            half_width, growth = torch.lerp(strips[:, left], strips[:, left + 1], place - left)
        diameter = self.fleet.diameter(kind)
        margin = ROTOR_OFFSET_D * (self.physics.largest_diameter - diameter)
        return torch.stack([half_width * diameter + margin, growth])

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
            radius=0.5 * (rotor / diameter),
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
        free = free.part(nodes)
        speed_up, weight = self._free_wind(free, None if kind is None else kind[nodes])
        receiver = pairs.receiver - nodes.start
        paths, of_sources, lift = (
            self._paths(pairs, kind),
            sources.index_select(1, pairs.source),
            None,
        )
        half_width, spread, of_sources = of_sources[0], of_sources[1], of_sources[2:]
        felt = pairs.dy.abs() < half_width + spread * pairs.dx
        if self.physics.deflection is not None:
            of_sources, lift = of_sources[:-1], of_sources[-1]
        paths = paths.raised(lift)
        swirl = None
        if self.swirl is not None:
            of_sources, swirling = of_sources[:-ROWS], of_sources[-ROWS:]
            aside, acting = self.swirl.acting(pairs, swirling, kind)
            paths = replace(paths, across=paths.across - aside)
            swirl = acting.new_zeros(2, len(free.u)).index_add(1, receiver, acting * felt)
        wake = self.kernel.wake(paths.basis, of_sources)
        deficit, widened = self._deficits(wake, paths)  # squared for sosfs
        deficit = deficit * felt
        total = self._superpose(deficit, receiver, len(free.u))
        if widened is not None:
            slope = self._superpose(widened * felt, receiver, len(free.u))
            total = slope + (total - slope).detach()
        if self.physics.cumulative:
            total = total / speed_up
        cube = (weight * (speed_up * (1.0 - total)) ** 3).sum((0, 1))
        u = free.u * cube.clamp_min(TINY) ** (1.0 / 3.0)
        kinds = None if kind is None else kind[nodes]
        if not self.physics.turbulent:
            if swirl is None:
                return FlowState(u, free.ti)
            return self._swirl_state(u, free.ti, swirl, free, kinds)

        with torch.no_grad():
            near = self._close(pairs, kind)
            at = receiver.index_select(0, near)
            visible = OVERLAP_DEFICIT / free.u
            if self.physics.cumulative:
                deficit = _so_far(deficit, receiver, pairs.dx)
            else:
                visible = visible / speed_up  # (rows, n)
            visible = visible.index_select(-1, at)
            if self.physics.superposition == "sosfs":
                visible = visible**2
            overlap = (weight * (deficit.index_select(2, near) > visible)).sum((0, 1))
        added = overlap * torch.exp(wake.log_turbulence.index_select(0, near))
        none = torch.zeros_like(u)
        if self.physics.mixing:
            if kind is not None:  # FLORIS measures the distance in diameters of the receiver
                ends = (pairs.receiver, pairs.source)
                own, source = (self.fleet.diameter(kind[end])[near] for end in ends)
                added = added * (own / source) ** 2
            square = none.index_add(0, at, added**2)
        else:
            square = none.scatter_reduce(0, at, added, "amax") ** 2
        ti = torch.sqrt(free.ti**2 + square)
        return FlowState(u, ti) if swirl is None else self._swirl_state(u, ti, swirl, free, kinds)

    def _free_wind(self, free: FlowState, kind: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the free wind at the rotor's points over that of the rose, and their weights.

        Returns
        -------
        (rows, n) or (columns, rows, n), (rows, 1)
        """
        physics, n = self.physics, len(free.u)
        height, diameter = (
            v.expand(n) for v in (self.fleet.height(kind), self.fleet.diameter(kind))
        )
        speed_up = physics.speed_up(height, diameter)
        if free.across is not None:
            speed_up = speed_up * free.across[:, None]
        weight = self.fleet.heights.new_tensor(physics.rotor_rows)[:, 1:]
        return speed_up, weight / len(physics.rotor_columns)

    def _deficits(self, wake: Wake, paths: _Paths) -> tuple[Tensor, Tensor | None]:
        """Give deficits at the rotors' points, squared for sosfs: (columns, rows, n_pairs).

        Where edges are hard, the deficits of widened ones come beside them.
        """
        half = 1.0 if self.physics.superposition == "sosfs" else 0.5
        across, above = paths.across, paths.above**2
        narrowness = torch.exp(-2.0 * wake.log_width)
        if self.kernel.shape.profile != "gaussian":
            square = ((across**2)[:, None] + above) * narrowness
        if self.kernel.shape.profile == "edge":
            inside = torch.exp(2.0 * half * wake.log_amplitude)
            left = torch.sigmoid((1.0 - square) / (2.0 * EDGE_WIDTH)) ** (2.0 * half)
            return inside * (square < 1.0), inside * left
        if wake.log_exponent is not None:
            exponent = 0.5 * torch.exp(wake.log_exponent) * torch.log(square + TINY)
            power = torch.exp(exponent.clamp_max(FAR))
            return torch.exp(half * (2.0 * wake.log_amplitude - power)), None
        lateral = torch.exp(half * (2.0 * wake.log_amplitude - across**2 * narrowness))
        vertical = torch.exp(-above * narrowness)
        if paths.image is not None:
            vertical = vertical + torch.exp(-(paths.image**2) * narrowness)
        if half != 1.0:
            vertical = torch.sqrt(vertical)
        if self.physics.cut:
            width = torch.sqrt((1.0 / narrowness - 0.25 * paths.radius**2).clamp_min(0.0))
            within = self.physics.cut * width + paths.radius
            vertical = vertical * ((across**2)[:, None] + above < within**2)
        return lateral[:, None] * vertical, None

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
        if self.physics.mixing:
            return torch.arange(len(pairs.dx), device=pairs.dx.device)
        diameter = self.fleet.diameter(None if kind is None else kind[pairs.source])
        close = pairs.dx <= TURBULENCE_REACH_D * diameter
        close &= pairs.dy.abs() < TURBULENCE_HALF_WIDTH_D * diameter
        return close.nonzero().squeeze(1)


def _so_far(deficit: Tensor, receiver: Tensor, dx: Tensor) -> Tensor:
    """Return the sum of a receiver's wakes up to each of them, from upstream on.

    Parameters
    ----------
    deficit : (columns, rows, n_pairs)
    receiver : (n_pairs,) int
    dx : (n_pairs,) [m]
    """
    order = dx.argsort(descending=True)
    order = order.index_select(0, receiver.index_select(0, order).argsort(stable=True))
    of = receiver.index_select(0, order)
    running = deficit.index_select(2, order).double().cumsum(2)
    first = torch.searchsorted(of, of)  # place of each receiver's first pair
    before = torch.cat([running.new_zeros(*running.shape[:2], 1), running], dim=2)
    sums = running - before.index_select(2, first)
    return torch.empty_like(sums).index_copy(2, order, sums).to(deficit.dtype)
