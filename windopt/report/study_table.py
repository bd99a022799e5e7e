"""The table of a study: the result and the cost of every run."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from windopt.config.study import StudyJob
from windopt.report.verified import gain_error, rounded_error
from windopt.runs.folder import write_json, write_text
from windopt.terminal import plain
from windopt.words import significant

Told = tuple[StudyJob, Mapping[str, Any] | None, str | None]
"""A job, its summary where there is one, and why it has failed in this call, if it has."""
FROM_SUMMARY = (
    "n_turbines", "aep_gwh", "gain_pct", "gain_over_grid_pct", "feasible", "wall_s", "cpu_s"
)  # fmt: skip
HEADINGS = ("job", "status", "AEP [GWh]", "gain [%]", "CPU [s]", "energy [Wh]", "AI's share")

SEARCH_INTERRUPTED = "the search was interrupted"
CUT_SHORT = ("interrupted", SEARCH_INTERRUPTED)
"""Reasons of a run that its user has stopped: a job of a study is to be done again."""


def write_study(folder: Path, name: str, told: Sequence[Told]) -> dict[str, Any]:
    """Write `study.json`, `study.csv` and `study.md`; returns the content of the first.

    Parameters
    ----------
    folder : Path
        Of the study.
    name : str
        The study's.
    told : (n_jobs,)
    """
    jobs = [_row(*one) for one in told]
    content = {"name": name, "jobs": jobs, "total": _total(jobs)}
    write_json(folder / "study.json", content)
    write_text(folder / "study.csv", _csv(jobs))
    write_text(folder / "study.md", _markdown(content))
    return content


def study_table(content: Mapping[str, Any]) -> Table:
    """Tabulate a study for a terminal, from the content of `study.json`."""
    table = Table(
        title=plain(f"study {content['name']}"), box=box.SIMPLE_HEAD, title_justify="left"
    )
    for heading in HEADINGS:
        is_text = heading in ("job", "status", HEADINGS[-1])
        table.add_column(heading, justify="left" if is_text else "right", overflow="fold")
    for cells in _cells(content):
        table.add_row(*map(plain, cells))
    return table


def _row(job: StudyJob, summary: Mapping[str, Any] | None, failed: str | None) -> dict[str, Any]:
    of = summary or {}
    status = "failed" if failed else of.get("status", "not begun")
    return {
        "job": job.name,
        "config": str(job.config),
        "settings": dict(job.settings),
        "status": status,
        "reason": failed or of.get("reason", ""),
        **{key: of.get(key) for key in FROM_SUMMARY},
        "gain_error_pct": gain_error(of),
        "energy_wh": of.get("energy_wh"),
        "ai_answer": (of.get("assessment") or {}).get("answer"),
    }


def _total(jobs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up what the jobs have cost; unknown energy makes the sum unknown."""
    begun = [job for job in jobs if job["cpu_s"] is not None]
    energies = [job["energy_wh"] or {} for job in begun]
    energy = {
        bound: None
        if any(one.get(bound) is None for one in energies)
        else math.fsum(one[bound] for one in energies)
        for bound in ("low", "central", "high")
    }
    return {
        "jobs": len(jobs),
        "done": sum(_is_done(job) for job in jobs),
        "failed": sum(job["status"] == "failed" for job in jobs),
        "cpu_s": math.fsum(job["cpu_s"] for job in begun),
        "wall_s": math.fsum(job["wall_s"] for job in begun),
        "energy_wh": energy,
    }


def _is_done(job: Mapping[str, Any]) -> bool:
    return job["status"] in ("completed", "stopped") and job["reason"] not in CUT_SHORT


def _cells(content: Mapping[str, Any]) -> list[list[str]]:
    rows = [
        [
            job["job"],
            job["status"],
            "" if job["aep_gwh"] is None else f"{job['aep_gwh']:,.2f}",
            "" if job["gain_pct"] is None else f"{job['gain_pct']:+.2f}{_error(job)}",
            "" if job["cpu_s"] is None else f"{job['cpu_s']:,.0f}",
            _band(job["energy_wh"]),
            job["ai_answer"] or job["reason"],
        ]
        for job in content["jobs"]
    ]
    total = content["total"]
    done = f"{total['done']} of {total['jobs']} done"
    costs = [f"{total['cpu_s']:,.0f}", _band(total["energy_wh"])]
    failed = f"{total['failed']} failed" if total["failed"] else ""
    return [*rows, ["total", done, "", "", *costs, failed]]


def _error(job: Mapping[str, Any]) -> str:
    error = job.get("gain_error_pct")
    return f" ± {rounded_error(error)} (sampled)" if error else ""


def _band(energy: Mapping[str, Any] | None) -> str:
    if not energy or energy.get("central") is None:
        return ""
    central = significant(energy["central"], 2)
    if energy.get("low") is None or energy.get("high") is None:
        return central
    return f"{central} ({significant(energy['low'], 2)} to {significant(energy['high'], 2)})"


def _csv(jobs: Sequence[Mapping[str, Any]]) -> str:
    """Return one line for each job, a column for each setting of the grid."""
    keys = list(dict.fromkeys(key for job in jobs for key in job["settings"]))
    bounds = ("low", "central", "high")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    energies, columns = (
        [f"energy_{bound}_wh" for bound in bounds],
        [*FROM_SUMMARY, "gain_error_pct"],
    )
    writer.writerow(["job", "config", *keys, "status", "reason", *columns, *energies, "ai_answer"])
    for job in jobs:
        energy = job["energy_wh"] or {}
        writer.writerow(
            [
                job["job"],
                job["config"],
                *(job["settings"].get(key) for key in keys),
                job["status"],
                job["reason"],
                *(job.get(key) for key in columns),
                *(energy.get(bound) for bound in bounds),
                job["ai_answer"],
            ]
        )
    return text.getvalue()


def _markdown(content: Mapping[str, Any]) -> str:
    lines = [HEADINGS, ["---"] * len(HEADINGS), *_cells(content)]
    table = "\n".join(
        "| " + " | ".join(" ".join(cell.replace("|", "/").split()) for cell in cells) + " |"
        for cells in lines
    )
    return (
        f"# Study {content['name']}\n\n{table}\n\nAEP and gain are FLORIS's, the gain over the "
        "given layout or the regular grid, with its standard error where FLORIS was asked "
        "about a sample of the wind rose; energy is the central estimate with its bounds. "
        "Every job is a run folder beside this file.\n"
    )
