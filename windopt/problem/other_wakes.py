"""The same problem under another of FLORIS's wake models."""

from dataclasses import replace

from windopt.config.wake import WakeConfig
from windopt.problem.problem import LayoutProblem


def under_wake_model(problem: LayoutProblem, velocity_model: str) -> LayoutProblem:
    """Return the problem under another of FLORIS's velocity models, with FLORIS's own parameters.

    The turbulence model is the one that the velocity model goes with; the rule of superposition
    stays. The problem's own model stays as its config has it.
    """
    if velocity_model == problem.wake.velocity_model:
        return problem
    turbulence = (
        "wake_induced_mixing" if velocity_model == "empirical_gauss" else "crespo_hernandez"
    )
    wake = WakeConfig.model_validate(
        {
            "velocity_model": velocity_model,
            "turbulence_model": turbulence,
            "combination_model": problem.wake.combination_model,
        }
    )
    return replace(problem, wake=wake)


def judging_problems(problem: LayoutProblem) -> list[LayoutProblem]:
    """Return the problem under every wake model that judges its layouts, its own first."""
    robust = problem.config.robust
    if robust is None:
        return [problem]
    own = problem.wake.velocity_model
    names = [name for name in (*robust.weights, *robust.also_judged_by) if name != own]
    return [problem, *(under_wake_model(problem, name) for name in names)]
