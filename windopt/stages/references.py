"""What a result is held against: the layout as given, and the best grid."""

from windopt.optimise import Solution, repair
from windopt.optimise.objective import Objective
from windopt.problem import FloatArray
from windopt.stages.run import Run
from windopt.surrogate import Surrogate

REFERENCES = ("initial", "grid")
"""The layouts that a result is held against."""


def reference_layouts(run: Run, solution: Solution) -> dict[str, FloatArray]:
    """Give those of `REFERENCES` that there are, each (n_turbines, 2) [m] and feasible."""
    references = {}
    if run.problem.initial_layout is not None:
        references["initial"] = repair(run.problem, run.problem.initial_layout, run.seed)
    if solution.grid is not None:
        references["grid"] = solution.grid
    return references


def predicted_reference(
    run: Run, surrogate: Surrogate, solution: Solution
) -> tuple[str, float] | None:
    """Give the first reference and its predicted AEP [Wh], where there is one."""
    for kind, layout in reference_layouts(run, solution).items():
        return kind, predict(run, surrogate, layout)
    return None


def predict(run: Run, surrogate: Surrogate, layout: FloatArray) -> float:
    """Give the AEP of a layout by the surrogate [Wh]."""
    return Objective(run.problem, surrogate).energy(layout)
