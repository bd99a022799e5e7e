"""Swirl in a farm: the formulas of `swirl` at its turbines and between them, as tensors."""

from dataclasses import dataclass

import torch
from torch import Tensor

from windopt.problem.layout import FloatArray
from windopt.surrogate.curves import Fleet
from windopt.surrogate.swirl import SwirlNumbers, axis, bending, mixed_turbulence, over_rotors
from windopt.surrogate.wake_pairs import WakePairs

ROWS = 7
"""Of what `FarmSwirl.sources` gives: how wakes bend, ad and the swirl."""


@dataclass(frozen=True, eq=False)
class FarmSwirl:
    """Swirl of the turbines of a farm; `kind` is the type of each, None where there is but one.

    Attributes
    ----------
    numbers : SwirlNumbers
    fleet : Fleet
    columns : tuple of float
        As of `FarmPhysics.rotor_columns`.
    """

    numbers: SwirlNumbers
    fleet: Fleet
    columns: tuple[float, ...]

    def sources(
        self, ct: Tensor, met: Tensor, lateral: Tensor, spin: Tensor, kind: Tensor | None
    ) -> Tensor:
        """Return what the swirl of sources depends on but for distance: (7, n).

        Parameters
        ----------
        ct, met, lateral, spin : (n,)
            Thrust coefficient, turbulence that the rotor meets, v, and s.
        """
        steering = self._of_type(self.numbers.steering, kind, ct)
        start = self._of_type(self.numbers.start, kind, ct).expand_as(ct)
        bent = bending(self.numbers, ct, met, lateral, steering)
        return torch.cat([bent, start[None], spin[None]])

    def spin(self, u: Tensor, driving: Tensor, ws: Tensor, kind: Tensor | None) -> Tensor:
        """Return s of rotors in the wind `u`, where that in `driving` says their thrust: (n,)."""
        ct = self.fleet.thrust_coefficient(driving, kind)
        return self._of_type(self.numbers.spin, kind, u) * ct * u / ws

    def mixed(
        self, met: Tensor, swirl: Tensor, spin: Tensor, u_share: Tensor, kind: Tensor | None
    ) -> Tensor:
        """Return I' where the swirl of others is v and w (2, n), and u / U is `u_share`: (n,)."""
        own = self.numbers.own_v, self.numbers.own_w
        v, w = (
            from_others + spin * self._of_type(of_own, kind, met)
            for from_others, of_own in zip(swirl, own, strict=True)
        )
        return mixed_turbulence(met, v, w, u_share, self.numbers.gain)

    def acting(
        self, pairs: WakePairs, sources: Tensor, kind: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return where the axes of wakes have turned, and v and w at their receivers.

        Parameters
        ----------
        sources : (7, n_pairs)

        Returns
        -------
        (n_pairs,) [D], (2, n_pairs)
        """
        source, receiver = pairs.source, pairs.receiver
        kinds = torch.zeros_like(source).expand(2, -1)
        if kind is not None:
            kinds = torch.stack([kind[source], kind[receiver]])
        of_source, of_receiver = (None if kind is None else one for one in kinds)
        diameter = self.fleet.diameter(of_source)
        distance, ratio = pairs.dx / diameter, self.fleet.diameter(of_receiver) / diameter
        offsets = pairs.dy.new_tensor(self.columns)[:, None]
        above, image, damping = (
            torch.as_tensor(values).to(pairs.dy)[kinds[0], kinds[1]].T
            for values in (self.numbers.above, self.numbers.image, self.numbers.damping)
        )
        weight = torch.as_tensor(self.numbers.weight).to(pairs.dy)
        across = pairs.dy / diameter + offsets * ratio
        aside = axis(distance, sources[:5]) + sources[5] + self.numbers.bd * distance
        return aside, sources[6] * over_rotors(distance, across, above, image, damping, weight)

    @staticmethod
    def _of_type(values: FloatArray, kind: Tensor | None, like: Tensor) -> Tensor:
        """Return values of the types at turbines."""
        tensor = torch.as_tensor(values).to(like)
        return tensor[0] if kind is None else tensor[kind]
