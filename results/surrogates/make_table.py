"""How well the surrogate knows each of FLORIS's wake models, on farms outside its training data.

    python results/surrogates/make_table.py [--model NAME ...] [--seed 0] [--again]

For every wake model: trains a surrogate with the defaults on configs/quickstart.yaml, validates it
as `windopt validate` does and writes <name>.json beside this file; then writes the table of all of
them, README.md. What has its file already is kept, unless it is to be made again.
"""

import argparse
import json
import os
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import windopt
from windopt.runs.versions import PACKAGES
from windopt.stages.validate import SHORT_SEARCH, validate_with_search
from windopt.verification.unseen_farms import ValidationPlan
from windopt.workers.executor import worker_pool

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "configs" / "quickstart.yaml"
MODELS: dict[str, dict[str, object]] = {
    "jensen": {"wake.velocity_model": "jensen"},
    "gauss": {"wake.velocity_model": "gauss"},
    "gauss_gch": {"wake.velocity_model": "gauss", "wake.gch": True},
    "gauss_fls": {"wake.velocity_model": "gauss", "wake.combination_model": "fls"},
    "gauss_max": {"wake.velocity_model": "gauss", "wake.combination_model": "max"},
    "cc": {"wake.velocity_model": "cc"},
    "turboparkgauss": {"wake.velocity_model": "turboparkgauss"},
    "turbopark": {"wake.velocity_model": "turbopark"},
    "empirical_gauss": {
        "wake.velocity_model": "empirical_gauss",
        "wake.turbulence_model": "wake_induced_mixing",
    },
}
HEAD = """\
# How well the surrogate knows FLORIS's wake models

`python results/surrogates/make_table.py` trains one surrogate for each wake model of FLORIS with
the defaults and validates it as `windopt validate` does: random farms and grids of 9 to 100
turbines that were not in its training data (2 to 108), down to 2 D apart, the given layout of
Borssele IIIa and the layout a short search with it finds there; 360 directions, speeds and
turbulence drawn from the site's rose. The rank correlation is that of 20 layouts whose turbines
stand 0.5, 0.2 and 0.05 D (standard deviation in each coordinate) off that optimum. The last column
is the gain over the given layout by the surrogate minus that by FLORIS, in percent of AEP.
CPU-seconds are those of the training data and the training, on a shared two-core machine with
other work beside it. Bold: misses its bar. Everything else is in the JSON files, wake depth by
wake depth.

"""
FIRST_COLUMNS = ("wake model", "parameters", "CPU-s")


def main() -> None:
    """Train and examine what is asked for, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", nargs="+", choices=MODELS, default=list(MODELS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", action="store_true", help="also what has its file already")
    arguments = parser.parse_args()
    for name in arguments.model:
        if arguments.again or not (HERE / f"{name}.json").exists():
            write_result(HERE, name, result(name, arguments.seed))
        write_table(HERE)


def result(
    name: str,
    seed: int,
    overrides: Mapping[str, object] | None = None,
    plan: ValidationPlan | None = None,
) -> dict[str, Any]:
    """Train the surrogate of a wake model and examine it."""
    settings = {**MODELS[name], **SHORT_SEARCH, **(overrides or {})}
    problem = windopt.load_problem(CONFIG, settings)
    cpu_s, wall_s = cpu_seconds(), time.perf_counter()
    surrogate = windopt.train_surrogate(problem, seed)
    cpu_s, wall_s = cpu_seconds() - cpu_s, time.perf_counter() - wall_s
    with worker_pool() as pool:
        validation = validate_with_search(surrogate, problem, seed, pool, plan=plan)
    return {
        "command": f"python results/surrogates/make_table.py --model {name} --seed {seed}",
        "name": name,
        "parameters": sum(weights.numel() for weights in surrogate.parameters()),
        "data_and_training": {"cpu_s": round(cpu_s, 1), "wall_s": round(wall_s, 1)},
        "versions": {package: version(package) for package in PACKAGES},
        **validation.to_dict(),
    }


def cpu_seconds() -> float:
    """Give the CPU time of this process and of those it has ended [s]."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def write_result(folder: Path, name: str, content: Mapping[str, Any]) -> None:
    """Write one JSON file, an entry a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
    (folder / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def write_table(folder: Path) -> None:
    """Write the table of all wake models that have their file."""
    files = [file for name in MODELS if (file := folder / f"{name}.json").exists()]
    results = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    text = HEAD
    if results:
        bars = results[0]["bars"]
        text += line([*FIRST_COLUMNS, *(bar["figure"] for bar in bars)])
        text += line(["---"] * (len(FIRST_COLUMNS) + len(bars)))
        text += line(["*bar*", "", "60", *(limit(bar) for bar in bars)])
        text += "".join(line(row(one)) for one in results)
    missing = [name for name in MODELS if folder / f"{name}.json" not in files]
    if missing:
        text += f"\nNot made yet: {', '.join(missing)}.\n"
    (folder / "README.md").write_text(text, encoding="utf-8")


def row(content: Mapping[str, Any]) -> list[str]:
    """Put one result into cells."""
    name = f"[{content['name']}]({content['name']}.json)"
    cpu_s = f"{content['data_and_training']['cpu_s']:.0f}"
    return [name, f"{content['parameters']:,}", cpu_s, *(value(bar) for bar in content["bars"])]


def value(bar: Mapping[str, Any]) -> str:
    """Put a bar's value into a cell, bold where it misses."""
    if bar["value"] is None:
        return "-"
    text = f"{bar['value']:.{4 if bar['at_least'] else 3}f}".replace("-", "−")
    return text if bar["met"] else f"**{text}**"


def limit(bar: Mapping[str, Any]) -> str:
    """Put a bar into a cell; that of cc's turbine power is twice as high."""
    other = " (cc 1)" if bar["figure"].startswith("turbine power") else ""
    return f"{'≥' if bar['at_least'] else '≤'} {bar['limit']:g}{other}"


def line(cells: list[str]) -> str:
    """Join the cells of a Markdown table's line."""
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    main()
