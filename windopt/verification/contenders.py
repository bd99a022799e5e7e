"""Which of the judged layouts may still be the answer, and how surely that is known."""

from collections.abc import Collection, Mapping

from windopt.problem.problem import LayoutProblem
from windopt.verification.evaluated import EvaluatedLayout

SURE = 2.0
"""Standard errors by which a layout has to be worse to be out of question."""
REFERENCES = ("initial", "grid")
"""The layouts that a result is held against."""


def contenders(
    problem: LayoutProblem, judged: Mapping[str, EvaluatedLayout], also: Collection[str] = ()
) -> list[str]:
    """Name the layouts that are told of, and those that may be the best: not worse for sure.

    Parameters
    ----------
    problem : LayoutProblem
    judged : mapping of str to EvaluatedLayout
        By name.
    also : collection of str
        Names that are told of beside the references.
    """
    how = problem.config.optimise
    if how.pattern == "regular" or any(how.regularity):
        return list(judged)  # the answer is chosen by regularity as well
    feasible = {name: one for name, one in judged.items() if one.feasibility.feasible}
    best = max(feasible.values(), key=lambda one: one.value)
    return [
        name
        for name, one in judged.items()
        if name in (*REFERENCES, *also)  # of these is told in any case
        or name not in feasible
        or best.value - one.value <= SURE * best.lead_error(one)
    ]


def doubt_pct(judged: Mapping[str, EvaluatedLayout]) -> float:
    """Return the standard error of the gain, and of the choice where it is close [% of AEP].

    Without a reference it is the AEP's own.
    """
    feasible = [one for one in judged.values() if one.feasibility.feasible]
    best = max(feasible, key=lambda one: one.value)
    reference = judged.get("initial", judged.get("grid"))
    if reference is None or reference is best:
        errors = [best.aep_error / best.aep * best.value]
    else:
        errors = [best.lead_error(reference)]
    for one in feasible:
        error = best.lead_error(one)
        if one is not best and best.value - one.value <= SURE * error:
            errors.append(error)
    return 100.0 * max(errors) / abs(best.value)
