"""Gains of windopt and of TopFarm's smart start after 10 and 25 CPU-seconds, imports included.

    python results/benchmarks/early.py [PROBLEM ...]

windopt searches anew in `build/early`, for 25 CPU-seconds with seed 0 and, as all searches of the
suite, on one core; FLORIS judges what it held after 10 and after 25. Of TopFarm this reads the
cells of the suite: what FLORIS found of each seed at the first look at or after that time, so that
it had no more. The result goes to `early.json`, the table is printed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from windopt.words import count_of

HERE = Path(__file__).parent
FOLDER = Path("build/early")
TIMES = (10.0, 25.0)
PROBLEMS = (
    "windwake5",
    "quickstart",
    "quickstart_cc",
    "iea37_case1_36",
    "iea37_case1_64",
    "borssele",
)


def main(problems: list[str]) -> None:
    """Search, judge and write down some problems; those that are in the file already stay."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    path = HERE / "early.json"
    told: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    published = json.loads((HERE / "comparison.json").read_text("utf-8"))["problems"]
    for name in problems:
        cell = searched(name, published[name]["facts"]["reference"]["aep_gwh"])
        told[name] = {"windopt": cell, "topfarm_smart": most_of_topfarm(published[name])}
    told = {name: told[name] for name in PROBLEMS if name in told}
    path.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(table(told))


def searched(name: str, reference_gwh: float) -> dict[str, Any]:
    """Let windopt search a problem; returns its gains [%] by time."""
    command = ["compare", "--suite", "--problem", name, "--method", "windopt"]
    command += ["--seed", "0", "--set", "compare.looks=0", "--out", str(FOLDER / name)]
    for seconds in TIMES:
        command += ["--cpu-seconds", f"{seconds:g}"]
    subprocess.run([Path(sys.executable).with_name("windopt"), *command], check=True)
    cell = json.loads((FOLDER / name / "cells" / name / "windopt/seed0/cell.json").read_text())
    looks = {look["cpu_s"]: look for look in cell["looks"]}
    gains = {f"{t:g}": 100 * (looks[t]["aep_gwh"] / reference_gwh - 1) for t in TIMES}
    first = trace(FOLDER / name / "cells" / name / "windopt/seed0")[0]
    return {"gain_pct": gains, "first_cpu_s": first, "git_revision": cell["git_revision"]}


def most_of_topfarm(published: dict[str, Any]) -> dict[str, Any]:
    """Return what the seeds of TopFarm's smart start had at most [%] by time, and since when."""
    cells = [cell for cell in published["cells"] if cell["method"] == "topfarm_smart"]
    folders = [HERE / "cells" / c["problem"] / c["method"] / f"seed{c['seed']}" for c in cells]
    firsts = [trace(folder)[0] for folder in folders]
    gains = {
        f"{t:g}": [
            next(look["gain_pct"] for look in cell["looks"] if look["cpu_s"] >= t)
            for cell, first in zip(cells, firsts, strict=True)
            if first <= t
        ]
        for t in TIMES
    }
    return {"gain_pct_at_most": gains, "first_cpu_s": firsts}


def trace(folder: Path) -> list[float]:
    """Return when a cell's layouts were held [CPU-s]."""
    lines = (folder / "trace.csv").read_text("utf-8").splitlines()[1:]
    return [float(line.split(",")[0]) for line in lines]


def table(told: dict[str, Any]) -> str:
    """Return the gains as a table: of TopFarm the median of the seeds that had a layout."""
    heads = [f"{who} after {t:g} CPU-s" for t in TIMES for who in ("windopt", "TopFarm")]
    rows = [f"| gain [%] | {' | '.join(heads)} | TopFarm's first layouts after |"]
    rows.append("|" + "---|" * (len(heads) + 2))
    for name, one in told.items():
        cells = []
        for t in TIMES:
            had = one["topfarm_smart"]["gain_pct_at_most"][f"{t:g}"]
            cells.append(f"{one['windopt']['gain_pct'][f'{t:g}']:+.3f}")
            cells.append(
                f"at most {median(had):+.3f} ({count_of(len(had), 'seed')})"
                if had
                else "nothing yet"
            )
        first = one["topfarm_smart"]["first_cpu_s"]
        since = f"{min(first):.0f} to {max(first):.0f} CPU-s"
        rows.append(f"| {name} | {' | '.join(cells)} | {since} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main(sys.argv[1:] or list(PROBLEMS))
