"""Every rule that a layout breaks is told, by whom and by how far; figures are by hand."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from windopt.problem.constraints import check_feasibility
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.site import Site
from windopt.problem.spacing import SpacingForm, ellipse_metric
from windopt.problem.violations import breaks_rules, violations

SQUARE = shapely.box(0.0, 0.0, 3000.0, 3000.0)
POND = shapely.box(1000.0, 1000.0, 1400.0, 1400.0)


@pytest.fixture
def four(small: LayoutProblem) -> LayoutProblem:
    """Four turbines of 198 m rotors on 3 x 3 km with a square hole; 2 D are 396 m."""
    site = Site("square", shapely.MultiPolygon([SQUARE.difference(POND)]))
    return replace(
        small, site=site, n_turbines=4, types=np.zeros(4, dtype=np.intp), initial_layout=None
    )


def test_a_layout_that_keeps_the_rules_has_none(four: LayoutProblem) -> None:
    found = violations(four, np.array([[100.0, 100], [2900, 100], [100, 2900], [2900, 2900]]))
    assert not found
    assert found.in_words == found.in_short == []


def test_turbines_outside_are_named_the_farthest_first(four: LayoutProblem) -> None:
    found = violations(four, np.array([[100.0, 100], [5000, 5000], [-200, 1500], [2900, 2900]]))
    assert [one.turbine for one in found.outside] == [2, 3]
    assert [one.distance_m for one in found.outside] == pytest.approx([2000 * 2**0.5, 200])
    assert found.in_words == [
        "turbine 2 stands 2,828 m outside the site",
        "turbine 3 stands 200 m outside the site",
    ]
    (line,) = found.in_short
    assert line.startswith("2 turbines stand where none may: turbine 2 stands 2,828 m outside")


def test_a_turbine_in_an_exclusion_is_told_from_one_outside(four: LayoutProblem) -> None:
    found = violations(four, np.array([[1100.0, 1200], [2900, 100], [100, 2900], [2900, 2900]]))
    (one,) = found.outside
    assert one.excluded
    assert one.distance_m == pytest.approx(100)
    assert one.in_words == "turbine 1 stands where it may not, 100 m inside an exclusion"


def test_pairs_too_close_are_named_with_what_is_missing(four: LayoutProblem) -> None:
    fixed = replace(
        four, fixed_layout=np.array([[2900.0, 2750.0]]), fixed_types=np.zeros(1, dtype=np.intp)
    )
    layout = np.array([[100.0, 100], [2000, 100], [2300, 100], [2900, 2900]])
    found = violations(fixed, layout)
    assert found.in_words == [
        "turbine 4 and fixed turbine 1 stand 150 m apart, 246 m too close",
        "turbines 2 and 3 stand 300 m apart, 96 m too close",
    ]
    assert found.in_short[0].startswith("2 pairs are closer than the spacing allows: ")


def test_an_ellipse_tells_what_is_missing_along_the_pair(four: LayoutProblem) -> None:
    """5 D along the wind from the south, 2 D across it: the distance allowed turns with a pair."""
    elliptic = replace(
        four, min_spacing_d=5.0, spacing_form=SpacingForm(ellipse_metric(5.0, 2.0, 180.0))
    )
    layout = np.array([[100.0, 100], [500, 100], [2000, 100], [2000, 700]])
    (pair,) = violations(elliptic, layout).too_close
    assert (pair.turbine, pair.other) == (3, 4)
    assert (pair.distance_m, pair.least_m) == pytest.approx((600, 5 * 198))


def test_a_place_that_is_no_number_is_infinitely_far_off(four: LayoutProblem) -> None:
    layout = np.array([[np.nan, 100], [2900, 100], [100, 2900], [2900, 2900]])
    (one,) = violations(four, layout).outside
    assert (one.turbine, one.distance_m) == (1, float("inf"))


@pytest.mark.parametrize(("off", "breaks"), [(0.0005, False), (0.5, False), (1.5, True)])
def test_what_rounding_does_is_no_breach(four: LayoutProblem, off: float, breaks: bool) -> None:
    layout = np.array([[-off, 100.0], [2900, 100], [100, 2900], [2900, 2900]])
    assert breaks_rules(four, layout) is breaks


@pytest.mark.parametrize("seed", range(20))
def test_it_agrees_with_the_check_of_feasibility(four: LayoutProblem, seed: int) -> None:
    layout: FloatArray = np.random.default_rng(seed).uniform(-50.0, 3050.0, (4, 2))
    judged, found = check_feasibility(four, layout), violations(four, layout)
    assert judged.feasible is not bool(found)
    worst = max((one.distance_m for one in found.outside), default=0.0)
    assert worst == pytest.approx(judged.max_boundary_violation_m, abs=1e-3)
