"""The layout search on the surrogate."""

from windopt.optimise.patterns import optimise
from windopt.optimise.repair import repair
from windopt.optimise.sizing import size_farm
from windopt.optimise.solution import (
    Improvement,
    NeatLayout,
    SizedLayout,
    Sizing,
    Solution,
    StartResult,
    as_solution,
)

__all__ = [
    "Improvement",
    "NeatLayout",
    "SizedLayout",
    "Sizing",
    "Solution",
    "StartResult",
    "as_solution",
    "optimise",
    "repair",
    "size_farm",
]
