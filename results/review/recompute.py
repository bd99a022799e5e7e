"""Recompute what this project publishes, without a line of it.

    python results/review/recompute.py [--quick]

Imports nothing of windopt: FLORIS is asked plainly, wind and turbines are read from the public
files of windIO and FLORIS, energies are added from the ledgers' lines, medians and intervals are
made of the raw results, the answers of the assessments of their differences. Prints a line per
figure; the exit status is 0 where every published figure is recomputed, 1 where one is not.
`--quick` leaves out what takes minutes, which is FLORIS on 81 turbines.
"""

import argparse
import csv
import hashlib
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import windIO
import yaml
from floris import FlorisModel
from scipy.stats import t as student
from suite import review_suite

RESULTS = Path(__file__).resolve().parents[1]
PLANT = Path(windIO.__file__).parent / "examples" / "plant"
HOURS = 8760.0
CHUNK = 600
"""Wind conditions that FLORIS is asked about at once."""
OWN_MODELS = {"empirical_gauss": ("wake_induced_mixing", "empirical_gauss")}
"""Turbulence and deflection models that belong to a velocity model."""
EXACT = 2e-4
"""By which an AEP may differ where nothing was sampled: curves between their points [-]."""


@dataclass
class Review:
    """What was recomputed, and what not."""

    quiet: bool = False

    missed: list[str] = field(default_factory=list)
    count: int = 0

    def same(self, what: str, published: float, found: float, tolerance: float) -> None:
        """Hold a published figure against its recomputation."""
        self.count += 1
        close = abs(published - found) <= tolerance
        if self.quiet and close:
            return
        print(f"{'ok ' if close else 'NOT'} {what}: {published:.6g} published, {found:.6g} found")
        if not close:
            self.missed.append(what)


# ---- AEP


def read(name: str) -> dict[str, Any]:
    """Read one of windIO's examples."""
    kind, _, file = name.removeprefix("windIO:").partition("/")
    return yaml.safe_load((PLANT / kind / file).read_text())


def rose(config: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return directions, speeds, joint probabilities and turbulence of a tabulated windIO rose."""
    resource = read(config["wind_resource"])["wind_resource"]
    given = np.array(resource["probability"]["data"])
    sector = np.array(resource["sector_probability"]["data"])
    joint = given * sector[:, None] if abs(given.sum() - 1) > 0.5 else given
    turbulence = config["atmosphere"]["turbulence_intensity"]
    if turbulence is None:
        turbulence = resource["turbulence_intensity"]["data"]
    shape = np.full(joint.shape, 1.0) * turbulence
    directions, speeds = resource["wind_direction"], resource["wind_speed"]
    return np.array(directions), np.array(speeds), joint / joint.sum(), shape


def turbine(name: str) -> dict[str, Any]:
    """Return FLORIS's definition of one of windIO's turbines with P ~ (u - cut-in)^3."""
    given = read(name)
    of = given["performance"]
    low, rated, high = of["cutin_wind_speed"], of["rated_wind_speed"], of["cutout_wind_speed"]
    speed = np.round(np.arange(low, high + 0.005, 0.01), 2)
    power = np.minimum((speed - low) / (rated - low), 1.0) ** 3 * of["rated_power"]
    curve = of["Ct_curve"]
    thrust = np.interp(speed, curve["Ct_wind_speeds"], curve["Ct_values"])
    return {
        "turbine_type": given["name"].replace(" ", "_"),
        "hub_height": given["hub_height"],
        "rotor_diameter": given["rotor_diameter"],
        "TSR": 8.0,
        "operation_model": "simple",
        "power_thrust_table": {
            "ref_air_density": 1.225,
            "ref_tilt": 0.0,
            "wind_speed": speed.tolist(),
            "power": (power / 1e3).tolist(),
            "thrust_coefficient": thrust.tolist(),
        },
    }


def layout(path: Path) -> np.ndarray:
    """Return the coordinates in a layout's CSV (n, 2) [m]."""
    with path.open(newline="") as lines:
        return np.array([[float(row["x"]), float(row["y"])] for row in csv.DictReader(lines)])


def aep_gwh(config: dict[str, Any], where: np.ndarray, wake_model: str) -> float:
    """Return AEP by FLORIS on every condition of the rose that occurs [GWh]."""
    inputs = FlorisModel("defaults").core.as_dict()
    own = ("crespo_hernandez", "gauss")
    turbulence, deflection = OWN_MODELS.get(wake_model, own)
    kind = turbine(config["turbine"])
    inputs["logging"] = {
        "console": {"enable": False, "level": "ERROR"},
        "file": {"enable": False, "level": "ERROR"},
    }
    inputs["wake"]["model_strings"] = {
        "velocity_model": wake_model,
        "turbulence_model": turbulence,
        "combination_model": "sosfs",
        "deflection_model": deflection,
    }
    for switch in ("secondary_steering", "yaw_added_recovery", "transverse_velocities"):
        inputs["wake"][f"enable_{switch}"] = False
    inputs["flow_field"].update(
        wind_shear=config["atmosphere"]["wind_shear"],
        air_density=config["atmosphere"]["air_density"],
        reference_wind_height=kind["hub_height"],
        wind_directions=[270.0],
        wind_speeds=[8.0],
        turbulence_intensities=[0.06],
    )
    inputs["farm"] = {
        "layout_x": where[:, 0].tolist(),
        "layout_y": where[:, 1].tolist(),
        "turbine_type": [kind],
    }
    model = FlorisModel(inputs)
    directions, speeds, joint, turbulences = rose(config)
    grid = np.meshgrid(directions, speeds, indexing="ij")
    occurs = joint.ravel() > 0
    wd, ws, weight, ti = (a.ravel()[occurs] for a in (*grid, joint, turbulences))
    total = 0.0
    for k in range(0, len(wd), CHUNK):
        some = slice(k, k + CHUNK)
        model.set(wind_directions=wd[some], wind_speeds=ws[some], turbulence_intensities=ti[some])
        model.run()
        total += float(weight[some] @ model.get_turbine_powers().sum(axis=1))
    return total * HOURS / 1e9


def review_run(review: Review, folder: Path) -> None:
    """Recompute the AEP of a run's layouts, its gain, and its energy."""
    config = yaml.safe_load((folder / "config.yaml").read_text())
    summary = json.loads((folder / "summary.json").read_text())
    model = config["wake"]["velocity_model"]
    files = {"aep_gwh": "layout.csv", "aep_initial_gwh": "layout_initial.csv"}
    found = {key: aep_gwh(config, layout(folder / name), model) for key, name in files.items()}
    for key, aep in found.items():
        # a sampled AEP has its standard error, a sampled gain one of its own
        told = float(summary[key])
        review.same(f"{folder.name}, {key}, {model}", told, aep, max(4e-5, EXACT) * told)
    gain = 100.0 * (found["aep_gwh"] / found["aep_initial_gwh"] - 1.0)
    review.same(f"{folder.name}, gain_pct", float(summary["gain_pct"]), gain, 0.03)


def review_energy(review: Review, folder: Path) -> None:
    """Add a ledger's energies: each stage as last heard of, less what lies in it, times the PUE."""
    text = (folder / "ledger.jsonl").read_text().splitlines()
    lines = [json.loads(line) for line in text]
    review_chain(review, folder.name, text)
    pue = {line["id"]: line["pue"] for line in lines if line["record"] == "run"}
    last = {line["id"]: line for line in lines if line["record"] == "stage"}
    apart = ("baseline", "robustness", "validate", "compare", "assess")  # asked afterwards
    joules = {bound: 0.0 for bound in ("low", "central", "high")}
    for line in last.values():
        inner = [one["e_reserved_j"] for one in last.values() if one["parent"] == line["id"]]
        if line["kind"] not in apart:
            for bound in joules:
                own = line["e_reserved_j"][bound] - sum(one[bound] for one in inner)
                joules[bound] += pue[line["run"]] * max(0.0, own)
    told = json.loads((folder / "summary.json").read_text())["energy_wh"]
    for bound, joule in joules.items():
        review.same(
            f"{folder.name}, energy, {bound} [Wh]", told[bound], joule / 3600, 0.01 * told[bound]
        )


def review_chain(review: Review, name: str, lines: list[str]) -> None:
    """Hash a ledger's records anew: each holds its own hash and that of the record before it."""
    last, fitting, chained = None, 0, 0
    for line in lines:
        body, mark, own = line.rpartition(', "hash": "')
        if mark:
            chained += 1
            genuine = hashlib.sha256(body.encode()).hexdigest() == own[:-2]
            fitting += genuine and json.loads(line)["previous"] == last
            last = own[:-2]
    if chained:
        review.same(f"{name}, records that fit their hashes", chained, fitting, 0.0)


# ---- medians, intervals and answers


def review_robust(review: Review) -> None:
    """Recompute medians of the tables of robust layouts from the raw gains."""
    page = (RESULTS / "robust" / "README.md").read_text()
    runs: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((RESULTS / "robust").glob("*_[0-9].json")):
        runs.setdefault(path.stem.rpartition("_")[0], []).append(json.loads(path.read_text()))
    for site, of in runs.items():
        section = page.partition(f"\n## {site}: ")[2].partition("\n## ")[0]
        for row in section.splitlines():
            if row.startswith("| learned, four") or row.startswith("| wake formula"):
                name = "final" if row.startswith("| learned") else "formula"
                cells = [float(cell) for cell in row.strip("| ").split("|")[1:]]
                gains = np.array([list(one["gain_pct"][name].values()) for one in of])
                mean = float(np.median(gains.mean(axis=1)))
                review.same(f"robust, {site}, {name}, mean gain [%]", cells[-2], mean, 6e-4)


def review_duel(review: Review, folder: Path) -> None:
    """Recompute the answer about the AI's share from the differences, by the stated rule."""
    told = json.loads((folder / "assessment.json").read_text())["ai"]
    with (folder / "differences.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    models, seeds = (sorted({row[key] for row in rows}) for key in ("wake_model", "seed"))
    table = np.full((len(models), len(seeds)), np.nan)
    for row in rows:
        place = models.index(row["wake_model"]), seeds.index(row["seed"])
        table[place] = float(row["difference_mwh"])
    m, k = table.shape
    mean, of_models, of_seeds = table.mean(), table.mean(axis=1), table.mean(axis=0)
    s_a2 = of_models.var(ddof=1)
    s_b2 = 0.0
    if k > 1:
        residual = table - of_models[:, None] - of_seeds + mean
        error = (residual**2).sum() / ((m - 1) * (k - 1))
        s_b2 = max(0.0, of_seeds.var(ddof=1) - error / m)
    delta = told["delta_mwh"]
    spread = np.sqrt(s_a2 * (1 + 1 / m) + s_b2 / k + told["std_rose_mwh"] ** 2)
    above = {x: float(student.cdf((mean - x) / spread, m - 1)) for x in (0.0, delta, -delta)}
    found = {
        "p_better": above[0.0],
        "p_material": above[delta],
        "p_equivalent": above[-delta] - above[delta],
        "p_worse": 1 - above[-delta],
    }
    name = f"{folder.name}, the AI's share"
    review.same(f"{name}, mean difference [MWh]", told["difference_mwh"], mean, 0.01)
    for key, value in found.items():
        review.same(f"{name}, {key}", told[key], value, 1e-4)
    sure = {"worth it": "p_material", "equivalent": "p_equivalent", "worse": "p_worse"}
    answers = [answer for answer, key in sure.items() if found[key] >= 0.9] or ["undecided"]
    answer = answers[0] if k > 1 else "unknown"
    review.same(f"{name}, answer {told['answer']!r} is {answer!r}", 1, told["answer"] == answer, 0)


def review_comparison(review: Review) -> None:
    """Recompute the comparison with other optimisers, and print what is not recomputed."""
    before, review.quiet = review.count, True
    review_suite(RESULTS / "benchmarks", review.same)
    review.quiet = False
    print(f"comparison with other optimisers: {review.count - before} figures looked at")


def main() -> None:
    """Recompute everything."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="without FLORIS on 81 turbines")
    quick = parser.parse_args().quick
    review = Review()
    review_robust(review)
    review_comparison(review)
    for path in sorted(RESULTS.glob("*/differences.csv")):
        review_duel(review, path.parent)
    review_energy(review, RESULTS / "onshore")
    for name in ("quickstart", "quickstart_robust", "borssele"):
        review_energy(review, RESULTS / name)
        if name != "borssele" or not quick:
            review_run(review, RESULTS / name)
    print(f"{review.count} figures, {len(review.missed)} not recomputed")
    sys.exit(1 if review.missed else 0)


if __name__ == "__main__":
    main()
