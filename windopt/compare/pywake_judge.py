"""The second judge: PyWake, with the wake model nearest to the problem's.

FLORIS's word counts. PyWake tells whether the order of the methods is FLORIS's own, or that of
another code as well. Rotors feel the wind where they do in FLORIS.
"""

from collections.abc import Mapping

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.pywake.farm import PyWakeFarm
from windopt.pywake.wake_models import wake_model


def second_opinion(problem: LayoutProblem, layouts: Mapping[str, FloatArray]) -> dict[str, float]:
    """Return PyWake's AEP of some layouts by name, on the problem's fine rose [Wh].

    Parameters
    ----------
    problem : LayoutProblem
        Its fixed turbines stand among those of the layouts and count where the problem says so.
    layouts : mapping to (n_turbines, 2) [m]

    Raises
    ------
    NoPyWakeModelError
        Where `nearest_model` gives None, or the rose has uneven directions.
    """
    farm = PyWakeFarm(problem, problem.wind, rotor_average=True)
    return {name: farm.aep(layout) for name, layout in layouts.items()}


def nearest_model(problem: LayoutProblem) -> str | None:
    """Return the name of PyWake's wake model nearest to the problem's, None where there is none."""
    nearest = wake_model(problem)
    return None if nearest is None else f"PyWake's {nearest.words}"
