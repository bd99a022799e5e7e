"""One farm in FLORIS: the only place where windopt builds a FLORIS model and converts its units.

FLORIS takes turbine power tables in kW and returns powers in W; everything else is in the units
windopt uses inside (metres, m/s, degrees from north, clockwise). The base configuration is
``FlorisModel.get_defaults()`` (``floris/default_inputs.yaml``), because its parameters are the ones
FLORIS users run with; the class defaults in ``floris/core`` differ from them.

FLORIS is imported where it is used: that takes more than a second, which a process that only
searches need not spend.
"""

import hashlib
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from windopt.config.wake import WakeConfig
from windopt.config.yaml_text import safe_yaml
from windopt.floris.inflow import refuse_beyond, set_inflow
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine

if TYPE_CHECKING:
    from floris import FlorisModel

IEA37, IEA37_EXPANSION = "iea37", 0.0324555
"""Task 37's wake model (`windopt.floris.iea37`), and its k where a config gives none."""
_DEFAULTS = {IEA37: {"k": IEA37_EXPANSION}}
"""Parameters of models that ``floris/default_inputs.yaml`` does not know."""
_EXPONENT = 1.88
"""FLORIS's usual exponent of the cosine; without yaw and a floater it is of no effect."""
CALM = 0.001
"""What stands for a wind speed of 0 [m/s]: FLORIS divides by it."""
_ROTOR_ROWS_D = np.array([-0.25, 0.0, 0.25])
"""Heights above the hub at which FLORIS takes a rotor's wind [rotor diameters]."""


@dataclass(frozen=True)
class FarmState:
    """What FLORIS says about every turbine in every condition.

    Attributes
    ----------
    power : (n_conditions, n_turbines) [W]
    wind_speed : (n_conditions, n_turbines) [m/s]
        Cubic mean over the rotor's points.
    turbulence_intensity : (n_conditions, n_turbines) [-]
    cpu_s : float [s]
        CPU time the simulation took in the process that ran it.
    """

    power: FloatArray
    wind_speed: FloatArray
    turbulence_intensity: FloatArray
    cpu_s: float


def floris_defaults() -> dict[str, Any]:
    """Return what ``FlorisModel.get_defaults()`` gives, without FLORIS."""
    spec = find_spec("floris")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / "default_inputs.yaml").read_text(encoding="utf-8")
    defaults: dict[str, Any] = safe_yaml(text)
    return defaults


def floris_configuration(problem: LayoutProblem) -> dict[str, Any]:
    """Return the FLORIS input dictionary of a problem, with a placeholder layout and wind.

    The placeholder has one turbine of each type, in the order of the problem's types. Where the
    wind varies over the site, ``speed_up`` says how; `floris_model` takes it out again.
    """
    config = floris_defaults()
    wake, n_types = problem.wake, len(problem.turbines)
    config["name"] = problem.name
    config["logging"]["console"]["enable"] = False  # it repeats itself for every farm
    config["flow_field"].update(
        air_density=problem.air_density,
        wind_shear=problem.wind_shear,
        reference_wind_height=problem.reference_height,
        turbulence_intensities=[0.06],
        wind_directions=[270.0],
        wind_speeds=[8.0],
    )
    config["solver"]["turbine_grid_points"] = rotor_points(wake)
    config["wake"]["model_strings"] = {
        "velocity_model": wake.velocity_model,
        "turbulence_model": wake.turbulence_model,
        "combination_model": wake.combination_model,
        "deflection_model": wake.deflection_model,
    }
    for switch in ("secondary_steering", "yaw_added_recovery", "transverse_velocities"):
        config["wake"][f"enable_{switch}"] = wake.gch
    for group, model in (
        ("wake_velocity_parameters", wake.velocity_model),
        ("wake_turbulence_parameters", wake.turbulence_model),
        ("wake_deflection_parameters", wake.deflection_model),
    ):
        if model != "none":
            config["wake"][group].setdefault(model, dict(_DEFAULTS.get(model, {})))
            config["wake"][group][model].update(wake.parameters.get(group, {}))
    config["farm"] = {
        "layout_x": [10.0 * i * problem.rotor_diameter for i in range(n_types)],
        "layout_y": [0.0] * n_types,
        "turbine_type": [_definition(i, turbine) for i, turbine in enumerate(problem.turbines)],
    }
    if problem.speed_up is not None:
        config["speed_up"] = problem.speed_up
    return config


def rotor_points(wake: WakeConfig) -> int:
    """Return the number of points across a rotor, and up it, at which FLORIS takes the wind."""
    return 1 if wake.velocity_model == IEA37 else 3


def free_speed_ratio(problem: LayoutProblem, turbine: Turbine) -> float:
    """Return a free rotor's mean wind speed over that at the reference height [-]."""
    rows = _ROTOR_ROWS_D if rotor_points(problem.wake) > 1 else np.zeros(1)
    height = turbine.hub_height + rows * turbine.rotor_diameter
    profile = (height / problem.reference_height) ** problem.wind_shear
    return float(np.mean(profile**3) ** (1.0 / 3.0))


def _definition(index: int, turbine: Turbine) -> dict[str, Any]:
    """Return FLORIS's definition of a turbine type; FLORIS tells types apart by their names.

    FLORIS itself tilts floating turbines, from their curves at the reference tilt: axial induction
    and wakes follow from the tilt too, not from the curves alone.
    """
    floater = turbine.floater
    curves = (turbine.wind_speed, turbine.power, turbine.thrust_coefficient)
    if floater is not None:
        curves = (floater.curve_speed, floater.power, floater.thrust_coefficient)
    speed, power, thrust = curves
    follows = floater is not None and floater.exponent is not None
    definition: dict[str, Any] = {
        "turbine_type": f"windopt_{index}",
        "hub_height": turbine.hub_height,
        "rotor_diameter": turbine.rotor_diameter,
        "TSR": turbine.tip_speed_ratio,
        "operation_model": "cosine-loss" if follows else "simple",
        "power_thrust_table": {
            "ref_air_density": turbine.ref_air_density,
            "ref_tilt": turbine.tilt,
            "cosine_loss_exponent_tilt": _EXPONENT,
            "cosine_loss_exponent_yaw": _EXPONENT,
            "wind_speed": speed,
            "power": power / 1e3,
            "thrust_coefficient": thrust,
        },
    }
    if floater is not None:
        if floater.exponent is not None:
            definition["power_thrust_table"]["cosine_loss_exponent_tilt"] = floater.exponent
        definition["correct_cp_ct_for_tilt"] = True
        definition["floating_tilt_table"] = {"tilt": floater.tilt, "wind_speed": floater.wind_speed}
    return definition


def wake_model_hash(problem: LayoutProblem) -> str:
    """Identify what a wake kernel learns from: FLORIS's models, their parameters, the shear."""
    config = floris_configuration(problem)
    wake = config["wake"]
    models = wake["model_strings"]
    identity = {
        "models": models,
        "switches": {k: v for k, v in wake.items() if k.startswith("enable_")},
        "parameters": [
            wake[f"wake_{kind}_parameters"].get(models[f"{kind}_model"])
            for kind in ("velocity", "turbulence", "deflection")
        ],
        "wind_shear": config["flow_field"]["wind_shear"],
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]


def floris_model(
    configuration: dict[str, Any],
    layout: FloatArray,
    wd: FloatArray,
    ws: FloatArray,
    ti: FloatArray,
    types: IntArray | None = None,
) -> "FlorisModel":
    """Build FLORIS's model of one layout in many conditions; the arguments of `simulate_farm`."""
    from floris import FlorisModel

    from windopt.floris import iea37  # noqa: F401  # registers that model

    farm = {
        **configuration["farm"],
        "layout_x": layout[:, 0],
        "layout_y": layout[:, 1],
        "turbine_type": _definitions(configuration["farm"]["turbine_type"], types),
    }
    flow = {
        **configuration["flow_field"],
        "wind_directions": wd,
        "wind_speeds": np.maximum(ws, CALM),
        "turbulence_intensities": ti,
    }
    own = {key: section for key, section in configuration.items() if key != "speed_up"}
    with _one_height_is_meant():
        model = FlorisModel({**own, "farm": farm, "flow_field": flow})
    if (speed_up := configuration.get("speed_up")) is not None:
        refuse_beyond(speed_up, layout, _reach(configuration))
        set_inflow(model, speed_up, wd)
    return model


def simulate_farm(
    configuration: dict[str, Any],
    layout: FloatArray,
    wd: FloatArray,
    ws: FloatArray,
    ti: FloatArray,
    types: IntArray | None = None,
) -> FarmState:
    """Run FLORIS once: one layout in many conditions (runs inside a worker process).

    Parameters
    ----------
    configuration : dict
        From `floris_configuration`.
    layout : (n_turbines, 2) [m]
    wd, ws, ti : (n_conditions,) [deg, m/s, -]
    types : (n_turbines,), optional
        Indices of the turbines' types; None makes all of them the first.
    """
    from floris.core.rotor_velocity import average_velocity

    start = time.process_time()
    model = floris_model(configuration, layout, wd, ws, ti, types)
    model.run()
    return FarmState(
        power=model.get_turbine_powers(),
        wind_speed=average_velocity(model.core.flow_field.u, method="cubic-mean"),
        turbulence_intensity=np.asarray(model.core.flow_field.turbulence_intensity_field),
        cpu_s=time.process_time() - start,
    )


def _reach(configuration: dict[str, Any]) -> float:
    """Return how far from the hub FLORIS takes the wind [m]: a quarter of the largest rotor."""
    if configuration["solver"]["turbine_grid_points"] == 1:
        return 0.0
    return 0.25 * float(max(t["rotor_diameter"] for t in configuration["farm"]["turbine_type"]))


def _definitions(known: list[dict[str, Any]], types: IntArray | None) -> list[dict[str, Any]]:
    """Return FLORIS one definition for all turbines, or one for each where types differ."""
    indices = [0] if types is None else types.tolist()
    return [known[i] for i in (indices if len(set(indices)) > 1 else indices[:1])]


@contextmanager
def _one_height_is_meant() -> Iterator[None]:
    """Keep FLORIS from warning of a farm all of whose hubs are off the wind's reference height."""

    def other(record: logging.LogRecord) -> bool:
        return "unique hub-height" not in str(record.msg)

    logger = logging.getLogger("floris.floris_model.FlorisModel")
    logger.addFilter(other)
    try:
        yield
    finally:
        logger.removeFilter(other)
