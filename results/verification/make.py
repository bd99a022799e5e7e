"""How exactly does FLORIS on a sample of the rose tell AEP and gain?

    python results/verification/make.py [--work FOLDER]

Three sites, five wake models. For each wake model a kernel is trained on the first site as
`windopt run` does, with half the steps. FLORIS simulates two layouts of each site, the given one (a
random one where none is given) and one sketched on a wake formula, on the whole rose; then samples
are drawn from these figures 300 times at each size, with the kernel as control variate, and
compared with the whole. Writes errors.json, errors.png and README.md beside this file. About 20
CPU-minutes; what FLORIS and the training have told is kept in the work folder
(build/verification), so that the command goes on where it was stopped.

`--figures` draws figure and README anew from errors.json.
"""

import argparse
import json
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch

from windopt.floris.alone import by_type, evaluated_wind
from windopt.floris.dataset import simulate_dataset
from windopt.floris.simulator import Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.other_wakes import under_wake_model
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair
from windopt.readers.load import load_problem
from windopt.search.warm_start import warm_start_layout
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import train_surrogate
from windopt.verification.evaluate import as_written
from windopt.verification.evaluated import standard_error
from windopt.verification.sampling import RoseSample, draw_lattice, shares_by_power
from windopt.workers.executor import worker_pool

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SITES = ("quickstart", "multidim", "time_series")
MODELS = ("gauss", "jensen", "cc", "turboparkgauss", "empirical_gauss")
DRAWS = (50, 100, 200, 400, 800, 1600)
REPETITIONS, STEPS, SKETCH_S = 300, 650, 20.0


def problem_of(site: str, model: str) -> LayoutProblem:
    """Give a site's problem under a wake model, with FLORIS's parameters."""
    problem = load_problem(ROOT / "configs" / f"{site}.yaml", {"train.steps": STEPS})
    return under_wake_model(problem, model)


def layouts_of(site: str, work: Path, pool: Executor) -> dict[str, FloatArray]:
    """Give the two layouts of a site (n_turbines, 2) [m]."""
    path = work / f"{site}.npz"
    if not path.exists():
        problem = problem_of(site, "gauss")
        given = problem.initial_layout
        if given is None:
            given = random_layout(problem, np.random.default_rng(0))
        given = repair(problem, given)
        found = warm_start_layout(problem, 0, SKETCH_S, pool)
        np.savez(path, given=as_written(given), found=as_written(found))
    return dict(np.load(path))


def kernel_of(model: str, problem: LayoutProblem, work: Path, pool: Executor) -> Surrogate:
    """Give the kernel of a wake model, trained on the first site, for the farm of another."""
    first, folder = problem_of(SITES[0], model), work / model
    if not (folder / "card.json").exists():
        dataset = simulate_dataset(first, Simulator(first, pool), 0)
        train_surrogate(first, 0, dataset).save(folder)
    return load_surrogate(folder, problem)


def powers_of(
    site: str, model: str, layouts: Mapping[str, FloatArray], work: Path, pool: Executor
) -> dict[str, FloatArray]:
    """Give FLORIS's farm power of each layout on the whole rose (n_conditions,) [W]."""
    path = work / f"{site}-{model}.npz"
    if not path.exists():
        problem = problem_of(site, model)
        conditions = evaluated_wind(problem).conditions
        powers = Simulator(problem, pool).counted_power(layouts.values(), conditions)
        np.savez(path, **{k: p.sum(axis=1) for k, p in zip(layouts, powers, strict=True)})
    return dict(np.load(path))


def measure(
    problem: LayoutProblem,
    kernel: Surrogate,
    layouts: Mapping[str, FloatArray],
    floris: Mapping[str, FloatArray],
) -> dict[str, Any]:
    """Compare samples of all sizes with the whole rose."""
    wind = evaluated_wind(problem)
    c = wind.conditions
    with torch.no_grad():
        said = {
            name: kernel.power(one[None], c.wd, c.ws, c.ti)[0].sum(-1).double().numpy()
            for name, one in layouts.items()
        }
    counts = np.bincount(problem.counted_types, minlength=len(problem.turbines))
    free = np.interp(c.ws, wind.wind_speed, counts @ by_type(problem, wind))
    share = shares_by_power(c.weight, np.mean(list(said.values()), axis=0), free)
    whole = {name: float(c.weight @ power) for name, power in floris.items()}
    rows, rng = [], np.random.default_rng(0)
    for n in DRAWS:
        if 3 * n > len(c):
            break
        aep, gain, told_aep, told_gain, plain = [], [], [], [], []
        for _ in range(REPETITIONS):
            sample = RoseSample(share, c.weight, draw_lattice(c, share, n, rng))
            z = {k: sample.corrections((floris[k] - said[k])[sample.asked]) for k in said}
            off = {k: c.weight @ said[k] + z[k].mean() - whole[k] for k in said}
            aep.append(off["found"])
            gain.append(off["found"] - off["given"])
            told_aep.append(standard_error(z["found"]))
            told_gain.append(standard_error(z["found"] - z["given"]))
            # the same draws without a surrogate
            plain.append(sample.corrections(floris["found"][sample.asked]).mean() - whole["found"])
        per_cent = 100.0 / whole["given"]
        rows.append(
            {
                "draws": n,
                "share_of_conditions_pct": 100.0 * n / len(c),
                "aep_error_pct": per_cent * float(np.std(aep)),
                "aep_error_told_pct": per_cent * float(np.sqrt(np.mean(np.square(told_aep)))),
                "gain_error_pct": per_cent * float(np.std(gain)),
                "gain_error_told_pct": per_cent * float(np.sqrt(np.mean(np.square(told_gain)))),
                "beyond_three_errors": int(np.sum(np.abs(gain) > 3 * np.array(told_gain))),
                "without_surrogate_pct": per_cent * float(np.std(plain)),
            }
        )
    surrogate = {k: 100.0 * float(c.weight @ said[k] / whole[k] - 1.0) for k in said}
    return {
        "conditions": len(c),
        "turbines": problem.n_turbines,
        "gain_pct": 100.0 * (whole["found"] / whole["given"] - 1.0),
        "surrogate_off_pct": surrogate,
        "samples": rows,
    }


def draw(errors: list[dict[str, Any]]) -> None:
    """Draw the error of the gain against conditions."""
    figure, axes = plt.subplots(1, len(SITES), figsize=(11, 4), sharey=True, layout="constrained")
    colours = dict(zip(MODELS, plt.get_cmap("viridis")(np.linspace(0, 0.9, 5)), strict=True))
    for ax, site in zip(axes, SITES, strict=True):
        for one in errors:
            if one["site"] == site:
                n = [row["draws"] for row in one["samples"]]
                true = [row["gain_error_pct"] for row in one["samples"]]
                told = [row["gain_error_told_pct"] for row in one["samples"]]
                colour = colours[one["model"]]
                ax.loglog(n, true, "o-", color=colour, label=one["model"], ms=4)
                ax.loglog(n, told, "--", color=colour, lw=1)
        ax.axhline(0.005, color="0.6", lw=1, zorder=0)
        size = next(one for one in errors if one["site"] == site)
        ax.set_title(
            f"{site}: {size['turbines']} turbines,\n{size['conditions']:,} conditions", fontsize=10
        )
        ax.set_xlabel("conditions asked of FLORIS")
        ax.set_xticks(DRAWS, [f"{n}" for n in DRAWS], minor=False)
        ax.minorticks_off()
    axes[0].set_ylabel("standard error of the gain [% of AEP]")
    axes[0].legend(frameon=False, title="true (lines), told (dashed)")
    figure.savefig(HERE / "errors.png", dpi=130)


def write(errors: list[dict[str, Any]]) -> None:
    """Write README.md."""
    lines = [
        "# FLORIS on a sample of the rose",
        "",
        "`python results/verification/make.py` compares sampled verification "
        "(`docs/method/verification.md`) with FLORIS on the whole rose: three sites, five wake "
        f"models, two layouts each, {REPETITIONS} samples of each size. Errors are standard "
        "deviations in % of AEP; *told* is the standard error that a run would print, which is "
        "meant to be on the safe side. *Without* is the error of the AEP by the same draws with no "
        "surrogate. Kernels are trained in half the usual steps.",
        "",
        "![error of the gain against conditions](errors.png)",
        "",
        "| site | wake model | surrogate's own error of AEP | gain | draws | of the rose | AEP: "
        "true | told | gain: true | told | beyond 3 errors | without |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in errors:
        for row in one["samples"]:
            if row["draws"] not in (100, 200, 400):
                continue
            lines.append(
                f"| {one['site']} | {one['model']} | {one['surrogate_off_pct']['found']:+.3f} % | "
                f"{one['gain_pct']:+.3f} % | {row['draws']} | "
                f"{row['share_of_conditions_pct']:.1f} % | {row['aep_error_pct']:.4f} | "
                f"{row['aep_error_told_pct']:.4f} | {row['gain_error_pct']:.4f} | "
                f"{row['gain_error_told_pct']:.4f} | {row['beyond_three_errors']} of "
                f"{REPETITIONS} | {row['without_surrogate_pct']:.3f} |"
            )
    path = HERE / "README.md"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    _, begin, rest = before.partition("<!-- borssele -->")
    lines += [
        "",
        "## 81 turbines, 5 % of the conditions",
        "",
        "`python results/verification/borssele.py`: the committed layouts of `results/borssele`, "
        "the kernel of `results/quickstart`, a sample of each of five seeds, and the gain on "
        "the whole rose from `results/borssele/summary.json`.",
        "",
        f"{begin}{rest.rstrip()}" if begin else "<!-- borssele -->\n<!-- end of borssele -->",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "verification")
    parser.add_argument("--figures", action="store_true", help="draw anew from errors.json")
    arguments = parser.parse_args()
    path, work = HERE / "errors.json", arguments.work
    if not arguments.figures:
        work.mkdir(parents=True, exist_ok=True)
        errors: list[dict[str, Any]] = []
        with worker_pool() as pool:
            for model in MODELS:
                for site in SITES:
                    problem = problem_of(site, model)
                    kernel = kernel_of(model, problem, work, pool)
                    layouts = layouts_of(site, work, pool)
                    floris = powers_of(site, model, layouts, work, pool)
                    measured = measure(problem, kernel, layouts, floris)
                    errors.append({"site": site, "model": model, **measured})
                    print(site, model, "done", flush=True)
        path.write_text(json.dumps(errors, indent=1) + "\n", encoding="utf-8")
    errors = json.loads(path.read_text(encoding="utf-8"))
    errors.sort(key=lambda one: (SITES.index(one["site"]), MODELS.index(one["model"])))
    draw(errors)
    write(errors)


if __name__ == "__main__":
    main()
