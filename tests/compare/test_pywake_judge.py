"""PyWake is IEA Task 37's model to the last digit, and of FLORIS's opinion about the others."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("py_wake", reason="py_wake comes with windopt[compare]")

from windopt.compare import judging
from windopt.compare.pywake_judge import nearest_model, second_opinion
from windopt.floris.alone import wake_free_aep
from windopt.floris.simulator import Simulator
from windopt.ledger.ledger import Ledger
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.pywake.farm import PyWakeFarm
from windopt.pywake.wake_models import NoPyWakeModelError
from windopt.readers.load import load_problem
from windopt.verification.evaluate import judge

CONFIGS = Path(__file__).parents[2] / "configs"
WAKES = {
    "gauss": {},
    "cc": {},
    "turboparkgauss": {"wake.turbulence_model": "none"},
    "turbopark": {},
    "jensen": {},
    "empirical_gauss": {"wake.turbulence_model": "wake_induced_mixing"},
}


@pytest.mark.parametrize("case", ["iea37_case1_16", "iea37_case3"])
def test_iea37_problems_have_one_aep(case: str) -> None:
    problem = load_problem(CONFIGS / f"{case}.yaml")
    layout = random_layout(problem, np.random.default_rng(0))
    judged = judge(problem, {"random": layout}, Simulator(problem))
    assert second_opinion(problem, {"random": layout})["random"] == pytest.approx(
        judged["random"].aep, rel=1e-9
    )


@pytest.mark.parametrize("name", WAKES)
def test_it_is_of_floris_opinion(name: str, small: LayoutProblem) -> None:
    settings = {"refine_wind": False, "wake.velocity_model": name, **WAKES[name]}
    problem = load_problem(small.config, settings)
    rng = np.random.default_rng(0)
    layouts = {str(i): random_layout(problem, rng) for i in range(3)}
    layouts["given"] = problem.initial_layout  # rows of 2.8 D in line with the wind
    judged = judge(problem, layouts, Simulator(problem))
    floris = np.array([one.aep for one in judged.values()])
    pywake = np.array(list(second_opinion(problem, layouts).values()))
    free = wake_free_aep(problem)
    assert nearest_model(problem)
    np.testing.assert_allclose(pywake[:3] / free, floris[:3] / free, atol=0.03)
    np.testing.assert_allclose(pywake / free, floris / free, atol=0.07)
    assert pywake.argmin() == floris.argmin() == 3


def test_turbines_alone_yield_what_they_do_in_floris(small: LayoutProblem) -> None:
    sheared = replace(
        small, wind_shear=0.14, air_density=1.15, n_turbines=1, types=np.zeros(1, int)
    )
    alone = second_opinion(sheared, {"alone": np.array([[100.0, 100.0]])})["alone"]
    assert alone == pytest.approx(wake_free_aep(sheared), rel=1e-6)


def test_fixed_turbines_wake_and_count_where_the_problem_says_so(plain: LayoutProblem) -> None:
    layouts = {"given": random_layout(plain, np.random.default_rng(0))}
    beside = replace(plain, fixed_layout=np.array([[-400.0, 600.0]]), fixed_types=np.zeros(1, int))
    counted = replace(beside, fixed_counted=True)
    alone, waked, all_of_them = (
        second_opinion(problem, layouts)["given"] for problem in (plain, beside, counted)
    )
    assert waked < alone < all_of_them


def test_a_mixed_farm_has_an_aep(mixed: LayoutProblem) -> None:
    layouts = {"random": random_layout(mixed, np.random.default_rng(0))}
    floris = judge(mixed, layouts, Simulator(mixed))["random"].aep
    assert second_opinion(mixed, layouts)["random"] == pytest.approx(floris, rel=0.03)


def test_gradient_is_that_of_aep(plain: LayoutProblem) -> None:
    farm = PyWakeFarm(plain, plain.wind)
    layout = random_layout(plain, np.random.default_rng(0))
    step = np.zeros_like(layout)
    step[4, 1] = 0.01
    slope = (farm.aep(layout + step) - farm.aep(layout - step)) / 0.02
    assert farm.gradient(layout)[4, 1] == pytest.approx(slope, rel=1e-3)


def test_all_conditions_as_a_sample_give_the_gradient_of_an_even_rose(plain: LayoutProblem) -> None:
    wind = replace(plain.wind, probability=np.full((12, 1), 1 / 12))
    farm = PyWakeFarm(plain, wind)
    layout = random_layout(plain, np.random.default_rng(0))
    c = wind.conditions
    sampled = farm.sampled_gradient(layout, c.wd, c.ws, c.ti)
    np.testing.assert_allclose(sampled, farm.gradient(layout), rtol=1e-6, atol=1.0)


def test_uneven_directions_are_refused(plain: LayoutProblem) -> None:
    wind = plain.wind
    uneven = replace(wind, wind_direction=wind.wind_direction**1.01)
    with pytest.raises(NoPyWakeModelError, match="12 uneven directions"):
        PyWakeFarm(plain, uneven)


def test_without_pywake_there_is_no_second_opinion(
    plain: LayoutProblem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(judging, "find_spec", lambda name: None)
    ledger = Ledger.open(tmp_path / "ledger.jsonl", {"name": "none"})
    layouts = {"given": np.zeros((9, 2))}
    assert judging.second_opinion(plain, layouts, ledger) is None
    assert not ledger.content().stages
