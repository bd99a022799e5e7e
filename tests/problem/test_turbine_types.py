"""Farms of several turbine types: which turbine is of which, and what does not fit together."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from windopt.errors import ConfigError
from windopt.problem.constraints import spacing
from windopt.problem.layout import read_layout_csv, write_layout_csv
from windopt.readers.load import load_problem

MIXED = Path(__file__).parents[2] / "configs" / "mixed.yaml"


@pytest.fixture
def two(case):
    """The case with a second, larger turbine type of its own file."""
    case["large"] = deepcopy(case["turbine"]) | {
        "name": "4 MW",
        "hub_height": 100,
        "rotor_diameter": 120,
    }
    case["large"]["performance"]["power_curve"]["power_values"] = [0, 4e6, 4e6]
    case["config"]["turbine"] = ["turbine.yaml", "large.yaml"]
    return case


def faults_of(path, overrides=None):
    with pytest.raises(ConfigError) as caught:
        load_problem(path, overrides)
    return caught.value.faults


def test_layout_says_which_turbine_is_of_which_type(two, write):
    two["layout"]["layouts"][0]["turbine_types"] = [1, 0, 1]
    problem = load_problem(write(two))
    assert problem.types.tolist() == [1, 0, 1]
    assert [turbine.name for turbine in problem.turbines] == ["2 MW", "4 MW"]
    assert problem.turbine is problem.turbines[0]
    assert problem.turbine_counts.tolist() == [1, 2]
    assert "1 x Turbine('2 MW'" in repr(problem)
    assert "2 x Turbine('4 MW'" in repr(problem)


def test_spacing_counts_in_the_largest_rotor(two, write):
    two["layout"]["layouts"][0]["turbine_types"] = [0, 1, 0]
    problem = load_problem(write(two))
    assert problem.rotor_diameter == 120
    assert problem.min_spacing_m == 240


def test_one_file_of_several_types_serves_turbines_and_layout(two, write):
    two["layout"]["turbine_types"] = {0: two["turbine"], 1: two["large"]}
    two["layout"]["layouts"][0]["turbine_types"] = [1, 1, 0]
    two["config"]["turbine"] = "layout.yaml"
    problem = load_problem(write(two))
    assert [turbine.rotor_diameter for turbine in problem.turbines] == [80, 120]
    assert problem.types.tolist() == [1, 1, 0]


def test_counts_say_it_where_no_layout_does(two, write):
    problem = load_problem(write(two), {"turbine_counts": [1, 2]})
    assert problem.types.tolist() == [0, 1, 1]
    del two["config"]["layout"]
    problem = load_problem(write(two), {"turbine_counts": [3, 1]})
    assert problem.n_turbines == 4
    assert problem.types.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("column", [["1", "0", "1"], ["4 MW", "2 MW", " 4 MW "], ["1", "2 MW", 1]])
def test_csv_names_types_by_number_or_name(two, write, tmp_path, column):
    rows = "".join(f"{x},{name},500\n" for x, name in zip((100, 900, 1700), column, strict=True))
    path = write(two)
    (tmp_path / "start.csv").write_text(f"x,type,y\n{rows}")
    problem = load_problem(path, {"layout": "start.csv"})
    assert problem.types.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(problem.initial_layout[:, 0], [100, 900, 1700])


def test_written_types_read_back(two, write, tmp_path):
    layout, types = np.array([[100.0, 500], [900, 500], [1700, 500]]), np.array([1, 0, 1])
    write_layout_csv(tmp_path / "start.csv", layout, types, parcel=["a", "b", "c"])
    lines = (tmp_path / "start.csv").read_text().splitlines()
    assert lines[0] == "x,y,type,parcel"
    assert lines[1].endswith(",1,a")
    np.testing.assert_array_equal(read_layout_csv(tmp_path / "start.csv"), layout)
    problem = load_problem(write(two), {"layout": "start.csv"})
    np.testing.assert_array_equal(problem.types, types)


def test_one_type_needs_no_types(case, write, tmp_path):
    assert load_problem(write(case)).types.tolist() == [0, 0, 0]
    assert load_problem(write(case), {"turbine_counts": [3]}).types.tolist() == [0, 0, 0]
    case["layout"]["layouts"][0]["turbine_types"] = [1, 1, 1]  # all of some other file's type
    assert load_problem(write(case)).types.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("types", "counts", "where", "problem", "cure"),
    [
        (None, None, "turbine_counts", "is missing", "add the number of each: 2 MW, 4 MW"),
        (None, [1, 1], "turbine_counts", "[1, 1] sums to 2, but there are 3", "agree"),
        (None, [3], "turbine_counts", "1 numbers for 2 turbine types", "each: 2 MW, 4 MW"),
        ([0, 0, 1], [1, 2], "turbine_counts", "the layout has [2, 1]", "leave out turbine_counts"),
        ([0, 2, 1], None, "layout.yaml: layouts[0].turbine_types", "2 is no", "1 (4 MW)"),
        ([0, -1, 1], None, "layout.yaml: layouts[0].turbine_types", "-1 is no", "0 (2 MW)"),
        ([0, 1], None, "layout.yaml: layouts[0].turbine_types", "2 types for 3", "one for each"),
    ],
)
def test_what_does_not_fit_is_refused(two, write, types, counts, where, problem, cure):
    if types is not None:
        two["layout"]["layouts"][0]["turbine_types"] = types
    (fault,) = faults_of(write(two), {"turbine_counts": counts} if counts else None)
    assert fault.where == where
    assert problem in fault.problem
    assert cure in fault.cure


@pytest.mark.parametrize(
    ("name", "where", "problem", "cure"),
    [
        ("4 WM", "start.csv: type", "unknown type '4 WM'", "did you mean '4 MW'?"),
        ("7", "start.csv: type", "7 is no type's number", "0 (2 MW), 1 (4 MW)"),
        ("", "start.csv: line 3", "names no turbine type", "its name"),
    ],
)
def test_unknown_type_in_a_csv_is_refused(two, write, tmp_path, name, where, problem, cure):
    path = write(two)
    (tmp_path / "start.csv").write_text(f"x,y,type\n100,500,0\n900,500,{name}\n1700,500,1\n")
    (fault,) = faults_of(path, {"layout": "start.csv"})
    assert fault.where == where
    assert problem in fault.problem
    assert cure in fault.cure


def test_name_of_two_types_is_refused(two, write, tmp_path):
    two["large"]["name"] = "2 MW"
    path = write(two)
    (tmp_path / "start.csv").write_text("x,y,type\n100,500,2 MW\n900,500,1\n1700,500,1\n")
    (fault,) = faults_of(path, {"layout": "start.csv"})
    assert fault.problem == "'2 MW' is the name of 2 types"


def test_types_numbered_from_one_are_refused(two, write):
    two["layout"]["turbine_types"] = {1: two["turbine"], 2: two["large"]}
    (fault,) = faults_of(write(two), {"turbine": "layout.yaml", "turbine_counts": [2, 1]})
    assert fault.where == "layout.yaml: turbine_types"
    assert "1, 2" in fault.problem
    assert "from 0" in fault.cure


def test_faults_of_all_types_and_of_the_layout_come_at_once(two, write):
    two["turbine"]["rotor_diameter"] = -80
    two["large"]["hub_height"] = 0
    two["layout"]["layouts"][0]["turbine_types"] = [0, 0.5, 1]
    assert {fault.where for fault in faults_of(write(two), {"n_turbines": -1})} == {
        "config.yaml: n_turbines",
        "turbine.yaml: rotor_diameter",
        "large.yaml: hub_height",
        "layout.yaml: layouts[0].turbine_types",
    }


def test_faulty_turbine_entry_leaves_the_other_files_checked(two, write):
    two["config"]["turbine"] = []
    two["site"]["boundaries"] = {}
    assert {fault.where for fault in faults_of(write(two))} == {
        "config.yaml: turbine",
        "site.yaml: boundaries",
    }


def test_shipped_mixed_config_is_a_farm_of_two_types():
    problem = load_problem(MIXED)
    assert problem.turbine_counts.tolist() == [16, 9]
    assert [turbine.hub_height for turbine in problem.turbines] == [119, 150]
    assert problem.min_spacing_m == 480
    assert spacing(problem.initial_layout).min() > 480
