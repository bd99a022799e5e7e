"""The wake surrogate: a learned kernel inside exact farm physics."""

from windopt.surrogate.analytic import analytic_surrogate, is_formula
from windopt.surrogate.checkpoint import load_surrogate, save_surrogate
from windopt.surrogate.library import (
    LibraryEntry,
    add_to_library,
    default_library,
    find_in_library,
    fitting_entries,
    library_entries,
)
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.training import TRAIN_SHARE, fit, held_out_errors, retrain, train_surrogate
from windopt.surrogate.uncertainty import doubt_surrogate
from windopt.surrogate.wake_flow import FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape
from windopt.surrogate.wake_models import farm_physics, kernel_shape

__all__ = [
    "TRAIN_SHARE",
    "FarmPhysics",
    "KernelShape",
    "LibraryEntry",
    "Surrogate",
    "add_to_library",
    "analytic_surrogate",
    "default_library",
    "doubt_surrogate",
    "farm_physics",
    "find_in_library",
    "fit",
    "fitting_entries",
    "held_out_errors",
    "is_formula",
    "kernel_shape",
    "library_entries",
    "load_surrogate",
    "retrain",
    "save_surrogate",
    "train_surrogate",
]
