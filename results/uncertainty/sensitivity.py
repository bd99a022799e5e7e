"""The sensitivity of AEP to the wind speed: as windopt computes it, and as FLORIS has it.

    python results/uncertainty/sensitivity.py

FLORIS judges given layouts at 0.99 and 1.01 times the wind speeds of their roses, each class of
speeds spread over its width, in every fifteenth direction; beside it stands what windopt computes
from power curves and wake loss, and what turbines without wakes would have. It writes
`sensitivity.md` in five minutes of one core.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from windopt.assessment.speed_sensitivity import classes_spread, log_slope, speed_sensitivity
from windopt.floris.simulator import SimulationCounts, Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.verification.evaluate import judge
from windopt.verification.evaluated import EvaluatedLayout

ROOT = Path(__file__).parents[2]
CONFIGS = ("quickstart", "hornsrev")
EVERY, PARTS = 15, 6
"""Directions of which one is looked at, and speeds that a class is spread over."""


def in_few_directions(problem: LayoutProblem) -> LayoutProblem:
    """Return a problem with fewer directions and finer speeds."""
    wind = classes_spread(problem.wind, PARTS)
    kept = np.arange(0, len(wind.wind_direction), EVERY)
    probability = wind.probability[kept]
    fewer = replace(
        wind,
        wind_direction=wind.wind_direction[kept],
        probability=probability / probability.sum(),
        turbulence_intensity=wind.turbulence_intensity[kept],
    )
    return replace(problem, wind=fewer)


def faster(problem: LayoutProblem, factor: float) -> LayoutProblem:
    """Return a problem with other wind speeds."""
    wind = problem.wind
    return replace(problem, wind=replace(wind, wind_speed=factor * wind.wind_speed))


def main() -> None:
    """Measure, and write the table."""
    rows = [
        "| config | turbines | wake loss [%] | S by FLORIS | S in the budget | S without wakes |",
        "|---|---|---|---|---|---|",
    ]
    for name in CONFIGS:
        problem = in_few_directions(load_problem(ROOT / "configs" / f"{name}.yaml"))
        layout = problem.initial_layout
        assert layout is not None

        def judged(
            factor: float, problem: LayoutProblem = problem, layout: FloatArray = layout
        ) -> EvaluatedLayout:
            other = faster(problem, factor)
            return judge(other, {"it": layout}, Simulator(other, None, SimulationCounts()))["it"]

        loss = judged(1.0).wake_loss_pct
        told = [
            log_slope(lambda factor: judged(factor).aep),
            *(speed_sensitivity(problem, layout, one) for one in (loss, 0.0)),
        ]
        cells = " | ".join(f"{one:.3f}" for one in told)
        rows.append(f"| `{name}` | {problem.n_turbines} | {loss:.1f} | {cells} |")
        print(rows[-1], flush=True)
    (Path(__file__).parent / "sensitivity.md").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
