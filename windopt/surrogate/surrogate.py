"""The surrogate: FLORIS's farm with a learned wake kernel, as users call it.

Any number of turbines and layouts at once, differentiable in the layouts. On processors the farm's
flow runs as compiled loops (`compiled_farm`), on graphics processors as tensors (`wake_flow`),
there in blocks of directions that bound its memory.
"""

import hashlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from windopt.errors import LayoutError
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.speed_up import SpeedUp
from windopt.problem.wind_resource import WindResource
from windopt.surrogate.compiled_farm import CompiledFarm
from windopt.surrogate.free_wind import FreeWind
from windopt.surrogate.valid_range import EVERYWHERE, ValidRange
from windopt.surrogate.wake_flow import FarmPhysics, FlowState, WakeFlow
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_pairs import rotate_to_wind, wake_pairs
from windopt.workers.counts import WORK

Columns: TypeAlias = tuple[Tensor, Tensor, Tensor, Tensor]
"""Conditions as tensors."""

CANDIDATE_PAIRS_PER_BLOCK = 4_000_000
"""Pairs of turbines looked at together as tensors, near or not: bounds the memory."""
FLOPS_PER_PAIR, GRADIENT_FACTOR = 200, 3
"""Operations per pair and condition, forward (18 terms of the kernel at 4, some 8 points of a rotor
at 10, five exponentials and logarithms at 10), and forward with backward over forward."""


class Surrogate(nn.Module):
    """A farm's powers and AEP from a learned wake kernel.

    Parameters
    ----------
    physics : FarmPhysics
    wake_model : str
        Hash of the FLORIS wake model it stands for.
    shape : KernelShape, optional
    hours_per_year : float, optional [h]
    types : (n_turbines,) int, optional
        Index of each turbine's type, of farms of several types.
    """

    def __init__(
        self,
        physics: FarmPhysics,
        wake_model: str,
        shape: KernelShape | None = None,
        hours_per_year: float = 8760.0,
        types: IntArray | None = None,
    ) -> None:
        super().__init__()
        self.flow = WakeFlow(physics, shape or KernelShape()).requires_grad_(False)
        self.wake_model = wake_model
        self.hours_per_year = hours_per_year
        self.types = types
        self.valid = ValidRange() if shape is None or shape.expansion is None else EVERYWHERE
        self.wake: dict[str, Any] = {}
        """The FLORIS wake model in the words of a config's `wake` section."""
        self.facts: dict[str, Any] = {}
        """What its card says besides, such as errors, training data, energy."""
        self.as_tensors = False
        """Whether processors, too, compute with tensors; graphics processors always do."""
        self.members: list[dict[str, Tensor]] = []
        """Kernels that the data allow as well, for what it does not know (`uncertainty`)."""
        self.doubt = 1.0
        """How much larger held-out errors are than the members' spread."""
        self.wake_error = 0.0
        """Error on held-out farms [share of their wake loss]: no band claims less."""
        self._free_wind: FreeWind | None = None
        self._compiled = CompiledFarm(self.flow)

    @property
    def speed_up(self) -> SpeedUp | None:
        """By what the free wind differs from place to place; None where it does not."""
        return None if self._free_wind is None else self._free_wind.speed_up

    @speed_up.setter
    def speed_up(self, speed_up: SpeedUp | None) -> None:
        physics = self.flow.physics
        self._free_wind = None if speed_up is None else FreeWind(speed_up, physics)

    def states(
        self,
        layouts: Tensor,
        wd: Tensor,
        ws: Tensor,
        ti: Tensor,
        types: IntArray | None = None,
        largest_ti: float | None = None,
    ) -> FlowState:
        """Return rotor wind speed and turbulence intensity on a grid of directions and speeds.

        Parameters
        ----------
        layouts : (b, n, 2) [m]
        wd : (n_directions,) [deg]
        ws, ti : (n_directions, n_speeds) [m/s, -]
        types : (n,) int, optional
            Other types of turbines than those of its own farm.
        largest_ti : float, optional [-]
            Ambient turbulence by which the reach of wakes is drawn; by default the largest of `ti`.

        Returns
        -------
        FlowState of (b, n_directions, n, n_speeds)
        """
        b, n, _ = layouts.shape
        directions, speeds = ws.shape
        kinds = self.kinds(n, types)
        factor = self._free_factors(layouts, kinds, wd)
        # single precision resolves a farm in a national grid only about its own middle
        layouts = self._tensor(layouts - layouts.detach().mean(dim=1, keepdim=True))
        x, y = rotate_to_wind(layouts[:, None].expand(-1, directions, -1, -1), wd)
        half_width, growth = self.flow.reach(largest_ti or float(ti.max()), kinds)
        pairs = wake_pairs(x.flatten(0, 1), y.flatten(0, 1), half_width.expand(n), growth)
        if speeds > 1:
            pairs = pairs.at_speeds(speeds)

        turbine = torch.div(pairs.order, speeds, rounding_mode="floor")
        direction = torch.div(turbine, n, rounding_mode="floor") % directions
        condition = direction * speeds + pairs.order % speeds
        if factor is not None:
            factor = factor.flatten(0, 2).index_select(0, turbine).T
        free = self.flow.free_stream(ws.flatten()[condition], ti.flatten()[condition], factor)
        kind = None if kinds is None else kinds[turbine % n]
        state = self.flow.settle(pairs, free, kind, self.flow.strips())
        shape = (b, directions, n, speeds)
        return FlowState(*(pairs.original(v).view(shape) for v in (state.u, state.ti)))

    def kinds(self, n: int, types: IntArray | None = None) -> Tensor | None:
        """Return the types of a farm's `n` turbines, None where the surrogate knows but one.

        Raises
        ------
        LayoutError
            When nothing says which of its types the turbines are.
        """
        if len(self.flow.physics.turbines) == 1:
            return None
        types = self.types if types is None else types
        if types is None or len(types) != n:
            known = "none" if types is None else str(len(types))
            raise LayoutError(
                f"the surrogate knows the types of {known} turbines, the layout has {n}; "
                "give their types"
            )
        return torch.as_tensor(types, device=self.flow.fleet.heights.device)

    def _farm_power(
        self,
        layouts: Tensor,
        wd: Tensor,
        ws: Tensor,
        ti: Tensor,
        types: IntArray | None,
        largest_ti: float,
    ) -> Tensor:
        """Return turbine powers (b, n_directions, n_speeds, n) [W].

        The conditions may be a part of those asked for: `largest_ti` is the largest turbulence of
        all of them, so that wakes reach as far whatever the part.
        """
        if self.compiles:
            compiled: Callable[..., Tensor] = _CompiledPower.apply
            return compiled(layouts, self, wd, ws, ti, largest_ti, types)
        kinds = self.kinds(layouts.shape[1], types)
        asked = torch.is_grad_enabled() and layouts.requires_grad
        count_passes(len(layouts), layouts.shape[1], ws.numel(), asked)
        u = self.states(layouts, wd, ws, ti, types, largest_ti).u.transpose(2, 3)
        if layouts.requires_grad and not u.requires_grad:
            u = u + 0.0 * layouts.sum()  # no wake hits anybody: a gradient of zeros, not none
        return self.flow.fleet.power(u, kinds)

    def place_values(
        self, farm: Farm, newcomer: int, places: FloatArray, wind: Conditions
    ) -> FloatArray:
        """Return the mean power [W] of a farm with a newcomer at each of many places: (m,).

        To first order: what its wake takes from a turbine is not passed on to others (`places`).

        Parameters
        ----------
        farm : Farm
            One layout: the turbines that stay.
        newcomer : int
            Its type; it counts.
        places : (m, 2) [m]
        wind : Conditions
        """
        layout, c = farm.layouts[0], wind.listed
        count_passes(1, len(layout), len(c), newcomers=len(places))
        return self._compiled.place_values(
            layout,
            farm.types,
            farm.counted,
            newcomer,
            places,
            c.wd,
            c.ws,
            c.ti,
            c.weight,
            self._free_wind,
        )

    def _compiled_power(
        self,
        layout: FloatArray,
        wd: Tensor,
        ws: Tensor,
        ti: Tensor,
        largest_ti: float,
        types: IntArray | None = None,
        by_power: FloatArray | None = None,
    ) -> tuple[FloatArray, FloatArray]:
        """Return one layout's powers and a gradient; see `compiled.farm.turbine_power`."""
        n = len(layout)
        count_passes(1, n, ws.numel(), by_power is not None)
        known = self.kinds(n, types)
        kinds = np.zeros(n, dtype=np.int64) if known is None else known.numpy()
        return self._compiled.power(
            layout, kinds, _plain(wd), _plain(ws), _plain(ti), largest_ti, by_power, self._free_wind
        )

    def _free_factors(self, layouts: Tensor, kinds: Tensor | None, wd: Tensor) -> Tensor | None:
        """Return the free wind at rotors over that of the rose (b, n_directions, n, columns)."""
        if self._free_wind is None:
            return None
        return self._tensor(self._free_wind.differentiable(layouts, kinds, wd))

    def wake_free_power(self, ws: Tensor | FloatArray, n: int) -> Tensor:
        """Return the power of `n` turbines out of all wakes at each wind speed: (n_speeds,) [W]."""
        kinds, speeds = self.kinds(n), self._tensor(ws)
        kind = None if kinds is None else kinds.repeat(len(speeds))
        u = speeds.repeat_interleave(n)
        state = self.flow.unwaked(FlowState(u, torch.full_like(u, 0.1)), kind)
        return self.flow.fleet.power(state.u, kind).view(-1, n).sum(1)

    def alone_power(self, layout: FloatArray, wd: FloatArray, ws: FloatArray) -> FloatArray:
        """Return a farm's power if no turbine had wakes (n_conditions,) [W].

        Parameters
        ----------
        layout : (n, 2) [m]
        wd, ws : (n_conditions,) [deg, m/s]
        """
        n = len(layout)
        kinds, u = self.kinds(n), self._tensor(ws).repeat_interleave(n)
        factor = self._free_factors(torch.as_tensor(layout)[None], kinds, self._tensor(wd))
        if factor is not None:
            factor = factor.flatten(0, 2).T
        kind = None if kinds is None else kinds.repeat(len(wd))
        free = self.flow.free_stream(u, torch.full_like(u, 0.1), factor)
        power = self.flow.fleet.power(self.flow.unwaked(free, kind).u, kind)
        return np.asarray(power.view(-1, n).sum(1).double().cpu().numpy())

    def turbine_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return every turbine's power in each condition (b, ..., n) [W]; see `FarmModel`."""
        wd, ws, ti, _ = self._columns(wind)
        layouts, most = torch.from_numpy(farm.layouts), float(ti.max())
        with torch.no_grad():
            power = torch.cat(
                [
                    self._farm_power(layouts, wd[p], ws[p], ti[p], farm.types, most)
                    for p in self._parts(layouts, ws)
                ],
                dim=1,
            )
        b, _, _, n = power.shape
        return np.asarray(power.double().cpu().numpy()).reshape(b, *wind.ws.shape, n)

    def mean_power(self, farm: Farm, wind: Conditions) -> FloatArray:
        """Return the weighted mean power of the turbines that count (b,) [W]."""
        with torch.no_grad():
            power = self._mean_power(
                torch.from_numpy(farm.layouts), self._columns(wind), farm.types, farm.counted
            )
        return np.asarray(power.cpu().numpy(), dtype=np.float64)

    def _mean_power(
        self,
        layouts: Tensor,
        columns: Columns,
        types: IntArray | None = None,
        counted: int | None = None,
        largest_ti: float | None = None,
    ) -> Tensor:
        """Return the layouts' weighted mean farm power (b,) [W], differentiable in `layouts`.

        Parameters
        ----------
        layouts : (b, n, 2) [m]
        columns : tuple of Tensor
            As `_columns` gives them.
        types : (n,) int, optional
            Other types of turbines than those of its own farm.
        counted : int, optional
            Only the first so many turbines count, the others are neighbours.
        largest_ti : float, optional [-]
            Ambient turbulence by which the reach of wakes is drawn; by default the largest of `ti`.
        """
        wd, ws, ti, weight = columns
        most = largest_ti or float(ti.max())

        def block(layouts: Tensor, part: slice) -> Tensor:
            power = self._farm_power(layouts, wd[part], ws[part], ti[part], types, most)
            return (power[..., :counted].sum(3).double() * weight[part]).sum((1, 2))

        parts = self._parts(layouts, ws)
        if self.compiles:
            return block(layouts, parts[0])
        if len(parts) == 1 or not (torch.is_grad_enabled() and layouts.requires_grad):
            return torch.stack([block(layouts, part) for part in parts]).sum(0)
        recomputed: Callable[..., Tensor] = checkpoint
        return torch.stack(
            [recomputed(block, layouts, part, use_reentrant=False) for part in parts]
        ).sum(0)

    def mean_power_gradient(self, farm: Farm, wind: Conditions) -> tuple[FloatArray, FloatArray]:
        """Return `mean_power` (b,) [W] and its gradient (b, n, 2) [W/m], at one go."""
        wd, ws, ti, weight = self._columns(wind)
        most = float(ti.max())
        if self.compiles:
            by_power = _plain(weight)[..., None]  # in one precision: the loops are compiled for it
            by_power = by_power * (np.arange(farm.layouts.shape[1]) < farm.counted)
            both = [
                self._compiled_power(
                    np.ascontiguousarray(one), wd, ws, ti, most, farm.types, by_power
                )
                for one in farm.layouts
            ]
            mean = [float((power * by_power).sum()) for power, _ in both]
            return np.array(mean), np.stack([g for _, g in both])
        layouts = torch.from_numpy(farm.layouts).requires_grad_()
        power, gradient = layouts.new_zeros(len(layouts)), torch.zeros_like(layouts)
        for part in self._parts(layouts, ws):
            columns = wd[part], ws[part], ti[part], weight[part]
            some = self._mean_power(layouts, columns, farm.types, farm.counted, most)
            gradient += torch.autograd.grad(some.sum(), layouts)[0]
            power += some.detach()
        return _plain(power.cpu()), _plain(gradient.cpu())

    def check(self, farm: Farm, wind: Conditions) -> None:
        """Warn of layouts and conditions that its training did not cover."""
        _, _, ti, _ = self._columns(wind)
        largest = self.flow.physics.largest_diameter
        self.valid.check(torch.from_numpy(farm.layouts), ti, largest)

    def power(
        self,
        layouts: Tensor | FloatArray,
        wd: Tensor | FloatArray,
        ws: Tensor | FloatArray,
        ti: Tensor | FloatArray,
        types: IntArray | None = None,
    ) -> Tensor:
        """Return the turbines' powers in a list of conditions.

        Parameters
        ----------
        layouts : (b, n, 2) [m]
        wd, ws, ti : (n_conditions,) [deg, m/s, -]
            Wind direction (0 = from north, clockwise), speed at hub height, turbulence intensity.
        types : (n,) int, optional
            Other types of turbines than those of its own farm.

        Returns
        -------
        (b, n_conditions, n) [W], differentiable in `layouts`
        """
        layouts = torch.as_tensor(layouts)
        wd, ws, ti = (self._tensor(a) for a in (wd, ws, ti))
        self.valid.check(layouts, ti, self.flow.physics.largest_diameter)
        most = float(ti.max())
        power = [
            self._farm_power(layouts, wd[p], ws[p, None], ti[p, None], types, most)
            for p in _blocks(layouts, len(wd), 1)
        ]
        return torch.cat(power, dim=1)[:, :, 0]

    def aep(
        self,
        layouts: Tensor | FloatArray,
        wind: WindResource,
        types: IntArray | None = None,
        counted: int | None = None,
    ) -> Tensor:
        """Return the layouts' annual energy production.

        Parameters
        ----------
        layouts : (b, n, 2) [m]
        wind : WindResource
        types : (n,) int, optional
            Other types of turbines than those of its own farm.
        counted : int, optional
            Only the first so many turbines count, the others are neighbours.

        Returns
        -------
        (b,) [Wh], differentiable in `layouts`
        """
        layouts, rose = torch.as_tensor(layouts), self._columns(self.rose(wind))
        self.valid.check(layouts, rose[2], self.flow.physics.largest_diameter)
        return self.hours_per_year * self._mean_power(layouts, rose, types, counted)

    def aep_difference(
        self,
        layout: FloatArray,
        reference: FloatArray,
        wind: WindResource,
        types: IntArray | None = None,
        counted: int | None = None,
    ) -> tuple[float, float]:
        """Return the AEP of a layout less that of another, and its standard error [Wh].

        The error is the spread of the members' answers, as much enlarged as the errors on held-out
        farms were larger than the spread there; but at least as large a share of the wake losses
        that change, condition by condition, as those errors were of theirs. Without members, as
        of kernels that ship, it is that share alone; nan where that is not known either.

        Parameters
        ----------
        layout, reference : (n, 2) [m]
        wind : WindResource
        types : (n,) int, optional
        counted : int, optional
            As of `aep`.
        """
        pair = torch.from_numpy(np.stack([layout, reference]))
        rose = self._columns(self.rose(wind))
        self.valid.check(pair, rose[2], self.flow.physics.largest_diameter)
        with torch.no_grad():
            power = self._power_by_condition(pair, rose, types, counted)
            others = [one.aep(pair, wind, types, counted) for one in self.others()]
        change = self.hours_per_year * (power[0] - power[1])
        difference = float(change.sum())
        share = self.wake_error * float(change.abs().sum())
        if not others:
            return difference, share if self.wake_error > 0 else float("nan")
        spread = torch.stack([aep[0] - aep[1] for aep in others]) - difference
        scaled = self.doubt * float(spread.square().mean().sqrt())
        return difference, max(scaled, share)

    def _power_by_condition(
        self,
        layouts: Tensor,
        columns: Columns,
        types: IntArray | None,
        counted: int | None,
    ) -> Tensor:
        """Return each condition's part of the mean farm power (b, n_directions, n_speeds) [W]."""
        wd, ws, ti, weight = columns
        most = float(ti.max())
        power = [
            self._farm_power(layouts, wd[p], ws[p], ti[p], types, most)[..., :counted].sum(3)
            for p in self._parts(layouts, ws)
        ]
        return torch.cat(power, dim=1).double() * weight

    def others(self) -> "Iterator[Surrogate]":
        """Return the surrogates with the members' kernels."""
        for weights in self.members:
            other = deepcopy(self)
            other.members = []
            other.flow.kernel.load_state_dict(weights)
            yield other

    def rose(self, wind: WindResource, weight: FloatArray | None = None) -> Conditions:
        """Return a rose without the speeds of no power.

        Parameters
        ----------
        wind : WindResource
        weight : (n_directions, n_speeds), optional
            By default the rose's probability.
        """
        physics = self.flow.physics
        if physics.wind_shear == 0.0 and self.speed_up is None:
            turns = wind.wind_speed >= self.flow.fleet.idle_below
        else:  # rotors may stand above the height at which the speeds hold, or in more wind
            turns = (wind.wind_speed > 0.0) | (self.flow.fleet.idle_below == 0.0)
        weight = wind.probability if weight is None else weight
        ti = wind.turbulence_intensity[:, turns]
        return Conditions.grid(wind.wind_direction, wind.wind_speed[turns], ti, weight[:, turns])

    def _columns(self, wind: Conditions) -> Columns:
        """Return conditions as tensors: wd (k,); ws, ti and weight (k, s), the last in double."""
        ws, ti, weight = (a.reshape(len(wind.wd), -1) for a in (wind.ws, wind.ti, wind.weight))
        return (
            self._tensor(wind.wd),
            self._tensor(ws),
            self._tensor(ti),
            torch.tensor(weight, dtype=torch.float64, device=self.device),
        )

    def _parts(self, layouts: Tensor, ws: Tensor) -> list[slice]:
        """Cut directions into blocks that fit the memory; compiled loops need none."""
        return [slice(None)] if self.compiles else list(_blocks(layouts, *ws.shape))

    def save(self, folder: Path | str) -> None:
        """Write weights and card into a folder; `windopt.load_surrogate` reads them."""
        from windopt.surrogate.checkpoint import save_surrogate

        save_surrogate(self, Path(folder))

    @property
    def fingerprint(self) -> str:
        """Eight characters that tell its weights from any others."""
        numbers = [p.detach().cpu().numpy().tobytes() for p in self.flow.kernel.parameters()]
        return hashlib.sha256(b"".join(numbers)).hexdigest()[:8]

    @property
    def compiles(self) -> bool:
        """Whether it runs as compiled loops."""
        return self.device.type == "cpu" and not self.as_tensors

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.flow.fleet.heights.device

    def _tensor(self, values: Tensor | FloatArray) -> Tensor:
        kind = self.flow.fleet.heights
        if isinstance(values, np.ndarray):
            return torch.tensor(values, dtype=kind.dtype, device=kind.device)
        return values.to(kind)


class _CompiledPower(torch.autograd.Function):
    """The compiled farm as a node of autograd's graph."""

    @staticmethod
    def forward(ctx: Any, layouts: Tensor, surrogate: Surrogate, *wind: Any) -> Tensor:
        """Return powers (b, n_directions, n_speeds, n) [W]."""
        ctx.save_for_backward(layouts)
        ctx.surrogate, ctx.wind = surrogate, wind
        powers = [surrogate._compiled_power(_plain(one), *wind)[0] for one in layouts]
        return torch.from_numpy(np.stack(powers))

    @staticmethod
    def backward(ctx: Any, *by_power: Tensor) -> Any:
        """Return the gradient by layouts (b, n, 2)."""
        (layouts,) = ctx.saved_tensors
        gradients = [
            ctx.surrogate._compiled_power(_plain(one), *ctx.wind, _plain(weight))[1]
            for one, weight in zip(layouts, by_power[0], strict=True)
        ]
        return torch.from_numpy(np.stack(gradients)).to(layouts.dtype), *[None] * 6


def count_passes(
    layouts: int, n: int, conditions: int, with_gradient: bool = False, newcomers: int = 0
) -> None:
    """Count passes over farms of `n` turbines, and the places where a newcomer was tried in each.

    The operations are an estimate: every pair of turbines, near or not, `FLOPS_PER_PAIR`, and
    `GRADIENT_FACTOR` times as much with a backward pass.
    """
    turbines = layouts * conditions * (n + newcomers)
    pairs = layouts * conditions * (n * (n - 1) // 2 + newcomers * n)
    WORK.add(
        surrogate_turbine_conditions=turbines,
        surrogate_turbine_conditions_with_gradient=turbines if with_gradient else 0,
        surrogate_flops=FLOPS_PER_PAIR * pairs * (GRADIENT_FACTOR if with_gradient else 1),
    )


def choose_device(wanted: str) -> str:
    """Return the device to compute on: of "auto", a graphics processor where there is one."""
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


def _plain(tensor: Tensor) -> FloatArray:
    numbers: FloatArray = tensor.detach().double().numpy()
    return np.ascontiguousarray(numbers)


def _blocks(layouts: Tensor, directions: int, speeds: int) -> Iterator[slice]:
    """Cut directions into blocks that fit the memory."""
    b, n, _ = layouts.shape
    size = max(1, CANDIDATE_PAIRS_PER_BLOCK // (b * n * n * speeds))
    for start in range(0, directions, size):
        yield slice(start, min(start + size, directions))
