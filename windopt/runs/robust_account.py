"""FLORIS's account of a robust run's layouts under every wake model, for `robust.json`."""

from collections.abc import Collection, Mapping

import numpy as np

from windopt.config.robust import RobustConfig
from windopt.problem.scenarios import Scenarios
from windopt.runs.robust import ModelRecord, RobustRecord, Under
from windopt.runs.robustness import Robustness
from windopt.runs.verification import VerifiedLayout
from windopt.verification.contenders import REFERENCES
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.wake_models import spread

SINGLE = "single"
"""Names the layout found for the wake model of the config's `wake` alone."""


def robust_record(
    config: RobustConfig,
    scenarios: Scenarios,
    evaluated: Mapping[str, EvaluatedLayout],
    best: str,
    also: Collection[str] = (),
) -> RobustRecord:
    """Put FLORIS's account of the layouts together.

    Parameters
    ----------
    config : RobustConfig
    scenarios : Scenarios
    evaluated : mapping of str to EvaluatedLayout
        By name, under all wake models.
    best : str
        Name of the answer.
    also : collection of str
        Names of other layouts that are told of.
    """
    reference = next((name for name in REFERENCES if name in evaluated), best)
    told = {name: evaluated[name] for name in (*REFERENCES, SINGLE, *also) if name in evaluated}
    told["final"] = evaluated[best]
    models = {name: ModelRecord(weight, True) for name, weight in config.weights.items()}
    models |= {name: ModelRecord(0.0, False) for name in config.also_judged_by}
    first = evaluated[reference].under
    return RobustRecord(
        config.risk_in_words,
        reference,
        models,
        {
            layout: {
                model: _under(one.under[model], None if layout == reference else first[model])
                for model in models
            }
            for layout, one in told.items()
        },
        {
            layout: _within(scenarios, one, evaluated[reference])
            for layout, one in told.items()
            if layout != reference
        },
    )


def opinions(record: RobustRecord, own: str, verified: Mapping[str, VerifiedLayout]) -> Robustness:
    """Return what all wake models of a robust run say of the gain, as if asked after it.

    Parameters
    ----------
    record : RobustRecord
    own : str
        The wake model that the config's `wake` names, which has judged the layouts in any case.
    verified : mapping of str to VerifiedLayout
        Those of `verification.json`.
    """
    told = [name for name in (*REFERENCES, "final") if name in verified and name in record.layouts]
    aep = {own: {name: verified[name].aep_gwh for name in told}} | {
        model: {name: record.layouts[name][model].aep_gwh for name in told}
        for model in record.models
    }
    gains = {
        name: {model: said["final"] - said[name] for model, said in aep.items()}
        for name in told
        if name != "final"
    }
    spreads = {name: spread(of.values()) for name, of in gains.items() if len(of) > 1}
    return Robustness(own=own, aep_gwh=aep, gain_gwh=gains, spread_gwh=spreads)


def _within(scenarios: Scenarios, one: EvaluatedLayout, reference: EvaluatedLayout) -> float:
    """Return the standard deviation of a gain over the scenarios of each wake model [%]."""
    gains = 100.0 * (one.by_scenario / reference.by_scenario - 1.0)
    mean = scenarios.by_name(gains)
    weights = np.array([case.weight for case in scenarios.cases])
    off = gains - np.array([mean[name] for name in scenarios.names])
    return float(np.sqrt(weights @ off**2))


def _under(one: EvaluatedLayout, reference: EvaluatedLayout | None) -> Under:
    gain = error = None
    if reference is not None:
        gain = 100.0 * (one.aep / reference.aep - 1.0)
        error = 100.0 * one.aep_lead_error(reference) / reference.aep
    return Under(
        aep_gwh=one.aep / 1e9,
        aep_error_gwh=one.aep_error / 1e9,
        gain_pct=gain,
        gain_error_pct=error,
        conditions=one.conditions,
        whole_rose=one.whole_rose,
    )
