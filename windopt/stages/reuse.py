"""Instead of the first two stages: a surrogate of the user's library, with its data."""

import logging
import shutil

from windopt.atomic import replacing
from windopt.stages.run import Run
from windopt.stages.train import INHERITED
from windopt.surrogate import default_library, find_in_library, load_surrogate

logger = logging.getLogger(__name__)


def reuse_surrogate(run: Run) -> bool:
    """Take the surrogate, with its data, from the library, where it has one that fits."""
    entry = find_in_library(run.problem, default_library())
    if entry is None or not (entry.path / "dataset.nc").exists():
        return False
    with replacing(run.folder.dataset) as partial:
        shutil.copyfile(entry.path / "dataset.nc", partial)
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
