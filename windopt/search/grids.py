"""The best regular grid with exactly n turbines: the engineer's plain answer.

It is a start for the search and the yardstick for its result, so it deserves an honest effort. A
grid is a lattice with an angle, an aspect ratio (row spacing over spacing in the row), a shear (the
shift from one row to the next: 0 is rectangular, 0.5 staggered) and an offset; its spacing is the
largest at which at least n of its points lie on the site. Points in excess are left out from the
middle of the farm, where they would be waked most. Many random grids are screened on the same
sampled wind conditions, the best of them varied, and the finalists ranked on the full rose.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import astuple, dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from windopt.floris.simulator import Progress
from windopt.problem.lattice import Lattice, free_of_others, outermost
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.search.clock import Clock, endless
from windopt.workers.executor import one_by_one

if TYPE_CHECKING:
    from windopt.problem.objective import Objective, Sample
    from windopt.search.context import SearchContext

SPREAD = np.array([6.0, 0.08, 0.08, 0.15, 0.15])
"""Standard deviation of a variation: angle [deg], log of aspect, shear, offset [cells]."""
TIGHT = 1.0 + 1e-9
"""The tightest lattice keeps the spacing by this factor, above floating-point noise."""
_SHRINK = 0.985
_CHUNK = 6


@dataclass(frozen=True)
class Grid:
    """A regular grid but for its spacing.

    Attributes
    ----------
    angle : float [deg]
        Of the rows, from east, anticlockwise.
    log_aspect, shear : float [-]
    offset_x, offset_y : float [cells]
    """

    angle: float
    log_aspect: float
    shear: float
    offset_x: float
    offset_y: float

    def layout(self, problem: LayoutProblem) -> FloatArray | None:
        """Return the grid at its widest spacing: (n_turbines, 2) [m].

        None where `n_turbines` points do not fit at the minimum spacing.
        """
        widest = self._widest(problem)
        if widest is None:
            return None
        _, points = widest
        chosen: FloatArray = points[outermost(points, problem.n_turbines)]
        return chosen

    def lattice(self, problem: LayoutProblem) -> Lattice | None:
        """Return the lattice that `layout` stands on, None where that gives None."""
        widest = self._widest(problem)
        if widest is None:
            return None
        spacing, _ = widest
        cell = spacing * self._cell
        return Lattice(_centre(problem) + [self.offset_x, self.offset_y] @ cell, cell)

    def tightest(self, problem: LayoutProblem) -> Lattice:
        """Return the lattice at the least spacing that the rule allows."""
        spacing = TIGHT * problem.spacing.largest_bound / self._closest(problem)
        cell = spacing * self._cell
        return Lattice(_centre(problem) + [self.offset_x, self.offset_y] @ cell, cell)

    @property
    def _cell(self) -> FloatArray:
        """The cell (2, 2) of area 1."""
        aspect = np.exp(self.log_aspect)
        cell = np.array([[1.0, 0.0], [self.shear, 1.0]]) * [aspect**-0.5, aspect**0.5]
        angle = np.deg2rad(self.angle)
        turned: FloatArray = cell @ np.array(
            [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        )
        return turned

    def _closest(self, problem: LayoutProblem) -> float:
        """Return least distance of two points in the spacing rule's eyes, of a cell of area 1."""
        mapped = problem.spacing.mapped(np.array(_NEIGHBOURS) @ self._cell)
        return float(np.hypot(*mapped.T).min())

    def _widest(self, problem: LayoutProblem) -> tuple[float, FloatArray] | None:
        """Return the widest spacing [m] and its points on the site (m, 2) [m].

        None if none fits.
        """
        area, n = problem.site.area, problem.n_turbines
        shapely.prepare(area)
        west, south, east, north = area.bounds
        centre = _centre(problem)
        reach = 0.5 * np.hypot(east - west, north - south)
        aspect, cell = np.exp(self.log_aspect), self._cell
        rule, closest = problem.spacing, self._closest(problem)
        spacing = 1.6 * np.sqrt(area.area / n)
        while spacing * closest >= rule.largest_bound:
            row, column = np.ceil(reach / spacing / np.array([aspect**0.5, aspect**-0.5])) + 1
            j, i = np.mgrid[-row : row + 1, -column : column + 1]
            i = i - np.round(self.shear * j)  # keeps sheared rows over the site
            steps = np.stack([i.ravel() + self.offset_x, j.ravel() + self.offset_y], axis=1)
            points = centre + spacing * steps @ cell
            points = points[shapely.contains_xy(area, *points.T)]
            if len(problem.fixed_layout) or problem.further_constraints:
                points = points[free_of_others(problem, points)]
            if len(points) >= n:
                return float(spacing), points
            spacing *= _SHRINK
        return None

    def varied(self, rng: np.random.Generator) -> "Grid":
        """Return a grid like this one."""
        return Grid(*(np.array(astuple(self)) + rng.normal(0.0, SPREAD)))


_NEIGHBOURS = [(1, 0), (0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1)]


def _centre(problem: LayoutProblem) -> FloatArray:
    """Return the middle (2,) [m] of the site's bounding box."""
    west, south, east, north = problem.site.area.bounds
    return np.array([(west + east) / 2, (south + north) / 2])


def random_grid(rng: np.random.Generator) -> Grid:
    """Draw a grid; half of them are rectangular or staggered."""
    shear = rng.uniform(-0.5, 0.5) if rng.random() < 0.5 else rng.choice([0.0, 0.5])
    return Grid(rng.uniform(0.0, 180.0), rng.uniform(-0.7, 0.9), shear, *rng.random(2))


def best_grids(
    context: "SearchContext",
    seed: int,
    executor: Executor | None = None,
    progress: Progress | None = None,
    left_s: Clock = endless,
) -> list[FloatArray]:
    """Search regular grids; the best first by predicted AEP, none where none fits.

    When no time is left no further grids are looked at.
    """
    ranked = ranked_grids(context, seed, executor, progress, left_s)
    return [layout for _, layout in ranked]


def ranked_grids(
    context: "SearchContext",
    seed: int,
    executor: Executor | None = None,
    progress: Progress | None = None,
    left_s: Clock = endless,
) -> list[tuple[Grid, FloatArray]]:
    """Search as `best_grids` does; returns the grids with their layouts (n_turbines, 2) [m]."""
    rng, settings, objective = (
        np.random.default_rng(seed),
        context.settings.grids,
        context.objective,
    )
    conditions = context.sampler.draw(settings.conditions, rng)
    best: list[tuple[float, Grid, FloatArray]] = []
    fresh = [random_grid(rng) for _ in range(settings.samples)]
    varied = settings.generations * settings.kept * settings.variations
    total, done = settings.samples + varied, 0
    for _ in range(1 + settings.generations):
        chunks = [fresh[i : i + _CHUNK] for i in range(0, len(fresh), _CHUNK)]
        found = []
        tasks = (
            partial(_screen, objective, conditions, chunk)
            for number, chunk in enumerate(chunks)
            if number == 0 or left_s() > 0
        )
        for some in one_by_one(executor, tasks):
            found += some
            done += _CHUNK
            if progress is not None:
                progress(min(1.0, done / total))
        best = sorted([*best, *found], key=lambda one: -one[0])[: settings.kept]
        fresh = [grid.varied(rng) for _, grid, _ in best for _ in range(settings.variations)]
    finalists = [(grid, layout) for _, grid, layout in best[: settings.finalists]]
    run = map if executor is None else executor.map
    aep = list(run(objective.value, [layout for _, layout in finalists]))
    return [finalists[i] for i in np.argsort(aep)[::-1]]


def _screen(
    objective: "Objective", conditions: "Sample", grids: Sequence[Grid]
) -> list[tuple[float, Grid, FloatArray]]:
    """Return the mean power [W] of those grids that fit (runs inside a worker)."""
    problem = objective.problem
    fitting = [(grid, layout) for grid in grids if (layout := grid.layout(problem)) is not None]
    if not fitting:
        return []
    power = objective.rates(np.stack([layout for _, layout in fitting]), conditions)
    return [(float(p), grid, layout) for p, (grid, layout) in zip(power, fitting, strict=True)]
