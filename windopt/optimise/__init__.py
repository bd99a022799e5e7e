"""The layout search on the surrogate."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from windopt.optimise.patterns import optimise
from windopt.optimise.repair import repair
from windopt.optimise.solution import (
    Improvement,
    NeatLayout,
    Origin,
    SizedLayout,
    Sizing,
    Solution,
    StartResult,
    as_solution,
)

if TYPE_CHECKING:
    from windopt.optimise.sizing import size_farm

__all__ = [
    "Improvement",
    "NeatLayout",
    "Origin",
    "SizedLayout",
    "Sizing",
    "Solution",
    "StartResult",
    "as_solution",
    "optimise",
    "repair",
    "size_farm",
]


def __getattr__(name: str) -> Any:
    if name != "size_farm":  # see `windopt.optimise.patterns`
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("windopt.optimise.sizing").size_farm
