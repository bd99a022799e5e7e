"""Regular grids: the same for every seed, refined, feasible, and much alike from any sequence."""

from dataclasses import replace

import numpy as np
import pytest

from windopt.problem.conditions import Conditions
from windopt.problem.constraints import check_feasibility
from windopt.problem.lattice import reduced_steps
from windopt.problem.problem import LayoutProblem
from windopt.search.context import SearchContext, SearchTask
from windopt.search.grids import Grid, ranked_grids, sequence_of_grids
from windopt.search.search import Search
from windopt.search.settings import GridSettings, SearchSettings
from windopt.surrogate.analytic import analytic_surrogate


@pytest.fixture(scope="module")
def context(plain: LayoutProblem) -> SearchContext:
    settings = replace(SearchSettings.of(plain.config), grids=GridSettings(samples=128))
    surrogate = analytic_surrogate(plain)
    return SearchTask(plain, surrogate, settings).context()


def test_sequence_has_each_lattice_once() -> None:
    grids = sequence_of_grids(64, 0)
    assert len(grids) == 64
    assert grids == sequence_of_grids(64, 0)
    assert grids != sequence_of_grids(64, 1)
    for grid in grids:
        # its cell is reduced already: the step along the row is the shortest there is
        np.testing.assert_array_equal(np.abs(reduced_steps(grid._cell)), np.eye(2))
    angles = np.array([grid.angle for grid in grids])
    counts, _ = np.histogram(angles, bins=16, range=(0.0, 180.0))
    assert (counts == 4).all()  # a Sobol sequence fills every sixteenth alike


def test_fewer_directions_weigh_the_same() -> None:
    weight = np.random.default_rng(0).random((36, 2))
    ti = np.linspace(0.05, 0.12, 72).reshape(36, 2)
    rose = Conditions.grid(10.0 * np.arange(36), np.array([8.0, 11.0]), ti, weight)
    few = rose.in_steps(30.0)
    np.testing.assert_allclose(few.wd, 10.0 + 30.0 * np.arange(12))
    np.testing.assert_allclose(few.weight, weight.reshape(12, 3, 2).sum(1))
    np.testing.assert_allclose(few.ti, ti.reshape(12, 3, 2).mean(1))
    assert few.ws.shape == (12, 2)
    uneven = rose.in_steps(50.0)  # five at a time, and one is left
    np.testing.assert_allclose(uneven.wd[[0, -1]], [20.0, 350.0])
    assert uneven.weight.sum() == pytest.approx(weight.sum())
    for same in (
        rose.in_steps(10.0),
        rose.listed.in_steps(30.0),
        rose.take([0, 1, 5]).in_steps(90),
    ):
        assert len(same) in (72, 6)


def test_grids_are_refined_and_feasible_on_their_lattice(context: SearchContext) -> None:
    problem, value = context.problem, context.objective.value
    ranked = ranked_grids(context)
    aep = [value(one.layout) for one in ranked]
    assert len(ranked) == context.settings.grids.finalists
    assert aep == sorted(aep, reverse=True)
    drawn = [grid.layout(problem) for grid in sequence_of_grids(128, 0)]
    assert aep[0] > max(value(layout) for layout in drawn if layout is not None)
    for one in ranked:
        assert check_feasibility(problem, one.layout).feasible
        assert len({tuple(index) for index in one.indices.tolist()}) == problem.n_turbines


def test_sequences_agree(context: SearchContext) -> None:
    aep = [
        context.objective.value(ranked_grids(context, sequence)[0].layout) for sequence in range(3)
    ]
    assert max(aep) / min(aep) - 1 < 6e-3


def test_every_seed_has_the_same_yardstick(context: SearchContext) -> None:
    grids = []
    for seed in (0, 1):
        task = SearchTask(
            context.problem,
            analytic_surrogate(context.problem),
            seed=seed,
            settings=replace(context.settings, grids=GridSettings(samples=32)),
        )
        search = Search(task)
        list(search.fresh_starts([], 1))
        grids.append(search.grid)
    np.testing.assert_array_equal(*grids)


def test_without_time_a_few_grids_are_looked_at(context: SearchContext) -> None:
    ranked = ranked_grids(context, left_s=lambda: 0.0)
    assert 1 <= len(ranked) <= context.settings.grids.finalists
    assert check_feasibility(context.problem, ranked[0].layout).feasible


def test_the_widest_spacing_is_found(plain: LayoutProblem) -> None:
    """On a square of 2500 m nine turbines in squares fit 3 x 3 at up to a half of its side."""
    layout = Grid(0.0, 0.0, 0.0, 0.0, 0.0).layout(plain)
    assert layout is not None
    step = np.diff(np.unique(layout[:, 0].round(6))).min()
    assert 0.98 * 1250.0 < step <= 1250.0
