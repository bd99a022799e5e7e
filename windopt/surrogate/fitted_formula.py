"""The wake formula fitted to a wake model of FLORIS: the rung of a search without a network.

Task 37's formula (`formula`) has three constants. Fitted to a velocity model, at FLORIS's default
parameters, they make a wake of it that is as deep and wide as that model's is on average, where

    k = k_0 + k_1 I,   I: ambient turbulence intensity, the site's mean over its energy.

The constants ship with windopt (`kernels/formula.json`): what they were fitted to, the errors they
leave, the energy the fit took, and the command that repeats it. Deficits combine as the wake model
has them; a rotor feels the wind of its hub.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from windopt.errors import RunFolderError
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.analytic import analytic_surrogate, formula_shape, in_task_37, on_formula
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_models import farm_physics

FILE = Path(__file__).parent / "kernels" / "formula.json"
WITH_GCH = "{}_gch"
"""Name of a velocity model's fit with FLORIS's GCH switches on."""


class FormulaConstants(NamedTuple):
    """Constants of the formula, fitted to a wake model.

    Attributes
    ----------
    expansion, expansion_per_ti : float [-]
        k_0 and k_1.
    initial_width : float [D]
    strength : float [-]
    """

    expansion: float
    expansion_per_ti: float
    initial_width: float
    strength: float

    def shape(self, ti: float) -> KernelShape:
        """Return the kernel at an ambient turbulence intensity [-]."""
        k = self.expansion + self.expansion_per_ti * ti
        return formula_shape(k, self.initial_width, self.strength)


def fitted_formula(problem: LayoutProblem) -> Surrogate:
    """Return the farm with the wakes of the formula that is fitted to the problem's wake model.

    It costs nothing, like `analytic_surrogate`, and that is what a problem has to which nothing is
    fitted: where the wake model is the formula (`iea37`) or where there are no wakes (`none`). Its
    `facts` say what the formula is fitted to, and how well.

    Parameters
    ----------
    problem : LayoutProblem

    Returns
    -------
    Surrogate
        On the device that the problem's config asks for.

    Raises
    ------
    RunFolderError
        When the file of constants is missing or damaged.
    """
    fits = read_fits()
    name = fit_name(problem, fits)
    if name is None:
        return analytic_surrogate(problem)
    fit, ti = fits[name], mean_turbulence(problem)
    surrogate = fitted_with(problem, FormulaConstants(**fit["constants"]), ti, name)
    surrogate.facts["formula"] = {"fitted_to": name, "turbulence_intensity": ti, **fit}
    return surrogate


def fitted_with(
    problem: LayoutProblem, constants: FormulaConstants, ti: float, name: str
) -> Surrogate:
    """Return the farm with the wakes of the formula of given constants.

    Parameters
    ----------
    problem : LayoutProblem
    constants : FormulaConstants
    ti : float [-]
        Ambient turbulence intensity.
    name : str
        Of the wake model that the constants are fitted to.
    """
    plain, rule = in_task_37(problem), farm_physics(problem).superposition
    physics = replace(farm_physics(plain), superposition=rule)
    return on_formula(plain, physics, constants.shape(ti), f"formula fitted to {name}")


def fit_name(problem: LayoutProblem, fits: Mapping[str, Any]) -> str | None:
    """Name the fit for a problem's wake model; None where there is none."""
    model = problem.wake.velocity_model
    names = [WITH_GCH.format(model)] * problem.wake.gch + [model]
    return next((name for name in names if name in fits), None)


def mean_turbulence(problem: LayoutProblem) -> float:
    """Return a site's ambient turbulence intensity, its mean over the energy in the wind [-]."""
    wind, turbine = problem.wind, problem.turbine
    power = np.interp(wind.wind_speed, turbine.wind_speed, turbine.power, 0.0, 0.0)
    energy = wind.probability * power
    if not energy.any():
        energy = wind.probability
    return float((energy * wind.turbulence_intensity).sum() / energy.sum())


@cache
def read_fits(path: Path = FILE) -> Mapping[str, Any]:
    """Read the fits that ship with windopt, by their names.

    Raises
    ------
    RunFolderError
        When the file is missing, or its content is not what its checksum says.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        fits: dict[str, Any] = content["fits"]
        if digest_of(fits) != content["sha256"]:
            raise ValueError("its constants have another checksum than it says")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(
            f"'{path}', the constants of the fitted wake formula, cannot be read: {error}; "
            "install windopt again"
        ) from error
    return fits


def digest_of(fits: Mapping[str, Any]) -> str:
    """Return the checksum of some fits, whatever their order."""
    return hashlib.sha256(json.dumps(fits, sort_keys=True).encode()).hexdigest()
