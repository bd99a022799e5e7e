"""Whether the gate is right: what it expects of learning on random small sites, and what it found.

    python results/gate/make.py [--sites N] [--cpu-seconds S]

A site is a rectangle with 4 to 16 turbines of IEA's 10 MW, 4 to 9 rotor diameters apart on average,
in the rose of Borssele or in one of 12 equal sectors, under one wake model or four. One run with a
kernel that ships, and beside it the same search on the wake formula with as much processor time.
FLORIS judges both under every wake model that the run has searched with. The gate is right where
the mean lead exceeds the materiality, 0.05 % of AEP, as it said, or does not.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import windopt
from windopt.runs.folder import RunFolder
from windopt.runs.gate import expect
from windopt.verification.wake_models import ask_wake_models
from windopt.workers.executor import worker_pool

HERE = Path(__file__).parent
DIAMETER_M = 198.0
ROSES = (
    "windIO:plant_energy_resource/IEA37_case_study_3_energy_resource.yaml",
    "windIO:plant_energy_resource/UniformWeibullResource.yaml",
)
MODELS = ("gauss", "cc", "turboparkgauss", "empirical_gauss")
MATERIALITY_PCT = 0.05


def main() -> None:
    """Measure the sites that are not there yet, then make the table of all that are."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sites", type=int, default=50)
    parser.add_argument("--cpu-seconds", type=float, default=90.0)
    asked = parser.parse_args()
    path = HERE / "sites.json"
    done: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for number in range(asked.sites):
        if str(number) not in done:
            done[str(number)] = one = measure(number, asked.cpu_seconds)
            path.write_text(json.dumps(done, indent=1) + "\n")
            print(number, one, flush=True)
    (HERE / "README.md").write_text(readme(done), encoding="utf-8")


def measure(number: int, cpu_seconds: float) -> dict[str, Any]:
    """Search one site with and without learning, and judge both."""
    with tempfile.TemporaryDirectory() as folder:
        config, facts = make_site(number, Path(folder), cpu_seconds)
        problem = windopt.load_problem(config)
        expected = expect(problem, has_to_learn=False)
        run = RunFolder(windopt.run(config, Path(folder) / "run").folder.path)
        found = run.read(RunFolder.verification).final.layout
        formula = run.read(RunFolder.baselines).baselines["analytic"].layout
        layouts = {"learned": found, "formula": formula}
        with worker_pool() as pool:
            said = ask_wake_models(problem, layouts, facts["wake_models"], pool)
    leads = {model: 100 * (aep["learned"] / aep["formula"] - 1) for model, aep in said.items()}
    lead = float(np.mean(list(leads.values())))
    pays = expected.lead_pct > MATERIALITY_PCT
    return facts | {
        "wake_loss_pct": expected.wake_loss_pct,
        "expected_lead_pct": expected.lead_pct,
        "lead_pct": lead,
        "lead_by_model_pct": leads,
        "right": pays == (lead > MATERIALITY_PCT),
    }


def make_site(number: int, folder: Path, cpu_seconds: float) -> tuple[Path, dict[str, Any]]:
    """Write the files of a random site; returns its config, and what is random in it."""
    rng = np.random.default_rng((number, 27))
    turbines, apart_d = int(rng.integers(4, 17)), float(rng.uniform(4.0, 9.0))
    ratio, rose = float(rng.uniform(1.0, 2.5)), ROSES[int(rng.integers(len(ROSES)))]
    models = list(MODELS) if rng.random() < 0.4 else [str(rng.choice(MODELS))]
    area = turbines * (apart_d * DIAMETER_M) ** 2
    x, y = np.sqrt(area * ratio), np.sqrt(area / ratio)
    corners = {"x": [0.0, float(x), float(x), 0.0], "y": [0.0, 0.0, float(y), float(y)]}
    site = {"name": "site", "boundaries": {"polygons": [corners]}}
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    config: dict[str, Any] = {
        "name": f"gate-{number}",
        "site": "site.yaml",
        "wind_resource": rose,
        "turbine": "windIO:plant_energy_turbine/IEA37_10MW_turbine.yaml",
        "n_turbines": turbines,
        "refine_wind": False,
        "wake": {"velocity_model": models[0]},
        "atmosphere": {"turbulence_intensity": 0.075},
        "verify": {"rose": "whole", "max_rounds": 0},
        "report": {"cpu_seconds": 0},
        "baseline": {"methods": ["analytic"]},
        "budget": {"cpu_seconds": cpu_seconds},
        "assessment": {"gate": "off"},
        "seed": number,
    }
    if models[0] == "empirical_gauss":
        config["wake"]["turbulence_model"] = "wake_induced_mixing"
    if len(models) > 1:
        config["robust"] = {"wake_models": models}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    facts = {"turbines": turbines, "apart_d": apart_d, "rose": Path(rose).stem}
    return path, facts | {"wake_models": models, "cpu_seconds": cpu_seconds}


def readme(done: dict[str, Any]) -> str:
    """Return the page of the results."""
    right = sum(one["right"] for one in done.values())
    lines = [
        "# Is the gate right?",
        "",
        "`python results/gate/make.py` makes this page and `sites.json`.",
        "",
        f"Right on {right} of {len(done)} sites ({100 * right / max(1, len(done)):.0f} %): whether "
        f"learning leads the search on the wake formula by more than {MATERIALITY_PCT} % of AEP.",
        "",
        "| site | turbines | apart [D] | wake models | wake loss [%] | expected [%] | found [%] | "
        "right |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for number, one in done.items():
        models = one["wake_models"]
        named = models[0] if len(models) == 1 else f"{len(models)} models"
        figures = (one["wake_loss_pct"], one["expected_lead_pct"], one["lead_pct"])
        told = " | ".join(f"{value:.2g}" for value in figures)
        told = f"{one['turbines']} | {one['apart_d']:.1f} | {named} | {told}"
        lines.append(f"| {number} | {told} | {'yes' if one['right'] else 'no'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
