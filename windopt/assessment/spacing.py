"""How close the turbines of a layout stand: a gain may be bought with spacing.

Distances are told in diameters of the largest rotor. Fixed turbines are neighbours like others.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem

CLOSE_D = (3.0, 4.0)
"""Within which distances turbines are counted [rotor diameters]."""
ROUNDING_D = 1e-6
"""A distance that is rounded counts as the one that was meant [rotor diameters]."""


@dataclass(frozen=True, eq=False)
class Closeness:
    """How close the turbines of a layout stand.

    Attributes
    ----------
    nearest_d : (n_turbines,) [rotor diameters]
        Distance of each from its nearest neighbour.
    """

    nearest_d: FloatArray

    @property
    def least_d(self) -> float:
        """Least distance of two turbines [rotor diameters]."""
        return float(self.nearest_d.min())

    def within(self, distance_d: float) -> int:
        """Return how many turbines have a neighbour nearer than a distance [rotor diameters]."""
        return int(np.count_nonzero(self.nearest_d < distance_d - ROUNDING_D))


def closeness(problem: LayoutProblem, layout: FloatArray) -> Closeness | None:
    """Return how close the turbines of a layout (n, 2) [m] stand; None of a single one."""
    farm = problem.joined(layout)
    if len(farm) < 2:
        return None
    apart, _ = cKDTree(farm).query(layout, k=2)
    return Closeness(np.asarray(apart)[:, 1] / problem.rotor_diameter)
