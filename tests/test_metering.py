"""How a run is metered: refused where it cannot be, null where it is not, and always counted."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import windopt
from windopt.assessment.summarise import ledger_table
from windopt.errors import ConfigError
from windopt.ledger.meters import probe
from windopt.ledger.totals import read_ledger
from windopt.pipeline import STAGES, RunResult, begin
from windopt.workers.counts import NAMES, WORK
from windopt.workers.executor import worker_pool

QUICK: dict[str, Any] = {
    "wake.velocity_model": "iea37",
    "wake.turbulence_model": "none",
    "wake.combination_model": "sosfs",
    "refine_wind": False,
    "optimise.steps": 12,
    "optimise.patience": 8,
}


@pytest.fixture(scope="module")
def unmetered(
    small_config: Path, tmp_path_factory: pytest.TempPathFactory, pipeline_pool: None
) -> RunResult:
    """A finished run without a meter."""
    folder = tmp_path_factory.mktemp("results") / "unmetered"
    return windopt.run(small_config, folder, QUICK | {"energy.meter": "none"})


def test_without_a_meter_joules_are_null_everywhere(unmetered: RunResult) -> None:
    summary, folder = unmetered.summary, unmetered.folder
    assert summary["status"] == "completed"
    for energy in (summary["energy_wh"], *(s["energy_wh"] for s in summary["stages"].values())):
        assert energy == {"low": None, "central": None, "high": None, "method": "not measured"}
    assert summary["co2"] is summary["waste_share"] is None
    assert all(wh is None for wh in summary["worth"]["energy_per_farm_wh"].values())
    records = [json.loads(line) for line in folder.ledger.read_text().splitlines()]
    assert all(r["e_reserved_j"] is None for r in records if r["record"] == "stage")
    history = folder.history.read_text().splitlines()
    assert all(row.split(",")[2] == "" for row in history[1:])
    assert "not measured" in folder.report.read_text()
    assert not (folder.figures / "energy.png").exists()


def test_what_the_search_did_is_counted_in_its_stage(unmetered: RunResult) -> None:
    by_stage = read_ledger(unmetered.folder.ledger).totals.by_stage
    counts = by_stage["optimise"].counts
    assert set(NAMES) <= set(counts)
    assert counts["iterations"] >= QUICK["optimise.patience"]
    assert counts["search_steps"] >= QUICK["optimise.steps"]
    with_gradient = counts["surrogate_turbine_conditions_with_gradient"]
    assert 0 < with_gradient < counts["surrogate_turbine_conditions"]
    assert "iterations" not in by_stage["verify"].counts


def _count(number: int) -> None:
    WORK.add(iterations=number)


def test_what_workers_do_is_counted_by_whoever_opened_their_pool() -> None:
    before = WORK.read()["iterations"]
    with worker_pool(2) as pool:
        list(pool.map(_count, [1, 2, 3, 4]))
        assert WORK.read()["iterations"] - before == 10
    assert WORK.read()["iterations"] - before == 10


def test_rapl_that_is_of_no_use_is_refused_before_there_is_a_run_folder(
    small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "probe_rapl", lambda powercap: None)
    with pytest.raises(ConfigError, match=r"energy\.meter"):
        begin(small_config, tmp_path / "run", {"energy.meter": "rapl"})
    assert not (tmp_path / "run").exists()


def test_a_cross_check_lasts_as_long_as_the_run(
    small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tracker:
        def __init__(self, **options: object) -> None:
            self.final_emissions_data = type("Data", (), {"energy_consumed": 1e-3})

        def start(self) -> None: ...

        def stop(self) -> None: ...

    module = type("Module", (), {"OfflineEmissionsTracker": Tracker, "__version__": "9.9"})
    monkeypatch.setitem(sys.modules, "codecarbon", module)
    asked = QUICK | {"energy.cross_check": True, "energy.country": "NLD"}
    with begin(small_config, tmp_path / "run", asked) as job:
        STAGES["train"](job)
    rows = {row.stage: row for row in ledger_table([tmp_path / "run"])}
    assert rows["cross-check"].energy_wh["central"] == pytest.approx(1.0)
    wh = {stage: row.energy_wh["central"] for stage, row in rows.items()}
    assert wh["total"] == pytest.approx(wh["between"] + wh["check"] + wh["train"])
