"""Surrogates that nobody has to train: a known wake formula in the place of the learned kernel."""

from dataclasses import replace

from windopt.config.wake import WakeConfig
from windopt.floris.adapter import IEA37, IEA37_EXPANSION, wake_model_hash
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.formula import INITIAL_WIDTH
from windopt.surrogate.surrogate import Surrogate, choose_device
from windopt.surrogate.wake_flow import FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_models import farm_physics


def analytic_surrogate(problem: LayoutProblem) -> Surrogate:
    """Return the farm with the wakes of IEA Wind Task 37's formula.

    For a problem whose wake model is `iea37` it is FLORIS's farm itself, but for the table over
    distance (1e-6 of AEP) and, for turbines whose thrust coefficient is not 8/9, the approximation
    that `formula` states.

    For any other problem it keeps site, turbines and air and takes the formula for the wake: one
    point at the hub instead of a rotor, root-sum-square instead of the problem's superposition, and
    no dependence on turbulence. It costs nothing and is the first rung of a search; what it says
    about energy is not the problem's wake model's word, and its card names `iea37`.

    Parameters
    ----------
    problem : LayoutProblem

    Returns
    -------
    Surrogate
        On the device that the problem's config asks for.
    """
    problem = in_task_37(problem)
    parameters = problem.wake.parameters.get("wake_velocity_parameters", {})
    shape = formula_shape(float(parameters.get("k", IEA37_EXPANSION)))
    return on_formula(problem, farm_physics(problem), shape, wake_model_hash(problem))


def is_formula(problem: LayoutProblem) -> bool:
    """Return whether a problem's wake model is a formula: nothing to simulate or learn."""
    return problem.wake.velocity_model == IEA37


def in_task_37(problem: LayoutProblem) -> LayoutProblem:
    """Return a problem with the wakes of Task 37: itself where it has them."""
    if is_formula(problem):
        return problem
    wake = WakeConfig(velocity_model="iea37", turbulence_model="none", combination_model="sosfs")
    return replace(problem, wake=wake)


def formula_shape(
    expansion: float, initial_width: float = INITIAL_WIDTH, strength: float = 1.0
) -> KernelShape:
    """Return the kernel that is a formula of these constants, named as `KernelShape` does."""
    return KernelShape(
        ranks=(1, 1, 1),
        width=1,
        expansion=expansion,
        initial_width=initial_width,
        strength=strength,
    )


def on_formula(
    problem: LayoutProblem, physics: FarmPhysics, shape: KernelShape, wake_model: str
) -> Surrogate:
    """Return the surrogate of a problem in Task 37's terms (`in_task_37`) with a formula's wakes.

    Parameters
    ----------
    problem : LayoutProblem
    physics : FarmPhysics
    shape : KernelShape
        Of `formula_shape`.
    wake_model : str
        What it stands for.
    """
    surrogate = Surrogate(physics, wake_model, shape, problem.hours_per_year, problem.types)
    surrogate.wake, surrogate.speed_up = problem.wake.model_dump(), problem.speed_up
    return surrogate.to(choose_device(problem.device))
