"""A surrogate as numbers in a page: what `wake.js` computes the flow of a farm with.

They are the `Constants` of the compiled loops, and the constants of the modules that these take
from elsewhere: one source for both. Learned tables go in single precision, as they were learned.
"""

from typing import Any

import torch

from windopt.problem.speed_up import SpeedUp
from windopt.report.live.arrays import packed
from windopt.surrogate.compiled import wake
from windopt.surrogate.compiled.constants import constants
from windopt.surrogate.curves import CT_MAX, CT_MIN
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.tables import CT_FIRST, CT_SHIFT, CT_STEP
from windopt.surrogate.wake_flow import (
    FAINT,
    FAR,
    NO_MIXING,
    OVERLAP_DEFICIT,
    TILT_EXPONENT,
    TINY,
    TURBULENCE_HALF_WIDTH_D,
    TURBULENCE_REACH_D,
)
from windopt.surrogate.wake_kernel import FIRST_KNOT, KNOT_STEP, SCALE_D
from windopt.surrogate.wake_pairs import MIN_DOWNSTREAM_M

FIXED = {
    "faint": FAINT,
    "far": FAR,
    "tiny": TINY,
    "noMixing": NO_MIXING,
    "overlapDeficit": OVERLAP_DEFICIT,
    "tiltExponent": TILT_EXPONENT,
    "turbulenceHalfWidth": TURBULENCE_HALF_WIDTH_D,
    "turbulenceReach": TURBULENCE_REACH_D,
    "firstKnot": FIRST_KNOT,
    "knotStep": KNOT_STEP,
    "scale": SCALE_D,
    "lastPlace": wake.LAST_PLACE,
    "minDownstream": MIN_DOWNSTREAM_M,
    "ctFirst": CT_FIRST,
    "ctShift": CT_SHIFT,
    "ctStep": CT_STEP,
    "ctMin": CT_MIN,
    "ctMax": CT_MAX,
}
"""Of the equations, by their names in `wake.js`."""


def kernel_of(surrogate: Surrogate, largest_ti: float) -> dict[str, Any]:
    """Return a surrogate's numbers for a page.

    Parameters
    ----------
    surrogate : Surrogate
    largest_ti : float [-]
        Ambient turbulence by which the reach of wakes is drawn.
    """
    c = constants(surrogate.flow)
    half_width, growth = surrogate.flow.reach(largest_ti, torch.arange(len(c.diameter)))
    curves = c.curves
    return {
        "fixed": FIXED,
        "table": packed(c.table, "f4"),
        "offset": c.offset.tolist(),
        "first": c.first.tolist(),
        "end": c.end.tolist(),
        "branch": packed(c.branch, "f4"),
        "ambientBranch": packed(c.ambient_branch, "f4"),
        "ti": [c.ti_floor, c.ti_first, c.ti_step],
        "ambient": [c.ambient_first, c.ambient_step],
        "strip": packed(c.strip),
        "halfWidth": half_width.double().tolist(),
        "growth": float(growth),
        "margin": c.margin.tolist(),
        "profile": ("gaussian", "super", "edge")[c.profile],
        "superposition": ("sosfs", "fls", "max")[c.superposition],
        **{
            name: bool(getattr(c, name))
            for name in ("mirror", "mixing", "turbulent", "cumulative", "lifts")
        },
        "mixingGain": c.mixing_gain,
        "cut": c.cut,
        "liftGain": c.lift_gain,
        "liftRate": c.lift_rate,
        "diameter": c.diameter.tolist(),
        "densityFactor": c.density_factor.tolist(),
        "curves": {
            "last": curves.last.tolist(),
            "speed": packed(curves.speed),
            "power": packed(curves.power),
            "thrust": packed(curves.thrust),
            "tilt": packed(curves.tilt) if c.lifts else None,
        },
        "columns": list(c.columns),
        "rowWeight": c.row_weight.tolist(),
        "shear": packed(c.speed_up),
        "above": packed(c.above),
        "image": packed(c.image),
    }


def speed_up_of(speed_up: SpeedUp | None) -> dict[str, Any] | None:
    """Return how the free wind varies over the site; None where it does not."""
    if speed_up is None:
        return None
    return {
        "x": packed(speed_up.x),
        "y": packed(speed_up.y),
        "direction": packed(speed_up.wind_direction),
        "falling": packed(speed_up.falling, "u4"),
        "factor": packed(speed_up.factor, "f4"),
    }
