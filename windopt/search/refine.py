"""Refinement: sequential quadratic programming over turbine positions.

Ascents sample the rose, so that they end in a small noise about the optimum. Here the mean power
and its gradient are those of the same conditions at every step, the whole rose at the end, and the
constraints are exact: the distance of every turbine near a boundary to it, the spacing of every
pair of neighbours. Turbines may move by less than a diameter, so that the lists of neighbours hold.
The programs are solved by SLSQP (Kraft, DFVLR-FB 88-28, 1988, as scipy has it); what it returns is
repaired, and it is for the caller to keep it only where it is better.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from windopt.problem.layout import FloatArray
from windopt.problem.repair import repair
from windopt.search.clock import Clock, endless

if TYPE_CHECKING:
    from windopt.problem.objective import Objective, Sample

RANGE_D = 0.7
"""How far a turbine may move in each coordinate [D]."""
TOLERANCE = 1e-7
"""Of AEP, where the programs end."""


class _TimeUpError(Exception):
    """The program has used up its time."""


def refine(
    objective: "Objective",
    layout: FloatArray,
    conditions: "Sample",
    iterations: int,
    left_s: Clock = endless,
) -> FloatArray:
    """Refine a feasible layout (n_turbines, 2) [m] in given conditions.

    Returns
    -------
    (n_turbines, 2) [m]
        Feasible; on the whole rose it may be no better.
    """
    problem = objective.problem
    scale, n = problem.rotor_diameter, len(layout)
    unit = float(objective.rates(layout[None], conditions)[0]) * 1e-3

    def positions(z: FloatArray) -> FloatArray:
        return layout + scale * z.reshape(n, 2)

    def loss(z: FloatArray) -> tuple[float, FloatArray]:
        power, gradient = objective.rate_and_gradient(positions(z), conditions)
        return -power / unit, -gradient.ravel() * scale / unit

    rules = Rules(objective, layout)
    found = minimise(
        loss,
        np.full(2 * n, RANGE_D),
        lambda z: rules.slack(positions(z)),
        lambda z: rules.jacobian(positions(z)) * scale,
        iterations,
        TOLERANCE * 1e3,
        left_s,
    )
    return repair(problem, positions(found))


def minimise(
    loss: Callable[[FloatArray], tuple[float, FloatArray]],
    reach: FloatArray,
    slack: Callable[[FloatArray], FloatArray],
    jacobian: Callable[[FloatArray], FloatArray],
    iterations: int,
    tolerance: float,
    left_s: Clock,
) -> FloatArray:
    """Minimise a loss from 0 on by sequential quadratic programs, until time is over.

    Parameters
    ----------
    loss : callable
        Returns the loss and its gradient (k,).
    reach : (k,)
        How far each variable may go from 0.
    slack, jacobian : callable
        Constraints (m,), that are to stay above 0, and their derivatives (m, k).
    iterations : int
    tolerance : float
        Of the loss, where the programs end.
    left_s : Clock
        Looked at before every loss.

    Returns
    -------
    (k,)
        Where the last program has led; constraints may be broken by a little.
    """
    last = np.zeros(len(reach))

    def timed_loss(z: FloatArray) -> tuple[float, FloatArray]:
        if left_s() < 0:
            raise _TimeUpError
        return loss(z)

    def remember(z: FloatArray) -> None:
        last[:] = z

    program: Any = {
        "method": "SLSQP",
        "jac": True,
        "bounds": [(-far, far) for far in reach],
        "constraints": {"type": "ineq", "fun": slack, "jac": jacobian},
        "options": {"maxiter": iterations, "ftol": tolerance},
        "callback": remember,
    }
    with suppress(_TimeUpError):
        last[:] = minimize(timed_loss, np.zeros(len(reach)), **program).x
    return last


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
