"""Active learning without old data: a kernel that shipped learns farms that it was wrong about.

What it has learned from is not at hand, so it must not forget it. Two things hold it.

*Form.* Not the weights are fitted but a linear map of the branch's terms,

    branch'_k(s) = branch_k(s) + sum_l M_kl branch_l(s) + c_k,

and the constants before the low-rank products (`wake_kernel`). Whatever the fit, the wakes remain
combinations of the functions of distance and of source that the kernel has: as smooth as before,
also where the new farms say nothing. Afterwards the map is multiplied into the weights.

*Anchor.* The loss has a penalty on what changes in the wakes at fixed points all over the kernel's
range: the Huber loss of the differences in ln A, ln sigma, ln T (and ln n, shift). A small change
everywhere is dear, a large one where the farms demand it costs in proportion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.tables import BranchTable
from windopt.surrogate.training import BATCHES, errors_on, make_batches, training_flow
from windopt.surrogate.uncertainty import errors_of_farms
from windopt.surrogate.wake_kernel import WakeKernel

if TYPE_CHECKING:
    from xarray import Dataset

STEPS, LEARNING_RATE = 100, 1e-2
"""Of the fit: Adam's."""
ANCHOR, ANCHOR_DELTA = 200.0, 0.02
"""Weight of the penalty, and the change from which on it grows in proportion."""
POINTS = 1024
"""Where the anchor holds the wakes."""
DISTANCE_D, CT, TI, AMBIENT_TI = (1.0, 60.0), (0.1, 0.95), (0.03, 0.3), (0.03, 0.2)
"""The ranges they are drawn from: distance [D] and turbulence [-] evenly in their logarithms."""
MAPE = "turbine_power_mape_pct"


class Adapted(NamedTuple):
    """What a kernel has learned.

    Attributes
    ----------
    before_pct, after_pct : float
        Error of turbine power on the farms that it has learned, mean of magnitudes [%].
    """

    before_pct: float
    after_pct: float


def adapt(surrogate: Surrogate, lessons: Dataset, seed: int) -> Adapted:
    """Teach a surrogate, in place, farms that have come since, without its old data.

    Members of an ensemble are lost: they were those of the kernel that was. Its least error
    (`Surrogate.wake_error`) grows where it is larger on the new farms even now.

    Parameters
    ----------
    surrogate : Surrogate
    lessons : xarray.Dataset
        The new farms, all of them.
    seed : int
        Of the order of batches.
    """
    before = errors_on(surrogate, lessons)[MAPE]
    flow = training_flow(surrogate)
    kernel: WakeKernel = flow.kernel
    anchor = _Anchor.of(kernel)
    branches = {name: _Mapped(branch) for name, branch in _branches(kernel).items()}
    for name, mapped in branches.items():
        setattr(kernel, name, mapped)
    offset = kernel.offset.requires_grad_()
    fitted = [offset, *(p for one in branches.values() for p in (one.mix, one.shift))]
    batches = make_batches(flow, lessons, BATCHES)
    optimiser = torch.optim.Adam(fitted, lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=STEPS)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randint(len(batches), (STEPS,), generator=generator).tolist()
    for number in order:
        batch = batches[number]
        loss = batch.loss(flow.settle(batch.pairs, batch.free, batch.kind))
        loss = loss + ANCHOR * anchor.departure(kernel)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
    offset.requires_grad_(False)
    for name, mapped in branches.items():
        setattr(kernel, name, mapped.folded())
    surrogate.members, surrogate.doubt = [], 1.0
    on_lessons = errors_of_farms(surrogate, lessons, np.arange(lessons.sizes["farm"]))
    surrogate.wake_error = max(surrogate.wake_error, on_lessons.share_of_wake_loss)
    return Adapted(before, errors_on(surrogate, lessons)[MAPE])


def _branches(kernel: WakeKernel) -> dict[str, nn.Module]:
    """Return the parts of a kernel that make terms of a source's states, by name."""
    return {name: part for name, part in kernel.named_children() if name.endswith("branch")}


class _Mapped(nn.Module):
    """A branch with a linear map behind it."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch
        of_terms = list(branch.parameters())[-1]  # a last layer's bias, or a table
        terms = of_terms.shape[-1]
        self.mix = nn.Parameter(of_terms.new_zeros(terms, terms))
        self.shift = nn.Parameter(of_terms.new_zeros(terms))

    def forward(self, states: Tensor) -> Tensor:
        """Apply it."""
        terms: Tensor = self.branch(states)
        return terms + terms @ self.mix.T + self.shift

    def folded(self) -> nn.Module:
        """Return the branch with the map in its weights."""
        with torch.no_grad():
            if isinstance(self.branch, BranchTable):
                table = self.branch.table
                table.add_(table @ self.mix.T + self.shift)
                return self.branch
            last = list(self.branch.modules())[-1]
            assert isinstance(last, nn.Linear)
            last.weight.add_(self.mix @ last.weight)
            last.bias.add_(self.mix @ last.bias + self.shift)
        return self.branch


@dataclass(frozen=True)
class _Anchor:
    """Points at which wakes are held to what they were, and what they were, (heads, n_points)."""

    distance: Tensor
    states: tuple[Tensor, ...]
    wakes: Tensor

    @classmethod
    def of(cls, kernel: WakeKernel) -> _Anchor:
        rng = np.random.default_rng(0)

        def drawn(low: float, high: float, logarithmic: bool = True) -> Tensor:
            if logarithmic:
                values = np.exp(rng.uniform(np.log(low), np.log(high), POINTS))
            else:
                values = rng.uniform(low, high, POINTS)
            return torch.as_tensor(values).to(kernel.knots)

        distance, ct = drawn(*DISTANCE_D), drawn(*CT, logarithmic=False)
        states = ct, drawn(*TI), drawn(*AMBIENT_TI)
        with torch.no_grad():
            wakes = _wakes(kernel, distance, states)
        return cls(distance, states, wakes)

    def departure(self, kernel: WakeKernel) -> Tensor:
        """Return how far the wakes have come from what they were, mean over points and heads."""
        now = _wakes(kernel, self.distance, self.states)
        return nn.functional.huber_loss(now, self.wakes, delta=ANCHOR_DELTA)


def _wakes(kernel: WakeKernel, distance: Tensor, states: tuple[Tensor, ...]) -> Tensor:
    terms = kernel.source_terms(*states)
    wake = kernel.wake(kernel.pair_basis(distance), terms)
    return torch.stack([head for head in vars(wake).values() if head is not None])
