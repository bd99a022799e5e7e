"""PyWake's wake models nearest to those of FLORIS.

FLORIS and PyWake share models by name rather than by formula. What is the same here: the expansion
parameters of the wake, the superposition, the added turbulence of Crespo and Hernandez, and, for
IEA Task 37's model, all of it. What is not: near wakes, the reach of added turbulence, and where a
rotor feels the wind unless it is asked to at FLORIS's nine points.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from windopt.errors import WindoptError
from windopt.floris.adapter import floris_configuration, rotor_points
from windopt.problem.problem import LayoutProblem


class NoPyWakeModelError(WindoptError):
    """PyWake has nothing near a problem's wake model, or cannot represent its rose."""


class WakeModel(NamedTuple):
    """A wake model of PyWake.

    Attributes
    ----------
    words : str
    build : callable
        Gives the deficit model and the superposition from FLORIS's parameters, those of the problem
        (its turbulence counts or not), and the model of the rotor average.
    """

    words: str
    build: Callable[[dict[str, Any], bool, Any], tuple[Any, Any]]


def wake_model(problem: LayoutProblem) -> WakeModel | None:
    """Return the model of PyWake that is nearest to a problem's, None where there is none."""
    return _MODELS.get(problem.wake.velocity_model)


def engineering_models(problem: LayoutProblem, rotor_average: bool) -> dict[str, Any]:
    """Return the models of deficit, superposition and turbulence for `PropagateDownwind`.

    Parameters
    ----------
    problem : LayoutProblem
    rotor_average : bool
        Whether rotors feel the wind at FLORIS's nine points, or at the hub.

    Raises
    ------
    NoPyWakeModelError
        When PyWake has nothing near the problem's wake model.
    """
    from py_wake.deficit_models.utils import ct2a_mom1d
    from py_wake.rotor_avg_models import GridRotorAvg
    from py_wake.turbulence_models import CrespoHernandez

    nearest = wake_model(problem)
    if nearest is None:
        raise NoPyWakeModelError(f"PyWake has no model near {problem.wake.velocity_model!r}")
    wake = floris_configuration(problem)["wake"]
    models = wake["model_strings"]
    parameters = wake["wake_velocity_parameters"][models["velocity_model"]]
    crespo = models["turbulence_model"] == "crespo_hernandez"
    rotor = None
    if rotor_average and rotor_points(problem.wake) > 1:
        across, up = np.meshgrid([-0.5, 0.0, 0.5], [-0.5, 0.0, 0.5])  # of the radius
        rotor = GridRotorAvg(across.ravel(), up.ravel())
    deficit, superposition = nearest.build(parameters, crespo, rotor)
    turbulence = None
    if crespo:
        added = wake["wake_turbulence_parameters"]["crespo_hernandez"]
        factors = [added[key] for key in ("constant", "ai", "initial", "downstream")]
        turbulence = CrespoHernandez(ct2a=ct2a_mom1d, c=factors, rotorAvgModel=None)
    return {
        "wake_deficitModel": deficit,
        "superpositionModel": superposition or _superposition(models["combination_model"]),
        "turbulenceModel": turbulence,
    }


def _superposition(name: str) -> Any:
    from py_wake.superposition_models import LinearSum, MaxSum, SquaredSum

    return {"sosfs": SquaredSum, "fls": LinearSum, "max": MaxSum}[name]()


def _iea37(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import IEA37SimpleBastankhahGaussianDeficit

    deficit = IEA37SimpleBastankhahGaussianDeficit(rotorAvgModel=rotor)
    deficit._k = parameters["k"]
    return deficit, None


def _gauss(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import NiayifarGaussianDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d

    growth = [parameters["ka"], parameters["kb"]]
    return NiayifarGaussianDeficit(
        ct2a_mom1d, a=growth, use_effective_ti=crespo, rotorAvgModel=rotor
    ), None


def _cc(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import NiayifarGaussianDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d
    from py_wake.superposition_models import CumulativeWakeSum

    growth = [parameters["a_s"], parameters["b_s"]]
    return NiayifarGaussianDeficit(
        ct2a_mom1d, a=growth, use_effective_ws=True, use_effective_ti=crespo, rotorAvgModel=rotor
    ), CumulativeWakeSum()


def _turboparkgauss(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import TurboGaussianDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d
    from py_wake.ground_models import Mirror
    from py_wake.superposition_models import SquaredSum

    mirror = Mirror(SquaredSum()) if parameters["include_mirror_wake"] else None
    return TurboGaussianDeficit(
        ct2a_mom1d,
        A=parameters["A"],
        ctlim=0.96,
        use_effective_ti=crespo,
        groundModel=mirror,
        rotorAvgModel=rotor,
    ), None


def _turbopark(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.noj import TurboNOJDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d

    return TurboNOJDeficit(
        ct2a=ct2a_mom1d, A=parameters["A"], use_effective_ti=crespo, rotorAvgModel=rotor
    ), None


def _jensen(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.noj import NOJDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d
    from py_wake.rotor_avg_models import AreaOverlapAvgModel

    return NOJDeficit(
        k=parameters["we"], ct2a=ct2a_mom1d, rotorAvgModel=rotor or AreaOverlapAvgModel()
    ), None


def _empirical_gauss(parameters: dict[str, Any], crespo: bool, rotor: Any) -> tuple[Any, Any]:
    from py_wake.deficit_models.gaussian import BastankhahGaussianDeficit
    from py_wake.deficit_models.utils import ct2a_mom1d

    growth = parameters["wake_expansion_rates"][0]
    return BastankhahGaussianDeficit(ct2a_mom1d, k=growth, rotorAvgModel=rotor), None


_MODELS = {
    "iea37": WakeModel("IEA37SimpleBastankhahGaussian", _iea37),
    "gauss": WakeModel("Niayifar and Porté-Agel's Gaussian", _gauss),
    "cc": WakeModel("cumulative sum of Niayifar and Porté-Agel's Gaussians", _cc),
    "turboparkgauss": WakeModel("TurboGaussian as in Nygaard 2022", _turboparkgauss),
    "turbopark": WakeModel("TurboNOJ", _turbopark),
    "jensen": WakeModel("NOJ", _jensen),
    "empirical_gauss": WakeModel("Bastankhah and Porté-Agel's Gaussian", _empirical_gauss),
}
