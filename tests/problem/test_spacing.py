"""The spacing rule against its definition, pair by pair, and the configs that state it."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from windopt.errors import ConfigError
from windopt.problem.constraints import check_feasibility
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm, SpacingRule, ellipse_metric
from windopt.readers.checks import check_turbine_count
from windopt.readers.load import load_problem
from windopt.readers.places.spacing import energy_direction

SPACING = "config.yaml: spacing"
NOBODY = np.empty((0, 2)), np.empty(0, dtype=np.intp)


@st.composite
def rules(draw):
    """Rules of one to three types, round or elliptic at any angle."""
    n_types = draw(st.integers(1, 3))
    half = np.array(draw(st.lists(st.floats(100, 900), min_size=9, max_size=9))).reshape(3, 3)
    bound = np.maximum(half, half.T)[:n_types, :n_types]
    if draw(st.booleans()):
        return SpacingRule(np.full((n_types, n_types), 400.0))
    if draw(st.booleans()):
        return SpacingRule(bound)
    along, across = sorted(draw(st.tuples(st.floats(1, 8), st.floats(1, 8))), reverse=True)
    return SpacingRule(bound, ellipse_metric(along, across, draw(st.floats(0, 360))))


def drawn(rule, n, seed):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 2500, (n, 2)), rng.integers(0, len(rule.bound_m), n)


def reference(rule, layout, kinds, others, other_kinds):
    """Distances and bounds of all pairs (n, m), by the definition."""
    gap = (layout[:, None] - others[None]) @ rule.metric.T
    return np.sqrt((gap**2).sum(axis=-1)), rule.bound_m[np.ix_(kinds, other_kinds)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rules(), st.integers(1, 40), st.integers(0, 1000))
def test_rule_equals_its_definition_pair_by_pair(rule, n, seed):
    layout, kinds = drawn(rule, n, seed)
    distance, bound = reference(rule, layout, kinds, layout, kinds)
    np.fill_diagonal(distance, np.inf)
    assert rule.ratio(layout, kinds) == pytest.approx((distance / bound).min(), rel=1e-12)
    pairs = {tuple(pair) for pair in rule.pairs_too_close(layout, kinds).tolist()}
    assert pairs == set(zip(*np.nonzero(np.triu(distance < bound)), strict=True))
    shortfall = np.maximum((bound - distance).max(axis=1), 0)
    np.testing.assert_allclose(rule.shortfall(layout, kinds), shortfall, atol=1e-9)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rules(), st.integers(0, 25), st.integers(0, 1000))
def test_clear_places_and_distances_equal_their_definition(rule, n, seed):
    layout, kinds = drawn(rule, n, seed)
    places, _ = drawn(rule, 300, seed + 1)
    for kind in range(len(rule.bound_m)):
        distance, bound = reference(rule, places, np.full(300, kind), layout, kinds)
        np.testing.assert_array_equal(
            rule.clear(places, kind, layout, kinds), (distance >= bound).all(axis=1)
        )
        ratio = rule.ratio_between(places, np.full(300, kind), layout, kinds)
        assert ratio == pytest.approx((distance / bound).min(initial=np.inf), rel=1e-12)
        np.testing.assert_allclose(rule.distances(places[:, None], layout), distance)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rules(), st.floats(0, 2 * np.pi))
def test_largest_and_smallest_distance_enclose_the_rule(rule, angle):
    step, kinds = np.array([np.cos(angle), np.sin(angle)]), np.arange(len(rule.bound_m))
    for one in kinds:
        pair = np.array([one, one])
        assert rule.ratio(np.outer([0, rule.largest_m], step), pair) >= 1 - 1e-12
        assert rule.ratio(np.outer([0, rule.smallest_m], step), pair) <= 1 + 1e-12


@pytest.mark.parametrize(("wind", "along"), [(0, (0, 1)), (270, (1, 0)), (45, (0.5**0.5,) * 2)])
def test_ellipse_lies_along_the_wind(wind, along):
    rule = SpacingForm(ellipse_metric(5.0, 2.0, wind)).rule(500.0, 1)
    along, across = np.array(along), np.array([along[1], -along[0]])
    np.testing.assert_allclose(rule.distances(500 * along, np.zeros(2)), 500)
    np.testing.assert_allclose(rule.distances(200 * across, np.zeros(2)), 500)
    assert rule.largest_m == pytest.approx(500)
    assert rule.smallest_m == pytest.approx(200)
    assert (rule.long_axis - wind) % 180 == pytest.approx(0, abs=1e-9)


def test_five_hundred_turbines_on_one_spot_are_all_pairs():
    rule = SpacingRule(np.full((1, 1), 400.0))
    layout, kinds = np.zeros((500, 2)), np.zeros(500, dtype=np.intp)
    assert len(rule.pairs_too_close(layout, kinds)) == 500 * 499 // 2
    assert rule.ratio(layout, kinds) == 0


# -- configs ----------------------------------------------------------------------------------


def problem_with(case, write, spacing):
    case["config"]["spacing"] = spacing
    return load_problem(write(case))


def test_metres_are_diameters(case, write):
    problem = problem_with(case, write, {"min_m": 200})
    assert problem.min_spacing_m == pytest.approx(200)
    assert problem.min_spacing_d == 2.5


def test_min_d_is_the_plain_key_by_another_name(case, write):
    assert problem_with(case, write, {"min_d": 3}).min_spacing_m == 240


def test_ellipse_of_a_config(case, write):
    problem = problem_with(case, write, {"along_d": 5, "across_d": 2.5, "wind_direction": 180})
    assert problem.min_spacing_m == 400
    abreast = np.array([[100.0, 500], [301, 500], [502, 500]])
    in_line = np.array([[500.0, 50], [500, 249], [900, 500]])
    assert check_feasibility(problem, abreast).feasible
    judged = check_feasibility(problem, in_line)
    assert not judged.feasible
    assert judged.min_spacing_d == pytest.approx(199 / 80)
    assert judged.spacing_kept == pytest.approx(199 / 400)


def test_main_wind_is_where_the_energy_comes_from(case, write):
    rose = case["wind_resource"]["wind_resource"]
    rose["wind_direction"] = list(range(0, 360, 30))
    probability = np.full((12, 2), [0.06, 0.01])
    probability[7, 1] += 1 - probability.sum()  # rare, but the strong wind
    rose["probability"]["data"] = probability.tolist()
    problem = problem_with(case, write, {"along_d": 4, "across_d": 2})
    assert problem.spacing.long_axis == pytest.approx(210 % 180, abs=1)
    direction, prominence = energy_direction(problem.wind, problem.turbines)
    assert direction == pytest.approx(210, abs=1)
    assert prominence > 1.5


def test_even_rose_has_no_main_wind_and_says_so(case, write, caplog):
    rose = case["wind_resource"]["wind_resource"]
    rose["probability"]["data"] = [[0.125, 0.125]] * 4
    problem_with(case, write, {"along_d": 4, "across_d": 2})
    assert "give spacing.wind_direction" in caplog.text


def test_types_keep_their_own_distances(small_config):
    files = [f"windIO:plant_energy_turbine/IEA37_{size}MW_turbine.yaml" for size in (10, 3.35)]
    problem = load_problem(
        small_config,
        {
            "turbine": files,
            "turbine_counts": [5, 4],
            "spacing": {"by_type_d": [[3, 2], [2, 4]]},
        },
    )
    d = np.array([198.0, 130.0])
    expected = [[3 * d[0], 2 * d[0]], [2 * d[0], 4 * d[1]]]
    np.testing.assert_allclose(problem.spacing.bound_m, expected)
    assert problem.min_spacing_m == pytest.approx(594)


def test_tolerance_is_a_millionth_of_a_diameter_of_the_worst_pair(case, write):
    problem = problem_with(case, write, {"along_d": 4, "across_d": 2, "wind_direction": 270})
    for short, feasible in ((1e-5, True), (1e-3, False)):
        in_line = np.array([[0.0, 0], [320 - short, 0], [1000, 0]])
        assert check_feasibility(problem, in_line).feasible is feasible


def test_resolved_config_loads_again(case, write, tmp_path):
    from windopt.config.reader import dump_config

    problem = problem_with(case, write, {"along_d": 4, "across_d": 2, "wind_direction": 30})
    dump_config(problem.config, tmp_path / "resolved.yaml")
    for again in (load_problem(tmp_path / "resolved.yaml"), load_problem(problem.config)):
        assert again.config == problem.config
        np.testing.assert_array_equal(again.spacing.metric, problem.spacing.metric)


@pytest.mark.parametrize(
    ("spacing", "where", "problem", "cure"),
    [
        ({}, SPACING, "is empty", "add min_d"),
        ({"min_m": 300, "min_d": 3}, SPACING, "min_d as well as min_m", "keep one"),
        ({"min_m": 300, "along_d": 3, "across_d": 2}, SPACING, "along_d and across_d", "keep one"),
        ({"along_d": 3}, SPACING, "along_d stands alone", "add across_d"),
        ({"across_d": 3}, SPACING, "across_d stands alone", "add along_d"),
        ({"across_d": 3, "along_d": 2}, SPACING, "across_d 3 is more than along_d 2", "swap"),
        ({"min_d": 3, "wind_direction": 270}, SPACING, "wind_direction is of no use", "along_d"),
        ({"min_d": 0.5}, f"{SPACING}.min_d", "0.5", "greater than or equal to 1"),
        ({"min_m": 79}, "spacing.min_m", "79 m is less than the diameter", "80 or more"),
        ({"by_type_d": [[2, 3], [3, 2]]}, "by_type_d", "2 rows for 1 turbine types", "2 MW"),
        ({"by_type_d": [[2, 3], [4, 2]]}, "by_type_d", "types 0 and 1 keep 3 D", "symmetric"),
        ({"by_type_d": [[2, 3], [4]]}, "by_type_d", "row 1 has 1 numbers for 2", "one column"),
        ({"along": 3}, f"{SPACING}.along", "unknown key", "along_d"),
        ({"min_d": 30}, "n_turbines", "3 turbines 2400 m apart", "lower n_turbines"),
    ],
)
def test_faults_of_a_spacing(case, write, spacing, where, problem, cure):
    with pytest.raises(ConfigError) as caught:
        problem_with(case, write, spacing)
    assert any(
        where in fault.where and problem in fault.problem and cure in fault.cure
        for fault in caught.value.faults
    ), caught.value.faults


def test_two_spacings_contradict_each_other(case, write):
    case["config"]["min_spacing_d"] = 2.0
    with pytest.raises(ConfigError, match="stands beside min_spacing_d 2; keep one of them"):
        problem_with(case, write, {"min_m": 300})


# -- how many turbines fit ----------------------------------------------------------------------


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    rule=rules(),
    seed=st.integers(0, 1000),
    width=st.floats(500, 4000),
    height=st.floats(500, 4000),
    n_fixed=st.integers(0, 4),
)
def test_what_stands_is_never_called_too_many(rule, seed, width, height, n_fixed):
    """Turbines set down at random until none fits are within the bound."""
    rng = np.random.default_rng(seed)
    area = shapely.box(0, 0, width, height) - shapely.box(0.4 * width, 0, 0.6 * width, height / 2)
    site = Site("any", shapely.MultiPolygon([area]))
    fixed = rng.uniform(-500, max(width, height), (n_fixed, 2))
    types = rng.integers(0, len(rule.bound_m), n_fixed)
    layout, kinds = fixed, types
    for place in rng.uniform(0, (width, height), (400, 2)):
        kind = int(rng.integers(len(rule.bound_m)))
        inside = shapely.intersects_xy(area, *place)
        if inside and rule.clear(place[None], kind, layout, kinds).all():
            layout, kinds = np.vstack([layout, place]), np.append(kinds, kind)
    counts = np.bincount(kinds[n_fixed:], minlength=len(rule.bound_m))
    assert not list(check_turbine_count(site, counts, rule, fixed, types))


def test_ellipse_fits_more_than_its_longer_axis_and_no_end():
    site = Site("square", shapely.MultiPolygon([shapely.box(0, 0, 2000, 2000)]))
    rule = SpacingRule(np.full((1, 1), 1000.0), ellipse_metric(5, 1, 0))
    (fault,) = check_turbine_count(site, np.array([60]), rule, *NOBODY)
    assert "200 m across the wind" in fault.problem
    assert not list(check_turbine_count(site, np.array([30]), rule, *NOBODY))


def test_size_of_a_rule_follows_its_largest_bound(small):
    wide = replace(small, min_spacing_d=3.0)
    np.testing.assert_array_equal(wide.spacing.bound_m, [[594.0]])
