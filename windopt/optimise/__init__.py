"""The layout search on the surrogate."""

from windopt.optimise.patterns import optimise
from windopt.optimise.repair import repair
from windopt.optimise.solution import Improvement, NeatLayout, Solution, StartResult

__all__ = ["Improvement", "NeatLayout", "Solution", "StartResult", "optimise", "repair"]
