"""Power that a turbine consumes counts in the AEP as in plain FLORIS, in calm as well."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from floris import FlorisModel

from windopt.exports.floris_layout import write_floris_layout
from windopt.exports.windio_layout import write_windio_layout
from windopt.floris.alone import wake_free_aep
from windopt.floris.simulator import Simulator
from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem
from windopt.surrogate.analytic import analytic_surrogate
from windopt.verification.evaluate import judge

SPEED = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 18, 25, 25, 30]
POWER = [
    *(-25, -25, -25, 0, 19.8, 119.8, 343.8, 726.4, 1297.7, 2084.7, 3112.4, 4404.3),
    *(5000, 5000, 5000, -30, -30),
]  # [kW]
THRUST = [*([0] * 3), *([8 / 9] * 12), 0, 0]
LAYOUT = 126.0 * np.array([[4, 10], [9, 10], [14, 10.5], [4, 14.0]])


def turbine_csv(density: float = 1.225) -> str:
    rows = [f"{u},{p},{ct}" for u, p, ct in zip(SPEED, POWER, THRUST, strict=True)]
    facts = ["# rotor_diameter: 126", "# hub_height: 90", f"# air_density: {density}"]
    return "\n".join([*facts, "wind_speed,power [kW],ct", *rows])


def write_problem(folder: Path, speeds: list[float], **entries: object) -> LayoutProblem:
    rng = np.random.default_rng(0)
    often = rng.uniform(0.5, 1.5, (12, len(speeds)))
    often /= often.sum()
    rose = [
        f"{30 * i},{u},{often[i, j]:.17g}" for i in range(12) for j, u in enumerate(speeds)
    ]  # fmt: skip
    (folder / "rose.csv").write_text("\n".join(["wd,ws,freq_val", *rose]))
    (folder / "site.csv").write_text("x,y\n0,0\n3000,0\n3000,3000\n0,3000\n")
    (folder / "t.csv").write_text(turbine_csv())
    config = {
        "name": "standby",
        "site": "site.csv",
        "wind_resource": "rose.csv",
        "turbine": "t.csv",
        "n_turbines": 4,
        "refine_wind": False,
        "atmosphere": {"turbulence_intensity": 0.07, "wind_shear": 0.0},
        "wake": {
            "velocity_model": "iea37",
            "turbulence_model": "none",
            "combination_model": "sosfs",
        },
        **entries,
    }
    (folder / "c.yaml").write_text(yaml.safe_dump(config))
    return load_problem(folder / "c.yaml")


def floris_aep(problem: LayoutProblem, layout: FloatArray, model: str, **wind: FloatArray) -> float:
    """The AEP of plain FLORIS [Wh], with the curves as they stand in the file."""
    import windopt.floris.iea37  # noqa: F401

    config = FlorisModel.get_defaults()
    config["logging"]["console"]["enable"] = False
    strings = {"velocity_model": model, "deflection_model": "none", "turbulence_model": "none"}
    config["wake"]["model_strings"].update(strings, combination_model="sosfs")
    if model == "iea37":
        config["wake"]["wake_velocity_parameters"]["iea37"] = {"k": 0.0324555}
        config["solver"]["turbine_grid_points"] = 1
    for switch in ("secondary_steering", "yaw_added_recovery", "transverse_velocities"):
        config["wake"][f"enable_{switch}"] = False
    speed = np.array(SPEED, dtype=float)
    speed[15] += 0.001
    curves = {"wind_speed": speed, "power": POWER, "thrust_coefficient": THRUST}
    curves |= {"ref_air_density": 1.225, "ref_tilt": 0.0}
    curves |= {"cosine_loss_exponent_yaw": 1.88, "cosine_loss_exponent_tilt": 1.88}
    own = {"turbine_type": "own", "hub_height": 90.0, "rotor_diameter": 126.0, "TSR": 8.0}
    config["farm"] = {"layout_x": layout[:, 0], "layout_y": layout[:, 1]}
    config["farm"]["turbine_type"] = [own | {"power_thrust_table": curves}]
    wd, ws = np.meshgrid(wind["wd"], wind["ws"], indexing="ij")
    config["flow_field"].update(
        wind_directions=wd.ravel(),
        wind_speeds=ws.ravel(),
        turbulence_intensities=np.full(wd.size, 0.07),
        wind_shear=problem.wind_shear,
        reference_wind_height=90.0,
    )
    farm = FlorisModel(config)
    farm.run()
    return float(farm.get_farm_AEP(freq=wind["probability"].ravel()))


@pytest.mark.parametrize(
    ("model", "shear"), [("iea37", 0.0), ("jensen", 0.0), ("gauss", 0.12)]
)  # fmt: skip
def test_aep_and_wake_loss_are_those_of_floris(tmp_path, model, shear):
    problem = write_problem(
        tmp_path,
        [0.5, 1.5, 5.5, 8.5, 12.5, 24.5, 25.5],
        wake={"velocity_model": model, "turbulence_model": "none", "combination_model": "sosfs"},
        atmosphere={"turbulence_intensity": 0.07, "wind_shear": shear},
    )
    wind = problem.wind
    rose = {"wd": wind.wind_direction, "ws": wind.wind_speed, "probability": wind.probability}
    judged = judge(problem, {"a": LAYOUT}, Simulator(problem))["a"]
    expected = floris_aep(problem, LAYOUT, model, **rose)
    alone = 4 * floris_aep(problem, LAYOUT[:1], model, **rose)
    assert judged.aep == pytest.approx(expected, rel=1e-9)
    assert judged.wake_loss_pct == pytest.approx(100 * (1 - expected / alone), rel=1e-6)
    assert wake_free_aep(problem) == pytest.approx(alone, rel=1e-9)
    if model == "iea37":
        predicted = float(analytic_surrogate(problem).aep(LAYOUT[None], wind))
        assert predicted == pytest.approx(expected, rel=1e-6)


def test_calm_counts(tmp_path):
    """A fifth of the time calm: -25 kW per turbine; FLORIS divides by a wind speed of 0."""
    problem = write_problem(tmp_path, [0.0, 5.0, 8.0, 12.0, 20.0])
    wind = problem.wind
    judged = judge(problem, {"a": LAYOUT}, Simulator(problem))["a"]
    windy = {"wd": wind.wind_direction, "ws": wind.wind_speed[1:]}
    expected = floris_aep(problem, LAYOUT, "iea37", **windy, probability=wind.probability[:, 1:])
    expected -= 8760 * wind.probability[:, 0].sum() * 4 * 25e3
    assert judged.aep == pytest.approx(expected, rel=1e-9)
    predicted = float(analytic_surrogate(problem).aep(LAYOUT[None], wind))
    assert predicted == pytest.approx(expected, rel=1e-6)


def test_exports_have_the_same_curves(tmp_path):
    """Step at cut-out, consumption, and air other than standard, read back."""
    problem = write_problem(tmp_path, [0.5, 4.5, 8.5, 12.5, 24.5, 25.5])
    (tmp_path / "t.csv").write_text(turbine_csv(density=1.1))
    problem = load_problem(tmp_path / "c.yaml")
    expected = judge(problem, {"a": LAYOUT}, Simulator(problem))["a"].aep
    write_floris_layout(tmp_path / "f.yaml", tmp_path / "wind.csv", problem, LAYOUT)
    write_windio_layout(tmp_path / "w.yaml", problem, LAYOUT)
    for name in ("f.yaml", "w.yaml"):
        again = load_problem(tmp_path / "c.yaml", {"turbine": str(tmp_path / name)})
        aep = judge(again, {"a": LAYOUT}, Simulator(again))["a"].aep
        assert aep == pytest.approx(expected, rel=1e-9)


def test_pywake_has_the_same_curves(tmp_path):
    pytest.importorskip("py_wake", reason="py_wake comes with windopt[compare]")
    from windopt.pywake.farm import PyWakeFarm

    problem = write_problem(tmp_path, [0.5, 4.5, 8.5, 12.5, 24.5, 25.5])
    expected = judge(problem, {"a": LAYOUT}, Simulator(problem))["a"].aep
    assert PyWakeFarm(problem, problem.wind).aep(LAYOUT) == pytest.approx(expected, rel=1e-9)
