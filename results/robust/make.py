"""What a layout for several wake models gains over a layout for one, and over the wake formula's.

    python results/robust/make.py [--site NAME ...] [--seed N ...]

For every site and seed one robust run (`windopt run CONFIG`), beside it the same search on the wake
formula of IEA Wind Task 37, which learns nothing and knows one set of wakes, until it has
converged. FLORIS judges all layouts under five wake models: the four that the search has seen, and
jensen, which it has not. Each result is kept in a file of its own; the tables are made of them.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import windopt
from windopt.floris.simulator import Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.scenarios import ALONE
from windopt.runs.folder import RunFolder
from windopt.search.patterns import optimise
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.scenarios import known_models
from windopt.verification.sampled import SampledEvaluator
from windopt.workers.executor import worker_pool

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
MODELS = ("gauss", "cc", "turboparkgauss", "empirical_gauss", "jensen")
ROBUST = {"robust.also_judged_by": ["jensen"]}
FLORIS_WAKES = {
    "wake": {"velocity_model": "gauss"},
    "atmosphere.turbulence_intensity": 0.075,
    "hours_per_year": 8760,
}
SITES: dict[str, tuple[str, dict[str, Any]]] = {
    "quickstart": ("quickstart", {}),
    "quickstart_less_spread": ("quickstart", {"robust.risk": "mean - 1*std"}),
    "onshore": ("onshore", {}),
    "onshore_less_spread": ("onshore", {"robust.risk": "mean - 1*std"}),
    "case1_36": ("iea37_case1_36", FLORIS_WAKES | {"robust": {"also_judged_by": ["jensen"]}}),
    "borssele": (
        "borssele",
        {"robust": {"also_judged_by": ["jensen"]}, "budget.cpu_seconds": 1800},
    ),
}
"""Config and settings; a run of borssele is ended after 30 CPU-minutes."""
LAYOUTS = {
    "grid": "a regular grid",
    "formula": "wake formula, no learning",
    "single": "learned, gauss alone (a third of a full search)",
    "final": "learned, four wake models",
}


def main() -> None:
    """Make what is asked for, then the tables of all that is there."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--site", nargs="*", choices=SITES, default=[], metavar="NAME")
    parser.add_argument("--seed", nargs="*", type=int, default=[0, 1, 2])
    asked = parser.parse_args()
    for site in asked.site:
        for seed in asked.seed:
            path = HERE / f"{site}_{seed}.json"
            if not path.exists():
                path.write_text(json.dumps(measure(site, seed), indent=1) + "\n")
                print(path.name, flush=True)
    (HERE / "README.md").write_text(readme(), encoding="utf-8")


def measure(site: str, seed: int) -> dict[str, Any]:
    """Search and judge one site with one seed."""
    config, settings = SITES[site]
    settings = settings | {"seed": seed, "report.cpu_seconds": 0}
    with tempfile.TemporaryDirectory() as folder:
        result = windopt.run(CONFIGS / f"{config}.yaml", Path(folder) / "run", settings)
        record = result.folder.read(RunFolder.robust)
        opinion = result.summary.get("second_opinion")
        problem = windopt.load_problem(result.folder.config)
        verified = result.folder.read(RunFolder.verification)
        reference = verified.layouts[record.reference].layout
        with worker_pool() as pool:
            surrogate = analytic_surrogate(problem)
            cpu = Simulator(problem, pool)
            found = optimise(problem, surrogate, seed, executor=pool, scenarios=ALONE)
            formula = judged(problem, {"formula": found.layout, "reference": reference}, cpu, seed)
    summary = result.summary
    gains = {
        name: {model: of[model].gain_pct or 0.0 for model in MODELS}
        for name, of in record.layouts.items()
    }
    return {
        "command": f"python results/robust/make.py --site {site} --seed {seed}",
        "site": problem.name,
        "seed": seed,
        "risk": record.risk,
        "reference": record.reference,
        "turbines": problem.n_turbines,
        "gain_pct": gains | {"formula": formula},
        "gain_error_pct": {m: record.layouts["final"][m].gain_error_pct for m in MODELS},
        "aep_gwh": {m: record.layouts["final"][m].aep_gwh for m in MODELS},
        "gain_p90_pct": summary["robust"]["gain_p90_pct"],
        "spread_gain_pct": summary["robust"]["spread_gain_pct"],
        "feasible": summary["feasible"],
        "cpu_s": summary["cpu_s"],
        "wall_s": summary["wall_s"],
        "energy_wh": summary["energy_wh"],
        "status": summary["status"],
        "second_opinion": opinion,
    }


def judged(
    problem: LayoutProblem, layouts: dict[str, FloatArray], simulator: Simulator, seed: int
) -> dict[str, float]:
    """Return the formula's gain over the reference under every wake model, by FLORIS [%]."""
    gains = {}
    layouts = {name: repair(problem, layout) for name, layout in layouts.items()}
    for name, model in known_models(problem, None, list(MODELS)).items():
        evaluator = SampledEvaluator(model.problem, model.surrogate, seed)
        here = Simulator(model.problem, simulator.executor)
        told = evaluator.judge(layouts, here)
        gains[name] = 100.0 * (told["formula"].aep / told["reference"].aep - 1.0)
    return gains


HEAD = """\
# One layout for all wake models

`python results/robust/make.py --site NAME --seed 0 1 2` makes a site's files here, without `--site`
it makes this page of them. Gains are FLORIS's, over the given layout or, where none is given, over
the regular grid, each under the same wake model; where FLORIS was asked
about a sample of the wind rose their standard error is below {error:.3f} %. The search has seen
gauss, cc, turboparkgauss and empirical_gauss; jensen judges only. Medians over seeds; `mean` and
`spread` (standard deviation) are over the five wake models.
"""


def readme() -> str:
    """Return the page of all results that are there."""
    results: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(HERE.glob("*_[0-9].json")):
        site = path.stem.rpartition("_")[0]
        results.setdefault(site, []).append(json.loads(path.read_text()))
    error = max(
        (max(filter(None, one["gain_error_pct"].values()), default=0.0))
        for of in results.values()
        for one in of
    )
    parts = [HEAD.format(error=error + 0.0005)]
    parts += [table(site, results[site]) for site in SITES if site in results]
    return "\n".join(parts)


def table(site: str, results: list[dict[str, Any]]) -> str:
    """Return the table of one site."""
    first = results[0]
    seeds = ", ".join(str(one["seed"]) for one in results)
    cpu = float(np.median([one["cpu_s"] for one in results]))
    low, wh, high = (
        float(np.median([one["energy_wh"][bound] for one in results]))
        for bound in ("low", "central", "high")
    )
    method = first["energy_wh"]["method"]
    p90 = float(np.median([one["gain_p90_pct"] for one in results]))
    head = [
        f"\n## {site}: {first['turbines']} turbines, risk `{first['risk']}`, seeds {seeds}\n",
        f"A run takes {cpu:,.0f} CPU-seconds and {wh:.2f} Wh ({low:.2f} to {high:.2f}, {method}; "
        f"medians). P90 of the gain over the wake models searched with: {p90:+.2f} %.\n",
        "| layout | " + " | ".join(MODELS) + " | mean | spread |",
        "|---|" + "---|" * (len(MODELS) + 2),
    ]
    rows = []
    for name, words in LAYOUTS.items():
        told = [one["gain_pct"][name] for one in results if name in one["gain_pct"]]
        if not told:
            continue
        gains = np.array([[of[model] for model in MODELS] for of in told])
        cells = [*np.median(gains, axis=0), np.median(gains.mean(axis=1))]
        spread = float(np.median(gains.std(axis=1, ddof=1)))
        rows.append(f"| {words} | " + " | ".join(f"{c:+.3f}" for c in cells) + f" | {spread:.3f} |")
    rows += by_other_codes(results)
    lead = [
        np.mean(list(one["gain_pct"]["final"].values()))
        - np.mean(list(one["gain_pct"]["formula"].values()))
        for one in results
    ]
    worst = [
        min(one["gain_pct"]["final"][m] - one["gain_pct"]["formula"][m] for m in MODELS)
        for one in results
    ]
    tail = [
        f"\nThe layout for four wake models gains {np.median(lead):+.2f} points over the formula's "
        f"on average over the five, and {np.median(worst):+.2f} points where it does worst.",
        *second(results),
    ]
    return "\n".join([*head, *rows, *tail]) + "\n"


def by_other_codes(results: list[dict[str, Any]]) -> list[str]:
    """Return the gain of the robust layout by other codes' nearest models, as rows."""
    gains: dict[str, list[dict[str, float]]] = {}
    for one in results:
        for opinion in one.get("second_opinion") or []:
            of = {m: told["gain_pct"] for m, told in opinion.get("models", {}).items()}
            if of:
                gains.setdefault(opinion["code"], []).append(of)
    rows = []
    for code, told in gains.items():
        cells = [
            f"{np.median([of[m] for of in told]):+.3f}" if m in told[0] else "" for m in MODELS
        ]
        whole = all(cells)
        mean = f"{np.median([np.mean(list(of.values())) for of in told]):+.3f}" if whole else ""
        rows.append(
            f"| the same, by the nearest models of {code} | {' | '.join(cells)} | {mean} | |"
        )
    return rows


def second(results: list[dict[str, Any]]) -> list[str]:
    """Return whether other codes agree on who is better; each run has a list of their answers."""
    agreed: dict[str, list[bool]] = {}
    for one in results:
        for opinion in one.get("second_opinion") or []:
            if "agrees" in opinion:
                agreed.setdefault(opinion["code"], []).append(bool(opinion["agrees"]))
    return [
        f"{code} agrees on which layouts are better in {sum(of)} of {len(of)} runs."
        for code, of in agreed.items()
    ]


if __name__ == "__main__":
    main()
