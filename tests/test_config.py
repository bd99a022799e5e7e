"""The config: what it refuses, how it resolves, what identifies it."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from windopt.config.reader import config_hash, dump_config, load_config
from windopt.config.schema import Config
from windopt.errors import ConfigError, Fault

MINIMAL = {"site": "site.yaml", "wind_resource": "windIO:rose.yaml", "turbine": "turbine.yaml"}


@pytest.fixture
def write(tmp_path):
    def write(text=None, **values):
        path = tmp_path / "farm.yaml"
        path.write_text(text if text is not None else yaml.safe_dump(MINIMAL | values))
        return path

    return write


def faults_of(path, overrides=None) -> dict[str, Fault]:
    with pytest.raises(ConfigError) as caught:
        load_config(path, overrides)
    return {fault.where: fault for fault in caught.value.faults}


def test_minimal_config_takes_name_from_file_and_defaults(write):
    config = load_config(write())
    assert config.name == "farm"
    assert config.min_spacing_d == 2.0
    assert config.wake.velocity_model == "gauss"
    assert config.budget.watt_hours is None


def test_paths_are_relative_to_the_config_and_windio_is_kept(write, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    config = load_config(write(layout="given/layout.csv", turbine="/elsewhere/turbine.yaml"))
    assert config.site == str(tmp_path / "site.yaml")
    assert config.layout == str(tmp_path / "given" / "layout.csv")
    assert config.turbine == "/elsewhere/turbine.yaml"
    assert config.wind_resource == "windIO:rose.yaml"


def test_paths_of_several_turbines_are_relative_to_the_config(write, tmp_path):
    config = load_config(write(turbine=["one.yaml", "/elsewhere/two.yaml", "windIO:three.yaml"]))
    assert config.turbine == [
        str(tmp_path / "one.yaml"),
        "/elsewhere/two.yaml",
        "windIO:three.yaml",
    ]


def test_list_of_one_turbine_is_that_turbine(write):
    plain = load_config(write())
    assert config_hash(load_config(write(turbine=["turbine.yaml"]))) == config_hash(plain)


def test_config_is_immutable(write):
    config = load_config(write())
    with pytest.raises(ValidationError):
        config.seed = 3
    with pytest.raises(ValidationError):
        config.wake.gch = True


def test_all_faults_are_reported_at_once(write):
    path = write(
        turbine=None,
        min_spacing_d=0.5,
        seed="many",
        wake={"velocity_model": "gaus", "speed": 1},
        n_turbinez=3,
        energy={"grid_g_per_kwh": {"low": 9, "central": 3, "high": 5}},
    )
    faults = faults_of(path)
    assert set(faults) == {
        "farm.yaml: turbine",
        "farm.yaml: min_spacing_d",
        "farm.yaml: seed",
        "farm.yaml: wake.velocity_model",
        "farm.yaml: wake.speed",
        "farm.yaml: n_turbinez",
        "farm.yaml: energy.grid_g_per_kwh",
    }


@pytest.mark.parametrize(
    ("values", "where", "problem", "cure"),
    [
        ({"n_turbinez": 3}, "n_turbinez", "unknown key 'n_turbinez'", "mean 'n_turbines'?"),
        ({"min_spacing_d": 0.5}, "min_spacing_d", "0.5", "greater than or equal to 1"),
        ({"wake": {"velocity_model": "gaus"}}, "wake.velocity_model", "'gaus'", "'gauss'"),
        ({"wake": "gauss"}, "wake", "'gauss' is not a section", "velocity_model"),
        ({"turbine": []}, "turbine", "[] names no file", "a list of them"),
        ({"turbine": ["a.yaml", 3]}, "turbine", "names no file", "a list of them"),
        ({"turbine_counts": [3, -1]}, "turbine_counts.1", "-1", "number of turbines of each type"),
        ({"turbine_counts": 3}, "turbine_counts", "3 is refused", "turbines of each type"),
        ({"seed": float("nan")}, "seed", "nan", "finite"),
        ({"budget": {"seconds": -1}}, "budget.seconds", "-1", "greater than 0"),
        ({"energy": {"country": "Denmark"}}, "energy.country", "'Denmark'", "ISO 3166"),
        ({"energy": {"country": "NL"}}, "energy.country", "'NL'", "NLD (Netherlands)"),
        ({"energy": {"meter": "wall"}}, "energy.meter", "'wall'", "auto, none, rapl, vcpu"),
        ({"energy": {"cross_check": True}}, "energy.cross_check", "country", "energy.country"),
        (
            {"energy": {"meter": "none"}, "budget": {"watt_hours": 5}},
            "energy",
            "budget.watt_hours 5",
            "energy.meter: auto",
        ),
        ({"operation": {"country": "XKX"}}, "operation.country", "'XKX'", "displaced_g_per_kwh"),
        (
            {"wake": {"velocity_model": "empirical_gauss"}},
            "wake",
            "'crespo_hernandez'",
            "turbulence_model: wake_induced_mixing",
        ),
        (
            {"wake": {"parameters": {"wake_velocity_parameters": {"we": 0.1}}}},
            "wake",
            "'gauss' has no parameter 'we'",
            "alpha, beta, ka, kb",
        ),
        (
            {"wake": {"parameters": {"wake_velocity_parameters": {"ka": "wide"}}}},
            "wake",
            "ka = 'wide'",
            "give a float",
        ),
        ({"wake": {"parameters": {"gauss": {}}}}, "wake.parameters", "'gauss'", "wake_velocity_"),
    ],
)
def test_fault_names_culprit_value_and_cure(write, values, where, problem, cure):
    (fault,) = faults_of(write(**values)).values()
    assert fault.where == f"farm.yaml: {where}"
    assert problem in fault.problem
    assert cure in fault.cure


def test_error_text_numbers_the_faults(write):
    with pytest.raises(ConfigError) as caught:
        load_config(write(seed=-1, n_turbines=0))
    lines = str(caught.value).splitlines()
    assert [line[:2] for line in lines] == ["1.", "2."]
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["a: [1", "- a\n- b\n", "", "\t"])
def test_file_that_is_no_mapping_is_refused(write, text):
    (fault,) = faults_of(write(text)).values()
    assert fault.where == "farm.yaml"


def test_missing_file_suggests_its_neighbour(write):
    path = write()
    (fault,) = faults_of(path.with_name("fram.yaml")).values()
    assert "no file" in fault.problem
    assert "'farm.yaml'" in fault.cure


def test_folder_is_no_config(tmp_path):
    (fault,) = faults_of(tmp_path).values()
    assert "folder" in fault.problem


def test_overrides_take_dotted_keys_and_yaml_strings(write):
    config = load_config(
        write(wake={"gch": True}),
        {
            "wake.velocity_model": "cc",
            "train.learning_rate": "1e-3",
            "n_turbines": "9",
            "budget.seconds": 2.5,
            "seed": "null",
        },
    )
    assert config.wake.velocity_model == "cc"
    assert config.wake.gch
    assert config.train.learning_rate == 1e-3
    assert config.n_turbines == 9
    assert config.budget.seconds == 2.5
    assert config.seed == 0


def test_faulty_overrides_are_faults(write):
    faults = faults_of(write(), {"seed.x": "1", "seed": "[1", "wake.modle": "cc"})
    assert faults.keys() == {"seed", "farm.yaml: wake.modle", "farm.yaml: seed"}


def test_overrides_leave_the_callers_values_alone(write):
    wake = {"gch": True}
    load_config(write(), {"wake": wake, "wake.velocity_model": "cc"})
    assert wake == {"gch": True}


def test_dumped_config_loads_equal_with_the_same_hash(write, tmp_path):
    parameters = {"wake_velocity_parameters": {"ka": 0.3}}
    config = load_config(write(seed=7, wake={"parameters": parameters}, layout="layout.csv"))
    copy = tmp_path / "elsewhere" / "config.yaml"
    copy.parent.mkdir()
    dump_config(config, copy)
    assert copy.read_text().splitlines()[0] == f"# config hash: {config_hash(config)}"
    assert load_config(copy) == config
    assert config_hash(load_config(copy)) == config_hash(config)


def test_hash_follows_meaning_not_wording(write):
    plain = config_hash(load_config(write()))
    assert plain == config_hash(load_config(write(seed=0, wake={"gch": False}, name="farm")))
    assert plain != config_hash(load_config(write(seed=1)))
    assert len(plain) == 16


def test_config_can_be_made_in_python():
    config = Config(name="farm", **MINIMAL)
    assert config.atmosphere.air_density == 1.225


def test_shipped_configs_use_only_windio_examples():
    for path in (Path(__file__).parents[1] / "configs").glob("[qb]*.yaml"):
        config = load_config(path)
        assert config.name == path.stem
        assert config.site.startswith("windIO:")


# -- rows -----------------------------------------------------------------------------------------


def test_regularity_is_a_weight_or_weights(write):
    assert load_config(write()).optimise.regularity == [0.0]
    assert load_config(write(optimise={"regularity": 2})).optimise.regularity == [2.0]
    assert load_config(write(optimise={"regularity": [1, 0]})).optimise.regularity == [1.0, 0.0]
    regular = load_config(write(optimise={"pattern": "regular", "regularity": 0}))
    assert regular.optimise.pattern == "regular"


def test_faults_of_pattern_and_regularity_say_the_cure(write):
    path = write(optimise={"pattern": "regulr", "regularity": [1, -2]}, seed=-1)
    faults = faults_of(path)
    assert faults["farm.yaml: optimise.pattern"].cure == "did you mean 'regular'?"
    weight = faults["farm.yaml: optimise.regularity.1"]
    assert "-2 is refused" in weight.problem
    assert "greater than or equal to 0" in weight.cure
    assert "farm.yaml: seed" in faults
    twice = faults_of(write(optimise={"regularity": [1, 0.5, 1]}))["farm.yaml: optimise.regularity"]
    assert (twice.problem, twice.cure) == ("holds 1 twice", "keep one of them")
    assert "farm.yaml: optimise.regularity" in faults_of(write(optimise={"regularity": []}))


def test_regular_pattern_takes_no_regularity(write):
    fault = faults_of(write(optimise={"pattern": "regular", "regularity": [0, 2]}))
    fault = fault["farm.yaml: optimise"]
    assert "regularity 0, 2 is of no use with pattern 'regular'" in fault.problem
    assert fault.cure == "leave regularity out, or set pattern: free"
