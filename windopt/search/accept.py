"""Threshold acceptance: a chain goes on from what is better, or hardly worse, than its best.

Accepting slightly worse layouts is what lets iterated local search leave a local optimum (Dueck and
Scheuer, J. Comput. Phys. 90, 161, 1990). Thresholds are told in the share of one turbine, the mean
power of the farm over its number of turbines: what a move changes is about that, however large the
farm.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ThresholdAcceptance:
    """When a layout replaces the one that a chain stands at.

    Attributes
    ----------
    threshold : float [share of one turbine's power]
        A chain also goes on from what is worse than its best by less than this.
    hopeless : float [share of one turbine's power]
        Loss by a perturbation that local search has hardly ever won back; after a relocation pass,
        of many small moves, it has.
    negligible : float [share of the farm's power]
        What gains less has gained nothing.
    """

    threshold: float = 0.025
    hopeless: float = 0.1
    negligible: float = 2e-6

    def accepts(self, score: float, best: float, n_turbines: int) -> bool:
        """Return whether a chain goes on from a layout of this mean power [W]."""
        return score > (1.0 - self.threshold / n_turbines) * best

    def is_hopeless(self, score: float, before: float, n_turbines: int) -> bool:
        """Return whether a perturbed layout is not worth a local search."""
        return score <= (1.0 - self.hopeless / n_turbines) * before

    def least_gain(self, score: float) -> float:
        """Return the mean power [W] from which on there is a gain over `score`."""
        return (1.0 + self.negligible) * score
