"""FLORIS's own layout optimisers, in FLORIS with the problem's wake model.

All start at `fair_start`. They search on `coarse_rose`, as FLORIS's own examples do: FLORIS takes
seconds for the fine rose of the judge, and has no gradient. Those whose names end in `_full` search
on the fine rose all the same, so that nobody has to take our word for it. Claims of AEP are those
of the rose that was searched on. Iterates of SLSQP that break the constraints are
repaired by windopt before they are proposed, and cost another evaluation.
"""

import math
from functools import partial
from typing import Any

import numpy as np
from floris import FlorisModel, TimeSeries
from floris.optimization.layout_optimization.layout_optimization_gridded import (
    LayoutOptimizationGridded,
)
from floris.optimization.layout_optimization.layout_optimization_random_search import (
    LayoutOptimizationRandomSearch,
)
from floris.optimization.layout_optimization.layout_optimization_scipy import (
    LayoutOptimizationScipy,
)

from windopt.compare.method import Method, Propose, Time
from windopt.compare.peers.coarse_rose import DIRECTIONS, coarse_rose, full_rose
from windopt.compare.peers.improvements import Improvements, TimeIsUp, quietly
from windopt.compare.peers.limits import CannotPlay, refuse
from windopt.compare.start import fair_start
from windopt.floris.adapter import floris_configuration, floris_model
from windopt.problem.conditions import Conditions
from windopt.problem.lattice import outermost
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.wind_resource import WindResource
from windopt.words import count_of
from windopt.workers.executor import available_cores

STEP_M = 2.0
"""Step of the tuned finite differences [m]; FLORIS's default is a hundredth of the site."""
TUNED: dict[str, Any] = {"maxiter": 1000, "ftol": 1e-7}
GENERATIONS, GENERATION_S, MARGIN_S = 10, 2.0, 1.0
"""Number of generations of a random search, the least time of an individual in one (each builds its
FLORIS model anew, which takes some tenths of that), and what the last one leaves [s]."""
INDIVIDUALS = 4
"""Of a random search, FLORIS's default."""
CLOSER = 1.01
"""The gridded optimiser's spacing is sought to within this factor."""

Boundaries = list[tuple[float, float]] | list[list[tuple[float, float]]]


class WeightedConditions(TimeSeries):  # type: ignore[misc]  # FLORIS has no types
    """Wind conditions and how often each occurs; FLORIS's own roses refuse uneven speeds."""

    def __init__(self, conditions: Conditions) -> None:
        super().__init__(conditions.wd, conditions.ws, conditions.ti)
        self.weight = conditions.weight

    def unpack(self) -> tuple[Any, ...]:
        """Return what FLORIS asks for, with the frequency of each condition."""
        wd, ws, ti, _, *others = super().unpack()
        return wd, ws, ti, self.weight, *others


def _model(problem: LayoutProblem, layout: FloatArray, rose: WindResource) -> FlorisModel:
    """Return FLORIS's model of a layout (n_turbines, 2) [m] on a rose."""
    wind = rose.conditions
    configuration = floris_configuration(problem)
    model = floris_model(configuration, layout, wind.wd, wind.ws, wind.ti, problem.types)
    model.set(wind_data=WeightedConditions(wind))
    return model


def _aep(problem: LayoutProblem, model: FlorisModel) -> float:
    """Return the AEP of a model that has run [Wh]."""
    return float(model.get_farm_AEP(hours_per_year=problem.hours_per_year))


def _boundaries(problem: LayoutProblem) -> Boundaries:
    """Return the site as FLORIS wants it: a list of corners, or one for each of several parcels."""
    parcels = [
        [(float(x), float(y)) for x, y in polygon.exterior.coords]
        for polygon in problem.site.polygons
    ]
    return parcels if len(parcels) > 1 else parcels[0]


class _WatchedScipy(LayoutOptimizationScipy):  # type: ignore[misc]
    """FLORIS's optimiser by SciPy, heard at every evaluation."""

    def __init__(self, problem: LayoutProblem, found: Improvements, **settings: Any) -> None:
        self._problem, self._found = problem, found
        self._iterate: FloatArray = np.full(2 * problem.n_turbines, np.nan)
        super().__init__(**settings)

    def _obj_func(self, locs: FloatArray) -> float:
        value = float(super()._obj_func(locs))
        layout = np.column_stack([self.x, self.y])
        probe = np.count_nonzero(locs != self._iterate) == 1  # of a finite difference
        if not probe:
            self._iterate = locs.copy()
        aep = _aep(self._problem, self.fmodel)
        self._found.offer(layout, aep, None if probe else self._again)
        return value

    def _again(self, layout: FloatArray) -> float:
        self.fmodel.set(layout_x=layout[:, 0], layout_y=layout[:, 1])
        self.fmodel.run()
        return _aep(self._problem, self.fmodel)


def _scipy(
    problem: LayoutProblem,
    start: FloatArray,
    found: Improvements,
    rose: WindResource,
    tuned: bool,
) -> None:
    options: dict[str, Any] = {"disp": False, "iprint": 0}
    if tuned:
        west, south, east, north = problem.site.area.bounds
        options |= {**TUNED, "eps": STEP_M / max(east - west, north - south)}
    _WatchedScipy(
        problem,
        found,
        fmodel=_model(problem, start, rose),
        boundaries=_boundaries(problem),
        min_dist=problem.min_spacing_m,
        optOptions=options,
    ).optimize()


def search_scipy(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search with `LayoutOptimizationScipy` as it comes: one climb."""
    refuse(problem, "FLORIS's scipy optimiser", types=True)
    start, found = fair_start(problem, seed), Improvements(problem, left_s, propose)
    with quietly():
        try:
            _scipy(problem, start, found, coarse_rose(problem), tuned=False)
        except TimeIsUp:
            return


def search_scipy_tuned(
    problem: LayoutProblem, seed: int, left_s: Time, propose: Propose, full: bool = False
) -> None:
    """Search with `LayoutOptimizationScipy`, short difference steps, and again from random layouts.

    FLORIS's documentation warns of the default step, which is as long as a wake is wide. On the
    coarse rose, or the `full` one.
    """
    refuse(problem, "FLORIS's scipy optimiser", types=True)
    rose = full_rose(problem) if full else coarse_rose(problem)
    start, found = fair_start(problem, seed), Improvements(problem, left_s, propose)
    rng = np.random.default_rng(seed)
    with quietly():
        try:
            while True:
                _scipy(problem, start, found, rose, tuned=True)
                start = random_layout(problem, rng)
        except TimeIsUp:
            return


class _WatchedRandomSearch(LayoutOptimizationRandomSearch):  # type: ignore[misc]
    """FLORIS's genetic random search, heard after every generation."""

    def __init__(
        self, problem: LayoutProblem, found: Improvements, generation_s: Time, **settings: Any
    ) -> None:
        self._problem, self._found, self._generation_s = problem, found, generation_s
        super().__init__(seconds_per_iteration=generation_s(), **settings)

    def _evaluate_opt_step(self) -> None:
        super()._evaluate_opt_step()
        layout = np.column_stack([self.x_candidate[0], self.y_candidate[0]])
        hours = self._problem.hours_per_year / 8760.0
        self._found.offer(layout, float(self.objective_candidate[0]) * hours)
        self.seconds_per_iteration = self._generation_s()


def search_random(
    problem: LayoutProblem, seed: int, left_s: Time, propose: Propose, full: bool = False
) -> None:
    """Search with `LayoutOptimizationRandomSearch` on all cores, on the coarse or the `full` rose.

    Generations take a tenth of the time; that is processor time, which FLORIS does not know, so it
    is told to go on for ever and stopped. It draws other numbers in every run: the value of its own
    seed it ignores.
    """
    refuse(problem, "FLORIS's random search", parcels=True, types=True)
    rose = full_rose(problem) if full else coarse_rose(problem)
    start, found = fair_start(problem, seed), Improvements(problem, left_s, propose)
    cores = min(available_cores(), INDIVIDUALS)
    given_s = left_s()
    # what is left for a generation's individuals, which take turns on the cores
    share = cores * math.ceil(INDIVIDUALS / cores)

    def generation_s() -> float:
        return max(GENERATION_S, min(given_s / GENERATIONS, left_s() - MARGIN_S) / share)

    with quietly():
        try:
            _WatchedRandomSearch(
                problem,
                found,
                generation_s,
                fmodel=_model(problem, start, rose),
                boundaries=_boundaries(problem),
                min_dist=problem.min_spacing_m,
                n_individuals=INDIVIDUALS,
                max_workers=cores,
                total_optimization_seconds=math.inf,
                use_dist_based_init=False,
            ).optimize()
        except TimeIsUp:
            return


def search_gridded(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search with `LayoutOptimizationGridded`: the widest square and hexagonal grids that fit.

    It fits the most turbines at a given spacing; the spacing that leaves the problem's number is
    sought by bisection, and points in excess are left out from the middle. Nothing is random.
    """
    refuse(problem, "FLORIS's gridded layout", parcels=True)
    found, n = Improvements(problem, left_s, propose), problem.n_turbines
    widest = 1.5 * math.sqrt(problem.site.area.area / n)
    start = fair_start(problem, seed)
    with quietly():
        model = _model(problem, start, coarse_rose(problem))
        try:
            for hexagonal in (False, True):
                spacing, low, high = problem.min_spacing_m, 0.0, widest
                while high > CLOSER * low:
                    points = _grid(problem, start, spacing, hexagonal)
                    if len(points) >= n:
                        low = spacing
                        layout = points[outermost(points, n)]
                        model.set(layout_x=layout[:, 0], layout_y=layout[:, 1])
                        model.run()
                        found.offer(layout, _aep(problem, model))
                    elif low == 0.0:
                        break
                    else:
                        high = spacing
                    spacing = math.sqrt(low * high)
        except TimeIsUp:
            return
    if not found.asked:
        raise CannotPlay(f"FLORIS's gridded layout finds no room for {count_of(n, 'turbine')}")


def _grid(problem: LayoutProblem, start: FloatArray, spacing: float, hexagonal: bool) -> FloatArray:
    """Return the most points of a grid that fit on the site (m, 2) [m]."""
    grid = LayoutOptimizationGridded(
        _model(problem, start, coarse_rose(problem, 1, 1)),  # it asks for the farm's power once
        _boundaries(problem),
        min_dist=spacing,
        hexagonal_packing=hexagonal,
    )
    _, x, y = grid.optimize()
    return np.column_stack([x, y])


_WHERE, _EVERYWHERE = f"on {DIRECTIONS} directions and the mean speed", "on the full rose"
_TUNED = f"FLORIS LayoutOptimizationScipy, SLSQP with steps of {STEP_M:g} m and restarts"
_RANDOM = (
    f"FLORIS LayoutOptimizationRandomSearch, {INDIVIDUALS} individuals on all cores, "
    f"{GENERATIONS} generations"
)
METHODS = {
    "floris_scipy": Method(
        f"FLORIS LayoutOptimizationScipy, SLSQP at its defaults, {_WHERE}", search_scipy
    ),
    "floris_scipy_tuned": Method(f"{_TUNED}, {_WHERE}", search_scipy_tuned),
    "floris_scipy_full": Method(f"{_TUNED}, {_EVERYWHERE}", partial(search_scipy_tuned, full=True)),
    "floris_random": Method(f"{_RANDOM}, {_WHERE}", search_random),
    "floris_random_full": Method(f"{_RANDOM}, {_EVERYWHERE}", partial(search_random, full=True)),
    "floris_gridded": Method(
        "FLORIS LayoutOptimizationGridded, the widest square or hexagonal grid that fits",
        search_gridded,
    ),
}
