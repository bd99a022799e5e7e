"""The second stage: a surrogate learned from the simulated farms, with its energy debt."""

import hashlib
import logging

from windopt.floris.dataset import read_dataset
from windopt.ledger.energy import Energy
from windopt.ledger.ledger import StageKind
from windopt.runs.folder import RunFolder
from windopt.runs.session import NOTHING_TO_LEARN, Run
from windopt.surrogate.source import INHERITED, mark_own, taken_from
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import STEPS, TRAIN_SHARE, train_surrogate
from windopt.surrogate.uncertainty import doubt_surrogate

logger = logging.getLogger(__name__)


def train_on_farms(run: Run) -> None:
    """Train the surrogate."""
    if not run.learns:
        logger.info(NOTHING_TO_LEARN)
        with run.stage("train", "writing down the wake"):
            formula = train_surrogate(run.problem)
        mark_own(formula)
        keep_surrogate(run, formula, ["train"])
        return
    data = run.folder.need(RunFolder.dataset)
    with run.stage("train", "training the surrogate") as (stage, progress):
        settings, dataset = run.problem.config.train, read_dataset(data)
        left_s = run.time_left(stage, cores=1, share=TRAIN_SHARE)
        seconds = None if left_s is None else left_s()
        surrogate = train_surrogate(run.problem, run.seed, dataset, progress, seconds)
        steps = surrogate.facts[STEPS]
        stage.count(training_steps=steps)
        share = steps / settings.steps
        members = settings.members and max(1, round(share * settings.members))
        doubt_surrogate(surrogate, dataset, members, run.seed, share)
    mark_own(surrogate)
    run.folder.lessons.unlink(missing_ok=True)  # of another surrogate
    keep_surrogate(run, surrogate, ["simulate", "train"])


def keep_surrogate(run: Run, surrogate: Surrogate, made_by: list[StageKind]) -> None:
    """Save the surrogate, with its energy debt and the hash of its data on the card."""
    taken = taken_from(surrogate)
    own = run.ledger.asset(
        "surrogate",
        run.folder.surrogate,
        made_by,
        fingerprint=surrogate.fingerprint,
        retrained_from=taken,
    )
    before = surrogate.facts.get(INHERITED, {}).get("debt_wh")
    debt = (Energy.from_wh(own) + Energy.from_wh(before)).to_wh() if before else own
    surrogate.facts["energy_debt_wh"] = debt
    if run.learns:
        learned = run.folder.dataset if taken is None else run.folder.lessons
        surrogate.facts["data_sha256"] = hashlib.sha256(learned.read_bytes()).hexdigest()
    surrogate.save(run.folder.surrogate)
