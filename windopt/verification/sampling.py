"""A sample of the rose on which FLORIS corrects the surrogate.

The surrogate tells a layout's power in every condition of the rose, FLORIS in a few drawn ones.
With the probabilities w_i, the surrogate's powers S_i, FLORIS's F_i and the shares q_i with which
conditions are drawn (sum q_i = 1),

    AEP = hours · [ sum_i w_i S_i + mean over the draws k of w_k (F_k - S_k) / q_k ].

That is unbiased whatever the surrogate says (a difference estimator with the surrogate as control
variate: Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992, 6.3; draws in
proportion to size: Hansen and Hurwitz, Ann. Math. Stat. 14, 333, 1943). Draws are systematic along
direction and speed: a rank-1 lattice of golden ratio, moved as a whole by a random shift (Cranley
and Patterson, SIAM J. Numer. Anal. 13, 904, 1976). Its standard error is told as of independent
draws, s / sqrt(n): one to three times what it is, since the lattice leaves no gaps
(`python results/verification/make.py`).
"""

from dataclasses import dataclass

import numpy as np

from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray, IntArray

GOLDEN = (5**0.5 - 1) / 2
BY_POWER, BY_FREE_POWER = 0.94, 0.05
"""Shares of the draws by predicted power and by power without wakes; the rest by probability."""


@dataclass(frozen=True, eq=False)
class RoseSample:
    """Conditions drawn from a rose.

    Attributes
    ----------
    share : (n_conditions,)
        With which each condition is drawn; they sum to 1.
    weight : (n_conditions,)
        Probability of the conditions.
    drawn : (n_draws,) int
        Which conditions; one may be drawn more than once.
    """

    share: FloatArray
    weight: FloatArray
    drawn: IntArray

    @property
    def asked(self) -> IntArray:
        """The conditions that FLORIS is asked about, each once and in order (n_asked,)."""
        return np.unique(self.drawn)

    def corrections(self, difference: FloatArray) -> FloatArray:
        """Return what each draw makes of a difference that is averaged over the rose.

        Parameters
        ----------
        difference : (n_asked, ...)
            FLORIS less the surrogate, in the conditions `asked`.

        Returns
        -------
        (n_draws, ...)
            Their mean estimates the mean of the difference over the rose.
        """
        rows = np.searchsorted(self.asked, self.drawn)
        expansion = self.weight[self.drawn] / self.share[self.drawn]
        shape = (-1, *[1] * (difference.ndim - 1))
        return np.asarray(expansion.reshape(shape) * difference[rows])


def shares_by_power(
    weight: FloatArray, predicted: FloatArray, free_power: FloatArray
) -> FloatArray:
    """Return the shares with which conditions are drawn: by the power that is at stake in them.

    None is ever 0: the surrogate may be wrong anywhere.

    Parameters
    ----------
    weight, predicted, free_power : (n_conditions,)
        Probability; the farm's power by the surrogate and without wakes [W].
    """
    share = np.zeros_like(weight)
    for part, of in (
        (BY_POWER, predicted),
        (BY_FREE_POWER, free_power),
        (1.0, np.ones_like(weight)),
    ):
        size = weight * np.where(np.isfinite(of), np.abs(of), 0.0)
        if size.any():
            share += (part if part < 1.0 else 1.0 - share.sum()) * size / size.sum()
    return np.asarray(share / share.sum())


def draw_lattice(
    conditions: Conditions, share: FloatArray, n: int, rng: np.random.Generator
) -> IntArray:
    """Draw `n` conditions systematically along direction and speed (n,) int.

    The k-th point of the lattice has the direction at ``(k + r) / n`` of the shares summed over
    directions, and the speed at ``k φ + s`` (modulo 1) of those of that direction.

    Parameters
    ----------
    conditions : Conditions
        Direction by direction, each by increasing speed.
    share : (n_conditions,)
    """
    first = np.flatnonzero(np.diff(conditions.wd, prepend=np.nan) != 0)
    last = np.append(first[1:], len(share)) - 1
    ladder = np.append(0.0, np.cumsum(share))
    at, up = (np.arange(n) + rng.random()) / n, (np.arange(n) * GOLDEN + rng.random()) % 1.0
    sector = np.searchsorted(ladder[last + 1], at * ladder[-1], side="right")
    sector = sector.clip(max=len(first) - 1)
    low, high = ladder[first[sector]], ladder[last[sector] + 1]
    rung = np.searchsorted(ladder, low + up * (high - low), side="right") - 1
    return np.asarray(rung.clip(first[sector], last[sector]), dtype=np.intp)
