"""What a surrogate does not know: a few kernels that its data allow as well.

Each member is the trained kernel after a short further training on farms drawn anew, with
replacement, from its own (a bootstrap). Their spread says where the data leave the answer open, but
not what the kernel's form cannot express; so it is scaled by how much larger the errors on held-out
farms are than the spread there (Lakshminarayanan et al. 2017 for ensembles; the scale as in
temperature calibration, Guo et al. 2017).
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np

from windopt.problem import FloatArray
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import fit, held_out_errors

if TYPE_CHECKING:
    from xarray import Dataset

STEPS, LEARNING_RATE, TEACHER_SHARE = 60, 3e-3, 0.5
"""Of a member's own training, which is brief."""
FEWEST = 10
"""Steps at least."""


def doubt_surrogate(
    surrogate: Surrogate, dataset: Dataset, members: int, seed: int, share: float = 1.0
) -> None:
    """Give a surrogate, in place, its members and the scale of their spread.

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
    if members:
        own = _held_out_errors(surrogate, dataset)
        spread = np.array([_held_out_errors(one, dataset) - own for one in surrogate.others()])
        surrogate.doubt = float(np.sqrt((own**2).mean() / (spread**2).mean()))


def _held_out_errors(surrogate: Surrogate, dataset: Dataset) -> FloatArray:
    """Give the errors of energy of the farms kept out of training: (n_farms,) [%]."""
    farms = np.flatnonzero(dataset["held_out"].to_numpy())
    errors = [held_out_errors(surrogate, dataset.isel(farm=[farm])) for farm in farms]
    return np.array([error["farm_power_bias_pct"] for error in errors])
