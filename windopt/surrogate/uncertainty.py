"""What a surrogate does not know: a few kernels that its data allow as well.

Each member is the trained kernel after a short further training on farms drawn anew, with
replacement, from its own (a bootstrap). Their spread says where the data leave the answer open, but
not what the kernel's form cannot express, nor what all members share, such as the bias of a
training that was cut short. So it is scaled by how much larger the errors on held-out farms are
than the spread there (Lakshminarayanan et al. 2017 for ensembles; the scale as in temperature
calibration, Guo et al. 2017), and no band claims less than those errors themselves, as a share of
the wake losses that change.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from scipy.special import stdtrit
from torch import Tensor

from windopt.problem.layout import FloatArray, IntArray
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import Batch, fit, make_batches, training_flow
from windopt.surrogate.wake_flow import WakeFlow

if TYPE_CHECKING:
    from xarray import Dataset

STEPS, LEARNING_RATE, TEACHER_SHARE = 60, 3e-3, 0.5
"""Of a member's own training, which is brief."""
FEWEST = 10
"""Steps at least."""
ONE_SIGMA = 0.841345
"""Probability of less than one standard error above."""


def doubt_surrogate(
    surrogate: Surrogate, dataset: Dataset, members: int, seed: int, share: float = 1.0
) -> None:
    """Give a surrogate, in place, its members, the scale of their spread, and its least error.

    Parameters
    ----------
    surrogate, dataset
    members : int
        How many.
    seed : int
    share : float
        Of the steps of a member's training: those of a surrogate that had less are less as well.
    """
    steps = max(FEWEST, round(share * STEPS))
    farms = np.flatnonzero(~dataset["held_out"].to_numpy())
    surrogate.members = []
    for number in range(members):
        rng = np.random.default_rng((seed, number))
        other = deepcopy(surrogate)
        drawn = dataset.isel(farm=rng.choice(farms, len(farms)))
        fit(other, drawn, steps, LEARNING_RATE, seed + number, teacher_share=TEACHER_SHARE)
        weights = other.flow.kernel.state_dict()
        surrogate.members.append({name: w.detach().clone() for name, w in weights.items()})
    unseen = np.flatnonzero(dataset["held_out"].to_numpy())
    held_out = errors_of_farms(surrogate, dataset, unseen)
    surrogate.wake_error = held_out.share_of_wake_loss
    if members:
        others = [errors_of_farms(one, dataset, unseen).error for one in surrogate.others()]
        spread = np.array(others) - held_out.error
        surrogate.doubt = held_out.size / float(np.sqrt((spread**2).mean()))


class HeldOut(NamedTuple):
    """What a surrogate gets wrong on some farms, (n_farms,) each.

    Attributes
    ----------
    error : FloatArray
        [share of energy] Over all conditions of a farm.
    open : FloatArray
        [share of energy] Standard error of that: a farm has few conditions, and their errors may
        cancel by chance.
    wake_loss : FloatArray
        [share of energy].
    """

    error: FloatArray
    open: FloatArray
    wake_loss: FloatArray

    @property
    def size(self) -> float:
        """A standard error of energy [share]: as large as was measured, larger for few farms."""
        return student(len(self.error)) * float(np.sqrt((self.error**2 + self.open**2).mean()))

    @property
    def share_of_wake_loss(self) -> float:
        """The same as a share of the wake loss; 0 where there are no wakes."""
        lost = float(np.sqrt((self.wake_loss**2).mean()))
        return self.size / lost if lost > 0 else 0.0


def student(n: int) -> float:
    """Return the factor on an rms of `n` errors whose multiple holds 68.3 % of further ones.

    1.84 for a single one, 1.09 for six, 1 for many: the quantile of Student's t.
    """
    return float(stdtrit(n, ONE_SIGMA))


def errors_of_farms(surrogate: Surrogate, dataset: Dataset, farms: IntArray) -> HeldOut:
    """Measure the errors on some farms of a dataset, given by their places in it."""
    flow = training_flow(surrogate)
    rows = [_errors_of_farm(flow, dataset.isel(farm=[farm])) for farm in farms]
    return HeldOut(*np.array(rows).T)


def _errors_of_farm(flow: WakeFlow, farm: Dataset) -> tuple[float, float, float]:
    """Give error, its standard error and wake loss of one farm [shares of its energy]."""
    (batch,) = make_batches(flow, farm, 1)
    settled = flow.settle(batch.pairs, batch.free, batch.kind).u
    alone = flow.unwaked(batch.free, batch.kind).u
    predicted, true, free = (
        farm_power(flow, batch, u, farm.sizes["turbine"]) for u in (settled, batch.truth.u, alone)
    )
    energy, wrong = true.sum(), predicted - true
    spread = float(np.std(wrong, ddof=1)) if len(wrong) > 1 else 0.0
    return (
        float(wrong.sum() / energy),
        spread * float(np.sqrt(len(wrong))) / float(energy),
        float(free.sum() / energy - 1.0),
    )


def farm_power(flow: WakeFlow, batch: Batch, u: Tensor, turbines: int) -> FloatArray:
    """Return the power in each of its conditions, from the wind at its nodes (n_conditions,)."""
    power = torch.where(batch.real, flow.fleet.power(u, batch.kind).double(), 0.0)
    by_condition = batch.pairs.original(power).view(-1, turbines)
    return np.asarray(by_condition.sum(1).numpy(force=True), dtype=np.float64)
