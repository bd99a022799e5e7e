"""The layout search on the surrogate."""

from windopt.optimise.repair import repair
from windopt.optimise.search import optimise
from windopt.optimise.sizing import size_farm
from windopt.optimise.solution import (
    Improvement,
    SizedLayout,
    Sizing,
    Solution,
    StartResult,
    as_solution,
)

__all__ = [
    "Improvement",
    "SizedLayout",
    "Sizing",
    "Solution",
    "StartResult",
    "as_solution",
    "optimise",
    "repair",
    "size_farm",
]
