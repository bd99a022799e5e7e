"""Destroy and repair: take turbines out, look at all places for them at once.

A gradient slides turbines along; it cannot carry one over another's wake, or into another parcel.
These moves of large neighbourhood search can (Shaw, CP 1998; Pisinger and Røpke, in Handbook of
Metaheuristics, 2010): destroying a layout removes a group of its turbines, repairing it inserts
them one by one, each at its best place. Places are drawn on the boundaries, where good layouts put
many turbines, near the places that have become free, and all over the site; the surrogate values
them together, to first order, on a small sample of the rose; the best few are then valued in full,
on a larger one.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from windopt.errors import InfeasibleError
from windopt.problem.constraint import Standing
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.objective import Sample as Wind
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import random_points, repair
from windopt.search.clock import Clock, endless
from windopt.search.context import SearchContext
from windopt.search.settings import InsertionSettings


@dataclass(frozen=True)
class Sample:
    """Conditions of a move: few to screen places with, more to decide on."""

    screen: Wind
    decide: Wind


def draw_sample(context: SearchContext, rng: np.random.Generator) -> Sample:
    """Draw the conditions of a move."""
    insertion = context.settings.insertion
    screen = context.sampler.draw(insertion.screened, rng)
    return Sample(screen, context.draw(insertion.decided, rng))


def draw_places(
    problem: LayoutProblem, near: FloatArray, settings: InsertionSettings, rng: np.random.Generator
) -> FloatArray:
    """Draw about `settings.places` places on the site: (m, 2) [m]; spacing is not looked at.

    Parameters
    ----------
    problem : LayoutProblem
    near : (k, 2) [m]
        Places around which some are drawn.
    """
    area, n = problem.site.area, settings.places
    shapely.prepare(area)
    around = np.repeat(near, max(1, round(settings.near * n / len(near))), axis=0)
    around = around + rng.normal(0.0, settings.near_d * problem.rotor_diameter, around.shape)
    around = around[shapely.contains_xy(area, *around.T)]
    edge = points_on_boundary(problem, round(settings.on_boundary * n), rng)
    inside = random_points(problem.site, n - len(edge) - len(around), rng)
    return np.vstack([around, edge, inside])


def points_on_boundary(problem: LayoutProblem, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw `n` points evenly along all boundaries of the site: (n, 2) [m]."""
    rim = problem.site.area.boundary
    lengths = np.array([line.length for line in shapely.get_parts(rim)])
    lines = shapely.get_parts(rim)[rng.choice(len(lengths), n, p=lengths / lengths.sum())]
    points = shapely.line_interpolate_point(lines, rng.random(n), normalized=True)
    coordinates: FloatArray = shapely.get_coordinates(points)
    return coordinates


def insert(
    context: SearchContext,
    layout: FloatArray,
    kept: IntArray,
    newcomer: int,
    sample: Sample,
    rng: np.random.Generator,
    near: FloatArray,
    stay: FloatArray | None = None,
) -> FloatArray | None:
    """Put a turbine at the best of many places; None where none is free.

    Parameters
    ----------
    context : SearchContext
    layout : (n_turbines, 2) [m]
    kept : (k,) int
        The turbines that stand.
    newcomer : int
        The turbine to place; its row of `layout` is not looked at.
    near : (j, 2) [m]
        Places to look around; those of them that are free take part.
    stay : (2,) [m], optional
        A free place that is among those valued in full, whatever screening says of it.

    Returns
    -------
    (n_turbines, 2) [m] or None
    """
    objective, problem, settings = context.objective, context.problem, context.settings.insertion
    places = np.vstack([near, draw_places(problem, near, settings, rng)])
    standing = Standing(layout[kept], problem.types[kept], int(problem.types[newcomer]))
    places = places[problem.free(places, standing)]
    if not len(places):
        return None
    values = objective.place_values(layout, kept, newcomer, places, sample.screen)
    distance = settings.apart_d * problem.rotor_diameter
    finalists = _apart(places[np.argsort(-values)], distance, settings.finalists)
    if stay is not None:
        finalists = np.vstack([stay, finalists])
    layouts = np.repeat(layout[None], len(finalists), axis=0)
    layouts[:, newcomer] = finalists
    if len(kept) < problem.n_turbines - 1 or len(finalists) == 1:
        best = 0  # others are still to come
    else:
        best = int(np.argmax(objective.rates(layouts, sample.decide)))
    chosen: FloatArray = layouts[best]
    return chosen


def _apart(ranked: FloatArray, distance: float, wanted: int) -> FloatArray:
    """Take the first places that are not close to one taken before."""
    taken = ranked[:1]
    for place in ranked[1 : 20 * wanted]:
        if len(taken) == wanted:
            break
        if np.hypot(*(taken - place).T).min() > distance:
            taken = np.vstack([taken, place])
    return taken


def greedy_layout(
    context: SearchContext, sample: Sample, rng: np.random.Generator, left_s: Clock = endless
) -> FloatArray | None:
    """Insert turbines one by one where they serve the farm best.

    None where one finds no place, or not in time.
    """
    problem, context = context.problem, context.averaged()
    layout = np.zeros((problem.n_turbines, 2))
    near = random_points(problem.site, 1, rng)
    for number in range(problem.n_turbines):
        if left_s() < 0:
            return None
        placed = insert(context, layout, np.arange(number), number, sample, rng, near)
        if placed is None:
            return None
        layout, near = placed, placed[number : number + 1]
    return layout


def destroy_and_repair(
    context: SearchContext,
    layout: FloatArray,
    removed: IntArray,
    sample: Sample,
    rng: np.random.Generator,
    may_stay: bool = False,
    left_s: Clock = endless,
) -> FloatArray:
    """Remove some turbines and insert them again one by one, each at its best place.

    Parameters
    ----------
    context : SearchContext
    layout : (n_turbines, 2) [m]
        Feasible.
    removed : (k,) int
        In the order in which they are inserted.
    sample : Sample
    rng : Generator
    may_stay : bool
        Of a single turbine: it goes back unless another place is better in as many conditions as
        places are compared in. Screening alone, in few of them, would move it for any reason.
    left_s : Clock
        Looked at before every turbine; a move without time is left undone.

    Returns
    -------
    (n_turbines, 2) [m]
        Feasible; it may be worse. `layout` itself where some turbine finds no place, or no time.
    """
    stay = layout[removed[0]] if may_stay and len(removed) == 1 else None
    left, new = list(removed), layout
    free = layout[removed]
    while left:
        if left_s() < 0:
            return layout
        newcomer = left.pop(0)
        kept = np.setdiff1d(np.arange(len(layout)), [newcomer, *left])
        placed = insert(context, new, kept, newcomer, sample, rng, free, stay)
        if placed is None:
            return layout
        new = placed
    return new


def crossover(
    context: SearchContext,
    layout: FloatArray,
    other: FloatArray,
    sample: Sample,
    rng: np.random.Generator,
    left_s: Clock = endless,
) -> FloatArray:
    """Take over a part of another layout: what stands in a circle around some turbine.

    Turbines that the other layout has no place for there are inserted at their best places. (The
    cut-and-splice crossover of Deaven and Ho, Phys. Rev. Lett. 75, 288, 1995, in the plane.)

    Parameters
    ----------
    context : SearchContext
    layout, other : (n_turbines, 2) [m]
        Feasible.
    sample : Sample
    rng : Generator
    left_s : Clock
        As of `destroy_and_repair`.

    Returns
    -------
    (n_turbines, 2) [m]
        Feasible; `layout` itself where the parts do not fit together, or not in time.
    """
    n = len(layout)
    centre = layout[rng.integers(n)]
    away = np.hypot(*(layout - centre).T)
    radius = np.sort(away)[min(n - 1, int(rng.integers(1, max(2, n // 2 + 1))))]
    leave = np.flatnonzero(away <= radius)
    places = rng.permutation(other[np.hypot(*(other - centre).T) <= radius])[: len(leave)]
    new, homeless = layout.copy(), leave[len(places) :]
    new[leave[: len(places)]] = places
    try:
        standing = np.setdiff1d(np.arange(n), homeless)
        while len(homeless):
            if left_s() < 0:
                return layout
            placed = insert(context, new, standing, homeless[0], sample, rng, layout[homeless])
            if placed is None:
                return layout
            new, standing = placed, np.append(standing, homeless[0])
            homeless = homeless[1:]
        return repair(context.problem, new)
    except InfeasibleError:
        return layout


def choose_removed(layout: FloatArray, rng: np.random.Generator, largest: int) -> IntArray:
    """Choose turbines to remove: 1 to `largest`, few more often, neighbours or any: (k,) int."""
    n = len(layout)
    sizes = np.arange(1, max(2, min(largest, n) + 1))
    size = int(rng.choice(sizes, p=(1 / sizes) / (1 / sizes).sum()))
    if rng.random() < 0.5:
        return rng.choice(n, size, replace=False)
    centre = layout[rng.integers(n)]
    _, nearest = cKDTree(layout).query(centre, k=[*range(1, size + 1)])
    return rng.permutation(nearest)
