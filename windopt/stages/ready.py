"""In place of the first stages: a surrogate that is there before the run begins."""

import logging
from collections.abc import Mapping
from typing import Any

from windopt.ledger.energy import Energy
from windopt.runs.folder import RunFolder
from windopt.runs.session import Run
from windopt.surrogate.library import default_library
from windopt.surrogate.source import INHERITED, SHIPPED, source_of
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.users import count_user

logger = logging.getLogger(__name__)


def take_ready_surrogate(run: Run) -> None:
    """Take the surrogate that a run of the problem starts with, where there is one before it.

    A run folder that has a surrogate, or data to train one on, goes on with those. What was found
    on one that is gone is searched again.
    """
    if run.folder.has(RunFolder.surrogate) or run.folder.has(RunFolder.dataset):
        return
    surrogate = run.ready.surrogate
    if surrogate is None:
        return
    source = source_of(surrogate.facts)
    assert source is not None
    logger.info("on the %s surrogate %s: nothing to simulate or train", *source.values())
    run.folder.solution.unlink(missing_ok=True)
    surrogate.save(run.folder.surrogate)
    whose = _of_provider(surrogate) if source["from"] == "shipped" else _of_library(surrogate)
    run.ledger.asset(
        "surrogate", run.folder.surrogate, [], fingerprint=surrogate.fingerprint, **whose
    )


def _of_library(surrogate: Surrogate) -> dict[str, Any]:
    inherited = surrogate.facts[INHERITED]
    return {"reused_from": inherited["from"], "saved_wh": inherited["debt_wh"]}


def _of_provider(surrogate: Surrogate) -> dict[str, Any]:
    """Return the provider's account of a shipped kernel, and a user's share of it."""
    card = surrogate.facts[SHIPPED]
    name, weights = card["name"], card["weights_sha256"]
    made = energy_of_making(card)
    users = count_user(default_library(), name, weights)
    return {
        "reused_from": name,
        "shipped": name,
        "weights_sha256": weights,
        "provider_wh": made.to_wh(),
        "users": users,
        "share_wh": made.scaled(1.0 / users).to_wh(),
    }


def energy_of_making(card: Mapping[str, Any]) -> Energy:
    """Return what making a shipped kernel took, all stages of its card together."""
    return sum((Energy.from_wh(stage) for stage in card["energy_wh"].values()), Energy())
