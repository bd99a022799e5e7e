"""The wake surrogate: a learned kernel inside exact farm physics."""

from windopt.surrogate.checkpoint import load_surrogate, save_surrogate
from windopt.surrogate.surrogate import Surrogate, farm_physics
from windopt.surrogate.training import fit, held_out_errors, retrain, train_surrogate
from windopt.surrogate.wake_flow import FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape

__all__ = [
    "FarmPhysics",
    "KernelShape",
    "Surrogate",
    "farm_physics",
    "fit",
    "held_out_errors",
    "load_surrogate",
    "retrain",
    "save_surrogate",
    "train_surrogate",
]
