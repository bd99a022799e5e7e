"""FLORIS's own wake functions, folded as a shipped kernel is: what the networks do not add."""

import numpy as np

from windopt.floris.adapter import floris_configuration
from windopt.floris.wake_parameters import TURBULENCE, VELOCITY, vector
from windopt.floris.wake_points import added_turbulence, wake_shape
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.conditioned import LEARNED_AMBIENT, LEARNED_CT, LEARNED_D, LEARNED_TI
from windopt.surrogate.shipped import folded_surrogate
from windopt.surrogate.surrogate import Surrogate


def exact_surrogate(problem: LayoutProblem) -> Surrogate:
    """Return a problem's surrogate whose kernel is FLORIS's own wake, folded."""
    wake, given = problem.wake, floris_configuration(problem)["wake"]
    model, turbulence = wake.velocity_model, wake.turbulence_model
    velocity = vector(VELOCITY[model], given["wake_velocity_parameters"][model])
    exponents = vector(
        TURBULENCE[turbulence], given["wake_turbulence_parameters"].get(turbulence) or {}
    )
    mixing = turbulence == "wake_induced_mixing"

    def shape_of(distance: FloatArray, ct: FloatArray, ti: FloatArray) -> FloatArray:
        known = np.clip(ti, *((0.0, 1.0) if mixing else LEARNED_TI))
        with np.errstate(all="ignore"):
            return wake_shape(
                model, velocity, np.clip(distance, *LEARNED_D), np.clip(ct, *LEARNED_CT), known
            )

    def added(distance: FloatArray, ct: FloatArray, ti: FloatArray) -> FloatArray:
        known = np.clip(ct, *LEARNED_CT), np.clip(ti, *LEARNED_AMBIENT)
        return added_turbulence(turbulence, exponents, distance, *known)[..., None]

    adds = turbulence != "none" and model != "turbopark"
    return folded_surrogate(problem, shape_of, added if adds else None)
