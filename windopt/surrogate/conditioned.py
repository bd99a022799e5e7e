"""The conditioned kernel: one network for all parameters of a wake model.

Small networks tell what one turbine's wake is like, from the state of the turbine *and* the
parameters p of FLORIS's wake model:

    ln A, ln sigma[, ln n] = velocity network (ln x/D, Ct, I, p)
    ln T = w(p) . (1, ln x/D, ln(1 - sqrt(1 - Ct)), ln I_ambient)

w is a network as well: what wakes add to turbulence is a power law in FLORIS's models, with
exponents that are parameters. All are trained once (`learn_kernel`) and ship with windopt
(`shipped`); for a problem, whose parameters are fixed, they fold into an ordinary kernel (`fold`).
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from windopt.floris.wake_parameters import TURBULENCE, VELOCITY, Parameter
from windopt.problem.layout import FloatArray
from windopt.surrogate.fold import Heads
from windopt.surrogate.tables import TurbulenceAxis

WIDTH, DEPTH = 64, 3
"""Hidden units of a layer of the velocity network, and hidden layers."""
POWER_LAW_WIDTH = 16
"""Hidden units of the turbulence network."""
LEARNED_D, LEARNED_CT = (0.3, 300.0), (0.02, 0.9999)
"""Distances and thrust coefficients that training covers; beyond them wakes are as at the end."""
LEARNED_TI, LEARNED_MIXING, LEARNED_AMBIENT = (0.015, 0.8), (0.0, 0.35), (0.015, 0.4)
"""Turbulence at a source, its mixing, ambient turbulence."""
STATE_FEATURES, POWERS = 7, (1, 4, 6)
"""Of distance and state; those among them that a power law has: logarithms of Ct, I and x."""
Range = tuple[float, float]
SHIFTED = 0.5
"""Share of the middle of a parameter's range by which it is shifted before its logarithm."""


class Conditioned(nn.Module):
    """A network from distance, state and parameters to heads.

    Parameters
    ----------
    parameters : tuple of Parameter
        Their ranges become [-1, 1].
    heads : int
    width, depth : int
        Units of a hidden layer, and hidden layers.
    ti : (float, float) [-]
        Smallest and largest turbulence, or mixing, that it learns.
    floor : float, optional [-]
        Added to the turbulence before its logarithm is taken.
    """

    low: Tensor
    high: Tensor

    def __init__(
        self,
        parameters: tuple[Parameter, ...],
        heads: int,
        width: int,
        depth: int,
        ti: Range,
        floor: float = 0.0,
    ) -> None:
        super().__init__()
        self.register_buffer("low", torch.tensor([p.low for p in parameters]), persistent=False)
        self.register_buffer("high", torch.tensor([p.high for p in parameters]), persistent=False)
        self.floor, self.ti = floor, ti
        sizes = [2 * len(parameters) + STATE_FEATURES, *[width] * depth]
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes):
            layers += [nn.Linear(before, after), nn.SiLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(width, heads))

    def features(self, parameters: Tensor, distance: Tensor, ct: Tensor, ti: Tensor) -> Tensor:
        """Return what the network sees, of every state at every distance.

        Parameters
        ----------
        parameters : (n_parameters,)
        distance : (n_distances,) [D]
        ct, ti : (n_states,) [-]
            Thrust coefficients and turbulence intensities, or mixing.

        Returns
        -------
        (n_states, n_distances, features)
        """
        of_parameters = torch.cat([self._scaled(parameters), self._logarithms(parameters)])
        root = torch.sqrt(1.0 - ct)
        of_states = torch.stack(
            [
                (ct - 0.6) / 0.3,
                ((1.0 - root).log() + 0.7) / 0.5,
                (root - 0.5) / 0.3,
                ((root + 0.02).log() + 0.8) / 0.6,
                ((ti + self.floor) / 0.1).log() / 0.6,
                (ti - 0.1) / 0.1,
            ],
            dim=-1,
        )
        of_distances = torch.log(distance / 8.0)[:, None]
        shape = (len(ct), len(distance), -1)
        return torch.cat(
            [
                of_parameters.expand(shape),
                of_states[:, None].expand(shape),
                of_distances.expand(shape),
            ],
            dim=-1,
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return the heads (..., heads) of `features` (..., features)."""
        heads: Tensor = self.layers(features)
        return heads

    def heads_of(self, parameters: FloatArray) -> Heads:
        """Return the heads of given parameters (n_parameters,) as a function of plain arrays."""

        def heads(distance: FloatArray, ct: FloatArray, ti: FloatArray) -> FloatArray:
            asked = (np.clip(distance, *LEARNED_D), np.clip(ct, *LEARNED_CT), np.clip(ti, *self.ti))
            inputs = (torch.from_numpy(a).float() for a in (parameters, *asked))
            with torch.no_grad():
                answer: FloatArray = self(self.features(*inputs)).double().numpy()
            return answer

        return heads

    def _scaled(self, parameters: Tensor) -> Tensor:
        return (2.0 * parameters - self.low - self.high) / (self.high - self.low)

    def _logarithms(self, parameters: Tensor) -> Tensor:
        """Return logarithms of the sizes of parameters: products of them are sums then."""
        middle = 0.5 * (self.low + self.high)
        share = (parameters / middle).abs() + SHIFTED
        return 2.0 * (share.log() - torch.full_like(share, 1.0 + SHIFTED).log())


class PowerLaw(Conditioned):
    """A network from parameters to the exponents of a power law of distance and state.

    Parameters
    ----------
    parameters : tuple of Parameter
    """

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        super().__init__(parameters, STATE_FEATURES, POWER_LAW_WIDTH, 1, LEARNED_AMBIENT)
        n = max(1, 2 * len(parameters))
        self.layers = nn.Sequential(
            nn.Linear(n, POWER_LAW_WIDTH), nn.SiLU(), nn.Linear(POWER_LAW_WIDTH, len(POWERS) + 1)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return ln T (..., 1) of `features` (..., features)."""
        of_parameters, of_states = features.tensor_split([-STATE_FEATURES], dim=-1)
        if not of_parameters.shape[-1]:
            of_parameters = torch.ones_like(of_states[..., :1])
        exponents = self.layers(of_parameters)
        states = of_states[..., POWERS]
        law: Tensor = exponents[..., :1] + (exponents[..., 1:] * states).sum(-1, keepdim=True)
        return law


class ConditionedKernel(nn.Module):
    """The networks of one velocity model and its turbulence model.

    Parameters
    ----------
    velocity_model, turbulence_model : str
        FLORIS's names.
    """

    def __init__(self, velocity_model: str, turbulence_model: str) -> None:
        super().__init__()
        self.velocity_model, self.turbulence_model = velocity_model, turbulence_model
        heads = 3 if velocity_model == "cc" else 2
        state = (
            LEARNED_MIXING if self.mixing else LEARNED_TI,
            TurbulenceAxis.of(self.mixing).floor,
        )
        self.velocity = Conditioned(VELOCITY[velocity_model], heads, WIDTH, DEPTH, *state)
        self.turbulence = None
        if turbulence_model != "none":
            self.turbulence = PowerLaw(TURBULENCE[turbulence_model])

    @property
    def mixing(self) -> bool:
        """Whether a source's state is its mixing instead of its turbulence."""
        return self.turbulence_model == "wake_induced_mixing"

    def wake_heads(self, parameters: FloatArray) -> Heads:
        """Return ln A, ln sigma[, ln n] of given parameters (n_parameters,), to be folded."""
        return self.velocity.heads_of(parameters)

    def turbulence_heads(self, parameters: FloatArray | None) -> Heads | None:
        """Return ln T of given parameters (n_parameters,); None where wakes add nothing."""
        if self.turbulence is None or parameters is None:
            return None
        return self.turbulence.heads_of(parameters)
