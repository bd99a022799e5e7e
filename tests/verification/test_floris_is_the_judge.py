"""The verdict: FLORIS's AEP on the rose at 1 degree, and the exact constraints."""

from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

import windopt
from windopt.floris.alone import wake_free_aep
from windopt.floris.simulator import Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import HAIR_M
from windopt.problem.wind_resource import WindResource
from windopt.verification import evaluate as verdict
from windopt.verification.evaluate import Verification, judge, verify

SECTORS = 30.0 * np.arange(12)
SPEEDS, SHARES, TI = np.array([7.0, 10, 13]), np.array([0.35, 0.4, 0.25]), [0.09, 0.075, 0.06]


@pytest.fixture(scope="module")
def layout() -> FloatArray:
    """Three rows that the wind from 240 degrees blows along."""
    return (
        10.0
        + 600.0
        * np.stack(np.divmod(np.arange(9.0), 3), axis=1)
        @ np.array([[0.866, 0.5], [-0.5, 0.866]])
        + np.array([900.0, 0.0])
    )


@pytest.fixture(scope="module")
def feasible(small: LayoutProblem) -> FloatArray:
    """A feasible layout on the lower arm of the concave parcel."""
    x, y = np.meshgrid([100.0, 1700, 2700, 3800], [100.0, 1900])
    return np.vstack([np.stack([x.ravel(), y.ravel()], axis=1), [[100.0, 3900.0]]])


@pytest.fixture(scope="module")
def judged(small: LayoutProblem, feasible: FloatArray) -> Verification:
    return verify(small, feasible, Simulator(small))


def by_hand(problem: LayoutProblem, layout: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean farm power by direction, and the same turbines' without wakes: (360,) [W] each."""
    direction = np.arange(360.0)
    sector = 1 + 0.6 * np.cos(np.deg2rad(SECTORS - 240))
    density = np.interp(direction, SECTORS, sector, period=360)
    p = density / density.sum()
    wd, ws = np.meshgrid(direction, SPEEDS, indexing="ij")
    ti = np.broadcast_to(TI, wd.shape)
    farm = windopt.simulate_power(problem, layout, wd.ravel(), ws.ravel(), ti.ravel()).sum(1)
    alone = windopt.simulate_power(problem, np.zeros((1, 2)), np.zeros(3), SPEEDS, np.array(TI))
    without = p * float(len(layout) * alone[:, 0] @ SHARES)
    return p * (farm.reshape(360, 3) @ SHARES), without


def test_aep_is_floris_sum_over_the_refined_rose(
    small: LayoutProblem, feasible: FloatArray, judged: Verification
) -> None:
    power, alone = by_hand(small, feasible)
    assert judged.aep == pytest.approx(8760 * power.sum(), rel=1e-9)
    assert wake_free_aep(small) == pytest.approx(8760 * alone.sum(), rel=1e-6)
    np.testing.assert_array_equal(judged.judged.layout, feasible)


@pytest.mark.parametrize("wind_shear", [0.0, 0.15])
def test_wake_free_aep_sums_over_the_turbine_types(mixed: LayoutProblem, wind_shear: float) -> None:
    """With shear, each type has the wind at its own rotor."""
    problem = replace(mixed, wind_shear=wind_shear)
    powers = [
        windopt.simulate_power(
            problem, np.zeros((1, 2)), np.zeros(3), SPEEDS, np.array(TI), np.array([i])
        )
        for i in (0, 1)
    ]
    expected = 8760 * float((5 * powers[0] + 4 * powers[1])[:, 0] @ SHARES)
    assert wake_free_aep(problem) == pytest.approx(expected, rel=1e-5)


def test_mixed_farm_is_judged_by_its_types(mixed: LayoutProblem, feasible: FloatArray) -> None:
    (judged,) = judge(mixed, {"layout": feasible}, Simulator(mixed)).values()
    c = mixed.wind.conditions
    power = windopt.simulate_power(mixed, feasible, c.wd, c.ws, c.ti, mixed.types).sum(axis=1)
    assert judged.aep == pytest.approx(8760 * float(power @ c.weight), rel=1e-9)
    loss = 100 * (1 - judged.aep / wake_free_aep(mixed))
    assert judged.wake_loss_pct == pytest.approx(loss, abs=1e-6)
    assert 0.3 < judged.wake_loss_pct < 20


def test_wake_losses_by_direction_add_up_to_the_farms(
    small: LayoutProblem, feasible: FloatArray, judged: Verification
) -> None:
    power, alone = by_hand(small, feasible)
    by_direction = judged.judged.wake_loss_by_direction_pct
    assert by_direction.shape == (360,)
    np.testing.assert_allclose(by_direction, 100 * (1 - power / alone), atol=1e-4)
    total = float(by_direction @ alone / alone.sum())
    assert judged.judged.wake_loss_pct == pytest.approx(total, abs=1e-6)
    assert judged.judged.wake_loss_pct > 0.5
    assert judged.aep == pytest.approx(
        wake_free_aep(small) * (1 - judged.judged.wake_loss_pct / 100), rel=1e-12
    )


def test_coarse_rose_does_not_decide(small: LayoutProblem, layout: FloatArray) -> None:
    """Rows in line with a sector's middle read too low on twelve directions."""
    c = small.given_wind.conditions
    coarse = 8760 * windopt.simulate_power(small, layout, c.wd, c.ws, c.ti).sum(1) @ c.weight
    power, _ = by_hand(small, layout)
    fine = judge(small, {"rows": layout}, Simulator(small))["rows"].aep
    assert fine == pytest.approx(8760 * power.sum(), rel=1e-9)
    assert abs(coarse / fine - 1) > 0.01


def test_gain_is_over_the_given_layout_made_feasible(
    small: LayoutProblem, judged: Verification
) -> None:
    assert judged.reference is not None
    assert judged.reference.feasibility.feasible
    power, _ = by_hand(small, judged.reference.layout)
    assert judged.reference.aep == pytest.approx(8760 * power.sum(), rel=1e-9)
    assert judged.gain_pct == pytest.approx(100 * (judged.aep / judged.reference.aep - 1))
    assert judged.gain_pct is not None
    assert judged.gain_pct > 5
    assert judged.feasible
    # the given layout's own offence: 5 m outside, so at most that far away
    assert small.initial_layout is not None
    moved = np.hypot(*(judged.reference.layout - small.initial_layout).T)
    assert 0 < moved.max() <= 100.0 + 2 * HAIR_M  # and a hair inside


def test_without_a_given_layout_there_is_no_gain(
    small: LayoutProblem, feasible: FloatArray, judged: Verification
) -> None:
    green = replace(small, initial_layout=None)
    alone = verify(green, feasible, Simulator(green))
    assert alone.reference is None
    assert alone.gain_pct is None
    assert alone.aep == judged.aep


@pytest.mark.parametrize(
    ("turbine", "place", "violation", "spacing"),
    [
        (0, (-7.5, 100.0), 7.5, None),
        (0, (1050.0, 1010.0), 210.0, None),  # in the exclusion
        (0, (1700.0, 400.0), 0.0, 300.0),
        (8, (3000.0, 3000.0), 1000.0, None),  # in the corner that the parcel lacks
    ],
    ids=["outside", "excluded", "too close", "in the concave corner"],
)
def test_infeasible_layout_is_called_so(
    small: LayoutProblem,
    feasible: FloatArray,
    turbine: int,
    place: tuple[float, float],
    violation: float,
    spacing: float | None,
) -> None:
    layout = feasible.copy()
    layout[turbine] = place
    one_direction = WindResource(
        np.array([270.0]), np.array([9.0]), np.ones((1, 1)), np.full((1, 1), 0.06)
    )
    problem = replace(small, wind=one_direction, initial_layout=None)
    said = verify(problem, layout, Simulator(problem))
    assert not said.feasible
    assert said.aep > 0
    found = said.judged.feasibility
    assert found.max_boundary_violation_m == pytest.approx(violation, abs=1e-6)
    if spacing is not None:
        assert found.min_spacing_d == pytest.approx(spacing / 198)


def test_speeds_that_turn_nothing_are_not_simulated_and_cost_nothing(
    small: LayoutProblem, feasible: FloatArray
) -> None:
    rose = WindResource(
        np.array([200.0, 240.0]),
        np.array([2.0, 3.9, 4.2, 9.0, 25.2, 30.0]),
        np.array([[0.05, 0.05, 0.1, 0.2, 0.05, 0.05]] * 2),
        np.full((2, 6), 0.07),
    )
    problem = replace(small, wind=rose, initial_layout=None)
    c = rose.conditions
    everything = windopt.simulate_power(problem, feasible, c.wd, c.ws, c.ti).sum(1) @ c.weight
    floris = Simulator(problem)
    found = judge(problem, {"one": feasible}, floris)["one"]
    assert found.aep == pytest.approx(8760 * everything, rel=1e-12)
    assert floris.counts.conditions == 2 * 2  # 25.2 m/s is above cut-out: nobody has a wake


def test_layouts_come_back_under_their_names(small: LayoutProblem, feasible: FloatArray) -> None:
    wind = WindResource(
        np.array([90.0, 270.0]), np.array([9.0]), np.full((2, 1), 0.5), np.full((2, 1), 0.06)
    )
    problem = replace(small, wind=wind, initial_layout=None)
    row = np.stack([420.0 * np.arange(9), np.full(9, 100.0)], axis=1)
    floris = Simulator(problem)
    found = judge(problem, {"row": row, "spread": feasible}, floris)
    assert list(found) == ["row", "spread"]
    assert found["row"].aep < 0.8 * found["spread"].aep
    np.testing.assert_array_equal(found["row"].layout, row)
    assert (floris.counts.evaluations, floris.counts.conditions) == (2, 4)


def test_without_a_simulator_worker_processes_do_it(
    small: LayoutProblem,
    feasible: FloatArray,
    judged: Verification,
    pool: Executor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verdict, "worker_pool", lambda _=None: nullcontext(pool))
    again = windopt.verify(small, feasible)
    assert again.aep == pytest.approx(judged.aep, rel=1e-12)
    assert again.gain_pct == pytest.approx(judged.gain_pct)
