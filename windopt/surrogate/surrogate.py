"""The surrogate: FLORIS's farm with a learned wake kernel, as users call it.

Any number of turbines and layouts at once, differentiable in the layouts, and never more memory
than a few hundred megabytes: long roses are cut into blocks of directions, and when gradients are
asked for, each block is recomputed in the backward pass instead of being kept.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from windopt.problem import FloatArray, WindResource
from windopt.surrogate.wake_flow import ROUNDS, FarmPhysics, FlowState, WakeFlow
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_pairs import wake_pairs

logger = logging.getLogger(__name__)

NODE_SPEEDS_PER_BLOCK = 40_000
"""Turbines x directions x speeds computed at a time: about 100 MB with gradients."""
VALID_TI = (0.03, 0.20)


class Surrogate(nn.Module):
    """A farm's powers and AEP from a learned wake kernel.

    Parameters
    ----------
    physics : FarmPhysics
    wake_model : str
        Hash of the FLORIS wake model it stands for.
    shape : KernelShape, optional
    hours_per_year : float, optional [h]
    """

    def __init__(
        self,
        physics: FarmPhysics,
        wake_model: str,
        shape: KernelShape | None = None,
        hours_per_year: float = 8760.0,
    ) -> None:
        super().__init__()
        self.flow = WakeFlow(physics, shape or KernelShape())
        self.wake_model = wake_model
        self.hours_per_year = hours_per_year
        self.facts: dict[str, Any] = {}
        """What its card says besides: errors, training data, energy."""

    def states(
        self,
        layouts: Tensor,
        wd: Tensor,
        ws: Tensor,
        ti: Tensor,
        rounds: int = ROUNDS,
        gradient_rounds: int = ROUNDS,
    ) -> FlowState:
        """Give rotor wind speed and turbulence intensity on a grid of directions and speeds.

        Parameters
        ----------
        layouts : (b, n, 2) [m]
        wd : (n_directions,) [deg]
        ws, ti : (n_directions, n_speeds) [m/s, -]

        Returns
        -------
        FlowState of (b, n_directions, n, n_speeds)
        """
        b, n, _ = layouts.shape
        # single precision resolves a farm in a national grid only about its own middle
        layouts = self._tensor(layouts - layouts.detach().mean(dim=1, keepdim=True))

        def per_node(values: Tensor) -> Tensor:
            return values[None, :, None].expand(b, -1, n, -1).flatten(0, 2)

        free = self.flow.free_stream(per_node(ws), per_node(ti))
        reach = self.flow.kernel.reach(float(free.ti.max()))
        pairs = wake_pairs(layouts, wd, reach, self.flow.diameter)
        state = self.flow.settle(pairs, free, rounds, gradient_rounds)
        shape = (b, len(wd), n, ws.shape[-1])
        return FlowState(state.u.view(shape), state.ti.view(shape))

    def mean_power(
        self,
        layouts: Tensor,
        wd: Tensor,
        ws: Tensor,
        ti: Tensor,
        weight: Tensor,
        rounds: int = ROUNDS,
        gradient_rounds: int = ROUNDS,
    ) -> Tensor:
        """Give the layouts' weighted mean farm power (b,) [W], in blocks of directions.

        Parameters
        ----------
        layouts : (b, n, 2) [m]
        wd : (n_directions,) [deg]
        ws, ti, weight : (n_directions, n_speeds) [m/s, -, -]
        """

        def block(layouts: Tensor, part: slice) -> Tensor:
            state = self.states(layouts, wd[part], ws[part], ti[part], rounds, gradient_rounds)
            power = self.flow.curves.power(state.u).sum(2).double()
            return (power * weight[part]).sum((1, 2))

        size = max(1, NODE_SPEEDS_PER_BLOCK // (layouts.shape[0] * layouts.shape[1] * ws.shape[1]))
        parts = [slice(i, i + size) for i in range(0, len(wd), size)]
        if len(parts) == 1 or not torch.is_grad_enabled():
            return torch.stack([block(layouts, part) for part in parts]).sum(0)
        recomputed: Callable[..., Tensor] = checkpoint
        return torch.stack(
            [recomputed(block, layouts, part, use_reentrant=False) for part in parts]
        ).sum(0)

    def power(
        self,
        layouts: Tensor | FloatArray,
        wd: Tensor | FloatArray,
        ws: Tensor | FloatArray,
        ti: Tensor | FloatArray,
    ) -> Tensor:
        """Give the turbines' powers in a list of conditions.

        Parameters
        ----------
        layouts : (b, n, 2) [m]
        wd, ws, ti : (n_conditions,) [deg, m/s, -]
            Wind direction (0 = from north, clockwise), speed at hub height, turbulence intensity.

        Returns
        -------
        (b, n_conditions, n) [W], differentiable in `layouts`
        """
        layouts = torch.as_tensor(layouts)
        wd, ws, ti = (self._tensor(a) for a in (wd, ws, ti))
        self._warn_outside(ti)
        size = max(1, NODE_SPEEDS_PER_BLOCK // (layouts.shape[0] * layouts.shape[1]))
        parts = [slice(i, i + size) for i in range(0, len(wd), size)]
        u = [self.states(layouts, wd[p], ws[p, None], ti[p, None]).u[..., 0] for p in parts]
        return self.flow.curves.power(torch.cat(u, dim=1))

    def aep(self, layouts: Tensor | FloatArray, wind: WindResource) -> Tensor:
        """Give the layouts' annual energy production.

        Parameters
        ----------
        layouts : (b, n, 2) [m]
        wind : WindResource

        Returns
        -------
        (b,) [Wh], differentiable in `layouts`
        """
        rose = self.rose(wind)
        self._warn_outside(rose[2])
        return self.hours_per_year * self.mean_power(torch.as_tensor(layouts), *rose)

    def rose(self, wind: WindResource) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Give a rose as tensors wd, ws, ti, weight, without the speeds at which nothing turns."""
        cut_in = self.flow.physics.turbine.wind_speed[0]
        turns = wind.wind_speed * self.flow.curves.density_factor >= cut_in
        ti, weight = wind.turbulence_intensity[:, turns], wind.probability[:, turns]
        ws = np.broadcast_to(wind.wind_speed[turns], ti.shape)
        return (
            self._tensor(wind.wind_direction),
            self._tensor(ws),
            self._tensor(ti),
            torch.as_tensor(weight, dtype=torch.float64),
        )

    def save(self, folder: Path | str) -> None:
        """Write weights and card into a folder; `windopt.load_surrogate` reads them."""
        from windopt.surrogate.checkpoint import save_surrogate

        save_surrogate(self, Path(folder))

    def _tensor(self, values: Tensor | FloatArray) -> Tensor:
        kind = self.flow.curves.wind_speed
        if isinstance(values, np.ndarray):
            return torch.tensor(values, dtype=kind.dtype, device=kind.device)
        return values.to(kind)

    @staticmethod
    def _warn_outside(ti: Tensor) -> None:
        low, high = float(ti.min()), float(ti.max())
        if low < VALID_TI[0] or high > VALID_TI[1]:
            logger.warning(
                "turbulence intensity %.3f-%.3f lies outside the surrogate's range %.2f-%.2f; "
                "trust only FLORIS's figures",
                low, high, *VALID_TI,
            )  # fmt: skip
