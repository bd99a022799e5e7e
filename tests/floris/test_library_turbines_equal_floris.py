"""Turbines of FLORIS's library, at their heights and tilts, have the powers that FLORIS gives them.

Every expected value is of plain FLORIS, set up from the same input file without windopt.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from floris import FlorisModel

import windopt
from windopt.exports.floris_layout import write_floris_layout
from windopt.floris.adapter import wake_model_hash
from windopt.floris.simulator import Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.other_wakes import under_wake_model
from windopt.readers.turbine.floris import library_turbine
from windopt.surrogate.wake_models import farm_physics

CONFIGS = Path(__file__).parents[2] / "configs"
RNG = np.random.default_rng(5)
LAYOUT = RNG.uniform(0.0, 3500.0, (8, 2))
WD, WS, TI = RNG.uniform(0, 360, 60), RNG.uniform(3, 26, 60), RNG.uniform(0.04, 0.15, 60)
ROW = np.column_stack([np.arange(6) * 700.0, np.zeros(6)])
LIBRARY = ["nrel_5MW", "iea_10MW", "iea_15MW", "iea_22MW", "iea_15MW_multi_dim_cp_ct"]
FLOATING = "iea_15MW_floating_multi_dim_cp_ct"
MODELS = ("gauss", "jensen", "cc", "turbopark", "turboparkgauss", "empirical_gauss", "none")
SWITCHES = ("secondary_steering", "yaw_added_recovery", "transverse_velocities")

Case = tuple[windopt.LayoutProblem, FlorisModel]


def floris_input(model: str, types: list[Any], layout: FloatArray, gch: bool = False) -> Any:
    """FLORIS's defaults with another wake model, in shear from 90 m."""
    inputs = FlorisModel.get_defaults()
    empirical = model == "empirical_gauss"
    inputs["wake"]["model_strings"] |= {
        "velocity_model": model,
        "turbulence_model": "wake_induced_mixing" if empirical else "crespo_hernandez",
        "deflection_model": "empirical_gauss" if empirical else "gauss",
    }
    for switch in SWITCHES:
        inputs["wake"][f"enable_{switch}"] = gch
    inputs["flow_field"] |= {
        "reference_wind_height": 90.0,
        "wind_shear": 0.12,
        "wind_directions": [270.0],
        "wind_speeds": [9.0],
        "turbulence_intensities": [0.06],
        "multidim_conditions": {"Tp": 2.0, "Hs": 1.0},
    }
    inputs["farm"] = {
        "layout_x": layout[:, 0].tolist(),
        "layout_y": layout[:, 1].tolist(),
        "turbine_type": types,
    }
    return inputs


def both(folder: Path, inputs: dict[str, Any], **config: Any) -> Case:
    """The same input as windopt's problem, and as FLORIS's model."""
    (folder / "input.yaml").write_text(yaml.safe_dump(inputs))
    (folder / "site.csv").write_text("x,y\n-500,-500\n4500,-500\n4500,4500\n-500,4500\n")
    (folder / "rose.csv").write_text("wd,ws,freq_val,ti\n250,9,0.5,0.06\n270,11,0.5,0.08\n")
    case = {
        "system": "input.yaml",
        "site": "site.csv",
        "wind_resource": "rose.csv",
        "refine_wind": False,
        "min_spacing_d": 1.0,
    }
    (folder / "case.yaml").write_text(yaml.safe_dump(case | config))
    return windopt.load_problem(folder / "case.yaml"), FlorisModel(str(folder / "input.yaml"))


def powers(model: FlorisModel, wd: FloatArray, ws: FloatArray, ti: FloatArray) -> FloatArray:
    """What plain FLORIS says: (n_conditions, n_turbines) [W]."""
    model.set(wind_directions=wd, wind_speeds=ws, turbulence_intensities=ti)
    model.run()
    return np.asarray(model.get_turbine_powers())


def tilted(inputs: dict[str, Any], tilt: float | None) -> FloatArray:
    """FLORIS's farm powers in the row's wind, with its turbines at another tilt."""
    model = FlorisModel(inputs)
    types = model.core.farm.turbine_definitions
    for definition in types:
        if tilt is not None:
            definition["power_thrust_table"]["ref_tilt"] = tilt
    model.set(turbine_type=types)
    return powers(model, np.array([270.0]), np.array([9.0]), np.array([0.06])).sum(axis=1)


@pytest.mark.parametrize("model", MODELS)
def test_mixed_types_in_every_wake_model(tmp_path: Path, model: str) -> None:
    kinds = [*LIBRARY[:4], *LIBRARY[:4]]
    problem, floris = both(tmp_path, floris_input(model, kinds, LAYOUT))
    ours = windopt.simulate_power(problem, LAYOUT, WD, WS, TI)
    np.testing.assert_allclose(ours, powers(floris, WD, WS, TI), rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize("model", ["gauss", "cc", "turboparkgauss"])
def test_gch_knows_the_tip_speed_ratio(tmp_path: Path, model: str) -> None:
    """22 MW at 9.15: FLORIS's rotation of wakes goes with it, up to 1 % of a turbine's power."""
    problem, floris = both(tmp_path, floris_input(model, ["iea_22MW"], LAYOUT, gch=True))
    ours = windopt.simulate_power(problem, LAYOUT, WD, WS, TI)
    np.testing.assert_allclose(ours, powers(floris, WD, WS, TI), rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize("model", MODELS)
def test_floating_turbines_in_every_wake_model(tmp_path: Path, model: str) -> None:
    problem, floris = both(tmp_path, floris_input(model, [FLOATING], LAYOUT))
    ours = windopt.simulate_power(problem, LAYOUT, WD, WS, TI)
    np.testing.assert_allclose(ours, powers(floris, WD, WS, TI), rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize("name", [*LIBRARY, FLOATING])
def test_row_of_tilted_turbines(tmp_path: Path, name: str) -> None:
    """In `empirical_gauss` tilt lifts wakes off the rotors behind."""
    problem, floris = both(tmp_path, floris_input("empirical_gauss", [name], ROW))
    verdict = windopt.verify(problem, ROW, Simulator(problem))
    truth = powers(floris, np.array([250.0, 270.0]), np.array([9.0, 11.0]), np.array([0.06, 0.08]))
    assert verdict.aep == pytest.approx(8760 * truth.sum(axis=1).mean(), rel=1e-9)
    assert 0.0 < verdict.judged.wake_loss_pct < 60.0


@pytest.mark.parametrize("model", [name for name in MODELS if name != "empirical_gauss"])
def test_tilt_is_of_no_effect_elsewhere_in_floris(model: str) -> None:
    """What makes it right that nothing but `empirical_gauss` asks for the tilt of a fixed rotor."""
    inputs = floris_input(model, ["nrel_5MW"], ROW)
    assert tilted(inputs, 0.0) == pytest.approx(tilted(inputs, 12.0), rel=1e-12)


def test_tilt_is_of_effect_in_empirical_gauss() -> None:
    inputs = floris_input("empirical_gauss", ["nrel_5MW"], ROW)
    assert tilted(inputs, 5.0) == pytest.approx(tilted(inputs, None), rel=1e-12)
    assert tilted(inputs, 5.0) == pytest.approx(1.00614 * tilted(inputs, 0.0), rel=1e-5)


@pytest.mark.parametrize("operation", ["simple", "mixed", "simple-derating", "unified-momentum"])
def test_curves_of_other_operation_models_do_not_follow_a_floater(
    tmp_path: Path, operation: str
) -> None:
    definition = yaml.safe_load(library_turbine("nrel_5MW").read_text())
    definition["operation_model"] = operation
    definition["correct_cp_ct_for_tilt"] = True
    definition["floating_tilt_table"] = {"wind_speed": [4.0, 11.0, 25.0], "tilt": [5.0, 12.0, 6.0]}
    inputs = floris_input("empirical_gauss", [definition], ROW)
    problem, floris = both(tmp_path, inputs)
    wd, ws, ti = np.full(3, 270.0), np.array([8.0, 10.0, 13.0]), np.full(3, 0.06)
    ours = windopt.simulate_power(problem, ROW, wd, ws, ti)
    np.testing.assert_allclose(ours, powers(floris, wd, ws, ti), rtol=1e-9, atol=1e-3)


def test_other_wake_models_are_asked_with_the_tilt(tmp_path: Path) -> None:
    """The robustness of a layout found in `gauss`, under `empirical_gauss`."""
    problem, _ = both(tmp_path, floris_input("gauss", ["nrel_5MW"], ROW))
    other = under_wake_model(problem, "empirical_gauss")
    row = (np.array([270.0]), np.array([9.0]), np.array([0.06]))
    truth = powers(FlorisModel(floris_input("empirical_gauss", ["nrel_5MW"], ROW)), *row)
    ours = windopt.simulate_power(other, ROW, *row)
    np.testing.assert_allclose(ours, truth, rtol=1e-9)


def test_flow_of_a_row_rises_with_the_known_formula(tmp_path: Path) -> None:
    """A kernel that learned nothing of tilt is for turbines of any: the physics has the rise."""
    problem, _ = both(
        tmp_path, floris_input("empirical_gauss", ["nrel_5MW", *["iea_10MW"] * 5], ROW)
    )
    assert [turbine.tilt for turbine in problem.turbines] == [5.0, 6.0]
    assert farm_physics(problem).deflection == (3.0, 22.0)
    upright = replace(problem, turbines=tuple(replace(t, tilt=0.0) for t in problem.turbines))
    assert wake_model_hash(upright) == wake_model_hash(problem)


@pytest.mark.parametrize("name", ["nrel_5MW", FLOATING])
def test_exported_farm_has_in_floris_the_energy_that_windopt_states(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, _ = both(tmp_path, floris_input("empirical_gauss", [name], ROW))
    stated = windopt.verify(problem, ROW, Simulator(problem)).aep
    path = tmp_path / "layout_floris.yaml"
    write_floris_layout(path, tmp_path / "wind.csv", problem, ROW)
    head = [line[2:] for line in path.read_text().splitlines() if line.startswith("# ")]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec("\n".join(head[1:-1]), names)
    assert eval(head[-1], names) == pytest.approx(stated, rel=1e-9)
    again, _ = both(tmp_path, yaml.safe_load(path.read_text()))
    assert again.reference_height == problem.reference_height == 90.0
    assert windopt.verify(again, ROW, Simulator(again)).aep == pytest.approx(stated, rel=1e-9)
