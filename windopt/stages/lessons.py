"""Lessons: where FLORIS disagrees with what was promised, the surrogate learns from it."""

from dataclasses import replace

import numpy as np

from windopt.floris.dataset import append_cases, read_dataset, write_dataset
from windopt.floris.simulator import FarmCase
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.runs.folder import write_json
from windopt.runs.session import Run
from windopt.search.rose_sampler import RoseSampler
from windopt.search.solution import Solution
from windopt.stages.references import reference_layouts
from windopt.stages.train import LESSONS, keep_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import retrain
from windopt.surrogate.uncertainty import doubt_surrogate

CANDIDATES, LESSON_CONDITIONS = 3, 200
"""Layouts of the search simulated for an active-learning round, and conditions of each."""


def learned_so_far(run: Run, surrogate: Surrogate) -> tuple[int, dict[str, FloatArray]]:
    """Return how many rounds a verification that was killed had learned, and its best layout.

    What surrogate and data had learned before is written down while it goes on.
    """
    begun = run.folder.learning
    if begun.exists():
        rounds = surrogate.facts.get(LESSONS, 0) - run.folder.read_json(begun)["surrogate"]
        best = {}
        if rounds > 0 and run.folder.verification.exists():
            layout = run.folder.read_verification()["layouts"]["final"]["layout"]
            best = {"final, before": np.array(layout)}
        return max(rounds, 0), best
    data = 0
    if run.learns and run.folder.dataset.exists():
        data = read_dataset(run.folder.dataset).attrs.get(LESSONS, 0)
    write_json(begun, {"surrogate": surrogate.facts.get(LESSONS, 0), "data": int(data)})
    return 0, {}


def lessons_of_solution(run: Run) -> int:
    """Return how often the surrogate had learned when the solution was found with it."""
    return int(run.folder.read_json(run.folder.solution).get(LESSONS, 0))


def learn(run: Run, surrogate: Surrogate, solution: Solution, number: int) -> None:
    """Teach the surrogate, for the `number`-th time, layouts that it was wrong about."""
    problem = run.problem
    with (
        run.stage("retrain", "learning from FLORIS") as (stage, progress),
        run.floris(stage) as simulator,
    ):
        dataset = read_dataset(run.folder.dataset)
        before = run.folder.read_json(run.folder.learning)
        if dataset.attrs.get(LESSONS, 0) < before["data"] + number:
            cases = _lesson(run, surrogate, solution)
            # wakes are learned, which are the same in any wind: the dataset knows but one
            taught = replace(simulator, problem=simulator.problem.uniform)
            dataset = append_cases(dataset, cases, taught.simulate(cases, progress))
            dataset.attrs[LESSONS] = before["data"] + number
            write_dataset(dataset, run.folder.dataset)
        retrain(surrogate, dataset, problem, run.seed)
        doubt_surrogate(surrogate, dataset, problem.config.train.members, run.seed)
        surrogate.facts[LESSONS] = before["surrogate"] + number
    keep_surrogate(run, surrogate, ["simulate", "train", "retrain"])


def _lesson(run: Run, surrogate: Surrogate, solution: Solution) -> list[FarmCase]:
    """Choose what to ask FLORIS: the best layouts, where the wakes cost most."""
    problem, cases = run.problem, []
    sampler = RoseSampler.of(Objective.of(problem, surrogate), solution.layout)
    best_first = sorted(solution.starts, key=lambda start: -start.aep_best)
    candidates = [start.layout for start in best_first[:CANDIDATES]]
    for k, layout in enumerate([*candidates, *reference_layouts(run, solution).values()]):
        wind = sampler.draw(LESSON_CONDITIONS, np.random.default_rng(k))
        farm = problem.joined(layout)
        cases.append(FarmCase(farm, wind.wd, wind.ws, wind.ti, problem.all_types))
    return cases
