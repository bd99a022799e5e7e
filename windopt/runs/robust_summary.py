"""What `summary.json` says of wake models: which were asked, and how sure the gain is."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from windopt.assessment.gain_spread import GainSpread
from windopt.problem.problem import LayoutProblem
from windopt.runs.robust import RobustRecord


def spread_of(record: RobustRecord, layout: str = "final") -> GainSpread | None:
    """Return how surely a layout gains over the reference; None of the reference itself."""
    weighed = [name for name, model in record.models.items() if model.weight > 0]
    under = [record.layouts[layout][name] for name in weighed]
    gains = [one.gain_pct for one in under if one.gain_pct is not None]
    if not gains:
        return None
    return GainSpread.of(
        gains,
        [record.models[name].weight for name in weighed],
        [one.gain_error_pct or 0.0 for one in under],
        record.within_pct.get(layout, 0.0),
    )


def searched_under(problem: LayoutProblem) -> dict[str, Any]:
    """Return the entry `searched_under` of `summary.json`: wake models, and the measure of risk.

    Of a run under the wake model of the config's `wake` alone, the risk is None.
    """
    robust = problem.config.robust
    if robust is None:
        return {"wake_models": [problem.wake.velocity_model], "risk": None}
    return {"wake_models": list(robust.weights), "risk": robust.risk_in_words}


def robust_summary(record: RobustRecord | None) -> dict[str, Any] | None:
    """Return the entry `robust` of `summary.json`; None of a run under one wake model."""
    if record is None:
        return None
    found, spread = record.layouts["final"], spread_of(record)
    told = spread or GainSpread(0.0, 0.0, 0.0)  # the reference is the answer
    return {
        "risk": record.risk,
        "reference": record.reference,
        "models": {
            name: {
                "aep_gwh": one.aep_gwh,
                "gain_pct": one.gain_pct or 0.0,
                "gain_standard_error_pct": one.gain_error_pct or 0.0,
                "whole_rose": one.whole_rose,
                "weight": record.models[name].weight,
            }
            for name, one in found.items()
            if record.models[name].searched
        },
        "also_judged": {
            name: {"aep_gwh": one.aep_gwh, "gain_pct": one.gain_pct or 0.0}
            for name, one in found.items()
            if not record.models[name].searched
        },
        "mean_gain_pct": told.mean,
        "spread_gain_pct": None if np.isnan(told.spread) else told.spread,
        "gain_p50_pct": told.exceeded(0.5),
        "gain_p90_pct": told.exceeded(0.9),
        "single": _single(record),
    }


def _single(record: RobustRecord) -> Mapping[str, float] | None:
    """Return the mean gain of the layout for one wake model alone, and what the robust one adds."""
    if "single" not in record.layouts or (alone := spread_of(record, "single")) is None:
        return None
    found = spread_of(record)
    mean = 0.0 if found is None else found.mean
    return {"mean_gain_pct": alone.mean, "robust_adds_points": mean - alone.mean}
