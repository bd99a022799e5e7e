"""What work takes on a plain core, by its counts: the same on every machine and at every hour.

What a run may ask of FLORIS besides its search goes by these prices, not by the clock: so the same
config and seed lead to the same questions and the same layout. Measured on the runs in `results/`
(their ledgers hold counts and processor time of every stage).
"""

from collections.abc import Mapping

STEP_CPU_S = 0.04
"""A training step [CPU-s]."""
PASSES_PER_CPU_S, MORE_PER_TURBINE = 3e9, 5.5e7
"""Operations of the surrogate a CPU-second, and how many more with each turbine."""
ALONE_CPU_S, PAIR_CPU_S = 2e-5, 5.5e-6
"""A turbine in a condition in FLORIS, and each pair of turbines there [CPU-s]."""

DECISION_CPU_S, PREDICTIONS, PREDICTED_PAIR_CPU_S = 1.2, 12, 8e-9
"""A decision without its predictions [CPU-s], how many these are, and what one takes for each pair
of turbines in each condition [CPU-s]."""


def floris_cpu_s(turbines: int, conditions: float) -> float:
    """Return what FLORIS takes for a farm in some conditions, about [CPU-s]."""
    return conditions * turbines * (ALONE_CPU_S + PAIR_CPU_S * turbines)


def decision_cpu_s(turbines: int, conditions: int) -> float:
    """Return what it takes to compare the evaluated layouts and to write them down, about [CPU-s].

    The surrogate says for each of them what it predicts, and who found the answer.
    """
    return DECISION_CPU_S + PREDICTIONS * conditions * turbines**2 * PREDICTED_PAIR_CPU_S


def work_cpu_s(counts: Mapping[str, int], turbines: int) -> float:
    """Return what counted work takes for a farm of so many turbines, about [CPU-s]."""
    simulated = counts.get("floris_turbine_conditions", 0) / turbines
    speed = PASSES_PER_CPU_S + MORE_PER_TURBINE * turbines
    return (
        floris_cpu_s(turbines, simulated)
        + STEP_CPU_S * counts.get("training_steps", 0)
        + counts.get("surrogate_flops", 0) / speed
    )
