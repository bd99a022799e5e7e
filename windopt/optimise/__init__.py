"""The layout search on the surrogate."""

from windopt.optimise.repair import repair
from windopt.optimise.search import Improvement, Solution, StartResult, optimise

__all__ = ["Improvement", "Solution", "StartResult", "optimise", "repair"]
