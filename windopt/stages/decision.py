"""The decision: the best layout that FLORIS has seen, beside its references."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.regularity import RegularLayout
from windopt.runs.account import verification_record
from windopt.runs.curve import VerifiedPoint
from windopt.runs.verification import VerificationRecord
from windopt.search.solution import Origin, Solution
from windopt.stages.origin import origin_of_answer
from windopt.stages.references import predict
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.contenders import REFERENCES
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.pairing import numbered_as_given
from windopt.verification.rows import choose_curve, measure_rows, name_best

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Decision:
    """The best layout that FLORIS has seen, and how it compares.

    Attributes
    ----------
    best : str
        Its name among the layouts that FLORIS has seen.
    evaluated : dict of EvaluatedLayout
        It, as "final", and its references.
    predicted : dict of float [Wh]
        The surrogate's AEP of each.
    origin : Origin
        Which part of the run found it.
    curve : list of VerifiedPoint
        The best layout for each weight of regularity; none where nothing is weighed.
    record : VerificationRecord
        All this, as it is written down.
    """

    best: str
    evaluated: dict[str, EvaluatedLayout]
    predicted: dict[str, float]
    origin: Origin
    curve: list[VerifiedPoint]
    record: VerificationRecord

    @property
    def final(self) -> EvaluatedLayout:
        """The answer."""
        return self.evaluated["final"]


def decide(
    problem: LayoutProblem,
    seen: Mapping[str, EvaluatedLayout],
    surrogate: Surrogate,
    objective: Objective,
    solution: Solution,
    known: Mapping[str, FloatArray],
    as_given: EvaluatedLayout | None = None,
) -> Decision:
    """Choose the best layout FLORIS has seen, and compare it with its references.

    Parameters
    ----------
    seen : mapping of str to EvaluatedLayout
        By name, all feasible.
    objective : Objective
        What the search has maximised, on the surrogate.
    known : mapping of str to (n_turbines, 2) [m]
        The starts that were answers already, as of `known_starts`.
    as_given : EvaluatedLayout or None
        The given layout, where it is not feasible.
    """
    seen = numbered_as_given(seen, problem)
    rows = measure_rows(problem, seen, solution.lattices)
    best = name_best(problem, seen, rows)
    if best in REFERENCES:
        logger.warning("FLORIS finds nothing better than the %s layout: it is kept", best)
    evaluated = {name: seen[name] for name in REFERENCES if name in seen} | {"final": seen[best]}
    predicted = {name: predict(problem, surrogate, one.layout) for name, one in evaluated.items()}
    final = evaluated["final"]
    first = evaluated.get("initial", evaluated.get("grid", final))
    claim = surrogate.aep_difference(
        problem.joined(final.layout),
        problem.joined(first.layout),
        problem.wind,
        problem.all_types,
        len(problem.counted_types),
    )
    curve = _verified_curve(problem, seen, rows, surrogate)
    origin = origin_of_answer(objective, solution, best, seen, known)
    record = verification_record(
        problem, evaluated, predicted, claim, rows.get(best), curve, as_given, origin
    )
    return Decision(best, evaluated, predicted, origin, curve, record)


def gains_of(
    problem: LayoutProblem, decision: Decision, wake_model: str, repaired: bool
) -> list[dict[str, Any]]:
    """Return the gain over each reference, as the ledger keeps it.

    Parameters
    ----------
    wake_model : str
        That the surrogate has learned.
    repaired : bool
        Whether "initial" is the given layout after repair.
    """
    final, share = decision.final, problem.net_share
    return [
        {
            "reference": kind,
            "aep_wh": final.aep,
            "reference_aep_wh": decision.evaluated[kind].aep,
            "feasible": final.feasibility.feasible,
            "predicted_aep_wh": decision.predicted["final"],
            "wake_model": wake_model,
            "loss_factor": share,
            **({"repaired": True} if repaired and kind == "initial" else {}),
            "standard_error_wh_per_year": share * final.aep_lead_error(decision.evaluated[kind]),
            **_gain(final, decision.evaluated[kind]),
        }
        for kind in REFERENCES
        if kind in decision.evaluated
    ]


def _gain(final: EvaluatedLayout, reference: EvaluatedLayout) -> dict[str, float]:
    """Return the gain by the objective's measure [%], where that is not the AEP."""
    if final.measure == ENERGY:
        return {}
    return {f"{final.measure.prefix}gain_pct": 100.0 * (final.value / reference.value - 1.0)}


def _verified_curve(
    problem: LayoutProblem,
    seen: Mapping[str, EvaluatedLayout],
    rows: Mapping[str, RegularLayout],
    surrogate: Surrogate,
) -> list[VerifiedPoint]:
    """Return the best layout FLORIS has seen for each weight; none where nothing is weighed."""
    weights = problem.config.optimise.regularity
    if not any(weights):
        return []
    return [
        VerifiedPoint(
            weight,
            rows[name].departure_d,
            predict(problem, surrogate, seen[name].layout),
            seen[name],
        )
        for weight, name in zip(weights, choose_curve(problem, rows), strict=True)
    ]
