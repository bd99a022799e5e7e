"""Measure how well regular grids are searched: `python results/grids/measure.py`.

On the quickstart site, with the kernel that ships: AEP of the best grid by that kernel, and what
the search takes, from several sequences of lattices and with more of them.
"""

import json
import time
from dataclasses import replace
from pathlib import Path

from windopt.readers.load import load_problem
from windopt.search.context import SearchTask
from windopt.search.grids import ranked_grids
from windopt.search.settings import SearchSettings
from windopt.surrogate.source import surrogate_for

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "configs" / "quickstart.yaml"
SEQUENCES, SAMPLES = (0, 1, 2), (512, 2048)


def measure() -> list[dict[str, float]]:
    """Search from every sequence, with few and with many lattices."""
    problem = load_problem(CONFIG)
    surrogate, settings = surrogate_for(problem), SearchSettings.of(problem.config)
    context = SearchTask(problem, surrogate, settings).context()
    context.objective.value(context.objective.problem.initial_layout)  # compiled now at the latest
    rows = []
    for samples in SAMPLES:
        grids = replace(settings.grids, samples=samples)
        some = replace(context, settings=replace(settings, grids=grids))
        for sequence in SEQUENCES:
            began = time.process_time()
            best = ranked_grids(some, sequence)[0]
            cpu_s = time.process_time() - began
            aep_gwh = context.objective.value(best.layout) / 1e9
            rows.append(
                {
                    "samples": samples,
                    "sequence": sequence,
                    "aep_predicted_gwh": round(aep_gwh, 2),
                    "cpu_s": round(cpu_s, 1),
                    "bearing_deg": round(best.lattice.bearing, 1),
                    "spacing_in_row_d": round(
                        best.lattice.spacing_in_row / problem.rotor_diameter, 2
                    ),
                    "row_spacing_d": round(best.lattice.row_spacing / problem.rotor_diameter, 2),
                }
            )
    return rows


if __name__ == "__main__":
    (HERE / "grids.json").write_text(json.dumps(measure(), indent=2) + "\n")
