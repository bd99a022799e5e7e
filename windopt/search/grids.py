"""Regular grids with exactly n turbines: the engineer's plain answer.

A grid is a start for the search and the yardstick for its result, so it deserves an honest effort.
It is a lattice with an angle, an aspect ratio (row spacing over spacing in the row), a shear (the
shift from one row to the next: 0 is rectangular, 0.5 staggered) and an offset; its spacing is the
largest at which at least n of its points lie on the site. Points in excess are left out from the
middle of the farm, where they would be waked most.

Grids are taken from a Sobol sequence, which fills these five dimensions evenly (Sobol, USSR Comput.
Math. Math. Phys. 7, 86, 1967; scrambled after Owen), each lattice once: in a reduced cell no step
is shorter than that along the row. They are compared on the condensed rose in few directions, which
orders them far better than as many conditions drawn at random. The best are refined: sequential
quadratic programming moves origin and steps of the lattice (`lattice_refine`). The finalists are
ranked on the whole rose. The sequence is the same for every seed, so that the yardstick is.

There are hundreds of local optima, of which the best few differ by some tenths of a per cent of
AEP: another sequence may end higher or lower by so much.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import astuple, dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.stats import qmc

from windopt.floris.simulator import Progress
from windopt.problem.conditions import Conditions
from windopt.problem.lattice import Lattice, free_of_others, outermost
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.search.clock import Clock, clock, endless, part_of
from windopt.search.lattice_refine import Placement, move_lattice
from windopt.workers.executor import one_by_one
from windopt.workers.remote import charged

if TYPE_CHECKING:
    from windopt.problem.objective import Objective, Sample
    from windopt.search.context import SearchContext

LONGEST = 0.9
"""Logarithm of the largest aspect ratio."""
TIGHT = 1.0 + 1e-9
"""The tightest lattice keeps the spacing by this factor, above floating-point noise."""
WIDEST = 1.6
"""Spacing that is tried first, over the one at which a turbine has its share of the area."""
NARROWEST = 0.01
"""And last, where no spacing has to be kept; in units of the first."""
_SHRINK, _AT_ONCE = 0.985, 4
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
        widest = WIDEST * np.sqrt(area.area / n)

        def points_at(spacing: float) -> FloatArray:
            row, column = np.ceil(reach / spacing / np.array([aspect**0.5, aspect**-0.5])) + 1
            j, i = np.mgrid[-row : row + 1, -column : column + 1]
            i = i - np.round(self.shear * j)  # keeps sheared rows over the site
            steps = np.stack([i.ravel() + self.offset_x, j.ravel() + self.offset_y], axis=1)
            points: FloatArray = centre + spacing * steps @ cell
            points = points[shapely.contains_xy(area, *points.T)]
            if len(problem.fixed_layout) or problem.further_constraints:
                points = points[free_of_others(problem, points)]
            return points

        least = max(rule.largest_bound / (widest * closest), NARROWEST)
        narrowings = 1 + int(np.floor(np.log(least) / np.log(_SHRINK)))
        for first in range(0, narrowings, _AT_ONCE):
            some = widest * _SHRINK ** np.arange(first, min(first + _AT_ONCE, narrowings))
            if len(points_at(some[-1])) >= n:
                for spacing in some:
                    if len(points := points_at(spacing)) >= n:
                        return float(spacing), points
        return None


_NEIGHBOURS = [(1, 0), (0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1)]


def _centre(problem: LayoutProblem) -> FloatArray:
    """Return the middle (2,) [m] of the site's bounding box."""
    west, south, east, north = problem.site.area.bounds
    return np.array([(west + east) / 2, (south + north) / 2])


def random_grid(rng: np.random.Generator) -> Grid:
    """Draw a grid; half of them are rectangular or staggered."""
    shear = rng.uniform(-0.5, 0.5) if rng.random() < 0.5 else rng.choice([0.0, 0.5])
    return Grid(rng.uniform(0.0, 180.0), rng.uniform(-0.7, 0.9), shear, *rng.random(2))


def sequence_of_grids(samples: int, sequence: int) -> list[Grid]:
    """Return some grids (a power of two) that cover all there are evenly, each lattice once.

    Parameters
    ----------
    samples, sequence : int
        Their number, and the seed by which the Sobol sequence is scrambled.
    """
    drawn = qmc.Sobol(5, seed=sequence).random(samples)
    grids = []
    for turn, long, lean, x, y in drawn.tolist():
        shear = lean - 0.5
        squarest = 0.5 * np.log(1.0 - shear**2)  # there both steps are equally long
        log_aspect = float(squarest + long * (LONGEST - squarest))
        grids.append(Grid(180.0 * turn, log_aspect, shear, x, y))
    return grids


def best_grids(
    context: "SearchContext",
    sequence: int = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
    left_s: Clock = endless,
) -> list[FloatArray]:
    """Search regular grids; the best first by predicted AEP, none where none fits.

    When no time is left no further grids are looked at.
    """
    return [one.layout for one in ranked_grids(context, sequence, executor, progress, left_s)]


def ranked_grids(
    context: "SearchContext",
    sequence: int = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
    left_s: Clock = endless,
) -> list[Placement]:
    """Search as `best_grids` does; returns turbines on points of lattices."""
    settings, objective = context.settings.grids, context.objective
    grids = sequence_of_grids(settings.samples, sequence)
    screened, refined = (
        _in_steps(context.sampler.condensed, step)
        for step in (settings.screened_deg, settings.refined_deg)
    )
    refining = 1 + settings.refined // _CHUNK
    total, done = -(-len(grids) // _CHUNK) + refining, 0

    def tell() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(min(1.0, done / total))

    until = part_of(left_s, settings.screening_share)
    chunks = [grids[i : i + _CHUNK] for i in range(0, len(grids), _CHUNK)]
    screening = (
        partial(_screen, objective, screened, chunk)
        for number, chunk in enumerate(chunks)
        if number == 0 or until() > 0
    )
    found: list[tuple[float, Grid, FloatArray]] = []
    for some in one_by_one(executor, screening):
        found += some
        tell()
    found.sort(key=lambda one: (-one[0], astuple(one[1])))  # they come in any order
    placed = {
        number: (power, _on_lattice(context, grid, layout))
        for number, (power, grid, layout) in enumerate(found[: settings.refined])
    }
    for conditions, most in ((screened, settings.refined), (refined, settings.finalists)):
        programs = (
            partial(_refine, context, conditions, refined, number, placed[number][1], left_s())
            for number in _ranked(placed)[:most]
            if left_s() > 0
        )
        for number, power, placement in one_by_one(executor, programs):
            placed[number] = power, placement
            tell()
    finalists = [placed[number][1] for number in _ranked(placed)[: settings.finalists]]
    run = map if executor is None else charged(executor).map
    aep = list(run(objective.value, [one.layout for one in finalists]))
    return [finalists[i] for i in np.argsort(aep)[::-1]]


def _ranked(placed: Mapping[int, tuple[float, Placement]]) -> list[int]:
    return sorted(placed, key=lambda number: -placed[number][0])


def _in_steps(sample: "Sample", step_deg: float) -> "Sample":
    """Return a sample with fewer directions, for each scenario."""
    if isinstance(sample, Conditions):
        return sample.in_steps(step_deg)
    return [one.in_steps(step_deg) for one in sample]


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


def _on_lattice(context: "SearchContext", grid: Grid, layout: FloatArray) -> Placement:
    lattice = grid.lattice(context.problem)
    assert lattice is not None  # else it had no layout
    return Placement(lattice, lattice.nearest(layout))


def _refine(
    context: "SearchContext",
    conditions: "Sample",
    compared: "Sample",
    number: int,
    placement: Placement,
    seconds: float,
) -> tuple[int, float, Placement]:
    """Move a lattice to where its turbines yield more (runs inside a worker).

    Returns its number, its mean power and what became of it: the better of before and after.
    """
    objective, settings = context.objective, context.settings.lattices
    moved = move_lattice(objective, placement, conditions, clock(seconds), settings)
    before, after = objective.rates(np.stack([placement.layout, moved.layout]), compared)
    return (number, after, moved) if after > before else (number, before, placement)
