"""Where the energy has values, the revenue is maximised, and AEP is still AEP."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from windopt.errors import ConfigError
from windopt.floris.simulator import Simulator, simulate_power
from windopt.problem.measure import ENERGY, REVENUE
from windopt.problem.objective import Objective, market_value
from windopt.readers.formats import read_wind
from windopt.readers.load import load_problem
from windopt.readers.values import read_values
from windopt.readers.wind.context import WindContext
from windopt.surrogate.training import train_surrogate
from windopt.verification.evaluate import judge

CONFIGS = Path(__file__).parents[2] / "configs"
FORMULA = {"wake": {"velocity_model": "iea37", "turbulence_model": "none"}}
HOURS = "time,ws,wd,ti\n" + "".join(
    f"2024-01-01 {hour:02}:00,{7 + hour % 3},{10 * hour},0.06\n" for hour in range(24)
)
PRICES = "time,value\n" + "".join(f"2024-01-01 {hour:02}:00,{hour}\n" for hour in range(0, 24, 2))


def mean_value(wind):
    return (wind.probability * wind.value).sum()


@pytest.fixture
def load(tmp_path):
    def load(values, **overrides):
        (tmp_path / "value.csv").write_text(values)
        value = {"value": str(tmp_path / "value.csv"), "refine_wind": False}
        return load_problem(CONFIGS / "from_floris.yaml", value | overrides)

    return load


def test_even_values_change_nothing(load):
    problem = load("wind_direction,value\n0,50\n")
    np.testing.assert_allclose(market_value(problem.wind), 50e-6)


def test_values_are_linear_between_directions_and_around_north(load):
    wind = load("wind_direction,value\n90,60\n270,20\n").wind
    np.testing.assert_allclose(wind.value[[0, 9, 18, 27], 0], [40, 60, 40, 20])
    fine = wind.refined()  # by value and probability together: revenue is kept
    np.testing.assert_allclose(fine.value[[45, 315], 0], [50, 30], rtol=0.02)
    assert mean_value(fine) == pytest.approx(mean_value(wind), rel=1e-12)


def test_values_by_speed(load):
    wind = load("wind_speed,price [EUR/MWh]\n5,80\n15,40\n").wind
    np.testing.assert_allclose(np.interp([3, 10, 20], wind.wind_speed, wind.value[0]), [80, 60, 40])


def test_judge_tells_revenue_beside_aep(load):
    problem = load("wind_direction,value\n0,80\n180,40\n")
    plain = load_problem(CONFIGS / "from_floris.yaml", {"refine_wind": False})
    layouts = {"given": problem.initial_layout}
    (one,) = judge(problem, layouts, Simulator(problem)).values()
    (same,) = judge(plain, layouts, Simulator(plain)).values()
    assert same.measure == ENERGY
    assert same.value == same.aep == one.aep
    c = problem.wind.conditions
    power = simulate_power(problem, problem.initial_layout, c.wd, c.ws, c.ti).sum(axis=1)
    value = problem.wind.value[problem.wind.occurs]
    assert one.measure == REVENUE
    assert one.value == pytest.approx(8760 * power @ (c.weight * value) / 1e6, rel=1e-12)


def test_search_maximises_what_is_paid(load):
    formula = replace(load("wind_direction,value\n0,80\n180,40\n", **FORMULA), wind_shear=0.0)
    objective = Objective.of(formula, train_surrogate(formula))
    (judged,) = judge(formula, {"": formula.initial_layout}, Simulator(formula)).values()
    layout = formula.initial_layout
    paid = objective.value(layout)
    assert paid == pytest.approx(judged.value, rel=5e-3)
    a_mwh = paid / objective.energy(layout)
    assert objective.unit == "currency/yr"
    assert a_mwh == pytest.approx(judged.value / judged.aep, rel=1e-4)
    power = objective.rates(layout[None], objective.rose)[0]
    assert 8760 * power == pytest.approx(objective.value(layout), rel=1e-6)


@pytest.mark.parametrize("form", ["csv", "windIO"])
def test_value_by_time_is_that_of_each_time(load, tmp_path, form):
    (tmp_path / "prices.csv").write_text(PRICES)
    context = WindContext(values=read_values(str(tmp_path / "prices.csv")))
    wind_file = tmp_path / "wind.csv"
    wind_file.write_text(HOURS)
    if form == "windIO":
        rows = [line.split(",") for line in HOURS.splitlines()[1:]]
        time, ws, wd, _ = ([row[k] for row in rows] for k in range(4))
        text = f"time: {time}\n  wind_speed: [{', '.join(ws)}]\n  wind_direction: [{', '.join(wd)}]"
        wind_file = tmp_path / "wind.yaml"
        ti = "turbulence_intensity: {data: 0.06, dims: []}"
        wind_file.write_text(f"name: hours\nwind_resource:\n  {text}\n  {ti}\n")
    wind = read_wind(str(wind_file), context)
    c = wind.conditions
    order = np.argsort(c.wd)
    value = wind.value[wind.occurs]
    np.testing.assert_array_equal(value[order], [2 * (hour // 2) for hour in range(24)])
    assert mean_value(wind) == pytest.approx(11)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("wind_direction,value\n0,-5\n180,9\n", "negative -5; write 0"),
        ("wind_direction,value\n0,0\n", "no value above 0"),
        ("wind_direction,value\n", "no value above 0"),
        ("wind_direction,value\n0,a\n", "'a' is no number"),
        ("wind_direction,value\n0,5\n360,6\n", "appears twice"),
        ("wind_direction,wind_speed,value\n0,5,6\n", "one of wind_direction, wind_speed and time"),
        ("wind_direction,worth\n0,5\n", "has the columns wind_direction"),
        ("wind_speed [kn],value\n5,5\n", "in 'kn'"),
        ("time,value\n2024-01-01,5\n2024-01-02,5\n", "is by time, but the wind is no time series"),
        ("time,value\n2024-01-02,5\n2024-01-01,5\n", "does not increase"),
    ],
)
def test_fault_of_values_is_told(load, text, problem):
    with pytest.raises(ConfigError, match=problem):
        load(text)


def test_times_without_a_value_are_a_fault(tmp_path):
    (tmp_path / "prices.csv").write_text("\n".join(PRICES.splitlines()[:6]))
    (tmp_path / "wind.csv").write_text(HOURS)
    context = WindContext(values=read_values(str(tmp_path / "prices.csv")))
    with pytest.raises(ConfigError, match=r"no value at 2024-01-01T11:00:00, nor at 12 other"):
        read_wind(str(tmp_path / "wind.csv"), context)


@pytest.mark.parametrize(
    "beside",
    [
        {"baseline.methods": ["analytic"]},
        {"optimise.regularity": 1},
        {"economics": {"value_per_mwh": 75, "cost_per_turbine": 1e6}},
    ],
)
def test_what_goes_by_aep_is_refused_beside_values(load, beside):
    with pytest.raises(ConfigError, match="leave one of the two out"):
        load("wind_direction,value\n0,5\n", **beside)
