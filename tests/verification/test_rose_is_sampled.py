"""FLORIS asked about a sample of the rose, with the surrogate as control variate."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from windopt.floris.adapter import FarmState
from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import FarmCase, Simulator
from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.readers.load import load_problem
from windopt.surrogate.analytic import analytic_surrogate
from windopt.verification.contenders import contenders, doubt_pct
from windopt.verification.evaluate import judge
from windopt.verification.evaluated import EvaluatedLayout
from windopt.verification.sampled import SampledEvaluator
from windopt.verification.sampling import RoseSample, draw_lattice, shares_by_power

SEEDS = 100
DRAWS = 100


class Recalled(Simulator):
    """FLORIS's answers on the whole rose, recalled for whoever asks about a part of it."""

    powers: ClassVar[dict[bytes, FloatArray]] = {}
    rows: ClassVar[dict[tuple[float, float], int]] = {}

    def simulate(self, cases, progress=None):  # type: ignore[no-untyped-def]
        states = []
        for case in cases:
            self.counts.evaluations += 1
            self.counts.conditions += len(case.wd)
            key = np.round(case.layout, 6).tobytes()
            known = self.powers[key]
            rows = [self.rows[one] for one in zip(case.wd, case.ws, strict=True)]
            nothing = np.empty(0)
            states.append(FarmState(known[rows], nothing, nothing, 1e-3 * len(case.wd)))
        return states

    def recall(self, conditions: Conditions, powers: dict[bytes, FloatArray]) -> None:
        pairs = zip(conditions.wd, conditions.ws, strict=True)
        self.powers.update(powers)
        self.rows.update({pair: row for row, pair in enumerate(pairs)})


class Wrong:
    """A surrogate that says something else."""

    def __init__(self, surrogate, say) -> None:  # type: ignore[no-untyped-def]
        self.surrogate, self.say = surrogate, say

    def power(self, *asked):  # type: ignore[no-untyped-def]
        return self.say(self.surrogate.power(*asked))


@pytest.fixture(scope="module")
def layouts(small: LayoutProblem) -> dict[str, FloatArray]:
    given = small.initial_layout
    assert given is not None
    given = repair(small, given)
    moved = repair(small, given + np.random.default_rng(1).normal(0.0, 200.0, given.shape))
    return {"initial": np.round(given, 6), "final": np.round(moved, 6)}


@pytest.fixture(scope="module")
def floris(small: LayoutProblem, layouts: dict[str, FloatArray]) -> Recalled:
    """The small farm's whole rose, asked once."""
    conditions = evaluated_wind(small).conditions
    powers = Simulator(small).counted_power(layouts.values(), conditions)
    recalled = Recalled(small)
    recalled.recall(
        conditions,
        {one.tobytes(): power for one, power in zip(layouts.values(), powers, strict=True)},
    )
    return recalled


@pytest.fixture(scope="module")
def whole(small, layouts, floris) -> dict[str, EvaluatedLayout]:  # type: ignore[no-untyped-def]
    return judge(small, layouts, floris)


def sampled(small, surrogate, seed=0, draws=DRAWS) -> SampledEvaluator:  # type: ignore[no-untyped-def]
    return SampledEvaluator(small, surrogate, seed, draws)


def test_estimate_is_within_three_errors_in_99_of_100_seeds(small, layouts, floris, whole) -> None:  # type: ignore[no-untyped-def]
    surrogate = analytic_surrogate(small)  # another wake model: a poor control variate
    off, off_gain, aep, lead = 0, 0, [], whole["final"].aep - whole["initial"].aep
    for seed in range(SEEDS):
        told = sampled(small, surrogate, seed).judge(layouts, floris)
        final, initial = told["final"], told["initial"]
        assert not final.whole_rose
        assert final.conditions <= DRAWS
        off += abs(final.aep - whole["final"].aep) > 3 * final.aep_error
        gain = final.aep - initial.aep
        off_gain += abs(gain - lead) > 3 * final.lead_error(initial)
        aep.append(final.aep)
    assert off <= 1
    assert off_gain <= 1
    # and the error is no empty word: the estimates do spread by a good part of it
    assert np.std(aep) > 0.2 * final.aep_error
    assert np.mean(aep) == pytest.approx(whole["final"].aep, abs=0.5 * np.std(aep))


@pytest.mark.parametrize(
    ("say", "wider"),
    [
        (lambda power: 0.0 * power, 3.0),
        (lambda power: 1.5 * power, 1.0),  # what is wrong everywhere alike is corrected at once
        (lambda power: power * float("nan"), 3.0),
        (lambda power: 1e3 * power**0.1, 3.0),
    ],
    ids=["nothing", "half too much", "no number", "another curve"],
)
def test_surrogate_that_is_wildly_wrong_only_widens_the_error(
    small, layouts, floris, whole, say, wider
) -> None:  # type: ignore[no-untyped-def]
    good = sampled(small, analytic_surrogate(small)).judge(layouts, floris)["final"]
    wrong = Wrong(analytic_surrogate(small), say)
    one = sampled(small, wrong).judge(layouts, floris)["final"]
    assert abs(one.aep - whole["final"].aep) < 3 * one.aep_error
    assert one.aep_error > wider * good.aep_error


def test_sample_grows_without_asking_twice(small, layouts, floris) -> None:  # type: ignore[no-untyped-def]
    one = sampled(small, analytic_surrogate(small))
    first = one.judge(layouts, floris)["final"]
    before = floris.counts.conditions
    one.judge(layouts, floris)
    assert floris.counts.conditions == before
    one.grow(3 * DRAWS)
    more = one.judge(layouts, floris)["final"]
    assert floris.counts.conditions - before == 2 * (more.conditions - first.conditions)
    assert more.aep_error < 0.75 * first.aep_error


def test_same_layout_is_asked_once_and_as_its_file_has_it(small, layouts, floris) -> None:  # type: ignore[no-untyped-def]
    one = sampled(small, analytic_surrogate(small))
    before = floris.counts.evaluations
    twice = {"a": layouts["final"], "b": layouts["final"] + 1e-8}
    told = one.judge(twice, floris)
    assert floris.counts.evaluations - before == 1
    assert told["a"].aep == told["b"].aep
    np.testing.assert_array_equal(told["b"].layout, layouts["final"])
    both = one.judge_whole(twice, floris)
    assert floris.counts.evaluations - before == 2
    assert both["a"].aep == both["b"].aep


def test_turbines_sum_up_to_the_farm(small, layouts, floris, whole) -> None:  # type: ignore[no-untyped-def]
    one = sampled(small, analytic_surrogate(small)).judge(layouts, floris)["final"]
    assert one.turbine_aep.sum() == pytest.approx(one.aep, rel=1e-12)
    exact = whole["final"]
    np.testing.assert_allclose(one.turbine_aep, exact.turbine_aep, rtol=0.02)
    assert one.wake_loss_pct == pytest.approx(exact.wake_loss_pct, abs=0.3)
    assert one.wake_loss_by_direction_pct.shape == exact.wake_loss_by_direction_pct.shape


def test_energy_with_values_has_errors_of_its_revenue(small, layouts, floris) -> None:  # type: ignore[no-untyped-def]
    wind = small.wind
    value = np.broadcast_to(50.0 + 10.0 * np.arange(len(wind.wind_speed)), wind.probability.shape)
    worth = replace(small, wind=replace(wind, value=np.array(value)))
    told = sampled(worth, analytic_surrogate(worth)).judge(layouts, floris)
    exact = judge(worth, layouts, floris)
    final, initial = told["final"], told["initial"]
    assert final.value == pytest.approx(exact["final"].value, rel=0.01)
    lead = exact["final"].value - exact["initial"].value
    assert abs(final.value - initial.value - lead) < 3 * final.lead_error(initial)
    assert final.lead_error(initial) < 0.01 * final.value


def test_lattice_draws_each_condition_by_its_share() -> None:
    rng = np.random.default_rng(0)
    wd, ws = np.repeat([0.0, 10.0, 20.0], 4), np.tile([5.0, 7.0, 9.0, 11.0], 3)
    share = rng.dirichlet(np.ones(12))
    conditions = Conditions(wd, ws, 0 * wd, share)
    drawn = [draw_lattice(conditions, share, 7, rng) for _ in range(4000)]
    often = np.bincount(np.concatenate(drawn), minlength=12) / (7 * 4000)
    np.testing.assert_allclose(often, share, atol=0.006)


def test_sample_of_a_single_direction(small: LayoutProblem) -> None:
    """Speeds alone are drawn; their weights still stand for the whole."""
    n = 30
    ws = np.linspace(4.0, 20.0, n)
    weight = np.full(n, 1 / n)
    conditions = Conditions(np.full(n, 270.0), ws, np.full(n, 0.06), weight)
    share = shares_by_power(weight, ws**3, ws**3)
    means = []
    for seed in range(200):
        drawn = draw_lattice(conditions, share, 10, np.random.default_rng(seed))
        sample = RoseSample(share, weight, drawn)
        means.append(sample.corrections(np.sin(ws)[sample.asked]).mean())
    assert np.mean(means) == pytest.approx(np.sin(ws).mean(), abs=0.02)


def test_conditions_without_predicted_power_can_be_drawn() -> None:
    weight = np.full(4, 0.25)
    share = shares_by_power(weight, np.array([0.0, 0.0, 1.0, 1.0]), np.zeros(4))
    assert (share > 0).all()
    assert share.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(shares_by_power(weight, np.zeros(4), np.zeros(4)), 0.25)


def test_rose_with_few_conditions_is_simulated_as_a_whole(small_config, tmp_path) -> None:  # type: ignore[no-untyped-def]
    few = load_problem(small_config, {"refine_wind": False})  # 36 conditions
    given = few.initial_layout
    assert given is not None
    one = SampledEvaluator(few, analytic_surrogate(few), 0).judge({"it": given}, Simulator(few))[
        "it"
    ]
    assert one.whole_rose
    assert one.aep == judge(few, {"it": given}, Simulator(few))["it"].aep


def test_what_is_close_stays_in_question(small, layouts, floris) -> None:  # type: ignore[no-untyped-def]
    one = sampled(small, analytic_surrogate(small))
    close = layouts["final"] + 0.0
    close[0, 0] += 1e-3
    floris.powers[np.round(close, 6).tobytes()] = floris.powers[layouts["final"].tobytes()]
    told = one.judge(layouts | {"close": close}, floris)
    names = contenders(small, told)
    assert "initial" in names
    best = max(told.values(), key=lambda one: one.aep)
    if best is not told["initial"]:
        assert {"final", "close"} <= set(names)
    assert doubt_pct(told) >= 100 * told["final"].lead_error(told["initial"]) / told["final"].aep


def test_nothing_is_asked_above_cut_out(small: LayoutProblem) -> None:
    """The speeds left out yield nothing in FLORIS, in any wake."""
    wind = small.wind
    speeds = np.array([2.0, 7.0, 10.0, 24.5, 25.6, 29.0])
    share = np.full((len(wind.wind_direction), len(speeds)), 1.0)
    gusty = replace(
        small,
        wind=replace(
            wind,
            wind_speed=speeds,
            probability=share / share.sum(),
            turbulence_intensity=0.07 * share,
        ),
    )
    kept = evaluated_wind(gusty).wind_speed
    np.testing.assert_array_equal(kept, [7.0, 10.0, 24.5])
    left_out = [2.0, 25.6, 29.0]
    given = gusty.initial_layout
    assert given is not None
    wd, ws = np.meshgrid(wind.wind_direction[::30], left_out, indexing="ij")
    (state,) = Simulator(gusty).simulate(
        [FarmCase(given, wd.ravel(), ws.ravel(), np.full(wd.size, 0.07))]
    )
    assert not state.power.any()


def test_turbine_that_runs_longer_keeps_the_speed_for_all(mixed: LayoutProblem) -> None:
    """Where one type still turns, its wake may bring the other back to life."""
    ends = [one.wind_speed[-1] for one in mixed.turbines]
    longer = replace(
        mixed.turbines[1],
        wind_speed=np.append(mixed.turbines[1].wind_speed, 35.0),
        power=np.append(mixed.turbines[1].power, mixed.turbines[1].power[-1]),
        thrust_coefficient=np.append(mixed.turbines[1].thrust_coefficient, 0.1),
    )
    stormy = replace(mixed, turbines=(mixed.turbines[0], longer))
    wind = stormy.wind
    storm = replace(wind, wind_speed=np.array([10.0, max(ends) + 3.0, 36.0]))
    assert evaluated_wind(replace(stormy, wind=storm)).wind_speed.tolist() == [
        10.0,
        max(ends) + 3.0,
    ]
