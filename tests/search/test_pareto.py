"""The curve of AEP against regularity: it falls, keeps the rules and can be cut short."""

from itertools import pairwise

import numpy as np
import pytest

from windopt.problem.constraints import check_feasibility
from windopt.problem.lattice import Lattice
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.regularity import RegularLayout, choose, departure
from windopt.readers.load import load_problem
from windopt.search.patterns import optimise
from windopt.search.solution import Solution
from windopt.surrogate.surrogate import Surrogate

WEIGHTS = [2.0, 0.0, 0.5, 10.0]
SETTINGS = {
    "optimise.regularity": WEIGHTS,
    "optimise.patience": 1,
    "optimise.chains": 1,
    "optimise.steps": 10,
    "refine_wind": False,
}


@pytest.fixture(scope="module")
def priced(small: LayoutProblem) -> LayoutProblem:
    return load_problem(small.config, SETTINGS)


@pytest.fixture(scope="module")
def found(priced: LayoutProblem, small_surrogate: Surrogate) -> Solution:
    return optimise(priced, small_surrogate, seed=1)


def test_curve_falls_with_the_weight(found: Solution) -> None:
    curve = sorted(found.curve, key=lambda point: point.regularity)
    for one, neater in pairwise(curve):
        assert one.aep >= neater.aep
        assert one.departure_d >= neater.departure_d
        for point in curve:  # nobody would change layouts
            assert one.score >= point.aep - one.price * point.departure_d - 1e-3
    assert curve[0].departure_d > curve[-1].departure_d


def test_points_are_feasible_and_what_they_say(
    priced: LayoutProblem, small_surrogate: Surrogate, found: Solution
) -> None:
    assert [point.regularity for point in found.curve] == WEIGHTS
    objective = Objective.of(priced, small_surrogate)
    for point in found.curve:
        assert check_feasibility(priced, point.layout).feasible
        assert point.aep == pytest.approx(objective.value(point.layout))
        # lattices known from the search may fit better than those found from nothing
        assert point.departure_d <= departure(priced, point.layout) + 1e-9


def test_answer_is_that_of_the_first_weight(found: Solution) -> None:
    # settled inside: a search tolerates a millimetre
    np.testing.assert_allclose(found.layout, found.curve[0].layout, rtol=0, atol=1e-3)
    assert found.aep_predicted == found.curve[0].aep
    assert found.status == "converged"


def test_curve_is_cut_short_by_its_time_and_by_interruption(
    priced: LayoutProblem, small_surrogate: Surrogate
) -> None:
    endless = load_problem(priced.config, {"optimise.patience": 10**6})
    late = optimise(endless, small_surrogate, max_seconds=1.0)
    assert late.status == "budget"

    def interrupt(share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    stopped = optimise(priced, small_surrogate, progress=interrupt)
    assert stopped.status == "stopped"
    for solution in (late, stopped):
        assert len(solution.curve) == len(WEIGHTS)
        assert check_feasibility(priced, solution.layout).feasible


def test_neater_of_equals_is_chosen_and_dear_layouts_are_left() -> None:
    lattice, nowhere = Lattice(np.zeros(2), np.eye(2)), np.zeros((1, 2))
    pool = [
        RegularLayout(0, nowhere, aep, d, lattice, 110.0)
        for aep, d in ((100, 1.0), (99, 0.0), (100, 2))
    ]
    assert [(choose(pool, w).aep, choose(pool, w).departure_d) for w in (0, 0.5, 2)] == [
        (100, 1.0),
        (100, 1.0),
        (99, 0.0),
    ]
