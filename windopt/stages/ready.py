"""In place of the first stages: a surrogate that is there before the run begins."""

import logging
from collections.abc import Mapping
from typing import Any

from windopt.ledger.energy import Energy
from windopt.problem.other_wakes import judging_problems
from windopt.problem.problem import LayoutProblem
from windopt.runs.folder import RunFolder
from windopt.runs.session import Run
from windopt.surrogate.library import default_library
from windopt.surrogate.shipped import kernel_name, read_shipped
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
    shipped = source["from"] == "shipped"
    whose = _of_provider(surrogate, run.problem) if shipped else _of_library(surrogate)
    run.ledger.asset(
        "surrogate", run.folder.surrogate, [], fingerprint=surrogate.fingerprint, **whose
    )


def _of_library(surrogate: Surrogate) -> dict[str, Any]:
    inherited = surrogate.facts[INHERITED]
    return {"reused_from": inherited["from"], "saved_wh": inherited["debt_wh"]}


def _of_provider(surrogate: Surrogate, problem: LayoutProblem) -> dict[str, Any]:
    """Return the provider's account of a shipped kernel, and a user's share of it.

    Beside it are those of all kernels that the run uses, under other wake models as well.
    """
    card = surrogate.facts[SHIPPED]
    own = _account(card)
    others = {kernel_name(one.wake) for one in judging_problems(problem)} - {card["name"]}
    return {
        "reused_from": card["name"],
        "shipped": card["name"],
        "weights_sha256": card["weights_sha256"],
        "provider_wh": own["provider_wh"],
        "users": own["users"],
        "share_wh": energy_of_making(card).scaled(1.0 / own["users"]).to_wh(),
        "kernels": [own, *(_account(read_shipped(name).card) for name in sorted(others))],
    }


def _account(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return what making a shipped kernel took, and count one more user of it."""
    cpu_s = card.get("cpu_s")
    return {
        "kernel": card["name"],
        "provider_wh": energy_of_making(card).to_wh(),
        "provider_cpu_s": None if cpu_s is None else sum(cpu_s.values()),
        "users": count_user(default_library(), card["name"], card["weights_sha256"]),
    }


def energy_of_making(card: Mapping[str, Any]) -> Energy:
    """Return what making a shipped kernel took, all stages of its card together."""
    return sum((Energy.from_wh(stage) for stage in card["energy_wh"].values()), Energy())
