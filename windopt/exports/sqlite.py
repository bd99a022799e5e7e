"""A project as one SQLite file, to be asked with SQL.

The file is made anew from the ledgers each time, so that the same ledgers give the same content; it
may be deleted at any time. Energies [Wh] include PUE; `low`, `central` and `high` bound them.
"""

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from windopt.assessment.figures import figures_of
from windopt.assessment.shared import SurrogateAccount, surrogate_accounts
from windopt.errors import RunFolderError
from windopt.ledger.energy import Energy
from windopt.ledger.project import Project, ProjectRun
from windopt.ledger.records import Record
from windopt.ledger.totals import APART_KINDS, own_costs

APPLICATION_ID = 0x77696E64
"""What marks the file as ours ("wind"): nothing else is ever written over."""

Row = dict[str, Any]
SCHEMA = {
    "run": """
        id TEXT PRIMARY KEY, name TEXT, folder TEXT, status TEXT, sessions INTEGER,
        began TEXT, ended TEXT, verified INTEGER, damaged_lines INTEGER,
        config_hash TEXT, git_revision TEXT, seed INTEGER, host TEXT, cpu_model TEXT,
        vcpus INTEGER, memory_gb REAL, country TEXT, pue REAL, grid_g_per_kwh REAL,
        wall_s REAL, cpu_s REAL, energy_low_wh REAL, energy_central_wh REAL, energy_high_wh REAL,
        method TEXT, waste_share REAL""",
    "stage": """
        id TEXT PRIMARY KEY, run TEXT REFERENCES run, session TEXT, parent TEXT, kind TEXT,
        status TEXT, error TEXT, apart INTEGER, wall_s REAL, cpu_s REAL, own_wall_s REAL,
        own_cpu_s REAL, own_energy_low_wh REAL, own_energy_central_wh REAL,
        own_energy_high_wh REAL, method TEXT, counts TEXT""",
    "asset": """
        run TEXT REFERENCES run, time TEXT, kind TEXT, path TEXT, fingerprint TEXT,
        made_by TEXT, reused_from TEXT, retrained_from TEXT, debt_low_wh REAL,
        debt_central_wh REAL, debt_high_wh REAL, saved_low_wh REAL, saved_central_wh REAL,
        saved_high_wh REAL, shipped TEXT, weights_sha256 TEXT, users INTEGER,
        provider_low_wh REAL, provider_central_wh REAL, provider_high_wh REAL""",
    "gain": """
        run TEXT REFERENCES run, time TEXT, reference TEXT, name TEXT, aep_wh REAL,
        reference_aep_wh REAL, gain_wh_per_year REAL, gain_pct REAL, optimism_wh_per_year REAL,
        spread_wh_per_year REAL, feasible INTEGER, loss_factor REAL, energy_wh REAL,
        equalled_wh REAL, wake_model TEXT""",
    "worth": """
        run TEXT PRIMARY KEY REFERENCES run, gain_wh_per_year REAL, gain_pct REAL, over TEXT,
        attributable_wh_per_year REAL, spread_wh_per_year REAL, optimism_wh_per_year REAL,
        energy_return REAL, break_even_farms REAL, payback_s REAL, baseline TEXT""",
    "assessment": """
        run TEXT REFERENCES run, time TEXT, use TEXT, file TEXT, answer TEXT, leaning TEXT,
        rival TEXT, difference_mwh REAL, delta_mwh REAL, p_better REAL, p_material REAL,
        p_equivalent REAL, p_worse REAL, models INTEGER, seeds INTEGER""",
    "surrogate": """
        name TEXT, makers TEXT, reusers TEXT, runs INTEGER, farms INTEGER, users INTEGER,
        debt_low_wh REAL, debt_central_wh REAL, debt_high_wh REAL, project_central_wh REAL,
        per_farm_low_wh REAL, per_farm_central_wh REAL, per_farm_high_wh REAL, saved_low_wh REAL,
        saved_central_wh REAL, saved_high_wh REAL, without_learning_wh REAL,
        break_even_farms REAL, paid_off INTEGER""",
    "project": """
        runs INTEGER, counted_once TEXT, energy_low_wh REAL, energy_central_wh REAL,
        energy_high_wh REAL, waste_share REAL, failed_wh REAL, cancelled_wh REAL,
        killed_wh REAL, tuning_wh REAL, kills INTEGER, baseline_wh REAL,
        compare_wh REAL, robustness_wh REAL, validate_wh REAL, assess_wh REAL""",
}
GAIN_FACTS = (
    "time",
    "reference",
    "name",
    "aep_wh",
    "reference_aep_wh",
    "gain_wh_per_year",
    "gain_pct",
    "optimism_wh_per_year",
    "spread_wh_per_year",
    "feasible",
    "loss_factor",
    "energy_wh",
    "equalled_wh",
    "wake_model",
)
WORTH_FACTS = (
    "gain_wh_per_year",
    "gain_pct",
    "over",
    "attributable_wh_per_year",
    "spread_wh_per_year",
    "optimism_wh_per_year",
    "break_even_farms",
    "payback_s",
    "baseline",
)
ASSESSMENT_FACTS = (
    "time",
    "use",
    "file",
    "answer",
    "leaning",
    "rival",
    "difference_mwh",
    "delta_mwh",
    "p_better",
    "p_material",
    "p_equivalent",
    "p_worse",
    "models",
    "seeds",
)


def write_database(project: Project, path: Path) -> None:
    """Write a project into an SQLite file, whole or not at all.

    Parameters
    ----------
    project : Project
        The runs.
    path : Path
        The file; one of an earlier call is replaced.

    Raises
    ------
    RunFolderError
        When it cannot be written, or is there and something else.
    """
    if path.exists() and not _is_ours(path):
        raise RunFolderError(
            f"'{path}' exists and is no project ledger of windopt; name another with --project"
        )
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(partial)) as database:
            _fill(database, project)
        os.replace(partial, path)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            partial.unlink()
        raise RunFolderError(
            f"'{path}' cannot be written: {error}; name another file with --project"
        ) from error


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(72)[68:] == APPLICATION_ID.to_bytes(4, "big")
    except OSError:
        return False


def _fill(database: sqlite3.Connection, project: Project) -> None:
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for name, rows in _tables(project).items():
        database.execute(f"CREATE TABLE {name} ({SCHEMA[name]})")
        for row in rows:
            columns, marks = ", ".join(row), ", ".join(f":{column}" for column in row)
            database.execute(f"INSERT INTO {name} ({columns}) VALUES ({marks})", row)
    database.commit()


def _tables(project: Project) -> dict[str, list[Row]]:
    runs = project.runs
    return {
        "run": [_run(run) for run in runs],
        "stage": [row for run in runs for row in _stages(run)],
        "asset": [_asset(run, asset) for run in runs for asset in run.content.assets],
        "gain": [_gain(run, gain) for run in runs for gain in run.content.gains],
        "worth": [_worth(run) for run in runs],
        "assessment": [_assessment(run, one) for run in runs for one in run.content.assessments],
        "surrogate": [_surrogate(account) for account in surrogate_accounts(runs)],
        "project": [_summary(project)],
    }


def _run(run: ProjectRun) -> Row:
    facts = ("config_hash", "git_revision", "seed", "host", "cpu_model", "vcpus", "memory_gb")
    totals = run.content.totals
    return {
        "id": run.id,
        "name": run.name,
        "folder": str(run.folder),
        "status": run.status,
        "sessions": len(run.content.runs),
        "began": run.records[0]["time"],
        "ended": run.ended,
        "verified": run.verified,
        "damaged_lines": run.content.damaged_lines,
        **{fact: run.stated(fact) for fact in (*facts, "country", "pue")},
        "grid_g_per_kwh": (run.stated("grid_g_per_kwh") or {}).get("central"),
        "wall_s": totals.wall_s,
        "cpu_s": totals.cpu_s,
        **_energy("energy", totals.energy),
        "method": totals.energy.method,
        "waste_share": totals.waste_share,
    }


def _stages(run: ProjectRun) -> list[Row]:
    return [
        {
            "id": stage.id,
            "run": run.id,
            "session": stage.run,
            "parent": stage.parent,
            "kind": stage.kind,
            "status": stage.status,
            "error": stage.error,
            "apart": stage.kind in APART_KINDS,
            "wall_s": stage.cost.wall_s,
            "cpu_s": stage.cost.cpu_s,
            "own_wall_s": own.wall_s,
            "own_cpu_s": own.cpu_s,
            **_energy("own_energy", own.energy),
            "method": own.energy.method,
            "counts": json.dumps(own.counts),
        }
        for stage, own in own_costs(run.content.stages)
    ]


def _asset(run: ProjectRun, asset: Record) -> Row:
    facts = ("time", "kind", "path", "fingerprint", "reused_from", "retrained_from")
    return {
        "run": run.id,
        **{fact: asset.get(fact) for fact in facts},
        "made_by": ", ".join(asset["made_by"]),
        **_bounds("debt", asset["energy_debt_wh"]),
        **_bounds("saved", asset.get("saved_wh")),
        **{fact: asset.get(fact) for fact in ("shipped", "weights_sha256", "users")},
        **_bounds("provider", asset.get("provider_wh")),
    }


def _gain(run: ProjectRun, gain: Record) -> Row:
    return {"run": run.id, **{fact: gain.get(fact) for fact in GAIN_FACTS}}


def _worth(run: ProjectRun) -> Row:
    found = figures_of(run.content).record()
    return {
        "run": run.id,
        **{fact: found[fact] for fact in WORTH_FACTS},
        "energy_return": (found["energy_return"] or {}).get("central"),
    }


def _assessment(run: ProjectRun, one: Record) -> Row:
    return {"run": run.id, **{fact: one.get(fact) for fact in ASSESSMENT_FACTS}}


def _surrogate(account: SurrogateAccount) -> Row:
    per_farm = account.per_farm
    return {
        "name": account.name,
        "makers": ", ".join(account.makers),
        "reusers": ", ".join(account.reusers),
        "runs": account.runs,
        "farms": account.farms,
        "users": account.users,
        **_energy("debt", account.debt),
        "project_central_wh": account.project.to_wh()["central"],
        **_bounds("per_farm", None if per_farm is None else per_farm.to_wh()),
        **_energy("saved", account.saved),
        "without_learning_wh": account.without_wh,
        "break_even_farms": account.break_even_farms,
        "paid_off": account.paid_off,
    }


def _summary(project: Project) -> Row:
    totals = project.totals
    wasted = {
        f"{reason}_wh": totals.wasted.get(reason, Energy()).to_wh()["central"]
        for reason in ("failed", "cancelled", "killed", "tuning")
    }
    return {
        "runs": len(project.runs),
        "counted_once": ", ".join(str(repeat.path.resolve().parent) for repeat in project.repeats),
        **_energy("energy", totals.energy),
        "waste_share": totals.waste_share,
        **wasted,
        "kills": totals.kills,
        **{
            f"{kind}_wh": totals.apart.get(kind, Energy()).to_wh()["central"]
            for kind in ("baseline", "compare", "robustness", "validate", "assess")
        },
    }


def _energy(name: str, energy: Energy) -> Row:
    return _bounds(name, energy.to_wh())


def _bounds(name: str, wh: Mapping[str, Any] | None) -> Row:
    known: Mapping[str, Any] = wh or {}
    return {f"{name}_{bound}_wh": known.get(bound) for bound in ("low", "central", "high")}
