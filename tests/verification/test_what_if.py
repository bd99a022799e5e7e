"""What moves have gained and what one more turbine would yield: FLORIS's own differences."""

from dataclasses import replace

import numpy as np
import pytest

from windopt.floris.simulator import Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.surrogate.analytic import analytic_surrogate
from windopt.verification.evaluate import judge
from windopt.verification.pairing import pair_turbines
from windopt.verification.what_if import (
    EVALUATIONS,
    FEWEST_DRAWS,
    MOST_DRAWS,
    PLACES,
    Plan,
    ask_what_if,
    best_of,
    moved,
    plan_questions,
    taken_by,
)

PLACES_AFTER = np.array([[100, 100], [1500, 200], [3000, 1500], [5600, 300]], dtype=float)
PLACES_BEFORE = np.array([[100, 100], [600, 200], [2800, 1500], [1480, 200]], dtype=float)


@pytest.fixture(scope="module")
def four(small: LayoutProblem) -> LayoutProblem:
    """Four turbines, of which the second and the fourth have moved far, in 12 directions."""
    coarse = small.config.model_copy(update={"refine_wind": False})
    problem = replace(small.with_n_turbines(4), wind=small.given_wind, config=coarse)
    return replace(problem, initial_layout=PLACES_BEFORE)


def aep_gwh(problem: LayoutProblem, layout: FloatArray) -> float:
    aep: float = judge(problem, {"a": layout}, Simulator(problem))["a"].aep / 1e9
    return aep


def test_turbines_are_paired_the_shortest_way_within_their_type() -> None:
    before = np.array([[0.0, 0.0], [100.0, 0.0], [200.0, 0.0], [0.0, 10.0]])
    after = np.array([[190.0, 0.0], [0.0, 5.0], [110.0, 0.0], [0.0, 11.0]])
    one_type = np.zeros(4, dtype=np.intp)
    assert pair_turbines(before, after, one_type).tolist() == [1, 2, 0, 3]
    types = np.array([0, 1, 1, 1])
    assert pair_turbines(before, after, types).tolist()[0] == 0  # the only one of its type


def test_each_answer_is_floriss_difference_on_the_whole_rose(four: LayoutProblem) -> None:
    plan = Plan(draws=MOST_DRAWS, moves=moved(four, PLACES_BEFORE, PLACES_AFTER), cpu_s=1.0)
    assert plan.moves.tolist() == [3, 1, 2]
    surrogate = analytic_surrogate(four)
    answers = ask_what_if(four, PLACES_BEFORE, PLACES_AFTER, plan, Simulator(four), surrogate)
    result = aep_gwh(four, PLACES_AFTER)
    by_turbine = {move["turbine"]: move for move in answers["moves"]}
    assert by_turbine[3] == {"turbine": 3, "gain_gwh": None, "taken_by": 1}
    for turbine in (1, 2):
        back = PLACES_AFTER.copy()
        back[turbine] = PLACES_BEFORE[turbine]
        gain = result - aep_gwh(four, back)
        assert by_turbine[turbine]["gain_gwh"] == pytest.approx(gain, abs=0.005)
    whole = result - aep_gwh(four, PLACES_BEFORE)
    assert answers["gain_gwh"] == pytest.approx(whole, abs=0.005)
    five = four.with_n_turbines(5)
    best = answers["places"][0]
    more = aep_gwh(five, np.vstack([PLACES_AFTER, [best["x"], best["y"]]])) - result
    assert best["gain_gwh"] == pytest.approx(more, abs=0.005)
    ranked = answers["map"]
    assert len(ranked["places"]) == len(ranked["values"]) > 500
    assert len(answers["places"]) == PLACES


def test_a_sample_tells_layouts_apart_within_its_error(
    small: LayoutProblem, four: LayoutProblem
) -> None:
    fine = replace(four, config=small.config, wind=small.wind)
    simulator = Simulator(fine)
    plan = Plan(draws=50, moves=np.array([1, 2]), cpu_s=1.0)
    formula = analytic_surrogate(fine)
    answers = ask_what_if(fine, PLACES_BEFORE, PLACES_AFTER, plan, simulator, formula)
    assert answers["conditions"] <= 50 < answers["of"]
    assert simulator.counts.conditions <= 50 * (2 + 2 + PLACES)
    error = answers["error_gwh"]
    assert 0.0 < error < 0.25 * max(abs(move["gain_gwh"]) for move in answers["moves"])
    for move in answers["moves"]:
        back = PLACES_AFTER.copy()
        back[move["turbine"]] = PLACES_BEFORE[move["turbine"]]
        gain = aep_gwh(fine, PLACES_AFTER) - aep_gwh(fine, back)
        assert move["gain_gwh"] == pytest.approx(gain, abs=3 * error)


def test_plan_keeps_to_the_processor_time(small: LayoutProblem) -> None:
    movers = np.arange(9)
    fine = plan_questions(small, movers, 1e6)
    assert fine.moves.tolist() == movers.tolist()
    assert fine.draws == MOST_DRAWS
    some = plan_questions(small, movers, 0.6 * fine.cpu_s)
    assert FEWEST_DRAWS <= some.draws < fine.draws
    assert some.cpu_s <= 0.6 * fine.cpu_s
    few = plan_questions(small, movers, 0.8 * some.cpu_s)
    assert 0 <= len(few.moves) < 9
    assert few.cpu_s <= 0.8 * some.cpu_s
    assert not plan_questions(small, movers, 1e-3).draws
    limited = plan_questions(small, movers, 1e6, evaluations=EVALUATIONS + 2)
    assert limited.moves.tolist() == [0, 1]
    assert not plan_questions(small, movers, 1e6, evaluations=EVALUATIONS - 1).draws


def test_place_is_taken_by_whoever_is_too_close(four: LayoutProblem) -> None:
    assert taken_by(four, PLACES_AFTER, 3, PLACES_AFTER[1] + 50.0) == 1
    assert taken_by(four, PLACES_AFTER, 3, np.array([3000.0, 500.0])) == -1
    beside = replace(
        four, fixed_layout=np.array([[3000.0, 500.0]]), fixed_types=np.zeros(1, dtype=np.intp)
    )
    assert taken_by(beside, PLACES_AFTER, 3, np.array([3000.0, 500.0])) == 4


def test_best_places_lie_apart() -> None:
    places = np.array([[0.0, 0.0], [10.0, 0.0], [100.0, 0.0], [200.0, 0.0]])
    assert best_of(places, np.array([5.0, 4.0, 1.0, 2.0]), 50.0).tolist() == [0, 3, 2]


def test_moves_are_told_in_revenue_where_that_is_maximised(four: LayoutProblem) -> None:
    value = 50.0 + 40.0 * np.cos(np.deg2rad(four.wind.wind_direction))
    valued = np.broadcast_to(value[:, None], four.wind.probability.shape)
    paid = replace(four, wind=replace(four.wind, value=valued))
    plan = Plan(draws=MOST_DRAWS, moves=moved(paid, PLACES_BEFORE, PLACES_AFTER), cpu_s=1.0)
    surrogate = analytic_surrogate(paid)
    answers = ask_what_if(paid, PLACES_BEFORE, PLACES_AFTER, plan, Simulator(paid), surrogate)
    back = PLACES_AFTER.copy()
    back[1] = PLACES_BEFORE[1]
    layouts = {"after": PLACES_AFTER, "before": PLACES_BEFORE, "back": back}
    judged = judge(paid, layouts, Simulator(paid))
    earned = {name: one.value for name, one in judged.items()}
    by_turbine = {move["turbine"]: move for move in answers["moves"]}
    scale = 1e-5 * earned["after"]
    assert by_turbine[1]["revenue"] == pytest.approx(earned["after"] - earned["back"], abs=scale)
    assert answers["revenue"] == pytest.approx(earned["after"] - earned["before"], abs=scale)
    assert all(place["revenue"] > 0 for place in answers["places"])
