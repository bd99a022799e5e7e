"""A layout before the judge: what FLORIS and the exact constraints say of it, and how surely."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from windopt.problem.constraints import Feasibility
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.measure import ENERGY, Measure
from windopt.verification.known_power import KnownPower


class Corrections(NamedTuple):
    """By how much FLORIS corrects the surrogate, draw by draw, (n_draws,) each.

    Their mean is the correction of the surrogate's figure for the whole rose.

    Attributes
    ----------
    aep : FloatArray [Wh]
    value : FloatArray [unit of the objective]
    """

    aep: FloatArray
    value: FloatArray


def standard_error(draws: FloatArray) -> float:
    """Return the standard error of the mean of independent draws (n_draws,), in their unit."""
    return float(np.std(draws, ddof=1) / np.sqrt(len(draws)))


@dataclass(frozen=True, eq=False)
class EvaluatedLayout:
    """One layout before the judge.

    Attributes
    ----------
    layout : (n_turbines, 2) [m]
    aep : float [Wh]
        FLORIS's; with that of fixed turbines only where the problem counts it.
    wake_loss_pct : float [%]
        Of the AEP without wakes.
    wake_loss_by_direction_pct : (n_directions,) [%]
    feasibility : Feasibility
    value : float
        By the objective, in the unit of its measure.
    measure : Measure
        What the value is.
    turbine_aep : (n_turbines,) [Wh]
        Of each placed turbine.
    turbine_wake_loss_pct : (n_turbines,) [%]
        Of what each would yield alone.
    conditions : int
        Wind conditions that FLORIS has simulated.
    sample : Corrections or None
        Where these are a sample of the rose (see `windopt.verification.sampling`); None where they
        are the whole of it.
    under : mapping of str to EvaluatedLayout
        Of a robust run: the same layout by wake model.
    by_scenario : (n_scenarios,)
        Of a robust run: its value in each scenario, in the unit of the measure.
    known : KnownPower or None
        The farm's power by condition, from which its AEP in another rose follows.
    """

    layout: FloatArray
    aep: float
    wake_loss_pct: float
    wake_loss_by_direction_pct: FloatArray
    feasibility: Feasibility
    value: float
    measure: Measure = ENERGY
    turbine_aep: FloatArray = field(default_factory=lambda: np.empty(0))
    turbine_wake_loss_pct: FloatArray = field(default_factory=lambda: np.empty(0))
    conditions: int = 0
    sample: Corrections | None = None
    under: Mapping[str, "EvaluatedLayout"] = field(default_factory=dict)
    by_scenario: FloatArray = field(default_factory=lambda: np.empty(0))
    known: KnownPower | None = None

    @property
    def told(self) -> dict[str, float]:
        """AEP and value as files have them."""
        return ENERGY.told(self.aep) | self.measure.told(self.value)

    @property
    def whole_rose(self) -> bool:
        """Whether FLORIS has simulated every condition."""
        return self.sample is None

    @property
    def aep_error(self) -> float:
        """Standard error of the AEP [Wh]; 0 on the whole rose."""
        return 0.0 if self.sample is None else standard_error(self.sample.aep)

    def lead_error(self, other: "EvaluatedLayout") -> float:
        """Return the standard error of the value less that of another [its unit]."""
        return _error_of_difference(
            *(None if one.sample is None else one.sample.value for one in (self, other))
        )

    def aep_lead_error(self, other: "EvaluatedLayout") -> float:
        """Return the standard error of the AEP less that of another [Wh]."""
        return _error_of_difference(
            *(None if one.sample is None else one.sample.aep for one in (self, other))
        )

    def in_order(self, order: IntArray) -> "EvaluatedLayout":
        """Return the layout with its turbines, types apart, in another order (n_turbines,)."""
        return replace(
            self,
            layout=self.layout[order],
            turbine_aep=self.turbine_aep[order],
            turbine_wake_loss_pct=self.turbine_wake_loss_pct[order],
        )


def _error_of_difference(ours: FloatArray | None, theirs: FloatArray | None) -> float:
    """Return the standard error of a difference of means; None is one without error."""
    drawn = [one for one in (ours, theirs) if one is not None]
    if len(drawn) == 2 and len(drawn[0]) == len(drawn[1]):  # in the same conditions
        return standard_error(drawn[0] - drawn[1])
    return float(np.sqrt(sum(standard_error(one) ** 2 for one in drawn)))
