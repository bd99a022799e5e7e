"""Lattices that the turbines fit on: the tightest there are, and variations of a good one."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from windopt.errors import InfeasibleError
from windopt.problem.exact_fits import JUST, exact_lattices
from windopt.problem.lattice import Lattice, closest_points, outermost, points_on_site
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.search.grids import TIGHT, random_grid
from windopt.search.lattice_refine import Placement

SPREAD = np.array([6.0, 0.06, 0.06, 0.12, 0.15])
"""Standard deviation of a variation: bearing [deg], logs of both spacings, stagger, origin [cells];
some are smaller and some larger."""
SHRINK = 0.985
TURNS, SHIFTS, SHAPES = np.deg2rad(np.arange(0.0, 60.0, 5.0)), (0.0, 1 / 3, 2 / 3), 200
"""Bearings and origins [cells] of the triangular lattices that are tried for room, and how many
lattices of other forms are."""


def require_lattice(problem: LayoutProblem) -> list[Lattice]:
    """Return the tightest lattices on which the turbines fit, the fullest first.

    Raises
    ------
    InfeasibleError
        When they fit on none of those tried.
    """
    tried, counts = _tried(problem)
    if counts.max() < problem.n_turbines:
        raise InfeasibleError(
            f"no regular pattern of {problem.n_turbines} turbines at least "
            f"{problem.spacing_in_words} apart fits on site {problem.site.name!r}: of "
            f"{len(tried)} lattices at that spacing the fullest has {counts.max()} points on it; "
            f"set n_turbines: {counts.max()}, a smaller min_spacing_d, or optimise.pattern: free"
        )
    order = np.argsort(-counts, kind="stable")
    return [tried[k] for k in order if counts[k] >= problem.n_turbines]


def fullest(problem: LayoutProblem) -> int:
    """Return how many turbines fit on the fullest of the lattices tried."""
    return int(_tried(problem)[1].max())


@lru_cache(maxsize=8)
def _tried(problem: LayoutProblem) -> tuple[list[Lattice], IntArray]:
    """Return the lattices tried, and the number of points of each on the site.

    Those laid against the site's corners are tried where the turbines fit on no other.
    """
    least = TIGHT * problem.spacing.largest_bound
    unmapped = np.linalg.inv(problem.spacing.metric).T
    west, south, east, north = problem.site.area.bounds
    middle = np.array([west + east, south + north]) / 2
    tried = []
    for turn in TURNS:
        steps = turn + np.array([0.0, np.pi / 3])
        cell = least * np.stack([np.cos(steps), np.sin(steps)], axis=1) @ unmapped
        tried += [Lattice(middle + [u, v] @ cell, cell) for u in SHIFTS for v in SHIFTS]
    rng = np.random.default_rng(0)
    tried += [random_grid(rng).tightest(problem) for _ in range(SHAPES)]
    # of a form drawn at random the shortest step may be another than those its spacing was set by
    tried = [one for one in tried if closest_points(problem, one) >= problem.spacing.largest_bound]
    counts = np.array([len(points_on_site(problem, lattice)) for lattice in tried])
    if counts.max() < problem.n_turbines:
        exact = [one for one in exact_lattices(problem) if _keeps_spacing(problem, one)]
        more = [len(points_on_site(problem, lattice)) for lattice in exact]
        tried, counts = tried + exact, np.concatenate([counts, np.array(more, dtype=np.intp)])
    return tried, counts


def _keeps_spacing(problem: LayoutProblem, lattice: Lattice) -> bool:
    return closest_points(problem, lattice) >= problem.spacing.largest_bound * (1.0 - JUST)


def varied(lattice: Lattice, middle: FloatArray, rng: np.random.Generator) -> Lattice:
    """Return a lattice like this one; `middle` (2,) [m] is what it turns and stretches about."""
    turn, along, across, stagger, shift, other = (
        np.exp(rng.normal(0.0, 0.7)) * rng.standard_normal(6) * SPREAD[[0, 1, 2, 3, 4, 4]]
    )
    a, b = lattice.rows
    length, unit = np.hypot(*a), a / np.hypot(*a)
    straight = b - (b @ unit) * unit
    a = np.exp(along) * a
    b = np.exp(across) * straight + (b @ unit / length + stagger) * a
    c, s = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    cell = np.stack([a, b]) @ np.array([[c, -s], [s, c]])
    anchor = lattice.points(lattice.nearest(middle[None])[0])
    return Lattice(anchor + [shift, other] @ cell, cell)


def fitted(problem: LayoutProblem, lattice: Lattice, least_cell: float) -> Placement | None:
    """Shrink a lattice until the turbines fit on it, the outermost points taken.

    None where they do not at the least spacing, or the least area of a cell [m²].
    """
    while _keeps_spacing(problem, lattice):
        if lattice.cell_area < least_cell:
            return None
        if len(points_on_site(problem, lattice)) >= problem.n_turbines:
            return place_turbines(problem, lattice)
        lattice = replace(lattice, cell=SHRINK * lattice.cell)
    return None


def place_turbines(problem: LayoutProblem, lattice: Lattice) -> Placement:
    """Put the turbines on the outermost points of a lattice that has enough on the site."""
    points = points_on_site(problem, lattice)
    return Placement(lattice, points[outermost(lattice.points(points), problem.n_turbines)])
