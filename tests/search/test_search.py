"""The search improves on its starts, repeats itself exactly and never leaves the feasible."""

import re
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair, settle
from windopt.readers.load import load_problem
from windopt.search import iterate as iterate_module
from windopt.search import search as search_module
from windopt.search.patterns import optimise
from windopt.search.solution import Improvement, Solution
from windopt.surrogate.surrogate import Surrogate


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


class Diary:
    """Keeps what a search tells, and interrupts it when that is more than `patience`."""

    def __init__(self, patience: float = np.inf) -> None:
        self.patience = patience
        self.shares: list[float] = []
        self.rows: list[Improvement] = []
        self.layouts: list[FloatArray] = []

    def progress(self, share: float) -> None:
        self.shares.append(share)
        if share > self.patience:
            raise KeyboardInterrupt

    def improved(self, row: Improvement, layout: FloatArray) -> None:
        self.rows.append(row)
        self.layouts.append(layout)


def search(problem: LayoutProblem, surrogate: Surrogate, diary: Diary, **how: object) -> Solution:
    return optimise(
        problem,
        surrogate,
        progress=diary.progress,
        on_improvement=diary.improved,
        **how,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def found(small: LayoutProblem, small_surrogate: Surrogate) -> tuple[Solution, Diary]:
    """A search of the small problem to its end, with all that it told."""
    diary = Diary()
    chains = load_problem(small.config, {"optimise.chains": 2})
    return search(chains, small_surrogate, diary, seed=1), diary


def predicted(surrogate: Surrogate, problem: LayoutProblem, layout: FloatArray) -> float:
    return float(surrogate.aep(layout[None], problem.wind).item())


def test_search_improves_every_start(
    small: LayoutProblem, small_surrogate: Surrogate, found: tuple[Solution, Diary]
) -> None:
    solution, _ = found
    assert solution.status == "converged"
    assert len(solution.starts) == 2
    for start in solution.starts:
        assert start.aep_best > 1.001 * start.aep_start
        assert predicted(small_surrogate, small, start.layout) == pytest.approx(
            start.aep_best, rel=1e-6
        )
    given = next(start for start in solution.starts if start.name == "given")
    assert small.initial_layout is not None
    first = predicted(small_surrogate, small, repair(small, small.initial_layout))
    assert given.aep_start == pytest.approx(first, rel=1e-6)


def test_solution_is_the_best_that_was_found(
    small: LayoutProblem, small_surrogate: Surrogate, found: tuple[Solution, Diary]
) -> None:
    solution, diary = found
    assert solution.aep_predicted == max(start.aep_best for start in solution.starts)
    assert solution.aep_predicted == max(row.aep for row in diary.rows)
    aep = predicted(small_surrogate, small, solution.layout)
    assert aep == pytest.approx(solution.aep_predicted, rel=1e-6)
    assert solution.grid is not None
    assert aep > predicted(small_surrogate, small, solution.grid)


def test_every_start_has_its_story_and_the_search_its_end(found: tuple[Solution, Diary]) -> None:
    solution, _ = found
    assert re.fullmatch(
        r"the last \d+ iterations gained less than 0\.005 % of AEP, all together", solution.reason
    )
    stories = {start.name: start.status for start in solution.starts}
    best = max(solution.starts, key=lambda start: start.aep_best)
    assert stories.pop(best.name) == "gave the answer"
    assert set(stories.values()) <= {
        "iterated until the end",
        "iterated, then gave way to another layout",
    }


def test_starts_that_are_not_iterated_say_why(
    quick: LayoutProblem, small_surrogate: Surrogate
) -> None:
    settings = {"optimise.starts": 4, "optimise.steps": 4}
    chosen = load_problem(quick.config, settings | {"optimise.chains": 1})
    solution = optimise(chosen, small_surrogate)
    others = [start.status for start in solution.starts if start.status != "gave the answer"]
    assert len(others) == 3
    assert set(others) <= {
        "gradient ascent; others were better",
        "gradient ascent and one iteration; others were better",
        "iterated until the end",
    }
    assert "gradient ascent; others were better" in others
    patient = load_problem(quick.config, settings | {"optimise.patience": 0})
    solution = optimise(patient, small_surrogate)
    assert solution.status == "converged"
    assert solution.reason == "optimise.patience is 0: no iterations followed"
    assert [s.status for s in solution.starts].count("gradient ascent; others were better") == 3


def test_first_starts_are_iterated_before_others_are_made(
    quick: LayoutProblem, small_surrogate: Surrogate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a good layout is in hand early; what has begun is gone on with, not begun again."""
    told = []

    def telling(module: ModuleType, name: str) -> Callable[..., object]:
        kept = getattr(module, name)

        def tell(*given: object, **how: object) -> object:
            told.append((name, given))
            return kept(*given, **how)

        return tell

    for module, name in ((iterate_module, "iterate"), (search_module, "grown_starts")):
        monkeypatch.setattr(module, name, telling(module, name))
    chosen = {"optimise.starts": 8, "optimise.steps": 4, "optimise.chains": 2}
    optimise(load_problem(quick.config, chosen), small_surrogate)
    names = [name for name, _ in told]
    assert names[:3] == ["iterate", "iterate", "grown_starts"]
    chains = [given[1] for name, given in told if name == "iterate"]
    assert sorted({chain.number for chain in chains[:2]}) == [0, 1]
    assert len({(chain.number, chain.iterations) for chain in chains}) == len(chains)


def test_every_improvement_is_feasible_and_improves_its_start(
    small: LayoutProblem, small_surrogate: Surrogate, found: tuple[Solution, Diary]
) -> None:
    solution, diary = found
    assert len(diary.rows) >= 4
    assert tuple(diary.rows) == solution.history
    last: dict[str, float] = {}
    for row, layout in zip(diary.rows, diary.layouts, strict=True):
        assert check_feasibility(small, layout).feasible
        assert row.aep == pytest.approx(predicted(small_surrogate, small, layout), rel=1e-6)
        assert row.aep > last.get(row.start, 0.0)
        last[row.start] = row.aep
    assert [row.wall_s for row in diary.rows] == sorted(row.wall_s for row in diary.rows)


def test_crowded_farm_stays_feasible_all_the_way(
    quick: LayoutProblem, small_surrogate: Surrogate
) -> None:
    """Where spacing binds, a gradient step breaks it; no layout that is told of does."""
    crowded = replace(
        quick,
        n_turbines=24,
        types=np.zeros(24, dtype=int),
        min_spacing_d=3.5,
        initial_layout=None,
    )
    diary = Diary()
    solution = search(crowded, small_surrogate, diary)
    assert len(diary.layouts) >= 4
    for layout in (*diary.layouts, solution.layout, *(s.layout for s in solution.starts)):
        found = check_feasibility(crowded, layout)
        assert found.feasible, found
    tight = [check_feasibility(crowded, layout).min_spacing_d < 3.51 for layout in diary.layouts]
    assert any(tight)


def test_progress_runs_to_one(found: tuple[Solution, Diary]) -> None:
    _, diary = found
    assert diary.shares == sorted(diary.shares)
    assert diary.shares[-1] == 1.0


def test_same_seed_same_layout_here_and_on_worker_processes(
    quick: LayoutProblem, small_surrogate: Surrogate, pool: Executor
) -> None:
    one, same, pooled, same_pooled, other = (
        optimise(quick, small_surrogate, seed, executor=executor)
        for seed, executor in ((7, None), (7, None), (7, pool), (7, pool), (8, pool))
    )
    for first, again in ((one, same), (pooled, same_pooled)):
        np.testing.assert_array_equal(first.layout, again.layout)
        assert first.aep_predicted == again.aep_predicted
        assert first.grid is not None
        np.testing.assert_array_equal(first.grid, again.grid)
    # workers have one numerical thread: sums round otherwise there, and a refinement magnifies it
    assert one.aep_predicted == pytest.approx(pooled.aep_predicted, rel=2e-4)
    # another seed goes other ways, though they may lead to the same optimum
    assert [start.aep_best for start in pooled.starts] != [s.aep_best for s in other.starts]


@pytest.mark.parametrize("pooled", [False, True])
def test_search_ends_when_its_time_is_up(
    endless: LayoutProblem, small_surrogate: Surrogate, pool: Executor, pooled: bool
) -> None:
    solution = optimise(
        endless, small_surrogate, max_seconds=0.05, executor=pool if pooled else None
    )
    assert solution.status == "budget"
    assert solution.reason == "the budget was spent"
    assert not [start for start in solution.starts if "others were better" in start.status]
    assert check_feasibility(endless, solution.layout).feasible
    assert solution.aep_predicted >= max(start.aep_start for start in solution.starts)


@pytest.mark.parametrize("pooled", [False, True])
def test_interrupted_search_gives_the_best_so_far(
    quick: LayoutProblem, small_surrogate: Surrogate, pool: Executor, pooled: bool
) -> None:
    diary = Diary(patience=0.7)
    solution = search(quick, small_surrogate, diary, executor=pool if pooled else None)
    assert solution.status == "stopped"
    assert solution.reason == "the search was interrupted"
    assert diary.shares[-1] < 1.0
    best = int(np.argmax([row.aep for row in diary.rows]))
    np.testing.assert_array_equal(solution.layout, settle(quick, diary.layouts[best]))
    assert check_feasibility(quick, solution.layout).feasible
    if pooled:
        assert pool.submit(len, "still at work").result() == 13


def test_search_interrupted_in_its_ascents_says_how_far_the_starts_were_carried(
    quick: LayoutProblem, small_surrogate: Surrogate
) -> None:
    solution = search(quick, small_surrogate, Diary(patience=0.051))
    stories = [start.status for start in solution.starts]
    assert "gave the answer" in stories
    assert set(stories) - {"gave the answer"} <= {
        "evaluated only: the search was interrupted",
        "part of a gradient ascent: the search was interrupted",
        "gradient ascent: the search was interrupted",
    }


def test_search_interrupted_before_it_has_anything_says_so(
    small: LayoutProblem, small_surrogate: Surrogate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_module, "first_starts", interrupt)
    with pytest.raises(KeyboardInterrupt):
        optimise(small, small_surrogate)


def test_an_ascended_layout_is_there_before_grids_are_searched(
    quick: LayoutProblem, small_surrogate: Surrogate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_module, "best_grids", interrupt)
    problem = load_problem(quick.config, {"optimise.starts": 5})
    solution = optimise(problem, small_surrogate)
    assert solution.status == "stopped"
    assert solution.grid is None
    assert [start.name for start in solution.starts] == ["given", "greedy-1", "random-1"]
    assert solution.aep_predicted > max(start.aep_start for start in solution.starts)


def test_no_given_layout_is_needed(green: LayoutProblem, small_surrogate: Surrogate) -> None:
    solution = optimise(green, small_surrogate)
    assert solution.layout.shape == (9, 2)
    assert check_feasibility(green, solution.layout).feasible
    assert [start.name for start in solution.starts] == ["grid-1", "grid-2"]


def test_number_of_starts_is_the_configs(quick: LayoutProblem, small_surrogate: Surrogate) -> None:
    problem = load_problem(quick.config, {"optimise.starts": 5, "optimise.patience": 0})
    solution = optimise(problem, small_surrogate)
    names = [start.name for start in solution.starts]
    assert names == ["given", "greedy-1", "random-1", "grid-1", "grid-2"]


def test_search_carries_on_from_an_earlier_one(
    small: LayoutProblem, small_surrogate: Surrogate, found: tuple[Solution, Diary]
) -> None:
    solution, _ = found
    ascents = load_problem(small.config, {"optimise.patience": 0})
    again = optimise(ascents, small_surrogate, carry_on=solution)
    assert again.aep_predicted >= solution.aep_predicted
    assert [s.name for s in again.starts] == [s.name for s in solution.starts]
    assert [s.aep_start for s in again.starts] == pytest.approx(
        [s.aep_best for s in solution.starts], rel=1e-6
    )
    assert again.grid is solution.grid
