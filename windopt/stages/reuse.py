"""Instead of the first two stages: a surrogate of the user's library, with its data."""

import logging
import shutil

from windopt.atomic import replacing
from windopt.runs.session import Run
from windopt.stages.train import INHERITED
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.library import default_library, fitting_entries

logger = logging.getLogger(__name__)


def reuse_surrogate(run: Run) -> bool:
    """Take the surrogate, with its data, from the library, where it has one that fits."""
    library = default_library()
    fitting = fitting_entries(run.problem, library)
    entry = next((one for one in fitting if one.dataset is not None), None)
    for lacking in fitting[: fitting.index(entry)] if entry is not None else fitting:
        logger.warning(
            "the surrogate %s fits, but is passed over: it has no dataset.nc to learn on from; put "
            "that beside it in %s, or add a run folder that still has its own: windopt surrogates "
            "add RUN_FOLDER",
            lacking.path.name,
            lacking.path,
        )
    if entry is None:
        if not fitting:
            logger.warning("the library %s has no surrogate for this wake model", library)
        logger.warning("nothing to reuse: this run simulates and trains its own surrogate")
        return False
    assert entry.dataset is not None
    with replacing(run.folder.dataset) as partial:
        shutil.copyfile(entry.dataset, partial)
    surrogate = load_surrogate(entry.path, run.problem)
    surrogate.facts[INHERITED] = {"from": entry.path.name, "debt_wh": entry.energy_debt_wh}
    surrogate.save(run.folder.surrogate)
    logger.warning("reusing the surrogate %s: nothing to simulate or train", entry.path.name)
    run.ledger.asset(
        "surrogate",
        run.folder.surrogate,
        [],
        fingerprint=surrogate.fingerprint,
        reused_from=str(entry.path.name),
        saved_wh=entry.energy_debt_wh,
    )
    return True
