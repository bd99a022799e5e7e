"""Pattern and regularity before the judge: which of the layouts that FLORIS has seen is the answer.

The curve of AEP against regularity is chosen anew from FLORIS's figures, all layouts it has judged
being candidates for every weight, the references among them. So it falls with the weight as the
search's own curve does, whatever the surrogate got wrong.
"""

from collections.abc import Mapping, Sequence

from windopt.floris.alone import wake_free_aep
from windopt.problem.lattice import Lattice
from windopt.problem.problem import LayoutProblem
from windopt.problem.regularity import RegularLayout, choose, fit_lattice
from windopt.verification.evaluated import EvaluatedLayout

REGULAR_D = 1e-4
"""Departure up to which a layout is regular [D]."""


def measure_rows(
    problem: LayoutProblem, judged: Mapping[str, EvaluatedLayout], lattices: Sequence[Lattice]
) -> dict[str, RegularLayout]:
    """Measure how far judged layouts depart from rows, by name; their AEP is FLORIS's.

    Empty for a free search, where nobody asks.
    """
    how = problem.config.optimise
    if how.pattern == "free" and not any(how.regularity):
        return {}
    rows, free = {}, wake_free_aep(problem)
    for name, one in judged.items():
        fit = fit_lattice(problem, one.layout, lattices)
        rows[name] = RegularLayout(
            how.regularity[0], one.layout, one.aep, fit.departure_d, fit.lattice, free
        )
    return rows


def name_best(
    problem: LayoutProblem, judged: Mapping[str, EvaluatedLayout], rows: Mapping[str, RegularLayout]
) -> str:
    """Name the answer: that with the highest value, of regular ones if asked for, or score."""
    how = problem.config.optimise
    if how.pattern == "regular":
        # of all layouts only the given one may be irregular
        regular = [n for n, one in rows.items() if n != "initial" or one.departure_d < REGULAR_D]
        return max(regular, key=lambda name: judged[name].value)
    if rows:
        return choose_curve(problem, rows)[0]
    return max(judged, key=lambda name: judged[name].value)


def choose_curve(problem: LayoutProblem, rows: Mapping[str, RegularLayout]) -> list[str]:
    """Name the best layout for each weight of regularity, in their order."""
    names = []
    for weight in problem.config.optimise.regularity:
        best = choose(rows.values(), weight)
        names.append(next(name for name, one in rows.items() if one.layout is best.layout))
    return names
