"""`summary.json`: a run in figures, from FLORIS's account of its layouts and from its ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from windopt.assessment.carbon import Carbon, carbon_of
from windopt.assessment.figures import Figures, figures_of
from windopt.assessment.payback import payback_seconds
from windopt.assessment.scores import consequences, scores_of
from windopt.assessment.worth import Curve
from windopt.config.reader import config_hash
from windopt.ledger.totals import LedgerContent, costs_by_host
from windopt.ledger.waste import waste_in
from windopt.problem.measure import measures_of
from windopt.problem.problem import LayoutProblem
from windopt.problem.profit import profit_objective
from windopt.runs.assessment_record import AssessmentRecord
from windopt.runs.baselines import Baselines
from windopt.runs.physical import physical_of
from windopt.runs.robust import RobustRecord
from windopt.runs.robust_summary import robust_summary, searched_under
from windopt.runs.robustness import Robustness
from windopt.runs.second_opinion import SecondOpinion
from windopt.runs.training import training_facts
from windopt.runs.turbine_count import CountRow, SizedLayouts
from windopt.runs.uncertainty import budget_of, record_of
from windopt.runs.versions import installed_versions
from windopt.surrogate.source import source_of


@dataclass(frozen=True)
class Results:
    """What a run has found so far; what is not known yet is empty.

    Attributes
    ----------
    verification : mapping of str to Any
        The content of `verification.json`.
    baselines : Baselines
    robustness : Robustness or None
    robust : RobustRecord or None
        Of a robust run: the layouts under every wake model.
    second_opinion : sequence of SecondOpinion or None
        By code.
    sized : SizedLayouts or None
    by_number : list of CountRow
        The last two where the number of turbines is free.
    card : mapping of str to Any
        The surrogate's.
    curve : Curve or None
        What the search found with what energy.
    given_spacing : mapping of str to Any, or None
        The content of `given_spacing.json`.
    neighbours : mapping of str to Any, or None
        The content of `neighbours.json`.
    """

    verification: Mapping[str, Any] = field(default_factory=dict)
    baselines: Baselines = field(default_factory=Baselines)
    robustness: Robustness | None = None
    robust: RobustRecord | None = None
    second_opinion: Sequence[SecondOpinion] | None = None
    sized: SizedLayouts | None = None
    by_number: list[CountRow] = field(default_factory=list)
    card: Mapping[str, Any] = field(default_factory=dict)
    curve: Curve | None = None
    given_spacing: Mapping[str, Any] | None = None
    neighbours: Mapping[str, Any] | None = None


def summarise(
    problem: LayoutProblem,
    content: LedgerContent,
    results: Results,
    assessment: AssessmentRecord,
    status: str,
    reason: str,
) -> dict[str, Any]:
    """Return the content of `summary.json`.

    Parameters
    ----------
    content : LedgerContent
        The ledger's.
    results : Results
    assessment : AssessmentRecord
    status : {"completed", "stopped", "failed"}
    reason : str
        Why the run ended so.
    """
    totals, worth = content.totals, figures_of(content, results.curve)
    waste = waste_in(content)
    verification, robustness = results.verification, results.robustness
    layouts, error = verification.get("layouts", {}), verification.get("claimed_gain_error_gwh")
    final, grid = layouts.get("final", {}), layouts.get("grid", {})
    reference_kind = "initial" if "initial" in layouts else "grid"
    reference = layouts.get(reference_kind, {})
    gain = _gain(final, reference)
    payback, share = None, problem.net_share
    carbon = carbon_of(content, worth.gain_wh_per_year)
    if gain is not None:
        gain_wh = share * (final["aep_gwh"] - reference["aep_gwh"]) * 1e9
        payback = payback_seconds(totals.energy_wh["central"], gain_wh)
    return {
        "name": problem.name,
        "status": status,
        "reason": reason,
        "n_turbines": problem.n_turbines if final or problem.turbine_range is None else None,
        **_gains(final, reference, grid),
        "reference": reference_kind,
        "verified": _verified(verification, final, reference),
        "surrogate": source_of(results.card.get("facts", {})),
        "found_by": verification.get("found_by"),
        "origin": verification.get("origin"),
        **_given(verification),
        "gain_predicted_pct": _gain(final, reference, "aep_predicted_gwh"),
        "gain_predicted_error_pct": (
            None if error is None or not reference else 100.0 * error / reference["aep_gwh"]
        ),
        **training_facts(results.card, final, verification.get("wake_free_aep_gwh")),
        "aep_grid_gwh": grid.get("aep_gwh"),
        **_net(problem, final, reference),
        "economics": _economics(results, problem, final),
        "uncertainty": _uncertainty(results, problem, final),
        "neighbours": _neighbours(results.neighbours),
        "physical": physical_of(problem, verification, results.baselines, results.given_spacing),
        **{
            key: final.get(key)
            for key in (
                "aep_predicted_gwh",
                "wake_loss_pct",
                "feasible",
                "max_boundary_violation_m",
                "min_spacing_d",
            )
        },
        "rows": verification.get("rows"),
        "wall_s": totals.wall_s,
        "cpu_s": totals.cpu_s,
        "energy_wh": totals.energy_wh,
        "payback_s": payback,
        "floris_evaluations": totals.counts.get("floris_evaluations", 0),
        "floris_conditions": totals.counts.get("floris_conditions", 0),
        "floris_conditions_spared": totals.counts.get("floris_conditions_spared", 0),
        "seed": problem.seed,
        "config_hash": config_hash(problem.config),
        "versions": installed_versions(),
        "stages": {
            kind: {"wall_s": cost.wall_s, "cpu_s": cost.cpu_s, "energy_wh": cost.energy_wh}
            for kind, cost in totals.by_stage.items()
        },
        "hosts": {
            name: {"cpu_s": cost.cpu_s, "energy_wh": cost.energy_wh}
            for name, cost in costs_by_host(content.stages).items()
        },
        "waste_share": waste.share,
        "waste": waste.record(),
        "assessment": assessment.in_short,
        "worth": worth.record(),
        "provider": worth.provider and worth.provider.record(),
        "baselines": {
            name: {key: vars(one)[key] for key in ("aep_gwh", "cpu_s", "energy_wh", "feasible")}
            | {"gain_over_it_pct": _gain(final, vars(one))}
            for name, one in results.baselines.baselines.items()
        },
        "wake_model": problem.wake.velocity_model,
        "searched_under": searched_under(problem),
        "robust": robust_summary(results.robust),
        "wake_models": {} if robustness is None else robustness.gains_pct(reference_kind),
        "second_opinion": results.second_opinion
        and [one.summary() for one in results.second_opinion],
        "co2": _carbon(carbon),
        "scores": _scores(content, carbon, worth),
    }


def _neighbours(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what neighbours cost, without layouts; None where there are none."""
    if told is None:
        return None
    regret = {key: value for key, value in told["regret"].items() if key != "layout_ignoring"}
    return {**told, "regret": regret}


def _verified(
    verification: Mapping[str, Any], final: Mapping[str, Any], reference: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return in how many wind conditions FLORIS has evaluated the result, and how surely.

    Nothing is known of runs of earlier versions, which were evaluated on the whole rose.
    """
    if "whole_rose" not in final:
        return None
    return {
        "whole_rose": final["whole_rose"],
        "conditions": final["conditions"],
        "of_conditions": verification["conditions"],
        "standard_error_pct": 100.0 * final["aep_error_gwh"] / final["aep_gwh"],
        "gain_standard_error_pct": reference.get("gain_error_pct"),
    }


def _given(verification: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the given layout yields as it was given, and what had to be done to it.

    Nothing is known of it where none is given, and of runs of earlier versions.
    """
    layouts, as_given = verification.get("layouts", {}), verification.get("as_given")
    feasible, given = None, {}
    if "initial" in layouts and "as_given" in verification:
        feasible, given = as_given is None, as_given or layouts["initial"]
    told: dict[str, Any] = {}
    for measure in measures_of(given):
        told[measure.of("as_given")] = given.get(measure.key)
        over = _gain(layouts.get("final", {}), given, measure.key)
        told[f"{measure.prefix}gain_over_as_given_pct"] = over
    return told | {
        "given_feasible": feasible,
        **{
            f"given_{key}": as_given[key] if as_given else []
            for key in ("outside", "too_close", "moved")
        },
    }


def _net(
    problem: LayoutProblem, final: Mapping[str, Any], reference: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is left of a layout's energy, and of its worth, after the config's losses."""
    told: dict[str, Any] = {"losses_pct": problem.losses_pct}
    for measure in measures_of(final):
        for key, one in (("net", final), ("net_initial", reference)):
            told[measure.of(key)] = problem.net_share * one[measure.key] if one else None
    return told


def _gains(
    final: Mapping[str, Any], reference: Mapping[str, Any], grid: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the result comes to, by each measure, and what it gains."""
    told: dict[str, Any] = {}
    for measure in measures_of(final):
        told |= {
            measure.key: final.get(measure.key),
            measure.of("initial"): reference.get(measure.key),
            f"{measure.prefix}gain_pct": _gain(final, reference, measure.key),
            f"{measure.prefix}gain_over_grid_pct": _gain(final, grid, measure.key),
        }
    return told


def _economics(
    results: Results, problem: LayoutProblem, final: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return what a farm earns a year, and beside it the farms of other numbers of turbines."""
    economics, free = problem.economics, problem.turbine_range
    if economics is None:
        return None
    profit = None
    if final:
        layout = np.array(final["layout"])
        profit = profit_objective(problem).of_energy(layout, final["aep_gwh"] * 1e9)
    told: dict[str, Any] = {
        "profit": profit,
        "currency": economics.currency,
        "value_per_mwh": economics.value_per_mwh,
        "yearly_cost_per_turbine": economics.yearly_cost,
        "break_even_mwh": economics.break_even_mwh,
    }
    if free is None:
        return told
    most = None if results.sized is None else results.sized.most
    rows = [
        {key: None if value != value else value for key, value in row._asdict().items()}
        for row in results.by_number
    ]
    return told | {"min": free.min, "max": free.max, "most_placed": most, "by_number": rows}


def _uncertainty(
    results: Results, problem: LayoutProblem, final: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return how surely the AEP is known; None where there is none yet."""
    if not final:
        return None
    return record_of(budget_of(problem, final, results.robust, results.robustness))


def _carbon(carbon: Carbon | None) -> dict[str, Any] | None:
    """Return the CO2 as the summary keeps it; None where no country is known, never a default."""
    if carbon is None:
        return None
    return {
        "sci_g_per_run": vars(carbon.sci_g),
        "embodied_g": vars(carbon.embodied_g),
        "intensity_g_per_kwh": carbon.intensity,
        "avoided_t": carbon.avoided_t and {k: vars(t) for k, t in carbon.avoided_t.items()},
        "displaced_g_per_kwh": carbon.displaced,
    }


def _scores(content: LedgerContent, carbon: Carbon | None, worth: Figures) -> dict[str, Any]:
    """Return the provider's and the consumer's score, and the tree of what follows from the run."""
    scores = scores_of(content)
    tree = consequences(scores, carbon, worth.gain_wh_per_year, worth.operation.years)
    return scores.record() | {"consequences": [vars(one) for one in tree]}


def _gain(
    one: Mapping[str, Any], reference: Mapping[str, Any], key: str = "aep_gwh"
) -> float | None:
    if not one or not reference:
        return None
    return 100.0 * (float(one[key]) / float(reference[key]) - 1.0)
