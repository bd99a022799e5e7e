"""The formula fitted to a wake model is that model's, is read whole or not at all, and is cheap."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import windopt
from windopt.config.wake import WakeConfig
from windopt.errors import RunFolderError, SurrogateMismatchError
from windopt.floris.simulator import Simulator
from windopt.problem.conditions import Conditions
from windopt.problem.farm import Farm
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.surrogate.analytic import analytic_surrogate
from windopt.surrogate.fitted_formula import (
    FILE,
    FormulaConstants,
    digest_of,
    fitted_formula,
    fitted_with,
    mean_turbulence,
    read_fits,
)

CONFIGS = Path(__file__).parents[2] / "configs"
D, TI = 198.0, 0.09
GRID = np.stack(np.meshgrid(np.arange(4), np.arange(3)), axis=-1).reshape(-1, 2)
LAYOUT = D * (5.0 * GRID + np.random.default_rng(3).uniform(-1.0, 1.0, GRID.shape))
WD = np.arange(0.0, 360.0, 12.0)
WIND = Conditions(WD, np.full(30, 8.5), np.full(30, TI), np.full(30, 1 / 30))


def under(problem: LayoutProblem, fit: dict[str, Any]) -> LayoutProblem:
    """Return a problem under the wake model that a fit is of."""
    return replace(problem, wake=WakeConfig.model_validate(fit["wake"]))


@pytest.fixture(scope="module")
def problem() -> LayoutProblem:
    """Turbines of 10 MW; FLORIS's gauss."""
    return load_problem(CONFIGS / "quickstart.yaml", {"device": "cpu"})


def test_every_wake_model_has_its_own_constants(problem: LayoutProblem) -> None:
    """Of all fits, the one of its name is nearest to FLORIS in a farm that no fit has seen.

    GCH is left out: without yaw it changes next to nothing.
    """
    fits = {name: fit for name, fit in read_fits().items() if not fit["wake"]["gch"]}
    assert set(fits) == {
        "jensen", "gauss", "cc", "turboparkgauss", "turbopark", "empirical_gauss",
    }  # fmt: skip
    farm = Farm.of_one_type(LAYOUT[None])
    for name, fit in fits.items():
        other = under(problem, fit)
        truth = Simulator(other).turbine_power(farm, WIND)
        assert fit["wake"]["velocity_model"] == name

        def error(constants: dict[str, float], other: Any = other, truth: Any = truth) -> float:
            surrogate = fitted_with(other, FormulaConstants(**constants), TI, "it")
            return float(np.square(surrogate.turbine_power(farm, WIND) - truth).mean())

        errors = {of: error(one["constants"]) for of, one in fits.items()}
        assert min(errors, key=errors.__getitem__) == name
        plain = analytic_surrogate(other).turbine_power(farm, WIND)
        assert errors[name] < 0.5 * np.square(plain - truth).mean()


def test_it_is_the_formula_of_the_problem(problem: LayoutProblem) -> None:
    surrogate = fitted_formula(problem)
    fit = read_fits()["gauss"]
    shape, constants = surrogate.flow.kernel.shape, fit["constants"]
    assert mean_turbulence(problem) == pytest.approx(0.075)
    k = constants["expansion"] + 0.075 * constants["expansion_per_ti"]
    assert shape.expansion == pytest.approx(k)
    assert (shape.initial_width, shape.strength) == (
        constants["initial_width"],
        constants["strength"],
    )
    facts = surrogate.facts["formula"]
    assert facts["fitted_to"] == "gauss"
    assert facts["errors"] == fit["errors"]
    assert facts["energy_wh"]["train"]["central"] > 0.0


@pytest.mark.parametrize(
    ("model", "gch", "name"),
    [("gauss", True, "gauss_gch"), ("cc", True, "cc"), ("turbopark", False, "turbopark")],
)
def test_fit_goes_by_model_and_gch(
    problem: LayoutProblem, model: Any, gch: bool, name: str
) -> None:
    other = replace(problem, wake=WakeConfig(velocity_model=model, gch=gch))
    assert fitted_formula(other).facts["formula"]["fitted_to"] == name


@pytest.mark.parametrize("rule", ["sosfs", "fls", "max"])
def test_deficits_combine_as_the_problem_says(problem: LayoutProblem, rule: Any) -> None:
    other = replace(problem, wake=WakeConfig(combination_model=rule))
    assert fitted_formula(other).flow.physics.superposition == rule


@pytest.mark.parametrize("velocity_model", ["iea37", "none"])
def test_where_nothing_is_fitted_it_is_task_37s(
    problem: LayoutProblem, velocity_model: Any
) -> None:
    other = replace(
        problem, wake=WakeConfig(velocity_model=velocity_model, turbulence_model="none")
    )
    surrogate, plain = fitted_formula(other), analytic_surrogate(other)
    assert surrogate.fingerprint == plain.fingerprint
    assert surrogate.flow.kernel.shape == plain.flow.kernel.shape
    farm = Farm.of_one_type(LAYOUT[None])
    assert np.array_equal(surrogate.turbine_power(farm, WIND), plain.turbine_power(farm, WIND))


def test_saved_and_loaded_it_is_the_same(problem: LayoutProblem, tmp_path: Path) -> None:
    """And is not taken for the wake model's own surrogate."""
    surrogate = fitted_formula(problem)
    surrogate.save(tmp_path)
    loaded = windopt.load_surrogate(tmp_path)
    farm = Farm.of_one_type(LAYOUT[None])
    assert np.array_equal(loaded.turbine_power(farm, WIND), surrogate.turbine_power(farm, WIND))
    assert loaded.facts["formula"]["fitted_to"] == "gauss"
    with pytest.raises(SurrogateMismatchError, match="formula fitted to gauss"):
        windopt.load_surrogate(tmp_path, problem)


def shortened(text: str) -> str:
    """Cut the end off."""
    return text[: len(text) // 2]


def swapped(text: str) -> str:
    """Give two models each other's constants."""
    content = json.loads(text)
    one, other = content["fits"]["gauss"], content["fits"]["jensen"]
    one["constants"], other["constants"] = other["constants"], one["constants"]
    return json.dumps(content)


def without_fits(text: str) -> str:
    """Take the fits out."""
    return json.dumps({key: part for key, part in json.loads(text).items() if key != "fits"})


@pytest.mark.parametrize("damage", [shortened, swapped, without_fits, lambda _: "[]", None])
def test_a_damaged_file_is_refused(damage: Callable[[str], str] | None, tmp_path: Path) -> None:
    path = tmp_path / "formula.json"
    if damage is not None:
        path.write_text(damage(FILE.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"formula\.json.*install windopt again") as refused:
        read_fits(path)
    assert refused.value.exit_code == 2


def test_the_file_says_where_it_comes_from() -> None:
    content = json.loads(FILE.read_text(encoding="utf-8"))
    assert content["sha256"] == digest_of(content["fits"])
    assert content["command"].split()[-1] == "results/kernels/fit_formula.py"
    assert content["licence"] == "BSD-3-Clause"
    result = CONFIGS.parent / "results" / "kernels" / "formula.json"
    for name, one in json.loads(result.read_text(encoding="utf-8")).items():
        assert one["constants"] == content["fits"][name]["constants"]
