"""The opinions of other codes on the same layouts: of PyWake and foxes, where they are installed.

FLORIS's wake models share a code, its defaults and its errors. Another code computes the same farm
in the same rose by wake models of its own, each the nearest to one of FLORIS's, with its parameters
(`windopt.pywake`, `windopt.foxes`). It tells whether the order of layouts is FLORIS's own. FLORIS
remains the judge.

A model of another code sees the rose at the few wind speeds from whose powers those at the others
follow (`windopt.problem.condensed`), in all directions: AEP is within 0.01 % of that on the whole
rose.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import NamedTuple

from windopt.config.assessment import OF
from windopt.floris.simulator import Progress
from windopt.foxes import farm as foxes_farm
from windopt.problem.condensed import condensed_rose
from windopt.problem.farm import FarmModel
from windopt.problem.layout import FloatArray
from windopt.problem.measure import ENERGY
from windopt.problem.objective import Objective, aim_of
from windopt.problem.other_wakes import under_wake_model
from windopt.problem.problem import LayoutProblem
from windopt.pywake import farm as pywake_farm
from windopt.pywake.wake_models import wake_model
from windopt.workers.executor import one_by_one

logger = logging.getLogger(__name__)

WAKE_MODELS = ("gauss", "turboparkgauss")
"""Models of FLORIS whose nearest ones are asked beside that of the run, where none are named."""
FEW_CONDITIONS = 1000
"""A rose of so many conditions is not condensed."""
OUT_OF_TIME = "the budget left no time for it"


class Code(NamedTuple):
    """Another code.

    Attributes
    ----------
    name : str
    package : str
        To import.
    nearest : callable
        Gives the name of its model that is nearest to a problem's wake model, None without one.
    farm : callable
        Gives a problem's farm under that model.
    """

    name: str
    package: str
    nearest: Callable[[LayoutProblem], str | None]
    farm: Callable[[LayoutProblem], FarmModel]


class Opinion(NamedTuple):
    """What a model of another code says.

    Attributes
    ----------
    words : str
        Its name.
    aep : dict of str to float [Wh]
        By layout.
    """

    words: str
    aep: dict[str, float]


def _pywake_model(problem: LayoutProblem) -> str | None:
    return None if (nearest := wake_model(problem)) is None else nearest.words


def _pywake(problem: LayoutProblem) -> FarmModel:
    return pywake_farm.PyWakeFarm(problem, problem.wind, rotor_average=True)


PYWAKE = Code("PyWake", "py_wake", _pywake_model, _pywake)
FOXES = Code("foxes", "foxes", foxes_farm.nearest_model, foxes_farm.FoxesFarm)
CODES = (PYWAKE, FOXES)
"""In the order in which they are asked."""
CODE = PYWAKE.name


def code_of(model: str) -> tuple[Code, str] | None:
    """Return the code of a model such as ``pywake:gauss``, and FLORIS's that it is near.

    None of FLORIS's own.
    """
    name, _, near = model.rpartition(OF)
    return next(((code, near) for code in CODES if code.name.lower() == name), None)


def code_version(code: Code = PYWAKE) -> str | None:
    """Return the version of a code, None where it is not installed."""
    return None if find_spec(code.package) is None else version(code.package)


def why_not(problem: LayoutProblem, code: Code = PYWAKE) -> str:
    """Return why a code cannot be asked about a problem's layouts; nothing where it can."""
    if find_spec(code.package) is None:
        return f"{code.name} is not installed: pip install 'windopt[compare]'"
    if problem.speed_up is not None:
        return f"the wind varies over the site, which {code.name} is not told"
    if (aim := aim_of(problem)) != ENERGY:
        return f"the run maximises {aim.name}, and {code.name} judges by AEP"
    return ""


def ask_code(
    code: Code,
    problem: LayoutProblem,
    layouts: Mapping[str, FloatArray],
    wake_models: Sequence[str],
    executor: Executor | None = None,
    progress: Progress | None = None,
    left_s: Callable[[], float] | None = None,
) -> tuple[dict[str, Opinion], dict[str, str]]:
    """Let a code judge some layouts by its models that are nearest to wake models of FLORIS.

    Parameters
    ----------
    code : Code
    problem : LayoutProblem
    layouts : mapping of str to (n_turbines, 2) [m]
    wake_models : sequence of str
        FLORIS's; that of the problem has the problem's parameters, the others FLORIS's own.
    executor : Executor, optional
        None runs in this process.
    progress : Progress, optional
    left_s : callable, optional
        Tells the time left [s]: when there is none, no further model is asked.

    Returns
    -------
    opinions : dict of str to Opinion
        By wake model of FLORIS.
    refused : dict of str to str
        Why there is none by the other wake models.
    """
    answers: dict[str, Opinion | str] = {}

    def tasks() -> Iterator[partial[tuple[str, Opinion | str]]]:
        for number, name in enumerate(wake_models):
            if number and left_s is not None and left_s() <= 0:
                answers[name] = OUT_OF_TIME
            else:
                yield partial(_ask, code, problem, name, layouts)

    for name, answer in one_by_one(executor, tasks()):
        answers[name] = answer
        if progress is not None:
            progress(len(answers) / len(wake_models))
    opinions, refused = {}, {}
    for name in wake_models:
        answer = answers[name]
        if isinstance(answer, Opinion):
            opinions[name] = answer
        else:
            refused[name] = answer
    return opinions, refused


ask_pywake = partial(ask_code, PYWAKE)
"""`ask_code` of PyWake."""


def _ask(
    code: Code, problem: LayoutProblem, name: str, layouts: Mapping[str, FloatArray]
) -> tuple[str, Opinion | str]:
    """Ask about layouts under one wake model, or tell why not (runs inside a worker)."""
    try:
        if name != problem.wake.velocity_model:
            problem = under_wake_model(problem, name)
        if (words := code.nearest(problem)) is None:
            return name, f"{code.name} has no model near it"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return name, Opinion(words, _aep(problem, code.farm(problem), layouts))
    except Exception as error:  # of code that is not ours: a run does not fail by it
        logger.info("no opinion of %s near %s", code.name, name, exc_info=True)
        return name, f"{code.name} refuses: {type(error).__name__}: {error}"


def _aep(
    problem: LayoutProblem, farm: FarmModel, layouts: Mapping[str, FloatArray]
) -> dict[str, float]:
    """Return the AEP of layouts by another code's farm [Wh]."""
    objective = Objective.of(problem, farm)
    rose = objective.rose
    if len(rose) > FEW_CONDITIONS:
        rose = condensed_rose(objective, next(iter(layouts.values())))
    hours = problem.hours_per_year
    return {
        name: hours * float(objective.rates(layout[None], rose)[0])
        for name, layout in layouts.items()
    }
