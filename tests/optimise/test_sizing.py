"""The number of turbines found is the one that earns most, whatever it was found from."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from windopt.errors import InfeasibleError, LayoutError
from windopt.optimise import Improvement, Sizing, optimise, size_farm, sizing
from windopt.optimise.objective import Objective
from windopt.optimise.resize import resize, with_one_more, without_one
from windopt.optimise.rose_sampler import RoseSampler
from windopt.problem import FloatArray, LayoutProblem, check_feasibility, load_problem
from windopt.surrogate import Surrogate, analytic_surrogate

DIRECTIONS, PROBABILITY = [0.0, 60.0, 120.0, 240.0, 270.0], [0.1, 0.1, 0.1, 0.4, 0.3]
TINY = {
    "site": {
        "name": "a field",
        "boundaries": {"polygons": [{"x": [0, 1200, 1200, 0], "y": [0, 0, 800, 800]}]},
    },
    "rose": {
        "name": "five directions",
        "wind_resource": {
            "wind_direction": DIRECTIONS,
            "wind_speed": [9.0],
            "probability": {
                "data": [[p] for p in PROBABILITY],
                "dims": ["wind_direction", "wind_speed"],
            },
            "turbulence_intensity": {"data": [0.075], "dims": ["wind_speed"]},
        },
    },
    "tiny": {
        "site": "site.yaml",
        "wind_resource": "rose.yaml",
        "turbine": "windIO:plant_energy_turbine/IEA37_10MW_turbine.yaml",
        "n_turbines": {"min": 2, "max": 7},
        "economics": {"value_per_mwh": 60, "cost_per_turbine": 1.4e6},
        "refine_wind": False,
        "wake": {"velocity_model": "iea37", "turbulence_model": "none"},
        "optimise": {"starts": 2, "steps": 10, "chains": 1, "patience": 4},
    },
}


@pytest.fixture(scope="module")
def tiny_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A field for a few turbines, with a wake formula: nothing to learn."""
    folder = tmp_path_factory.mktemp("tiny")
    for name, part in TINY.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(part))
    return folder / "tiny.yaml"


@pytest.fixture(scope="module")
def tiny(tiny_config: Path) -> LayoutProblem:
    return load_problem(tiny_config)


@pytest.fixture(scope="module")
def formula(tiny: LayoutProblem) -> Surrogate:
    return analytic_surrogate(tiny)


@pytest.fixture(scope="module")
def sized(tiny: LayoutProblem, formula: Surrogate) -> tuple[Sizing, list[FloatArray]]:
    """A search to its end, with the layouts it told of."""
    told: list[FloatArray] = []
    return size_farm(tiny, formula, on_improvement=lambda _, layout: told.append(layout)), told


def profits(problem: LayoutProblem, found: Sizing) -> dict[int, float]:
    assert problem.config.economics is not None
    return {
        one.n_turbines: problem.config.economics.profit(one.aep, one.n_turbines)
        for one in found.layouts
    }


def test_number_is_that_of_brute_force(
    tiny: LayoutProblem, formula: Surrogate, sized: tuple[Sizing, list[FloatArray]]
) -> None:
    by_force = {}
    for n in range(2, 8):
        aep = optimise(tiny.with_n_turbines(n), formula, seed=1).aep_predicted
        by_force[n] = 60 * aep / 1e6 - 1.4e6 * n
    print(by_force, profits(tiny, sized[0]))
    best = max(by_force, key=by_force.__getitem__)
    assert 2 < best < 7
    assert len(sized[0].solution.layout) == best
    assert profits(tiny, sized[0])[best] > (1 - 1e-3) * by_force[best]
