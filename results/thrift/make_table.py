"""Energy against fidelity: how thrifty can the surrogate be?

    python results/thrift/make_table.py [--seed 0]

FLORIS's gauss on configs/quickstart.yaml. Surrogates of several sizes are trained on the same data
with the same settings; the default one's weights are then stored with fewer bits, or the smallest
of them set to zero; and it is trained on fewer farms in fewer steps, as where a budget leaves
little time. Each is asked to rank the layouts around the committed optimum
(results/quickstart/layout.csv), FLORIS being asked once for all. Everything runs on this machine
and no data leave it. Writes thrift.json and README.md beside this file; the naive network's line
comes from ../surrogates/naive_peers.json.

Energy is that of one busy virtual processor, E = 3.5 W x CPU-seconds (windopt's per-vCPU model,
band 0.3 to 3), for data and training. The rank error is 1 - r, with r Spearman's correlation of
predicted and true AEP over 20 layouts at each of three distances from the optimum; guessing has a
rank error of 1, so that E / r is the energy per unit of rank error that learning has removed.
"""

import argparse
import copy
import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import torch

from windopt.floris.dataset import simulate_dataset
from windopt.floris.simulator import Simulator
from windopt.ledger.meters.power_model import GENERIC_BAND
from windopt.ledger.meters.processors import GENERIC
from windopt.problem.layout import read_layout_csv
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.surrogate import training
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import train_surrogate
from windopt.surrogate.wake_kernel import KernelShape
from windopt.verification.unseen_farms import ValidationPlan
from windopt.verification.validation import validate_surrogate
from windopt.workers.executor import worker_pool

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SIZES = {"rank 1, width 4": (1, 4), "rank 2, width 8": (2, 8), "rank 4, width 16": (4, 16)}
SIZES |= {"rank 6, width 24 (the default)": (6, 24), "rank 10, width 48": (10, 48)}
DEFAULT = "rank 6, width 24 (the default)"
PRUNED = (0.3, 0.6, 0.9)
HURRIED = ((13, 100), (26, 300), (60, 300))
"""Farms, each in 20 conditions, and steps."""
PLAN = ValidationPlan(sizes=(9, 25, 64), spacings_d=(3.5, 7.0))
"""Unseen farms, and 20 layouts at 0.5, 0.2 and 0.05 D around the optimum."""
HEAD = """\
# Thrift: energy against fidelity

`python results/thrift/make_table.py` trains surrogates of several sizes on the same FLORIS data
(gauss, `configs/quickstart.yaml`, {data:.0f} CPU-s of FLORIS), stores the default one's weights
with fewer bits or prunes them, trains it on fewer farms in fewer steps (`windopt` does so where a
budget is short), and lets each rank 60 layouts around the optimum that FLORIS has ranked.
Energy is E = 3.5 W x CPU-seconds of data and training (per-vCPU model, band 0.3 to 3): the same
data for all of ours where nothing else is said. Rank error is 1 - r, Spearman's r averaged over
three distances from the optimum; J / r is energy per unit of rank error removed. Rounding and
pruning cost nothing and save memory only: the search never evaluates the network, but tables made
of it, in double precision.
The plain networks are those of [naive_peers](../surrogates/naive_peers.md), with four times the
data, their tuning counted as training. No data leave the machine.

"""


class Remembering(Executor):
    """Gives the same answer to the same question without asking again."""

    def __init__(self, pool: Executor) -> None:
        self.pool, self.answers = pool, dict[Any, Future[Any]]()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Ask, or remember."""
        key = (fn, *(a.tobytes() if isinstance(a, np.ndarray) else str(a) for a in args))
        if key not in self.answers:
            self.answers[key] = self.pool.submit(fn, *args, **kwargs)
        return self.answers[key]


def main() -> None:
    """Train, squeeze, validate_surrogate and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    problem = load_problem(ROOT / "configs" / "quickstart.yaml", {"robust": None})
    optimum = read_layout_csv(ROOT / "results" / "quickstart" / "layout.csv")
    rows = []
    with worker_pool() as pool:
        simulator = Simulator(problem, pool)
        dataset = simulate_dataset(problem, simulator, seed)
        data_cpu_s = simulator.counts.worker_cpu_s
        floris = Remembering(pool)

        def examined(
            name: str, surrogate: Surrogate, cpu_s: float, own_data_cpu_s: float | None = None
        ) -> None:
            found = validate_surrogate(
                surrogate, problem, optimum=optimum, plan=PLAN, seed=seed, executor=floris
            )
            r = [ranking.spearman for ranking in found.rankings]
            rows.append(
                {
                    "name": name,
                    "parameters": sum(p.numel() for p in surrogate.parameters()),
                    "data_cpu_s": data_cpu_s if own_data_cpu_s is None else own_data_cpu_s,
                    "training_cpu_s": cpu_s,
                    "turbine_power_mape_pct": surrogate.facts["errors"]["turbine_power_mape_pct"],
                    "spearman": r,
                    "aep_error_median_pct": float(
                        np.median([abs(farm.aep_error_pct) for farm in found.farms])
                    ),
                }
            )
            print(rows[-1], flush=True)

        for name, (rank, width) in SIZES.items():
            surrogate, cpu_s = trained(problem, dataset, KernelShape(rank, width), seed)
            examined(name, surrogate, cpu_s)
            if name == DEFAULT:
                for squeeze, squeezed in squeezed_ones(surrogate):
                    examined(f"the default, {squeeze}", squeezed, cpu_s)
        for farms, steps in HURRIED:
            less = {"simulate.farms": farms, "simulate.conditions": 20 * farms}
            brief = load_problem(problem.config, less | {"train.steps": steps})
            simulator = Simulator(brief, pool)
            few = simulate_dataset(brief, simulator, seed)
            surrogate, cpu_s = trained(brief, few, KernelShape(*SIZES[DEFAULT]), seed)
            name = f"the default, {farms} farms in {steps} steps"
            examined(name, surrogate, cpu_s, simulator.counts.worker_cpu_s)
    content = {"seed": seed, "data_cpu_s": data_cpu_s, "rows": rows}
    (HERE / "thrift.json").write_text(json.dumps(content, indent=1) + "\n")
    publish(content)


def trained(
    problem: LayoutProblem, dataset: Any, shape: KernelShape, seed: int
) -> tuple[Surrogate, float]:
    """Train a surrogate of a given size; gives it with what that took [CPU-s]."""
    usual = training.kernel_shape
    training.kernel_shape = lambda _: shape  # type: ignore[assignment]
    try:
        began = time.process_time()
        return train_surrogate(problem, seed, dataset), time.process_time() - began
    finally:
        training.kernel_shape = usual


def squeezed_ones(surrogate: Surrogate) -> Iterable[tuple[str, Surrogate]]:
    """Give copies of a surrogate whose weights are stored with less."""

    def changed(how: Callable[[torch.Tensor], torch.Tensor]) -> Surrogate:
        other = copy.deepcopy(surrogate)
        with torch.no_grad():
            for parameter in other.parameters():
                parameter.copy_(how(parameter))
        return other

    yield "weights in bfloat16", changed(lambda p: p.to(torch.bfloat16).to(p.dtype))
    yield "weights in int8", changed(_in_int8)
    for share in PRUNED:

        def pruned(p: torch.Tensor, share: float = share) -> torch.Tensor:
            if p.ndim < 2:
                return p
            least = p.abs().flatten().kthvalue(max(1, round(share * p.numel()))).values
            return torch.where(p.abs() > least, p, torch.zeros_like(p))

        yield f"{100 * share:.0f} % of each matrix pruned", changed(pruned)


def _in_int8(p: torch.Tensor) -> torch.Tensor:
    scale = float(p.abs().max()) / 127.0
    if scale == 0.0:
        return p
    return torch.quantize_per_tensor(p.detach().float(), scale, 0, torch.qint8).dequantize().to(p)


def publish(content: dict[str, Any]) -> None:
    """Write the table."""
    text = HEAD.format(data=content["data_cpu_s"])
    heads = ("surrogate", "parameters", "training [CPU-s]", "energy [J] (band)")
    text += line((*heads, "AEP error, median [%]", "rank error", "J / r")) + line(["---"] * 7)
    for row in content["rows"]:
        cpu_s = row["data_cpu_s"] + row["training_cpu_s"]
        text += line(cells(row, cpu_s))
    peers = json.loads((HERE.parent / "surrogates" / "naive_peers.json").read_text())
    text += "".join(line(cells(row, cpu_s)) for row, cpu_s in naive(peers))
    (HERE / "README.md").write_text(text, encoding="utf-8")


def cells(row: dict[str, Any], cpu_s: float) -> list[str]:
    """Put one surrogate into a line of the table."""
    r = float(np.mean(row["spearman"]))
    joules = GENERIC.full_w * cpu_s
    error = row["aep_error_median_pct"]
    return [
        row["name"],
        f"{row['parameters']:,}",
        f"{row['training_cpu_s']:.0f}",
        f"{joules:,.0f} ({joules * GENERIC_BAND.low:,.0f}-{joules * GENERIC_BAND.high:,.0f})",
        "cannot say" if error is None else f"{error:.3f}",
        f"{1 - r:.4f}",
        f"{joules / r:,.0f}" if r > 0 else "no use",
    ]


def naive(peers: dict[str, Any]) -> Iterable[tuple[dict[str, Any], float]]:
    """Give the naive peers' rows, with what data, tuning and training took [CPU-s]."""
    for name in ("message-passing network", "network on raw coordinates"):
        one = peers[name]
        figures = one["figures"]
        row = {
            "name": f"{name} (its own optimum)",
            "parameters": one["parameters"],
            "training_cpu_s": one["training_cpu_s"] + one["tuning_cpu_s"],
            "spearman": [figures[f"rank correlation at {d} D"] for d in ("0.5", "0.2", "0.05")],
            "aep_error_median_pct": figures["AEP error, median [%]"],
        }
        yield row, one["data_cpu_s"] + row["training_cpu_s"]


def line(row: Iterable[str]) -> str:
    """Join the cells of a Markdown table's line."""
    return f"| {' | '.join(row)} |\n"


if __name__ == "__main__":
    main()
