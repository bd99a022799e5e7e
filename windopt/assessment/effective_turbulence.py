"""Effective turbulence intensity in a farm, as a measure of what wakes do to fatigue loads.

In wind of speed V from every direction alike, a turbine with N neighbours sees

    I_eff = [ (1 - N p_w) I_0^m + p_w sum over i = 1..N of I_T(d_i)^m ]^(1/m),    p_w = 0.06,

    I_T(d)^2 = I_0^2 + 1 / (1.5 + 0.8 d / sqrt(C_T))^2,

with the ambient turbulence intensity I_0, the Wöhler exponent m of the material (4 for welded
steel, 10 for blades of glass fibre), the distance d of a neighbour in its own rotor diameters and
its thrust coefficient C_T at V [Frandsen 2007, Turbulence and turbulence-generated structural
loading in wind turbine clusters, Risø-R-1188; IEC 61400-1 ed. 3 amendment 1 (2010) annex D, ed. 4
(2019) annex E].

The standard counts the neighbours of a regular farm: N is 8 in its midst. Here, in any layout,
turbines count within 10 D, the nearest first and eight at most, and none that stands in the same
wake sector as a nearer one: p_w is that of 21.6 degrees.

What differs from a load case of the standard: I_0 is the mean of the wind resource at V and not its
90 % quantile, all directions are alike, no ambient turbulence is added for large farms, and one
wind speed stands for all. It compares layouts, and certifies none.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import NO_THRUST

WAKE_SHARE = 0.06
"""p_w: share of the directions in which a turbine stands in the wake of a neighbour [-]."""
SECTOR_DEG = 360.0 * WAKE_SHARE
FARTHEST_D = 10.0
"""From this distance on a neighbour does not count [its rotor diameters]."""
MOST_NEIGHBOURS = 8
SPEED = 10.0
"""V [m/s]: below rated power, where the thrust is still high."""
WOEHLER = 10.0
"""m where the config says nothing."""


@dataclass(frozen=True, eq=False)
class EffectiveTurbulence:
    """The effective turbulence intensity of a layout's turbines.

    Attributes
    ----------
    ambient : float [-]
        I_0.
    effective : (n_turbines,) [-]
        I_eff of each placed turbine.
    neighbours : (n_turbines,)
        N of each.
    """

    ambient: float
    effective: FloatArray
    neighbours: IntArray

    @property
    def mean(self) -> float:
        """Mean of I_eff over the turbines [-]."""
        return float(self.effective.mean())

    @property
    def largest(self) -> float:
        """Largest I_eff of all turbines [-]."""
        return float(self.effective.max())


def effective_turbulence(
    problem: LayoutProblem, layout: FloatArray, woehler: float = WOEHLER
) -> EffectiveTurbulence:
    """Return the effective turbulence of a layout's turbines, fixed turbines among the neighbours.

    Parameters
    ----------
    problem : LayoutProblem
    layout : (n_turbines, 2) [m]
    woehler : float
        The Wöhler exponent m.
    """
    ambient = ambient_turbulence(problem)
    farm, types = problem.joined(layout), problem.types
    types = types if len(layout) == len(types) else np.zeros(len(layout), dtype=np.intp)
    types = np.concatenate([types, problem.fixed_types])
    diameter = np.array([one.rotor_diameter for one in problem.turbines])[types]
    thrust = np.array(
        [
            np.interp(SPEED, one.wind_speed, one.thrust_coefficient, left=0.0, right=0.0)
            for one in problem.turbines
        ]
    )[types]
    effective, counts = np.empty(len(layout)), np.zeros(len(layout), dtype=np.intp)
    for turbine in range(len(layout)):
        away = farm - farm[turbine]
        apart = np.hypot(*away.T) / diameter
        apart[turbine] = np.inf
        apart[thrust <= NO_THRUST] = np.inf
        chosen = neighbours(apart, np.degrees(np.arctan2(away[:, 0], away[:, 1])))
        in_wakes = [in_wake(ambient, apart[i], thrust[i]) for i in chosen]
        effective[turbine] = combined(ambient, in_wakes, woehler)
        counts[turbine] = len(chosen)
    return EffectiveTurbulence(ambient, effective, counts)


def combined(ambient: float, in_wakes: list[float], woehler: float) -> float:
    """Return I_eff of a turbine [-].

    Parameters
    ----------
    ambient : float [-]
        I_0.
    in_wakes : list of float [-]
        I_T behind each neighbour that counts.
    woehler : float
        m.
    """
    free = 1.0 - len(in_wakes) * WAKE_SHARE
    whole = free * ambient**woehler + WAKE_SHARE * sum(one**woehler for one in in_wakes)
    return float(whole ** (1.0 / woehler))


def in_wake(ambient: float, distance_d: float, thrust_coefficient: float) -> float:
    """Return I_T, in the middle of the wake of a neighbour at a distance [rotor diameters]: [-]."""
    added = 1.0 / (1.5 + 0.8 * distance_d / sqrt(thrust_coefficient))
    return float(np.hypot(ambient, added))


def neighbours(apart: FloatArray, bearing: FloatArray) -> list[int]:
    """Return which turbines count as neighbours, the nearest first.

    Parameters
    ----------
    apart : (n,) [rotor diameters]
        Distance of each; infinite of those that do not count.
    bearing : (n,) [deg]
    """
    chosen: list[int] = []
    for i in np.argsort(apart, kind="stable").tolist():
        if apart[i] >= FARTHEST_D or len(chosen) == MOST_NEIGHBOURS:
            break
        angle = abs((bearing[i] - bearing[chosen] + 180.0) % 360.0 - 180.0)
        if (angle >= SECTOR_DEG).all():
            chosen.append(i)
    return chosen


def ambient_turbulence(problem: LayoutProblem) -> float:
    """Return I_0, the wind resource's mean turbulence intensity at V over its directions [-]."""
    wind = problem.wind
    weight = wind.probability.sum(axis=0)
    plain = wind.turbulence_intensity.mean(axis=0)
    weighted = (wind.probability * wind.turbulence_intensity).sum(axis=0)
    by_speed = np.divide(weighted, weight, out=plain, where=weight > 0)
    return float(np.interp(SPEED, wind.wind_speed, by_speed))
