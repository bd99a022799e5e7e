"""windopt: better places for the turbines of a wind farm, and what the computing cost.

FLORIS simulates, a learned wake kernel stands in for it, a search moves the turbines, FLORIS
verifies, a ledger counts the energy. `run` does all of it; the other names are its parts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from windopt.errors import ConfigError, WindoptError

if TYPE_CHECKING:
    from windopt.floris.simulator import simulate_power
    from windopt.pipeline import RunResult, run
    from windopt.problem.problem import LayoutProblem
    from windopt.readers.load import load_problem
    from windopt.search.patterns import optimise
    from windopt.search.sizing import size_farm
    from windopt.search.solution import Sizing, Solution
    from windopt.stages.validate import validate
    from windopt.surrogate.checkpoint import load_surrogate
    from windopt.surrogate.source import surrogate_for
    from windopt.surrogate.surrogate import Surrogate
    from windopt.surrogate.training import train_surrogate
    from windopt.verification.evaluate import Verification, verify
    from windopt.verification.validation import Validation, validate_surrogate

__all__ = [
    "ConfigError",
    "LayoutProblem",
    "RunResult",
    "Sizing",
    "Solution",
    "Surrogate",
    "Validation",
    "Verification",
    "WindoptError",
    "load_problem",
    "load_surrogate",
    "optimise",
    "run",
    "simulate_power",
    "size_farm",
    "surrogate_for",
    "train_surrogate",
    "validate",
    "validate_surrogate",
    "verify",
]

_HOMES = {
    "floris.simulator": ("simulate_power",),
    "pipeline": ("RunResult", "run"),
    "problem.problem": ("LayoutProblem",),
    "readers.load": ("load_problem",),
    "search.patterns": ("optimise",),
    "search.sizing": ("size_farm",),
    "search.solution": ("Sizing", "Solution"),
    "stages.validate": ("validate",),
    "surrogate.checkpoint": ("load_surrogate",),
    "surrogate.source": ("surrogate_for",),
    "surrogate.surrogate": ("Surrogate",),
    "surrogate.training": ("train_surrogate",),
    "verification.evaluate": ("Verification", "verify"),
    "verification.validation": ("Validation", "validate_surrogate"),
}
"""Where names live that are imported when they are first asked for: PyTorch takes seconds."""


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"windopt.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
