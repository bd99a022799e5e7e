"""Cutting a job into tasks, here or on worker processes, changes nothing but the time it takes."""

from concurrent.futures import Executor

import numpy as np
import pytest

from windopt.floris import simulator
from windopt.floris.adapter import FarmState
from windopt.floris.simulator import FarmCase, Simulator
from windopt.problem.problem import LayoutProblem


@pytest.fixture(scope="module")
def cases() -> list[FarmCase]:
    """Farms of 3, 8 and 5 turbines in 23, 7 and 11 conditions."""
    rng = np.random.default_rng(1)
    return [
        FarmCase(
            rng.uniform(0, 3000, (n, 2)),
            rng.uniform(0, 360, conditions),
            rng.uniform(5, 12, conditions),
            rng.uniform(0.05, 0.12, conditions),
        )
        for n, conditions in ((3, 23), (8, 7), (5, 11))
    ]


@pytest.fixture(scope="module")
def whole(small: LayoutProblem, cases: list[FarmCase]) -> list[FarmState]:
    """The states of the cases, each in one piece."""
    return Simulator(small).simulate(cases)


def assert_same(states: list[FarmState], others: list[FarmState]) -> None:
    for one, other in zip(states, others, strict=True):
        np.testing.assert_allclose(one.power, other.power, rtol=1e-12)
        np.testing.assert_allclose(one.wind_speed, other.wind_speed, rtol=1e-12)
        np.testing.assert_allclose(one.turbulence_intensity, other.turbulence_intensity, rtol=1e-12)


def test_states_come_in_the_order_of_cases_and_conditions(
    small: LayoutProblem, cases: list[FarmCase], whole: list[FarmState]
) -> None:
    assert [state.power.shape for state in whole] == [(23, 3), (7, 8), (11, 5)]
    case = cases[2]
    last = Simulator(small).power(case.layout, case.wd[-1:], case.ws[-1:], case.ti[-1:])
    np.testing.assert_allclose(whole[2].power[-1:], last, rtol=1e-12)


def test_blocks_of_conditions_join_to_the_whole(
    small: LayoutProblem,
    cases: list[FarmCase],
    whole: list[FarmState],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(simulator, "TURBINE_CONDITIONS_PER_TASK", 20)
    assert_same(Simulator(small).simulate(cases), whole)


def test_worker_processes_give_the_same_states_in_the_same_order(
    small: LayoutProblem,
    cases: list[FarmCase],
    whole: list[FarmState],
    monkeypatch: pytest.MonkeyPatch,
    pool: Executor,
) -> None:
    monkeypatch.setattr(simulator, "TURBINE_CONDITIONS_PER_TASK", 20)
    assert_same(Simulator(small, pool).simulate(cases), whole)


@pytest.mark.parametrize("turbine_conditions", [20, 10_000])
def test_what_is_asked_of_floris_is_counted_exactly(
    small: LayoutProblem,
    cases: list[FarmCase],
    monkeypatch: pytest.MonkeyPatch,
    turbine_conditions: int,
) -> None:
    monkeypatch.setattr(simulator, "TURBINE_CONDITIONS_PER_TASK", turbine_conditions)
    floris = Simulator(small)
    floris.simulate(cases)
    counts = floris.counts
    assert (counts.evaluations, counts.conditions) == (3, 23 + 7 + 11)
    assert counts.turbine_conditions == 23 * 3 + 7 * 8 + 11 * 5
    floris.power(cases[0].layout, cases[0].wd, cases[0].ws, cases[0].ti)
    assert (counts.evaluations, counts.conditions) == (4, 64)


def test_progress_runs_from_the_first_block_to_one(
    small: LayoutProblem, cases: list[FarmCase], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator, "TURBINE_CONDITIONS_PER_TASK", 20)
    told: list[float] = []
    Simulator(small).simulate(cases, told.append)
    assert len(told) == 4 + 4 + 3  # blocks of 6, 2 and 4 conditions
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_rows_and_receivers_keep_their_turbine(small: LayoutProblem) -> None:
    """Turbines are sorted by FLORIS inside; powers come back in the layout's order."""
    layout = np.array([[1000.0, 0.0], [0.0, 0.0], [2000.0, 0.0], [0.0, 3000.0]])
    (state,) = Simulator(small).simulate(
        [FarmCase(layout, np.array([270.0]), np.array([9.0]), np.array([0.06]))]
    )
    assert state.wind_speed[0, [1, 3]] == pytest.approx([9.0, 9.0])
    assert state.wind_speed[0, 0] < 8.0
    assert state.turbulence_intensity[0, [1, 3]] == pytest.approx([0.06, 0.06])
    assert state.turbulence_intensity[0, 2] > 0.08
    assert state.power[0, 1] == state.power[0].max()
