"""Which structure stands for which FLORIS wake model.

One kernel serves all of them; what differs is how wakes add up and what a source's wake depends on.

===============  ==========  =======  =============  ===============  ========================
velocity model   profile     ground   superposition  turbulence adds  a wake depends on
===============  ==========  =======  =============  ===============  ========================
gauss            Gaussian             as configured  largest          Ct, TI
turboparkgauss   Gaussian    mirrors  as configured  largest          Ct, TI
turbopark        Gaussian    mirrors  sosfs          none             Ct, ambient TI
jensen           hard edge            as configured  largest          Ct
cc               learned n            sum            largest          Ct, TI
empirical_gauss  Gaussian    mirrors  as configured  sum of squares   Ct, mixing
iea37            Gaussian             sosfs          none             Ct: a formula, not learned
===============  ==========  =======  =============  ===============  ========================

With FLORIS's GCH switches wakes swirl, turn each other aside and mix, by formulas that are taken
over as they are (`swirl`): the same kernel serves with GCH and without.
In `cc` (``cc_solver``, ``wake_velocity/cumulative_gauss_curl.py``) deficits are shares of the
source's own wind, and all wakes so far together say which rotor points are waked. That they damp
each other too, which FLORIS lets them within some metres of exact alignment, is left out.
In `empirical_gauss` (``empirical_gauss_solver``) a wake widens by the mixing that upstream wakes
have left at its source, the root-sum-square of their parts, at any distance.
Wakes of tilted rotors rise there, by a formula that is taken over as it is (`wake_flow`): a kernel
serves turbines of any tilt.
In `turbopark` (``turbopark_solver``, ``wake_velocity/turbopark.py``) the wakes at a receiver are
the root of their squares whatever is configured; they widen by ambient turbulence and end where
rotor and wake no longer overlap.
"""

from typing import NamedTuple

from windopt.config.wake import WakeConfig
from windopt.floris.adapter import floris_configuration, rotor_points
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.swirl import Swirl
from windopt.surrogate.wake_flow import Deflection, FarmPhysics
from windopt.surrogate.wake_kernel import KernelShape, Profile

AS_SIDEWAYS = -1
"""FLORIS's mark of a vertical gain that is the horizontal one."""
STRAIGHT = ("turboparkgauss",)
"""Velocity models whose wakes no deflection model bends (``wake_velocity/turboparkgauss.py``)."""
CC_SWIRL = {"scale": 2.0, "gain": 1.0}
"""What FLORIS's ``cc_solver`` sets of swirl."""


class Structure(NamedTuple):
    """What the wakes of a velocity model are like.

    Attributes
    ----------
    profile : {"gaussian", "super", "edge"}
        See `KernelShape`.
    mirrored : bool
        At the ground, where FLORIS's `include_mirror_wake` does not say otherwise.
    cumulative : bool
        Deficits are shares of the source's own wind; see `FarmPhysics`.
    superposition : str, optional
        FLORIS's name, whatever is configured.
    turbulent : bool
        They add turbulence, if the turbulence model lets them.
    """

    profile: Profile = "gaussian"
    mirrored: bool = False
    cumulative: bool = False
    superposition: str | None = None
    turbulent: bool = True


STRUCTURES = {
    "gauss": Structure(),
    "turboparkgauss": Structure(mirrored=True),
    "turbopark": Structure(mirrored=True, superposition="sosfs", turbulent=False),
    "jensen": Structure("edge"),
    "cc": Structure("super", cumulative=True, superposition="fls"),
    "empirical_gauss": Structure(mirrored=True),
    "iea37": Structure(),
    "none": Structure("super"),
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
        cumulative=structure.cumulative,
        turbulent=structure.turbulent and wake.turbulence_model != "none",
        mixing_gain=_mixing_gain(problem.wake),
        cut=_cut(problem),
        swirl=_swirl(problem),
    )


def kernel_shape(problem: LayoutProblem) -> KernelShape:
    """Return the kernel that a problem's wake model needs."""
    structure = STRUCTURES[problem.wake.velocity_model]
    mixing = problem.wake.turbulence_model == "wake_induced_mixing"
    return KernelShape(profile=structure.profile, mixing=mixing)


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


def _swirl(problem: LayoutProblem) -> Swirl | None:
    """Return how wakes swirl; None where FLORIS's GCH is off, or there are no wakes."""
    wake = problem.wake
    if not wake.gch or wake.velocity_model == "none":
        return None
    known = floris_configuration(problem)["wake"]["wake_deflection_parameters"]["gauss"]
    taken = {name: float(known[name]) for name in ("alpha", "beta", "ka", "kb", "ad", "bd", "dm")}
    if wake.velocity_model in STRAIGHT:
        taken |= {"ad": 0.0, "bd": 0.0, "dm": 0.0}
    set_by_solver = CC_SWIRL if STRUCTURES[wake.velocity_model].cumulative else {}
    return Swirl(**taken, **set_by_solver)


def _is_mirrored(wake: WakeConfig) -> bool:
    switch = wake.parameters.get("wake_velocity_parameters", {}).get("include_mirror_wake", True)
    return STRUCTURES[wake.velocity_model].mirrored and bool(switch)


def _mixing_gain(wake: WakeConfig) -> float:
    given = wake.parameters.get("wake_turbulence_parameters", {})
    return float(given.get("atmospheric_ti_gain", 0.0))


def _cut(problem: LayoutProblem) -> float:
    """Return how many widths from their axis wakes end, beside the rotor that they hit."""
    if problem.wake.velocity_model != "turbopark":
        return 0.0
    known = floris_configuration(problem)["wake"]["wake_velocity_parameters"]["turbopark"]
    return float(known["sigma_max_rel"]) / 2.0
