"""What a result is held against: the layout as given, and the best grid."""

from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.repair import repair
from windopt.problem.violations import breaks_rules
from windopt.runs.session import Run
from windopt.search.solution import Solution
from windopt.surrogate.surrogate import Surrogate


def reference_layouts(run: Run, solution: Solution) -> dict[str, FloatArray]:
    """Return the given layout, made feasible, and the best grid, as far as there are (n, 2) [m]."""
    references = {}
    if run.problem.initial_layout is not None:
        references["initial"] = repair(run.problem, run.problem.initial_layout, run.seed)
    if solution.grid is not None:
        references["grid"] = solution.grid
    return references


def layout_as_given(run: Run) -> FloatArray | None:
    """Return the given layout (n_turbines, 2) [m] where it breaks a rule; else it is `initial`."""
    given = run.problem.initial_layout
    return given if given is not None and breaks_rules(run.problem, given) else None


def predicted_reference(
    run: Run, surrogate: Surrogate, solution: Solution
) -> tuple[str, float] | None:
    """Return the first reference and its predicted value by the objective [its unit]."""
    for kind, layout in reference_layouts(run, solution).items():
        return kind, Objective.of(run.problem, surrogate).value(layout)
    return None


def predict(run: Run, surrogate: Surrogate, layout: FloatArray) -> float:
    """Return the AEP of a layout by the surrogate [Wh]."""
    return Objective.of(run.problem, surrogate).energy(layout)
