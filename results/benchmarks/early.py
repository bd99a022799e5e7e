"""Gains of windopt and of TopFarm's smart start after 10 and 25 CPU-seconds, imports included.

    python results/benchmarks/early.py [PROBLEM ...]

windopt searches anew, for 25 CPU-seconds and with seed 0, in `build/early`; FLORIS judges what it
held after 10 and after 25. Of TopFarm this reads the cells of the suite: the best of all seeds, as
FLORIS judged it at the first look at or after that time, so that it had no more. What its own wake
model claimed is not used. The result goes to `early.json`, the table is printed.
"""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    path = HERE / "early.json"
    told: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    published = json.loads((HERE / "comparison.json").read_text("utf-8"))["problems"]
    for name in problems:
        cell = searched(name, published[name]["reference"]["aep_gwh"])
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
    first = next(row for row in trace(FOLDER / name / "cells" / name / "windopt/seed0"))
    return {"gain_pct": gains, "first_cpu_s": first, "git_revision": cell["git_revision"]}


def most_of_topfarm(published: dict[str, Any]) -> dict[str, Any]:
    """Return what TopFarm's smart start had at most [%] by time, and when it had its first."""
    cells = [cell for cell in published["cells"] if cell["method"] == "topfarm_smart"]
    folders = [HERE / "cells" / c["problem"] / c["method"] / f"seed{c['seed']}" for c in cells]
    firsts = [trace(folder)[0] for folder in folders]
    gains = {}
    for t in TIMES:
        had = [
            next(look["gain_pct"] for look in cell["looks"] if look["cpu_s"] >= t)
            for cell, first in zip(cells, firsts, strict=True)
            if first <= t
        ]
        gains[f"{t:g}"] = max(had, default=None)
    return {"gain_pct_at_most": gains, "first_cpu_s": min(firsts), "seeds": len(cells)}


def trace(folder: Path) -> list[float]:
    """Return when a cell's layouts were held [CPU-s]."""
    lines = (folder / "trace.csv").read_text("utf-8").splitlines()[1:]
    return [float(line.split(",")[0]) for line in lines]


def table(told: dict[str, Any]) -> str:
    """Return the gains as a table."""
    heads = [f"{who} after {t:g} CPU-s" for t in TIMES for who in ("windopt", "TopFarm")]
    rows = [f"| gain [%] | {' | '.join(heads)} | TopFarm's first layout after |"]
    rows.append("|" + "---|" * (len(heads) + 2))
    for name, one in told.items():
        cells = []
        for t in TIMES:
            most = one["topfarm_smart"]["gain_pct_at_most"][f"{t:g}"]
            cells.append(f"{one['windopt']['gain_pct'][f'{t:g}']:+.3f}")
            cells.append("none yet" if most is None else f"at most {most:+.3f}")
        first = one["topfarm_smart"]["first_cpu_s"]
        rows.append(f"| {name} | {' | '.join(cells)} | {math.floor(first)} CPU-s |")
    return "\n".join(rows)


if __name__ == "__main__":
    main(sys.argv[1:] or list(PROBLEMS))
