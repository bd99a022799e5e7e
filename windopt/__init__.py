"""windopt: better places for the turbines of a wind farm, and what the computing cost.

FLORIS simulates, a learned wake kernel stands in for it, a search moves the turbines, FLORIS
verifies, a ledger counts the energy. `run` does all of it; the other names are its parts.
"""

from windopt.errors import ConfigError, WindoptError
from windopt.evaluation import evaluate
from windopt.optimise import Sizing, Solution, optimise, size_farm
from windopt.pipeline import RunResult, run
from windopt.problem import LayoutProblem, load_problem
from windopt.simulate import simulate_power
from windopt.surrogate import Surrogate, load_surrogate, train_surrogate
from windopt.verify import Examination, Verdict, examine, verify

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
