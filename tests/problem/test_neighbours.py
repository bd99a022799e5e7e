"""Neighbouring farms: read with all their faults, weighed over years by hand, and by FLORIS."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from windopt.errors import ConfigError
from windopt.floris.alone import evaluated_wind
from windopt.floris.simulator import Simulator, simulate_power
from windopt.problem.neighbours import (
    BuildOut,
    NeighbourFarm,
    Neighbourhood,
    OverBuildOuts,
    build_outs_of,
    ever_there,
)
from windopt.problem.objective import Objective
from windopt.problem.upwind import may_matter
from windopt.readers.load import load_problem
from windopt.readers.places.neighbours import regular_grid
from windopt.report.neighbours import neighbour_rows, sentences
from windopt.surrogate.shipped import shipped_surrogate
from windopt.verification.neighbours import effects_of

EAST = [[7000, 0], [10000, 0], [10000, 3000], [7000, 3000]]
WEST = [[-4000, 0], [-1000, 0], [-1000, 3000], [-4000, 3000]]
YEARS = {"from": 2030, "to": 2039}
B = {"name": "B", "polygon": EAST, "n_turbines": 4, "from": 2035, "probability": 0.5}
C = {"name": "C", "polygon": WEST, "n_turbines": 3}


@pytest.fixture
def beside(case, write):
    """Load a case beside neighbours, over ten years."""

    def beside(*farms, **section):
        case["config"] |= {"years": YEARS, "neighbours": list(farms), **section}
        return load_problem(write(case))

    return beside


def farm(name, first=None, last=None, probability=1.0):
    return NeighbourFarm(name, np.zeros((1, 2)), np.zeros(1, np.intp), first, last, probability)


def test_build_outs_are_weighed_by_hand():
    """Years 2030 to 2039: A till 2032, B from 2035 with 1/2, C always with 1/4."""
    farms = [farm("A", last=2032), farm("B", 2035, None, 0.5), farm("C", None, None, 0.25)]
    told = {one.present: one.weight for one in build_outs_of(farms, (2030, 2039))}
    expected = {
        (0, 2): 0.3 * 0.25,
        (0,): 0.3 * 0.75,
        (2,): 0.2 * 0.25 + 0.5 * 0.5 * 0.25,
        (): 0.2 * 0.75 + 0.5 * 0.5 * 0.75,
        (1, 2): 0.5 * 0.5 * 0.25,
        (1,): 0.5 * 0.5 * 0.75,
    }
    assert told == pytest.approx(expected)
    assert sum(told.values()) == pytest.approx(1.0)


def test_who_never_comes_is_in_no_build_out():
    farms = [farm("A", 2050), farm("B", probability=0.0), farm("C", last=2030), farm("D")]
    assert ever_there(farms, (2030, 2039)) == [2, 3]


def test_neighbours_are_read_by_boundaries_years_and_types(beside):
    problem = beside(B, C)
    names = [one.name for one in problem.neighbourhood.farms]
    assert names == ["B", "C"]
    assert problem.fixed_layout.shape == (7, 2)
    assert all(shapely.contains_xy(shapely.Polygon(EAST), *problem.fixed_layout[:4].T))
    assert not problem.fixed_counted
    weights = {one.present: one.weight for one in problem.neighbourhood.build_outs}
    assert weights == pytest.approx({(1,): 0.75, (0, 1): 0.25})


def test_a_neighbour_that_never_comes_leaves_no_trace(beside, case, write):
    problem = beside(B | {"probability": 0}, C | {"from": 2041, "to": 2060})
    del case["config"]["neighbours"], case["config"]["years"]
    without = load_problem(write(case))
    assert problem.neighbourhood is None
    assert problem.varying is None
    np.testing.assert_array_equal(problem.fixed_layout, without.fixed_layout)
    np.testing.assert_array_equal(problem.all_types, without.all_types)


def test_the_short_form_names_a_file(case, write, tmp_path):
    (tmp_path / "farm_b.csv").write_text("x,y\n8000,500\n8000,1500\n")
    case["config"]["neighbours"] = "farm_b.csv"
    problem = load_problem(write(case))
    assert problem.neighbourhood.farms[0].name == "farm_b"
    np.testing.assert_array_equal(problem.fixed_layout, [[8000, 500], [8000, 1500]])
    assert problem.neighbourhood.always
    assert problem.varying is None


def test_all_faults_are_told_at_once(case, write):
    case["config"] |= {
        "years": {"from": 2039, "to": 2030},
        "neighbours": [
            {"name": "A"},
            C | {"from": 2040, "to": 2031},
            C | {"n_turbines": None},
            C | {"probability": 1.5},
        ],
    }
    with pytest.raises(ConfigError) as raised:
        load_problem(write(case))
    told = str(raised.value)
    for words in (
        "ends in 2030, before it begins in 2039",
        "'A' has no place; give one of layout, boundaries and polygon",
        "'C' ends in 2031, before it begins in 2040",
        "'C' has polygon alone; add n_turbines, or give layout",
        "probability",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("farms", "words"),
    [
        ([C | {"n_turbines": 500}], "500 of 'C' do not fit"),
        ([C | {"turbine": "V999"}], "unknown type 'V999'"),
        ([C, C | {"name": "D"}], "stand 0 m apart"),
        ([C, C], "names 'C' twice"),
    ],
)
def test_a_farm_that_cannot_be_is_refused(beside, farms, words):
    with pytest.raises(ConfigError, match=words):
        beside(*farms)


def test_farms_that_follow_each_other_may_stand_in_one_place(beside):
    problem = beside(C | {"to": 2034}, C | {"name": "D", "from": 2035})
    assert len(problem.neighbourhood.build_outs) == 2


def test_too_many_open_questions_are_refused(beside):
    farms = [
        {
            "name": f"farm {i}",
            "polygon": [[20000 + 2000 * i, 0], [21000 + 2000 * i, 0], [21000 + 2000 * i, 1000]],
            "n_turbines": 1,
            "probability": 0.5,
        }
        for i in range(7)
    ]
    with pytest.raises(ConfigError, match="7 of them may come or not in 2030"):
        beside(*farms)


def test_years_of_neighbours_need_years_of_ones_own(case, write):
    case["config"]["neighbours"] = [B]
    with pytest.raises(ConfigError, match="those of this farm's own operation are not known"):
        load_problem(write(case))


def test_a_regular_grid_has_the_number_asked_and_keeps_its_spacing():
    area = shapely.Polygon([(0, 0), (4000, 0), (3000, 3000), (0, 2500)])
    points = regular_grid(area, 12, 400.0)
    assert points.shape == (12, 2)
    assert shapely.contains_xy(area, *points.T).all()
    gaps = np.hypot(*np.moveaxis(points[:, None] - points, -1, 0))[np.triu_indices(12, 1)]
    assert gaps.min() > 600.0


def test_floris_power_is_the_mean_over_build_outs(small):
    """Against FLORIS asked about each build-out directly, the power of one's own turbines."""
    farms = (
        NeighbourFarm("B", np.array([[100.0, 2700.0]]), np.zeros(1, np.intp), probability=0.5),
        NeighbourFarm("C", np.array([[700.0, -700.0]]), np.zeros(1, np.intp)),
    )
    some = (BuildOut((1,), 0.75), BuildOut((0, 1), 0.25))
    problem = with_farms(small, farms, some)
    layout = np.array([[100.0, 100.0], [100.0, 1500.0]])
    wind = np.array([180.0, 0.0, 90.0]), np.array([8.0, 9.0, 10.0]), np.full(3, 0.07)
    types = np.zeros(2, np.intp)

    def alone(*places):
        fixed = np.array(places)
        one = replace(small, fixed_layout=fixed, fixed_types=np.zeros(len(fixed), np.intp))
        return simulate_power(one, layout, *wind, types)

    expected = 0.75 * alone([700.0, -700.0]) + 0.25 * alone([100.0, 2700.0], [700.0, -700.0])
    np.testing.assert_allclose(Simulator(problem).power(layout, *wind, types), expected)
    assert not np.allclose(expected, alone([700.0, -700.0]))


def test_the_objective_weighs_build_outs(small):
    """Its value and gradient are the weighted sums of those of each build-out."""
    place = np.array([[300.0, 4800.0]])
    farms = (NeighbourFarm("B", place, np.zeros(1, np.intp), probability=0.25),)
    some = (BuildOut((), 0.75), BuildOut((0,), 0.25))
    problem = with_farms(small, farms, some)
    always = replace(small, fixed_layout=place, fixed_types=np.zeros(1, np.intp))
    surrogate = shipped_surrogate(small)
    mixed, without, beside = (Objective.of(one, surrogate) for one in (problem, small, always))
    layout = small.initial_layout
    value = 0.75 * without.value(layout) + 0.25 * beside.value(layout)
    assert mixed.value(layout) == pytest.approx(value, rel=1e-12)
    rate, gradient = mixed.rate_and_gradient(layout, mixed.rose)
    parts = [one.rate_and_gradient(layout, mixed.rose)[1] for one in (without, beside)]
    np.testing.assert_allclose(gradient, 0.75 * parts[0] + 0.25 * parts[1], rtol=1e-9, atol=1e-6)
    assert rate == pytest.approx(value / problem.hours_per_year, rel=1e-12)
    places, kept = np.array([[1500.0, 3000.0], [500.0, 3500.0]]), np.arange(8)
    asked = [
        one.place_values(layout, kept, 8, places, mixed.rose) for one in (mixed, without, beside)
    ]
    np.testing.assert_allclose(asked[0], 0.75 * asked[1] + 0.25 * asked[2], rtol=1e-12)


def with_farms(problem, farms, build_outs):
    return replace(
        problem,
        fixed_layout=np.concatenate([one.layout for one in farms]),
        fixed_types=np.concatenate([one.types for one in farms]),
        neighbourhood=Neighbourhood(farms, build_outs),
    )


def test_of_many_neighbours_only_those_upwind_are_asked(small):
    """Sixty turbines all round: the same value and slope as with all of them at once."""
    surrogate, x = shipped_surrogate(small), 1500.0 * np.arange(5)
    grid = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    east, west, south = np.array([[9000.0, 0.0], [-10000.0, -2000.0], [0.0, -9000.0]])
    place = np.concatenate([grid + east, grid + west, grid[:10] + south])
    farms = (NeighbourFarm("all", place, np.zeros(60, np.intp)),)
    problem = with_farms(small, farms, (BuildOut((0,), 1.0),))
    all_of_them = Objective.of(replace(problem, neighbourhood=None), surrogate)
    some = Objective.of(problem, surrogate)
    assert isinstance(some.model, OverBuildOuts)
    layout = small.initial_layout
    for conditions in (some.rose, some.rose.listed.take(slice(0, None, 7))):
        (rate, gradient), (expected, slope) = (
            one.rate_and_gradient(layout, conditions) for one in (some, all_of_them)
        )
        assert rate == pytest.approx(expected, rel=1e-5)
        np.testing.assert_allclose(gradient, slope, atol=1e-4 * np.abs(slope).max())
    kept = may_matter(place, layout, np.array([1.0, 0.0]))  # wind from the west
    assert kept[25:50].all()
    assert not kept[:25].any()


def test_effects_are_floris_s_with_and_without_each_farm(small):
    """Against FLORIS asked directly on the whole rose; a sample agrees within its errors."""
    farms = (
        NeighbourFarm("B", np.array([[4500.0, 300.0], [4500.0, 2500.0]]), np.zeros(2, np.intp)),
        NeighbourFarm("C", np.array([[-600.0, 900.0]]), np.zeros(1, np.intp), probability=0.25),
    )
    some = (BuildOut((0,), 0.75), BuildOut((0, 1), 0.25))
    problem, layout = with_farms(small, farms, some), np.array([[100.0, 100.0], [100.0, 1500.0]])
    problem = replace(problem, n_turbines=2, types=np.zeros(2, np.intp))
    surrogate, simulator = shipped_surrogate(problem), Simulator(problem)
    c = evaluated_wind(problem).conditions

    def gwh(*places):
        farm = np.concatenate(places)
        one = replace(small, fixed_layout=np.empty((0, 2)))
        power = simulate_power(one, farm, c.wd, c.ws, c.ti, np.zeros(len(farm), np.intp))
        return problem.hours_per_year * (c.weight @ power) / 1e9

    b, c_ = farms[0].layout, farms[1].layout
    alone, with_b, with_c = gwh(layout)[:2].sum(), gwh(layout, b), gwh(layout, b, c_)
    whole = effects_of(problem, layout, surrogate, simulator, 10**6)
    assert whole.on_own.error_gwh == 0.0
    expected = alone - 0.75 * with_b[:2].sum() - 0.25 * with_c[:2].sum()
    assert whole.on_own.gwh == pytest.approx(expected, rel=1e-9)
    assert whole.by_farm[0].gwh == pytest.approx(alone - with_b[:2].sum(), rel=1e-9)
    assert whole.by_farm[1].gwh == pytest.approx(with_b[:2].sum() - with_c[:2].sum(), rel=1e-9)
    b_alone = gwh(b).sum()
    assert whole.on_farm[0].gwh == pytest.approx(b_alone - with_b[2:].sum(), rel=1e-9)
    assert whole.on_farm[0].pct == pytest.approx(100 * (1 - with_b[2:].sum() / b_alone), rel=1e-9)
    sampled = effects_of(problem, layout, surrogate, simulator, 60)
    assert sampled.conditions < whole.conditions
    for ours, theirs in zip(sampled.on_farm, whole.on_farm, strict=True):
        assert ours.error_gwh > 0
        assert abs(ours.gwh - theirs.gwh) < 5 * ours.error_gwh + 1e-4


def test_words_carry_the_error():
    loss = {"gwh": 0.934, "error_gwh": 0.0049, "pct": 0.41, "error_pct": 0.002}
    exact = {"gwh": 2.0, "error_gwh": 0.0, "pct": 1.5, "error_pct": 0.0}
    farm = {"name": "B", "is_cost": loss, "costs_own": exact}
    told = {"farms": [farm], "on_own": exact, "regret": {"missing": "nobody asked"}}
    assert sentences(told)[:2] == [
        "Your farm costs B 0.410 ± 0.002 % (0.934 ± 0.005 GWh) a year while both stand.",
        "B costs yours 1.50 % (2.00 GWh) a year while both stand.",
    ]
    regret = {"ignoring_them": loss, "none_comes": exact}
    assert "yields 0.410 ± 0.002 %" in sentences(told | {"regret": regret})[-2]
    rows = neighbour_rows({"neighbours": told | {"regret": regret}})
    assert rows[-2].value == "0.934 ± 0.005 GWh, 0.41 %"
    assert neighbour_rows({}) == []
