"""What a surrogate is examined on: farms it has never seen, and small changes of an optimum.

Most farms are larger than any in training, half of them at a mean spacing of 3.5 D, where wakes
pile up deepest. Layouts around an optimum are compared on those speeds of the rose at which its
wakes cost most: what moves there decides which of two layouts is the better one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import pdist, squareform

from windopt.floris.alone import wake_free_power
from windopt.floris.sampling import jittered_grid, random_farm
from windopt.floris.simulator import FarmCase, Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.wind_resource import WindResource

EXAMINATION = 20_077
"""Keeps the random numbers of an validation apart from those of any training."""
REGULAR_SPACING_D, DISPLACEMENT_D = 5.0, 0.1
"""Spacing of the regular grid, and by how much its turbines are displaced [D]."""
SCAN_DIRECTIONS = 36
"""On which the wake loss of each wind speed is measured."""


@dataclass(frozen=True)
class ValidationPlan:
    """How much is asked.

    Attributes
    ----------
    sizes, spacings_d : tuple[int, ...]
        Numbers of turbines, and mean spacings [D], of the random farms.
    directions : int
        Number of wind directions of every farm.
    scales_d : tuple[float, ...] [D]
        Standard deviations of the turbines' displacement around an optimum.
    layouts_per_scale : int
        Number of layouts at each.
    speeds : int
        Number of wind speeds these are compared on.
    """

    sizes: tuple[int, ...] = (9, 25, 64, 100)
    spacings_d: tuple[float, ...] = (3.5, 7.0)
    directions: int = 360
    scales_d: tuple[float, ...] = (0.5, 0.2, 0.05)
    layouts_per_scale: int = 20
    speeds: int = 3


def unseen_farms(
    problem: LayoutProblem,
    optimum: FloatArray | None,
    plan: ValidationPlan,
    rng: np.random.Generator,
) -> dict[str, FarmCase]:
    """Draw the farms by name, each on all directions with speed and turbulence of the site.

    Parameters
    ----------
    problem : LayoutProblem
        Its given layout is one of the farms.
    optimum : (n_turbines, 2) [m], optional
        Another one.
    """
    mixed, site = len(problem.turbines) > 1, problem.wind.conditions
    wd = np.linspace(0.0, 360.0, plan.directions, endpoint=False)

    def case(layout: FloatArray, own: bool = False) -> FarmCase:
        types = problem.types if own else rng.choice(problem.all_types, len(layout))
        drawn = rng.choice(len(site), len(wd), p=site.weight / site.weight.sum())
        return FarmCase(layout, wd, site.ws[drawn], site.ti[drawn], types if mixed else None)

    farms = {
        name: case(layout * problem.rotor_diameter) for name, layout in _drawn_farms(plan, rng)
    }
    if problem.initial_layout is not None:
        farms["given layout"] = case(problem.initial_layout, own=True)
    if optimum is not None:
        farms["optimum"] = case(optimum, own=True)
    return farms


def displaced(
    layout: FloatArray, deviation: float, n: int, rng: np.random.Generator
) -> list[FloatArray]:
    """Displace every turbine of a layout, `n` times.

    No two turbines come closer than half the layout's own least spacing.

    Parameters
    ----------
    layout : (n_turbines, 2) [m]
    deviation : float [m]
        Standard deviation of the normal displacement in each coordinate.

    Returns
    -------
    list of (n_turbines, 2) [m]
    """
    clearance = 0.5 * pdist(layout).min(initial=np.inf)
    layouts = []
    for _ in range(n):
        moved = layout + rng.normal(0.0, deviation, layout.shape)
        while (close := _closer_than(clearance, moved)).any():
            moved[close] = layout[close] + rng.normal(0.0, deviation, (close.sum(), 2))
        layouts.append(moved)
    return layouts


def telling_rose(
    problem: LayoutProblem, layout: FloatArray, plan: ValidationPlan, simulator: Simulator
) -> WindResource:
    """Return the fine rose at the speeds at which FLORIS finds the most wake loss in a layout.

    Its probabilities are the rose's own and do not sum to 1.
    """
    wind = problem.wind
    speeds = np.arange(len(wind.wind_speed))
    scan = _part(wind, SCAN_DIRECTIONS, speeds)
    (power,) = simulator.farm_power([layout], scan)
    conditions = scan.conditions
    produced = np.bincount(
        np.searchsorted(scan.wind_speed, conditions.ws),
        power * conditions.weight,
        minlength=len(speeds),
    )
    loss = wake_free_power(problem, scan).sum(axis=0) - produced
    return _part(wind, plan.directions, np.sort(np.argsort(-loss)[: plan.speeds]))


def _drawn_farms(
    plan: ValidationPlan, rng: np.random.Generator
) -> Iterator[tuple[str, FloatArray]]:
    """Draw layouts in rotor diameters, with their names."""
    for n in plan.sizes:
        for spacing in plan.spacings_d:
            yield f"random farm of {n}, {spacing:g} D", random_farm(n, spacing, rng)
            yield f"jittered grid of {n}, {spacing:g} D", jittered_grid(n, spacing, rng)
    n = max(plan.sizes)
    columns = int(np.ceil(np.sqrt(n)))
    grid = REGULAR_SPACING_D * np.stack(np.divmod(np.arange(n), columns), axis=1)
    displacement = rng.normal(0.0, DISPLACEMENT_D, grid.shape)
    yield f"displaced regular grid of {n}, {REGULAR_SPACING_D:g} D", grid + displacement


def _closer_than(clearance: float, layout: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool]]:
    """Return which turbines of a layout (n, 2) [m] have another within `clearance` [m]: (n,)."""
    close = squareform(pdist(layout)) < clearance
    np.fill_diagonal(close, False)
    return np.asarray(close.any(axis=1))


def _part(wind: WindResource, n_directions: int, speeds: np.ndarray) -> WindResource:
    """Keep about `n_directions` even directions of a rose, and some speeds by their index."""
    step = max(1, len(wind.wind_direction) // n_directions)
    return WindResource(
        wind.wind_direction[::step],
        wind.wind_speed[speeds],
        wind.probability[::step][:, speeds],
        wind.turbulence_intensity[::step][:, speeds],
    )
