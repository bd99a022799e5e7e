"""foxes computes a problem's farms as FLORIS does, by its own formulas where they differ."""

from dataclasses import replace

import numpy as np
import pytest

from windopt.floris.simulator import Simulator
from windopt.foxes.farm import FoxesFarm, nearest_model
from windopt.problem.farm import Farm
from windopt.problem.layout import FloatArray
from windopt.problem.objective import Objective
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.readers.load import load_problem
from windopt.verification.second_code import FOXES, ask_code, code_version, why_not

pytestmark = pytest.mark.skipif(
    code_version(FOXES) is None, reason="foxes comes with windopt[compare]"
)
NO_TURBULENCE = {"wake.turbulence_model": "none"}


def under(problem: LayoutProblem, name: str, **settings: object) -> LayoutProblem:
    """The same small problem under another wake model."""
    wake = {"refine_wind": False, "wake.velocity_model": name}
    return load_problem(problem.config, {**wake, **settings})


def both(problem: LayoutProblem, layout: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Turbines' mean powers (n,) [W] by foxes and FLORIS."""
    told = []
    for model in (FoxesFarm(problem), Simulator(problem)):
        objective = Objective.of(problem, model)
        rose = objective.roses[0]
        power = model.turbine_power(objective.farm(layout[None]), rose)[0]
        told.append(rose.weight.ravel() @ power.reshape(len(rose), -1))
    return told[0], told[1]


@pytest.mark.parametrize("name", ["turboparkgauss", "jensen", "iea37"])
def test_the_same_formulas_give_every_turbine_what_floris_does(
    unrefined: LayoutProblem, name: str
) -> None:
    problem = under(unrefined, name, **NO_TURBULENCE)
    assert problem.initial_layout is not None
    foxes, floris = both(problem, problem.initial_layout)
    assert foxes == pytest.approx(floris, rel=1e-4)


@pytest.mark.parametrize("name", ["gauss", "turboparkgauss"])
def test_farms_are_within_half_a_per_cent_and_in_the_same_order(
    unrefined: LayoutProblem, name: str
) -> None:
    problem = under(unrefined, name)
    rng = np.random.default_rng(1)
    totals = np.array(
        [[one.sum() for one in both(problem, random_layout(problem, rng))] for _ in range(4)]
    )
    foxes, floris = totals.T
    assert foxes == pytest.approx(floris, rel=5e-3)
    assert (np.argsort(foxes) == np.argsort(floris)).all()


def test_a_lone_turbine_in_shear_and_thin_air_has_floris_power(unrefined: LayoutProblem) -> None:
    air = {"wind_shear": 0.2, "air_density": 1.1, "reference_height": 80.0}
    problem = under(unrefined, "gauss", **{f"atmosphere.{key}": one for key, one in air.items()})
    wind = problem.wind.grid(problem.wind.probability)
    farm = Farm.of_one_type(np.zeros((1, 1, 2)))
    foxes, floris = (one.mean_power(farm, wind) for one in (FoxesFarm(problem), Simulator(problem)))
    assert foxes == pytest.approx(floris, rel=1e-4)


def test_types_stand_at_their_own_heights_and_neighbours_shade(mixed: LayoutProblem) -> None:
    rng = np.random.default_rng(2)
    problem = under(mixed, "jensen", **NO_TURBULENCE)
    layout = random_layout(problem, rng)
    foxes, floris = both(problem, layout)
    assert foxes == pytest.approx(floris, rel=1e-4)
    fixed = replace(
        problem,
        fixed_layout=layout[:1] + np.array([0.0, 3000.0]),
        fixed_types=np.array([1], dtype=np.intp),
    )
    shaded, floris = both(fixed, layout)
    assert len(shaded) == len(layout) + 1
    assert shaded == pytest.approx(floris, rel=1e-4)
    assert shaded[: len(layout)].sum() < foxes.sum()


def test_a_list_of_conditions_is_what_the_grid_is(unrefined: LayoutProblem) -> None:
    problem = under(unrefined, "gauss")
    assert problem.initial_layout is not None
    model = FoxesFarm(problem)
    farm = Farm.of_one_type(problem.initial_layout[None])
    wind = problem.wind.grid(problem.wind.probability)
    grid, listed = (model.turbine_power(farm, one) for one in (wind, wind.listed))
    assert grid.shape == (1, *wind.ws.shape, farm.layouts.shape[1])
    assert grid.reshape(listed.shape) == pytest.approx(listed, rel=1e-12)


def test_a_model_that_it_lacks_is_refused_and_the_others_answer(unrefined: LayoutProblem) -> None:
    assert why_not(unrefined, FOXES) == ""
    assert nearest_model(under(unrefined, "cc")) is None
    assert unrefined.initial_layout is not None
    layouts = {"initial": unrefined.initial_layout}
    opinions, refused = ask_code(FOXES, unrefined, layouts, ["gauss", "cc"])
    assert refused == {"cc": "foxes has no model near it"}
    assert opinions["gauss"].words == "Bastankhah2016"
    objective = Objective.of(unrefined, FoxesFarm(unrefined))
    assert opinions["gauss"].aep["initial"] == pytest.approx(
        objective.energy(layouts["initial"]), rel=1e-4
    )
