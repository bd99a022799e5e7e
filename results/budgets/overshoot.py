"""How well runs keep their limits, seen from outside, as a shell sees them.

    python results/budgets/overshoot.py [--run NAME ...] [--list]

Makes each run in a temporary folder with the command `windopt run`, reads what it prints through a
pipe, and writes down in overshoot.json for each

- its wall time from the process's start to its end, and by how much that is over the limit, or what
  it says that it used of what is limited (its ledger's sum, all stages and what lies between them);
- the longest time in which it printed nothing;
- the time left that it told in its stages, against what it really took from there on;
- for a limit that was refused, the least that it named;

and how busy the machine was, then writes the table in README.md between its marks.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from windopt.ledger.totals import read_ledger

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
RESULTS, TABLE = HERE / "overshoot.json", HERE / "README.md"
BEGIN, END = "<!-- overshoot -->", "<!-- end of overshoot -->"
UNITS = {"seconds": "s", "cpu_seconds": "CPU-s", "watt_hours": "Wh"}
LIMITS = {
    "seconds": (30, 60, 120, 300, 900),
    "cpu_seconds": (30, 60, 300, 900),
    "watt_hours": (0.05, 0.2, 0.5),
}
SITES = ("quickstart", "borssele", "iea37_case4", "hornsrev", "beside60")
RUNS = {
    f"{site}_{key}_{limit:g}": (site, key, float(limit))
    for site in SITES
    for key, limits in LIMITS.items()
    for limit in limits
}
"""Site, what is limited, its limit."""
LEFT = re.compile(r"(\d+):(\d\d):(\d\d) left")
FIXED, ROWS, APART_M, AWAY_M = 60, 6, 1500.0, 4000.0
"""Turbines beside the farm `beside60`, in how many rows, how far apart and how far off [m]."""


@dataclass
class Seen:
    """What a run showed: its exit code, times of its signs and of what it said is left [s]."""

    code: int
    wall_s: float
    silent_s: float
    left: list[tuple[float, float]]
    text: str


def main() -> None:
    """Make the runs that are asked for, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--run", nargs="+", choices=RUNS, default=list(RUNS), metavar="NAME")
    parser.add_argument("--list", action="store_true", help="name the runs and leave")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(RUNS))
        return
    for name in arguments.run:
        known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        known[name] = measure(name)
        RESULTS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        publish(known)


def measure(name: str) -> dict[str, Any]:
    """Make one run and look at it from outside."""
    site, key, limit = RUNS[name]
    with tempfile.TemporaryDirectory() as folder:
        config = beside_60(Path(folder)) if site == "beside60" else CONFIGS / f"{site}.yaml"
        out = Path(folder) / "run"
        load, command = os.getloadavg()[0], ["run", str(config), "--out", str(out)]
        command += ["--set", f"budget.{key}={limit:g}"]
        seen = watch(command)
        used = {"seconds": seen.wall_s}
        if seen.code == 0:
            totals = read_ledger(out / "ledger.jsonl").totals
            used |= {"cpu_seconds": totals.cpu_s, "watt_hours": totals.energy_wh["central"]}
    found: dict[str, Any] = {
        "site": site,
        "key": key,
        "limit": limit,
        "load_before": load,
        "cores": os.cpu_count(),
        "exit_code": seen.code,
        "wall_s": seen.wall_s,
        "silent_s": seen.silent_s,
    }
    if seen.code == 0:
        found["over_pct"] = 100.0 * (used[key] / limit - 1.0)
        found["time_left_told_over_true"] = honesty(seen)
    elif named := re.search(r"needs ([\d.]+) \S+ at\s+least", seen.text):
        found["least"] = float(named[1])
    else:
        found["said"] = seen.text[-500:]
    return found


def watch(command: list[str]) -> Seen:
    """Run windopt and note when it shows a sign."""
    began = last = time.monotonic()
    code = "import sys; from windopt.commands.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    silent, left, text = 0.0, [], ""
    while some := os.read(process.stdout.fileno(), 65536):
        now, said = time.monotonic(), some.decode(errors="replace")
        silent, last = max(silent, now - last), now
        text += said
        for hours, minutes, seconds in LEFT.findall(said):
            left.append((now - began, 3600.0 * int(hours) + 60.0 * int(minutes) + int(seconds)))
    exit_code = process.wait()
    now = time.monotonic()
    return Seen(exit_code, now - began, max(silent, now - last), left, text)


def honesty(seen: Seen) -> list[float]:
    """Give time left as told over what it was, for all that was told 5 s before the end or more."""
    true = [(told, seen.wall_s - at) for at, told in seen.left if seen.wall_s - at > 5.0]
    return [round(told / really, 3) for told, really in true]


def beside_60(folder: Path) -> Path:
    """Write the config of the neighbours' farm with sixty fixed turbines to windward."""
    config = yaml.safe_load((CONFIGS / "neighbours.yaml").read_text(encoding="utf-8"))
    lines = (CONFIGS / "neighbours.csv").read_text(encoding="utf-8").splitlines()
    x, y = (float(value) for value in lines[1].split(",")[:2])
    rows = [
        (x - AWAY_M - APART_M * (i // (FIXED // ROWS)), y + APART_M * (i % (FIXED // ROWS)))
        for i in range(FIXED)
    ]
    text = "x,y\n" + "".join(f"{a:.1f},{b:.1f}\n" for a, b in rows)
    (folder / "sixty.csv").write_text(text, encoding="utf-8")
    config["fixed_turbines"]["layout"] = "sixty.csv"
    config["name"] = "beside60"
    path = folder / "beside60.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def publish(known: dict[str, dict[str, Any]]) -> None:
    """Write the table of all runs there are."""
    text = (
        "| site | limit | load before | over (+) | wall | longest silence | time left told / true "
        "|\n|---|---|---|---|---|---|---|\n"
    )
    for name in (name for name in RUNS if name in known):
        one = known[name]
        unit = UNITS[one["key"]]
        told = one.get("time_left_told_over_true")
        honest = f"{min(told):.2f} to {max(told):.2f}" if told else "-"
        over = f"{one['over_pct']:+.1f} %" if "over_pct" in one else "failed"
        if "least" in one:
            over = f"refused: {one['least']:g} {unit} at least"
        text += (
            f"| {one['site']} | {one['limit']:g} {unit} | {one['load_before']:.1f} | {over} "
            f"| {one['wall_s']:.1f} s | {one['silent_s']:.1f} s | {honest} |\n"
        )
    page = TABLE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    TABLE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
