"""The result as a windIO wind farm, for the tools that read windIO."""

from pathlib import Path

import yaml

from windopt.problem import FloatArray, LayoutProblem
from windopt.report.run_folder import write_text


def write_windio_layout(path: Path, problem: LayoutProblem, layout: FloatArray) -> None:
    """Write a layout (n_turbines, 2) [m] with its turbine (windIO schema ``plant/wind_farm``)."""
    turbine = problem.turbine
    speeds = turbine.wind_speed.tolist()
    farm = {
        "name": problem.name,
        "layouts": [{"coordinates": {"x": layout[:, 0].tolist(), "y": layout[:, 1].tolist()}}],
        "turbines": {
            "name": turbine.name,
            "performance": {
                "power_curve": {
                    "power_wind_speeds": speeds,
                    "power_values": turbine.power.tolist(),
                },
                "Ct_curve": {
                    "Ct_wind_speeds": speeds,
                    "Ct_values": turbine.thrust_coefficient.tolist(),
                },
            },
            "hub_height": turbine.hub_height,
            "rotor_diameter": turbine.rotor_diameter,
        },
    }
    write_text(path, yaml.safe_dump(farm, sort_keys=False, default_flow_style=None, width=100))
