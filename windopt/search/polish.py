"""The last metres: sequential quadratic programming on the full rose.

The climbs sample the rose, so that they end in a small noise about the optimum. Here AEP and its
gradient are those of the whole rose, and the constraints are exact: the distance of every turbine
near a boundary to it, the spacing of every pair of neighbours. Turbines may move by less than a
diameter, so that the lists of neighbours hold. scipy's SLSQP solves it; what it returns is repaired
and kept only where it is better.
"""

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from windopt.problem.layout import FloatArray
from windopt.problem.repair import repair

if TYPE_CHECKING:
    from windopt.problem.objective import Conditions, Objective

MOST_TURBINES = 120
"""Beyond, the quadratic programs themselves (time in n^3) cost more than the wakes."""
RANGE_D = 0.7
TOLERANCE = 1e-7
"""Of AEP, where the programs end."""


class _TimeUpError(Exception):
    """The polish has used up its time."""


def polish(
    objective: "Objective",
    layout: FloatArray,
    conditions: "Conditions",
    iterations: int,
    seconds: float = float("inf"),
) -> FloatArray:
    """Polish a feasible layout (n_turbines, 2) [m] in given conditions.

    Returns
    -------
    (n_turbines, 2) [m]
        Feasible; on the whole rose it may be no better.
    """
    began = time.perf_counter()
    problem = objective.problem
    scale, n = problem.rotor_diameter, len(layout)
    unit = float(objective.mean_power(layout[None], conditions)[0]) * 1e-3

    def positions(z: FloatArray) -> FloatArray:
        return layout + scale * z.reshape(n, 2)

    def loss(z: FloatArray) -> tuple[float, FloatArray]:
        if time.perf_counter() - began > seconds:
            raise _TimeUpError
        power, gradient = objective.power_and_gradient(positions(z), conditions)
        return -power / unit, -gradient.ravel() * scale / unit

    rules = Rules(objective, layout)
    last = np.zeros(2 * n)

    def remember(z: FloatArray) -> None:
        last[:] = z

    program: Any = {
        "method": "SLSQP",
        "jac": True,
        "bounds": [(-RANGE_D, RANGE_D)] * (2 * n),
        "constraints": {
            "type": "ineq",
            "fun": lambda z: rules.slack(positions(z)),
            "jac": lambda z: rules.jacobian(positions(z)) * scale,
        },
        "options": {"maxiter": iterations, "ftol": TOLERANCE * 1e3},
        "callback": remember,
    }
    with suppress(_TimeUpError):
        last[:] = minimize(loss, np.zeros(2 * n), **program).x
    return repair(problem, positions(last))


class Rules:
    """The constraints that can be felt within reach of a layout, one below the other.

    Parameters
    ----------
    objective : "Objective"
    layout : (n_turbines, 2) [m]
    range_d : float [D]
        How far a turbine may move in each coordinate.
    """

    def __init__(
        self, objective: "Objective", layout: FloatArray, range_d: float = RANGE_D
    ) -> None:
        problem = objective.problem
        step = range_d * np.sqrt(2.0) * problem.rotor_diameter
        self.felt = [constraint.within_reach(layout, step) for constraint in problem.constraints]

    def slack(self, layout: FloatArray) -> FloatArray:
        """Return what is to spare, each in its constraint's unit (n_constraints,)."""
        return np.concatenate([constraint.slack(layout) for constraint in self.felt])

    def jacobian(self, layout: FloatArray) -> FloatArray:
        """Return the derivatives of the slack by the coordinates (n_constraints, 2 n) [1/m]."""
        rows = np.concatenate([constraint.jacobian(layout) for constraint in self.felt])
        return rows.reshape(len(rows), 2 * len(layout))
