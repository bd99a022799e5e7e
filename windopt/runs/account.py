"""FLORIS's account of the layouts of a run, put together for `verification.json`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from windopt.floris.alone import evaluated_wind, wake_free_aep
from windopt.problem.boundary import BOUNDARY_TOLERANCE_M
from windopt.problem.measure import REVENUE, ROBUST
from windopt.problem.problem import LayoutProblem
from windopt.problem.regularity import RegularLayout
from windopt.problem.violations import violations
from windopt.runs.curve import VerifiedPoint
from windopt.runs.other_roses import roses_content
from windopt.runs.solution import lattice_content
from windopt.runs.verification import VerificationRecord, VerifiedLayout
from windopt.search.solution import Origin
from windopt.verification.evaluated import EvaluatedLayout


def verification_record(
    problem: LayoutProblem,
    evaluated: Mapping[str, EvaluatedLayout],
    predicted: Mapping[str, float],
    claim: tuple[float, float],
    rows: RegularLayout | None = None,
    curve: Sequence[VerifiedPoint] = (),
    as_given: EvaluatedLayout | None = None,
    origin: Origin | None = None,
) -> VerificationRecord:
    """Put FLORIS's account of the layouts together with the surrogate's.

    Parameters
    ----------
    evaluated : mapping of str to EvaluatedLayout
        "final" and its references.
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
        The given layout, where it is not feasible: "initial" is what repair made of it.
    origin : Origin or None
        Of the final layout.
    """
    about = {
        "wind_direction": problem.wind.wind_direction,
        "conditions": len(evaluated_wind(problem).conditions),
        "wake_free_aep_gwh": wake_free_aep(problem, evaluated["final"].layout) / 1e9,
        "claimed_gain_gwh": claim[0] / 1e9,
        "claimed_gain_error_gwh": None if np.isnan(claim[1]) else claim[1] / 1e9,
        "rows": None if rows is None else _rows(rows, problem.rotor_diameter),
        "curve": [point.row | {"layout": point.evaluated.layout} for point in curve],
        "as_given": _as_given(problem, as_given, evaluated),
        "roses": roses_content(problem, evaluated),
    }
    layouts = {
        name: VerifiedLayout(
            aep_gwh=one.aep / 1e9,
            aep_predicted_gwh=predicted[name] / 1e9,
            repaired=as_given is not None and name == "initial",
            revenue=one.told.get(REVENUE.key),
            wake_loss_pct=one.wake_loss_pct,
            whole_rose=one.whole_rose,
            conditions=one.conditions,
            aep_error_gwh=one.aep_error / 1e9,
            gain_error_pct=_gain_error_pct(evaluated["final"], one),
            feasible=one.feasibility.feasible,
            max_boundary_violation_m=one.feasibility.max_boundary_violation_m,
            min_spacing_d=one.feasibility.min_spacing_d,
            spacing_kept=one.feasibility.spacing_kept,
            wake_loss_by_direction_pct=one.wake_loss_by_direction_pct,
            turbine_aep_gwh=one.turbine_aep / 1e9,
            turbine_wake_loss_pct=one.turbine_wake_loss_pct,
            layout=one.layout,
        )
        for name, one in evaluated.items()
    }
    return VerificationRecord(layouts, origin, about)


def _gain_error_pct(final: EvaluatedLayout, one: EvaluatedLayout) -> float:
    """Return the standard error of the gain over a layout [%]; of a robust run, of that in AEP."""
    if final.measure == ROBUST:
        return 100.0 * final.aep_lead_error(one) / one.aep
    return 100.0 * final.lead_error(one) / abs(one.value)


def _as_given(
    problem: LayoutProblem,
    as_given: EvaluatedLayout | None,
    evaluated: Mapping[str, EvaluatedLayout],
) -> dict[str, Any] | None:
    """Return what the given layout yields, what is wrong with it, and who was moved to mend it."""
    if as_given is None:
        return None
    mended = evaluated["initial"].layout
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
        **lattice_content(lattice),
    }
