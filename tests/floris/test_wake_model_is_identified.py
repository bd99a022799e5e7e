"""The hash stands for the wake a surrogate learns: FLORIS's models, their parameters, the shear."""

from pathlib import Path
from typing import Any

import pytest

from windopt.floris.adapter import wake_model_hash
from windopt.readers.load import load_problem

VELOCITY = "wake.parameters.wake_velocity_parameters"
TURBULENCE = "wake.parameters.wake_turbulence_parameters"
EMPIRICAL = {
    "wake.velocity_model": "empirical_gauss",
    "wake.turbulence_model": "wake_induced_mixing",
}


def hash_of(config: Path, overrides: dict[str, Any] | None = None) -> str:
    return wake_model_hash(load_problem(config, overrides))


def test_every_part_of_the_wake_model_counts(small_config: Path) -> None:
    variants: list[dict[str, Any]] = [
        {},
        {"wake.velocity_model": "jensen"},
        {"wake.velocity_model": "cc"},
        EMPIRICAL,
        {"wake.turbulence_model": "none"},
        {"wake.combination_model": "max"},
        {"wake.gch": True},
        {f"{VELOCITY}.ka": 0.4},
        {f"{VELOCITY}.ka": 0.41},
        {f"{TURBULENCE}.constant": 0.6},
        {"atmosphere.wind_shear": 0.12},
    ]
    assert len({hash_of(small_config, variant) for variant in variants}) == len(variants)


@pytest.mark.parametrize(
    "overrides",
    [
        {"turbine": "windIO:plant_energy_turbine/IEA37_15MW_turbine.yaml"},
        {"atmosphere.air_density": 1.1},
        {"seed": 5},
        {"name": "other"},
        {"min_spacing_d": 3.0},
        {"layout": None, "n_turbines": 4},
        {f"{VELOCITY}.ka": 0.38},  # FLORIS's own value
    ],
    ids=lambda overrides: next(iter(overrides)),
)
def test_nothing_else_counts(small_config: Path, overrides: dict[str, Any]) -> None:
    assert hash_of(small_config, overrides) == hash_of(small_config)
