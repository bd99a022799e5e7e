"""Active learning: where FLORIS disagrees with what was promised, the surrogate learns from it."""

from dataclasses import replace

import numpy as np

from windopt.floris.dataset import append_cases, read_dataset, write_dataset
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
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import retrain
from windopt.surrogate.uncertainty import doubt_surrogate

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
    data = 0
    if run.learns and run.folder.dataset.exists():
        data = int(read_dataset(run.folder.dataset).attrs.get(LEARNING_ROUNDS, 0))
    run.folder.write(RunFolder.learning, RoundsBefore(learned, data))
    return 0, {}


def learn(run: Run, surrogate: Surrogate, solution: Solution, number: int) -> None:
    """Teach the surrogate, for the `number`-th time, layouts that it was wrong about."""
    problem = run.problem
    with (
        run.stage("retrain", "learning from FLORIS") as (stage, progress),
        run.floris(stage) as simulator,
    ):
        dataset = read_dataset(run.folder.dataset)
        before = run.folder.read(RunFolder.learning)
        if dataset.attrs.get(LEARNING_ROUNDS, 0) < before.data + number:
            cases = cases_to_learn(problem, surrogate, solution, run.seed)
            # wakes are learned, which are the same in any wind: the dataset knows but one
            taught = replace(simulator, problem=simulator.problem.uniform)
            dataset = append_cases(dataset, cases, taught.simulate(cases, progress))
            dataset.attrs[LEARNING_ROUNDS] = before.data + number
            write_dataset(dataset, run.folder.dataset)
        retrain(surrogate, dataset, problem, run.seed)
        doubt_surrogate(surrogate, dataset, problem.config.train.members, run.seed)
        surrogate.facts[LEARNING_ROUNDS] = before.surrogate + number
    keep_surrogate(run, surrogate, ["simulate", "train", "retrain"])


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
