"""How well the surrogate knows AEP: against FLORIS, on farms it has never seen.

    python results/accuracy.py [--model gauss] [--seed 0]

Trains a surrogate with the defaults and compares farm energy and turbine power with FLORIS on 360
directions, each at a speed drawn from the rose, for random farms and jittered grids of 9 to 100
turbines down to 2 D spacing, and for the official Borssele layouts. MODEL is a FLORIS velocity
model, or gch for gauss with its GCH switches. Writes results/accuracy_<model>.json.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import windopt
from windopt.simulate import FarmCase, Simulator, worker_pool
from windopt.simulate.sampling import jittered_grid, random_farm

HERE = Path(__file__).parent


def main() -> None:
    """Train, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="gauss")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    model = arguments.model
    wake: dict[str, object] = (
        {"wake.gch": True} if model == "gch" else {"wake.velocity_model": model}
    )
    if model == "empirical_gauss":
        wake["wake.turbulence_model"] = "wake_induced_mixing"
    problem = windopt.load_problem(HERE.parent / "configs" / "quickstart.yaml", wake)
    big = windopt.load_problem(HERE.parent / "configs" / "borssele.yaml")
    surrogate = windopt.train_surrogate(problem, arguments.seed)

    rng = np.random.default_rng(1000 + arguments.seed)
    diameter = problem.turbine.rotor_diameter
    farms = {"official 25": problem.initial_layout, "official 81": big.initial_layout}
    for n in (9, 25, 64, 100):
        for spacing in (3.5, 7.0):
            farms[f"random {n}, {spacing:g} D"] = random_farm(n, spacing, rng) * diameter
            farms[f"grid {n}, {spacing:g} D"] = jittered_grid(n, spacing, rng) * diameter
    wd = np.arange(360.0)
    ws = rng.choice(problem.wind.wind_speed, 360, p=problem.wind.probability.sum(0))
    ti = np.full(360, problem.wind.turbulence_intensity[0, 0])
    rows = []
    with worker_pool() as pool:
        simulator = Simulator(problem, pool)
        states = simulator.simulate([FarmCase(f, wd, ws, ti) for f in farms.values()])
    for (name, farm), state in zip(farms.items(), states, strict=True):
        with torch.no_grad():
            power = surrogate.power(farm[None], wd, ws, ti)[0].double().numpy()
        truth = state.power
        runs = truth > 0.05 * problem.turbine.rated_power
        error = power.sum() / truth.sum() - 1
        row = {
            "farm": name,
            "aep_error_pct": round(100 * error, 4),
            "turbine_power_mape_pct": round(100 * np.abs(power / truth - 1)[runs].mean(), 4),
        }
        rows.append(row)
    errors = np.abs([row["aep_error_pct"] for row in rows])
    result = {
        "command": f"python results/accuracy.py --model {arguments.model} --seed {arguments.seed}",
        "aep_error_pct": {"median": float(np.median(errors)), "worst": float(errors.max())},
        "turbine_power_mape_pct": float(np.mean([r["turbine_power_mape_pct"] for r in rows])),
        "held_out": surrogate.facts["errors"],
        "farms": rows,
    }
    path = HERE / f"accuracy_{arguments.model}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
