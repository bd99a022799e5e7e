"""windopt: better places for the turbines of a wind farm, and what the computing cost.

FLORIS simulates, a learned wake kernel stands in for it, a search moves the turbines, FLORIS
verifies, a ledger counts the energy. `run` does all of it; the other names are its parts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from windopt.errors import ConfigError, WindoptError
from windopt.optimise import Sizing, Solution, optimise
from windopt.problem import LayoutProblem, load_problem
from windopt.simulate import simulate_power
from windopt.verify import Verdict, verify

if TYPE_CHECKING:
    from windopt.evaluation import evaluate
    from windopt.optimise import size_farm
    from windopt.pipeline import RunResult, run
    from windopt.surrogate import Surrogate, load_surrogate, train_surrogate
    from windopt.verify import Examination, examine

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

_ON_DEMAND = {
    "Examination": "windopt.verify",
    "RunResult": "windopt.pipeline",
    "Surrogate": "windopt.surrogate",
    "evaluate": "windopt.evaluation",
    "examine": "windopt.verify",
    "load_surrogate": "windopt.surrogate",
    "run": "windopt.pipeline",
    "size_farm": "windopt.optimise",
    "train_surrogate": "windopt.surrogate",
}
"""Imported when they are first asked for: PyTorch and matplotlib take seconds to start."""


def __getattr__(name: str) -> Any:
    if name not in _ON_DEMAND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ON_DEMAND[name]), name)


def __dir__() -> list[str]:
    return __all__
