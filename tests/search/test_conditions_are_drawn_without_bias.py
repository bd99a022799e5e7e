"""Sampled wind conditions stand for the whole rose: what they say is right on average."""

import numpy as np
import pytest
import torch

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.search.rose_sampler import RoseSampler
from windopt.surrogate.surrogate import Surrogate


@pytest.fixture(scope="module")
def layout(small: LayoutProblem) -> FloatArray:
    return 600.0 * np.stack(np.divmod(np.arange(9.0), 3), axis=1)


@pytest.fixture(scope="module")
def sampler(small: LayoutProblem, small_surrogate: Surrogate, layout: FloatArray) -> RoseSampler:
    return RoseSampler.of(small, small_surrogate, layout)


def test_mean_of_draws_is_the_whole_roses_wake_loss(
    small: LayoutProblem, small_surrogate: Surrogate, sampler: RoseSampler, layout: FloatArray
) -> None:
    elsewhere = layout * np.array([1.3, 0.8])  # unbiased for any layout, not only the first

    def loss(wd: torch.Tensor, ws: torch.Tensor, ti: torch.Tensor, weight: torch.Tensor) -> float:
        with torch.no_grad():
            alone = small_surrogate.mean_power(torch.zeros(1, 1, 2), wd, ws, ti, weight)
            farm = small_surrogate.mean_power(torch.tensor(elsewhere[None]), wd, ws, ti, weight)
        return float(9 * alone - farm)

    whole = loss(*small_surrogate.rose(small.wind))
    rng = np.random.default_rng(0)
    draws = np.array([loss(*sampler.draw(60, rng)) for _ in range(150)])
    assert whole > 1e5
    assert draws.mean() == pytest.approx(whole, rel=0.01)
    assert 0.001 < draws.std() / whole < 0.2


def test_weights_make_up_for_what_is_drawn_more_often(
    small: LayoutProblem, sampler: RoseSampler
) -> None:
    rng = np.random.default_rng(1)
    draws = [sampler.draw(1000, rng) for _ in range(20)]
    ws, weight = (np.concatenate([d[k].double().numpy().ravel() for d in draws]) for k in (1, 3))
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
    wd, ws, ti, _ = (t.double().numpy().ravel() for t in sampler.draw(180, rng))
    assert np.diff(np.sort(wd % 360)).max() < 10
    assert (np.abs(wd - wd.round()) > 0.01).mean() > 0.9  # between whole degrees too
    expected = np.interp(ws, [7, 10, 13], [0.09, 0.075, 0.06])
    np.testing.assert_allclose(ti, expected, rtol=1e-5)
    again, *_ = sampler.draw(180, rng)
    assert not np.allclose(again.numpy(), wd)


def test_same_generator_same_draw(sampler: RoseSampler) -> None:
    one, same = (sampler.draw(50, np.random.default_rng((3, 4))) for _ in range(2))
    for a, b in zip(one, same, strict=True):
        assert torch.equal(a, b)


def test_drawn_directions_tell_layouts_apart_as_the_whole_rose_does(
    small: LayoutProblem, small_surrogate: Surrogate, sampler: RoseSampler, layout: FloatArray
) -> None:
    layouts = torch.tensor(np.stack([layout, layout * np.array([1.3, 0.8])]))

    def gained(conditions: tuple[torch.Tensor, ...]) -> float:
        with torch.no_grad():
            one, other = small_surrogate.mean_power(layouts, *conditions)
        return float(other - one)

    whole = gained(small_surrogate.rose(small.wind))
    rng = np.random.default_rng(3)
    draws = np.array([gained(sampler.draw_directions(40, rng)) for _ in range(150)])
    chance = draws.std() / np.sqrt(len(draws))
    assert draws.mean() == pytest.approx(whole, abs=3 * chance + 0.005 * abs(whole))
    assert draws.std() < abs(whole)
