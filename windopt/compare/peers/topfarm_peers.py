"""TopFarm's optimisers, in PyWake with the wake model nearest to the problem's.

Rotors feel the wind at the hub, as PyWake's users have it unless they ask for more, and gradients
are PyWake's, by autograd. SLSQP and the random search take the rose that layouts are judged on, its
speeds gathered where memory would not do; stochastic gradient descent draws from it. What breaks
the constraints is repaired by windopt before it is proposed, and costs TopFarm another evaluation:
many of its iterates do. Claims of AEP are PyWake's.
"""

import time
from typing import Any

import numpy as np

from windopt.compare.method import Method, Propose, Time
from windopt.compare.peers.coarse_rose import coarse_rose
from windopt.compare.peers.improvements import Improvements, TimeIsUp, quietly
from windopt.compare.peers.limits import CannotPlay, refuse
from windopt.compare.start import fair_start
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair
from windopt.pywake.farm import PyWakeFarm
from windopt.pywake.wake_models import NoPyWakeModelError

PEER = "TopFarm"
PAIRS = 10_000_000
"""Most pairs of turbines times conditions in a gradient: some gigabyte."""
WH_PER_KWH = 1e3
EXPECTED_COST = 10.0
"""TopFarm's own comparison of SLSQP and SGD counts kWh and divides by this. It decides on SLSQP's
first step: in GWh, or with the cost found by TopFarm, it ends where it began."""
SLSQP = {"maxiter": 100_000, "tol": 1e-3}
GRID_POINTS, RANDOM_PCT = 1000, 1
"""Of the smart start: points on the site, and the share of the best that it draws from [%]."""
SAMPLES = 50
"""Conditions of a stochastic gradient."""
SGD = {"gamma_min_factor": 0.1}
STEP_D = 0.2
"""Learning rate of the descent [D]."""
TRIALS, SHARE, LOOKS = 5, 0.75, 20
"""Of the descent: gradients that are timed, share of the time that its steps may take, and how
often it is looked at, for it is short of the constraints until its end."""
FOR_EVER = 1e9


def search_slsqp(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search with SLSQP from the common start, then from random layouts."""
    with _Contest(problem, left_s, propose) as contest:
        rng = np.random.default_rng(seed)
        start = fair_start(problem, seed)
        while True:
            contest.problem_for(contest.slsqp(), start, contest.rules(), EXPECTED_COST).optimize()
            start = random_layout(problem, rng)


def search_smart(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search with SLSQP from TopFarm's smart starts, one after the other."""
    refuse(problem, PEER + "'s smart start", parcels=True, holes=True)
    with _Contest(problem, left_s, propose) as contest:
        start = fair_start(problem, seed)
        for number in range(10_000):
            task = contest.problem_for(contest.slsqp(), start, contest.rules(), EXPECTED_COST)
            contest.start_smartly(task, seed + 1000 * number)
            task.optimize()


def search_random(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search with TopFarm's random search, which moves one turbine at a time anywhere."""
    from topfarm.drivers.random_search_driver import RandomizeTurbinePosition_Circle
    from topfarm.easy_drivers import EasyRandomSearchDriver

    with _Contest(problem, left_s, propose) as contest:
        np.random.seed(seed)  # noqa: NPY002  # TopFarm draws from NumPy's old generator
        driver = EasyRandomSearchDriver(
            RandomizeTurbinePosition_Circle(), max_iter=None, max_time=FOR_EVER
        )
        contest.repairs = False  # its own penalty keeps it feasible
        start = fair_start(problem, seed)
        contest.problem_for(driver, start, contest.rules(), EXPECTED_COST).optimize()


def search_sgd(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search with stochastic gradient descent, as many steps as there is time for."""
    from topfarm.constraint_components.constraint_aggregation import DistanceConstraintAggregation
    from topfarm.easy_drivers import EasySGDDriver

    with _Contest(problem, left_s, propose) as contest:
        start = fair_start(problem, seed)
        descent = _Descent(contest, np.random.default_rng(seed))
        contest.consider(start)
        steps = descent.steps_within(SHARE * left_s(), start)
        driver = EasySGDDriver(maxiter=steps, learning_rate=STEP_D * problem.rotor_diameter, **SGD)
        boundary, _ = contest.rules()
        rules = DistanceConstraintAggregation(
            boundary, problem.n_turbines, problem.min_spacing_m, contest.farm.model.windTurbines
        )
        contest.problem_for(driver, start, rules, 1.0, descent).optimize()
        contest.consider(descent.layout)


class _Contest:
    """One search by TopFarm: the farm in PyWake, and the pieces of TopFarm's problem.

    As a context it keeps TopFarm quiet, and ends when the time is up.
    """

    def __init__(self, problem: LayoutProblem, left_s: Time, propose: Propose) -> None:
        refuse(problem, PEER, parcels=True, holes=True, types=True)
        speeds = max(1, PAIRS // (len(problem.wind.wind_direction) * problem.n_turbines**2))
        directions = len(problem.wind.wind_direction)
        try:
            self.farm = PyWakeFarm(problem, coarse_rose(problem, directions, speeds))
        except NoPyWakeModelError as error:
            raise CannotPlay(f"{PEER} cannot represent {problem.name!r}: {error}") from error
        self.problem, self.repairs = problem, True
        self._found = Improvements(problem, left_s, propose)
        self._quiet = quietly()

    def __enter__(self) -> "_Contest":
        self._quiet.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *others: Any) -> bool:
        self._quiet.__exit__(kind, *others)
        return kind is not None and issubclass(kind, TimeIsUp)

    def consider(self, layout: FloatArray) -> None:
        """Propose a layout (n_turbines, 2) [m], repaired, if it is the best."""
        repaired = repair(self.problem, layout)
        self._found.offer(repaired, self.farm.aep(repaired))

    def cost(self, x: FloatArray, y: FloatArray, **_: Any) -> float:
        """Return the AEP [kWh], as TopFarm wants it, and propose what is better."""
        layout = np.column_stack([x, y])
        aep = self.farm.aep(layout)
        self._found.offer(layout, aep, self.farm.aep if self.repairs else None)
        return aep / WH_PER_KWH

    def gradient(self, x: FloatArray, y: FloatArray, **_: Any) -> FloatArray:
        """Return the AEP's derivative (2, n_turbines) [kWh/m]."""
        return self.farm.gradient(np.column_stack([x, y])).T / WH_PER_KWH

    def rules(self) -> list[Any]:
        """Return TopFarm's constraints: boundary and spacing."""
        from topfarm.constraint_components.boundary import (
            ExclusionZone,
            InclusionZone,
            XYBoundaryConstraint,
        )
        from topfarm.constraint_components.spacing import SpacingConstraint

        polygons = self.problem.site.polygons
        rings = [np.array(polygon.exterior.coords)[:-1] for polygon in polygons]
        holes = [np.array(hole.coords)[:-1] for polygon in polygons for hole in polygon.interiors]
        if len(rings) == 1 and not holes:
            boundary = XYBoundaryConstraint(rings[0], "polygon")
        else:
            zones = [InclusionZone(ring) for ring in rings] + [
                ExclusionZone(hole) for hole in holes
            ]
            boundary = XYBoundaryConstraint(zones, "multi_polygon")
        return [boundary, SpacingConstraint(self.problem.min_spacing_m)]

    def slsqp(self) -> Any:
        """Return TopFarm's SLSQP driver."""
        from topfarm.easy_drivers import EasyScipyOptimizeDriver

        return EasyScipyOptimizeDriver(optimizer="SLSQP", disp=False, **SLSQP)

    def problem_for(
        self,
        driver: Any,
        start: FloatArray,
        rules: Any,
        expected_cost: float,
        objective: "_Contest | _Descent | None" = None,
    ) -> Any:
        """Return TopFarm's problem with a start (n_turbines, 2) [m]."""
        from topfarm import TopFarmProblem
        from topfarm.cost_models.cost_model_wrappers import CostModelComponent
        from topfarm.plotting import NoPlot

        asked = objective or self
        return TopFarmProblem(
            design_vars={"x": start[:, 0].copy(), "y": start[:, 1].copy()},
            cost_comp=CostModelComponent(
                input_keys=["x", "y"],
                n_wt=len(start),
                cost_function=asked.cost,
                cost_gradient_function=asked.gradient,
                maximize=True,
            ),
            constraints=rules,
            driver=driver,
            plot_comp=NoPlot(),
            expected_cost=expected_cost,
        )

    def start_smartly(self, task: Any, seed: int) -> None:
        """Place the turbines of a problem one by one where the AEP of the next is highest."""
        from py_wake.flow_map import Points

        site, rose = self.problem.site, coarse_rose(self.problem)
        model = PyWakeFarm(self.problem, rose).model
        hub = self.problem.turbine.hub_height
        step = np.sqrt(site.area.area / GRID_POINTS)
        west, south, east, north = site.area.bounds
        grid = np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))

        def aep(x: FloatArray, y: FloatArray, xs: list[float], ys: list[float]) -> FloatArray:
            standing = model(xs, ys, wd=rose.wind_direction, ws=rose.wind_speed)
            places = Points(x, y, np.full(len(x), hub))
            return np.asarray(standing.aep_map(places).values, dtype=np.float64)

        task.smart_start(*grid, aep, random_pct=RANDOM_PCT, seed=seed, show_progress=False)


class _Descent:
    """The objective of a stochastic gradient descent: only its gradient counts."""

    def __init__(self, contest: _Contest, rng: np.random.Generator) -> None:
        self._contest, self._rng = contest, rng
        self._conditions = contest.problem.wind.conditions
        self.layout = np.empty((0, 2))
        self._steps, self._every = 0, 1

    def steps_within(self, seconds: float, layout: FloatArray) -> int:
        """Return number of steps that some processor time is good for, from `TRIALS` of them."""
        x, y = layout.T
        self.gradient(x, y)  # the first one imports what the others use
        began = time.process_time()
        for _ in range(TRIALS):
            self.gradient(x, y)
        steps = max(1, int(seconds * TRIALS / (time.process_time() - began)))
        self._steps, self._every = 0, max(1, steps // LOOKS)
        return steps

    def cost(self, x: FloatArray, y: FloatArray, **_: Any) -> float:
        """Return nothing, as TopFarm's documentation does, and look at the layout now and then."""
        self.layout = np.column_stack([x, y])
        self._steps += 1
        if self._steps % self._every == 0:
            self._contest.consider(self.layout)
        return 0.0

    def gradient(self, x: FloatArray, y: FloatArray, **_: Any) -> FloatArray:
        """Return the AEP's derivative in drawn conditions (2, n_turbines) [kWh/m]."""
        wind, rng = self._conditions, self._rng
        drawn = rng.choice(len(wind), SAMPLES, p=wind.weight / wind.weight.sum())
        layout = np.column_stack([x, y])
        drawn_wind = wind.wd[drawn], wind.ws[drawn], wind.ti[drawn]
        by_xy = self._contest.farm.sampled_gradient(layout, *drawn_wind)
        return by_xy.T / WH_PER_KWH


_NEEDS = ("topfarm", "py_wake")
_SLSQP_IN_WORDS = "SLSQP with autograd, AEP in kWh, expected cost 10, and restarts"
METHODS = {
    "topfarm_smart": Method(
        f"TopFarm smart start, then {_SLSQP_IN_WORDS}, in PyWake", search_smart, _NEEDS
    ),
    "topfarm_slsqp": Method(f"TopFarm {_SLSQP_IN_WORDS}, in PyWake", search_slsqp, _NEEDS),
    "topfarm_random": Method("TopFarm random search, in PyWake", search_random, _NEEDS),
    "topfarm_sgd": Method(
        f"TopFarm stochastic gradient descent, {SAMPLES} conditions a step of at first "
        f"{STEP_D:g} D, in PyWake",
        search_sgd,
        _NEEDS,
    ),
}
