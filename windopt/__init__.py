"""windopt: better places for the turbines of a wind farm, and what the computing cost.

FLORIS simulates, a learned wake kernel stands in for it, a search moves the turbines, FLORIS
verifies, a ledger counts the energy. `run` does all of it; the other names are its parts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from windopt.errors import ConfigError, WindoptError
from windopt.optimise import Sizing, Solution, optimise, size_farm
from windopt.problem import LayoutProblem, load_problem
from windopt.simulate import simulate_power
from windopt.surrogate import Surrogate, load_surrogate, train_surrogate
from windopt.verify import Examination, Verdict, examine, verify

if TYPE_CHECKING:
    from windopt.evaluation import evaluate
    from windopt.pipeline import RunResult, run

__all__ = [
    "ConfigError",
    "Examination",
    "LayoutProblem",
    "RunResult",
    "Sizing",
    "Solution",
    "Surrogate",
    "Verdict",
    "WindoptError",
    "evaluate",
    "examine",
    "load_problem",
    "load_surrogate",
    "optimise",
    "run",
    "simulate_power",
    "size_farm",
    "train_surrogate",
    "verify",
]

_WITH_FIGURES = {
    "RunResult": "windopt.pipeline",
    "evaluate": "windopt.evaluation",
    "run": "windopt.pipeline",
}
"""Imported when they are first asked for: worker processes need not wait for matplotlib."""


def __getattr__(name: str) -> Any:
    if name not in _WITH_FIGURES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WITH_FIGURES[name]), name)


def __dir__() -> list[str]:
    return __all__
