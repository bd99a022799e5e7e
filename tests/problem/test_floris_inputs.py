"""A FLORIS input is the problem that it is in FLORIS; a windIO system is the sum of its parts."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from floris import FlorisModel

from windopt.config.reader import load_config
from windopt.errors import ConfigError
from windopt.floris.simulator import simulate_power
from windopt.readers.load import load_problem

CONFIGS = Path(__file__).parents[2] / "configs"
INPUT = yaml.safe_load((CONFIGS / "examples" / "floris_input.yaml").read_text())


@pytest.fixture
def case_of(tmp_path):
    """Write a FLORIS input with changes by dotted key; return a config that names it."""

    def case_of(changes=None, **config):
        document = yaml.safe_load(yaml.safe_dump(INPUT))
        for key, value in (changes or {}).items():
            *sections, last = key.split(".")
            node = document
            for section in sections:
                node = node[section]
            if value is None:
                del node[last]
            else:
                node[last] = value
        (tmp_path / "input.yaml").write_text(yaml.safe_dump(document))
        rose = str(CONFIGS / "examples" / "rose.csv")
        site = str(CONFIGS / "examples" / "site.yaml")
        whole = {"system": "input.yaml", "site": site, "wind_resource": rose} | config
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(whole))
        return tmp_path / "config.yaml"

    return case_of


GCH = {f"wake.enable_{s}": True for s in
       ("secondary_steering", "yaw_added_recovery", "transverse_velocities")}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {},
        GCH,
        {
            "wake.model_strings.velocity_model": "jensen",
            "wake.wake_velocity_parameters": {"jensen": {"we": 0.08}},
        },
        {"wake.model_strings.velocity_model": "cc", 
         "wake.wake_velocity_parameters": {"cc": {"a_f": 3.0}},
         "wake.wake_turbulence_parameters": {"crespo_hernandez": {"initial": 0.1}}},
        {"farm.turbine_type": ["nrel_5MW"] * 8 + ["iea_10MW"] * 8, "flow_field.wind_shear": 0.0,
         "flow_field.reference_wind_height": 90.0},
        {
            "farm.turbine_type": ["iea_15MW_multi_dim_cp_ct"],
            "flow_field.multidim_conditions": {"Tp": 2.5, "Hs": 4.0},
        },
    ],
    ids=["plain", "gch", "jensen", "class defaults", "types", "multidim"],
)  # fmt: skip
def test_problem_has_the_powers_of_floris(case_of, changes, tmp_path):
    path = case_of(changes, site=str(CONFIGS / "suite" / "square100_site.yaml"), min_spacing_d=1.0)
    problem = load_problem(path)
    wd, ws, ti = np.array([0, 90, 271, 300.0]), np.array([6, 8, 10, 13.0]), np.full(4, 0.08)
    ours = simulate_power(problem, problem.initial_layout, wd, ws, ti)
    model = FlorisModel(str(tmp_path / "input.yaml"))
    model.set(wind_directions=wd, wind_speeds=ws, turbulence_intensities=ti)
    model.run()
    np.testing.assert_allclose(ours, model.get_turbine_powers(), rtol=1e-9)


def test_resolved_config_holds_the_wake(case_of):
    config = load_config(case_of(GCH))
    assert config.wake.gch
    assert config.wake.parameters == {"wake_velocity_parameters": {},
                                      "wake_turbulence_parameters": {}}  # fmt: skip
    assert config.atmosphere.wind_shear == 0.12
    assert config.atmosphere.turbulence_intensity == 0.06
    assert "system" not in config.model_dump()


def test_what_the_config_says_goes_before_the_input(case_of):
    config = load_config(
        case_of(
            turbine="floris:iea_10MW", wake={"velocity_model": "cc"}, layout=None, n_turbines=4
        ),
        {"wake.combination_model": "fls", "atmosphere.wind_shear": 0.1},
    )
    assert config.turbine == "floris:iea_10MW"
    assert config.layout is None
    assert (config.wake.velocity_model, config.wake.combination_model) == ("cc", "fls")
    assert config.atmosphere.wind_shear == 0.1


def test_sections_may_be_named_one_by_one(case_of):
    jensen = {"wake.model_strings.velocity_model": "jensen"}
    parts = {"turbine": "floris:nrel_5MW", "wake": "input.yaml", "n_turbines": 4}
    config = load_config(case_of(jensen, system=None, **parts))
    assert config.wake.velocity_model == "jensen"
    assert config.atmosphere.wind_shear == 0.0


def test_one_wind_of_the_input_may_be_the_resource(case_of):
    changes = {"flow_field.reference_wind_height": 45.0}
    problem = load_problem(case_of(changes, wind_resource="input.yaml"))
    assert problem.reference_height == 45.0
    np.testing.assert_allclose(problem.wind.wind_speed, 8)
    np.testing.assert_array_equal(problem.wind.probability, [[1]])
    own_air = {"reference_height": 90.0}
    wind = load_problem(case_of(changes, wind_resource="input.yaml", atmosphere=own_air)).wind
    np.testing.assert_allclose(wind.wind_speed, 8 * 2**0.12)


@pytest.mark.parametrize(
    ("changes", "config", "problem"),
    [
        (GCH | {"wake.enable_secondary_steering": False}, {}, "only some of GCH"),
        ({"wake.enable_active_wake_mixing": True}, {}, "enable_active_wake_mixing is true"),
        ({"wake.model_strings.velocity_model": "gaus"}, {}, "unknown name 'gaus'; did you mean"),
        ({"wake.model_strings.velocity_model": None}, {}, "names no velocity_model"),
        ({"wake.wake_velocity_parameters": {"gauss": {"alfa": 1}}}, {}, "no parameter 'alfa'"),
        ({"flow_field.wind_veer": 0.03}, {}, "wind_veer 0.03"),
        ({"floris_version": "v3"}, {}, "input of FLORIS v3"),
        ({"farm.turbine_type": ["nrel_5mw"]}, {}, "no 'nrel_5mw'; did you mean 'nrel_5MW'"),
        ({"farm.turbine_type": ["nrel_5MW"] * 3}, {}, "3 types for 16 turbines"),
        ({"farm.layout_y": [0.0]}, {}, "16 layout_x and 1 layout_y"),
        ({"flow_field.wind_directions": [0, 90]}, {"wind_resource": "input.yaml"},
         "names 2 winds, and not how often"),
        ({}, {"system": "inputs.yaml"}, "did you mean 'input.yaml'"),
        ({}, {"system": 3}, "3 is no path"),
        ({}, {"multidim_conditions": {"Tp": "long"}}, "multidim_conditions"),
        ({"farm.turbine_type": ["iea_15MW_multi_dim_cp_ct"]}, {}, "conditions: is missing"),
    ],
)  # fmt: skip
def test_fault_of_an_input_is_told(case_of, changes, config, problem):
    with pytest.raises(ConfigError, match=problem):
        load_problem(case_of(changes, **config))


def test_include_is_followed_but_not_for_ever(case_of, tmp_path):
    path = case_of()
    (tmp_path / "wake.yaml").write_text(yaml.safe_dump(INPUT["wake"]))
    rest = yaml.safe_dump({key: value for key, value in INPUT.items() if key != "wake"})
    (tmp_path / "input.yaml").write_text(rest + "wake: !include wake.yaml\n")
    assert load_config(path).wake.velocity_model == "gauss"
    (tmp_path / "wake.yaml").write_text("again: !include wake.yaml\n")
    with pytest.raises(ConfigError, match="includes itself"):
        load_config(path)
    (tmp_path / "wake.yaml").write_text("!!python/object/apply:os.system ['true']\n")
    with pytest.raises(ConfigError, match="cannot be read as YAML"):
        load_config(path)


@pytest.mark.parametrize("name", ["from_floris", "hornsrev", "time_series", "multidim"])
def test_shipped_configs_have_no_fault(name):
    problem = load_problem(CONFIGS / f"{name}.yaml")
    assert problem.wind.probability.sum() == pytest.approx(1, abs=1e-12)
    assert 7 < problem.wind.mean_wind_speed < 10


def test_windio_system_is_the_sum_of_its_parts():
    whole = load_problem(CONFIGS / "windio_system.yaml")
    parts = load_problem(CONFIGS / "quickstart.yaml", {
        "wind_resource": "windIO:plant_energy_resource/IEA37_case_study_3_energy_resource.yaml"
    })  # fmt: skip
    assert whole.site.area.equals(parts.site.area)
    for one, other in ((whole.wind, parts.wind), (whole.turbine, parts.turbine)):
        for key, value in vars(one).items():
            np.testing.assert_array_equal(value, vars(other)[key])
    np.testing.assert_array_equal(whole.initial_layout, parts.initial_layout)
