"""The uncertainty budget of AEP: its components, combined, and what is exceeded how surely.

Each component is a standard deviation s_i [% of AEP]. One that is stated of the wind speed counts
by the sensitivity S of AEP to it (`windopt.assessment.speed_sensitivity`), s_i = S s_U. Components
are independent, and the AEP is normally distributed:

    s(N)  = sqrt( sum of s_i^2  +  s_year^2 / N )
    P_q(N) = P50 (1 - z_q s(N) / 100),      z_q = 0.674, 1.282, 2.326 for q = 75, 90, 99

is what the mean of N years exceeds with q % probability. Only the wind of single years averages
out, as independent years do; an error of measurement is the same in all of them. This is common
practice: Lee and Fields (2021), An overview of wind-energy-production prediction bias, losses, and
uncertainties, Wind Energ. Sci. 6, 311-365, https://doi.org/10.5194/wes-6-311-2021.

What nobody has stated is no zero: it is left out of the sum, and named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from statistics import NormalDist

import numpy as np

EXCEEDED = (50, 75, 90, 99)
"""Probabilities of exceedance [%]."""


@dataclass(frozen=True)
class Component:
    """A source of uncertainty of AEP.

    Attributes
    ----------
    name : str
    aep_pct : float or None [% of AEP]
        One standard deviation; None where it is not stated.
    source : str
        Where the figure comes from.
    speed_pct : float or None [% of the wind speed]
        The same, where it is one of the wind speed.
    of_a_year : bool
        Whether each year has its own, so that it averages out.
    """

    name: str
    aep_pct: float | None
    source: str
    speed_pct: float | None = None
    of_a_year: bool = False

    def over(self, years: int) -> float | None:
        """Return its standard deviation in the mean of some years [% of AEP]."""
        if self.aep_pct is None or not self.of_a_year:
            return self.aep_pct
        return self.aep_pct / sqrt(years)


@dataclass(frozen=True)
class Budget:
    """The uncertainty budget of a layout's AEP.

    Attributes
    ----------
    p50_gwh, p50_error_gwh : float [GWh]
        The expected AEP, and its standard error where FLORIS's figure is of a sample, else 0.
    p50_of : str
        What it is the AEP of.
    speed_sensitivity : float or None [-]
        Per cent of AEP for 1 % of the wind speed; None where there is no such figure.
    components : tuple of Component
    years : tuple of int
        Numbers of years whose mean AEP is spoken of.
    """

    p50_gwh: float
    p50_error_gwh: float
    p50_of: str
    speed_sensitivity: float | None
    components: tuple[Component, ...]
    years: tuple[int, ...]

    @property
    def not_stated(self) -> list[str]:
        """Names of the components that are left out."""
        return [one.name for one in self.components if one.aep_pct is None]

    @property
    def is_known(self) -> bool:
        """Whether anything is."""
        return len(self.not_stated) < len(self.components)

    @property
    def years_differ(self) -> bool:
        """Whether the mean of more years is known better."""
        return any(one.of_a_year and one.aep_pct for one in self.components)

    def std_pct(self, years: int) -> float:
        """Return the standard deviation of the mean AEP of some years [% of AEP]."""
        return hypot(*(one.over(years) or 0.0 for one in self.components))

    def exceeded_gwh(self, percent: float, years: int) -> float:
        """Return what the mean AEP of some years exceeds with so much probability [GWh]."""
        return exceeded(self.p50_gwh, self.std_pct(years), percent)


def exceeded(p50: float, std_pct: float, percent: float) -> float:
    """Return P_q, what is exceeded with q = `percent` % probability, in the unit of `p50`.

    Parameters
    ----------
    p50 : float
        The mean of a normal distribution.
    std_pct : float
        Its standard deviation [% of the mean].
    percent : float
        Within 0 and 100.
    """
    return p50 * (1.0 - NormalDist().inv_cdf(percent / 100.0) * std_pct / 100.0)


def spread_pct(aep: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Return the standard deviation of AEP over wake models [% of their mean].

    With weights w that sum to 1, s^2 = sum of w (AEP - mean)^2 / (1 - sum of w^2): with n equal
    weights that has n - 1 in the denominator.

    Parameters
    ----------
    aep : (n_models,)
        Of at least two models.
    weights : (n_models,), optional
        Positive; equal by default.
    """
    values = np.asarray(aep, dtype=np.float64)
    share = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    share = share / share.sum()
    mean = float(share @ values)
    variance = float(share @ (values - mean) ** 2) / (1.0 - float(share @ share))
    return 100.0 * sqrt(variance) / mean
