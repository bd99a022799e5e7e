"""What the ledger itself costs: CPU time of each thing it does, and their share of a run.

    python results/ledger/overhead.py

Times heartbeats, stages, totals and the probe with a pool of idle workers around, then takes how
often each is done from the ledger of results/quickstart; writes overhead.json and README.md.
"""

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from windopt.ledger.ledger import Ledger
from windopt.ledger.meters.probe import probe_meter
from windopt.ledger.records import read_records
from windopt.ledger.totals import APART_KINDS, read_ledger
from windopt.report.console import LOOK_S
from windopt.runs.budget.allowance import LOOK_S as CLOCK_S
from windopt.runs.folder import RunFolder
from windopt.workers.counts import WORK
from windopt.workers.executor import available_cores, worker_pool

HERE = Path(__file__).parent
RUN = HERE.parent / "quickstart"
LIMIT = 1e-3
HEAD = """\
# What does the ledger itself cost?

`python results/ledger/overhead.py` measures the CPU time of what the ledger does, beside a pool of
{workers} idle workers on a machine with {processes} processes, and multiplies it by how often a run
like [`quickstart`](../quickstart) does it ({wall:,.0f} s, {cpu:,.0f} CPU-s). The limit is
{limit:.1f} %. What the search on a console asks for, and the clock of a time budget, are counted
as if both were there for the whole search.

| what | CPU time each [ms] | times | CPU time [s] |
|---|---|---|---|
"""


def main() -> None:
    """Measure, and write both files."""
    with worker_pool() as pool:
        list(pool.map(abs, range(available_cores())))
        each = measure()
    often = occasions()
    totals = read_ledger(RUN / "ledger.jsonl").totals
    spent = {name: each[name] * often[name] for name in often}
    result = {
        "workers": available_cores(),
        "processes": sum(name.isdigit() for name in os.listdir("/proc")),
        "cpu_s_each": each,
        "times": often,
        "cpu_s": sum(spent.values()),
        "run_wall_s": totals.wall_s,
        "run_cpu_s": totals.cpu_s,
        "share": sum(spent.values()) / totals.cpu_s,
        "limit": LIMIT,
    }
    (HERE / "overhead.json").write_text(json.dumps(result, indent=2) + "\n")
    rows = [
        f"| {name} | {1e3 * each[name]:.3g} | {often[name]:,} | {spent[name]:.3f} |"
        for name in often
    ]
    rows.append(f"| **all of it** | | | **{result['cpu_s']:.3f}** |")
    head = HEAD.format(
        workers=result["workers"],
        processes=result["processes"],
        wall=totals.wall_s,
        cpu=totals.cpu_s,
        limit=100 * LIMIT,
    )
    kept = "kept" if result["share"] < LIMIT else "NOT kept"
    end = (
        f"\nThat is {100 * result['share']:.2g} % of the run's CPU time: the limit is {kept}. "
        f"Counting a pass of the surrogate takes {1e6 * each['count']:.1f} µs of a pass that takes "
        "milliseconds.\n"
    )
    (HERE / "README.md").write_text(head + "\n".join(rows) + "\n" + end)


def measure() -> dict[str, float]:
    """Return the CPU time of each thing [s]; the probe's is for the machine it runs on."""
    records = read_records(RUN / "ledger.jsonl").records
    kept = [r for r in records if r.get("event") not in ("heartbeat", None)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        path.write_text("".join(json.dumps(r) + "\n" for r in kept))
        ledger = Ledger.open(path, heartbeat_s=1e6)
        with ledger.stage("optimise"):
            totals = cpu_s(ledger.totals, 300)
        stage = cpu_s(lambda: _stage(ledger), 100)
        gain = cpu_s(lambda: _gain(ledger), 100)
        return {
            "probe of the meter": cpu_s(probe_meter, 3),
            "heartbeat": heartbeat(Path(folder) / "beats.jsonl"),
            "stage, begun and ended": stage,
            "gain or asset": gain,
            "totals for the console": totals,
            "totals for the clock of a budget": totals,
            "totals for the history": totals,
            "count": cpu_s(
                lambda: WORK.add(iterations=1, search_steps=1, surrogate_flops=1), 10_000
            ),
        }


def cpu_s(do: Callable[[], object], times: int) -> float:
    """Return the CPU time of doing something once [s]."""
    do()
    began = time.process_time()
    for _ in range(times):
        do()
    return (time.process_time() - began) / times


def heartbeat(path: Path, seconds: float = 3.0) -> float:
    """Return the CPU time of a heartbeat, its thread's waking included [s]."""
    ledger = Ledger.open(path, heartbeat_s=0.005)
    with ledger.stage("optimise"):
        before, began = len(path.read_bytes().splitlines()), time.process_time()
        time.sleep(seconds)
        used, after = time.process_time() - began, len(path.read_bytes().splitlines())
    return used / (after - before)


def occasions() -> dict[str, int]:
    """Return how often a run like the published one does each thing."""
    records = read_records(RUN / "ledger.jsonl").records
    own = [record for record in records if record.get("kind") not in APART_KINDS]
    events: Counter[Any] = Counter(record.get("event") for record in own)
    search_s = read_ledger(RUN / "ledger.jsonl").totals.by_stage["optimise"].wall_s
    return {
        "probe of the meter": 1,
        "heartbeat": events["heartbeat"],
        "stage, begun and ended": events["start"],
        "gain or asset": events[None] - 1,
        "totals for the console": round(search_s / LOOK_S),
        "totals for the clock of a budget": round(search_s / CLOCK_S),
        "totals for the history": len(RunFolder(RUN).read_history()["start"]),
    }


def _stage(ledger: Ledger) -> None:
    with ledger.stage("train"):
        pass


def _gain(ledger: Ledger) -> None:
    ledger.gain(reference="grid", aep_wh=1e12, reference_aep_wh=9e11, feasible=True)


if __name__ == "__main__":
    main()
