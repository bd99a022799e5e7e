"""The wake surrogate: a learned kernel inside exact farm physics."""

from windopt.surrogate.checkpoint import load_surrogate, save_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import fit, held_out_errors, retrain, train_surrogate
from windopt.surrogate.wake_flow import FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_models import farm_physics, kernel_shape

__all__ = [
    "FarmPhysics",
    "KernelShape",
    "Surrogate",
    "farm_physics",
    "fit",
    "held_out_errors",
    "kernel_shape",
    "load_surrogate",
    "retrain",
    "save_surrogate",
    "train_surrogate",
]
