"""The first stage: random farms in FLORIS, what the surrogate is to learn from."""

import logging

from windopt.floris.dataset import DATA_SHARE, simulate_dataset, write_dataset
from windopt.problem.problem import LayoutProblem
from windopt.runs.session import NOTHING_TO_LEARN, Run
from windopt.surrogate.analytic import is_formula

logger = logging.getLogger(__name__)


def has_to_learn(problem: LayoutProblem) -> bool:
    """Return whether there is something to learn: not where the wake model is a formula."""
    return not is_formula(problem)


def simulate_farms(run: Run) -> None:
    """Simulate the training data in FLORIS, where there is something to learn."""
    if not run.learns:
        logger.info(NOTHING_TO_LEARN)
        return
    with (
        run.stage("simulate", "simulating farms in FLORIS") as (stage, progress),
        run.floris(stage) as simulator,
    ):
        left_s = run.time_left(stage, share=DATA_SHARE)
        dataset = simulate_dataset(run.problem, simulator, run.seed, progress, left_s)
        write_dataset(dataset, run.folder.dataset)
    run.forget_states()
    run.ledger.asset("dataset", run.folder.dataset, ["simulate"])
