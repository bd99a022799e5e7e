"""A problem's constraints as smooth functions, for the programs that refine a layout.

Each constraint says what is to spare and its exact derivatives. Which turbines, edges and pairs are
near is found once: it holds as long as no turbine moves further than it was told.
"""

import numpy as np

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem


class NearbyConstraints:
    """The constraints that can be felt within reach of a layout, one below the other.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n_turbines, 2) [m]
    range_d : float [D]
        How far a turbine may move in each coordinate.
    """

    def __init__(self, problem: LayoutProblem, layout: FloatArray, range_d: float) -> None:
        step = range_d * np.sqrt(2.0) * problem.rotor_diameter
        self.felt = [constraint.within_reach(layout, step) for constraint in problem.constraints]

    def slack(self, layout: FloatArray) -> FloatArray:
        """Return what is to spare, each in its constraint's unit (n_constraints,)."""
        return np.concatenate([constraint.slack(layout) for constraint in self.felt])

    def jacobian(self, layout: FloatArray) -> FloatArray:
        """Return the derivatives of the slack by the coordinates (n_constraints, 2 n) [1/m]."""
        rows = np.concatenate([constraint.jacobian(layout) for constraint in self.felt])
        return rows.reshape(len(rows), 2 * len(layout))
