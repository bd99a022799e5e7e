"""Turbines that stand already: read, kept away from, waked by and counted only where asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import windopt
from windopt.errors import ConfigError
from windopt.floris.alone import wake_free_aep
from windopt.floris.simulator import Simulator
from windopt.problem.constraints import check_feasibility
from windopt.readers.load import load_problem
from windopt.verification.evaluate import judge

FIXED = np.array([[-600.0, 200.0], [-600.0, 900.0], [2400.0, 300.0]])
WD, WS, TI = (
    np.array([270.0, 200.0, 90.0, 15.0]),
    np.array([8.0, 9.0, 10.0, 11.0]),
    np.full(4, 0.07),
)


@pytest.fixture
def beside(case, write, tmp_path):
    """Load a case beside fixed turbines, given as lines of CSV."""

    def beside(*rows, header="x,y", **section):
        (tmp_path / "neighbours.csv").write_text("\n".join([header, *rows, ""]))
        case["config"]["fixed_turbines"] = {"layout": "neighbours.csv", **section}
        return load_problem(write(case))

    return beside


def with_fixed(problem, counted=False):
    types = np.zeros(3, dtype=np.intp)
    if len(problem.turbines) > 1:
        types[1] = 1
    return replace(problem, fixed_layout=FIXED, fixed_types=types, fixed_counted=counted)


# -- reading ------------------------------------------------------------------------------------


def test_no_fixed_turbines_by_default(case, write):
    problem = load_problem(write(case))
    assert problem.fixed_layout.shape == (0, 2)
    assert problem.fixed_types.shape == (0,)
    assert not problem.fixed_counted
    np.testing.assert_array_equal(problem.all_types, problem.types)


def test_fixed_turbines_are_read_beside_the_config(beside):
    problem = beside("-500,500", "-500,900", counted=True)
    np.testing.assert_array_equal(problem.fixed_layout, [[-500, 500], [-500, 900]])
    assert problem.fixed_counted
    assert len(problem.all_types) == 5
    assert len(problem.counted_types) == 5
    assert "3 turbines beside 2 fixed" in repr(problem)


def test_fixed_turbines_from_windio_and_again_from_the_resolved_config(case, write):
    layout = {"coordinates": {"x": [-300], "y": [500]}}
    case["existing"] = {"name": "existing", "layouts": layout}
    case["config"]["fixed_turbines"] = {"layout": "existing.yaml"}
    problem = load_problem(write(case))
    np.testing.assert_array_equal(problem.fixed_layout, [[-300, 500]])
    again = load_problem(problem.config)
    np.testing.assert_array_equal(again.fixed_layout, problem.fixed_layout)


def test_types_by_name_or_number(small_config, tmp_path):
    files = [f"windIO:plant_energy_turbine/IEA37_{size}MW_turbine.yaml" for size in (10, 3.35)]
    changes = {"turbine": files, "turbine_counts": [9, 0]}
    csv = tmp_path / "old.csv"
    csv.write_text("x,y,type\n-900,0,1\n-900,900,0\n")
    section = {"fixed_turbines": {"layout": str(csv)}}
    problem = load_problem(small_config, changes | section)
    assert problem.fixed_types.tolist() == [1, 0]
    assert problem.all_types.tolist() == [0] * 9 + [1, 0]
    csv.write_text("x,y\n-900,0\n")
    with pytest.raises(ConfigError, match=r"does not say which of the 2 types.*column 'type'"):
        load_problem(small_config, changes | section)


@pytest.mark.parametrize(
    ("rows", "where", "problem", "cure"),
    [
        (["-500,500", "-500,500"], "fixed_turbines.layout", "1 and 2 stand 0 m apart", "metres"),
        (["-500,500", "-500,570"], "fixed_turbines.layout", "rotors touch", "correct"),
        (["100,500"], "fixed_turbines.layout", "where turbine 1 of layout does", "leave it out"),
        (["-500"], "neighbours.csv: line 2", "y = '' is no number", "write metres"),
        ([], "neighbours.csv", "holds no rows", "add some"),
        (
            [f"{x},{y}" for x in range(-100, 2101, 170) for y in range(20, 1200, 170)],
            "n_turbines",
            "beside 91 fixed ones",
            "lower n_turbines",
        ),
    ],
)
def test_faults_of_fixed_turbines(beside, rows, where, problem, cure):
    with pytest.raises(ConfigError) as caught:
        beside(*rows)
    assert any(
        where in fault.where and problem in fault.problem and cure in fault.cure
        for fault in caught.value.faults
    ), caught.value.faults


def test_missing_file_and_missing_key_are_faults(case, write):
    case["config"]["fixed_turbines"] = {"layout": "sight.yaml"}
    with pytest.raises(ConfigError, match=r"did you mean 'site.yaml'"):
        load_problem(write(case))
    case["config"]["fixed_turbines"] = {"counted": True}
    with pytest.raises(ConfigError, match=r"fixed_turbines\.layout: is missing"):
        load_problem(write(case))


def test_turbines_of_another_crs_are_warned_of(beside, caplog):
    beside("502000,5716000")
    assert "1 of 1 turbines are more than 50 km off the site" in caplog.text


def test_shipped_config_loads():
    problem = load_problem(Path(__file__).parents[2] / "configs" / "neighbours.yaml")
    assert len(problem.fixed_layout) == 6
    assert not problem.spacing.circular
    assert len(problem.site.polygons) == 2


# -- constraints --------------------------------------------------------------------------------


def test_spacing_from_fixed_turbines_is_judged(beside):
    problem = beside("-100,500", "-100,581")  # these two break the rule themselves: not our doing
    judged = check_feasibility(problem, np.array([[60.0, 500], [900, 500], [1700, 500]]))
    assert judged.feasible
    assert judged.spacing_kept == pytest.approx(1)
    judged = check_feasibility(problem, np.array([[59.0, 500], [900, 500], [1700, 500]]))
    assert not judged.feasible
    assert judged.min_spacing_d == pytest.approx(159 / 80)


# -- FLORIS -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["small", "mixed"])
def test_floris_with_fixed_turbines_is_floris_on_the_joint_layout(request, name):
    problem = request.getfixturevalue(name)
    layout, fixed = problem.initial_layout, with_fixed(problem)
    power = windopt.simulate_power(fixed, layout, WD, WS, TI)
    joint = windopt.simulate_power(
        problem, np.vstack([layout, FIXED]), WD, WS, TI, np.append(problem.types, fixed.fixed_types)
    )
    assert power.shape == (4, 9)
    np.testing.assert_array_equal(power, joint[:, :9])
    alone = windopt.simulate_power(problem, layout, WD, WS, TI)
    assert (power[0] < alone[0]).any()  # waked from the west
    types = fixed.fixed_types
    unwaked = windopt.simulate_power(problem, FIXED, WD, WS, TI, types)
    assert (joint[2, 9:] < unwaked[2]).any()  # and they by those placed, from the east


@pytest.mark.parametrize("counted", [False, True])
def test_verdict_counts_fixed_turbines_only_where_asked(small, counted):
    few = np.arange(0, 360, 30)
    fine = small.wind
    rose = replace(
        fine,
        wind_direction=fine.wind_direction[few],
        probability=fine.probability[few] * 30,
        turbulence_intensity=fine.turbulence_intensity[few],
    )
    problem = replace(with_fixed(small, counted), wind=rose)
    layout, c = problem.initial_layout, rose.conditions
    judged = judge(problem, {"one": layout}, Simulator(problem))["one"]
    joint = windopt.simulate_power(small, np.vstack([layout, FIXED]), c.wd, c.ws, c.ti)
    n = 12 if counted else 9
    expected = 8760 * joint[:, :n].sum(axis=1) @ c.weight
    assert judged.aep == pytest.approx(expected, rel=1e-12)
    alone = wake_free_aep(problem)
    assert judged.wake_loss_pct == pytest.approx(100 * (1 - judged.aep / alone), rel=1e-6)
    problem_alone = replace(small, wind=rose)
    assert alone == pytest.approx(wake_free_aep(problem_alone) * n / 9)
