"""What a run was worth: the formulas. E in Wh, G in Wh/yr, both net and verified by FLORIS.

    L_eff  = sum over t = 1..T of (1 - d)^t / (1 + r)^t             effective years of operation
    EROC   = G L_eff / E                                             energy return on compute
    G_attr = G(with learning) - max over baselines of G(baseline)    at equal energy E
    E_n    = E_shared / n + E_project                                energy per farm, after n farms
    n*     = E_shared / (E_without - E_project)                      farms until learning has paid
    MR     = L_eff dG/dE                                             marginal return of the search

T years of operation, d ageing and r discount rate a year. EROC is named after the energy return on
investment, EROI; it counts the energy of the computing alone, not that of building the farm. E
[energy] alone never says stop, for MR stays far above 1; the materiality δ does (the config's
`assessment.materiality_pct`): what the search can still gain is not worth looking for below δ.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

LOOK_BACK = 0.25
"""The search is expected to gain no more in the next quarter of its energy than in the last one."""


@dataclass(frozen=True)
class Operation:
    """How a farm runs.

    Attributes
    ----------
    first_year, years : int
        Of operation.
    degradation, discount : float [-]
        Yield lost by ageing, and discount rate, a year.
    """

    first_year: int = 2030
    years: int = 25
    degradation: float = 0.005
    discount: float = 0.0

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read what a run record says; a ledger that says nothing gets the config's defaults."""
        if not record:
            return cls()
        return cls(
            record["first_year"],
            record["years"],
            record["degradation_pct"] / 100.0,
            record["discount_pct"] / 100.0,
        )

    @property
    def effective_years(self) -> float:
        """L_eff [yr]."""
        rate = (1.0 - self.degradation) / (1.0 + self.discount)
        return sum(rate**t for t in range(1, self.years + 1))


def energy_return(gain_wh_per_year: float, effective_years: float, energy_wh: float) -> float:
    """Return EROC [-]; negative for a loss, infinite for a gain that took no energy."""
    returned = gain_wh_per_year * effective_years
    if energy_wh > 0:
        return returned / energy_wh
    return math.copysign(math.inf, returned) if returned else math.nan


def attributable_gain(gain: float, baselines: Iterable[float]) -> float | None:
    """Return G_attr, in the unit of the gains; None without a baseline, for nobody can tell."""
    best = max(baselines, default=None)
    return None if best is None else gain - best


def energy_per_farm(shared_wh: float, project_wh: float, farms: float) -> float:
    """Return E_n [Wh]: what a surrogate took, shared by `farms`, and what each takes by itself."""
    return shared_wh / farms + project_wh


def farms_to_break_even(
    shared_wh: float, project_wh: float, without_wh: float | None
) -> float | None:
    """Return n* [farms], at equal verified gain.

    Parameters
    ----------
    shared_wh, project_wh : float [Wh]
        Energy of simulating and training, and of each farm's search; nan where not measured.
    without_wh : float or None
        Energy of a search without learning [Wh]; None where none was made.

    Returns
    -------
    farms : infinite where learning saves nothing per farm; None where any of them is not known
    """
    if without_wh is None or math.isnan(shared_wh) or math.isnan(project_wh):
        return None
    saved = without_wh - project_wh
    return shared_wh / saved if saved > 0 else math.inf


class Curve(NamedTuple):
    """An anytime curve: energy spent [Wh] and best AEP found so far [Wh], (n_rows,) each."""

    energy_wh: NDArray[np.float64]
    aep_wh: NDArray[np.float64]

    @classmethod
    def of(cls, energy_wh: ArrayLike, aep_wh: ArrayLike) -> "Curve":
        """Make a curve that never falls of rows in the order of time."""
        energy, aep = np.asarray(energy_wh, float), np.asarray(aep_wh, float)
        return cls(energy, np.maximum.accumulate(aep) if len(aep) else aep)

    def best_by(self, energy_wh: ArrayLike) -> NDArray[np.float64]:
        """Return the best AEP found by so much energy [Wh]; nan before the first."""
        row = np.searchsorted(self.energy_wh, energy_wh, side="right") - 1
        return np.where(row >= 0, self.aep_wh[np.maximum(row, 0)], math.nan)


def recent_gain(curve: Curve, energy_wh: ArrayLike) -> NDArray[np.float64]:
    """Return what the last quarter of so much energy has brought [Wh/yr]; nan where not known."""
    spent = np.asarray(energy_wh, float)
    return curve.best_by(spent) - curve.best_by((1.0 - LOOK_BACK) * spent)


def marginal_return(curve: Curve, effective_years: float) -> float | None:
    """Return MR [-] over the last quarter of the curve's energy; None where it is too short."""
    if len(curve.energy_wh) == 0:
        return None
    spent = float(curve.energy_wh[-1])
    gained = float(recent_gain(curve, spent))
    if math.isnan(gained) or spent <= 0:
        return None
    return effective_years * gained / (LOOK_BACK * spent)


class Stop(NamedTuple):
    """Where a search might have stopped: energy spent by then, and saved by stopping [Wh]."""

    energy_wh: float
    saved_wh: float


def stopping_point(curve: Curve, delta_wh_per_year: float, looks: int = 400) -> Stop | None:
    """Return where the expected further gain first fell below the materiality.

    Parameters
    ----------
    curve : Curve
        Of the whole search.
    delta_wh_per_year : float [Wh/yr]
        The materiality δ.
    looks : int
        How often the rule looks while the curve lasts.

    Returns
    -------
    stop : None where the rule would not have stopped the search before its last improvement
    """
    if len(curve.energy_wh) == 0:
        return None
    spent = np.linspace(curve.energy_wh[0], curve.energy_wh[-1], looks + 1)[1:-1]
    enough = recent_gain(curve, spent) < delta_wh_per_year  # nan is not enough
    if not enough.any():
        return None
    stop = float(spent[np.argmax(enough)])
    return Stop(stop, float(curve.energy_wh[-1]) - stop)
