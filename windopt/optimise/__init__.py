"""The layout search on the surrogate."""

from windopt.optimise.repair import repair
from windopt.optimise.search import optimise
from windopt.optimise.solution import Improvement, Solution, StartResult

__all__ = ["Improvement", "Solution", "StartResult", "optimise", "repair"]
