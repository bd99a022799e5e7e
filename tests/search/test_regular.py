"""Regular layouts: lattices, feasible on every site, better than the best grid, the same again."""

from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from windopt.errors import InfeasibleError
from windopt.pipeline import RunResult
from windopt.problem.constraints import check_feasibility
from windopt.problem.lattice import Lattice, points_on_site
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.regularity import refit
from windopt.readers.load import load_problem
from windopt.search.fitting_lattices import require_lattice
from windopt.search.lattice_refine import Placement, improve
from windopt.search.patterns import optimise
from windopt.search.settings import LatticeSettings
from windopt.search.solution import Improvement, Solution
from windopt.surrogate.checkpoint import load_surrogate
from windopt.surrogate.surrogate import Surrogate

REGULAR = {
    "optimise.pattern": "regular",
    "optimise.patience": 2,
    "optimise.chains": 2,
    "refine_wind": False,
}


@pytest.fixture(scope="module")
def regular(small: LayoutProblem) -> LayoutProblem:
    return load_problem(small.config, REGULAR)


@pytest.fixture(scope="module")
def found(regular: LayoutProblem, small_surrogate: Surrogate) -> Solution:
    return optimise(regular, small_surrogate, seed=1)


def departure_from(problem: LayoutProblem, lattice: Lattice | None, layout: FloatArray) -> float:
    assert lattice is not None
    whole = (layout - lattice.origin) @ np.linalg.inv(lattice.cell)
    assert len(np.unique(np.round(whole), axis=0)) == len(layout)
    return float(np.abs(whole - np.round(whole)).max())


def test_answer_is_a_feasible_lattice_of_all_turbines(
    regular: LayoutProblem, found: Solution
) -> None:
    assert found.layout.shape == (9, 2)
    assert departure_from(regular, found.lattice, found.layout) < 1e-6  # settled a hair inside
    assert found.lattice is not None
    assert refit(regular, found.lattice, found.layout).departure_d < 1e-6
    assert check_feasibility(regular, found.layout).feasible
    assert found.status == "converged"
    assert found.reason.startswith("the last 2 lattices gained less than 0.001 % of AEP")


def test_answer_beats_the_best_grid(
    regular: LayoutProblem, found: Solution, small_surrogate: Surrogate
) -> None:
    assert found.grid is not None
    assert found.aep_predicted > Objective.of(regular, small_surrogate).value(found.grid)
    aep = [row.aep for row in found.history]
    assert aep == sorted(aep)
    assert aep[-1] == found.aep_predicted
    assert found.starts[0].status == "gave the answer"


def test_same_seed_same_lattice_on_worker_processes(
    regular: LayoutProblem, small_surrogate: Surrogate, pool: Executor
) -> None:
    one, same = (optimise(regular, small_surrogate, seed=1, executor=pool) for _ in range(2))
    np.testing.assert_array_equal(one.layout, same.layout)
    assert one.aep_predicted == same.aep_predicted


def test_search_carries_on_from_an_earlier_one(
    regular: LayoutProblem, found: Solution, small_surrogate: Surrogate
) -> None:
    quick = load_problem(regular.config, {"optimise.patience": 0})
    again = optimise(quick, small_surrogate, carry_on=found)
    assert again.aep_predicted >= found.aep_predicted
    assert departure_from(quick, again.lattice, again.layout) < 1e-6
    assert again.grid is found.grid


def test_search_ends_when_its_time_is_up(
    regular: LayoutProblem, small_surrogate: Surrogate
) -> None:
    endless = load_problem(regular.config, {"optimise.patience": 10**6})
    solution = optimise(endless, small_surrogate, max_seconds=0.3)
    assert (solution.status, solution.reason) == ("budget", "the budget was spent")
    assert check_feasibility(regular, solution.layout).feasible


def test_interrupted_search_gives_the_best_lattice_so_far(
    regular: LayoutProblem, small_surrogate: Surrogate
) -> None:
    told: list[Improvement] = []

    def interrupt(row: Improvement, _: FloatArray) -> None:
        told.append(row)
        if len(told) == 2:
            raise KeyboardInterrupt

    solution = optimise(regular, small_surrogate, on_improvement=interrupt)
    assert solution.status == "stopped"
    assert solution.aep_predicted == told[-1].aep
    assert departure_from(regular, solution.lattice, solution.layout) < 1e-9
    assert check_feasibility(regular, solution.layout).feasible


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(n=st.integers(1, 12), wide=st.floats(2.0, 3.0), seed=st.integers(0, 100))
def test_improved_lattices_stay_feasible_on_parcels_with_holes(
    small: LayoutProblem, small_surrogate: Surrogate, n: int, wide: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    problem = replace(
        small,
        n_turbines=n,
        types=np.zeros(n, dtype=int),
        min_spacing_d=wide,
        initial_layout=None,
        fixed_layout=rng.uniform(0, 3000, (1, 2)),
        fixed_types=np.zeros(1, dtype=int),
    )
    objective = Objective.of(problem, small_surrogate)
    lattice = require_lattice(problem)[0]
    start = Placement(lattice, some_points(problem, lattice))
    part = objective.rose.take(slice(None, None, 15))
    better = improve(objective, start, part, 0.0, seed, LatticeSettings())
    assert check_feasibility(problem, start.layout).feasible
    assert check_feasibility(problem, better.layout).feasible
    assert departure_from(problem, better.lattice, better.layout) < 1e-9
    power = objective.rates(np.stack([better.layout, start.layout]), part)
    assert power[0] >= power[1] * (1 - 1e-9)


def some_points(problem: LayoutProblem, lattice: Lattice) -> IntArray:
    return points_on_site(problem, lattice)[: problem.n_turbines]


def test_types_change_places(mixed: LayoutProblem, small_run: RunResult) -> None:
    """Where every point is taken, two types may still swap."""
    objective = Objective.of(mixed, load_surrogate(small_run.folder.surrogate, mixed))
    lattice = require_lattice(mixed)[0]
    start = Placement(lattice, some_points(mixed, lattice))
    part = objective.rose.take(slice(None, None, 5))
    better = improve(objective, start, part, 0.0, 0, LatticeSettings())
    assert check_feasibility(mixed, better.layout).feasible
    assert objective.value(better.layout) > objective.value(start.layout)


def test_pattern_that_does_not_fit_says_how_many_would(
    small: LayoutProblem, small_surrogate: Surrogate
) -> None:
    crowd = load_problem(small.config, REGULAR | {"layout": None, "n_turbines": 130})
    with pytest.raises(InfeasibleError, match=r"no regular pattern of 130 turbines") as caught:
        optimise(crowd, small_surrogate)
    most = int(str(caught.value).split("n_turbines: ")[1].split(",")[0])
    fewer = load_problem(small.config, REGULAR | {"layout": None, "n_turbines": most})
    assert require_lattice(fewer)
