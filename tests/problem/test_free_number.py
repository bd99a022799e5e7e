"""A free number of turbines: what it needs, what contradicts it, what it costs."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from windopt.config.economics import TurbineRange
from windopt.config.reader import config_hash, dump_config, load_config
from windopt.config.schema import Config
from windopt.errors import ConfigError, LayoutError
from windopt.problem.economics import yearly_cost
from windopt.problem.problem import LayoutProblem
from windopt.problem.profit import profit_objective
from windopt.readers.load import load_problem

HOW_MANY = Path(__file__).parents[2] / "configs" / "how_many.yaml"
MONEY = {"value_per_mwh": 60, "cost_per_turbine": 1.1e6}
GIVEN = "windIO:plant_wind_farm/IEA37_case_study_3_wind_farm.yaml"
TYPES = [f"windIO:plant_energy_turbine/IEA37_{size}MW_turbine.yaml" for size in (10, 15)]


def faults_of(**overrides: object) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load_problem(HOW_MANY, overrides)
    return {
        fault.where.removeprefix("how_many.yaml: "): f"{fault.problem}; {fault.cure}"
        for fault in caught.value.faults
    }


def test_bounds_are_read_and_written_again(tmp_path: Path) -> None:
    problem = load_problem(HOW_MANY)
    assert problem.turbine_range == TurbineRange(min=15, max=35)
    assert (problem.n_turbines, problem.number_in_words) == (15, "15 to 35")
    dump_config(problem.config, tmp_path / "config.yaml")
    again = load_config(tmp_path / "config.yaml")
    assert config_hash(again) == config_hash(problem.config)
    assert load_problem(problem.config, {"n_turbines": 20}).turbine_range is None


def test_problem_with_another_number_is_otherwise_the_same(borssele: LayoutProblem) -> None:
    smaller = borssele.with_n_turbines(7)
    assert smaller.n_turbines == len(smaller.types) == 7
    assert smaller.initial_layout is None
    assert smaller.site is borssele.site
    assert borssele.with_n_turbines(25) is borssele


def test_problem_of_several_types_has_no_other_number(mixed: LayoutProblem) -> None:
    with pytest.raises(LayoutError, match="of 7 turbines the types are not known; give one type"):
        mixed.with_n_turbines(7)


def test_all_that_fixes_the_number_is_refused_at_once() -> None:
    faults = faults_of(economics=None, layout=GIVEN, turbine_counts=[3, 4], turbine=TYPES)
    bounds = "n_turbines is free between 15 and 35"
    assert faults == {
        "economics": f"is missing, but {bounds}; add economics: {{value_per_mwh: ..., "
        "cost_per_turbine: ...}, or give one n_turbines",
        "layout": f"has 25 turbines, but {bounds}; leave out the layout, or give n_turbines: 25",
        "turbine_counts": f"[3, 4], but {bounds}; leave out turbine_counts, or give one n_turbines",
        "turbine": f"has 2 types, but {bounds}: only farms of one type can be sized; "
        "name one turbine, or give n_turbines and turbine_counts",
    }


@pytest.mark.parametrize(
    ("number", "where", "words"),
    [
        ({"min": 9, "max": 5}, "n_turbines", "min 9 is more than max 5; swap them"),
        ({"min": 9}, "n_turbines.max", "is missing; add 'max: ...' (largest number of turbines)"),
        ({"min": 0, "max": 5}, "n_turbines.min", "0 is refused; it should be greater than or"),
        ({"max": 5, "most": 6}, "n_turbines.most", "unknown key 'most'; known are max, min"),
        ("many", "n_turbines", "'many' is refused; it should be a valid integer"),
        (0, "n_turbines", "0 is refused; it should be greater than or equal to 1"),
        ({"min": 500, "max": 600}, "n_turbines", "500 turbines 396 m apart do not fit on 14.08 km"),
    ],
)
def test_nonsense_bounds_are_refused(number: object, where: str, words: str) -> None:
    assert faults_of(n_turbines=number)[where].startswith(words)


@pytest.mark.parametrize(
    ("money", "where", "words"),
    [
        ({"value_per_mwh": 60}, "economics", "holds no cost; add cost_per_turbine"),
        ({"cost_per_turbine": 1}, "economics.value_per_mwh", "is missing"),
        (MONEY | {"value_per_mwh": 0}, "economics.value_per_mwh", "0 is refused"),
        (MONEY | {"cost_per_turbine": -1}, "economics.cost_per_turbine", "-1 is refused"),
        (MONEY | {"discount_rate": 6}, "economics.discount_rate", "6 is refused; it should be le"),
        (
            MONEY | {"lifetime_years": 25},
            "economics",
            "holds cost_per_turbine as well as lifetime_years; keep the yearly cost",
        ),
        (
            {"value_per_mwh": 60, "capital_per_turbine": 2e7},
            "economics",
            "holds capital_per_turbine without discount_rate, lifetime_years; add what is missing",
        ),
    ],
)
def test_nonsense_economics_are_refused(money: object, where: str, words: str) -> None:
    assert faults_of(economics=money)[where].startswith(words)


def test_yearly_cost_is_the_annuity_and_the_operation() -> None:
    money = {"value_per_mwh": 60, "discount_rate": 0.08, "lifetime_years": 20}
    parts = money | {"capital_per_turbine": 1000, "opex_per_turbine_year": 7}
    problem = load_problem(HOW_MANY, {"economics": parts})
    cost, config = problem.economics, problem.config.economics
    assert cost is not None
    assert config is not None
    # tables of the capital recovery factor: 0.10185 at 8 % over 20 years
    assert cost.yearly_cost == pytest.approx(101.85 + 7.0, abs=0.005)
    # 60 EUR/MWh x 200 GWh - 3 turbines
    profit = profit_objective(problem).of_energy(np.zeros((3, 2)), 200e9)
    assert profit == pytest.approx(12e6 - 3 * cost.yearly_cost)
    free_money = config.model_copy(update={"discount_rate": 0.0})
    assert yearly_cost(free_money) == pytest.approx(1000 / 20 + 7)


def test_economics_may_stand_beside_a_given_number() -> None:
    problem = load_problem(HOW_MANY, {"n_turbines": 20})
    assert problem.turbine_range is None
    assert problem.config.economics is not None


def test_shipped_config_says_all_but_the_number() -> None:
    raw = yaml.safe_load(HOW_MANY.read_text())
    assert "layout" not in raw
    assert Config.model_validate(raw).economics is not None
    assert np.isclose(load_problem(HOW_MANY).economics.yearly_cost, 2.5948e6, rtol=1e-4)  # type: ignore[union-attr]
