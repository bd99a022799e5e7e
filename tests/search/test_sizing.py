"""The number of turbines found is the one that earns most, whatever it was found from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from windopt.errors import InfeasibleError, LayoutError
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.profit import profit_objective
from windopt.readers.load import load_problem
from windopt.search.context import SearchContext
from windopt.search.patterns import optimise
from windopt.search.resize import resize, with_one_more, without_one
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import SearchSettings
from windopt.search.sizing import size_farm
from windopt.search.solution import Improvement, Sizing
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.surrogate import Surrogate

DIRECTIONS, PROBABILITY = [0.0, 60.0, 120.0, 240.0, 270.0], [0.1, 0.1, 0.1, 0.4, 0.3]
TINY = {
    "site": {
        "name": "a field",
        "boundaries": {"polygons": [{"x": [0, 1200, 1200, 0], "y": [0, 0, 800, 800]}]},
    },
    "rose": {
        "name": "five directions",
        "wind_resource": {
            "wind_direction": DIRECTIONS,
            "wind_speed": [9.0],
            "probability": {
                "data": [[p] for p in PROBABILITY],
                "dims": ["wind_direction", "wind_speed"],
            },
            "turbulence_intensity": {"data": [0.075], "dims": ["wind_speed"]},
        },
    },
    "tiny": {
        "site": "site.yaml",
        "wind_resource": "rose.yaml",
        "turbine": "windIO:plant_energy_turbine/IEA37_10MW_turbine.yaml",
        "n_turbines": {"min": 2, "max": 6},
        "economics": {"value_per_mwh": 60, "cost_per_turbine": 1.4e6},
        "refine_wind": False,
        "wake": {"velocity_model": "iea37", "turbulence_model": "none"},
        "optimise": {"starts": 2, "steps": 10, "chains": 1, "patience": 8},
    },
}


def short(problem: LayoutProblem, **sizing: int) -> SearchSettings:
    """Let farms settle in a few steps, so that the tests end soon."""
    asked = SearchSettings.of(problem.config)
    ascent = replace(asked.sizing.ascent, steps=10)
    return replace(asked, sizing=replace(asked.sizing, ascent=ascent, grids=20, **sizing))


def size(problem: LayoutProblem, formula: Surrogate, **how: object) -> Sizing:
    return size_farm(problem, formula, **{"settings": short(problem), **how})  # type: ignore[arg-type]


def context_of(problem: LayoutProblem, formula: Surrogate, sampler: RoseSampler) -> SearchContext:
    return SearchContext(Objective.of(problem, formula), sampler, short(problem))


@pytest.fixture(scope="module")
def tiny_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A field for a few turbines, with a wake formula: nothing to learn."""
    folder = tmp_path_factory.mktemp("tiny")
    for name, part in TINY.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(part))
    return folder / "tiny.yaml"


@pytest.fixture(scope="module")
def tiny(tiny_config: Path) -> LayoutProblem:
    return load_problem(tiny_config)


@pytest.fixture(scope="module")
def formula(tiny: LayoutProblem) -> Surrogate:
    return analytic_surrogate(tiny)


@pytest.fixture(scope="module")
def sized(tiny: LayoutProblem, formula: Surrogate) -> tuple[Sizing, list[FloatArray]]:
    """A search to its end, with the layouts it told of."""
    told: list[FloatArray] = []
    return size(tiny, formula, on_improvement=lambda _, layout: told.append(layout)), told


def profits(problem: LayoutProblem, found: Sizing) -> dict[int, float]:
    profit = profit_objective(problem)
    return {one.n_turbines: profit.of_energy(one.layout, one.aep) for one in found.layouts}


def test_number_is_that_of_brute_force(
    tiny: LayoutProblem, formula: Surrogate, sized: tuple[Sizing, list[FloatArray]]
) -> None:
    by_force = {}
    for n in range(2, 7):
        of_n = tiny.with_n_turbines(n)
        aep = optimise(of_n, formula, seed=1, settings=short(of_n)).aep_predicted
        by_force[n] = 60 * aep / 1e6 - 1.4e6 * n
    best = max(by_force, key=by_force.__getitem__)
    assert 2 < best < 6
    assert len(sized[0].solution.layout) == best
    assert profits(tiny, sized[0])[best] > (1 - 1e-3) * by_force[best]


def test_every_layout_is_feasible_within_the_bounds_and_priced_right(
    tiny: LayoutProblem, formula: Surrogate, sized: tuple[Sizing, list[FloatArray]]
) -> None:
    found, _ = sized
    assert [one.n_turbines for one in found.layouts] == [2, 3, 4, 5, 6]
    for one in found.layouts:
        problem = tiny.with_n_turbines(one.n_turbines)
        assert check_feasibility(problem, one.layout).feasible
        assert Objective.of(problem, formula).value(one.layout) == pytest.approx(one.aep, rel=1e-6)
    best = max(profits(tiny, found), key=profits(tiny, found).__getitem__)
    assert len(found.solution.layout) == best
    chosen = next(one for one in found.layouts if one.n_turbines == best)
    np.testing.assert_array_equal(found.solution.layout, chosen.layout)
    assert found.solution.aep_predicted == chosen.aep
    assert found.most is None


def test_the_chosen_number_and_its_neighbours_are_searched(
    sized: tuple[Sizing, list[FloatArray]],
) -> None:
    found, _ = sized
    n = len(found.solution.layout)
    searched = {one.n_turbines for one in found.layouts if one.searched}
    assert {n - 1, n, n + 1} <= searched
    grids = [one.grid for one in found.layouts if one.searched]
    assert all(grid is not None for grid in grids)


def test_improvements_told_are_of_the_profit(
    tiny: LayoutProblem, formula: Surrogate, sized: tuple[Sizing, list[FloatArray]]
) -> None:
    found, told = sized
    earned = [
        60 * Objective.of(tiny.with_n_turbines(len(x)), formula).value(x) / 1e6 - 1.4e6 * len(x)
        for x in told
    ]
    assert (np.diff(earned) > 0).all()
    # settled inside: a search tolerates a millimetre
    np.testing.assert_allclose(told[-1], found.solution.layout, rtol=0, atol=1e-3)


def quick(problem: LayoutProblem, formula: Surrogate, **how: object) -> Sizing:
    """Draw the quick curve only."""
    return size(problem, formula, settings=short(problem, most_searches=0), **how)


def test_free_turbines_fill_the_site_and_dear_ones_leave_it_empty(
    tiny_config: Path, formula: Surrogate, caplog: pytest.LogCaptureFixture
) -> None:
    narrow = {"n_turbines": {"min": 2, "max": 9}, "min_spacing_d": 4}
    free = load_problem(tiny_config, narrow | {"economics.cost_per_turbine": 0})
    found = quick(free, formula)
    # of points 792 m apart a field of 1200 m by 800 m holds five: the corners and one between
    assert found.most == max(one.n_turbines for one in found.layouts)
    assert found.most in (4, 5)
    assert len(found.solution.layout) == found.most
    assert f"no more than {found.most} turbines found a place" in caplog.text
    dear = load_problem(tiny_config, narrow | {"economics.cost_per_turbine": 1e8})
    assert len(quick(dear, formula).solution.layout) == 2


def test_same_seed_gives_the_same_answer(tiny: LayoutProblem, formula: Surrogate) -> None:
    first, second = (quick(tiny, formula, seed=3) for _ in range(2))
    for one, other in zip(first.layouts, second.layouts, strict=True):
        np.testing.assert_array_equal(one.layout, other.layout)


@pytest.mark.parametrize("patience", [3, 9])
def test_interruption_gives_the_best_so_far(
    tiny: LayoutProblem, formula: Surrogate, patience: int
) -> None:
    told: list[FloatArray] = []

    def listen(_: Improvement, layout: FloatArray) -> None:
        told.append(layout)

    def watch(_: float) -> None:
        nonlocal patience
        patience -= 1
        if patience < 0:
            raise KeyboardInterrupt

    found = size(tiny, formula, progress=watch, on_improvement=listen)
    assert found.solution.status == "stopped"
    layout = found.solution.layout
    assert check_feasibility(tiny.with_n_turbines(len(layout)), layout).feasible
    np.testing.assert_allclose(layout, told[-1], rtol=0, atol=1e-3)  # settled inside


def test_spent_budget_gives_the_best_so_far(tiny: LayoutProblem, formula: Surrogate) -> None:
    found = size(tiny, formula, max_seconds=0.0)
    assert found.solution.status == "budget"
    assert [one.n_turbines for one in found.layouts] == [2]


def test_wide_bounds_are_sampled_and_filled_in_about_the_best(
    tiny: LayoutProblem, formula: Surrogate
) -> None:
    found = size(tiny, formula, settings=short(tiny, points=2, most_searches=0))
    numbers = [one.n_turbines for one in found.layouts]
    assert {2, 4, 6} <= set(numbers)
    n = len(found.solution.layout)
    assert {n - 1, n, n + 1} <= set(numbers)


def test_site_too_small_for_the_least_number_is_refused(
    tiny_config: Path, formula: Surrogate
) -> None:
    full = {"n_turbines": {"min": 5, "max": 9}, "min_spacing_d": 4.2}
    with pytest.raises(InfeasibleError, match="no place for turbine"):
        size(load_problem(tiny_config, full), formula)


def test_given_number_is_no_matter_of_sizing(tiny_config: Path, formula: Surrogate) -> None:
    given = load_problem(tiny_config, {"n_turbines": 3})
    with pytest.raises(LayoutError, match="is not free: 3; give n_turbines"):
        size(given, formula)


def test_the_turbine_removed_is_the_one_least_missed(
    tiny: LayoutProblem, formula: Surrogate
) -> None:
    layout = np.array([[0.0, 0.0], [1200.0, 0.0], [0.0, 800.0], [1200.0, 800.0], [600.0, 0.0]])
    of_five = Objective.of(tiny.with_n_turbines(5), formula)
    of_four = Objective.of(tiny.with_n_turbines(4), formula)
    sampler = RoseSampler.of(Objective.of(of_five.problem, formula), layout)
    rng = np.random.default_rng(0)
    left = without_one(context_of(of_five.problem, formula, sampler), layout, rng)
    aep = [of_four.value(np.delete(layout, i, axis=0)) for i in range(5)]
    assert of_four.value(left) == pytest.approx(max(aep), rel=1e-12)
    again = with_one_more(context_of(of_four.problem, formula, sampler), left, rng)
    assert again is not None
    np.testing.assert_array_equal(again[:4], left)
    assert of_five.value(again) > of_four.value(left)


def test_resizing_settles_and_says_when_no_place_is_left(
    tiny_config: Path, formula: Surrogate
) -> None:
    full = load_problem(tiny_config, {"min_spacing_d": 4})
    corners = np.array([[0.0, 0.0], [1200.0, 0.0], [0.0, 800.0], [1200.0, 800.0]])
    sampler = RoseSampler.of(Objective.of(full.with_n_turbines(4), formula), corners)
    three, six = (context_of(full.with_n_turbines(n), formula, sampler) for n in (3, 6))
    smaller = resize(three, corners, 0)
    assert smaller is not None
    assert smaller.n_turbines == 3
    assert resize(six, corners, 0) is None
