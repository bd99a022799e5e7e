"""The validation: what it says of predictors whose errors are known."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from windopt.floris import simulator
from windopt.floris.adapter import FarmState, simulate_farm
from windopt.floris.simulator import Simulator, simulate_power
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.scores import TurbineScores, rank, score_by_wake_depth
from windopt.verification.unseen_farms import ValidationPlan, displaced, telling_rose, unseen_farms
from windopt.verification.validation import Validation, validate_surrogate

PLAN = ValidationPlan(
    sizes=(4, 9),
    spacings_d=(3.5,),
    directions=12,
    scales_d=(0.5, 0.2),
    layouts_per_scale=10,
    speeds=2,
)


@pytest.fixture(scope="module", autouse=True)
def _floris_remembers(small_surrogate: Surrogate) -> Iterator[None]:
    """Let FLORIS answer at once what it has been asked before, by another predictor.

    The surrogate is made first: its workers cannot be given such a FLORIS.
    """
    answers: dict[str, FarmState] = {}

    def remembering(configuration: dict[str, Any], *case: Any) -> FarmState:
        question = repr((configuration["name"], [None if c is None else c.tolist() for c in case]))
        question += repr(configuration["farm"]["layout_x"])  # the number of turbine types
        if question not in answers:
            answers[question] = simulate_farm(configuration, *case)
        return answers[question]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulator, "simulate_farm", remembering)
        yield


class Floris:
    """FLORIS itself as predictor, its answers falsified by a function of power and the call."""

    def __init__(
        self, problem: LayoutProblem, falsify: Callable[[FloatArray, int], FloatArray] | None = None
    ) -> None:
        self.simulator, self.falsify, self.calls = Simulator(problem), falsify, 0

    def power(
        self,
        layouts: FloatArray,
        wd: FloatArray,
        ws: FloatArray,
        ti: FloatArray,
        types: IntArray | None = None,
    ) -> FloatArray:
        power = np.stack([self.simulator.power(one, wd, ws, ti, types) for one in layouts])
        self.calls += 1
        return power if self.falsify is None else self.falsify(power, self.calls)


@pytest.fixture(scope="module")
def optimum(small: LayoutProblem) -> FloatArray:
    """Nine turbines in three rows, 3 D apart."""
    return 594.0 * np.stack(np.divmod(np.arange(9.0), 3), axis=1)


@pytest.fixture(scope="module")
def exact(small: LayoutProblem, optimum: FloatArray) -> Validation:
    claimed = {
        "reference": {"aep_gwh": 500.0, "aep_predicted_gwh": 501.0},
        "result": {"aep_gwh": 510.0, "aep_predicted_gwh": 512.022},
    }
    return validate_surrogate(Floris(small), small, optimum=optimum, claimed=claimed, plan=PLAN)


def bar(validation: Validation, name: str) -> Any:
    return next(bar for bar in validation.bars if bar.figure.startswith(name))


def test_floris_makes_no_error_against_itself(exact: Validation) -> None:
    assert exact.aep_error_worst_pct == pytest.approx(0, abs=1e-9)
    assert exact.turbine_power_mape_pct == pytest.approx(0, abs=1e-9)
    assert [ranking.spearman for ranking in exact.rankings] == pytest.approx([1.0, 1.0])
    for part in (*exact.by_wake_depth, *exact.by_wind_speed):
        assert part.count == 0 or part.mape_pct == pytest.approx(0, abs=1e-9)
    assert [b.met for b in exact.bars] == [True] * 5 + [None, False]
    np.testing.assert_allclose(exact.power_true, exact.power_predicted)


def test_farms_are_those_of_the_plan(exact: Validation) -> None:
    assert [(farm.name, farm.n_turbines) for farm in exact.farms] == [
        ("random farm of 4, 3.5 D", 4),
        ("jittered grid of 4, 3.5 D", 4),
        ("random farm of 9, 3.5 D", 9),
        ("jittered grid of 9, 3.5 D", 9),
        ("displaced regular grid of 9, 5 D", 9),
        ("given layout", 9),
        ("optimum", 9),
    ]
    # seven farms, one scan, the optimum and its neighbours
    assert exact.floris.evaluations == 7 + 1 + 1 + 2 * 10


def test_gain_that_was_claimed_is_held_against_the_verified(exact: Validation) -> None:
    assert exact.verified_gain_pct == pytest.approx(2.0)
    assert exact.claimed_gain_pct == pytest.approx(2.2)
    assert exact.overclaim_pct == pytest.approx(0.2)
    assert not replace(exact, claimed_gain_pct=1.9).bars[-1].met
    assert replace(exact, claimed_gain_pct=2.04).bars[-1].met


def test_bias_is_found_where_it_is(small: LayoutProblem, optimum: FloatArray) -> None:
    biased = validate_surrogate(
        Floris(small, lambda power, _: 1.02 * power), small, optimum=optimum, plan=PLAN
    )
    for farm in biased.farms:
        assert farm.aep_error_pct == pytest.approx(2.0)
        assert farm.turbine_power_mape_pct == pytest.approx(2.0)
    for part in (*biased.by_wake_depth, *biased.by_wind_speed):
        assert part.count == 0 or part.bias_pct == pytest.approx(2.0)
    assert biased.aep_error_median_pct == pytest.approx(2.0)
    assert [ranking.spearman for ranking in biased.rankings] == pytest.approx([1.0, 1.0])
    assert biased.overclaim_pct is None
    assert [b.met for b in biased.bars] == [False] * 3 + [True] * 2 + [None] * 2


def test_answers_in_disorder_do_not_rank(small: LayoutProblem, optimum: FloatArray) -> None:
    def disorder(power: FloatArray, call: int) -> FloatArray:
        return power * np.random.default_rng(call).normal(1.0, 0.05)

    disordered = validate_surrogate(Floris(small, disorder), small, optimum=optimum, plan=PLAN)
    assert max(abs(ranking.spearman) for ranking in disordered.rankings) < 0.8
    assert [b.met for b in disordered.bars[3:5]] == [False, False]


def test_surrogate_is_examined_without_an_optimum(
    small: LayoutProblem, small_surrogate: Surrogate
) -> None:
    validation = validate_surrogate(small_surrogate, small, plan=PLAN)
    assert validation.rankings == ()
    assert bar(validation, "rank correlation at 0.5 D").met is None
    assert 0 < validation.aep_error_worst_pct < 20
    assert len(validation.farms) == 6


def test_mixed_farms_are_examined_in_the_problems_proportions(mixed: LayoutProblem) -> None:
    plan = replace(PLAN, sizes=(400,), spacings_d=(3.5,), directions=1)
    farms = unseen_farms(mixed, None, plan, np.random.default_rng(0))
    types = farms["jittered grid of 400, 3.5 D"].types
    assert types is not None
    assert np.mean(types) == pytest.approx(4 / 9, abs=0.08)
    np.testing.assert_array_equal(farms["given layout"].types, mixed.types)
    assert validate_surrogate(Floris(mixed), mixed, plan=PLAN).aep_error_worst_pct < 1e-9


def test_seed_decides_what_is_asked(small: LayoutProblem) -> None:
    def farms(seed: int) -> Any:
        return unseen_farms(small, None, PLAN, np.random.default_rng(seed))

    one, same, other = farms(1), farms(1), farms(2)
    for name, case in one.items():
        np.testing.assert_array_equal(case.layout, same[name].layout)
        np.testing.assert_array_equal(case.ws, same[name].ws)
    assert not np.array_equal(one["random farm of 9, 3.5 D"].layout,
                              other["random farm of 9, 3.5 D"].layout)  # fmt: skip
    assert set(one["given layout"].ws) <= set(small.given_wind.wind_speed)


def test_displaced_layouts_keep_half_the_spacing(optimum: FloatArray) -> None:
    rng = np.random.default_rng(0)
    layouts = np.array(displaced(optimum, 100.0, 200, rng))
    distance = np.hypot(*np.moveaxis(layouts[:, :, None] - layouts[:, None], -1, 0))
    assert distance[:, ~np.eye(9, dtype=bool)].min() >= 297.0
    assert (layouts - optimum).std() == pytest.approx(100.0, rel=0.05)


def test_layouts_are_compared_where_wakes_cost_most(
    small: LayoutProblem, optimum: FloatArray
) -> None:
    fine = small.wind
    wd, ws = np.meshgrid(10.0 * np.arange(36), fine.wind_speed, indexing="ij")
    ti = fine.turbulence_intensity[::10]
    conditions = (wd.ravel(), ws.ravel(), ti.ravel())
    power = simulate_power(small, optimum, *conditions).sum(axis=1)
    alone = 9 * simulate_power(small, np.zeros((1, 2)), *conditions)[:, 0]
    loss = (alone - power).reshape(36, 3) * fine.probability[::10]
    costliest = np.sort(fine.wind_speed[np.argsort(loss.sum(axis=0))[-2:]])

    rose = telling_rose(small, optimum, PLAN, Simulator(small))
    np.testing.assert_array_equal(rose.wind_speed, costliest)
    np.testing.assert_array_equal(rose.wind_direction, 30.0 * np.arange(12))
    kept = np.isin(fine.wind_speed, costliest)
    np.testing.assert_array_equal(rose.probability, fine.probability[::30][:, kept])


def test_wake_depths_are_binned_by_the_true_deficit() -> None:
    depth = np.array([0.0, 0.02, 0.07, 0.45, 0.5])
    truth = np.array([8.0, 8, 4, 2, 0.1]) * 1e6
    predicted = truth * np.array([1.0, 1.01, 0.99, 1.1, 9.0])
    scores = score_by_wake_depth(
        TurbineScores(truth, predicted, np.full(5, 1e7), depth, np.full(5, 9.0))
    )
    assert [part.count for part in scores] == [1, 1, 1, 0, 0, 0, 1]  # the last hardly turns
    assert [part.bias_pct for part in scores] == pytest.approx(
        [0.0, 1.0, -1.0, np.nan, np.nan, np.nan, 10.0], nan_ok=True
    )


def test_predictor_without_an_opinion_does_not_rank() -> None:
    ranking = rank(0.2, np.array([5.0, 4, 3, 2]), np.full(4, 5.0))
    assert ranking.spearman == 0.0


def test_json_is_complete_and_plain(exact: Validation) -> None:
    content = json.loads(json.dumps(exact.to_dict(), allow_nan=False))
    assert set(content) == {
        "wake_model", "seed", "bars", "aep_error_median_pct", "aep_error_worst_pct",
        "turbine_power_mape_pct", "claimed_gain_pct", "verified_gain_pct", "overclaim_pct",
        "farms", "by_wake_depth", "by_wind_speed", "rankings", "power_true_mw",
        "power_predicted_mw", "floris",
    }  # fmt: skip
    assert content["by_wake_depth"][0]["low"] is None
    assert content["rankings"][1]["scale_d"] == 0.2
    assert len(content["rankings"][1]["true_change_pct"]) == 10
    assert content["bars"][0] | {"value": 0.0} == {
        "figure": "AEP error, median [%]",
        "value": 0.0,
        "limit": 0.1,
        "at_least": False,
        "met": True,
    }
    assert len(content["power_true_mw"]) == len(content["power_predicted_mw"]) <= 5000


def test_cc_has_a_bar_of_its_own(exact: Validation) -> None:
    assert bar(exact, "turbine power").limit == 0.5
    assert bar(replace(exact, wake_model="cc"), "turbine power").limit == 1.0
