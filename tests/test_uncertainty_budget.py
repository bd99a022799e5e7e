"""The uncertainty budget of AEP: what is stated and known, combined; what is not, left out."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from windopt.assessment.speed_sensitivity import classes_spread, log_slope, speed_sensitivity
from windopt.assessment.uncertainty import Budget, Component, exceeded, spread_pct
from windopt.config.reader import dump_config, load_config
from windopt.config.uncertainty import UncertaintyConfig
from windopt.errors import ConfigError
from windopt.pipeline import RunResult, begin
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine
from windopt.problem.wind_resource import WindResource
from windopt.readers.load import load_problem
from windopt.report.uncertainty import uncertainty_row, uncertainty_section
from windopt.runs.folder import RunFolder
from windopt.runs.robust import ModelRecord, RobustRecord, Under
from windopt.runs.robustness import Robustness
from windopt.runs.uncertainty import (
    ALL,
    budget_in,
    budget_of,
    read_uncertainty,
    record_of,
    rows_of,
    write_uncertainty,
)
from windopt.stages.report import draw_report
from windopt.stages.summary import outcome, sum_up

STATED: Mapping[str, float] = {
    "wind_measurement_pct": 3.0,
    "wind_speed_std_pct": 5.0,
    "power_curve_pct": 2.0,
    "losses_pct": 1.5,
    "wake_model_pct": 2.5,
}
FINAL: Mapping[str, Any] = {
    "aep_gwh": 400.0,
    "aep_error_gwh": 0.0,
    "wake_loss_pct": 8.0,
    "layout": np.zeros((9, 2)),
}


def told(small_config: Path, stated: Mapping[str, Any], **more: Any) -> LayoutProblem:
    return load_problem(small_config, {"uncertainty": dict(stated), **more})


def by_name(budget: Budget | None) -> dict[str, Component]:
    assert budget is not None
    return {one.name: one for one in budget.components}


def under(aep: float, error: float = 0.0) -> Under:
    return Under(aep, error, 1.0, error, 100, whole_rose=error == 0)


@pytest.fixture
def robust() -> RobustRecord:
    """Three wake models that count, with weights, and one that only judges."""
    weights = {"gauss": 0.5, "cc": 0.25, "turboparkgauss": 0.25, "jensen": 0.0}
    aep = {"gauss": 400.0, "cc": 380.0, "turboparkgauss": 396.0, "jensen": 300.0}
    return RobustRecord(
        "mean",
        "initial",
        {name: ModelRecord(weight, searched=weight > 0) for name, weight in weights.items()},
        {"final": {name: under(one, 0.4) for name, one in aep.items()}},
    )


# the numbers


def test_what_is_exceeded_is_what_monte_carlo_finds() -> None:
    """Speeds and shares are drawn, and the mean of ten years' yields is looked at."""
    rng = np.random.default_rng(3)
    n, years = 200_000, 10
    speed = 1 + 0.03 * rng.standard_normal(n)  # of the measurement: the same in all years
    of_years = 1 + 0.05 * rng.standard_normal((n, years)).mean(axis=1)
    curve = 1 + 0.02 * rng.standard_normal(n)
    slope = 1.4
    aep = 500.0 * (1 + slope * (speed - 1) + slope * (of_years - 1) + (curve - 1))
    budget = Budget(
        500.0,
        0.0,
        "",
        slope,
        (
            Component("measurement", slope * 3.0, "", 3.0),
            Component("year", slope * 5.0, "", 5.0, of_a_year=True),
            Component("curve", 2.0, ""),
            Component("losses", None, ""),
        ),
        (1, years),
    )
    for percent in (50, 75, 90, 99):
        drawn = np.quantile(aep, 1 - percent / 100)
        assert budget.exceeded_gwh(percent, years) == pytest.approx(drawn, rel=1e-3)


def test_components_add_up_by_their_squares() -> None:
    parts = (Component("a", 3.0, ""), Component("b", 4.0, ""), Component("c", None, ""))
    yearly = Component("year", 12.0, "", of_a_year=True)
    budget = Budget(100.0, 0.0, "", None, (*parts, yearly), (1, 9))
    assert budget.std_pct(1) == pytest.approx(13.0)
    assert budget.std_pct(9) == pytest.approx(sqrt(25 + 144 / 9))
    assert budget.not_stated == ["c"]


@pytest.mark.parametrize(("percent", "z"), [(50, 0.0), (75, 0.674), (90, 1.282), (99, 2.326)])
def test_what_is_exceeded_by_the_tables_of_the_normal_distribution(percent: int, z: float) -> None:
    assert exceeded(1000.0, 10.0, percent) == pytest.approx(1000 - 100 * z, abs=0.05)


def test_wake_models_spread_as_a_sample_does() -> None:
    assert spread_pct([95.0, 100.0, 105.0]) == pytest.approx(5.0)
    assert spread_pct([95.0, 100.0, 105.0], [0.2] * 3) == pytest.approx(5.0)
    # mean 100; sum of w (x - mean)^2 = 0.5 * 4 + 0.25 * 16 + 0 = 6; 1 - sum of w^2 = 0.625
    aep, weights = [98.0, 104.0, 100.0], [0.5, 0.25, 0.25]
    assert spread_pct(aep, weights) == pytest.approx(sqrt(6 / 0.625))


# by how much AEP follows the wind speed


def with_curve(problem: LayoutProblem, speed: ArrayLike, power: ArrayLike) -> LayoutProblem:
    own = problem.turbine
    turbine = Turbine(
        "by hand", own.rotor_diameter, own.hub_height, np.array(speed), np.array(power),
        np.full(np.size(speed), 0.8), ref_air_density=problem.air_density,
    )  # fmt: skip
    return replace(problem, turbines=(turbine,))


@pytest.mark.parametrize("wake_loss", [0.0, 20.0])
def test_sensitivity_by_hand(small: LayoutProblem, wake_loss: float) -> None:
    """A line through 0 has 1, a cube 3, and beyond the rated speed there is 0."""
    wind = replace(small, wind=replace(small.wind, wind_speed=np.array([7.0, 8.0, 9.0])))

    def found(speed: ArrayLike, power: ArrayLike) -> float | None:
        return speed_sensitivity(with_curve(wind, speed, power), np.zeros((9, 2)), wake_loss)

    assert found([0, 30], [0, 3e6]) == pytest.approx(1.0)
    fine = np.linspace(0, 30, 3001)
    assert found(fine, 1e3 * fine**3) == pytest.approx(3.0, abs=1e-3)
    assert found([0, 20, 30], [0, 0, 1e6]) is None
    if not wake_loss:  # no wake can take anything from a rated farm
        assert found([0, 5, 30], [0, 1e6, 1e6]) == pytest.approx(0.0)


def test_sensitivity_is_the_difference_of_yields(small: LayoutProblem) -> None:
    """A ramp and a plateau that ends within a class, integrated by another rule."""
    often, ti = np.array([[0.3, 0.5, 0.2]]), np.full((1, 3), 0.1)
    wind = WindResource(np.array([0.0]), np.array([6.0, 10.0, 14.0]), often, ti)
    knots, power = [0.0, 3.0, 11.0, 15.0, 15.0001], [0.0, 0.0, 8e6, 8e6, 0.0]
    problem = with_curve(replace(small, wind=wind), knots, power)
    speeds = np.linspace(4, 16, 1_200_001)  # the classes are 4 m/s wide
    density = np.interp(speeds, [4, 8, 8.0001, 12, 12.0001, 16], [0.3, 0.3, 0.5, 0.5, 0.2, 0.2])

    def yielded(factor: float) -> float:
        return float(density @ np.interp(factor * speeds, knots, power, 0, 0))

    def slope(at: float) -> float:
        return float(np.log(yielded(1.01 * at) / yielded(0.99 * at)) / np.log(1.01 / 0.99))

    layout = np.zeros((9, 2))
    assert speed_sensitivity(problem, layout, 0.0) == pytest.approx(slope(1.0), abs=0.03)
    loss = 100 * (1 - yielded(0.9) / yielded(1.0))
    assert loss > 0
    assert speed_sensitivity(problem, layout, loss) == pytest.approx(slope(0.9), abs=0.03)
    assert slope(0.9) > slope(1.0)


def test_a_power_law_has_its_exponent() -> None:
    assert log_slope(lambda f: 7 * f**1.7) == pytest.approx(1.7)
    assert log_slope(lambda f: f - 1) is None


def test_spread_classes_keep_their_probability(small: LayoutProblem) -> None:
    spread = classes_spread(small.wind)
    assert spread.probability.sum() == pytest.approx(1.0)
    assert spread.mean_wind_speed == pytest.approx(small.wind.mean_wind_speed)
    alone = replace(small.wind, wind_speed=np.array([9.0]), probability=np.ones((360, 1)) / 360)
    assert classes_spread(alone) is alone


# what is stated, and what is known


def test_what_is_stated_of_the_speed_counts_by_the_sensitivity(small_config: Path) -> None:
    budget = budget_of(told(small_config, STATED), FINAL)
    assert budget is not None
    slope = budget.speed_sensitivity
    assert slope is not None
    parts = by_name(budget)
    assert parts["wind measurement"].aep_pct == pytest.approx(3 * slope)
    assert parts["wind year"].aep_pct == pytest.approx(5 * slope)
    assert {name: parts[name].aep_pct for name in ("power curve", "losses", "wake model")} == {
        "power curve": 2.0,
        "losses": 1.5,
        "wake model": 2.5,
    }
    by_hand = sqrt(2.5**2 + (5 * slope) ** 2 / 25 + (3 * slope) ** 2 + 2**2 + 1.5**2)
    assert budget.std_pct(25) == pytest.approx(by_hand)
    assert budget.not_stated == []
    assert budget.years == (1, 10, 25)


def test_the_expected_aep_is_after_losses(small_config: Path) -> None:
    problem = told(small_config, STATED, losses={"availability_pct": 10.0})
    budget = budget_of(problem, {**FINAL, "aep_error_gwh": 2.0})
    assert budget is not None
    assert (budget.p50_gwh, budget.p50_error_gwh) == pytest.approx((360.0, 1.8))
    assert budget.p50_of == "the final layout by the wake model gauss"


def test_what_is_not_stated_is_named_and_left_out(small_config: Path) -> None:
    budget = budget_of(told(small_config, {"losses_pct": 2.0}), FINAL)
    assert budget is not None
    left_out = ["wake model", "wind year", "wind measurement", "power curve"]
    assert budget.not_stated == left_out
    assert budget.std_pct(1) == budget.std_pct(25) == 2.0
    summary = {"uncertainty": record_of(budget)}
    row = uncertainty_row(summary)
    assert row == (
        "P50 / P90 of AEP",
        "400.0 / 389.7 GWh",
        f"± 2.0 %; without {', '.join(left_out)}: not stated",
    )
    section = uncertainty_section(summary)
    assert [one.aep for one in section.components] == ["not stated"] * 4 + ["2.0"]
    assert f"Not stated, and not in the sum: {', '.join(left_out)}." in section.notes[0]


def test_zero_is_a_statement(small_config: Path) -> None:
    budget = budget_of(told(small_config, {"losses_pct": 0, "power_curve_pct": 3.0}), FINAL)
    assert budget is not None
    assert "losses" not in budget.not_stated
    assert budget.std_pct(1) == 3.0


def test_where_nothing_is_known_nothing_is_said(small: LayoutProblem) -> None:
    budget = budget_of(small, FINAL)
    assert budget is not None
    assert not budget.is_known
    summary = {"uncertainty": record_of(budget)}
    assert summary["uncertainty"] is not None
    assert summary["uncertainty"]["by_years"] == []
    assert uncertainty_row(summary) is None
    section = uncertainty_section(summary)
    assert (section.components, section.by_years) == ([], [])
    assert "Nothing is known" in section.said[0]
    assert budget_of(small, {**FINAL, "aep_gwh": 0.0}) is None
    assert uncertainty_row({}) is None


def test_wake_models_of_a_robust_run_go_before_all_others(
    small_config: Path, robust: RobustRecord
) -> None:
    """Mean of 400, 380 and 396 with weights 1/2, 1/4, 1/4: 394. Who only judges has no say."""
    asked = Robustness("gauss", {"gauss": {"final": 1.0}, "cc": {"final": 2.0}}, {}, {})
    budget = budget_of(told(small_config, STATED), FINAL, robust, asked)
    assert budget is not None
    assert budget.p50_gwh == pytest.approx(394.0)
    assert budget.p50_error_gwh == pytest.approx(0.4)
    assert budget.p50_of.endswith("mean over the wake models gauss, cc, turboparkgauss")
    one = by_name(budget)["wake model"]
    variance = (0.5 * 6**2 + 0.25 * 14**2 + 0.25 * 2**2) / (1 - 0.375)
    assert one.aep_pct == pytest.approx(100 * sqrt(variance) / 394)
    assert one.source.endswith("; the stated 2.5 % is not used")


def test_other_wake_models_go_before_what_is_stated(small: LayoutProblem) -> None:
    aep = {"gauss": 400.0, "cc": 390.0, "jensen": 410.0}
    asked = Robustness("gauss", {name: {"final": one} for name, one in aep.items()}, {}, {})
    budget = budget_of(small, FINAL, None, asked)
    one = by_name(budget)["wake model"]
    assert one.aep_pct == pytest.approx(2.5)
    assert one.source == "FLORIS's AEP under gauss, cc, jensen"
    assert budget is not None
    assert budget.p50_gwh == 400.0


def test_a_robust_run_of_one_model_has_no_spread(small_config: Path, robust: RobustRecord) -> None:
    alone = replace(robust, models={"cc": ModelRecord(1.0, searched=True)})
    budget = budget_of(told(small_config, STATED), FINAL, alone)
    assert budget is not None
    assert budget.p50_gwh == pytest.approx(380.0)
    assert by_name(budget)["wake model"].aep_pct == 2.5


# what faults a config may have


@pytest.mark.parametrize("entry", STATED)
@pytest.mark.parametrize("value", [-1, 101, "much", True])
def test_uncertainties_that_cannot_be_are_refused(
    small_config: Path, entry: str, value: object
) -> None:
    with pytest.raises(ConfigError, match=rf"uncertainty\.{entry}"):
        load_problem(small_config, {f"uncertainty.{entry}": value})


@pytest.mark.parametrize("years", [[], [0], [-1, 10], [1.5], [1, 1000], "ten"])
def test_years_that_cannot_be_are_refused(small_config: Path, years: object) -> None:
    with pytest.raises(ConfigError, match=r"uncertainty\.years"):
        load_problem(small_config, {"uncertainty.years": years})


# where it is told


def test_the_table_is_read_as_it_was_written(small_config: Path, tmp_path: Path) -> None:
    stated = {"wind_speed_std_pct": 5.0, "power_curve_pct": 2.0, "years": [1, 4, 4]}
    budget = budget_of(told(small_config, stated), FINAL)
    assert budget is not None
    assert budget_in({"uncertainty": record_of(budget)}) == budget
    rows = rows_of(budget)
    write_uncertainty(tmp_path / "uncertainty.csv", rows)
    read = read_uncertainty(tmp_path / "uncertainty.csv")
    assert len(rows) == len(read) == 2 * 6
    year = {row.years: row.aep_pct for row in read if row.component == "wind year"}
    assert year[4] == pytest.approx(year[1] / 2 if year[1] else None, abs=1e-6)
    last = read[-1]
    assert (last.component, last.years, last.p50_gwh) == (ALL, 4, 400.0)
    assert last.p90_gwh == pytest.approx(budget.exceeded_gwh(90, 4), abs=1e-6)
    assert last.source.endswith("without wake model, wind measurement, losses")
    unknown = next(row for row in read if row.component == "losses")
    assert (unknown.aep_pct, unknown.source) == (None, "not stated")


def test_a_run_without_any_has_no_table(small_run: RunResult) -> None:
    assert not small_run.folder.uncertainty.exists()
    assert small_run.summary["uncertainty"]["by_years"] == []
    assert "Nothing is known of it" in small_run.folder.report.read_text()


def test_a_finished_run_takes_what_is_stated_later(small_run: RunResult, tmp_path: Path) -> None:
    folder = RunFolder(Path(shutil.copytree(small_run.folder.path, tmp_path / "run")))
    config = load_config(folder.config)
    stated = UncertaintyConfig(wind_measurement_pct=3.0, power_curve_pct=2.0, years=[10])
    dump_config(config.model_copy(update={"uncertainty": stated}), folder.config)
    with begin(folder.path) as job:
        draw_report(job)
    told = folder.read_summary()["uncertainty"]
    by_hand = sqrt((3 * told["speed_sensitivity"]) ** 2 + 2**2)
    p50 = small_run.summary["aep_gwh"]
    assert told["by_years"][0]["p50_gwh"] == p50
    assert told["by_years"][0]["p90_gwh"] == pytest.approx(p50 * (1 - 0.012816 * by_hand), rel=1e-5)
    table = folder.read(RunFolder.uncertainty)
    assert [row.component for row in table if row.aep_pct is None] == told["not_stated"]
    page = folder.report.read_text()
    assert f"<td>{told['by_years'][0]['p90_gwh']:,.1f}</td>" in page
    assert page.count("<td>not stated</td>") == len(told["not_stated"]) == 3
    dump_config(config, folder.config)
    with begin(folder.path) as job:
        sum_up(job, *outcome(job))
    assert not folder.uncertainty.exists()  # nor is what was stated before
