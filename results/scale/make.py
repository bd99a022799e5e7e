"""How time and memory grow with the number of turbines, beside FLORIS and PyWake.

    python results/scale/make.py [--turbines 100 300 1000 2000]

Each measurement is a process of its own with one thread: a farm of so many turbines of 3.35 MW, 5 D
apart on average (a jittered grid), under FLORIS's gauss. windopt is asked for AEP and gradient in
360 directions, FLORIS and PyWake for AEP in as many as are named, and everything is given by
condition. Writes scale.json, README.md and scale.png. Some five CPU-minutes.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
SPACING_D, DIAMETER_M = 5.0, 130.0
SPEED, TURBULENCE = 9.8, 0.075
DIRECTIONS = 360
ASKED = {"floris": 2, "pywake": 12}
"""Directions that the others are asked about."""
MOST = {"pywake": 1000}
"""Turbines: PyWake's memory grows with their square."""
LABELS = {
    "windopt": "windopt, AEP and gradient",
    "floris": "FLORIS, AEP",
    "pywake": "PyWake, AEP",
}


def farm(n: int) -> np.ndarray:
    """Return a jittered grid (n, 2) [m]."""
    side = math.ceil(math.sqrt(n))
    step = SPACING_D * DIAMETER_M
    places = np.array([(step * i, step * j) for i in range(side) for j in range(side)])[:n]
    return places + np.random.default_rng(n).uniform(-0.3, 0.3, places.shape) * step


def measure(who: str, n: int) -> dict[str, Any]:
    """Measure in this process."""
    from windopt.problem.conditions import Conditions
    from windopt.problem.farm import Farm
    from windopt.readers.load import load_problem

    count = ASKED.get(who, DIRECTIONS)
    problem = load_problem(CONFIGS / "thousand.yaml", {"n_turbines": n})
    layout = farm(n)
    wd = np.linspace(0.0, 360.0, count, endpoint=False)
    wind = Conditions(wd, *(np.full(count, v) for v in (SPEED, TURBULENCE, 1.0 / count)))
    if who == "windopt":
        from windopt.surrogate.shipped import shipped_surrogate

        surrogate = shipped_surrogate(problem)

        def ask() -> float:
            power, _ = surrogate.mean_power_gradient(Farm.of_one_type(layout[None]), wind)
            return float(np.asarray(power).sum())
    elif who == "floris":
        from windopt.floris.simulator import FarmCase, Simulator

        simulator = Simulator(problem)

        def ask() -> float:
            (state,) = simulator.simulate([FarmCase(layout, wind.wd, wind.ws, wind.ti)])
            return float(state.power.sum(axis=1).mean())
    else:
        from windopt.pywake.farm import PyWakeFarm

        pywake = PyWakeFarm(problem, problem.wind)

        def ask() -> float:
            power = pywake.turbine_power(Farm.of_one_type(layout[None]), wind)
            return float(power.sum(axis=-1).mean())

    mean_w, took = 0.0, []
    for _ in range(3 if n <= 300 else 1):
        began = time.process_time()
        mean_w = ask()
        took.append(time.process_time() - began)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    found: dict[str, Any] = {
        "who": who,
        "turbines": n,
        "conditions": count,
        "cpu_s": min(took),
        "peak_gb": peak_gb,
        "mean_mw": mean_w / 1e6,
    }
    if who == "windopt":  # after its memory has been taken
        from windopt.surrogate import compiled_farm

        compiled_farm.far_from = lambda c, n: math.inf
        found["error_pct"] = 100.0 * (mean_w / ask() - 1.0)
    return found


def main() -> None:
    """Measure everything, each in a process, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turbines", nargs="*", type=int, default=[100, 300, 1000, 2000])
    parser.add_argument("--one", nargs=2, metavar=("WHO", "N"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.one[0], int(asked.one[1]))))
        return
    found = []
    for n in asked.turbines:
        for who in LABELS:
            if n > MOST.get(who, n):
                continue
            command = [sys.executable, __file__, "--one", who, str(n)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found.append(json.loads(done.stdout.splitlines()[-1]))
            print(found[-1], flush=True)
    (HERE / "scale.json").write_text(json.dumps(found, indent=1) + "\n")
    (HERE / "README.md").write_text(page(found), encoding="utf-8")
    draw(found)


def exponent(rows: list[dict[str, Any]], key: str) -> float:
    """Return the slope between the second smallest and the largest farm."""
    first, last = rows[min(1, len(rows) - 2)], rows[-1]
    grown = last[key] / first[key]
    return math.log(grown) / math.log(last["turbines"] / first["turbines"])


def page(found: list[dict[str, Any]]) -> str:
    """Return the page."""
    lines = [
        "# Time and memory by the number of turbines",
        "",
        "`python results/scale/make.py`: a jittered grid of turbines of 3.35 MW, 5 D apart on",
        "average, FLORIS's gauss, one thread. windopt computes AEP and its gradient, FLORIS and",
        "PyWake (its gauss of Niayifar and Porté-Agel) AEP alone. Seconds are CPU-seconds for 360",
        "directions; FLORIS was asked about 2 and PyWake about 12 of them, and multiplied. Memory",
        "is the process's peak, imports included.",
        "",
        "| turbines | " + " | ".join(f"{label} [CPU-s] | [GB]" for label in LABELS.values()) + " |",
        "|---:|" + "---:|" * (2 * len(LABELS)),
    ]
    by = {(row["who"], row["turbines"]): row for row in found}
    for n in dict.fromkeys(row["turbines"] for row in found):
        cells = []
        for who in LABELS:
            row = by.get((who, n))
            if row is None:
                cells += ["-", "-"]
            else:
                seconds = row["cpu_s"] * DIRECTIONS / row["conditions"]
                cells += [f"{seconds:,.3g}", f"{row['peak_gb']:.2g}"]
        lines.append(f"| {n:,} | " + " | ".join(cells) + " |")
    ours = [row for row in found if row["who"] == "windopt"]
    theirs = [row for row in found if row["who"] == "floris"]
    lines += [
        "",
        f"From {ours[1]['turbines']:,} to {ours[-1]['turbines']:,} turbines windopt's time grows",
        f"with N to the power of {exponent(ours, 'cpu_s'):.2f}, FLORIS's with",
        f"{exponent(theirs, 'cpu_s'):.2f}. From 200 turbines on some of the wakes beyond 60 D",
        "stand for others (`windopt/surrogate/compiled/far_field.py`). What that changes of AEP: "
        + ", ".join(f"{row['error_pct']:+.4f} % of {row['turbines']:,} turbines" for row in ours)
        + ".",
        "",
        "![time and memory over the number of turbines](scale.png)",
        "",
    ]
    return "\n".join(lines)


def draw(found: list[dict[str, Any]]) -> None:
    """Draw time and memory over the number of turbines."""
    from matplotlib.figure import Figure

    from windopt.report.style import FINAL, GIVEN, INK, MUTED

    colours = {"windopt": FINAL, "floris": GIVEN, "pywake": MUTED}
    figure = Figure(figsize=(9.5, 4.2), layout="constrained")
    time_axes, memory_axes = figure.subplots(1, 2)
    for who, label in LABELS.items():
        rows = [row for row in found if row["who"] == who]
        n = [row["turbines"] for row in rows]
        seconds = [row["cpu_s"] * DIRECTIONS / row["conditions"] for row in rows]
        time_axes.loglog(n, seconds, "o-", color=colours[who], label=label)
        memory_axes.loglog(n, [row["peak_gb"] for row in rows], "o-", color=colours[who])
    time_axes.set(xlabel="turbines", ylabel="CPU-seconds for 360 directions")
    memory_axes.set(xlabel="turbines", ylabel="peak memory [GB]")
    for axes in (time_axes, memory_axes):
        axes.grid(color=INK, alpha=0.12, which="both")
    time_axes.legend(frameon=False)
    figure.savefig(HERE / "scale.png", dpi=110)


if __name__ == "__main__":
    main()
