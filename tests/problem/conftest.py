"""A small windIO case that each test changes in one place."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

SITE = {
    "name": "square",
    "boundaries": {"polygons": [{"x": [0, 2000, 2000, 0], "y": [0, 0, 1000, 1000]}]},
}
WIND = {
    "name": "rose",
    "wind_resource": {
        "wind_direction": [0, 90, 180, 270],
        "wind_speed": [5, 10],
        "probability": {
            "data": [[0.1, 0.1], [0.1, 0.2], [0.1, 0.1], [0.1, 0.2]],
            "dims": ["wind_direction", "wind_speed"],
        },
        "turbulence_intensity": {"data": 0.06, "dims": []},
    },
}
TURBINE = {
    "name": "2 MW",
    "hub_height": 70,
    "rotor_diameter": 80,
    "performance": {
        "power_curve": {"power_values": [0, 2e6, 2e6], "power_wind_speeds": [4, 12, 25]},
        "Ct_curve": {"Ct_values": [0.8, 0.8, 0.1], "Ct_wind_speeds": [4, 10, 25]},
    },
}
FARM = {"name": "farm", "layouts": [{"coordinates": {"x": [100, 900, 1700], "y": [500] * 3}}]}


@pytest.fixture
def case() -> dict[str, Any]:
    """The parts of a valid problem, to change."""
    config = {part: f"{part}.yaml" for part in ("site", "wind_resource", "turbine", "layout")}
    parts = {"config": config, "site": SITE, "wind_resource": WIND, "turbine": TURBINE}
    return deepcopy(parts | {"layout": FARM})


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Write the parts of a case; return the path of its config."""

    def write(case: dict[str, Any]) -> Path:
        for name, part in case.items():
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(part))
        return tmp_path / "config.yaml"

    return write
