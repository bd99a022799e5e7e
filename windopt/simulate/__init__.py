"""FLORIS behind one small contract, and the training data it produces."""

from windopt.simulate.dataset import (
    DATA_SHARE,
    append_cases,
    read_dataset,
    simulate_dataset,
    write_dataset,
)
from windopt.simulate.executor import available_cores, one_by_one, side_by_side, worker_pool
from windopt.simulate.floris_farm import (
    FarmState,
    free_speed_ratio,
    rotor_points,
    wake_model_hash,
)
from windopt.simulate.kept_states import KeptStates
from windopt.simulate.simulator import (
    FarmCase,
    Progress,
    SimulationCounts,
    Simulator,
    simulate_power,
)
from windopt.simulate.work import WORK

__all__ = [
    "DATA_SHARE",
    "WORK",
    "FarmCase",
    "FarmState",
    "KeptStates",
    "Progress",
    "SimulationCounts",
    "Simulator",
    "append_cases",
    "available_cores",
    "free_speed_ratio",
    "one_by_one",
    "read_dataset",
    "rotor_points",
    "side_by_side",
    "simulate_dataset",
    "simulate_power",
    "wake_model_hash",
    "worker_pool",
    "write_dataset",
]
