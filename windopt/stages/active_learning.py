"""Active learning: where FLORIS disagrees with what was promised, the surrogate learns from it.

A surrogate that the run has trained learns the new farms together with its training data. One that
shipped, or came from the library, learns them alone, held to what it knows (`adaptation`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from windopt.floris.dataset import append_cases, read_dataset, to_dataset, write_dataset
from windopt.floris.simulator import FarmCase
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.runs.folder import RunFolder
from windopt.runs.learning import RoundsBefore
from windopt.runs.session import Run
from windopt.runs.solution import LEARNING_ROUNDS
from windopt.search.rose_sampler import RoseSampler
from windopt.search.solution import Solution
from windopt.stages.references import reference_layouts
from windopt.stages.train import keep_surrogate
from windopt.surrogate.adaptation import adapt
from windopt.surrogate.source import taken_from
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import retrain
from windopt.surrogate.uncertainty import doubt_surrogate

if TYPE_CHECKING:
    from xarray import Dataset

logger = logging.getLogger(__name__)

CANDIDATES, ROUND_CONDITIONS = 3, 200
"""Layouts of the search simulated for an active-learning round, and conditions of each."""


def learned_so_far(run: Run, surrogate: Surrogate) -> tuple[int, dict[str, FloatArray]]:
    """Return how many rounds a verification that was killed had learned, and its best layout.

    What surrogate and data had learned before is written down while it goes on.
    """
    learned = int(surrogate.facts.get(LEARNING_ROUNDS, 0))
    before = run.folder.find(RunFolder.learning)
    if before is not None:
        rounds, best = learned - before.surrogate, {}
        if rounds > 0 and (verified := run.folder.find(RunFolder.verification)) is not None:
            best = {"final, before": verified.final.layout}
        return max(rounds, 0), best
    lessons = _lessons(run, surrogate)
    data = _rounds(read_dataset(lessons)) if run.learns and lessons.exists() else 0
    run.folder.write(RunFolder.learning, RoundsBefore(learned, data))
    return 0, {}


def learn(run: Run, surrogate: Surrogate, solution: Solution, number: int) -> None:
    """Teach the surrogate, for the `number`-th time, layouts that it was wrong about."""
    problem = run.problem
    with (
        run.stage("retrain", "learning from FLORIS") as (stage, progress),
        run.floris(stage) as simulator,
    ):
        path = _lessons(run, surrogate)
        dataset = read_dataset(path) if path.exists() else None
        before = run.folder.read(RunFolder.learning)
        if dataset is None or _rounds(dataset) < before.data + number:
            cases = cases_to_learn(problem, surrogate, solution, run.seed)
            # wakes are learned, which are the same in any wind: the dataset knows but one
            taught = replace(simulator, problem=simulator.problem.uniform)
            states = taught.simulate(cases, progress)
            if dataset is None:
                dataset = to_dataset(cases, states)
                dataset.attrs["wake_model"] = surrogate.wake_model
            else:
                dataset = append_cases(dataset, cases, states)
            dataset.attrs[LEARNING_ROUNDS] = before.data + number
            write_dataset(dataset, path)
        if taken_from(surrogate) is None:
            retrain(surrogate, dataset, problem, run.seed)
            doubt_surrogate(surrogate, dataset, problem.config.train.members, run.seed)
        else:
            error = adapt(surrogate, dataset, run.seed)
            logger.info(
                "learned: error of turbine power on these farms %.2f %%, was %.2f %%",
                error.after_pct,
                error.before_pct,
            )
        surrogate.facts[LEARNING_ROUNDS] = before.surrogate + number
    keep_surrogate(run, surrogate, ["simulate", "train", "retrain"])


def _lessons(run: Run, surrogate: Surrogate) -> Path:
    """Return the file with what the surrogate has learned, or learns, in this run."""
    return run.folder.dataset if taken_from(surrogate) is None else run.folder.lessons


def _rounds(dataset: Dataset) -> int:
    return int(dataset.attrs.get(LEARNING_ROUNDS, 0))


def cases_to_learn(
    problem: LayoutProblem, surrogate: Surrogate, solution: Solution, seed: int
) -> list[FarmCase]:
    """Choose what to ask FLORIS: the best layouts, where the wakes cost most."""
    cases = []
    sampler = RoseSampler.of(Objective.of(problem, surrogate), solution.layout)
    best_first = sorted(solution.starts, key=lambda start: -start.aep_best)
    candidates = [start.layout for start in best_first[:CANDIDATES]]
    references = reference_layouts(problem, solution, seed).values()
    for k, layout in enumerate([*candidates, *references]):
        wind = sampler.draw(ROUND_CONDITIONS, np.random.default_rng(k))
        farm = problem.joined(layout)
        cases.append(FarmCase(farm, wind.wd, wind.ws, wind.ti, problem.all_types))
    return cases
