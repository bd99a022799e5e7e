"""Fit the wake formula to each of FLORIS's velocity models.

    python results/kernels/fit_formula.py [--model gauss --model cc] [--seed 0]

About a CPU-minute a model, most of it for the errors. FLORIS, at its defaults, simulates 24 random
farms; the formula's constants (`windopt.surrogate.fitted_formula`) are those that leave the least
squares of turbine power. Then FLORIS and the formula, unfitted and fitted, tell the AEP of layouts
on four sites that the fit has not seen, and rank layouts around them.

Writes windopt/surrogate/kernels/formula.json, which ships, and formula.json and formula.md beside
this file; models that are not named stay as they are there.
"""

import argparse
import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.optimize import least_squares
from scipy.stats import spearmanr

from windopt.config.wake import WakeConfig
from windopt.floris.sampling import jittered_grid, random_farm
from windopt.floris.simulator import Simulator
from windopt.ledger.ledger import Ledger
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray, read_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.readers.load import load_problem
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.fitted_formula import (
    FILE,
    FormulaConstants,
    digest_of,
    fitted_with,
    mean_turbulence,
)
from windopt.surrogate.formula import INITIAL_WIDTH
from windopt.surrogate.surrogate import Surrogate

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULT, PAGE = HERE / "formula.json", HERE / "formula.md"
COMMAND = "python results/kernels/fit_formula.py"
MODELS = {
    "jensen": {},
    "gauss": {},
    "gauss_gch": {"velocity_model": "gauss", "gch": True},
    "cc": {},
    "turboparkgauss": {},
    "turbopark": {},
    "empirical_gauss": {"turbulence_model": "wake_induced_mixing"},
}
"""Name of each fit, and what its wake config has besides that velocity model."""
TURBINES = (None, "floris:nrel_5MW")
"""Of the farms of the fit, by turns: quickstart's 10 MW, and this."""
FARMS, CONDITIONS = 24, 48
TURBINES_PER_FARM, SPACING_D = (9, 25), (3.5, 10.0)
SPEED, TURBULENCE = (6.0, 11.0), (0.05, 0.15)
"""Of the fit's farms, drawn uniformly; spacing log-uniformly."""
FORMS: Mapping[str, tuple[str, ...]] = {
    "k": ("expansion",),
    "k of I": ("expansion", "expansion_per_ti"),
    "k of I, width": ("expansion", "expansion_per_ti", "initial_width"),
    "k of I, strength": ("expansion", "expansion_per_ti", "strength"),
    "k of I, width, strength": FormulaConstants._fields,
}
"""Constants that are fitted; the others stay as Task 37 has them. The last ships."""
SHIPPED, UNFITTED = "k of I, width, strength", "Task 37"
TASK_37 = FormulaConstants(0.0324555, 0.0, INITIAL_WIDTH, 1.0)
BEGIN = FormulaConstants(0.03, 0.1, 0.35, 1.0)
LEAST, MOST = FormulaConstants(1e-3, 0.0, 0.2, 0.2), FormulaConstants(0.3, 2.0, 1.0, 3.0)
RULES = ("sosfs", "fls", "max")
SITES = ("quickstart", "iea37_case1_16", "atlas", "windwake5")
DISTANCES_D, LAYOUTS, DIRECTIONS = (0.5, 0.2, 0.05), 20, 72
DIGITS = 5


class FittedFarm(NamedTuple):
    """A farm of the fit and FLORIS's word on it.

    Attributes
    ----------
    problem : LayoutProblem
        Whose turbine and wake model it has.
    ti : float [-]
    farm : Farm
        One layout.
    wind : Conditions
    power : (1, n_conditions, n_turbines) [W]
    """

    problem: LayoutProblem
    ti: float
    farm: Farm
    wind: Conditions
    power: FloatArray


def main() -> None:
    """Fit, judge and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", action="append", choices=MODELS, help="[all]")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    found = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    for name in asked.model or MODELS:
        found[name] = one = fit_and_judge(name, asked.seed)
        print(name, one["constants"], one["errors"][SHIPPED]["mean"], flush=True)
        write({name: found[name] for name in MODELS if name in found})


def fit_and_judge(name: str, seed: int) -> dict[str, Any]:
    """Give the constants for a wake model, what they leave, and what finding them took."""
    wake = WakeConfig.model_validate({"velocity_model": name, **MODELS[name]})
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(Path(folder) / "ledger.jsonl")
        with ledger.stage("simulate"):
            farms = simulated_farms(wake, seed)
        with ledger.stage("train"):
            fitted = {form: fit(farms, form) for form in FORMS}
            by_rule = {rule: misfit(farms, fit(farms, SHIPPED, rule), rule) for rule in RULES}
        with ledger.stage("verify"):
            errors = judged(wake, fitted, seed)
        totals = ledger.totals()
    by_form = {form: misfit(farms, constants) for form, constants in fitted.items()}
    return {
        "wake": wake.model_dump(),
        "constants": fitted[SHIPPED]._asdict(),
        "seed": seed,
        "turbine_power_rms_pct": {UNFITTED: misfit(farms, TASK_37, "sosfs"), **by_form},
        "turbine_power_rms_pct_by_rule": by_rule,
        "errors": errors,
        "cpu_s": totals.cpu_s,
        "energy_wh": {stage: cost.energy_wh for stage, cost in totals.by_stage.items()},
        "versions": {package: version(package) for package in ("windopt", "floris")},
    }


def simulated_farms(wake: WakeConfig, seed: int) -> list[FittedFarm]:
    """Simulate the farms of the fit, the same for all wake models."""
    rng, farms = np.random.default_rng(seed), []
    given = [{} if turbine is None else {"turbine": turbine} for turbine in TURBINES]
    problems = [load_problem(ROOT / "configs" / "quickstart.yaml", one) for one in given]
    for i in range(FARMS):
        problem = replace(problems[i % len(problems)], wake=wake)
        n = int(rng.integers(TURBINES_PER_FARM[0], TURBINES_PER_FARM[1] + 1))
        spacing_d = math.exp(rng.uniform(*np.log(SPACING_D)))
        draw = random_farm if i // len(problems) % 2 else jittered_grid
        layout = draw(n, spacing_d, rng) * problem.rotor_diameter
        ti = float(rng.uniform(*TURBULENCE))
        wd = rng.uniform(0.0, 360.0 / CONDITIONS) + 360.0 / CONDITIONS * np.arange(CONDITIONS)
        ws, ones = rng.uniform(*SPEED, CONDITIONS), np.ones(CONDITIONS)
        farm = Farm.of_one_type(layout[None])
        wind = Conditions(wd, ws, ti * ones, ones / CONDITIONS)
        power = Simulator(problem).turbine_power(farm, wind)
        farms.append(FittedFarm(problem, ti, farm, wind, power))
    return farms


def fit(farms: Sequence[FittedFarm], form: str, rule: str | None = None) -> FormulaConstants:
    """Give the constants of a form with the least squares of turbine power."""
    free = FORMS[form]

    def of(names: FormulaConstants) -> list[float]:
        return [getattr(names, name) for name in free]

    def constants(values: Sequence[float]) -> FormulaConstants:
        return TASK_37._replace(**dict(zip(free, map(float, values), strict=True)))

    found = least_squares(
        lambda values: residuals(farms, constants(values), rule),
        of(BEGIN),
        bounds=(of(LEAST), of(MOST)),
        x_scale=of(BEGIN),
        diff_step=1e-3,
        xtol=1e-4,
        ftol=1e-5,
    )
    return FormulaConstants(*(round(value, DIGITS) for value in constants(found.x)))


def misfit(
    farms: Sequence[FittedFarm], constants: FormulaConstants, rule: str | None = None
) -> float:
    """Give the root mean square error of turbine power [% of rated power]."""
    return round(100.0 * float(np.sqrt(np.mean(residuals(farms, constants, rule) ** 2))), 3)


def residuals(
    farms: Sequence[FittedFarm], constants: FormulaConstants, rule: str | None
) -> FloatArray:
    """Give errors of turbine power over rated power, those of all farms in a row."""
    errors = []
    for one in farms:
        surrogate = fitted_with(one.problem, constants, one.ti, "it")
        if rule is not None:
            surrogate = with_rule(surrogate, rule)
        power = surrogate.turbine_power(one.farm, one.wind)
        errors.append((power - one.power).ravel() / one.problem.turbine.rated_power)
    return np.concatenate(errors)


def with_rule(surrogate: Surrogate, rule: str) -> Surrogate:
    """Give a surrogate whose deficits combine by another rule."""
    flow = surrogate.flow
    physics = replace(flow.physics, superposition=rule)
    return Surrogate(physics, surrogate.wake_model, flow.kernel.shape)


def judged(wake: WakeConfig, fitted: Mapping[str, FormulaConstants], seed: int) -> dict[str, Any]:
    """Let FLORIS judge the formula on each site: unfitted, and each form of the fit."""
    makers: dict[str, Callable[[LayoutProblem], Surrogate]] = {UNFITTED: analytic_surrogate}
    for form, constants in fitted.items():
        makers[form] = partial(surrogate_with, constants)
    rows: dict[str, list[dict[str, float]]] = {kind: [] for kind in makers}
    for site in SITES:
        rng = np.random.default_rng(seed)
        problem = replace(load_problem(ROOT / "configs" / f"{site}.yaml"), wake=wake).uniform
        farm, wind = layouts_around(problem, site, rng), sampled_wind(problem, rng)
        truth = aep_of(problem, Simulator(problem).turbine_power(farm, wind), wind)
        for kind, make in makers.items():
            said = aep_of(problem, make(problem).turbine_power(farm, wind), wind)
            row = {"aep_error_pct": 100.0 * (said[0] / truth[0] - 1.0)}
            for i, distance in enumerate(DISTANCES_D):
                some = slice(1 + i * LAYOUTS, 1 + (i + 1) * LAYOUTS)
                row[f"spearman_{distance:g}D"] = spearmanr(said[some], truth[some])[0]
            rows[kind].append({key: round(float(value), 4) for key, value in row.items()})
    return {
        kind: {"mean": mean_of(sites), **dict(zip(SITES, sites, strict=True))}
        for kind, sites in rows.items()
    }


def surrogate_with(constants: FormulaConstants, problem: LayoutProblem) -> Surrogate:
    """Give a problem's surrogate as `fitted_formula` makes it."""
    return fitted_with(problem, constants, mean_turbulence(problem), "it")


def mean_of(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Give means over the sites, of AEP errors without their signs."""
    return {key: round(float(np.mean([abs(row[key]) if key.startswith("aep") else row[key]
                                      for row in rows])), 4) for key in rows[0]}  # fmt: skip


def layouts_around(problem: LayoutProblem, site: str, rng: np.random.Generator) -> Farm:
    """Give a site's layout and others around it, at each distance as many."""
    path = ROOT / "results" / site / "layout.csv"
    layout = read_layout_csv(path) if path.exists() else random_layout(problem, rng)
    angle = rng.uniform(0.0, 2.0 * np.pi, (len(DISTANCES_D), LAYOUTS, len(layout)))
    way = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    moved = layout + problem.rotor_diameter * np.array(DISTANCES_D)[:, None, None, None] * way
    return Farm.of_one_type(np.concatenate([layout[None], moved.reshape(-1, *layout.shape)]))


def sampled_wind(problem: LayoutProblem, rng: np.random.Generator) -> Conditions:
    """Give one speed for each of some directions, weighted so that a lone turbine's AEP is right.

    Speeds are drawn in proportion to the energy they bring.
    """
    wind, turbine = problem.wind, problem.turbine
    each = len(wind.wind_direction) // DIRECTIONS
    power = np.interp(wind.wind_speed, turbine.wind_speed, turbine.power, 0.0, 0.0)
    energy = (wind.probability * power).reshape(DIRECTIONS, each, -1).sum(axis=1)
    rows = [(d, rng.choice(len(power), p=e / e.sum())) for d, e in enumerate(energy) if e.sum()]
    d, s = np.array(rows).T
    ti = wind.turbulence_intensity[d * each, s]
    weight = energy[d].sum(axis=1) / power[s]
    return Conditions(wind.wind_direction[d * each], wind.wind_speed[s], ti, weight)


def aep_of(problem: LayoutProblem, power: FloatArray, wind: Conditions) -> FloatArray:
    """Give AEPs (b,) [Wh] from powers (b, n_conditions, n)."""
    aep: FloatArray = problem.hours_per_year * (power.sum(axis=2) @ wind.weight)
    return aep


def write(found: Mapping[str, Any]) -> None:
    """Write what ships, all figures, and the page."""
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    fits = {
        name: {
            "constants": one["constants"],
            "wake": one["wake"],
            "errors": one["errors"][SHIPPED]["mean"],
            "turbine_power_rms_pct": one["turbine_power_rms_pct"][SHIPPED],
            "energy_wh": one["energy_wh"],
            "seed": one["seed"],
            "versions": one["versions"],
        }
        for name, one in found.items()
    }
    content = {
        "what": "The formula of IEA Wind Task 37 fitted to FLORIS's velocity models",
        "command": COMMAND,
        "licence": "BSD-3-Clause",
        "data": {
            "source": "FLORIS at its defaults",
            "farms": FARMS,
            "conditions_per_farm": CONDITIONS,
            "turbines_per_farm": TURBINES_PER_FARM,
            "spacing_d": SPACING_D,
            "wind_speed": SPEED,
            "turbulence_intensity": TURBULENCE,
        },
        "fits": fits,
        "sha256": digest_of(fits),
    }
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")


def page(found: Mapping[str, Any]) -> str:
    """Give the page with the tables."""
    cpu_s = sum(one["cpu_s"] for one in found.values())
    stages = [stage for one in found.values() for stage in one["energy_wh"].values()]
    low, central, high = (
        sum(math.nan if stage[bound] is None else stage[bound] for stage in stages)
        for bound in ("low", "central", "high")
    )
    distances = " / ".join(f"{d:g}" for d in DISTANCES_D)
    text = HEAD.format(
        command=COMMAND, cpu_s=cpu_s, low=low, central=central, high=high,
        layouts=LAYOUTS, distances=distances,
    )  # fmt: skip
    heads = ("model", "k₀", "k₁", "width [D]", "strength", "AEP error [%]: Task 37", "fitted",
             f"rank correlation at {distances} D: Task 37", "fitted")  # fmt: skip
    text += line(heads) + line(["---"] * len(heads))
    for name, one in found.items():
        ks = one["constants"]
        row = [name, f"{ks['expansion']:.4f}", f"{ks['expansion_per_ti']:.3f}"]
        row += [f"{ks['initial_width']:.3f}", f"{ks['strength']:.3f}"]
        for key in ("aep_error_pct", "spearman"):
            for kind in (UNFITTED, SHIPPED):
                mean = one["errors"][kind]["mean"]
                some = [f"{v:.2f}" if key != "spearman" else f"{v:.3f}"
                        for k, v in mean.items() if k.startswith(key)]  # fmt: skip
                row.append(" / ".join(some))
        text += line(row)
    text += MISFIT
    heads = ("model", UNFITTED, *FORMS, *(f"all, {rule}" for rule in RULES))
    text += line(heads) + line(["---"] * len(heads))
    for name, one in found.items():
        values = [*one["turbine_power_rms_pct"].values()]
        values += one["turbine_power_rms_pct_by_rule"].values()
        text += line([name, *(f"{value:.2f}" for value in values)])
    return text


def line(cells: Sequence[str]) -> str:
    """Put cells into a line of a table."""
    return f"| {' | '.join(cells)} |\n"


HEAD = """\
## The fitted formula

`{command}` fits the formula of IEA Wind Task 37 to FLORIS's velocity models, at FLORIS's defaults:
its growth k = k₀ + k₁ I (I: ambient turbulence intensity), its width at the rotor, and a strength.
`windopt.surrogate.fitted_formula.fitted_formula(problem)` is the farm with these wakes. All fits
and their tests took {cpu_s:.0f} CPU-s and {central:.1f} Wh ({low:.1f} to {high:.1f}).

AEP error (mean of its size) and Spearman's rank correlation, {layouts} layouts at each distance,
are means over four sites the fit has not seen: quickstart's optimum, and random layouts of
iea37_case1_16, atlas and windwake5. By site they are in [formula.json](formula.json).

"""
MISFIT = """
Error of turbine power in the farms of the fit, root mean square [% of rated power], by the
constants that are fitted and, for all of them, by the rule that combines deficits. Task 37's
formula has `sosfs`, a fit the wake model's own rule.

"""


if __name__ == "__main__":
    main()
