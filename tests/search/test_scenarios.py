"""A search over scenarios: gradients, samples and layouts are those of what is weighed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

import windopt
from windopt.config.robust import WindYearsConfig
from windopt.config.wake import WakeConfig
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.repair import repair
from windopt.problem.scenario import (
    ConditionalValue,
    Mean,
    MeanLessSpread,
    Regret,
    Risk,
    Scenario,
    Worst,
)
from windopt.problem.scenarios import ALONE, Scenarios
from windopt.problem.wind_resource import WindResource
from windopt.readers.load import load_problem
from windopt.readers.wind.time_series import bin_series
from windopt.search.context import SearchContext, SearchTask
from windopt.search.patterns import optimise
from windopt.search.scenario_sampler import ScenarioSampler, sampler_of
from windopt.search.settings import SearchSettings
from windopt.surrogate.scenarios import in_year, scenarios_for, wind_years
from windopt.surrogate.surrogate import Surrogate

Robust = Callable[..., tuple[LayoutProblem, Surrogate, Scenarios]]


@pytest.fixture(scope="module")
def robust(quick: LayoutProblem) -> Robust:
    """The quick problem on kernels that ship, robust as asked for."""

    def of(**section: object) -> tuple[LayoutProblem, Surrogate, Scenarios]:
        problem = load_problem(quick.config, {"train.from": "shipped", "robust": section})
        surrogate = windopt.surrogate_for(problem)
        return problem, surrogate, scenarios_for(problem, surrogate, problem.initial_layout)

    return of


def layout_of(problem: LayoutProblem) -> FloatArray:
    assert problem.initial_layout is not None
    return problem.initial_layout + np.random.default_rng(1).normal(0.0, 60.0, (9, 2))


@pytest.mark.parametrize(
    "risk", [Mean(), MeanLessSpread(2.0), ConditionalValue(0.7), Worst(), Regret((4e11, 5e11) * 3)]
)
def test_gradient_of_every_risk_is_that_of_differences(robust: Robust, risk: Risk) -> None:
    """Of two wake models in three wind years each, without added turbulence: that jumps."""
    problem, _, _ = robust()
    wakes = [
        WakeConfig.model_validate({"velocity_model": name, "turbulence_model": "none"})
        for name in ("gauss", "turboparkgauss")
    ]
    models = [windopt.surrogate_for(replace(problem, wake=wake)) for wake in wakes]
    years = [
        replace(problem.wind, probability=in_year(problem.wind, 1.0 + change, 50 * change))
        for change in (-0.05, 0.0, 0.05)
    ]
    cases = tuple(Scenario(model, year, 1 / 6) for year in years for model in models)
    scenarios = Scenarios(cases, ("gauss", "turboparkgauss") * 3, risk)
    objective, layout = scenarios.objective(problem, models[0]), layout_of(problem)
    rate, gradient = objective.rate_and_gradient(layout, objective.rose)
    assert rate == pytest.approx(objective.rates(layout[None], objective.rose)[0], rel=1e-12)
    assert problem.hours_per_year * rate == pytest.approx(objective.value(layout), rel=1e-12)
    scale = np.abs(gradient).max()
    for k, axis in ((0, 0), (4, 1), (8, 0)):
        step = np.zeros((9, 2))
        step[k, axis] = 0.05
        ahead, behind = objective.rates(np.stack([layout + step, layout - step]), objective.rose)
        assert gradient[k, axis] == pytest.approx((ahead - behind) / 0.1, abs=1e-3 * scale)


def test_one_wake_model_is_the_run_without_scenarios_to_the_bit(robust: Robust) -> None:
    problem, surrogate, scenarios = robust(wake_models=["gauss"])
    assert [case.scale for case in scenarios.cases] == [1.0]
    alone = optimise(problem, surrogate, 3, scenarios=ALONE)
    weighed = optimise(problem, surrogate, 3, scenarios=scenarios)
    np.testing.assert_array_equal(alone.layout, weighed.layout)
    assert alone.aep_predicted == weighed.aep_predicted
    by_config = optimise(problem, surrogate, 3)  # what the config's section asks for
    np.testing.assert_array_equal(by_config.layout, weighed.layout)


def test_order_of_the_wake_models_changes_nothing(robust: Robust) -> None:
    """The best of some layouts is the same, to rounding; so are their values."""
    problem, surrogate, first = robust(wake_models=["gauss", "jensen", "cc"], risk="mean - 1*std")
    _, _, second = robust(wake_models=["cc", "gauss", "jensen"], risk="mean - 1*std")
    rng = np.random.default_rng(0)
    layouts = [layout_of(problem) + rng.normal(0.0, 200.0, (9, 2)) for _ in range(6)]
    values = [
        [one.objective(problem, surrogate).value(layout) for layout in layouts]
        for one in (first, second)
    ]
    np.testing.assert_allclose(values[0], values[1], rtol=1e-12)
    assert np.argmax(values[0]) == np.argmax(values[1])


def test_scenarios_are_scaled_by_the_layout_of_reference(robust: Robust) -> None:
    problem, surrogate, scenarios = robust(wake_models={"gauss": 3, "cc": 1})
    objective = scenarios.objective(problem, surrogate)
    assert problem.initial_layout is not None
    values = objective.values(problem.initial_layout)
    np.testing.assert_allclose(values, objective.energy(problem.initial_layout), rtol=1e-12)
    assert [case.weight for case in scenarios.cases] == [0.75, 0.25]
    assert objective.measure.name == "robust AEP"


def test_samples_are_unbiased_and_shared_by_wind_years(robust: Robust) -> None:
    problem, surrogate, scenarios = robust(
        wake_models=["gauss", "cc", "turboparkgauss", "empirical_gauss"],
        wind_years={"speed_std_pct": 6, "rotation_std_deg": 4, "years": 3},
    )
    objective, layout = scenarios.objective(problem, surrogate), layout_of(problem)
    sampler = sampler_of(objective, layout)
    assert isinstance(sampler, ScenarioSampler)
    assert len(sampler.condensed) == 12
    assert [part.scenarios for part in sampler.parts] == [
        (0, 1, 2),
        (3, 4, 5),
        (6, 7, 8),
        (9, 10, 11),
    ]
    # half of the directions each, the models in turn
    first, second = sampler.condensed[0].wd, sampler.condensed[3].wd
    assert not set(first) & set(second)
    assert len(first) == len(second) == len(problem.wind.wind_direction) / 2
    np.testing.assert_allclose(  # calibrated where it was measured
        objective.values_in(layout, sampler.condensed),
        objective.values_in(layout, objective.roses),
        rtol=1e-12,
    )
    rng = np.random.default_rng(0)
    still = [replace(part, sampler=replace(part.sampler, step_deg=0.0)) for part in sampler.parts]
    sampler = replace(sampler, parts=tuple(still))  # the rose has sectors of 30 degrees
    for draw in (sampler.draw, sampler.draw_directions):
        drawn = [objective.rates(layout[None], draw(80, rng))[0] for _ in range(200)]
        error = np.std(drawn) / np.sqrt(len(drawn))
        exact = objective.rates(layout[None], objective.rose)[0]
        assert abs(np.mean(drawn) - exact) < 4 * error + 2e-3 * exact
    drawn = sampler.draw(80, rng)
    assert isinstance(drawn, tuple)
    years = drawn[:3]
    assert years[0].wd is years[1].wd is years[2].wd
    assert not np.array_equal(years[0].weight, years[1].weight)


def test_years_keep_mean_speed_and_probability(quick: LayoutProblem) -> None:
    wind = quick.wind
    year = in_year(wind, 1.05, 0.0)
    assert year.sum() == pytest.approx(1.0)
    inside = wind.wind_speed * 1.05 <= wind.wind_speed[-1]
    faster = wind.probability[:, inside].sum(axis=0) @ wind.wind_speed[inside] * 1.05
    rest = wind.probability[:, ~inside].sum() * wind.wind_speed[-1]
    assert year.sum(axis=0) @ wind.wind_speed == pytest.approx(faster + rest)
    turned = in_year(wind, 1.0, 30.0)  # by one sector of twelve
    np.testing.assert_allclose(turned, np.roll(wind.probability, 1, axis=0), atol=1e-12)
    np.testing.assert_allclose(in_year(wind, 1.0, 360.0), wind.probability, atol=1e-12)


def test_drawn_years_have_the_spread_that_is_stated() -> None:
    speed = np.arange(0.5, 40.0)
    often = speed * np.exp(-((speed / 10.0) ** 2)) * np.ones((12, 1))
    sectors = np.arange(0.0, 360.0, 30.0)
    wind = WindResource.scaled(sectors, speed, often, np.full(often.shape, 0.06))
    years = wind_years(wind, WindYearsConfig(speed_std_pct=4, years=25))
    assert years is not None
    speeds = np.array([year.mean_wind_speed for year in years]) / wind.mean_wind_speed
    assert speeds.mean() == pytest.approx(1.0, abs=2e-3)
    assert speeds.std() == pytest.approx(0.04, rel=0.15)


def test_calendar_years_of_a_series_are_its_roses() -> None:
    """Two years, one windier and from elsewhere, and half a year, which counts in the mean only."""
    times = np.arange("2018-01-01", "2020-07-01", dtype="datetime64[h]")
    first = times < np.datetime64("2019-01-01")
    direction, speed = np.where(first, 90.0, 270.0), np.where(first, 8.0, 10.0)
    wind = bin_series(direction, speed, np.full(len(times), 0.08), times=times)
    years = wind_years(wind, WindYearsConfig(from_series=True))
    assert years is not None
    assert [one.year for one in wind.years] == [2018, 2019]
    assert [year.mean_wind_speed for year in years] == pytest.approx([8.0, 10.0])
    assert [year.sector_probability[90] for year in years] == pytest.approx([1.0, 0.0])
    assert wind.mean_wind_speed == pytest.approx(8.0 + 2.0 * (~first).mean())
    turned = wind.turned(5.0).years[0].probability.sum(axis=1)
    assert turned[95] == pytest.approx(1.0)


def test_power_curve_and_roughness_may_differ(quick: LayoutProblem) -> None:
    section = {"wake_models": ["gauss"], "power_curve_std_pct": 4, "draws": 4}
    problem = load_problem(quick.config, {"train.from": "shipped", "robust": section})
    surrogate = windopt.surrogate_for(problem)
    cases = scenarios_for(problem, surrogate).cases
    place, wind = np.zeros((1, 2)), np.zeros(4)
    speeds = np.array([6.0, 7.0, 8.0, 9.0])  # below rated power
    models = [case.model for case in cases if isinstance(case.model, Surrogate)]
    powers = np.array([model.alone_power(place, wind, speeds) for model in models])
    factors = 1.0 - 0.04 * norm.ppf((np.arange(4) + 0.5) / 4)  # later curves yield less
    expected = [surrogate.alone_power(place, wind, speeds / factor) for factor in factors]
    np.testing.assert_allclose(np.sort(powers, axis=0), np.array(expected), rtol=5e-6)

    rough = {"robust": {"wake_models": ["gauss"], "roughness_std_pct": 50}}
    settings = {"train.from": "shipped", "roughness_length": 0.03}
    problem = load_problem(quick.config, settings | rough)
    cases = scenarios_for(problem, surrogate).cases
    z = np.log(problem.reference_height / 0.03)
    steps = np.sort(norm.ppf((np.arange(4) + 0.5) / 4))
    ratio = z / (z - np.sign(steps) * np.log1p(0.5 * abs(steps)))
    own = problem.wind.turbulence_intensity
    found = sorted(float((case.wind.turbulence_intensity / own).mean()) for case in cases)
    assert found == pytest.approx(list(ratio))


def test_risk_that_is_not_linear_is_followed_by_its_tangent(robust: Robust) -> None:
    problem, surrogate, scenarios = robust(wake_models=["gauss", "cc"], risk="mean - 2*std")
    objective, layout = scenarios.objective(problem, surrogate), layout_of(problem)
    sampler = sampler_of(objective, layout)
    context = SearchContext(objective, sampler, SearchSettings())
    along = context.linearised(layout).objective
    exact = objective.rate_and_gradient(layout, sampler.condensed)
    tangent = along.rate_and_gradient(layout, sampler.condensed)
    np.testing.assert_allclose(tangent[1], exact[1], rtol=1e-9)
    assert tangent[0] == pytest.approx(exact[0], rel=1e-9)  # of degree one: the tangent meets it
    assert context.averaged().objective.risk.linear


def test_search_gains_what_it_is_asked_for(robust: Robust) -> None:
    """The best layout by the wake model that has all the weight."""
    problem, surrogate, scenarios = robust(wake_models={"jensen": 1})
    found = optimise(problem, surrogate, 0, scenarios=scenarios)
    objective = scenarios.objective(problem, surrogate)
    assert found.aep_predicted == pytest.approx(objective.value(found.layout))
    assert problem.initial_layout is not None
    given = repair(problem, problem.initial_layout)
    assert objective.value(found.layout) > objective.value(given)
    task = SearchTask(problem, surrogate, SearchSettings(), scenarios=scenarios)
    assert task.objective(problem).own.model is surrogate


def test_place_values_are_those_of_layouts(robust: Robust) -> None:
    problem, surrogate, scenarios = robust(wake_models=["gauss", "cc"], risk="worst")
    objective, layout = scenarios.objective(problem, surrogate), layout_of(problem)
    places = layout[8] + np.array([[0.0, 0.0], [150.0, 40.0], [-300.0, 200.0]])
    values = objective.place_values(layout, np.arange(8), 8, places, objective.rose)
    full = np.stack([np.vstack([layout[:8], place]) for place in places])
    np.testing.assert_allclose(values, objective.rates(full, objective.rose), rtol=2e-3)


def test_every_scenario_alone_is_an_objective(robust: Robust) -> None:
    problem, surrogate, scenarios = robust(wake_models=["gauss", "cc"])
    objective, layout = scenarios.objective(problem, surrogate), layout_of(problem)
    one = objective.single(1)
    model = scenarios.cases[1].model
    same = Objective(problem, (Scenario(model, problem.wind),))
    assert one.value(layout) == same.value(layout)
    assert replace(one, measure=same.measure).energy(layout) == same.energy(layout)
