"""The project's own account: what making windopt has taken, as far as anybody metered it.

    python results/development/make.py

Adds up the ledgers that are committed (published runs, benchmarks, kernels that ship), and those
that were committed before and have been replaced since, which the git history still holds; each
session of a ledger counts once. Beside them stand published figures that have processor time and
no ledger, and an estimate of what testing every commit takes. Writes development.json and README.md
beside this file.

The numbers of commits, and the replaced ledgers, are those of the git history at hand: of a shallow
clone they are too small.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windopt.ledger.bounds import Bounds
from windopt.ledger.energy import Energy
from windopt.ledger.meters.power_model import MEMORY_W_PER_GB
from windopt.ledger.meters.processors import GENERIC
from windopt.ledger.project import Project, ProjectRun, read_project, session_of
from windopt.ledger.totals import settle

HERE = Path(__file__).parent
RESULTS = HERE.parent
REPOSITORY = RESULTS.parent
GROUPS = {
    "benchmarks": "comparisons with other codes",
    "kernels": "making the kernels that ship",
    "quickstart": "published run quickstart, and the questions about it",
    "borssele": "published run borssele",
}
"""Folders of results with ledgers; others are listed by their names."""
BAND = Bounds(0.3, 1.0, 3.0)
"""Of watts for each vCPU, on a server that nobody knows: as in the ledgers of those days."""
SUITE_MINUTES = Bounds(9.0, 10.0, 20.0)
"""`make test` on two cores: alone, usually, and beside other work."""
SUITE_CORES, SUITE_GB = 2, 8.0
RUNS_PER_COMMIT = 2.0
"""At most: by whoever wrote a commit, and by whoever merged it."""
PER_CPU = "3.5 W per busy vCPU (Cloud Carbon Footprint), 0.3 to 3 times; without idle and memory"
PER_CI = (
    "runs of the suite × minutes × (2 vCPUs × 3.5 W + 8 GB × 0.392 W), 0.3 to 3 times; low: one "
    "run a merge, 9 minutes; central: one a commit, 10; high: two a commit, 20"
)
UNKNOWN = (
    "the language models and the people that wrote the code: nobody metered them, and they may "
    "have taken more than all that is listed",
    "experiments and searches while developing whose ledgers were not committed",
    "how often tests, linters and type checks were run beside the suite",
    "results with neither ledger nor processor time: accuracy of surrogates, grids, budgets, "
    "verification, uncertainty, faults",
    "where and on what all this was computed, and so its CO2: the ledgers name no country",
    "water, minerals, and making the machines",
)


@dataclass(frozen=True)
class Line:
    """A line of the account.

    Attributes
    ----------
    name, what : str
    wh : Bounds or None [Wh]
        None where nothing is known.
    cpu_h : float or None [h]
        Processor time.
    method : str
    """

    name: str
    what: str
    wh: Bounds | None
    cpu_h: float | None
    method: str

    def record(self) -> dict[str, Any]:
        """Return the line as development.json has it."""
        return {**vars(self), "wh": self.wh and vars(self.wh)}


def ledger_lines(project: Project, root: Path, replaced: bool = False) -> list[Line]:
    """Return a line for each folder of results with ledgers, everything in them included.

    Parameters
    ----------
    project : Project
    root : Path
        The folder of results.
    replaced : bool
        Whether these are ledgers that were committed before.
    """
    energy: dict[str, Energy] = {}
    seconds: dict[str, float] = {}
    for run in project.runs:
        name = run.path.resolve().relative_to(root.resolve()).parts[0]
        totals = run.content.totals
        parts = [totals, *totals.apart.values()]
        energy[name] = sum((one.energy for one in parts), energy.get(name, Energy()))
        seconds[name] = seconds.get(name, 0.0) + sum(one.cpu_s for one in parts)
    return [
        Line(
            f"{name}, replaced since" if replaced else name,
            GROUPS.get(name, name),
            Bounds(*(joules / 3600.0 for joules in (one.low, one.central, one.high)))
            if one.known
            else None,
            seconds[name] / 3600.0,
            one.method,
        )
        for name, one in energy.items()
    ]


def cpu_line(name: str, what: str, cpu_s: float) -> Line:
    """Return a line of processor time [s] without a ledger."""
    wh = BAND.scaled(GENERIC.full_w * cpu_s / 3600.0)
    return Line(name, what, wh, cpu_s / 3600.0, PER_CPU)


def ci_line(commits: int, merges: int) -> Line:
    """Return what running the test suite for commits takes, an estimate."""
    watts = SUITE_CORES * GENERIC.full_w + SUITE_GB * MEMORY_W_PER_GB
    hours = Bounds(
        merges * SUITE_MINUTES.low / 60.0,
        commits * SUITE_MINUTES.central / 60.0,
        RUNS_PER_COMMIT * commits * SUITE_MINUTES.high / 60.0,
    )
    wh = hours.times(BAND).scaled(watts)
    what = f"the test suite for {commits} commits, {merges} of them merges: estimated, not metered"
    return Line("tests", what, wh, SUITE_CORES * hours.central, PER_CI)


def total(lines: Iterable[Line]) -> Bounds:
    """Return the sum of all lines that are known [Wh]."""
    return sum((line.wh for line in lines if line.wh is not None), Bounds())


def committed_ledgers() -> list[Path]:
    """Return the ledgers of the working tree."""
    return sorted(RESULTS.rglob("*.jsonl"))


def replaced_project(folder: Path, now: Project) -> Project:
    """Return the sessions of ledgers that were committed before and are not there any more.

    Parameters
    ----------
    folder : Path
        Where the ledgers of the git history are written for a while.
    now : Project
    """
    log = _git("log", "--raw", "--no-abbrev", "--format=", "--", "results/*.jsonl")
    blobs = {
        (parts[3], parts[5])
        for line in log.splitlines()
        if len(parts := line.split()) == 6 and set(parts[3]) != {"0"}
    }
    for blob, name in sorted(blobs):
        path = folder / Path(name).relative_to("results").parent / blob / "ledger.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_git("cat-file", "blob", blob), encoding="utf-8")
    files = sorted(folder.rglob("*.jsonl"))
    if not files:
        return Project((), (), ())
    known = {run["id"] for one in now.runs for run in one.content.runs}
    before = (without_sessions(one, known) for one in read_project(files).runs)
    return Project(tuple(one for one in before if one.records), (), ())


def without_sessions(run: ProjectRun, known: Collection[str]) -> ProjectRun:
    """Return what is left of a ledger without some sessions, by their ids."""
    records = tuple(one for one in run.records if session_of(one) not in known)
    return ProjectRun(run.path, records, settle(records))


def lines_without_ledger() -> list[Line]:
    """Return the published figures that have processor time and no ledger."""
    iea37 = [_read(path)["cpu_s"] for path in sorted((RESULTS / "iea37").glob("*.json"))]
    thrift = _read(RESULTS / "thrift" / "thrift.json")
    trained = [row.get("training_cpu_s") for row in thrift["rows"]]
    # networks that were stored otherwise were trained once
    taught = thrift["data_cpu_s"] + sum({one for one in trained if one is not None})
    robust = [_read(path) for path in sorted((RESULTS / "robust").glob("*.json"))]
    energies = [Energy.from_wh(one["energy_wh"]) for one in robust]
    spent = sum(energies, Energy()).to_wh()
    return [
        cpu_line("iea37", f"{len(iea37)} published searches of IEA Wind Task 37", sum(iea37)),
        cpu_line("thrift", "surrogates of several sizes", taught),
        Line(
            "robust",
            f"{len(robust)} published robust runs",
            Bounds.of(spent) if spent["central"] is not None else None,
            sum(one["cpu_s"] for one in robust) / 3600.0,
            spent["method"],
        ),
    ]


def page(content: dict[str, Any]) -> str:
    """Return README.md."""
    rows = [
        f"| {one['name']} | {one['what']} | {_wh(one['wh'])} | {_hours(one['cpu_h'])} "
        f"| {one['method']} |"
        for one in content["lines"]
    ]
    unknown = "\n".join(f"- {one}" for one in content["not_known"])
    return f"""# The project's own account

`python results/development/make.py` adds up what making windopt has taken, at git revision
{content["revision"]} ({content["commits"]} commits). No run and no score of a run has it.

| account | what | energy [Wh] (band) | processor time [h] | method |
|---|---|---|---|---|
{chr(10).join(rows)}
| **known** |  | **{_wh(content["known_wh"])}** |  | sum; errors of one method add up |

Metered, by ledgers or from processor time: {_wh(content["metered_wh"])} Wh. Estimated: the tests.

Not known, and in no line:

{unknown}
"""


def make() -> dict[str, Any]:
    """Return the content of development.json."""
    now = read_project(committed_ledgers())
    with tempfile.TemporaryDirectory() as folder:
        old = replaced_project(Path(folder), now)
        replaced = ledger_lines(old, Path(folder), replaced=True)
    metered = [*ledger_lines(now, RESULTS), *replaced, *lines_without_ledger()]
    commits, merges = (
        int(_git("rev-list", "--count", *which, "HEAD")) for which in ((), ("--merges",))
    )
    lines = [*metered, ci_line(commits, merges)]
    return {
        "revision": _git("rev-parse", "--short", "HEAD").strip(),
        "commits": commits,
        "lines": [line.record() for line in lines],
        "metered_wh": vars(total(metered)),
        "known_wh": vars(total(lines)),
        "not_known": list(UNKNOWN),
    }


def main() -> None:
    """Write development.json and README.md."""
    content = make()
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (HERE / "development.json").write_text(text, encoding="utf-8")
    (HERE / "README.md").write_text(page(content), encoding="utf-8")


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(REPOSITORY), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _wh(wh: dict[str, float] | None) -> str:
    if wh is None:
        return "not known"
    return "{} ({} to {})".format(*(_short(wh[k]) for k in ("central", "low", "high")))


def _hours(hours: float | None) -> str:
    return "" if hours is None else _short(hours)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else re.sub(r"\.$", "", f"{value:.2g}")


if __name__ == "__main__":
    main()
