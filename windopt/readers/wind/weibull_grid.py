r"""From Weibull distributions at many places to one rose and a speed-up over the site.

A wind resource grid has, at every node n and for every sector s, a frequency :math:`f_{ns}` and a
Weibull distribution of scale :math:`A_{ns}` and shape :math:`k_{ns}`, whose mean speed is
:math:`V_{ns} = A_{ns} \Gamma(1 + 1/k_{ns})`. FLORIS has one rose for a farm and multiplies its
speeds. So the grid becomes, with means over the nodes on the site,

.. math::
    f_s = \langle f_{ns} \rangle, \quad
    V_s = \frac{\langle f_{ns} V_{ns} \rangle}{f_s}, \quad
    k_s = \frac{\langle f_{ns} k_{ns} \rangle}{f_s}, \quad
    \text{speed-up}_{ns} = \frac{V_{ns}}{V_s}

and the rose is Weibull with frequency :math:`f_s`, mean speed :math:`V_s` and shape :math:`k_s`.

Every node keeps its mean speed in every sector. Lost are the differences between nodes in how often
the wind blows from a sector (terrain that turns the wind) and in the shape of the distribution.
`loss_of_yield` tells what that costs: the energy of a lone turbine at each node by the grid's own
distributions, and through the speed-up. Bins of 1 m/s, which are stretched from node to node, are
in it: they alone make 0.1 % (standard deviation over the example's nodes; 0.01 % with 0.5 m/s).
"""

import logging
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.special import gamma

from windopt.errors import ConfigError, Fault, FaultCollector
from windopt.problem.layout import FloatArray
from windopt.problem.site import Site
from windopt.problem.speed_up import SpeedUp
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource
from windopt.readers.places.placing import explain_distance
from windopt.readers.wind.weibull import SCALES, SHAPES, mean_speed, weibull_rose

logger = logging.getLogger(__name__)

FINE_EDGES = np.linspace(0.0, 40.0, 401)
ROUNDING = 0.02
"""By how much printed frequencies may be off 1 in sum: per mille, of up to 36 sectors."""
LOSS_TO_TELL = 0.01
"""Rms error of a place's yield that a warning is worth."""


@dataclass(frozen=True, eq=False)
class WeibullGrid:
    """Weibull distributions by sector on a grid of places.

    Parameters
    ----------
    where : file, for messages
    x, y : (nx,) [m]
        (ny,) increasing.
    wind_direction : (s,) [deg]
        Centres of the sectors, increasing.
    frequency : (s, nx, ny) of each sector, sums to 1 at every node [-]
    scale, shape : (s, nx, ny) [-]
        A [m/s] and k.
    """

    where: str
    x: FloatArray
    y: FloatArray
    wind_direction: FloatArray
    frequency: FloatArray
    scale: FloatArray
    shape: FloatArray

    @property
    def mean_speed(self) -> FloatArray:
        """Mean wind speed by sector and node (s, nx, ny) [m/s]."""
        return mean_speed(self.scale, self.shape)

    def checked(self) -> "WeibullGrid":
        """Return the grid with frequencies that sum to 1 exactly.

        Raises
        ------
        ConfigError
            Where numbers are no frequencies, or no scales and shapes of wind.
        """
        faults, total = FaultCollector(), self.frequency.sum(axis=0)
        i, j = np.unravel_index(int(np.argmax(abs(total - 1.0))), total.shape)
        at = f"{self.where}: node ({self.x[i]:.10g}, {self.y[j]:.10g})"
        if (self.frequency < 0).any():
            faults.append(Fault(self.where, "holds negative frequencies", "give frequencies >= 0"))
        elif abs(total[i, j] - 1.0) > ROUNDING:
            problem = f"the sectors' frequencies sum to {1e3 * total[i, j]:.4g} per mille, not 1000"
            faults.append(Fault(at, problem, "correct them; a node without data must be left out"))
        blows = self.frequency > 0
        for name, values, (low, high) in (
            ("A", self.scale, SCALES),
            ("k", self.shape, SHAPES),
        ):
            wrong = blows & ~((values > low) & (values < high))
            if wrong.any():
                s, i, j = np.argwhere(wrong)[0]
                place = f"node ({self.x[i]:.10g}, {self.y[j]:.10g}), sector {s + 1}"
                problem = f"{name} is {values[s, i, j]:g}, which no wind has"
                cure = "write A in m/s times 10 and k times 100, or cut the grid to where it holds"
                faults.append(Fault(f"{self.where}: {place}", problem, cure))
        faults.raise_any()
        return WeibullGrid(
            self.where, self.x, self.y, self.wind_direction, self.frequency / total,
            *self._filled(blows),
        )  # fmt: skip

    def _filled(self, blows: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        """Return scale and shape; a sector without wind takes them from the node's others."""
        weight = np.where(blows, self.frequency, 0.0)
        total = weight.sum(axis=0)
        filled = [
            np.where(blows, v, (weight * np.where(blows, v, 0.0)).sum(axis=0) / total)
            for v in (self.scale, self.shape)
        ]
        return filled[0], filled[1]

    def on_site(self, site: Site | None) -> FloatArray:
        """Return the weight of each node in the site's mean (nx, ny): those on it, or around it."""
        return weight_on_site(self.x, self.y, site)

    def check_covers(self, site: Site) -> None:
        """Refuse a grid that the site, or a part of it, lies beyond."""
        west, south, east, north = site.area.bounds
        if west >= self.x[0] and east <= self.x[-1] and south >= self.y[0] and north <= self.y[-1]:
            return
        span = (
            f"spans x {self.x[0]:.10g} to {self.x[-1]:.10g} and y {self.y[0]:.10g} to "
            f"{self.y[-1]:.10g}, the site x {west:.10g} to {east:.10g} and y {south:.10g} to "
            f"{north:.10g}"
        )
        apart = east < self.x[0] or west > self.x[-1] or north < self.y[0] or south > self.y[-1]
        cure = "give a grid that covers the whole site"
        if apart:
            corners = np.array([[x, y] for x in self.x[[0, -1]] for y in self.y[[0, -1]]])
            words = explain_distance(corners, site)
            cure = "give both in one CRS"
            cure += f"; {words.replace('they', 'its nodes')} lie on the site" if words else ""
        raise ConfigError.of(self.where, span, cure)

    def resource(
        self, site: Site | None, turbulence_intensity: float | FloatArray, ratio: float = 1.0
    ) -> WindResource:
        """Return the site's mean rose, with the speed-up over it.

        Parameters
        ----------
        site : Site or None
            Whose mean it is; None takes all nodes.
        turbulence_intensity : float or FloatArray [-]
            One, or (s, n_speeds).
        ratio : float [-]
            Wind speed at the hub over that of the grid.
        """
        if site is not None:
            self.check_covers(site)
        weight = self.frequency * self.on_site(site)
        frequency = weight.sum(axis=(1, 2))
        given = np.maximum(frequency, 1e-12)
        speed = (weight * self.mean_speed).sum(axis=(1, 2)) / given
        shape = (weight * self.shape).sum(axis=(1, 2)) / given
        silent = frequency <= 0.0  # sectors from which no wind blows on the site
        overall = self.mean_speed.mean(axis=(1, 2)), self.shape.mean(axis=(1, 2))
        speed, shape = np.where(silent, overall[0], speed), np.where(silent, overall[1], shape)
        scale = ratio * speed / gamma(1.0 + 1.0 / shape)
        rose = weibull_rose(self.wind_direction, frequency, scale, shape, turbulence_intensity)
        factor = self.mean_speed / speed[:, None, None]
        return replace(rose, speed_up=SpeedUp(self.x, self.y, self.wind_direction, factor))


def weight_on_site(x: FloatArray, y: FloatArray, site: Site | None) -> FloatArray:
    """Return the weight of each node of a grid in the site's mean: those on it, or around it.

    Parameters
    ----------
    x, y : (nx,) [m]
        (ny,) increasing.
    site : None takes all nodes

    Returns
    -------
    (nx, ny), 0 or 1
    """
    nodes = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    if site is None:
        return np.ones(nodes.shape[:2])
    inside = shapely.contains_xy(site.area, nodes[..., 0], nodes[..., 1])
    if inside.sum() < 3:  # a coarse grid: the corners of the cells that the site lies in
        cell = max(np.diff(x).max(), np.diff(y).max())
        inside = shapely.dwithin(shapely.points(nodes), site.area, cell)
    return np.asarray(inside, dtype=np.float64)


def loss_of_yield(
    grid: WeibullGrid, wind: WindResource, turbine: Turbine, ratio: float = 1.0
) -> FloatArray:
    """Return what a lone turbine yields through the speed-up over what it yields by the grid.

    Parameters
    ----------
    grid, wind : WeibullGrid
        The grid, and what `WeibullGrid.resource` has made of it.
    turbine : Turbine
        Whose power curve is taken.
    ratio : as of `WeibullGrid.resource`

    Returns
    -------
    (nx, ny) less 1 [-]
    """
    assert wind.speed_up is not None
    fine = (FINE_EDGES[:-1] + FINE_EDGES[1:]) / 2

    def power(speed: FloatArray) -> FloatArray:
        return np.interp(speed, turbine.wind_speed, turbine.power, left=0.0, right=0.0)

    own, through = np.zeros(grid.scale.shape[1:]), np.zeros(grid.scale.shape[1:])
    for s, probability in enumerate(wind.probability):
        scale, shape = ratio * grid.scale[s, ..., None], grid.shape[s, ..., None]
        share = np.diff(1.0 - np.exp(-((FINE_EDGES / scale) ** shape)), axis=-1)
        own += grid.frequency[s] * (share @ power(fine)) / share.sum(axis=-1)
        speed = wind.speed_up.factor[s, ..., None] * wind.wind_speed
        through += power(speed) @ probability
    return np.asarray(through / own - 1.0)


def tell_loss(where: str, loss: FloatArray, weight: FloatArray) -> None:
    """Report how far yields are off, as a warning where it matters; weights as of `on_site`."""
    here = loss[weight > 0]
    rms = float(np.sqrt(np.mean(here**2)))
    level = logging.WARNING if rms > LOSS_TO_TELL else logging.INFO
    logger.log(
        level,
        "%s: a speed-up by sector gives a lone turbine's yield with an error of %+.2f to %+.2f %% "
        "over the site (rms %.2f %%): what differs in frequency and shape is left out",
        where,
        100 * here.min(),
        100 * here.max(),
        100 * rms,
    )
