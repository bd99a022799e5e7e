"""What a result is held against: the layout as given, and the regular grid."""

from collections.abc import Mapping

from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.violations import breaks_rules
from windopt.search.solution import Solution
from windopt.surrogate.surrogate import Surrogate


def reference_layouts(
    problem: LayoutProblem, solution: Solution, seed: int
) -> dict[str, FloatArray]:
    """Return the given layout, made feasible, and the regular grid, as far as there are (n, 2) [m].

    Parameters
    ----------
    solution : Solution
        Knows the grid.
    seed : int
        Of the repair.
    """
    references = {}
    if problem.initial_layout is not None:
        references["initial"] = repair(problem, problem.initial_layout, seed)
    if solution.grid is not None:
        references["grid"] = solution.grid
    return references


def layout_as_given(problem: LayoutProblem) -> FloatArray | None:
    """Return the given layout (n_turbines, 2) [m] where it breaks a rule; else it is `initial`."""
    given = problem.initial_layout
    return given if given is not None and breaks_rules(problem, given) else None


def predicted_reference(
    objective: Objective, references: Mapping[str, FloatArray]
) -> tuple[str, float] | None:
    """Return the first reference and its predicted value by the objective [its unit]."""
    for kind, layout in references.items():
        return kind, objective.value(layout)
    return None


def predict(problem: LayoutProblem, surrogate: Surrogate, layout: FloatArray) -> float:
    """Return the AEP of a layout by the surrogate [Wh]."""
    return Objective.of(problem, surrogate).energy(layout)
