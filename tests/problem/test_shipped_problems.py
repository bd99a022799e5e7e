"""The shipped configs give the published problems (IEA Wind Task 37, case studies 3 and 4)."""

from pathlib import Path

import numpy as np
import pytest

from windopt.problem.constraints import check_feasibility
from windopt.readers.load import load_problem

CONFIGS = Path(__file__).parents[2] / "configs"
AREAS_KM2 = (14.08, 5.21, 6.90, 6.12, 3.83)  # parcels of case study 4


@pytest.mark.parametrize(
    ("name", "n_turbines", "areas"),
    [("quickstart", 25, AREAS_KM2[:1]), ("borssele", 81, AREAS_KM2)],
)
def test_problem_is_the_published_one(name, n_turbines, areas):
    problem = load_problem(CONFIGS / f"{name}.yaml")
    assert problem.n_turbines == n_turbines
    assert problem.min_spacing_m == 396
    assert sorted(p.area / 1e6 for p in problem.site.polygons) == pytest.approx(
        sorted(areas), abs=0.005
    )
    assert problem.wind.probability.shape == (360, 20)
    assert problem.wind.probability.sum() == pytest.approx(1, abs=1e-12)
    assert problem.turbine.rated_power == 10e6
    assert problem.hours_per_year == 8760

    # Wake-free AEP of 81 turbines by the official formula: 3,446,535 MWh.
    conditions = problem.wind.conditions
    power = np.interp(
        conditions.ws, problem.turbine.wind_speed, problem.turbine.power, left=0, right=0
    )
    aep_mwh = 81 * 8760 * float(power @ conditions.weight) / 1e6
    assert aep_mwh == pytest.approx(3_446_535, rel=1e-5)

    # Published layouts lie outside by rounding, by 0.065 m; the pipeline repairs them.
    feasibility = check_feasibility(problem, problem.initial_layout)
    assert not feasibility.feasible
    assert feasibility.max_boundary_violation_m == pytest.approx(0.065, abs=0.0005)
    assert feasibility.min_spacing_d > 2


def test_one_system_file_can_serve_all_parts():
    system = "windIO:wind_energy_system/IEA37_case_study_3_wind_energy_system.yaml"
    parts = dict.fromkeys(("site", "wind_resource", "turbine", "layout"), system)
    whole = load_problem(CONFIGS / "quickstart.yaml", parts)
    apart = load_problem(CONFIGS / "quickstart.yaml")
    assert whole.site.area.equals(apart.site.area)
    np.testing.assert_array_equal(whole.initial_layout, apart.initial_layout)
    np.testing.assert_array_equal(whole.turbine.power, apart.turbine.power)
    assert len(whole.given_wind.wind_direction) == 20


def test_loaded_config_loads_again_with_overrides():
    problem = load_problem(CONFIGS / "quickstart.yaml")
    again = load_problem(problem.config, {"wake.velocity_model": "cc"})
    assert problem.wake.velocity_model == "gauss"
    assert again.wake.velocity_model == "cc"
    assert again.config.wake == again.wake
