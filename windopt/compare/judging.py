"""The one judge of a comparison: FLORIS on the fine rose, whatever the methods claim.

Equal layouts are judged once. A second opinion on final layouts comes from PyWake, where it is
installed and knows a model that is near to the problem's.
"""

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from windopt.compare import pywake_judge
from windopt.errors import WindoptError
from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import Simulator
from windopt.ledger.ledger import Ledger
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair
from windopt.search.context import SearchContext
from windopt.search.grids import best_grids
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import SearchSettings
from windopt.surrogate.analytic import analytic_surrogate
from windopt.verification.evaluate import judge
from windopt.verification.evaluated import EvaluatedLayout
from windopt.workers.executor import worker_pool

logger = logging.getLogger(__name__)

POOLED_WORK = 500_000
"""Turbines times conditions from which on workers pay, which take seconds to start."""


class SecondOpinion(NamedTuple):
    """What another simulator says: which model it took, in words, and AEP by layout [Wh]."""

    model: str
    aep: Mapping[str, float]


class Judge:
    """FLORIS for one problem; what it does is booked in the ledger."""

    def __init__(self, problem: LayoutProblem, ledger: Ledger) -> None:
        self.problem, self.ledger = problem, ledger
        self._known: dict[bytes, EvaluatedLayout] = {}

    def judge(self, layouts: Mapping[str, FloatArray]) -> dict[str, EvaluatedLayout]:
        """Judge layouts (n_turbines, 2) [m]; the same names come back."""
        keys = {name: np.ascontiguousarray(layout).tobytes() for name, layout in layouts.items()}
        new = {keys[name]: layout for name, layout in layouts.items()}
        new = {key: layout for key, layout in new.items() if key not in self._known}
        if new:
            conditions = len(evaluated_wind(self.problem).conditions)
            workers = self.problem.config.workers
            work = len(new) * conditions * len(self.problem.all_types)
            with (
                self.ledger.stage("verify") as stage,
                worker_pool(workers) if work > POOLED_WORK else nullcontext() as pool,
            ):
                simulator = Simulator(self.problem, pool)
                named = dict(zip(map(str, range(len(new))), new.values(), strict=True))
                judged = judge(self.problem, named, simulator).values()
                counts = simulator.counts
                stage.count(
                    floris_evaluations=counts.evaluations,
                    floris_conditions=counts.conditions,
                    floris_turbine_conditions=counts.turbine_conditions,
                )
            self._known |= zip(new, judged, strict=True)
        return {name: self._known[key] for name, key in keys.items()}


def reference_layout(problem: LayoutProblem) -> tuple[str, FloatArray]:
    """Return what gains are over: kind (initial, grid, random), and layout (n_turbines, 2) [m].

    The given layout, made feasible; without one, the regular grid that a fixed wake formula likes
    best; where none fits, turbines at random.
    """
    if problem.initial_layout is not None:
        return "initial", repair(problem, problem.initial_layout)
    rough, surrogate = random_layout(problem, np.random.default_rng(0)), analytic_surrogate(problem)
    objective = Objective.of(problem, surrogate)
    sampler, settings = RoseSampler.of(objective, rough), SearchSettings.of(problem.config)
    grids = best_grids(SearchContext(objective, sampler, settings))
    return ("grid", grids[0]) if grids else ("random", rough)


def second_opinion(
    problem: LayoutProblem, layouts: Mapping[str, FloatArray], ledger: Ledger
) -> SecondOpinion | None:
    """Ask PyWake about layouts (n_turbines, 2) [m]; None where it cannot be asked."""
    if find_spec("py_wake") is None or problem.speed_up is not None:
        return None
    model = pywake_judge.nearest_model(problem)
    if model is None or not layouts:
        return None
    with ledger.stage("verify"):
        try:
            return SecondOpinion(model, pywake_judge.second_opinion(problem, layouts))
        except WindoptError as error:
            logger.warning("no second opinion on %s: %s", problem.name, error)
            return None
