"""A third constraint, noise at a house, is kept by all of the search without a change to it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import shapely

from windopt.problem.constraint import Constraint, Standing
from windopt.problem.constraints import check_feasibility
from windopt.problem.lattice import Lattice, points_on_site
from windopt.problem.layout import BoolArray, FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import relax, repair
from windopt.problem.site import Site
from windopt.problem.violations import violations
from windopt.search.context import SearchContext
from windopt.search.destroy_repair import destroy_and_repair, draw_sample, greedy_layout
from windopt.search.patterns import optimise
from windopt.search.refine import Rules, refine
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import SearchSettings
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.what_if import free_places


@dataclass(frozen=True, eq=False)
class Noise(Constraint):
    """Turbines as point sources, their sound added up by energy at one house."""

    house: FloatArray
    limit: float
    name, unit = "noise at the house", "dB"

    def heard(self, places: FloatArray) -> tuple[FloatArray, FloatArray]:
        gap = places - self.house
        squared = np.maximum((gap**2).sum(axis=-1), 1.0)
        return 10.0**9.5 / squared, gap / squared[..., None]

    def slack(self, layout: FloatArray) -> FloatArray:
        return np.array([self.limit - 10.0 * np.log10(self.heard(layout)[0].sum() + 1e-9)])

    def jacobian(self, layout: FloatArray) -> FloatArray:
        energy, away = self.heard(layout)
        rows: FloatArray = 20.0 / np.log(10.0) * energy[:, None] / energy.sum() * away
        return rows[None]

    def free(self, places: FloatArray, standing: Standing) -> BoolArray:
        there = self.heard(standing.layout)[0].sum()
        free: BoolArray = there + self.heard(places)[0] <= 10.0 ** (self.limit / 10.0)
        return free


@pytest.fixture(scope="module")
def quiet(small: LayoutProblem) -> LayoutProblem:
    """A house amid the given layout, which is 2 dB too loud there."""
    assert small.initial_layout is not None
    given = repair(small, small.initial_layout)
    house = given.mean(axis=0) + np.array([250.0, 100.0])
    loud = Noise(house, 0.0).slack(given)[0]
    further = (Noise(house, -loud - 2.0),)
    return replace(small, initial_layout=given, further_constraints=further)


@pytest.fixture(scope="module")
def surrogate(quiet: LayoutProblem) -> Surrogate:
    return analytic_surrogate(quiet)


def noise(problem: LayoutProblem) -> Noise:
    (one,) = problem.further_constraints
    assert isinstance(one, Noise)
    return one


def test_a_layout_that_is_too_loud_is_not_feasible_and_is_told(quiet: LayoutProblem) -> None:
    layout = quiet.initial_layout
    assert layout is not None
    assert not check_feasibility(quiet, layout).feasible
    assert check_feasibility(replace(quiet, further_constraints=()), layout).feasible
    found = violations(quiet, layout)
    n = len(layout)
    numbers = f"{', '.join(map(str, range(1, n)))} and {n}"
    assert found.in_words == [f"turbines {numbers} break 'noise at the house' by 2 dB"]
    assert found.beyond_rounding.in_short == found.in_words


@pytest.mark.parametrize("seed", range(5))
def test_repair_makes_any_layout_quiet(quiet: LayoutProblem, seed: int) -> None:
    rng = np.random.default_rng(seed)
    layout = noise(quiet).house + rng.normal(0.0, 300.0, (quiet.n_turbines, 2))
    assert noise(quiet).slack(layout)[0] < -1.0
    fixed = repair(quiet, layout)
    assert check_feasibility(quiet, fixed).feasible
    assert not violations(quiet, fixed)
    assert check_feasibility(quiet, random_layout(quiet, rng)).feasible


def test_projection_alone_mends_what_is_slight(quiet: LayoutProblem) -> None:
    layout = quiet.initial_layout
    assert layout is not None
    mended = relax(quiet, layout)
    assert noise(quiet).slack(mended)[0] >= -noise(quiet).tolerance
    assert np.hypot(*(mended - layout).T).max() < 5 * quiet.rotor_diameter


def test_who_cannot_be_pushed_out_is_set_down_elsewhere(small: LayoutProblem) -> None:
    """On the house itself the gradient is nothing: only lifting mends that."""
    assert small.initial_layout is not None
    house = small.initial_layout[0].copy()
    alone = replace(small, n_turbines=1, types=small.types[:1], initial_layout=None)
    alone = replace(alone, further_constraints=(Noise(house, 40.0),))
    fixed = repair(alone, house[None])
    assert check_feasibility(alone, fixed).feasible
    assert np.hypot(*(fixed[0] - house)) > 500.0


def test_moves_and_refinement_stay_quiet(quiet: LayoutProblem, surrogate: Surrogate) -> None:
    objective, rng = Objective.of(quiet, surrogate), np.random.default_rng(2)
    assert quiet.initial_layout is not None
    start = repair(quiet, quiet.initial_layout)
    context = SearchContext(objective, RoseSampler.of(objective, start), SearchSettings())
    sample = draw_sample(context, rng)
    for _ in range(5):
        removed = rng.permutation(len(start))[:2]
        moved = destroy_and_repair(context, start, removed, sample, rng)
        assert check_feasibility(quiet, moved).feasible
    grown = greedy_layout(context, sample, rng)
    assert grown is None or check_feasibility(quiet, grown).feasible
    refined = refine(objective, start, sample.decide, 5)
    assert check_feasibility(quiet, refined).feasible
    assert objective.rates(refined[None], sample.decide)[0] > 0
    rules = Rules(objective, start)
    assert rules.slack(start)[-1] == noise(quiet).slack(start)[0]
    assert len(rules.slack(start)) == len(rules.jacobian(start))


@pytest.mark.parametrize("pattern", ["free", "regular"])
def test_search_stays_quiet(quiet: LayoutProblem, surrogate: Surrogate, pattern: str) -> None:
    brief = {"starts": 1, "steps": 20, "chains": 1, "patience": 1, "pattern": pattern}
    how = quiet.config.optimise.model_copy(update=brief)
    config = quiet.config.model_copy(update={"optimise": how})
    heard: list[FloatArray] = []
    found = optimise(
        replace(quiet, config=config),
        surrogate,
        3,
        max_seconds=3.0,
        on_improvement=lambda _, layout: heard.append(layout),
    )
    assert heard
    for layout in (*heard, found.layout, *(start.layout for start in found.starts)):
        assert check_feasibility(quiet, layout).feasible
        assert noise(quiet).keeps(layout)


def test_places_that_are_offered_are_quiet(quiet: LayoutProblem) -> None:
    layout = repair(quiet, np.array(quiet.initial_layout))
    places = free_places(quiet, layout[1:], 0)
    loudest = min(places.tolist(), key=lambda place: np.hypot(*(place - noise(quiet).house)))
    assert len(places) < len(free_places(replace(quiet, further_constraints=()), layout[1:], 0))
    assert noise(quiet).keeps(np.vstack([layout[1:], loudest]))
    lattice = Lattice(noise(quiet).house, 200.0 * np.eye(2))
    alone = replace(quiet, further_constraints=(replace(noise(quiet), limit=45.0),))
    points = lattice.points(points_on_site(alone, lattice))
    assert all(noise(alone).keeps(point[None]) for point in points)
    assert len(points) < len(points_on_site(replace(quiet, further_constraints=()), lattice))


def test_slopes_of_all_constraints_are_those_of_their_slack(quiet: LayoutProblem) -> None:
    rng = np.random.default_rng(0)
    square = Site("square", shapely.MultiPolygon([shapely.box(0.0, 0.0, 4000.0, 3000.0)]))
    problem = replace(quiet, site=square)
    layout = rng.uniform((-200.0, -200.0), (4200.0, 3200.0), (problem.n_turbines, 2))
    for constraint in problem.constraints:
        for felt in (constraint, constraint.within_reach(layout, 300.0)):
            rows = felt.jacobian(layout).reshape(-1, layout.size)
            assert len(rows) == len(felt.slack(layout))
            for k in range(layout.size):
                step = np.zeros(layout.size)
                step[k] = 1e-3
                ahead = felt.slack(layout + step.reshape(layout.shape))
                back = felt.slack(layout - step.reshape(layout.shape))
                np.testing.assert_allclose(rows[:, k], (ahead - back) / 2e-3, atol=1e-6)
