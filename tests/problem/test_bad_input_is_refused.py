"""Bad input is refused before any energy is spent: every fault, with culprit, value and cure."""

import pytest

from windopt.errors import ConfigError
from windopt.readers.load import load_problem

NAN = float("nan")


def faults_of(path, overrides=None):
    with pytest.raises(ConfigError) as caught:
        load_problem(path, overrides)
    return caught.value.faults


def set_at(case, dotted, value):
    *parents, last = [int(key) if key.isdigit() else key for key in dotted.split(".")]
    for key in parents:
        case = case[key]
    if value is None:
        del case[last]
    else:
        case[last] = value


POLYGON = "site.boundaries.polygons.0"
ROSE = "wind_resource.wind_resource"
CURVES = "turbine.performance"
LAYOUT = "layout.layouts.0"


@pytest.mark.parametrize(
    ("change", "value", "where", "problem", "cure"),
    [
        # config
        ("config.site", "sites.yaml", "site", "there is no file", "did you mean 'site.yaml'?"),
        ("config.site", ".", "site", "is a folder", "name a file"),
        ("config.layout", "layout.csv", "layout", "there is no file", "check the path"),
        ("config.min_spacing_d", 0.9, "min_spacing_d", "0.9", "rotor diameters"),
        ("config.n_turbines", 4, "n_turbines", "4, but the layout has 3", "agree"),
        ("config.min_spacing_d", 30, "n_turbines", "3 turbines 2400 m apart", "lower n_turbines"),
        # site
        ("site.boundarys", {}, "site.yaml: boundarys", "unknown key", "'boundaries'"),
        ("site.boundaries", None, "site.yaml", "has no 'boundaries'", "with a site"),
        ("site.boundaries", {}, "boundaries", "neither polygons nor a circle", "add one"),
        ("site.boundaries.polygons", "none", "polygons", "not a list of mappings", "schema"),
        (f"{POLYGON}.x", [0, 2000, NAN, 0], "polygons[0].x[2]", "is nan", "finite"),
        (f"{POLYGON}.x", [0, 2000, "a", 0], "polygons[0].x", "no number", "numbers"),
        (f"{POLYGON}.x", 7, "polygons[0].x", "7 is not a list", "list"),
        (f"{POLYGON}.x", [0, 2000, 2000], "polygons[0]", "3 x and 4 y", "one y for each x"),
        (f"{POLYGON}.x", None, "polygons[0].x", "is missing", "add 'x'"),
        (
            POLYGON,
            {"x": [0, 1, 0], "y": [0, 1, 0]},
            "polygons[0]",
            "boundary 1 has 2 distinct vertices",
            "3 or more",
        ),
        (
            POLYGON,
            {"name": "IVa", "x": [0, 2000, 2000, 0], "y": [0, 1000, 0, 1000]},
            "polygons[0]",
            "boundary 'IVa' is self-intersecting at (1000, 500)",
            "repair_boundaries: true",
        ),
        (POLYGON, {"x": [0, 1, 2], "y": [0, 0, 0]}, "polygons[0]", "", ""),
        (
            "site.boundaries.circle",
            {"center": {"x": 0, "y": 0}, "radius": -5},
            "circle.radius",
            "-5 is not above 0",
            "positive",
        ),
        (
            "site.exclusions",
            {"circle": {"center": {"x": 1000, "y": 500}, "radius": 5000}},
            "exclusions",
            "cover the whole site",
            "leave some area",
        ),
        # wind resource
        ("wind_resource.wind_resource", None, "wind_resource.yaml", "has no", "wind_resource"),
        (f"{ROSE}.probability", None, "wind_resource", "holds no probabilities", "weibull_a"),
        (f"{ROSE}.probability.data.0.0", 0.4, "probability", "sums to 1.3, not 1", "scale it"),
        (f"{ROSE}.probability.data.0.0", -0.1, "probability", "negative -0.1", ">= 0"),
        (f"{ROSE}.probability.data.0.0", NAN, "data[0, 0]", "is nan", "finite"),
        (f"{ROSE}.probability.data", [0.5, 0.5], "probability", "shape (2,), not (4, 2)", "each"),
        (f"{ROSE}.probability.data", [[1], [2, 3]], "data", "not an array", "equal length"),
        (f"{ROSE}.probability.dims", ["x", "height"], "probability", "x, height", "hub height"),
        (f"{ROSE}.sector_probability", [0.25] * 3, "sector_prob", "shape (3,), not (4,)", "each"),
        (f"{ROSE}.wind_direction", [0, 90, 180, 400], "wind_direction", "400", "0 to 360"),
        (f"{ROSE}.wind_direction", [0, 90, 180, 360], "wind_direction", "0 appears twice", "one"),
        (f"{ROSE}.wind_direction", None, "wind_direction", "is missing", "add"),
        (f"{ROSE}.wind_speed", [-5, 10], "wind_speed", "negative -5", ">= 0"),
        (f"{ROSE}.wind_speed", [10, 5], "wind_speed", "10 is followed by 5", "sort"),
        (f"{ROSE}.turbulence_intensity.data", 6.0, "turbulence", "6 is outside (0, 1)", "0.06"),
        (f"{ROSE}.turbulence_intensity", None, "turbulence_intensity", "is missing", "0.06"),
        (f"{ROSE}.time", ["2020-01-01"], "time", "holds one time", "series"),
        # turbine
        (f"{CURVES}.power_curve", None, "performance", "no power curve", "Cp_curve"),
        (f"{CURVES}.Ct_curve.Ct_values.1", 1.2, "Ct_values", "1.2 is outside [0, 1)", "correct"),
        (f"{CURVES}.Ct_curve.Ct_values", [0, 0, 0], "Ct_values", "0 everywhere", "give"),
        (f"{CURVES}.Ct_curve.Ct_values", [0.8], "Ct_curve", "1 values for 3", "one value"),
        (
            f"{CURVES}.power_curve",
            {"power_values": [], "power_wind_speeds": []},
            "power_curve",
            "has 0 points",
            "2 or more",
        ),
        (f"{CURVES}.Ct_curve.Ct_wind_speeds.2", 20, "Ct_curve", "spans 4 to 20 m/s", "extend"),
        (
            f"{CURVES}.power_curve.power_wind_speeds",
            [4, 25, 12],
            "power_wind_speeds",
            "25 is followed by 12",
            "sort",
        ),
        (f"{CURVES}.power_curve.power_values", [0, 2e3, 2e3], "performance", "W/m²", "in W"),
        (f"{CURVES}.power_curv", {}, "power_curv", "unknown key", "'power_curve'"),
        ("turbine.rotor_diameter", None, "rotor_diameter", "is missing", "add"),
        ("turbine.hub_height", 0, "hub_height", "0 is not above 0", "positive"),
        # layout
        (f"{LAYOUT}.coordinates.x", [1, NAN, 3], "coordinates.x[1]", "is nan", "finite"),
        (f"{LAYOUT}.coordinates.y", [1, 2], "coordinates", "3 x and 2 y", "one y"),
        (f"{LAYOUT}.coordinates", {"x": [], "y": []}, "layout.yaml", "no turbines", "add"),
        (f"{LAYOUT}.turbine_types", [0, 1, 0], "turbine_types", "1 is no type's", "give 0 (2 MW)"),
        (f"{LAYOUT}.turbine_types", [0, 0], "turbine_types", "2 types for 3", "one for each"),
        (f"{LAYOUT}.turbine_types", [0, 0.5, 0], "turbine_types", "0.5 is no", "whole numbers"),
        ("layout.layouts", [], "layouts", "holds 0 layouts", "keep the one"),
    ],
)
def test_fault_names_culprit_value_and_cure(case, write, change, value, where, problem, cure):
    set_at(case, change, value)
    faults = faults_of(write(case))
    assert any(
        where in fault.where and problem in fault.problem and cure in fault.cure for fault in faults
    ), faults


def test_unchanged_case_is_valid(case, write):
    problem = load_problem(write(case))
    assert problem.n_turbines == 3
    assert problem.min_spacing_m == 160


def test_faults_of_all_files_come_at_once(case, write):
    set_at(case, "config.sead", 3)
    set_at(case, "config.turbine", None)
    set_at(case, f"{POLYGON}.x.0", NAN)
    set_at(case, f"{ROSE}.probability.data.0.0", 0.4)
    set_at(case, f"{ROSE}.turbulence_intensity", None)
    set_at(case, f"{LAYOUT}.coordinates.y.2", NAN)
    assert {fault.where for fault in faults_of(write(case))} == {
        "config.yaml: sead",
        "config.yaml: turbine",
        "site.yaml: boundaries.polygons[0].x[0]",
        "wind_resource.yaml: wind_resource.probability",
        "wind_resource.yaml: wind_resource.turbulence_intensity",
        "layout.yaml: layouts[0].coordinates.y[2]",
    }


def test_turbine_faults_come_at_once(case, write):
    set_at(case, "turbine.rotor_diameter", -80)
    set_at(case, f"{CURVES}.Ct_curve.Ct_values.1", 1.2)
    set_at(case, f"{CURVES}.power_curve.power_values", [1])
    assert len(faults_of(write(case))) == 3


def test_conditional_rows_must_each_sum_to_one(case, write):
    set_at(case, f"{ROSE}.sector_probability", [0.25] * 4)
    set_at(case, f"{ROSE}.probability.data", [[0.5, 0.5], [0.5, 0.4], [0.5, 0.5], [0.6, 0.5]])
    (fault,) = faults_of(write(case))
    assert fault.where.endswith("probability[1]")
    assert "0.9" in fault.problem
    assert "2 of 4" in fault.cure


def test_probabilities_without_their_sectors_say_so(case, write):
    set_at(case, f"{ROSE}.probability.data", [[0.5, 0.5]] * 4)
    (fault,) = faults_of(write(case))
    assert "sums to 4" in fault.problem
    assert "sector_probability" in fault.cure


def test_no_layout_and_no_count_is_a_fault(case, write):
    set_at(case, "config.layout", None)
    (fault,) = faults_of(write(case))
    assert (fault.where, fault.cure) == ("n_turbines", "add n_turbines")


@pytest.mark.parametrize("text", ["{", "- 1", "", "a: !include gone.yaml", "a: !include b.txt"])
def test_broken_windio_file_is_a_fault(case, write, tmp_path, text):
    path = write(case)
    (tmp_path / "site.yaml").write_text(text)
    (fault,) = faults_of(path)
    assert fault.where == "site.yaml"


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("x,y\n1,2\n3,\n5,6\n", "layout.csv: line 3", "y = ''"),
        ("x,y\n1,2\nnan,4\n5,6\n", "layout.csv: line 3", "x = 'nan' is no number"),
        ("row,column\n1,2\n", "layout.csv", "row, column"),
        ("x,y\n", "layout.csv", "holds no rows"),
        ("", "layout.csv", "empty"),
    ],
)
def test_broken_csv_layout_is_a_fault(case, write, tmp_path, text, where, problem):
    (tmp_path / "layout.csv").write_text(text)
    (fault,) = faults_of(write(case), {"layout": "layout.csv"})
    assert fault.where == where
    assert problem in fault.problem
