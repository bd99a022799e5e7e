"""The least that a run can do with: a budget below it is refused before it is spent.

Whatever the time, a run starts its workers, draws a first layout, simulates and learns a little
where no surrogate is ready, searches, has FLORIS evaluate some layouts on a sample of the rose, and
writes its page. What that takes was measured on one core and is scaled to this one by what starting
the command took here (`pace`), and to the moment by how long work has to wait for others.
"""

from dataclasses import dataclass

from windopt.config.search import BudgetConfig
from windopt.errors import ConfigError
from windopt.ledger.began import Began
from windopt.ledger.energy import JOULES_PER_WH
from windopt.ledger.meters.base import Meter, VcpuMeter
from windopt.ledger.meters.probe import power_model
from windopt.ledger.meters.usage import Usage
from windopt.problem.other_wakes import judging_problems
from windopt.problem.problem import LayoutProblem
from windopt.runs.budget.allowance import PAGE_CPU_S
from windopt.runs.budget.pace import Pace
from windopt.runs.budget.price import decision_cpu_s, floris_cpu_s
from windopt.runs.budget.verifying import LEAST_DRAWS, layouts_to_verify
from windopt.search.compile_once import is_compiled
from windopt.surrogate.library import default_library
from windopt.workers.executor import available_cores

WORKER_CPU_S = 4.0
"""What each worker takes to import everything [CPU-s]; all figures are of the core of `pace`."""
COMPILE_CPU_S = 22.0
"""What compiling takes, once on a machine."""
LEARN_CPU_S, SIMULATE_CPU_S = 4.0, 2.5
"""The shortest training, on one core, and its farms, on all."""
SEARCH_CPU_S, SEARCH_PAIR_CPU_S = 2.5, 1e-3
"""A first layout and a search that ends at once, on one core and as much on all: with any turbines,
and for each pair of them."""
MEMORY_GB = 1.5
"""Of a small run with its workers."""


@dataclass(frozen=True)
class Least:
    """The least that a run can do with here and now, all that is spent already included.

    Attributes
    ----------
    seconds, cpu_seconds, watt_hours : float
        As in a config's budget; the last is None where unknown.
    """

    seconds: float
    cpu_seconds: float
    watt_hours: float | None


def least_of(
    problem: LayoutProblem, began: Began, pace: Pace, meter: Meter, has_to_learn: bool
) -> Least:
    """Estimate the least that a run of a problem can do with.

    Parameters
    ----------
    problem, began, pace, meter
    has_to_learn : bool
        Whether it has to simulate and train its surrogate.
    """
    cores, n = available_cores(), len(problem.all_types)
    pairs, judges = n * n, len(judging_problems(problem))
    evaluated = layouts_to_verify(problem, has_to_learn) * judges * floris_cpu_s(n, LEAST_DRAWS)
    searched = (SEARCH_CPU_S + SEARCH_PAIR_CPU_S * pairs) * (1 if judges == 1 else 2)
    decided = decision_cpu_s(n, len(problem.wind.conditions))
    alone, shared = searched + decided + PAGE_CPU_S, searched + evaluated
    if has_to_learn:
        alone, shared = alone + LEARN_CPU_S, shared + SIMULATE_CPU_S
    if not is_compiled(problem):
        alone += COMPILE_CPU_S
    alone, shared = pace.core * alone, pace.core * (shared + cores * WORKER_CPU_S)
    # the workers start while a first layout is drawn on another core
    wall_s = began.elapsed_s() + pace.alone() * alone + pace.shared() * shared / cores
    cpu_s = began.cpu_s() + alone + shared
    return Least(wall_s, cpu_s, _watt_hours(meter, wall_s, cpu_s, problem.config.energy.pue))


def refuse_too_little(budget: BudgetConfig, least: Least) -> None:
    """Refuse a budget that is below the least.

    Raises
    ------
    ConfigError
        That names the entry, its value and the least.
    """
    for key, unit in (("seconds", "s"), ("cpu_seconds", "CPU-s"), ("watt_hours", "Wh")):
        given, needed = getattr(budget, key), getattr(least, key)
        if given is None or needed is None or given >= needed:
            continue
        least_said = f"{_up(needed)} {unit}"
        raise ConfigError.of(
            f"budget.{key}",
            f"{given:g} is too little: here and now this run needs {least_said} at least",
            f"give at least {least_said}, or leave the limit out",
        )


def _watt_hours(meter: Meter, wall_s: float, cpu_s: float, pue: float) -> float | None:
    """Return what the meter will make of it; counters cannot know beforehand, the model can."""
    usage = Usage(wall_s=wall_s, cpu_s_self=cpu_s, memory_gb_s=MEMORY_GB * wall_s)
    if not meter.energy(usage).reserved.known:
        return None
    model = (
        VcpuMeter(available_cores(), power_model(default_library()))
        .energy(usage)
        .reserved.scaled(pue)
    )
    return model.central / JOULES_PER_WH


def _up(value: float) -> str:
    """Round up to two digits or whole numbers."""
    for step in (1e-4, 1e-3, 1e-2, 1e-1):
        if value < 100 * step:
            return f"{step * -(-value // step):.3g}"
    return f"{-(-value // 1):.0f}"
