"""Search that knows nothing of wakes: layouts in, AEP out, as in EXPObench's windwake problem.

EXPObench (Bliek et al. 2023, https://doi.org/10.1016/j.asoc.2023.110744) takes the coordinates over
the site's size as variables in [0, 1], and what breaks a constraint is worth 0, without a
simulation. FLORIS evaluates on the coarse rose that its own optimisers have here. All begin with
the common start; without it they would seldom see a feasible layout of more than some ten turbines.

CMA-ES is pycma (N. Hansen, https://github.com/CMA-ES/pycma). As it comes, its first step is a
quarter of the site, what breaks a constraint costs more the further it does, and it ends when it
has converged. Tuned, it handles constraints as its author advises (N. Hansen 2016, The CMA
Evolution Strategy: A Tutorial, arXiv:1604.00772, "Boundaries and Constraints"): what breaks them is
repaired, and costs what the repaired layout costs plus the square of its distance; the first step
is shorter, and it goes on from its best with twice the population.
"""

from collections.abc import Callable

import numpy as np

from windopt.compare.method import Method, Propose, Time
from windopt.compare.peers.coarse_rose import DIRECTIONS, coarse_rose
from windopt.compare.peers.improvements import Improvements, TimeIsUp, quietly
from windopt.compare.start import fair_start
from windopt.errors import InfeasibleError
from windopt.floris.simulator import Simulator
from windopt.problem.boundary import boundary_violation
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import random_points, repair

CROWD = 1000
"""Random layouts between two looks at the time."""
SIGMA, STEP_D = 0.25, 0.1
"""First step of CMA-ES: a quarter of the site, as its documentation says; and, tuned, one that
leaves a feasible layout nearly so [D]: with 0.3 D it found nothing in 40 CPU-seconds on the
quickstart site."""
RESTARTS, GROWTH = 9, 2
"""Of the tuned CMA-ES, and by how much the population grows with each."""
DISTANCE_COST = 1.0
"""Of a repair: share of the start's AEP for each squared length of the site."""


class _Box:
    """FLORIS behind normalised coordinates.

    Parameters
    ----------
    problem : LayoutProblem
    left_s : Time
    propose : Propose
    """

    def __init__(self, problem: LayoutProblem, left_s: Time, propose: Propose) -> None:
        self.problem = problem
        self._found = Improvements(problem, left_s, propose)
        self._rose, self._simulator = coarse_rose(problem), Simulator(problem)
        west, south, east, north = problem.site.area.bounds
        self._corner, self._size = np.array([west, south]), np.array([east - west, north - south])

    def aep(self, layout: FloatArray) -> float:
        """Return the AEP of a feasible layout (n_turbines, 2) [m], and propose it [Wh]."""
        (power,) = self._simulator.farm_power([layout], self._rose)
        aep = self.problem.hours_per_year * float(power @ self._rose.conditions.weight)
        self._found.offer(layout, aep)
        return aep

    def variables(self, layout: FloatArray) -> FloatArray:
        """Return x1..xn, y1..yn in [0, 1] of a layout (n_turbines, 2) [m]."""
        variables: FloatArray = ((layout - self._corner) / self._size).T.ravel()
        return variables

    def layout(self, variables: FloatArray) -> FloatArray:
        """Return the layout (n_turbines, 2) [m] of some variables (2 n_turbines,)."""
        layout: FloatArray = variables.reshape(2, -1).T * self._size + self._corner
        return layout

    def violation(self, layout: FloatArray) -> float:
        """Return the sum over turbines of how far they break boundary and spacing [D]."""
        problem = self.problem
        everyone = problem.joined(layout)
        short = problem.spacing.shortfall(everyone, problem.all_types)[: len(layout)]
        outside = boundary_violation(layout, problem.site)
        return float(short.sum() + outside.sum()) / problem.rotor_diameter

    def look(self) -> None:
        """End the search when the time is up."""
        self._found.look()


def search_random(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Draw layouts uniformly over the site; those that break the spacing are worth nothing."""
    box, rng = _Box(problem, left_s, propose), np.random.default_rng(seed)
    n = problem.n_turbines
    with quietly():
        try:
            box.aep(fair_start(problem, seed))
            while True:
                crowd = random_points(problem.site, CROWD * n, rng).reshape(CROWD, n, 2)
                for layout in crowd:
                    if check_feasibility(problem, layout).feasible:
                        box.aep(layout)
                box.look()
        except TimeIsUp:
            return


def search_cma(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search with CMA-ES as it comes, until it has converged.

    What breaks a constraint is worth less than 0 by how far it does: where all is worth 0, nothing
    can be learned.
    """

    def cost(box: _Box, layout: FloatArray, scale: float) -> float:
        if check_feasibility(problem, layout).feasible:
            return -box.aep(layout) / scale
        return box.violation(layout)

    _cma(problem, seed, left_s, propose, cost, SIGMA, restarts=0)


def search_cma_tuned(problem: LayoutProblem, seed: int, left_s: Time, propose: Propose) -> None:
    """Search with CMA-ES on repaired layouts, and again from the best when it has converged."""

    def cost(box: _Box, layout: FloatArray, scale: float) -> float:
        if check_feasibility(problem, layout).feasible:
            return -box.aep(layout) / scale
        try:
            repaired = repair(problem, layout)
        except InfeasibleError:
            return box.violation(layout)
        moved = box.variables(layout) - box.variables(repaired)
        return -box.aep(repaired) / scale + DISTANCE_COST * float(moved @ moved)

    west, south, east, north = problem.site.area.bounds
    step = STEP_D * problem.rotor_diameter / max(east - west, north - south)
    _cma(problem, seed, left_s, propose, cost, step, restarts=RESTARTS)


def _cma(
    problem: LayoutProblem,
    seed: int,
    left_s: Time,
    propose: Propose,
    cost: Callable[[_Box, FloatArray, float], float],
    sigma: float,
    restarts: int,
) -> None:
    """Minimise a cost of layouts (n_turbines, 2) [m], scaled by the AEP of the start [Wh]."""
    import cma

    box = _Box(problem, left_s, propose)

    def asked(variables: FloatArray) -> float:
        box.look()
        return cost(box, box.layout(np.asarray(variables)), scale)

    with quietly():
        try:
            start = fair_start(problem, seed)
            scale = box.aep(start)
            options = {"bounds": [0, 1], "seed": seed + 1, "verbose": -9}
            again = {"restarts": restarts, "incpopsize": GROWTH}
            cma.fmin2(asked, box.variables(start), sigma, options, **again)
        except TimeIsUp:
            return


METHODS = {
    "random": Method(
        f"random layouts, FLORIS on {DIRECTIONS} directions and the mean speed", search_random
    ),
    "cma": Method(
        f"CMA-ES (pycma) as it comes, first step {SIGMA:g} of the site, penalties, FLORIS on "
        f"{DIRECTIONS} directions and the mean speed",
        search_cma,
        ("cma",),
    ),
    "cma_tuned": Method(
        f"CMA-ES (pycma), first step {STEP_D:g} D, repairs and restarts, FLORIS on "
        f"{DIRECTIONS} directions and the mean speed",
        search_cma_tuned,
        ("cma",),
    ),
}
