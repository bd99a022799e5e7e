"""How exactly a run keeps its budget: what the ledger charges in the end against the limit.

    python results/budgets/measure.py [--run NAME ...]

Makes each run in a temporary folder with `windopt run` of a shipped config, notes the charge of
every stage in <name>.json and writes the table README.md. The searches never end by themselves, so
that the budget ends them.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import windopt
from windopt.ledger.totals import read_ledger

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
RUNS: dict[str, tuple[str, str, float, dict[str, Any]]] = {
    "case1_16_cpu_60": ("iea37_case1_16", "cpu_seconds", 60, {}),
    "case1_16_cpu_120": ("iea37_case1_16", "cpu_seconds", 120, {}),
    "case1_16_wall_60": ("iea37_case1_16", "seconds", 60, {}),
    "case1_16_energy": ("iea37_case1_16", "watt_hours", 0.1, {}),
    "quickstart_cpu_150": ("quickstart", "cpu_seconds", 150, {}),
}
"""Config, what is limited, its limit, other settings."""
UNITS = {"seconds": "s", "cpu_seconds": "CPU-s", "watt_hours": "Wh"}
HEAD = """\
# Does a run keep its budget?

`python results/budgets/measure.py` runs the commands below, whose searches end by the budget alone,
and reads from their ledgers what was charged in all: search, verification and report. A run that
overspends has a positive last column. Wall-clock time is that of a shared machine with two cores.

| command | limit | charged | over (+) or under (-) |
|---|---|---|---|
"""


def main() -> None:
    """Make the runs that are asked for, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--run", nargs="+", choices=RUNS, default=list(RUNS), metavar="NAME")
    for name in parser.parse_args().run:
        measure(name)
        publish()


def measure(name: str) -> None:
    """Make one run and write down what it was charged."""
    config, limited, limit, others = RUNS[name]
    settings = {f"budget.{limited}": limit} | others
    with tempfile.TemporaryDirectory() as folder:
        run = windopt.run(CONFIGS / f"{config}.yaml", Path(folder) / "run", settings)
        totals = read_ledger(run.folder.ledger).totals
    charges = {"total": totals, **totals.by_stage}
    spent = {
        kind: {
            "seconds": cost.wall_s,
            "cpu_seconds": cost.cpu_s,
            "watt_hours": cost.energy_wh["central"],
        }
        for kind, cost in charges.items()
    }
    options = " ".join(f"--set {key}={value}" for key, value in settings.items())
    content = {
        "command": f"windopt run configs/{config}.yaml {options}",
        "limited": limited,
        "limit": limit,
        "over_pct": 100.0 * (spent["total"][limited] / limit - 1.0),
        "status": run.summary["status"],
        "reason": run.summary["reason"],
        "spent": spent,
        "versions": run.summary["versions"],
    }
    (HERE / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def publish() -> None:
    """Write the table of all runs there are."""
    text = HEAD
    for name in RUNS:
        if (path := HERE / f"{name}.json").exists():
            one = json.loads(path.read_text(encoding="utf-8"))
            unit, charged = UNITS[one["limited"]], one["spent"]["total"][one["limited"]]
            text += (
                f"| `{one['command']}` | {one['limit']:g} {unit} | {charged:.4g} {unit} "
                f"| {one['over_pct']:+.1f} % |\n"
            )
    page = HERE / "README.md"
    _, mark, rest = page.read_text(encoding="utf-8").partition("\n## As a shell sees it")
    page.write_text(f"{text}{mark}{rest}", encoding="utf-8")


if __name__ == "__main__":
    main()
