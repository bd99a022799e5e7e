"""On borssele, is a gain known to ±0.005 % of AEP with 5 % of the conditions?

    python results/verification/borssele.py

81 turbines. Asks FLORIS about the committed layouts of results/borssele in samples of 5 % of the
conditions, with the committed kernel of results/quickstart (trained on 25 turbines of the same
type) as control variate, and holds the gain against that of results/borssele/summary.json, which
is FLORIS's on the whole rose. Five seeds; about two CPU-minutes. Writes borssele.json and the table
in README.md.
"""

import json
from pathlib import Path

from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import Simulator
from windopt.problem.layout import read_layout_csv
from windopt.readers.load import load_problem
from windopt.surrogate.checkpoint import load_surrogate
from windopt.verification.sampled import SampledEvaluator
from windopt.workers.executor import worker_pool

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUN = ROOT / "results" / "borssele"
SEEDS, SHARE = 5, 0.05
BEGIN, END = "<!-- borssele -->", "<!-- end of borssele -->"


def main() -> None:
    """Measure and write."""
    problem = load_problem(ROOT / "configs" / "borssele.yaml")
    kernel = load_surrogate(ROOT / "results" / "quickstart" / "surrogate", problem)
    layouts = {
        "final": read_layout_csv(RUN / "layout.csv"),
        "initial": read_layout_csv(RUN / "layout_initial.csv"),
    }
    whole = json.loads((RUN / "summary.json").read_text(encoding="utf-8"))["gain_pct"]
    rows = []
    with worker_pool() as pool:
        for seed in range(SEEDS):
            simulator = Simulator(problem, pool)
            draws = int(SHARE * len(evaluated_wind(problem).conditions))
            judge = SampledEvaluator(problem, kernel, seed, draws)
            judged = judge.judge(layouts, simulator)
            final, initial = judged["final"], judged["initial"]
            rows.append(
                {
                    "seed": seed,
                    "conditions": final.conditions,
                    "of_conditions": len(judge.conditions),
                    "gain_pct": 100.0 * (final.aep / initial.aep - 1.0),
                    "gain_standard_error_pct": 100.0 * final.lead_error(initial) / initial.aep,
                    "whole_rose_gain_pct": whole,
                    "floris_cpu_s": simulator.counts.worker_cpu_s,
                }
            )
            print(rows[-1], flush=True)
    (HERE / "borssele.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    lines = ["| seed | conditions | gain, told | error, told | gain, whole rose | FLORIS [CPU-s] |"]
    lines.append("|---|---|---|---|---|---|")
    lines += [
        f"| {one['seed']} | {one['conditions']} of {one['of_conditions']:,} | "
        f"{one['gain_pct']:+.4f} % | {one['gain_standard_error_pct']:.4f} | "
        f"{one['whole_rose_gain_pct']:+.4f} % | {one['floris_cpu_s']:.0f} |"
        for one in rows
    ]
    path = HERE / "README.md"
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    path.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
