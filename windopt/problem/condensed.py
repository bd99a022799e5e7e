"""The rose with few wind speeds that says as much about layouts as the whole.

A turbine's power at one wind speed can be interpolated from its powers at a few others, with the
same coefficients for every turbine, wake and direction: the columns of the matrix

    A = powers of many turbines in many wakes (rows) at all speeds of the rose (columns)

are nearly combinations A ≈ A_S T of a few of them, S (an interpolative decomposition; Cheng,
Gimbutas, Martinsson and Rokhlin, SIAM J. Sci. Comput. 26, 1389, 2005). So the mean power over the
speeds of a direction, A w, is A_S (T w): the rose at the speeds S, with the weights T w.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr
from scipy.spatial.distance import pdist

from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.objective import Objective
from windopt.problem.wind_resource import WindResource

EVERY = 5
"""Of the directions, one in so many is looked at."""
TIGHTENED = 0.7
"""A farm that is so much smaller, if the spacing allows, shows the deeper wakes."""
TOLERANCE = 1.5e-3
"""Rms error of a turbine's mean power, as a share of what wakes make of it."""


@dataclass(frozen=True, eq=False)
class FewSpeeds:
    """The few wind speeds of a rose.

    Attributes
    ----------
    wind : WindResource
    chosen : (k,) int
        Which they are.
    mix : (k, n_speeds)
        ``power[:, chosen] @ mix`` is about the power at all speeds.
    """

    wind: WindResource
    chosen: IntArray
    mix: FloatArray

    def condensed(self, weight: FloatArray) -> Conditions:
        """Return the rose of weights (n_directions, n_speeds) at the few speeds.

        A grid, for differences of layouts and not for their AEP; some weights may be negative.
        """
        return Conditions.grid(
            self.wind.wind_direction,
            self.wind.wind_speed[self.chosen],
            self.wind.turbulence_intensity[:, self.chosen],
            weight @ self.mix.T,
        )


def condensed_rose(objective: Objective, layout: FloatArray) -> Conditions:
    """Return an objective's rose at few speeds, by what wakes do in a layout (n_turbines, 2) [m].

    A grid, for differences of layouts and not for their AEP; some weights may be negative.
    """
    weight = objective.weights(objective.wind)
    return few_speeds(objective, layout, weight).condensed(weight)


def few_speeds(objective: Objective, layout: FloatArray, weight: FloatArray) -> FewSpeeds:
    """Choose the few wind speeds of an objective's rose.

    Parameters
    ----------
    objective : Objective
    layout : (n_turbines, 2) [m]
        By what wakes do in it.
    weight : (n_directions, n_speeds)
        Of the rose's classes.
    """
    wind, centre = objective.wind, layout.mean(axis=0)
    spacing = objective.problem.min_spacing_m
    closest = pdist(layout).min(initial=np.inf)
    scale = min(1.0, max(TIGHTENED, spacing / closest))
    layouts = np.stack([layout, centre + scale * (layout - centre)])
    power = _powers(objective, layouts, slice(None, None, EVERY))
    return FewSpeeds(wind, *choose_speeds(power, weight.mean(axis=0)))


def choose_speeds(
    power: FloatArray, mean: FloatArray, tolerance: float = TOLERANCE
) -> tuple[IntArray, FloatArray]:
    """Choose the few wind speeds from whose powers those at all speeds follow.

    Parameters
    ----------
    power : (rows, n_speeds) of turbines in many wakes [W]
    mean : (n_speeds,)
        How often each speed blows.
    tolerance : float
        Rms error of a turbine's mean power, as a share of what wakes make of it.

    Returns
    -------
    chosen : (k,)
    mix : (k, n_speeds)
        ``power[:, chosen] @ mix`` is about `power`.
    """
    whole = power @ mean
    _, _, order = qr(power * mean, mode="economic", pivoting=True)
    for count in range(1, len(order) + 1):
        chosen = np.sort(order[:count])
        mix, *_ = np.linalg.lstsq(power[:, chosen], power, rcond=None)
        error = power[:, chosen] @ (mix @ mean) - whole
        if np.sqrt(np.mean(error**2)) <= tolerance * whole.std():
            break
    return np.asarray(chosen, dtype=np.intp), np.asarray(mix, dtype=np.float64)


def _powers(objective: Objective, layouts: FloatArray, some: slice) -> FloatArray:
    """Return powers of all turbines in some directions (turbines x directions, n_speeds) [W]."""
    part = objective.wind.grid(objective.wind.probability).take(some)
    power = objective.model.turbine_power(objective.farm(layouts), part)
    matrix: FloatArray = np.moveaxis(power, 2, -1).reshape(-1, power.shape[2])
    return matrix
