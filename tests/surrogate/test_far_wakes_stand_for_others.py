"""In large farms some far wakes stand for all: hardly another AEP, far fewer wakes."""

import math
from pathlib import Path

import numpy as np
import pytest

from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray
from windopt.readers.load import load_problem
from windopt.surrogate import compiled_farm
from windopt.surrogate.compiled import far_field
from windopt.surrogate.compiled.downstream import line_up, pairs_within_reach
from windopt.surrogate.shipped import shipped_surrogate
from windopt.surrogate.surrogate import Surrogate

THOUSAND = Path(__file__).parents[2] / "configs" / "thousand.yaml"
D = 130.0


@pytest.fixture(scope="module")
def gauss() -> Surrogate:
    return shipped_surrogate(load_problem(THOUSAND, {"n_turbines": 300}))


def scattered(n: int, spacing_d: float = 5.0) -> FloatArray:
    """Return a jittered grid (n, 2) [m]."""
    step = spacing_d * D
    places = step * np.stack(np.divmod(np.arange(n), math.ceil(math.sqrt(n))), axis=1)
    return places + np.random.default_rng(n).uniform(-0.3, 0.3, (n, 2)) * step


def answer(surrogate: Surrogate, layout: FloatArray, step: float = 1.0) -> tuple[float, FloatArray]:
    """Return mean power [W] and its gradient over directions so many degrees apart."""
    wd = np.arange(0.0, 360.0, step)
    wind = Conditions(wd, *(np.full(len(wd), value) for value in (9.8, 0.075, 1 / len(wd))))
    power, slope = surrogate.mean_power_gradient(Farm.of_one_type(layout[None]), wind)
    return float(np.asarray(power).sum()), np.asarray(slope).reshape(-1, 2)


def every_wake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_farm, "far_from", lambda c, n: math.inf)


def test_aep_and_gradient_are_those_of_every_wake(
    gauss: Surrogate, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = scattered(300)
    power, slope = answer(gauss, layout)
    every_wake(monkeypatch)
    expected, expected_slope = answer(gauss, layout)
    assert power != expected  # some wakes did stand for others
    assert power == pytest.approx(expected, rel=5e-5)
    assert np.linalg.norm(slope - expected_slope) < 0.01 * np.linalg.norm(expected_slope)


def test_gradient_is_that_of_the_sampled_power(
    gauss: Surrogate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled_farm, "far_from", lambda c, n: 8.0 * D)
    layout = scattered(30)
    along = np.random.default_rng(1).normal(size=layout.shape)
    _, slope = answer(gauss, layout, 15.0)
    ahead, behind = (answer(gauss, layout + h * along, 15.0)[0] for h in (1e-3, -1e-3))
    assert (slope * along).sum() == pytest.approx((ahead - behind) / 2e-3, rel=1e-4)


@pytest.mark.parametrize(("n", "spacing_d"), [(far_field.LEAST_TURBINES - 1, 5.0), (220, 2.0)])
def test_small_farms_keep_every_wake_to_the_bit(
    gauss: Surrogate, monkeypatch: pytest.MonkeyPatch, n: int, spacing_d: float
) -> None:
    """Few turbines, or many within `FAR_D` of one another."""
    layout = scattered(n, spacing_d)
    power, slope = answer(gauss, layout, 20.0)
    every_wake(monkeypatch)
    expected, expected_slope = answer(gauss, layout, 20.0)
    assert power == expected
    assert (slope == expected_slope).all()


def test_each_wake_counts_once_on_average() -> None:
    far, wd = 50.0 * D, np.arange(360.0)
    ends = far_field.wake_ends(wd, 200, far)
    for dx in (0.9 * far, 1.1 * far, 1.5 * far, 4.0 * far):
        counted = (dx < ends) * math.exp(far_field.log_stands_for(dx, far))
        assert counted.mean() == pytest.approx(1.0, abs=0.02), dx / D
        if dx > far:
            assert counted.max() >= 2.0
    assert (far_field.wake_ends(wd, 200, math.inf) == math.inf).all()


def test_wakes_grow_but_little_faster_than_turbines() -> None:
    """Time and memory follow them; every wake kept, they grow with the square."""
    wd, far = np.arange(0.0, 360.0, 30.0), 50.0 * D

    def wakes(n: int, far: float) -> int:
        ends = far_field.wake_ends(wd, n, far)
        pairs = pairs_within_reach(line_up(scattered(n), wd), np.full(n, D), 0.16, ends)
        return int(pairs.first[:, -1].sum())

    few, many = wakes(300, far), wakes(2000, far)
    assert math.log(many / few) / math.log(2000 / 300) < 1.4
    assert math.log(wakes(2000, math.inf) / wakes(300, math.inf)) / math.log(2000 / 300) > 1.7
    assert many / len(wd) < 100 * 2000
