"""The decision: the best layout that FLORIS has seen is handed out, beside its references."""

import logging
from collections.abc import Mapping

from windopt.exports.layout_files import write_layout_files
from windopt.problem.measure import ENERGY
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.regularity import RegularLayout
from windopt.runs.artefacts import write_verdict
from windopt.runs.curve import VerifiedPoint, write_curve
from windopt.runs.history import History, Value
from windopt.runs.session import Run
from windopt.search.solution import Solution
from windopt.stages.origin import origin_of_answer
from windopt.stages.references import predict
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.contenders import REFERENCES
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.pairing import pair_turbines
from windopt.verification.rows import choose_curve, measure_rows, name_best

logger = logging.getLogger(__name__)


def decide(
    run: Run,
    seen: Mapping[str, EvaluatedLayout],
    surrogate: Surrogate,
    solution: Solution,
    as_given: EvaluatedLayout | None = None,
) -> EvaluatedLayout:
    """Hand the user the best layout FLORIS has seen, and write down how it compares.

    Parameters
    ----------
    seen : mapping of str to EvaluatedLayout
        By name, all feasible.
    as_given : EvaluatedLayout or None
        The given layout, where it is not feasible.
    """
    problem = run.problem
    seen = _numbered_as_given(seen, problem)
    rows = measure_rows(problem, seen, solution.lattices)
    best = name_best(problem, seen, rows)
    if best in REFERENCES:
        logger.warning("FLORIS finds nothing better than the %s layout: it is kept", best)
    judged = {name: seen[name] for name in REFERENCES if name in seen} | {"final": seen[best]}
    predicted = {name: predict(run, surrogate, one.layout) for name, one in judged.items()}
    final = judged["final"]
    first = judged.get("initial", judged.get("grid", final))
    claim = surrogate.aep_difference(
        run.problem.joined(final.layout),
        run.problem.joined(first.layout),
        run.problem.wind,
        run.problem.all_types,
        len(run.problem.counted_types),
    )
    types = run.problem.types if len(run.problem.turbines) > 1 else None
    curve = _verified_curve(run, seen, rows, surrogate)
    if curve:
        write_curve(run.folder, curve, types)
    origin = origin_of_answer(run, surrogate, solution, best, seen)
    write_verdict(
        run.folder, problem, judged, predicted, claim, rows.get(best), curve, as_given, origin
    )
    write_layout_files(run.folder, problem)
    History(run.folder, go_on=True).add(
        run.ledger.totals(),
        best if best in REFERENCES else "final",
        predicted["final"] / 1e9,
        origin.found_by,
        final.aep / 1e9,
        final.feasibility.feasible,
        value=Value(
            final.measure, Objective.of(problem, surrogate).value(final.layout), final.value
        ),
    )
    for kind in REFERENCES:
        if kind in judged:
            run.ledger.gain(
                reference=kind,
                aep_wh=final.aep,
                reference_aep_wh=judged[kind].aep,
                feasible=final.feasibility.feasible,
                predicted_aep_wh=predicted["final"],
                wake_model=surrogate.wake_model,
                loss_factor=problem.config.losses.net_share,
                **({"repaired": True} if as_given and kind == "initial" else {}),
                standard_error_wh_per_year=problem.config.losses.net_share
                * final.aep_lead_error(judged[kind]),
                **_gain(final, judged[kind]),
            )
    return final


def _gain(final: EvaluatedLayout, reference: EvaluatedLayout) -> dict[str, float]:
    """Return the gain by the objective's measure [%], where that is not the AEP."""
    if final.measure == ENERGY:
        return {}
    return {f"{final.measure.prefix}gain_pct": 100.0 * (final.value / reference.value - 1.0)}


def _verified_curve(
    run: Run,
    seen: Mapping[str, EvaluatedLayout],
    rows: Mapping[str, RegularLayout],
    surrogate: Surrogate,
) -> list[VerifiedPoint]:
    """Return the best layout FLORIS has seen for each weight; none where nothing is weighed."""
    weights = run.problem.config.optimise.regularity
    if not any(weights):
        return []
    return [
        VerifiedPoint(
            weight,
            rows[name].departure_d,
            predict(run, surrogate, seen[name].layout),
            seen[name],
        )
        for weight, name in zip(weights, choose_curve(run.problem, rows), strict=True)
    ]


def _numbered_as_given(
    seen: Mapping[str, EvaluatedLayout], problem: LayoutProblem
) -> dict[str, EvaluatedLayout]:
    """Return the layouts such that a turbine keeps, on its way, the number it had as given."""
    if "initial" not in seen:
        return dict(seen)
    given = seen["initial"].layout
    return {
        name: one.in_order(pair_turbines(given, one.layout, problem.types))
        for name, one in seen.items()
    }
