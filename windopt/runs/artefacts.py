"""Solution and verdict as files, and the summary that is made of them."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from windopt.assessment.assess import assess
from windopt.assessment.carbon import Carbon, carbon_of
from windopt.assessment.payback import payback_seconds
from windopt.config.reader import config_hash
from windopt.errors import RunFolderError
from windopt.floris.alone import evaluated_wind, wake_free_aep
from windopt.ledger.totals import LedgerContent
from windopt.problem.constraints import BOUNDARY_TOLERANCE_M
from windopt.problem.lattice import Lattice
from windopt.problem.measure import measures_of
from windopt.problem.problem import LayoutProblem
from windopt.problem.profit import profit_objective
from windopt.problem.regularity import RegularLayout
from windopt.problem.violations import violations
from windopt.report.assessment import read_baselines
from windopt.runs.curve import VerifiedPoint
from windopt.runs.folder import RunFolder, write_json
from windopt.runs.history import search_curve
from windopt.runs.training import training_facts
from windopt.runs.turbine_count import read_turbine_count
from windopt.search.solution import Origin, Solution, StartResult
from windopt.verification.evaluated import EvaluatedLayout

PACKAGES = ("windopt", "floris", "torch", "numpy", "scipy", "shapely", "windIO")


def installed_versions() -> dict[str, str]:
    """Return the versions of what decides a run's numbers, by package."""
    return {name: version(name) for name in PACKAGES}


def write_solution(folder: RunFolder, solution: Solution, lessons: int = 0) -> None:
    """Write what the search found, all starts with it.

    Parameters
    ----------
    lessons : int
        That the surrogate had learned from FLORIS since its training.
    """
    write_json(
        folder.solution,
        {
            "status": solution.status,
            "reason": solution.reason,
            **_origin(solution.origin),
            "lessons": lessons,
            "aep_predicted_gwh": solution.aep_predicted / 1e9,
            "layout": solution.layout,
            "grid": solution.grid,
            "lattice": None if solution.lattice is None else _lattice(solution.lattice),
            "curve": [
                {
                    "regularity": point.regularity,
                    "aep_gwh": point.aep / 1e9,
                    "departure_d": point.departure_d,
                    "wake_free_aep_gwh": point.wake_free_aep / 1e9,
                    "lattice": _lattice(point.lattice),
                    "layout": point.layout,
                }
                for point in solution.curve
            ],
            "starts": [
                {
                    "name": start.name,
                    "status": start.status,
                    "aep_start_gwh": start.aep_start / 1e9,
                    "aep_best_gwh": start.aep_best / 1e9,
                    "layout": start.layout,
                }
                for start in solution.starts
            ],
        },
    )


def read_solution(folder: RunFolder) -> Solution:
    """Read what `write_solution` wrote; the history stays in `history.csv`."""
    content = folder.read_json(folder.solution)
    try:
        return _solution(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunFolderError(
            f"'{folder.solution}' is not what a search writes ({error}); delete it and run "
            f"`windopt run --resume {folder.path}`"
        ) from error


def _solution(content: Mapping[str, Any]) -> Solution:
    return Solution(
        layout=np.array(content["layout"]),
        aep_predicted=content["aep_predicted_gwh"] * 1e9,
        status=content["status"],
        history=(),
        starts=tuple(
            StartResult(
                s["name"],
                np.array(s["layout"]),
                s["aep_start_gwh"] * 1e9,
                s["aep_best_gwh"] * 1e9,
                s.get("status", ""),
            )
            for s in content["starts"]
        ),
        grid=None if content["grid"] is None else np.array(content["grid"]),
        reason=content.get("reason", ""),
        origin=None if content.get("origin") is None else Origin(**content["origin"]),
        lattice=_read_lattice(content.get("lattice")),
        curve=tuple(
            RegularLayout(
                p["regularity"],
                np.array(p["layout"]),
                p["aep_gwh"] * 1e9,
                p["departure_d"],
                Lattice(np.array(p["lattice"]["origin_m"]), np.array(p["lattice"]["cell_m"])),
                p["wake_free_aep_gwh"] * 1e9,
            )
            for p in content.get("curve", [])
        ),
    )


def _origin(origin: Origin | None) -> dict[str, Any]:
    """Return which part of the run found a layout, and from which start with what gains."""
    if origin is None:
        return {"found_by": None, "origin": None}
    return {"found_by": origin.found_by, "origin": vars(origin)}


def _read_lattice(content: Mapping[str, Any] | None) -> Lattice | None:
    if content is None:
        return None
    return Lattice(np.array(content["origin_m"]), np.array(content["cell_m"]))


def write_verdict(
    folder: RunFolder,
    problem: LayoutProblem,
    judged: Mapping[str, EvaluatedLayout],
    predicted: Mapping[str, float],
    claim: tuple[float, float],
    rows: RegularLayout | None = None,
    curve: Sequence[VerifiedPoint] = (),
    as_given: EvaluatedLayout | None = None,
    origin: Origin | None = None,
) -> None:
    """Write FLORIS's account of the layouts, the surrogate's beside it.

    Parameters
    ----------
    predicted : mapping of str to float [Wh]
        The surrogate's AEP of each.
    claim : tuple[float, float] [Wh]
        The surrogate's AEP of the final layout over the reference's, and its standard error, nan
        where unknown.
    rows : RegularLayout or None
        How the final layout stands in rows, where the config asks for them.
    curve : sequence of VerifiedPoint
        The verified layout of each weight of regularity.
    as_given : EvaluatedLayout or None
        The given layout, where it is not feasible: ``initial`` is what repair made of it.
    origin : Origin or None
        Of the final layout.
    """
    write_json(
        folder.verification,
        {
            **_origin(origin),
            "wind_direction": problem.wind.wind_direction,
            "conditions": len(evaluated_wind(problem).conditions),
            "wake_free_aep_gwh": wake_free_aep(problem, judged["final"].layout) / 1e9,
            "claimed_gain_gwh": claim[0] / 1e9,
            "claimed_gain_error_gwh": None if np.isnan(claim[1]) else claim[1] / 1e9,
            "rows": None if rows is None else _rows(rows, problem.rotor_diameter),
            "curve": [point.row | {"layout": point.judged.layout} for point in curve],
            "as_given": _as_given(problem, as_given, judged),
            "layouts": {
                name: {
                    **one.told,
                    "aep_predicted_gwh": predicted[name] / 1e9,
                    **({"repaired": True} if as_given and name == "initial" else {}),
                    "wake_loss_pct": one.wake_loss_pct,
                    "whole_rose": one.whole_rose,
                    "conditions": one.conditions,
                    "aep_error_gwh": one.aep_error / 1e9,
                    "gain_error_pct": 100.0 * judged["final"].lead_error(one) / abs(one.value),
                    "feasible": one.feasibility.feasible,
                    "max_boundary_violation_m": one.feasibility.max_boundary_violation_m,
                    "min_spacing_d": one.feasibility.min_spacing_d,
                    "spacing_kept": one.feasibility.spacing_kept,
                    "wake_loss_by_direction_pct": one.wake_loss_by_direction_pct,
                    "turbine_aep_gwh": one.turbine_aep / 1e9,
                    "turbine_wake_loss_pct": one.turbine_wake_loss_pct,
                    "layout": one.layout,
                }
                for name, one in judged.items()
            },
        },
    )


def _as_given(
    problem: LayoutProblem, as_given: EvaluatedLayout | None, judged: Mapping[str, EvaluatedLayout]
) -> dict[str, Any] | None:
    """Return what the given layout yields, what is wrong with it, and who was moved to mend it."""
    if as_given is None:
        return None
    mended = judged["initial"].layout
    way = np.hypot(*(mended - as_given.layout).T)
    wrong = violations(problem, as_given.layout)
    return {
        **as_given.told,
        "wake_loss_pct": as_given.wake_loss_pct,
        "max_boundary_violation_m": as_given.feasibility.max_boundary_violation_m,
        "min_spacing_d": as_given.feasibility.min_spacing_d,
        "outside": [vars(one) for one in wrong.outside],
        "too_close": [vars(one) for one in wrong.too_close],
        "moved": [
            {"turbine": int(i) + 1, "distance_m": float(way[i])}
            for i in np.flatnonzero(way > BOUNDARY_TOLERANCE_M)
        ],
        "layout": as_given.layout,
    }


def write_summary(
    folder: RunFolder, problem: LayoutProblem, content: LedgerContent, status: str, reason: str
) -> dict[str, Any]:
    """Write `summary.json` from the verdict, if there is one, and the ledger; returns it.

    Parameters
    ----------
    content : LedgerContent
        The ledger's.
    status : {"completed", "stopped", "failed"}
    reason : str
        Why the run ended so.
    """
    totals, worth = content.totals, assess(content, search_curve(folder))
    judgement = folder.read_verification() if folder.verification.exists() else {"layouts": {}}
    verdict, error = judgement["layouts"], judgement.get("claimed_gain_error_gwh")
    final, grid = verdict.get("final", {}), verdict.get("grid", {})
    reference_kind = "initial" if "initial" in verdict else "grid"
    reference = verdict.get(reference_kind, {})
    gain = _gain(final, reference)
    payback, share = None, problem.config.losses.net_share
    if gain is not None:
        gain_wh = share * (final["aep_gwh"] - reference["aep_gwh"]) * 1e9
        payback = payback_seconds(totals.energy_wh["central"], gain_wh)
    summary = {
        "name": problem.name,
        "status": status,
        "reason": reason,
        "n_turbines": problem.n_turbines if final or problem.turbine_range is None else None,
        **_gains(final, reference, grid),
        "reference": reference_kind,
        "verified": _verified(judgement, final, reference),
        "found_by": judgement.get("found_by"),
        "origin": judgement.get("origin"),
        **_given(judgement),
        "gain_predicted_pct": _gain(final, reference, "aep_predicted_gwh"),
        "gain_predicted_error_pct": (
            None if error is None or not reference else 100.0 * error / reference["aep_gwh"]
        ),
        **training_facts(folder, final, judgement.get("wake_free_aep_gwh")),
        "aep_grid_gwh": grid.get("aep_gwh"),
        **_net(problem, final, reference),
        "economics": _economics(folder, problem, final),
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
        "rows": judgement.get("rows"),
        "wall_s": totals.wall_s,
        "cpu_s": totals.cpu_s,
        "energy_wh": totals.energy_wh,
        "payback_s": payback,
        "floris_evaluations": totals.counts.get("floris_evaluations", 0),
        "floris_conditions": totals.counts.get("floris_conditions", 0),
        "floris_conditions_spared": totals.counts.get("floris_conditions_spared", 0),
        "seed": problem.config.seed,
        "config_hash": config_hash(problem.config),
        "versions": installed_versions(),
        "stages": {
            kind: {"wall_s": cost.wall_s, "cpu_s": cost.cpu_s, "energy_wh": cost.energy_wh}
            for kind, cost in totals.by_stage.items()
        },
        "waste_share": totals.waste_share,
        "verdict": worth.record(),
        "baselines": {
            name: {key: one[key] for key in ("aep_gwh", "cpu_s", "energy_wh", "feasible")}
            | {"gain_over_it_pct": _gain(final, one)}
            for name, one in read_baselines(folder).items()
        },
        "wake_models": _gains_by_wake_model(folder, reference_kind),
        "co2": _carbon(carbon_of(content, worth.gain_wh_per_year)),
    }
    write_json(folder.summary, summary)
    return summary


def _verified(
    judgement: Mapping[str, Any], final: Mapping[str, Any], reference: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return in how many wind conditions FLORIS has judged the result, and how surely that tells.

    Nothing is known of runs of earlier versions, which were judged on the whole rose.
    """
    if "whole_rose" not in final:
        return None
    return {
        "whole_rose": final["whole_rose"],
        "conditions": final["conditions"],
        "of_conditions": judgement["conditions"],
        "standard_error_pct": 100.0 * final["aep_error_gwh"] / final["aep_gwh"],
        "gain_standard_error_pct": reference.get("gain_error_pct"),
    }


def _given(judgement: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the given layout yields as it was given, and what had to be done to it.

    Nothing is known of it where none is given, and of runs of earlier versions.
    """
    layouts, as_given = judgement["layouts"], judgement.get("as_given")
    feasible, given = None, {}
    if "initial" in layouts and "as_given" in judgement:
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
    losses = problem.config.losses
    told: dict[str, Any] = {"losses_pct": losses.total_pct}
    for measure in measures_of(final):
        for key, one in (("net", final), ("net_initial", reference)):
            told[measure.of(key)] = losses.net_share * one[measure.key] if one else None
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


def _gains_by_wake_model(folder: RunFolder, reference: str) -> dict[str, float]:
    """Return the gain over a reference by every wake model that was asked [%]."""
    if not folder.robustness.exists():
        return {}
    opinions = folder.read_json(folder.robustness)["aep_gwh"]
    return {
        model: 100.0 * (aep["final"] / aep[reference] - 1.0)
        for model, aep in opinions.items()
        if reference in aep
    }


def _lattice(lattice: Lattice) -> dict[str, Any]:
    return {"origin_m": lattice.origin, "cell_m": lattice.cell}


def _rows(rows: RegularLayout, diameter: float) -> dict[str, Any]:
    """Describe the rows that a layout stands in, or nearly."""
    lattice = rows.lattice
    return {
        "regularity": rows.regularity,
        "departure_d": rows.departure_d,
        "row_spacing_m": lattice.row_spacing,
        "row_spacing_d": lattice.row_spacing / diameter,
        "spacing_in_row_m": lattice.spacing_in_row,
        "spacing_in_row_d": lattice.spacing_in_row / diameter,
        "bearing_deg": lattice.bearing,
        "stagger": lattice.stagger,
        **_lattice(lattice),
    }


def _economics(
    folder: RunFolder, problem: LayoutProblem, final: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return what a farm earns a year, and beside it the farms of other numbers of turbines."""
    economics, free = problem.config.economics, problem.turbine_range
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
        "break_even_mwh": problem.config.break_even,
    }
    if free is None:
        return told
    most = folder.read_json(folder.sizing)["most"] if folder.sizing.exists() else None
    rows = [
        {key: None if value != value else value for key, value in row._asdict().items()}
        for row in read_turbine_count(folder)
    ]
    return told | {"min": free.min, "max": free.max, "most_placed": most, "by_number": rows}


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


def _gain(
    one: Mapping[str, Any], reference: Mapping[str, Any], key: str = "aep_gwh"
) -> float | None:
    if not one or not reference:
        return None
    return 100.0 * (float(one[key]) / float(reference[key]) - 1.0)
