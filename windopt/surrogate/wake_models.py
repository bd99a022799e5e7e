"""Which structure stands for which FLORIS wake model.

One kernel serves all of them; what differs is how wakes add up and what a source's wake depends on.

===============  ==========  =======  =============  ===============  ========================
velocity model   profile     ground   superposition  turbulence adds  wake depends on
===============  ==========  =======  =============  ===============  ========================
gauss            Gaussian             as configured  largest          Ct, TI
turboparkgauss   Gaussian    mirrors  as configured  largest          Ct, TI
turbopark        Gaussian    mirrors  as configured  largest          Ct, TI
jensen           learned n            as configured  largest          Ct, TI
cc               learned n            sum            largest          Ct, TI, local wind speed
empirical_gauss  Gaussian    mirrors  as configured  sum of squares   Ct, mixing
iea37            Gaussian             sosfs          none             Ct: a formula, not learned
===============  ==========  =======  =============  ===============  ========================

With FLORIS's GCH switches wakes drift sideways: their axis is learned too.
In `cc` (``wake_velocity/cumulative_gauss_curl.py``) deficits are sums relative to the source's own
wind speed and damped by the wakes it stands in; its speed relative to free stream tells of both.
In `empirical_gauss` (``empirical_gauss_solver``) a wake widens by the mixing that upstream wakes
have left at its source, the root-sum-square of their parts; ambient turbulence plays no role.
Wakes of tilted rotors rise there, by a formula that is taken over as it is (`wake_flow`): a kernel
serves turbines of any tilt.
"""

from typing import NamedTuple

from windopt.config.wake import WakeConfig
from windopt.floris.adapter import floris_configuration, rotor_points
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.wake_flow import Deflection, FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape

AS_SIDEWAYS = -1
"""FLORIS's mark of a vertical gain that is the horizontal one."""


class Structure(NamedTuple):
    """What the wakes of a velocity model are like.

    Attributes
    ----------
    gaussian : bool
        Else the exponent of the profile is learned.
    mirrored : bool
        At the ground, where FLORIS's `include_mirror_wake` does not say otherwise.
    local_speed : bool
        They depend on the source's wind speed relative to free stream.
    superposition : str, optional
        FLORIS's name, whatever is configured.
    """

    gaussian: bool = True
    mirrored: bool = False
    local_speed: bool = False
    superposition: str | None = None


STRUCTURES = {
    "gauss": Structure(),
    "turboparkgauss": Structure(mirrored=True),
    "turbopark": Structure(mirrored=True),
    "jensen": Structure(gaussian=False),
    "cc": Structure(gaussian=False, local_speed=True, superposition="fls"),
    "empirical_gauss": Structure(mirrored=True),
    "iea37": Structure(),
    "none": Structure(gaussian=False),
}
"""By FLORIS's velocity model; `iea37` is a formula with a shape of its own (`analytic`)."""


def farm_physics(problem: LayoutProblem) -> FarmPhysics:
    """Return what is exact in a problem's farms."""
    wake, structure = problem.wake, STRUCTURES[problem.wake.velocity_model]
    return FarmPhysics(
        turbines=problem.turbines,
        air_density=problem.air_density,
        wind_shear=problem.wind_shear,
        superposition=structure.superposition or wake.combination_model,
        mirror=_is_mirrored(problem.wake),
        mixing=wake.turbulence_model == "wake_induced_mixing",
        rotor_points=rotor_points(wake),
        reference_height=problem.config.atmosphere.reference_height,
        deflection=_deflection(problem),
    )


def kernel_shape(problem: LayoutProblem) -> KernelShape:
    """Return the kernel that a problem's wake model needs."""
    structure = STRUCTURES[problem.wake.velocity_model]
    return KernelShape(
        gaussian=structure.gaussian,
        local_speed=structure.local_speed,
        drifts=problem.wake.gch,
    )


def _deflection(problem: LayoutProblem) -> Deflection | None:
    """Return how wakes rise; None where they do not, or no rotor is tilted."""
    wake = problem.wake
    tilted = any(turbine.tilt_curve.any() for turbine in problem.turbines)
    if wake.deflection_model != "empirical_gauss" or not tilted:
        return None
    known = floris_configuration(problem)["wake"]["wake_deflection_parameters"]["empirical_gauss"]
    gain = known["vertical_deflection_gain_D"]
    if gain == AS_SIDEWAYS:
        gain = known["horizontal_deflection_gain_D"]
    return Deflection(float(gain), float(known["deflection_rate"]))


def _is_mirrored(wake: WakeConfig) -> bool:
    switch = wake.parameters.get("wake_velocity_parameters", {}).get("include_mirror_wake", True)
    return STRUCTURES[wake.velocity_model].mirrored and bool(switch)
