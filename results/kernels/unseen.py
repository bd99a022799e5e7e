"""The farms on which the shipped kernels are examined: none of them has been learned from.

Each has a layout, turbines, hub heights, wind shear and, in one of the two groups, parameters of
the wake model of its own. Wind speeds and directions are drawn from the site's rose; turbulence in
half of the conditions too, in the others from the range that kernels know.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from windopt.config.wake import WakeConfig
from windopt.floris.sampling import TURBULENCE_INTENSITY, jittered_grid, random_farm
from windopt.floris.simulator import FarmCase
from windopt.floris.wake_parameters import TURBULENCE, VELOCITY, Parameter, as_given, draw
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine

DEFAULTS, RANDOM = "defaults", "random parameters"
GROUPS = (DEFAULTS, RANDOM)
TURBINES = (
    "hornsrev/v80.csv",
    "suite/nrel_5mw.yaml",
    "floris:iea_22MW",
    "windIO:plant_energy_turbine/IEA37_3.35MW_turbine.yaml",
)
"""As a config names them; none of them is that of the site."""
FARMS = (
    (9, "random", 3.5),
    (12, "jittered", 7.0),
    (16, "displaced", 4.0),
    (25, "random", 5.0),
    (36, "jittered", 3.5),
    (36, "displaced", 5.0),
    (49, "random", 7.0),
    (64, "jittered", 5.0),
    (64, "displaced", 3.5),
    (81, "random", 3.5),
    (100, "jittered", 3.5),
    (100, "displaced", 7.0),
    (144, "random", 5.0),
    (200, "jittered", 4.0),
)
"""Turbines, kind of layout, mean spacing [D]."""
MIXED, STRONG = (3, 7, 9, 12), (1, 4, 8, 11)
"""Places in `FARMS` of those with two types of turbines, and with the thrust of `THRUST`."""
HUB_HEIGHTS = (0.8, 1.0, 1.2, 1.4)
"""Over the turbine's own; no hub is lower than `LOWEST_HUB`."""
LOWEST_HUB, HIGHEST_SHEAR, THRUST = 0.55, 0.2, 0.89
"""[D], [-] and, all over below rated power, [-]."""
DISPLACEMENT_D = 0.1
COMBINATIONS = ("sosfs", "sosfs", "max", "sosfs", "fls")
"""Of the farms with random parameters, in turn."""
DIRECTIONS, FEWEST = 360, 24
"""Conditions of a farm, unless it is so large that FLORIS takes too long, and then at least."""
CONDITION_CPU_S = 5e-4
PAIR_CPU_S = {"cc": 1e-5, "turboparkgauss": 2e-6, "jensen": 1.6e-6}
OTHER_PAIR_CPU_S = 3.6e-6
"""What FLORIS takes for a condition, and for a pair of turbines in it [s]."""


BENDING = (
    *VELOCITY["gauss"],
    Parameter("ad", -5.0, 5.0),
    Parameter("bd", -0.01, 0.01),
    Parameter("dm", 0.5, 1.5),
)
"""Deflection parameters with GCH: no kernel learns them."""


@dataclass(frozen=True, eq=False)
class UnseenFarm:
    """A farm to ask FLORIS and a kernel about.

    Attributes
    ----------
    name, group : str
    problem : LayoutProblem
        Its wake model, turbines and air.
    case : FarmCase
    """

    name: str
    group: str
    problem: LayoutProblem
    case: FarmCase


def draw_farms(
    problem: LayoutProblem, turbines: tuple[Turbine, ...], group: str, cpu_s: float, seed: int
) -> Iterator[UnseenFarm]:
    """Draw the farms of a group.

    Parameters
    ----------
    problem : LayoutProblem
        Site and wake model.
    turbines : tuple of Turbine
        As of `TURBINES`.
    cpu_s : float [s]
        What FLORIS may take for a farm, about.
    """
    for i, (n, kind, spacing) in enumerate(FARMS):
        rng = np.random.default_rng((20_261, seed, GROUPS.index(group), i))
        fleet = _fleet(turbines, i, rng)
        shear = HIGHEST_SHEAR * float(rng.random())
        types = rng.integers(0, len(fleet), n)
        layout = _layout(kind, n, spacing, rng)
        conditions = _conditions(problem, n, cpu_s, rng)
        wake = problem.wake
        if group == RANDOM:
            wake = with_random_parameters(wake, COMBINATIONS[i % len(COMBINATIONS)], rng)
        own = replace(
            problem,
            turbines=fleet,
            types=types,
            n_turbines=n,
            wind_shear=shear,
            wake=wake,
            initial_layout=None,
        )
        case = FarmCase(layout * own.rotor_diameter, *conditions, types if len(fleet) > 1 else None)
        words = " and ".join(dict.fromkeys(turbine.name.split(",")[0] for turbine in fleet))
        thrust = f", thrust {THRUST}" if i in STRONG else ""
        name = f"{kind} {n}, {spacing:g} D, {words}{thrust}, shear {shear:.2f}"
        yield UnseenFarm(f"{name}, {wake.combination_model}", group, own, case)


def with_random_parameters(
    wake: WakeConfig, combination: str, rng: np.random.Generator
) -> WakeConfig:
    """Return a wake model with its parameters drawn from the ranges that kernels know."""
    parameters = {}
    for kind, known, model in (
        ("velocity", VELOCITY, wake.velocity_model),
        ("turbulence", TURBULENCE, wake.turbulence_model),
    ):
        if drawn := known.get(model, ()):
            parameters[f"wake_{kind}_parameters"] = as_given(drawn, draw(drawn, 1, rng)[0])
    if wake.gch:
        bending = draw(BENDING, 1, rng)[0]
        parameters["wake_deflection_parameters"] = as_given(BENDING, bending)
    content = wake.model_dump() | {"combination_model": combination, "parameters": parameters}
    return WakeConfig.model_validate(content)


def _fleet(turbines: tuple[Turbine, ...], i: int, rng: np.random.Generator) -> tuple[Turbine, ...]:
    """Choose the types of the farm at a place in `FARMS`."""
    chosen = [turbines[i % len(turbines)]]
    if i in MIXED:
        chosen.append(turbines[(i + 1) % len(turbines)])
    return tuple(
        _varied(turbine, float(rng.choice(HUB_HEIGHTS)), i in STRONG) for turbine in chosen
    )


def _varied(turbine: Turbine, height: float, strong: bool) -> Turbine:
    hub = max(height * turbine.hub_height, LOWEST_HUB * turbine.rotor_diameter)
    thrust = turbine.thrust_coefficient
    if strong:
        below = (turbine.power > 0) & (turbine.power < 0.999 * turbine.rated_power)
        thrust = np.where(below, THRUST, np.minimum(thrust, THRUST))
    name = f"{turbine.name}, hub {hub:.0f} m"
    return replace(turbine, name=name, hub_height=hub, thrust_coefficient=thrust)


def _layout(kind: str, n: int, spacing: float, rng: np.random.Generator) -> FloatArray:
    """Draw a layout (n, 2) [D]."""
    if kind == "random":
        return random_farm(n, spacing, rng)
    if kind == "jittered":
        return jittered_grid(n, spacing, rng)
    columns = int(np.ceil(np.sqrt(n)))
    grid = spacing * np.stack(np.divmod(np.arange(n), columns), axis=1)
    return np.asarray(grid + rng.normal(0.0, DISPLACEMENT_D, grid.shape))


def _conditions(
    problem: LayoutProblem, n: int, cpu_s: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw wind directions, speeds and turbulence (n_conditions,) each."""
    pair = PAIR_CPU_S.get(problem.wake.velocity_model, OTHER_PAIR_CPU_S)
    affordable = int(cpu_s / (CONDITION_CPU_S + pair * n * n))
    count = int(np.clip(affordable, FEWEST, DIRECTIONS))
    site = problem.wind.conditions
    drawn = rng.choice(len(site), count, p=site.weight / site.weight.sum())
    wd = (np.arange(count) + rng.random()) * 360.0 / count % 360.0
    uniform = rng.uniform(*TURBULENCE_INTENSITY, count)
    return wd, site.ws[drawn], np.where(rng.random(count) < 0.5, site.ti[drawn], uniform)
