"""The rose with few wind speeds that says as much about layouts as the whole.

A turbine's power at one wind speed can be interpolated from its powers at a few others, with the
same coefficients for every turbine, wake and direction: the columns of the matrix

    A = powers of many turbines in many wakes (rows) at all speeds of the rose (columns)

are nearly combinations A ≈ A_S T of a few of them, S (an interpolative decomposition; Cheng,
Gimbutas, Martinsson and Rokhlin, SIAM J. Sci. Comput. 26, 1389, 2005). So the mean power over the
speeds of a direction, A w, is A_S (T w): the rose at the speeds S, with the weights T w.
"""

from typing import NamedTuple

import numpy as np
import torch
from scipy.linalg import qr
from scipy.spatial.distance import pdist
from torch import Tensor

from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.objective import Conditions
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource
from windopt.surrogate.surrogate import Surrogate

EVERY = 5
"""Of the directions, one in so many is looked at."""
TIGHTENED = 0.7
"""A farm that is so much smaller, if the spacing allows, shows the deeper wakes."""
TOLERANCE = 1e-3
"""Rms error of a turbine's mean power, as a share of what wakes make of it."""


class CondensedRose(NamedTuple):
    """A rose at few wind speeds; for differences of layouts, not for their AEP.

    Attributes
    ----------
    wd : (n_directions,) [deg]
    ws : (n_speeds,) [m/s]
    ti, weight : (n_directions, n_speeds)
        Turbulence intensity; weights, some of which may be negative.
    """

    wd: FloatArray
    ws: FloatArray
    ti: FloatArray
    weight: FloatArray

    @classmethod
    def of(
        cls, problem: LayoutProblem, surrogate: Surrogate, layout: FloatArray
    ) -> "CondensedRose":
        """Condense a problem's fine rose, by what wakes do in a layout (n_turbines, 2) [m]."""
        wind, centre = problem.paid_wind, layout.mean(axis=0)
        closest = pdist(layout).min(initial=np.inf)
        scale = min(1.0, max(TIGHTENED, problem.min_spacing_m / closest))
        layouts = np.stack([layout, centre + scale * (layout - centre)])
        some = slice(None, None, EVERY)
        power = _powers(problem, surrogate, layouts, some)
        chosen, mix = choose_speeds(power, wind.probability.mean(axis=0))
        return cls(
            wind.wind_direction,
            wind.wind_speed[chosen],
            wind.turbulence_intensity[:, chosen],
            wind.probability @ mix.T,
        )

    @classmethod
    def whole(cls, wind: WindResource) -> "CondensedRose":
        """Take a rose as it is."""
        return cls(
            wind.wind_direction, wind.wind_speed, wind.turbulence_intensity, wind.probability
        )

    @property
    def conditions(self) -> Conditions:
        """The rose as a surrogate takes it."""
        ws = np.broadcast_to(self.ws, self.ti.shape).copy()
        weight = torch.as_tensor(self.weight, dtype=torch.float64)
        return _tensor(self.wd), _tensor(ws), _tensor(self.ti), weight


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


def _tensor(values: FloatArray) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32)


def _powers(
    problem: LayoutProblem, surrogate: Surrogate, layouts: FloatArray, some: slice
) -> FloatArray:
    """Return powers of all turbines in some directions (turbines x directions, n_speeds) [W]."""
    wind = problem.paid_wind
    wd, ws = np.meshgrid(wind.wind_direction[some], wind.wind_speed, indexing="ij")
    ti = wind.turbulence_intensity[some]
    farms = np.stack([problem.joined(layout) for layout in layouts])
    with torch.no_grad():
        power = surrogate.power(farms, wd.ravel(), ws.ravel(), ti.ravel(), problem.all_types)
    rows = power.double().cpu().numpy().reshape(len(farms), *wd.shape, -1)
    matrix: FloatArray = np.moveaxis(rows, 2, -1).reshape(-1, wd.shape[1])
    return matrix
