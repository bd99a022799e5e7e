"""The cold method simulates and trains, the other takes the surrogate of the library."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from windopt.compare import own
from windopt.compare.shared import prepare_surrogate
from windopt.errors import SurrogateMismatchError
from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.base import VcpuMeter
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.readers.load import load_problem
from windopt.surrogate.library import library_entries
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import TRAIN_SHARE, train_surrogate
from windopt.workers.executor import available_cores

Search = Callable[..., list[tuple[FloatArray, float | None]]]

TINY = {
    "refine_wind": False,
    "simulate.conditions": 100,
    "simulate.farms": 4,
    "train.steps": 10,
    "train.members": 1,
}


def test_cold_simulates_trains_and_searches(
    small_config: Path, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, trained = load_problem(small_config, TINY), []

    def note(*args: object, max_seconds: float) -> Surrogate:
        trained.append((*args[1:], max_seconds))
        return train_surrogate(*args, max_seconds=max_seconds)  # type: ignore[arg-type]

    monkeypatch.setattr(own, "train_surrogate", note)
    monkeypatch.setattr(own, "ASKED", 0)
    heard = search("windopt_cold", problem, seed=7, seconds=4.0)
    ((seed, dataset, max_seconds),) = trained
    assert seed == 7
    assert max_seconds <= TRAIN_SHARE * (4.0 * available_cores() + own.LAST_S)
    assert dataset.sizes
    unclaimed = [layout for layout, aep in heard if aep is None]
    # the given layout, then what is sketched; a claim on other wakes would stand in the way later
    assert len(unclaimed) > 1
    claimed = heard[len(unclaimed) :]
    assert claimed
    assert all(aep is not None for _, aep in claimed)
    np.testing.assert_allclose(claimed[0][0], unclaimed[-1], atol=1e-3)  # the search begins there
    assert all(check_feasibility(problem, layout).feasible for layout, _ in heard)


def test_reused_takes_what_was_trained_beforehand_and_booked(
    small_config: Path, search: Search, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    problem, library = load_problem(small_config, TINY), tmp_path / "library"
    monkeypatch.setenv("WINDOPT_LIBRARY", str(library))
    with pytest.raises(SurrogateMismatchError, match="has no surrogate for"):
        search("windopt_reused", problem)
    ledger = Ledger.open(tmp_path / "ledger.jsonl", meter=VcpuMeter())
    debt = prepare_surrogate(problem, library, ledger)
    totals = ledger.totals()
    assert set(totals.by_stage) == {"simulate", "train"}
    assert debt["cpu_s"] == pytest.approx(totals.cpu_s)
    assert debt["energy_wh"]["central"] == pytest.approx(totals.energy_wh["central"])
    assert debt["seed"] != problem.config.seed
    assert prepare_surrogate(problem, library, ledger) == debt  # once is enough
    assert len(library_entries(library)) == 1
    monkeypatch.setattr(own, "train_surrogate", None)
    heard = search("windopt_reused", problem)
    assert len(heard) > 1
    assert all(check_feasibility(problem, layout).feasible for layout, _ in heard)
