"""A saved surrogate is complete, comes back bit for bit, and is refused for another wake model."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import windopt
from windopt.errors import LayoutError, RunFolderError, SurrogateMismatchError
from windopt.floris.adapter import wake_model_hash
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.surrogate.surrogate import Surrogate

Conditions = tuple[FloatArray, FloatArray, FloatArray]


@pytest.fixture
def saved(small_surrogate: Surrogate, tmp_path: Path) -> Path:
    small_surrogate.save(tmp_path / "saved" / "surrogate")
    return tmp_path / "saved" / "surrogate"


def test_it_comes_back_bit_for_bit(
    small_surrogate: Surrogate,
    small: LayoutProblem,
    saved: Path,
    farm: FloatArray,
    conditions: Conditions,
) -> None:
    for back in (windopt.load_surrogate(saved), windopt.load_surrogate(saved, small)):
        assert torch.equal(
            back.power(farm[None], *conditions), small_surrogate.power(farm[None], *conditions)
        )
        assert back.hours_per_year == small_surrogate.hours_per_year
        assert back.facts == small_surrogate.facts
        assert back.wake_model == wake_model_hash(small)


def test_its_card_says_what_it_is(small: LayoutProblem, saved: Path) -> None:
    card = json.loads((saved / "card.json").read_text(), parse_constant=pytest.fail)
    assert card["wake_model"] == wake_model_hash(small)
    assert card["schema"] == 3
    assert card["wake"]["velocity_model"] == "gauss"
    (turbine,) = card["turbines"]
    assert turbine["name"] == small.turbine.name
    assert turbine["wind_speed"] == small.turbine.wind_speed.tolist()
    assert card["types"] == [0] * 9
    assert card["valid"] == {
        "turbulence_intensity": [0.03, 0.20],
        "spacing_d": [2.0, 60.0],
        "n_turbines": [2, 500],
    }
    assert set(card["versions"]) == {"windopt", "floris", "torch"}
    assert card["licence"] == "BSD-3-Clause"
    errors = card["facts"]["errors"]
    assert 0 < errors["turbine_power_mape_pct"] < 5
    assert 0 < errors["wind_speed_rmse_pct"] < 5
    assert abs(errors["farm_power_bias_pct"]) < 2


@pytest.mark.parametrize(
    "overrides",
    [
        {"wake.velocity_model": "jensen"},
        {"wake.parameters.wake_velocity_parameters.ka": 0.3},
        {"atmosphere.wind_shear": 0.12},
    ],
)
def test_it_is_refused_for_another_wake_model(
    saved: Path, small_config: Path, overrides: dict[str, object]
) -> None:
    other = load_problem(small_config, overrides)
    with pytest.raises(
        SurrogateMismatchError, match=r"has learned wake model .*; train one for it"
    ):
        windopt.load_surrogate(saved, other)


def test_it_serves_another_turbine_in_other_air(
    saved: Path, small: LayoutProblem, small_config: Path, conditions: Conditions
) -> None:
    other = load_problem(
        small_config,
        {
            "turbine": "windIO:plant_energy_turbine/IEA37_15MW_turbine.yaml",
            "atmosphere.air_density": 1.1,
        },
    )
    alone = np.zeros((1, 2))
    power = windopt.load_surrogate(saved, other).power(alone[None], *conditions)[0]
    truth = windopt.simulate_power(other, alone, *conditions)
    np.testing.assert_allclose(power.detach(), truth, rtol=2e-5, atol=1.0)
    own = windopt.load_surrogate(saved).flow.physics.largest_diameter
    assert own == small.turbine.rotor_diameter


@pytest.mark.parametrize("fault", ["missing", "no card", "torn card", "torn weights", "old card"])
def test_folder_that_holds_none_is_refused(saved: Path, fault: str) -> None:
    card, weights = saved / "card.json", saved / "surrogate.safetensors"
    match fault:
        case "missing":
            saved = saved / "elsewhere"
        case "no card":
            card.unlink()
        case "torn card":
            card.write_text(card.read_text()[:100])
        case "torn weights":
            weights.write_bytes(weights.read_bytes()[:-50])
        case "old card":
            card.write_text(json.dumps({"schema": 0}))
    with pytest.raises(RunFolderError, match=r"holds no readable surrogate: .*windopt train"):
        windopt.load_surrogate(saved)


def test_folder_that_takes_no_files_is_refused(small_surrogate: Surrogate, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunFolderError, match=r"cannot be written: .*choose another folder"):
        small_surrogate.save(tmp_path / "file" / "surrogate")


def test_it_serves_a_farm_of_two_types(
    saved: Path, mixed: LayoutProblem, tmp_path: Path, farm: FloatArray, conditions: Conditions
) -> None:
    loaded = windopt.load_surrogate(saved, mixed)
    power = loaded.power(farm[None, :9], *conditions)
    loaded.save(tmp_path / "mixed")
    card = json.loads((tmp_path / "mixed" / "card.json").read_text())
    assert [turbine["hub_height"] for turbine in card["turbines"]] == [119.0, 110.0]
    assert card["types"] == [0] * 5 + [1] * 4
    back = windopt.load_surrogate(tmp_path / "mixed")
    assert torch.equal(back.power(farm[None, :9], *conditions), power)


def test_farm_of_unknown_types_is_refused(
    saved: Path, mixed: LayoutProblem, farm: FloatArray, conditions: Conditions
) -> None:
    loaded = windopt.load_surrogate(saved, mixed)
    with pytest.raises(LayoutError, match="the types of 9 turbines, the layout has 10; give"):
        loaded.power(farm[None], *conditions)
    power = loaded.power(farm[None], *conditions, np.arange(10) % 2)
    assert power.shape == (1, 30, 10)
