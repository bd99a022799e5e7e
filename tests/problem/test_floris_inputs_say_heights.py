"""The height of a FLORIS input's wind speeds is kept, and what of an input is left out is said."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from floris import FlorisModel

import windopt
from windopt.errors import ConfigError
from windopt.floris.simulator import Simulator, simulate_power
from windopt.problem.problem import LayoutProblem
from windopt.readers.turbine.floris import library_turbine
from windopt.surrogate.surrogate import Surrogate
from windopt.surrogate.wake_models import farm_physics

X, Y = [0.0, 1500.0, 0.0, 1500.0], [0.0, 0.0, 1500.0, 1500.0]
LAYOUT = np.column_stack([X, Y])
WD, WS, P = np.array([0, 90, 180, 270.0]), np.array([7, 7, 9, 10.0]), np.array([0.1, 0.2, 0.3, 0.4])
TI = np.full(4, 0.06)
ROSE = "wd,ws,freq_val,ti\n0,7,0.1,0.06\n90,7,0.2,0.06\n180,9,0.3,0.06\n270,10,0.4,0.06\n"
LOCAL = ["nrel_5MW", "iea_10MW", "nrel_5MW", "iea_15MW"]


def floris_input(**changes: Any) -> dict[str, Any]:
    """Four turbines of 10 MW with hubs at 119 m, in wind at 90 m with a shear of 0.12."""
    inputs = FlorisModel.get_defaults()
    for switch in ("secondary_steering", "yaw_added_recovery", "transverse_velocities"):
        inputs["wake"][f"enable_{switch}"] = False
    inputs["farm"] = {"layout_x": X, "layout_y": Y, "turbine_type": ["iea_10MW"]}
    inputs["flow_field"] |= {
        "reference_wind_height": 90.0,
        "wind_directions": [270.0],
        "wind_speeds": [8.0],
        "turbulence_intensities": [0.06],
    }
    for key, value in changes.items():
        section, _, name = key.partition("__")
        inputs[section][name] = value
    return inputs


def load(folder: Path, inputs: dict[str, Any], **config: Any) -> LayoutProblem:
    (folder / "input.yaml").write_text(yaml.safe_dump(inputs))
    (folder / "rose.csv").write_text(ROSE)
    (folder / "site.csv").write_text("x,y\n-500,-500\n2500,-500\n2500,2500\n-500,2500\n")
    whole = {"site": "site.csv", "wind_resource": "rose.csv", "refine_wind": False} | config
    (folder / "case.yaml").write_text(yaml.safe_dump(whole))
    return windopt.load_problem(folder / "case.yaml")


def floris_aep(folder: Path, **flow: Any) -> float:
    """Plain FLORIS's AEP of the input in the rose [Wh]."""
    model = FlorisModel(str(folder / "input.yaml"))
    model.set(wind_directions=WD, wind_speeds=WS, turbulence_intensities=TI, **flow)
    model.run()
    return float(8760 * model.get_turbine_powers().sum(axis=1) @ P)


def aep(problem: LayoutProblem) -> float:
    return windopt.verify(problem, LAYOUT, Simulator(problem)).aep


PARTS = {"turbine": "input.yaml", "layout": "input.yaml", "wake": "input.yaml"}


@pytest.mark.parametrize(
    ("changes", "config"),
    [
        ({}, {"system": "input.yaml"}),
        ({}, PARTS | {"atmosphere": "input.yaml"}),
        ({}, PARTS | {"atmosphere": {"wind_shear": 0.12, "reference_height": 90}}),
        ({}, {"system": "input.yaml", "atmosphere": {"turbulence_intensity": 0.1}}),
        ({"flow_field__reference_wind_height": -1}, {"system": "input.yaml"}),
        ({"flow_field__reference_wind_height": 160}, {"system": "input.yaml"}),
        ({"flow_field__wind_shear": 0.0}, {"system": "input.yaml"}),
        ({"farm__turbine_type": LOCAL}, {"system": "input.yaml", "min_spacing_d": 1.0}),
        ({"flow_field__air_density": 1.1}, {"system": "input.yaml"}),
    ],
    ids=[
        *("system", "atmosphere", "said by hand", "beside other air", "-1 is the hub", "above"),
        *("no shear", "mixed hubs", "thin air"),
    ],
)
def test_aep_is_that_of_floris(
    tmp_path: Path, changes: dict[str, Any], config: dict[str, Any]
) -> None:
    problem = load(tmp_path, floris_input(**changes), **config)
    assert aep(problem) == pytest.approx(floris_aep(tmp_path), rel=1e-9)
    alone = Surrogate(farm_physics(problem), "none", types=problem.types)
    free = alone.wake_free_power(WS, 4).double().numpy()
    expected = windopt.verify(problem, LAYOUT, Simulator(problem)).judged
    without_wakes = 8760 * float(free @ P)
    assert without_wakes == pytest.approx(
        expected.aep / (1 - expected.wake_loss_pct / 100), rel=1e-6
    )


def test_published_case_has_floris_energy(tmp_path: Path) -> None:
    """168.684 GWh of plain FLORIS; with the speeds at the hub it is 152.594 GWh."""
    problem = load(tmp_path, floris_input(), system="input.yaml")
    assert problem.reference_height == 90.0
    assert aep(problem) / 1e9 == pytest.approx(168.684, abs=5e-4)
    at_hub = load(tmp_path, floris_input(flow_field__reference_wind_height=-1), system="input.yaml")
    assert at_hub.reference_height == 119.0
    assert aep(at_hub) / 1e9 == pytest.approx(152.594, abs=5e-4)


def test_wake_alone_says_nothing_of_heights(tmp_path: Path) -> None:
    parts = {"wake": "input.yaml", "turbine": "floris:iea_10MW", "n_turbines": 4}
    problem = load(tmp_path, floris_input(), **parts)
    assert problem.reference_height == 119.0
    assert problem.wind_shear == 0.0


def test_a_resource_that_knows_its_height_is_brought_to_that_of_the_speeds(tmp_path: Path) -> None:
    """A .tab at 60 m: the wind at the hub is that of 60 m, by the same power law, not twice."""
    tab = "mast\n55.0 4.0 60.0\n4 1.0 0.0\n25 25 25 25\n" + "".join(
        f"{u} {p} {p} {p} {p}\n" for u, p in ((8, 0), (9, 1000))
    )
    (tmp_path / "mast.tab").write_text(tab)
    parts = {"wind_resource": "mast.tab", "n_turbines": 1, "turbine": "floris:iea_10MW"}
    air = {"wind_shear": 0.12, "turbulence_intensity": 0.06}
    powers = []
    for height in (None, 60, 90):
        problem = load(tmp_path, {}, atmosphere=air | {"reference_height": height}, **parts)
        (speed,) = problem.wind.wind_speed[problem.wind.probability.sum(axis=0) > 0]
        assert speed == pytest.approx(8.5 * ((height or 119) / 60) ** 0.12, rel=1e-9)
        powers.append(simulate_power(problem, np.zeros((1, 2)), 270.0, speed, 0.06)[0, 0])
    np.testing.assert_allclose(powers, powers[0], rtol=1e-9)


def test_hubs_of_several_heights_without_shear_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parts = {"turbine": ["floris:nrel_5MW", "floris:iea_15MW"], "turbine_counts": [2, 2]}
    load(tmp_path, {}, **parts)
    assert "hubs stand at 90 to 150 m, but atmosphere.wind_shear is 0" in caplog.text
    assert "5.2 % faster at 150 m than at 90 m" in caplog.text
    caplog.clear()
    load(tmp_path, {}, atmosphere={"wind_shear": 0.1}, **parts)
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


def test_height_that_is_of_no_effect_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = {"turbine": "floris:iea_10MW", "n_turbines": 4}
    load(tmp_path, {}, atmosphere={"reference_height": 90}, **one)
    assert "speeds hold at 90 m, and hubs stand at 119 m, but" in caplog.text


@pytest.mark.parametrize("key", ["turbine", "layout"])
def test_air_that_is_not_taken_over_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    one = {"turbine": "floris:iea_10MW", "n_turbines": 4} | {key: "input.yaml"}
    problem = load(tmp_path, floris_input(), **one)
    assert problem.wind_shear == 0.0
    told = f"{key} is of input.yaml, whose air is not: wind_shear 0.12, reference_height 90.0; add"
    assert caplog.text.count(told) == 1
    caplog.clear()
    load(tmp_path, floris_input(), **one, atmosphere={"wind_shear": 0.1})
    assert "whose air is not" not in caplog.text


def test_hub_height_of_several_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    inputs = floris_input(flow_field__reference_wind_height=-1, farm__turbine_type=LOCAL)
    problem = load(tmp_path, inputs, system="input.yaml", min_spacing_d=1.0)
    assert problem.reference_height == 90.0
    told = "reference_wind_height -1 with hubs at 90 and 119 and 150 m, which FLORIS refuses"
    assert told in caplog.text


BENT = {"gauss": {"ad": 5.0, "bd": 0.0}}
EMPIRICAL = {
    "velocity_model": "empirical_gauss",
    "turbulence_model": "wake_induced_mixing",
    "deflection_model": "empirical_gauss",
    "combination_model": "sosfs",
}
ON = {f"wake__enable_{s}": True for s in
      ("secondary_steering", "yaw_added_recovery", "transverse_velocities")}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"flow_field__wind_sheer": 0.1}, "wind_sheer: is no entry of FLORIS; did you mean"),
        ({"wake__enable_secondary": True}, "enable_secondary: is no entry of FLORIS"),
        ({"farm__layout_z": [1.0]}, "layout_z: is no entry of FLORIS"),
        ({"flow_field__reference_wind_height": 0.0}, "reference_height"),
        ({"flow_field__reference_wind_height": -2.0}, "reference_height"),
        ({"wake__wake_deflection_parameters": BENT}, "5.0 moves wakes sideways without yaw"),
        (ON | {"wake__model_strings": EMPIRICAL}, "'empirical_gauss' beside GCH"),
        (
            {"wake__model_strings": EMPIRICAL | {"deflection_model": "gauss"}},
            "'gauss' beside empirical_gauss",
        ),
        (
            {
                "wake__model_strings": EMPIRICAL,
                "wake__wake_deflection_parameters": {
                    "empirical_gauss": {"mixing_gain_deflection": 0.1}
                },
            },
            "mixing_gain_deflection 0.1 is not supported",
        ),
        (
            {"farm__turbine_type": [{"turbine_type": "a"}, {"turbine_type": "a", "TSR": 8.0}] * 2},
            "two turbines of the name 'a'",
        ),
    ],
)
def test_what_floris_would_do_otherwise_is_refused(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        load(tmp_path, floris_input(**changes), system="input.yaml")


def test_empirical_gauss_as_floris_ships_it(tmp_path: Path) -> None:
    """With yaw-added recovery, of no effect without yaw, and a deflection of its own."""
    bent = {"empirical_gauss": {"horizontal_deflection_gain_D": 2.0, "deflection_rate": 30}}
    inputs = floris_input(
        wake__model_strings=EMPIRICAL,
        wake__enable_yaw_added_recovery=True,
        wake__wake_deflection_parameters=bent,
        farm__layout_y=[0.0, 0.0, 0.0, 0.0],
        farm__layout_x=[0.0, 1000.0, 2000.0, 3000.0],
    )
    problem = load(tmp_path, inputs, system="input.yaml", min_spacing_d=1.0, layout=None,
                   n_turbines=4)  # fmt: skip
    row = np.column_stack([np.arange(4) * 1000.0, np.zeros(4)])
    power = simulate_power(problem, row, WD, WS, TI)
    model = FlorisModel(str(tmp_path / "input.yaml"))
    model.set(wind_directions=WD, wind_speeds=WS, turbulence_intensities=TI)
    model.run()
    np.testing.assert_allclose(power, model.get_turbine_powers(), rtol=1e-9, atol=1e-3)
    assert farm_physics(problem).deflection == (2.0, 30.0)


def test_own_library_beside_floris(tmp_path: Path) -> None:
    """A file of the name of one of FLORIS's counts only where the input says where to look."""
    inputs = floris_input()
    definition = {"hub_height": 130.0, "turbine_type": "iea_10MW"}
    (tmp_path / "iea_10MW.yaml").write_text(yaml.safe_dump(definition))
    assert load(tmp_path, inputs, system="input.yaml").turbine.hub_height == 119.0
    inputs["farm"]["turbine_library_path"] = "."
    with pytest.raises(ConfigError, match="in turbine_library_path and in FLORIS's own library"):
        load(tmp_path, inputs, system="input.yaml")


def test_wind_of_an_input_at_the_hub_is_brought_to_another_height(tmp_path: Path) -> None:
    """8 m/s at the hub, 119 m, by the input's own shear of 0.12."""
    inputs = floris_input(flow_field__reference_wind_height=-1)
    parts = {"turbine": "floris:iea_10MW", "n_turbines": 1, "wind_resource": "input.yaml"}
    air = {"wind_shear": 0.12, "reference_height": 60}
    wind = load(tmp_path, inputs, **parts, atmosphere=air).wind
    np.testing.assert_allclose(wind.wind_speed, 8 * (60 / 119) ** 0.12)


def test_floater_that_leans_forward_into_too_much_thrust_is_refused(tmp_path: Path) -> None:
    """FLORIS's powers are NaN there."""
    definition = yaml.safe_load(library_turbine("nrel_5MW").read_text())
    definition["correct_cp_ct_for_tilt"] = True
    definition["floating_tilt_table"] = {"wind_speed": [3.0, 25.0], "tilt": [0.0, 0.0]}
    definition["power_thrust_table"]["ref_tilt"] = 12.0
    (tmp_path / "leans.yaml").write_text(yaml.safe_dump(definition))
    problem = "becomes 1.* at a tilt of 0 instead of 12 degrees, for which FLORIS has no induction"
    with pytest.raises(ConfigError, match=problem):
        load(tmp_path, {}, turbine="leans.yaml", n_turbines=1)
