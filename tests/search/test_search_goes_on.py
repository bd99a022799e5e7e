"""A search with time left goes on with new starts, on a clock that only its own work moves."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import shapely

from windopt.problem.boundary import Boundary
from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.site import Site
from windopt.readers.load import load_problem
from windopt.search import rounds as rounds_module
from windopt.search.context import SearchContext
from windopt.search.destroy_repair import destroy_and_repair, draw_sample, greedy_layout
from windopt.search.findings import Elites, Findings, Found
from windopt.search.patterns import optimise
from windopt.search.refine import RANGE_D, Rules
from windopt.search.rose_sampler import RoseSampler
from windopt.search.settings import RefinementSettings, RoundSettings, SearchSettings
from windopt.search.solution import Improvement, Solution
from windopt.search.starts import grown_starts
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.surrogate import Surrogate
from windopt.workers.counts import WORK

ITERATIONS = 30
"""What the searches here may spend."""


@pytest.fixture(scope="module")
def brief(quick: LayoutProblem) -> LayoutProblem:
    """A problem whose search has converged after a few iterations."""
    few = {"optimise.starts": 2, "optimise.steps": 4, "optimise.chains": 1}
    return load_problem(quick.config, few)


def soon_stuck(problem: LayoutProblem) -> SearchSettings:
    """Iterations are small, and new starts follow as soon as the best have gained nothing once."""
    asked = SearchSettings.of(problem.config)
    local = asked.local_search
    few = RefinementSettings(2, local.refinement.conditions)
    return replace(
        asked,
        insertion=replace(asked.insertion, places=40),
        local_search=replace(local, refinement=few, after_pass=replace(local.after_pass, steps=4)),
        rounds=replace(asked.rounds, stuck=0.0, gain_tolerance=1e-3),
    )


def search(problem: LayoutProblem, formula: Surrogate, **how: object) -> Solution:
    return optimise(problem, formula, settings=soon_stuck(problem), **how)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def formula(brief: LayoutProblem) -> Surrogate:
    return analytic_surrogate(brief)


def iterations_left() -> Callable[[], float]:
    """Give a clock on which an iteration takes 10 s and nothing else takes time."""
    begun = WORK.read()["iterations"]
    return lambda: 10.0 * (ITERATIONS - (WORK.read()["iterations"] - begun))


@pytest.fixture(scope="module")
def gone_on(brief: LayoutProblem, formula: Surrogate) -> tuple[Solution, float]:
    """A search that has gone on, and what it has left of its time."""
    left = iterations_left()
    return search(brief, formula, max_seconds=left), left()


@pytest.fixture(scope="module")
def converged(brief: LayoutProblem, formula: Surrogate) -> Solution:
    return search(brief, formula)


def test_new_starts_follow_until_the_time_is_over(
    brief: LayoutProblem, gone_on: tuple[Solution, float], converged: Solution
) -> None:
    solution, left = gone_on
    assert solution.status == "budget"
    told = re.fullmatch(r"the budget was spent after (\d+) rounds of starts", solution.reason)
    assert told
    assert int(told[1]) >= 2
    assert left <= 0.1 * 10.0 * ITERATIONS
    assert converged.status == "converged"
    assert solution.aep_predicted >= converged.aep_predicted
    assert check_feasibility(brief, solution.layout).feasible
    names = {start.name for start in solution.starts}
    assert names > {start.name for start in converged.starts}
    assert any("in round" in start.status for start in solution.starts)


def test_it_ends_where_it_converges_if_that_is_asked_for(
    brief: LayoutProblem, formula: Surrogate, converged: Solution
) -> None:
    asked = load_problem(brief.config, {"optimise.stop": "converged"})
    left = iterations_left()
    solution = search(asked, formula, max_seconds=left)
    assert solution.status == "converged"
    assert solution.reason == converged.reason
    np.testing.assert_array_equal(solution.layout, converged.layout)
    assert left() > 0.5 * 10.0 * ITERATIONS


def test_it_ends_where_nothing_can_be_gained(brief: LayoutProblem, formula: Surrogate) -> None:
    no_patience = load_problem(brief.config, {"optimise.patience": 0})
    alone = replace(brief, n_turbines=1, types=np.zeros(1, dtype=int), initial_layout=None)
    for problem in (no_patience, alone):
        assert search(problem, formula, max_seconds=iterations_left()).status == "converged"


def test_it_leaves_time_for_lessons(brief: LayoutProblem, formula: Surrogate) -> None:
    left = iterations_left()
    solution = search(brief, formula, max_seconds=left, spared=0.3)
    assert solution.status == "converged"
    assert 0.25 < left() / (10.0 * ITERATIONS) < 0.5


def test_interrupted_in_a_later_round_it_gives_the_best(
    brief: LayoutProblem, formula: Surrogate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    rows: list[Improvement] = []
    monkeypatch.setattr(rounds_module, "grown_starts", interrupt)
    solution = search(
        brief,
        formula,
        max_seconds=iterations_left(),
        on_improvement=lambda row, _: rows.append(row),
    )
    assert solution.status == "stopped"
    assert solution.aep_predicted == max(row.aep for row in rows)


def test_gone_on_with_it_makes_other_starts(
    brief: LayoutProblem, formula: Surrogate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier search has tried and forgotten is not tried again."""
    made: list[FloatArray] = []

    def telling(*given: object) -> object:
        starts = grown_starts(*given)  # type: ignore[arg-type]
        made.extend(start.layout for start in starts)
        return starts

    monkeypatch.setattr(rounds_module, "grown_starts", telling)
    first = search(brief, formula, max_seconds=iterations_left())
    before = len(made)
    assert before
    again = search(brief, formula, max_seconds=iterations_left(), carry_on=first)
    assert again.aep_predicted >= first.aep_predicted
    assert len(made) > before
    for layout in made[before:]:
        assert not any(np.array_equal(layout, old) for old in made[:before])


def book(findings: Findings, name: str, layout: FloatArray, aep: float) -> None:
    findings.aep_start[name], findings.carried[name] = aep, ""
    findings.note(Found(name, layout, aep), 0.0)


def test_a_move_without_time_is_left_undone(brief: LayoutProblem, formula: Surrogate) -> None:
    """The clock is looked at before every turbine."""
    rng = np.random.default_rng(0)
    layout = random_layout(brief, np.random.default_rng(1))
    sampler = RoseSampler.of(Objective.of(brief, formula), layout)
    context = SearchContext(Objective.of(brief, formula), sampler, soon_stuck(brief))
    sample, group = draw_sample(context, rng), np.arange(3)

    def over() -> float:
        return -1.0

    assert greedy_layout(context, sample, rng, over) is None
    assert destroy_and_repair(context, layout, group, sample, rng, left_s=over) is layout
    (start,) = grown_starts(context, 1, 0, left_s=over)
    assert check_feasibility(brief, start.layout).feasible
    assert greedy_layout(context, sample, rng) is not None
    moved = destroy_and_repair(context, layout, group, sample, rng)
    assert not np.array_equal(moved, layout)


def test_a_refinement_knows_the_nearest_edge_of_a_round_site(brief: LayoutProblem) -> None:
    """Of hundreds of edges it looks at few; slack and slope are as if it looked at all."""
    disc = Site("disc", shapely.MultiPolygon([shapely.Point(0, 0).buffer(3000.0, quad_segs=90)]))
    problem = replace(brief, site=disc, initial_layout=None)
    angle = np.linspace(0.0, 6.0, problem.n_turbines)
    layout = 2950.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rules = Rules(Objective.of(problem, None), layout)  # type: ignore[arg-type]
    boundary = rules.felt[0]
    assert isinstance(boundary, Boundary)
    edges = boundary.edges
    assert edges is not None
    assert edges[0].shape[1] < 0.5 * len(shapely.get_coordinates(disc.area))
    rng = np.random.default_rng(0)
    for _ in range(5):
        moved = layout + rng.uniform(-RANGE_D, RANGE_D, layout.shape) * problem.rotor_diameter
        points = shapely.points(moved)
        inside = np.where(shapely.contains(disc.area, points), 1.0, -1.0)
        distance = inside * shapely.distance(disc.area.boundary, points)
        slack = rules.slack(moved)[: problem.n_turbines] * problem.rotor_diameter
        np.testing.assert_allclose(slack, distance, atol=1e-6)


def test_elites_are_few_and_differ() -> None:
    findings, rng = Findings(), np.random.default_rng(0)
    settings = RoundSettings()
    elites, kept = Elites(findings, 100.0, settings), settings.elites
    layouts = rng.uniform(0.0, 5000.0, (3 * kept, 20, 2))
    for number, layout in enumerate(layouts):
        names = [f"greedy-{number}", f"random-{number}"]
        book(findings, names[0], layout, 1000.0 - number)
        book(findings, names[1], layout + 1.0, 1.0)
        newest = elites.add(names)
        assert newest.start == names[0]
        best = elites.differing(newest)
        assert best[0].start == "greedy-0"
        assert [one.start for one in best[:2]][-1] == names[0]
        assert len(findings.reached) <= kept + 1
    twin = rng.permutation(layouts[0]) + 20.0
    book(findings, "twin", twin, 999.9)
    assert "twin" not in [one.start for one in elites.differing(elites.add(["twin"]))]
