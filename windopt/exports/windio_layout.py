"""The result as a windIO wind farm, for the tools that read windIO."""

from pathlib import Path
from typing import Any

import yaml

from windopt.problem.layout import FloatArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.turbine import Turbine
from windopt.readers.windio.turbine import AIR_DENSITY
from windopt.runs.folder import write_text


def write_windio_layout(path: Path, problem: LayoutProblem, layout: FloatArray) -> None:
    """Write a layout (n_turbines, 2) [m] with its turbines (windIO schema ``plant/wind_farm``)."""
    placed: dict[str, Any] = {
        "coordinates": {"x": layout[:, 0].tolist(), "y": layout[:, 1].tolist()}
    }
    farm: dict[str, Any] = {"name": problem.name, "layouts": [placed]}
    if len(problem.turbines) == 1:
        farm["turbines"] = _turbine(problem.turbine)
    else:
        placed["turbine_types"] = problem.types.tolist()
        farm["turbine_types"] = dict(enumerate(map(_turbine, problem.turbines)))
    write_text(path, yaml.safe_dump(farm, sort_keys=False, default_flow_style=None, width=100))


def _turbine(turbine: Turbine) -> dict[str, Any]:
    """Return windIO's turbine; its power is that in air of standard density."""
    speeds = turbine.wind_speed.tolist()
    density = (turbine.ref_air_density / AIR_DENSITY) ** (1.0 / 3.0)
    return {
        "name": turbine.name,
        "performance": {
            "power_curve": {
                "power_wind_speeds": (density * turbine.wind_speed).tolist(),
                "power_values": turbine.power.tolist(),
            },
            "Ct_curve": {
                "Ct_wind_speeds": speeds,
                "Ct_values": turbine.thrust_coefficient.tolist(),
            },
        },
        "hub_height": turbine.hub_height,
        "rotor_diameter": turbine.rotor_diameter,
    }
