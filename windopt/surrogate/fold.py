"""Folding: a wake that is known at single points becomes an ordinary kernel.

Whoever knows the heads of a wake, such as the networks of a conditioned kernel for fixed
parameters, is asked for them on a grid of distances and states. Of the values H (states, distances)
of a head, each distance weighed by w_x and each state by w_s, the leading eigenvectors u_k of the
Gram matrix (w_s H w_x)' (w_s H w_x) span the subspace that comes nearest (Eckart and Young 1936).
The trunk's table is u_k / w_x, the branch's table the coefficients H w_x u_k. Nothing is trained.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
from scipy.interpolate import CubicSpline

from windopt.problem.layout import FloatArray
from windopt.surrogate.formula import NO_TURBULENCE
from windopt.surrogate.tables import CT_KNOTS, TI_KNOTS, BranchTable, TrunkTable
from windopt.surrogate.wake_kernel import (
    FARTHEST_D,
    N_KNOTS,
    NEAREST_D,
    KernelShape,
    WakeKernel,
)

Heads: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""Distances (k,) [D], thrust coefficients (s,) and turbulence (s,) to heads (s, k, heads)."""
COARSE_KNOTS = 96
"""Distances that are asked for; cubic splines in between."""
FELT_D, FELT_CT, MOST_TI = (1.8, 60.0), (0.25, 0.98), 0.6
"""Distances and states that farms have; the others weigh less."""
ELSEWHERE = 0.15
"""Weight there."""


def fold(wake: Heads, turbulence: Heads | None, shape: KernelShape) -> WakeKernel:
    """Return the ordinary kernel of a wake.

    Parameters
    ----------
    wake : callable
        Gives ln A, ln sigma[, ln n]; turbulence is the source's own, or its mixing.
    turbulence : callable, optional
        Gives ln T; turbulence is the ambient one. None where wakes add nothing.
    shape : KernelShape
        Tabulated; its ranks say how many terms each head has.
    """
    kernel = WakeKernel(shape)
    trunk, branch, ambient_branch = kernel.trunk, kernel.branch, kernel.turbulence_branch
    assert isinstance(trunk, TrunkTable)
    assert isinstance(branch, BranchTable)
    assert isinstance(ambient_branch, BranchTable)
    of_amplitude, of_width, of_turbulence, *of_others = shape.ranks
    heads = _asked(wake, branch)
    parts = [
        _low_rank(heads[..., head], branch, rank)
        for head, rank in enumerate([of_amplitude, of_width, *of_others])
    ]
    added = np.full((CT_KNOTS * TI_KNOTS, COARSE_KNOTS), NO_TURBULENCE)
    if turbulence is not None:
        added = _asked(turbulence, ambient_branch)[..., 0]
    loud = _low_rank(added, ambient_branch, of_turbulence)
    terms = np.hstack([terms for terms, _ in [*parts[:2], loud, *parts[2:]]])
    with torch.no_grad():
        trunk.table.copy_(torch.from_numpy(terms))
        for table, coefficients in (
            (branch.table, np.hstack([c for _, c in parts])),
            (ambient_branch.table, loud[1]),
        ):
            table.copy_(torch.from_numpy(coefficients.reshape(CT_KNOTS, TI_KNOTS, -1)))
    return kernel


def _asked(heads: Heads, branch: BranchTable) -> FloatArray:
    """Return the heads at the coarse distances and all knots of a branch (states, k, heads)."""
    return heads(np.geomspace(NEAREST_D, FARTHEST_D, COARSE_KNOTS), *branch.states())


def _low_rank(head: FloatArray, branch: BranchTable, rank: int) -> tuple[FloatArray, FloatArray]:
    """Return the best terms of a head (states, k): the trunk's (512, rank), the branch's."""
    distance, (ct, ti) = np.geomspace(NEAREST_D, FARTHEST_D, COARSE_KNOTS), branch.states()
    near = (distance >= FELT_D[0]) & (distance <= FELT_D[1])
    of_distance = np.where(near, 1.0, ELSEWHERE)
    felt = (ct >= FELT_CT[0]) & (ct <= FELT_CT[1]) & (ti <= MOST_TI)
    weighed = head * of_distance
    chosen = weighed * np.where(felt, 1.0, ELSEWHERE)[:, None]
    vectors = np.linalg.eigh(chosen.T @ chosen)[1][:, ::-1][:, :rank]
    terms = CubicSpline(np.log(distance), vectors / of_distance[:, None])
    knots = np.linspace(np.log(NEAREST_D), np.log(FARTHEST_D), N_KNOTS)
    return terms(knots), weighed @ vectors * np.sqrt(rank)
