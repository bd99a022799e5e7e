"""Sampled wind conditions stand for the whole rose: what they say is right on average."""

import numpy as np
import pytest

from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.search.rose_sampler import RoseSampler
from windopt.surrogate.surrogate import Surrogate


@pytest.fixture(scope="module")
def layout(small: LayoutProblem) -> FloatArray:
    return 600.0 * np.stack(np.divmod(np.arange(9.0), 3), axis=1)


@pytest.fixture(scope="module")
def sampler(small: LayoutProblem, small_surrogate: Surrogate, layout: FloatArray) -> RoseSampler:
    return RoseSampler.of(Objective.of(small, small_surrogate), layout)


def test_mean_of_draws_is_the_whole_roses_wake_loss(
    small: LayoutProblem, small_surrogate: Surrogate, sampler: RoseSampler, layout: FloatArray
) -> None:
    elsewhere = layout * np.array([1.3, 0.8])  # unbiased for any layout, not only the first

    def loss(wind: Conditions) -> float:
        alone = small_surrogate.mean_power(Farm.of_one_type(np.zeros((1, 1, 2))), wind)
        farm = small_surrogate.mean_power(Farm.of_one_type(elsewhere[None]), wind)
        return float(9 * alone[0] - farm[0])

    whole = loss(small_surrogate.rose(small.wind))
    rng = np.random.default_rng(0)
    draws = np.array([loss(sampler.draw(60, rng)) for _ in range(150)])
    assert whole > 1e5
    assert draws.mean() == pytest.approx(whole, rel=0.01)
    assert 0.001 < draws.std() / whole < 0.2


def test_weights_make_up_for_what_is_drawn_more_often(
    small: LayoutProblem, sampler: RoseSampler
) -> None:
    rng = np.random.default_rng(1)
    draws = [sampler.draw(1000, rng) for _ in range(20)]
    ws, weight = (np.concatenate(c) for c in ([d.ws for d in draws], [d.weight for d in draws]))
    wind = small.wind
    for k, speed in enumerate(wind.wind_speed):
        drawn = np.isclose(ws, speed)
        expected = wind.probability[:, k].sum()
        assert weight[drawn].sum() / len(draws) == pytest.approx(expected, rel=0.01)
    share = [np.isclose(ws, speed).mean() for speed in wind.wind_speed]
    assert share[2] < 0.5 * wind.probability[:, 2].sum()  # 13 m/s, above rated: little is lost


def test_every_draw_covers_the_rose_and_keeps_its_turbulence(
    small: LayoutProblem, sampler: RoseSampler
) -> None:
    rng = np.random.default_rng(2)
    drawn = sampler.draw(180, rng)
    wd, ws, ti = drawn.wd, drawn.ws, drawn.ti
    assert np.diff(np.sort(wd % 360)).max() < 10
    assert (np.abs(wd - wd.round()) > 0.01).mean() > 0.9  # between whole degrees too
    expected = np.interp(ws, [7, 10, 13], [0.09, 0.075, 0.06])
    np.testing.assert_allclose(ti, expected, rtol=1e-5)
    assert not np.allclose(sampler.draw(180, rng).wd, wd)


def test_same_generator_same_draw(sampler: RoseSampler) -> None:
    one, same = (sampler.draw(50, np.random.default_rng((3, 4))) for _ in range(2))
    for column in ("wd", "ws", "ti", "weight"):
        np.testing.assert_array_equal(getattr(one, column), getattr(same, column))


def test_drawn_directions_tell_layouts_apart_as_the_whole_rose_does(
    small: LayoutProblem, small_surrogate: Surrogate, sampler: RoseSampler, layout: FloatArray
) -> None:
    farms = Farm.of_one_type(np.stack([layout, layout * np.array([1.3, 0.8])]))

    def gained(wind: Conditions) -> float:
        one, other = small_surrogate.mean_power(farms, wind)
        return float(other - one)

    whole = gained(small_surrogate.rose(small.wind))
    rng = np.random.default_rng(3)
    draws = np.array([gained(sampler.draw_directions(40, rng)) for _ in range(150)])
    chance = draws.std() / np.sqrt(len(draws))
    assert draws.mean() == pytest.approx(whole, abs=3 * chance + 0.005 * abs(whole))
    assert draws.std() < abs(whole)
