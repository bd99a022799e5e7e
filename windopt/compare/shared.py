"""The surrogate that `windopt_reused` takes: trained once for a problem, paid for by nobody.

What simulating its data and training it took is told apart, as the debt that all farms share which
use it.
"""

from pathlib import Path
from typing import Any

from windopt.floris.dataset import simulate_dataset
from windopt.floris.simulator import Simulator
from windopt.ledger.ledger import Ledger
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.library import find_in_library
from windopt.surrogate.training import train_surrogate
from windopt.workers.executor import worker_pool

OTHER_SEED = 1_000
"""Added to the config's seed: no method learns from the data that this surrogate has seen."""
CPU_S = "training_cpu_s"
"""On the card: processor time of simulating and training [s]."""


def prepare_surrogate(problem: LayoutProblem, library: Path, ledger: Ledger) -> dict[str, Any]:
    """Train a problem's shared surrogate into a library of its own, where it is not there yet.

    Returns
    -------
    debt : dict
        `cpu_s` [s], `energy_wh` (low, central, high [Wh] and method), `seed` and `surrogate`, the
        name of the library's entry.
    """
    entry, seed = find_in_library(problem, library), problem.seed + OTHER_SEED
    if entry is None:
        before = ledger.totals()
        with worker_pool(problem.config.workers) as pool, ledger.stage("simulate") as stage:
            simulator = Simulator(problem, pool)
            dataset = simulate_dataset(problem, simulator, seed)
            stage.count(floris_evaluations=simulator.counts.evaluations)
        with ledger.stage("train") as stage:
            surrogate = train_surrogate(problem, seed, dataset)
            stage.count(training_steps=problem.config.train.steps)
        used = ledger.totals().without(before)
        folder = library / f"{problem.wake.velocity_model}-{surrogate.fingerprint}"
        surrogate.facts |= {"energy_debt_wh": used.energy_wh, CPU_S: used.cpu_s}
        surrogate.save(folder)
        ledger.asset("surrogate", folder, [], fingerprint=surrogate.fingerprint)
        entry = find_in_library(problem, library)
        assert entry is not None
    facts = entry.card["facts"]
    return {
        "cpu_s": facts[CPU_S],
        "energy_wh": facts["energy_debt_wh"],
        "seed": seed,
        "surrogate": entry.path.name,
    }
