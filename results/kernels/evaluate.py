"""How well the shipped kernels know FLORIS, on farms, turbines and parameters nobody learned from.

    python results/kernels/evaluate.py [--model NAME ...] [--again] [--exact] [--jobs 1]

For every shipped kernel: farms of 9 to 200 turbines (`unseen.py`), with FLORIS's defaults and with
random parameters; how layouts around an optimum are ranked; what gain a short search claims on four
sites, and what FLORIS says of it; and, where FLORIS's wakes jump, how far FLORIS agrees with itself
when everything is moved by a hair. Writes NAME.json and README.md beside this file. About 7
CPU-minutes for a kernel, cc 12. What FLORIS has told, and the layouts found, are kept in the work
folder (build/kernels_examined): the command goes on where it was stopped, asks a kernel of the same
weights nothing twice unless it is to be `--again`, and examines another kernel of the same wake
model sooner.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from exact import exact_surrogate
from readme import write_readme
from unseen import DEFAULTS, FEWEST, GROUPS, TURBINES, UnseenFarm, draw_farms

from windopt.errors import KernelMisfitError
from windopt.floris.adapter import FarmState
from windopt.floris.kept_states import KeptStates
from windopt.floris.simulator import FarmCase, Simulator
from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.readers.load import load_problem
from windopt.runs.versions import PACKAGES
from windopt.search.patterns import optimise
from windopt.surrogate.shipped import shipped_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.evaluate import as_written
from windopt.verification.sampled import SampledEvaluator
from windopt.verification.scores import (
    FarmScore,
    TurbineScores,
    rank,
    score_by_wake_depth,
    score_farm,
)
from windopt.verification.unseen_farms import ValidationPlan, displaced, telling_rose
from windopt.verification.validation import Bar, predicted_power, turbine_scores
from windopt.workers.executor import worker_pool

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
MODELS: dict[str, dict[str, object]] = {
    "jensen": {"wake.velocity_model": "jensen"},
    "gauss": {"wake.velocity_model": "gauss"},
    "gauss_gch": {"wake.velocity_model": "gauss", "wake.gch": True},
    "cc": {"wake.velocity_model": "cc"},
    "turboparkgauss": {"wake.velocity_model": "turboparkgauss"},
    "turbopark": {"wake.velocity_model": "turbopark"},
    "empirical_gauss": {
        "wake.velocity_model": "empirical_gauss",
        "wake.turbulence_model": "wake_induced_mixing",
    },
}
SITE = "quickstart"
"""Whose wind blows in all farms, and where layouts are ranked."""
SLOW = 0.3
"""Share of free stream below which FLORIS's wind makes no sense; such conditions are left out."""
SCALES_D = (0.5, 0.2, 0.05)
HAIRS_M, HAIR_DEG = (0.01, 0.1), 0.001
"""By how much layouts and directions are moved where FLORIS is held against itself."""
MOVED_FARMS = (3, 4, 8)
"""Places in `unseen.FARMS`."""
AEP_MEDIAN_PCT, AEP_WORST_PCT, CLAIM_PCT = 0.03, 0.15, 0.02
MAPE_PCT = {"cc": 0.4, "gauss_gch": 0.4, "empirical_gauss": 0.4}
OTHER_MAPE_PCT = 0.25
RANKS = {0.5: 0.998, 0.2: 0.995, 0.05: 0.99}


KernelOf: TypeAlias = Callable[[LayoutProblem], Surrogate]


@dataclass(frozen=True)
class Plan:
    """How much is asked.

    Attributes
    ----------
    farm_cpu_s : float [s]
        FLORIS's share for an unseen farm.
    layouts : int
        At each scale around the optimum.
    moved : int
        Of those at the last scale, moved again by a hair.
    directions, speeds : int
        Of the conditions in which they are ranked: each direction has one of the speeds.
    sites : tuple of str
        On which gains are claimed.
    search_cpu_s : float [s]
        Of each of their searches.
    draws : int
        Conditions in which FLORIS corrects a claimed gain.
    """

    farm_cpu_s: float = 6.0
    layouts: int = 100
    moved: int = 20
    directions: int = 90
    speeds: int = 3
    sites: tuple[str, ...] = ("quickstart", "ridge", "borssele", "square100")
    search_cpu_s: float = 15.0
    draws: int = 250


FEW_SITES = ("quickstart", "ridge")
PLANS = {
    "cc": Plan(farm_cpu_s=0.8, draws=150),
    "gauss_gch": Plan(farm_cpu_s=1.0, directions=36, sites=("quickstart",), draws=150),
    "turbopark": Plan(sites=FEW_SITES),
}


class Examiner:
    """Holds a kernel against FLORIS.

    Parameters
    ----------
    name : str
        One of `MODELS`.
    kernel_of : callable
        Gives the kernel for a problem.
    exact_of : callable, optional
        Gives another one that is held against FLORIS in the farms, with FLORIS's own wakes.
    work : path
        What FLORIS tells is kept there.
    """

    def __init__(
        self,
        name: str,
        kernel_of: KernelOf,
        exact_of: KernelOf | None,
        work: Path,
        plan: Plan,
        pool: Executor | None = None,
        seed: int = 0,
    ) -> None:
        self.name, self.kernel_of, self.exact_of, self.plan = name, kernel_of, exact_of, plan
        self.work, self.pool, self.seed = work / name, pool, seed
        self.kept = KeptStates(self.work / "floris")
        self.problem = self.problem_of(SITE)
        self.cpu_s: dict[str, float] = {}

    def problem_of(self, site: str) -> LayoutProblem:
        """Return a site's problem under the wake model."""
        return load_problem(CONFIGS / f"{site}.yaml", {"robust": None} | MODELS[self.name])

    def asked(
        self, part: str, problem: LayoutProblem, cases: Sequence[FarmCase]
    ) -> list[FarmState]:
        """Ask FLORIS, or find what it has told before; its CPU time goes to a part's account."""
        states = Simulator(problem, self.pool, kept=self.kept).simulate(cases)
        self.kept.save()
        self.book(part, sum(state.cpu_s for state in states))
        return states

    def book(self, part: str, cpu_s: float) -> None:
        """Charge CPU time to a part of the examination."""
        self.cpu_s[part] = self.cpu_s.get(part, 0.0) + cpu_s

    def forget(self) -> None:
        """Let everything about kernels be asked anew; what FLORIS has told stays."""
        for path in (*self.work.glob("*.json"), *self.work.glob("*.npz")):
            path.unlink()

    def farms(self) -> Iterator[dict[str, Any]]:
        """Examine the kernel group by group on farms it has not seen."""
        for group in GROUPS:
            farms = self._drawn(group)
            kernels = {"kernel": self.kernel_of, "exact": self.exact_of}
            asked_of = {what: of for what, of in kernels.items() if of is not None}
            found: dict[str, list[TurbineScores]] = {what: [] for what in asked_of}
            examined: list[UnseenFarm] = []
            left_out, asked = 0, 0
            for farm in farms:
                try:
                    kernel_of_farm = {what: of(farm.problem) for what, of in asked_of.items()}
                except KernelMisfitError as misfit:  # it says so, and a run would train
                    print(f"{farm.name}: {misfit}")
                    continue
                examined.append(farm)
                (state,) = self.asked("farms", farm.problem, [farm.case])
                case, state = _sensible(farm, state)
                asked += len(farm.case.wd)
                left_out += len(farm.case.wd) - len(case.wd)
                for what, kernel in kernel_of_farm.items():
                    found[what].append(turbine_scores(kernel, farm.problem, case, state))
            scores = {
                what: [
                    score_farm(farm.name, len(farm.case.layout), one)
                    for farm, one in zip(examined, turbines, strict=True)
                ]
                for what, turbines in found.items()
            }
            _tell(scores["kernel"])
            yield {
                "group": group,
                **_summary(scores["kernel"]),
                "conditions": asked,
                "left_out": left_out,
                "refused": len(farms) - len(examined),
                "farms": [asdict(score) for score in scores["kernel"]],
                "by_wake_depth": [
                    asdict(part)
                    for part in score_by_wake_depth(TurbineScores.joined(found["kernel"]))
                ],
                "exact_wakes": _summary(scores["exact"]) if "exact" in scores else None,
            }

    def _drawn(self, group: str) -> list[UnseenFarm]:
        fleet = {
            "turbine": list(TURBINES),
            "turbine_counts": [7, 6, 6, 6],
            "layout": None,
            "atmosphere.wind_shear": 0.1,  # each farm gets its own
        }
        turbines = load_problem(CONFIGS / f"{SITE}.yaml", MODELS[self.name] | fleet).turbines
        return list(draw_farms(self.problem, turbines, group, self.plan.farm_cpu_s, self.seed))

    def ranking(self) -> dict[str, Any]:
        """Rank layouts around an optimum, and let FLORIS rank them again, moved by a hair."""
        problem, plan = self.problem, self.plan
        optimum = self._found("ranked", SITE)["result"]
        rng = np.random.default_rng((20_077, self.seed))
        layouts = [optimum]
        for scale in SCALES_D:
            layouts += displaced(optimum, scale * problem.rotor_diameter, plan.layouts, rng)
        wind = self._telling(optimum)
        kernel = self.kernel_of(problem)

        def energies(model: str, some: Sequence[FloatArray]) -> FloatArray:
            cases = [FarmCase(one, wind.wd, wind.ws, wind.ti) for one in some]
            if model == "kernel":
                powers = [predicted_power(kernel, case) for case in cases]
            else:
                powers = [state.power for state in self.asked("ranking", problem, cases)]
            return np.array([power.sum(axis=1) @ wind.weight for power in powers])

        true, said = energies("floris", layouts), energies("kernel", layouts)
        n = plan.layouts
        scales = []
        for number, scale in enumerate(SCALES_D):
            rows = [0, *range(1 + number * n, 1 + (number + 1) * n)]
            one = rank(scale, true[rows], said[rows])
            scales.append(
                {
                    "scale_d": scale,
                    "spearman": one.spearman,
                    "spread_pct": float(one.true_change_pct.std()),
                    "error_pct": float((one.predicted_change_pct - one.true_change_pct).std()),
                }
            )
        last = [0, *range(1 + (len(SCALES_D) - 1) * n, 1 + (len(SCALES_D) - 1) * n + plan.moved)]
        moved = []
        for hair in HAIRS_M:
            others = [
                as_written(one + rng.normal(0.0, hair, one.shape))
                for one in (layouts[row] for row in last)
            ]
            moved.append(
                {
                    "by_m": hair,
                    "floris": _against_itself(true[last], energies("floris", others)),
                    "kernel": _against_itself(said[last], energies("kernel", others)),
                }
            )
        return {"conditions": len(wind), "layouts": n, "scales": scales, "moved": moved}

    def turned(self) -> dict[str, Any]:
        """Hold FLORIS and the kernel against themselves in farms, the wind turned by a hair."""
        farms = self._drawn(DEFAULTS)
        found: dict[str, list[FarmScore]] = {"floris": [], "kernel": []}
        self.kept = KeptStates(self.kept.folder)
        for place in MOVED_FARMS:
            farm = farms[place]
            case = replace(farm.case, wd=(farm.case.wd + HAIR_DEG) % 360.0)
            before, after = (
                self.asked("turned", farm.problem, [one])[0] for one in (farm.case, case)
            )
            scores = turbine_scores(_Said(after.power), farm.problem, case, before)
            found["floris"].append(score_farm(farm.name, len(case.layout), scores))
            kernel = self.kernel_of(farm.problem)
            said, said_after = (predicted_power(kernel, one) for one in (farm.case, case))
            of_kernel = replace(scores, truth=said.ravel(), predicted=said_after.ravel())
            found["kernel"].append(score_farm(farm.name, len(case.layout), of_kernel))
        return {
            "by_deg": HAIR_DEG,
            **{model: [asdict(score) for score in scores] for model, scores in found.items()},
        }

    def claim(self, site: str) -> dict[str, Any]:
        """Search on a site, and hold the gain that the kernel claims against FLORIS's."""
        problem = self.problem_of(site)
        kernel = self.kernel_of(problem)
        layouts = self._found(digest_of(kernel), site)
        objective = Objective.of(problem, kernel)
        claimed = {name: objective.energy(layout) for name, layout in layouts.items()}
        evaluator = SampledEvaluator(problem, kernel, self.seed, self.plan.draws)
        simulator = Simulator(problem, self.pool, kept=self.kept)
        judged = evaluator.judge(layouts, simulator)
        self.kept.save()
        self.book("claims", simulator.counts.worker_cpu_s)
        result, reference = judged["result"], judged["reference"]
        gains = [
            100.0 * (claimed["result"] / claimed["reference"] - 1.0),
            100.0 * (result.aep / reference.aep - 1.0),
        ]
        return {
            "site": site,
            "turbines": problem.n_turbines,
            "reference": "grid" if problem.initial_layout is None else "given layout",
            "claimed_gain_pct": gains[0],
            "verified_gain_pct": gains[1],
            "overclaim_pct": gains[0] - gains[1],
            "standard_error_pct": 100.0 * result.aep_lead_error(reference) / reference.aep,
            "conditions": result.conditions,
        }

    def _found(self, key: str, site: str) -> dict[str, FloatArray]:
        """Return the layout that a short search finds, and what it is held against."""
        path = self.work / f"{key}-{site}.npz"
        if not path.exists():
            problem = self.problem_of(site)
            kernel, began = self.kernel_of(problem), time.process_time()
            end = began + self.plan.search_cpu_s
            found = optimise(problem, kernel, self.seed, lambda: end - time.process_time())
            self.book("searches", time.process_time() - began)
            reference = found.grid
            if problem.initial_layout is not None:
                reference = repair(problem, problem.initial_layout, self.seed)
            assert reference is not None
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, result=as_written(found.layout), reference=as_written(reference))
        return dict(np.load(path))

    def _telling(self, optimum: FloatArray) -> Conditions:
        """Return even directions, each at one of the speeds at which wakes cost most."""
        plan = ValidationPlan(directions=self.plan.directions, speeds=self.plan.speeds)
        wind = telling_rose(self.problem, optimum, plan, Simulator(self.problem, kept=self.kept))
        grid = wind.grid(wind.probability)
        directions, speeds = grid.ws.shape
        row = np.arange(directions)
        chosen = np.ravel_multi_index((row, row % speeds), grid.ws.shape)
        return grid.listed.take(chosen)


class _Said:
    """A predictor that has one answer."""

    def __init__(self, power: FloatArray) -> None:
        self.answer = power[None]

    def power(self, *_: object) -> FloatArray:
        """Return it (1, n_conditions, n) [W]."""
        return self.answer


def digest_of(kernel: Surrogate) -> str:
    """Tell a kernel from others by its weights."""
    digest = hashlib.sha256()
    for name, weights in sorted(kernel.flow.kernel.state_dict().items()):
        digest.update(name.encode() + weights.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


def examine(examiner: Examiner) -> Iterator[dict[str, Any]]:
    """Examine a kernel part by part; give what is known after each.

    What is known of the same weights is not asked again.
    """
    digest = digest_of(examiner.kernel_of(examiner.problem))
    plan = json.loads(json.dumps(asdict(examiner.plan)))
    content: dict[str, Any] = {
        "name": examiner.name,
        "command": f"python results/kernels/evaluate.py --model {examiner.name}",
        "kernel": digest,
        "versions": {package: version(package) for package in PACKAGES},
        "plan": plan | {"fewest_conditions": FEWEST},
        "cpu_s": {},
    }
    parts: dict[str, Callable[[], Any]] = {
        "groups": lambda: list(examiner.farms()),
        "ranking": examiner.ranking,
        "turned": examiner.turned,
        **{f"claim {site}": partial(examiner.claim, site) for site in examiner.plan.sites},
    }
    for part, ask in parts.items():
        exact = "-exact" * (part == "groups" and examiner.exact_of is not None)
        path = examiner.work / f"{digest}-{part.replace(' ', '-')}{exact}.json"
        known = json.loads(path.read_text("utf-8")) if path.exists() else {}
        if known.get("plan") != plan:
            examiner.cpu_s = {}
            known = {"plan": plan, "told": ask(), "cpu_s": examiner.cpu_s}
            path.write_text(json.dumps(known), "utf-8")
        if part.startswith("claim"):
            content["claims"] = [*content.get("claims", []), known["told"]]
        else:
            content[part] = known["told"]
        for account, used in known["cpu_s"].items():
            content["cpu_s"][account] = round(content["cpu_s"].get(account, 0.0) + used, 1)
        bars = [asdict(bar) | {"met": bar.met} for bar in bars_of(content)]
        yield {**content, "bars": bars}


def bars_of(content: Mapping[str, Any]) -> Iterator[Bar]:
    """Hold the figures of a kernel against its bars."""
    mape = MAPE_PCT.get(content["name"], OTHER_MAPE_PCT)
    for group in content["groups"]:
        of = group["group"]
        yield Bar(f"AEP error, median, {of} [%]", group["aep_error_median_pct"], AEP_MEDIAN_PCT)
        yield Bar(f"AEP error, worst, {of} [%]", group["aep_error_worst_pct"], AEP_WORST_PCT)
        yield Bar(f"turbine power, MAPE, {of} [%]", group["turbine_power_mape_pct"], mape)
    scales = content.get("ranking", {}).get("scales", [])
    found = {scale["scale_d"]: scale["spearman"] for scale in scales}
    for scale, least in RANKS.items():
        yield Bar(f"rank correlation at {scale:g} D", found.get(scale), least, at_least=True)
    claims = [claim["overclaim_pct"] for claim in content.get("claims", [])]
    worst = max(claims, key=abs) if claims else None
    yield Bar("claimed minus verified gain, worst site [% of AEP]", worst, CLAIM_PCT)


def _sensible(farm: UnseenFarm, state: FarmState) -> tuple[FarmCase, FarmState]:
    """Leave out the conditions in which FLORIS's wind is negative, or next to nothing."""
    case = farm.case
    keep = (state.wind_speed > SLOW * case.ws[:, None]).all(axis=1)
    some = replace(case, wd=case.wd[keep], ws=case.ws[keep], ti=case.ti[keep])
    arrays = {
        name: getattr(state, name)[keep] for name in ("power", "wind_speed", "turbulence_intensity")
    }
    return some, replace(state, **arrays)


def _summary(scores: Sequence[FarmScore]) -> dict[str, float]:
    errors = [abs(score.aep_error_pct) for score in scores]
    return {
        "aep_error_median_pct": float(np.median(errors)),
        "aep_error_worst_pct": max(errors),
        "turbine_power_mape_pct": float(np.mean([one.turbine_power_mape_pct for one in scores])),
    }


def _against_itself(before: FloatArray, after: FloatArray) -> dict[str, float]:
    """Compare the energies of an optimum and layouts around it before and after a move."""
    change = 100.0 * (after / before - 1.0)
    return {
        "spearman": rank(SCALES_D[-1], before, after).spearman,
        "change_pct": float(np.abs(change).mean()),
        "largest_change_pct": float(np.abs(change).max()),
    }


def _tell(scores: Sequence[FarmScore]) -> None:
    for one in scores:
        print(f"{one.aep_error_pct:+.3f} % {one.turbine_power_mape_pct:.3f} %  {one.name}")


def main() -> None:
    """Examine what is asked for, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", nargs="+", choices=MODELS, default=list(MODELS), metavar="NAME")
    parser.add_argument("--again", action="store_true", help="also kernels examined already")
    parser.add_argument("--exact", action="store_true", help="also FLORIS's own wakes, folded")
    parser.add_argument("--jobs", type=int, default=1, help="processes that run FLORIS")
    parser.add_argument("--work", type=Path, default=HERE.parents[1] / "build" / "kernels_examined")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        pool = stack.enter_context(worker_pool(arguments.jobs)) if arguments.jobs > 1 else None
        for name in arguments.model:
            plan = PLANS.get(name, Plan())
            exact_of = exact_surrogate if arguments.exact else None
            examiner = Examiner(name, shipped_surrogate, exact_of, arguments.work, plan, pool)
            if arguments.again:
                examiner.forget()
            for content in examine(examiner):
                lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in content.items()]
                (HERE / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
                write_readme(HERE, list(MODELS))


if __name__ == "__main__":
    main()
