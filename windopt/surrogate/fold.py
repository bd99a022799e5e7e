"""Folding: a wake that is known at single points becomes an ordinary kernel.

Whoever knows the heads of a wake, such as the networks of a conditioned kernel for fixed
parameters, is asked for them on a grid of distances and states. Of the values H (distances, states)
of a head, each distance weighed by w_x and each state by w_s, the leading eigenvectors u_k of the
Gram matrix (w_x H w_s) (w_x H w_s)' span the subspace that comes nearest (Eckart and Young 1936).
The trunk's table is u_k / w_x, the branch's table the coefficients H' w_x u_k. Nothing is trained.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
from scipy.interpolate import CubicSpline

from windopt.problem.layout import FloatArray
from windopt.surrogate.wake_kernel import (
    FARTHEST_D,
    N_KNOTS,
    NEAREST_D,
    BranchTable,
    KernelShape,
    TrunkTable,
    WakeKernel,
)

Heads: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""Distances (k,) [D], thrust coefficients (s,) and turbulence (s,) to heads (s, k, heads)."""
COARSE_KNOTS = 144
"""Distances that are asked for; cubic splines in between."""
FELT_D, FELT_CT, FELT_TI = (1.8, 60.0), (0.25, 0.96), (0.0, 0.6)
"""Distances and states that farms have most; the others weigh less."""
ELSEWHERE = 0.15
"""Weight there."""
EXPONENT = 3
"""Place of ln n among the heads of a kernel, before it among those asked for."""


def fold(wake: Heads, turbulence: Heads | None, shape: KernelShape, mixing: bool) -> WakeKernel:
    """Return the ordinary kernel of a wake.

    Parameters
    ----------
    wake : callable
        Gives ln A, ln sigma[, ln n]; turbulence is the source's own, or its mixing.
    turbulence : callable, optional
        Gives ln T; turbulence is the ambient one. None where wakes add nothing.
    shape : KernelShape
        Its ranks say how many terms each head has.
    mixing : bool
        The source's state is its mixing.
    """
    kernel = WakeKernel(shape)
    branch, ambient_branch = BranchTable.empty(mixing), BranchTable.empty(False)
    distance = np.geomspace(NEAREST_D, FARTHEST_D, COARSE_KNOTS)
    heads = wake(distance, *branch.states())
    parts = [_low_rank(heads[..., 0], distance, *branch.states(), shape.ranks[0])]
    parts += [_low_rank(heads[..., 1], distance, *branch.states(), shape.ranks[1])]
    ...
    return kernel


def _low_rank(
    head: FloatArray, distance: FloatArray, ct: FloatArray, ti: FloatArray, rank: int
) -> tuple[FloatArray, FloatArray]:
    """Return the best terms of a head (s, k): trunk's (512, rank) and branch's (s, rank)."""
    of_distance = np.where((distance >= FELT_D[0]) & (distance <= FELT_D[1]), 1.0, ELSEWHERE)
    felt = (ct >= FELT_CT[0]) & (ct <= FELT_CT[1]) & (ti <= FELT_TI[1])
    of_state = np.where(felt, 1.0, ELSEWHERE)
    weighed = head * of_distance
    gram = (weighed * of_state[:, None] ** 2).T @ weighed
    vectors = np.linalg.eigh(gram)[1][:, ::-1][:, :rank]
    terms = CubicSpline(np.log(distance), vectors / of_distance[:, None])
    knots = np.linspace(np.log(NEAREST_D), np.log(FARTHEST_D), N_KNOTS)
    return terms(knots), weighed @ vectors * np.sqrt(rank)
