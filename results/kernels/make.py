"""Make a kernel that ships with windopt: FLORIS's wakes at points, two regressions, a card.

    python results/kernels/make.py --model gauss [--seed 0] [--again]

Takes the steps of `PLANS`, on one core. What is interrupted goes on from its last thousand steps
when the command is given again; its ledger, NAME.jsonl beside this file, then goes on too. The
kernel comes into windopt/surrogate/kernels/NAME. The last stage asks FLORIS about some farms with
random parameters: that is the wake error on the card. `evaluate.py` asks much more.
"""

import argparse
import hashlib
import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

import windopt
from windopt.floris.sampling import jittered_grid, random_farm
from windopt.floris.simulator import FarmCase, Simulator
from windopt.floris.wake_parameters import TURBULENCE, VELOCITY, as_given, draw
from windopt.ledger.ledger import Ledger
from windopt.ledger.totals import Cost
from windopt.problem.problem import LayoutProblem
from windopt.surrogate import learn_kernel, shipped
from windopt.surrogate.conditioned import ConditionedKernel
from windopt.surrogate.learn_kernel import Plan
from windopt.surrogate.uncertainty import HeldOut

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "kernels"
CONFIG = ROOT / "configs" / "quickstart.yaml"
PLANS = {
    "jensen": Plan(draws=2000, steps=6_000),
    "gauss": Plan(steps=50_000),
    "cc": Plan(steps=45_000),
    "turboparkgauss": Plan(steps=12_000),
    "turbopark": Plan(draws=1200, steps=12_000),
    "empirical_gauss": Plan(steps=40_000),
}
OWN_TURBULENCE = {"empirical_gauss": "wake_induced_mixing", "turbopark": "none"}
"""Turbulence models by velocity model; of the others it is Crespo-Hernandez's."""
HEADS = ("amplitude", "width", "exponent")
"""Of the velocity network, on the card."""
SPACING_D = (2.0, 60.0)
HELD_OUT_SEED = 99
FARMS, CONDITIONS = 16, 60
"""Asked for the wake error."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", nargs="+", choices=PLANS, default=list(PLANS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", action="store_true", help="from the beginning")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in arguments.model:
        make(name, arguments.seed, arguments.again)


def make(name: str, seed: int, again: bool) -> None:
    """Make one kernel, or go on with it."""
    turbulence = OWN_TURBULENCE.get(name, "crespo_hernandez")
    work, ledger_file = WORK / f"{name}-{seed}", HERE / f"{name}.jsonl"
    if again or not work.exists():
        shutil.rmtree(work, ignore_errors=True)
        ledger_file.unlink(missing_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    plan, networks = PLANS[name], learn_kernel.untrained_kernel(name, turbulence, seed)
    ledger = Ledger.open(ledger_file, {"name": f"kernel {name}", "seed": seed})
    with ledger.stage("simulate") as stage, np.errstate(all="ignore"):
        points = learn_kernel.velocity_points(networks.velocity, name, plan.draws, seed)
        unseen = learn_kernel.velocity_points(networks.velocity, name, 200, HELD_OUT_SEED)
        added = learned = None
        if networks.turbulence is not None:
            added = learn_kernel.turbulence_points(networks.turbulence, turbulence, 1500, seed)
            learned = learn_kernel.turbulence_points(
                networks.turbulence, turbulence, 100, HELD_OUT_SEED
            )
        stage.count(floris_points=len(points.heads) + len(unseen.heads))
    with ledger.stage("train") as stage:
        learn_kernel.regress(
            networks.velocity, points, plan.steps, seed, work / "velocity.pt", tell(name)
        )
        errors = dict(zip(HEADS, learn_kernel.errors(networks.velocity, unseen), strict=False))
        if networks.turbulence is not None and added is not None and learned is not None:
            learn_kernel.regress(
                networks.turbulence,
                added,
                plan.turbulence_steps,
                seed,
                work / "turbulence.pt",
                tell(f"{name}, turbulence"),
            )
            (errors["turbulence"],) = learn_kernel.errors(networks.turbulence, learned)
        stage.count(training_steps=plan.steps + plan.turbulence_steps * (added is not None))
    folder = shipped.FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    content = save(networks.state_dict())
    (folder / shipped.WEIGHTS).write_bytes(content)
    card = write_card(folder, name, networks, plan, seed, errors, content, ledger, 0.0)
    with ledger.stage("validate") as stage:
        held_out = ask_floris(name, seed)
    write_card(
        folder, name, networks, plan, seed, errors, content, ledger, held_out.share_of_wake_loss
    )
    print(json.dumps({"errors": card["errors"], "wake_error": held_out.share_of_wake_loss}))


def write_card(
    folder: Path,
    name: str,
    networks: ConditionedKernel,
    plan: Plan,
    seed: int,
    errors: dict[str, float],
    content: bytes,
    ledger: Ledger,
    wake_error: float,
) -> dict[str, Any]:
    """Write down what the kernel is."""
    totals = ledger.totals()
    stages = {**totals.by_stage, **totals.apart}
    turbulence = networks.turbulence_model
    parameters = [(name, VELOCITY[name]), (turbulence, TURBULENCE[turbulence])]
    card = {
        "format": shipped.FORMAT,
        "name": name,
        "velocity_model": name,
        "turbulence_model": turbulence,
        "ranges": {
            f"{model}.{one.name}": [one.low, one.high]
            for model, known in parameters
            for one in known
        }
        | {
            "ambient_ti": learn_kernel.LEARNED_AMBIENT,
            "ct": learn_kernel.LEARNED_CT,
            "spacing_d": SPACING_D,
        },
        "data": (
            f"FLORIS's wake functions at {plan.draws} draws of the parameters, "
            f"{learn_kernel.STATES} states of a turbine each, {learn_kernel.DISTANCES} distances"
        ),
        "steps": plan.steps,
        "errors": {head: float(f"{error:.3g}") for head, error in errors.items()},
        "wake_error": float(f"{wake_error:.3g}"),
        "seeds": {"training": seed, "held_out": HELD_OUT_SEED},
        "command": f"python results/kernels/make.py --model {name} --seed {seed}",
        "energy_wh": {
            kind: stages.get(kind, Cost()).energy.to_wh()
            for kind in ("simulate", "train", "validate")
        },
        "cpu_s": {
            kind: round(stages.get(kind, Cost()).cpu_s, 1)
            for kind in ("simulate", "train", "validate")
        },
        "licence": "BSD-3-Clause",
        "versions": {package: version(package) for package in ("windopt", "floris", "torch")},
        "weights_sha256": hashlib.sha256(content).hexdigest(),
        "floris_check": {
            "floris": version("floris"),
            "sources": shipped.floris_sources(),
            "outputs": shipped.floris_outputs(name, turbulence),
        },
    }
    (folder / shipped.CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return card


def ask_floris(name: str, seed: int) -> HeldOut:
    """Ask FLORIS about unseen farms, each with other parameters of the wake model."""
    rng, rows = np.random.default_rng((HELD_OUT_SEED, seed)), []
    for number in range(FARMS):
        problem = problem_of(name, rng, number)
        n = int(rng.integers(9, 50))
        farm = (random_farm, jittered_grid)[number % 2](n, float(rng.uniform(3.5, 8.0)), rng)
        site = problem.wind.conditions
        drawn = rng.choice(len(site), CONDITIONS, p=site.weight / site.weight.sum())
        wd, ws = rng.uniform(0.0, 360.0, CONDITIONS), site.ws[drawn]
        ti = rng.uniform(0.04, 0.15, CONDITIONS)
        case = FarmCase(farm * problem.rotor_diameter, wd, ws, ti)
        (state,) = Simulator(problem).simulate([case])
        surrogate = shipped.shipped_surrogate(problem)
        surrogate.as_tensors = True  # nothing to compile for so few farms
        with torch.no_grad():
            power = surrogate.power(case.layout[None], wd, ws, ti).double().numpy()[0].sum(1)
        alone = surrogate.alone_power(case.layout, wd, ws)
        true = state.power.sum(1)
        wrong, energy = power - true, true.sum()
        rows.append(
            (
                wrong.sum() / energy,
                wrong.std(ddof=1) * np.sqrt(CONDITIONS) / energy,
                alone.sum() / energy - 1.0,
            )
        )
    return HeldOut(*np.array(rows).T)


def problem_of(name: str, rng: np.random.Generator, number: int) -> LayoutProblem:
    """Return a problem with FLORIS's defaults (every fourth) or drawn parameters."""
    turbulence = OWN_TURBULENCE.get(name, "crespo_hernandez")
    models = {"velocity": VELOCITY[name], "turbulence": TURBULENCE[turbulence]}
    asked = "crespo_hernandez" if turbulence == "none" else turbulence
    settings: dict[str, Any] = {"wake.velocity_model": name, "wake.turbulence_model": asked}
    if number % 4:
        groups = {
            f"wake_{kind}_parameters": as_given(known, draw(known, 1, rng)[0])
            for kind, known in models.items()
            if known
        }
        settings["wake.parameters"] = groups
    settings["atmosphere.wind_shear"] = float(rng.uniform(0.0, 0.2))
    return windopt.load_problem(CONFIG, settings)


def tell(what: str):
    def progress(share: float) -> None:
        print(f"{what}: {100 * share:.0f} %", flush=True)

    return progress


if __name__ == "__main__":
    main()
