"""The gain in other roses, as `verification.json` keeps it, and what it says of a lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any, Literal

import numpy as np

from windopt.problem.problem import LayoutProblem
from windopt.runs.baselines import Baselines
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.reweighted import AS_IT_IS, GainInRose, gains_in_roses, other_roses

STANDARD_ERRORS = 2.0
"""Of a sampled gain: what is less may be none."""
Survival = Literal["survives", "does not survive", "open"]


@dataclass(frozen=True)
class Lead:
    """The lead of the final layout over another in other roses.

    Attributes
    ----------
    over : str
        The other layout: initial, grid, or the name of a baseline.
    gains : tuple of GainInRose
    """

    over: str
    gains: tuple[GainInRose, ...]

    @property
    def survives(self) -> Survival:
        """Whether there is a lead in every rose; open where the sample cannot tell."""
        margin = [STANDARD_ERRORS * one.error_gwh for one in self.gains]
        pairs = list(zip(self.gains, margin, strict=True))
        if any(one.gain_gwh <= -error for one, error in pairs):
            return "does not survive"
        return "survives" if all(one.gain_gwh > error for one, error in pairs) else "open"

    def record(self) -> dict[str, Any]:
        """Return the lead as `summary.json` has it."""
        turned = [one for one in self.gains if one.name.startswith("turned")]
        drawn = np.array([one.gain_gwh for one in self.gains if one.name.startswith("noise")])
        as_it_is = [one for one in self.gains if one.name == AS_IT_IS]
        return {
            "survives": self.survives,
            "as_it_is_gwh": as_it_is[0].gain_gwh if as_it_is else None,
            "turned": [{"by_deg": float(one.name.split()[1]), **_figures(one)} for one in turned],
            "noise": None
            if not len(drawn)
            else {
                "draws": len(drawn),
                "mean_gwh": float(drawn.mean()),
                "std_gwh": float(drawn.std(ddof=1)) if len(drawn) > 1 else None,
                "least_gwh": float(drawn.min()),
            },
            "least_gwh": min(one.gain_gwh for one in self.gains),
            "error_gwh": max(one.error_gwh for one in self.gains),
            "unknown_share": max(one.unknown_share for one in self.gains),
        }


def roses_content(
    problem: LayoutProblem, evaluated: Mapping[str, EvaluatedLayout]
) -> dict[str, Any] | None:
    """Return the AEP and the gains in other roses, as `verification.json` has them.

    Parameters
    ----------
    problem : LayoutProblem
    evaluated : mapping of str to EvaluatedLayout
        "final" and its references.

    Returns
    -------
    dict, or None where the powers by condition are not known
    """
    final, robust = evaluated["final"], problem.config.robust
    if final.known is None:
        return None
    weights = {} if robust is None else robust.weights
    roses = other_roses(problem)
    gains = {
        name: [vars(gain) for gain in gains_in_roses(problem, final, one, weights, roses)]
        for name, one in evaluated.items()
        if name != "final"
    }
    return {"aep_gwh": aep_in_roses(problem, final), "gains": gains}


def aep_in_roses(problem: LayoutProblem, one: EvaluatedLayout) -> list[float]:
    """Return a layout's AEP in the other roses by the run's wake model [GWh]."""
    if one.known is None:
        return []
    per_year = problem.hours_per_year / 1e9
    return [per_year * float(one.known.mean(rose.weight).mean()) for rose in other_roses(problem)]


def leads_of(verification: Mapping[str, Any], baselines: Baselines) -> list[Lead]:
    """Return the leads over references and baselines in other roses; none where not known.

    Parameters
    ----------
    verification : mapping of str to Any
        The content of `verification.json`.
    baselines : Baselines
        Of a run under one wake model.
    """
    told = verification.get("roses")
    if not told:
        return []
    leads = [
        Lead(name, tuple(GainInRose(**gain) for gain in gains))
        for name, gains in told["gains"].items()
        if gains
    ]
    final = verification["layouts"]["final"]
    for name, one in baselines.baselines.items():
        if len(one.roses_gwh) == len(told["aep_gwh"]) and leads:
            error = hypot(final.get("aep_error_gwh") or 0.0, one.aep_error_gwh)
            leads.append(
                _over_baseline(name, leads[0].gains, told["aep_gwh"], one.roses_gwh, error)
            )
    return leads


def _over_baseline(
    name: str,
    roses: Sequence[GainInRose],
    ours: Sequence[float],
    theirs: Sequence[float],
    error_gwh: float,
) -> Lead:
    gains = [
        GainInRose(rose.name, one - other, error_gwh, 100.0 * (one / other - 1.0))
        for rose, one, other in zip(roses, ours, theirs, strict=True)
    ]
    return Lead(name, tuple(gains))


def _figures(one: GainInRose) -> dict[str, float]:
    return {"gain_gwh": one.gain_gwh, "error_gwh": one.error_gwh, "gain_pct": one.gain_pct}
