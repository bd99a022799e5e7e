"""The first stage: random farms in FLORIS, what the surrogate is to learn from."""

import logging

from windopt.floris.dataset import DATA_SHARE, simulate_dataset, write_dataset
from windopt.runs.session import NOTHING_TO_LEARN, Run
from windopt.stages.time_left import time_to_learn

logger = logging.getLogger(__name__)


def simulate_farms(run: Run) -> None:
    """Simulate the training data: `dataset.nc`, where there is something to learn from them."""
    if not run.learns:
        logger.info(NOTHING_TO_LEARN)
        return
    with (
        run.stage("simulate", "simulating farms in FLORIS") as (stage, progress),
        run.floris(stage) as simulator,
    ):
        left_s = time_to_learn(run, stage, DATA_SHARE)
        dataset = simulate_dataset(run.problem, simulator, run.seed, progress, left_s)
        write_dataset(dataset, run.folder.dataset)
    run.forget_states()
    run.ledger.asset("dataset", run.folder.dataset, ["simulate"])
