"""The ladder: a wake formula, then the surrogate, then FLORIS, each rung's gain and energy.

    python results/ladder/make_table.py [--problem NAME ...] [--seed N] [--again]

For each problem a search on IEA Wind Task 37's formula, that nobody has to train, runs until it
gains nothing any more. The surrogate (its data simulated, trained) carries on from there, and
FLORIS judges and teaches it where it promised too much. Beside the ladder the surrogate searches
from scratch. All gains are FLORIS's in the problem's own wake model, on its 1-degree rose, over the
given layout. Writes <problem>.json and README.md beside this file.
"""

import argparse
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from windopt.ledger import Totals
from windopt.optimise import Solution, optimise, repair
from windopt.pipeline import begin
from windopt.report.artefacts import write_solution
from windopt.stages import Run
from windopt.surrogate import Surrogate, load_surrogate
from windopt.surrogate.analytic import analytic_surrogate
from windopt.verify import judge

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
PROBLEMS: dict[str, tuple[str, dict[str, object]]] = {
    "case3_gauss": ("quickstart", {}),
    "case3_cc": ("quickstart", {"wake.velocity_model": "cc"}),
    "borssele_gauss": ("borssele", {}),
    "borssele_cc": ("borssele", {"wake.velocity_model": "cc"}),
}
RUNGS = {
    "formula": "formula, no training",
    "surrogate": "+ surrogate: data, training, search from there",
    "floris": "+ FLORIS: verification and what it teaches",
    "scratch": "surrogate from scratch: data, training, search",
}
HEAD = """\
# The ladder: what each rung gains, and what it costs

`python results/ladder/make_table.py` makes this table; each search runs until exchanges gain
nothing any more. Gains are over the given layout, by FLORIS in the problem's wake model on 360
directions. Energy is what a rung adds, by the per-vCPU model with its band. The last line of each
problem is no rung: the same surrogate, without the formula's layout to start from.

"""


def main() -> None:
    """Climb the ladders that are asked for, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problem", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", action="store_true", help="also those that have their file")
    arguments = parser.parse_args()
    for name in arguments.problem:
        if arguments.again or not (HERE / f"{name}.json").exists():
            content = climb(name, arguments.seed)
            (HERE / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
        publish()


def climb(name: str, seed: int) -> dict[str, Any]:
    """Climb one ladder; gives the facts of its rungs."""
    config, settings = PROBLEMS[name]
    with (
        tempfile.TemporaryDirectory() as folder,
        begin(CONFIGS / f"{config}.yaml", Path(folder) / "run", settings | {"seed": seed}) as job,
    ):
        problem = job.problem
        assert problem.initial_layout is not None
        costs = {}
        costs["formula"], first = search(job, analytic_surrogate(problem))
        before = job.ledger.totals()
        job.simulate()
        job.train()
        learning = spent(before, job.ledger.totals())
        surrogate = load_surrogate(job.folder.surrogate, problem)
        costs["surrogate"], second = search(job, surrogate, first)
        costs["scratch"], alone = search(job, surrogate)
        write_solution(job.folder, second)
        before = job.ledger.totals()
        job.verify()
        costs["floris"] = spent(before, job.ledger.totals())
        last = job.folder.read_verdict()["layouts"]["final"]["layout"]
        layouts = {
            "given": repair(problem, problem.initial_layout, seed),
            "formula": first.layout,
            "surrogate": second.layout,
            "scratch": alone.layout,
            "floris": np.array(last),
        }
        with job.stage("verify", "judging all rungs") as (stage, _), job.floris(stage) as floris:
            seen = judge(problem, layouts, floris)
        aep = {rung: one.aep / 1e9 for rung, one in seen.items()}
        feasible = {rung: one.feasibility.feasible for rung, one in seen.items()}
        versions = job.sum_up("completed", "")["versions"]
    return {
        "problem": name,
        "seed": seed,
        "aep_gwh": aep,
        "feasible": feasible,
        "learning": learning,
        "costs": costs,
        "versions": versions,
    }


def search(
    job: Run, surrogate: Surrogate, carry_on: Solution | None = None
) -> tuple[dict[str, float], Solution]:
    """Search until nothing is gained any more; gives what that cost, and what it found."""
    before = job.ledger.totals()
    with job.stage("optimise", "searching"):
        solution = optimise(job.problem, surrogate, job.seed, executor=job.pool, carry_on=carry_on)
    return spent(before, job.ledger.totals()), solution


def spent(before: Totals, after: Totals) -> dict[str, float]:
    """Give what was used between two readings of the ledger."""
    energy = {
        bound: after.energy_wh[bound] - before.energy_wh[bound]  # type: ignore[literal-required]
        for bound in ("low", "central", "high")
    }
    return {"cpu_s": after.cpu_s - before.cpu_s, **energy}


def publish() -> None:
    """Write the table of all ladders there are."""
    text = HEAD
    head = ("problem", "rung", "gain [%]", "adds [%]", "CPU-s", "energy [Wh] (band)", "feasible")
    text += line(head) + line(["---"] * len(head))
    for name in PROBLEMS:
        path = HERE / f"{name}.json"
        if path.exists():
            text += "".join(line(row) for row in rows(json.loads(path.read_text())))
    (HERE / "README.md").write_text(text, encoding="utf-8")


def rows(ladder: dict[str, Any]) -> Iterable[list[str]]:
    """Put one ladder into lines of the table."""
    aep, below = ladder["aep_gwh"], 0.0
    for rung, words in RUNGS.items():
        gain = 100.0 * (aep[rung] / aep["given"] - 1.0)
        cost = ladder["costs"][rung]
        if rung in ("surrogate", "scratch"):
            cost = {key: value + ladder["learning"][key] for key, value in cost.items()}
        yield [
            ladder["problem"],
            words,
            f"{gain:+.3f}",
            "" if rung == "scratch" else f"{gain - below:+.3f}",
            f"{cost['cpu_s']:,.0f}",
            f"{cost['central']:.2g} ({cost['low']:.2g}-{cost['high']:.2g})",
            "yes" if ladder["feasible"][rung] else "**no**",
        ]
        below = gain


def line(cells: Iterable[str]) -> str:
    """Join the cells of a Markdown table's line."""
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    main()
