"""The result as a windIO wind farm says the same when it is read back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import windIO
import yaml

from windopt.exports.windio_layout import write_windio_layout
from windopt.problem.problem import LayoutProblem
from windopt.readers.load import load_problem


@pytest.mark.parametrize("name", ["small", "mixed"])
def test_written_farm_loads_back(
    name: str, small_config: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    problem: LayoutProblem = request.getfixturevalue(name)
    assert problem.initial_layout is not None
    path = tmp_path / "layout.windio.yaml"
    write_windio_layout(path, problem, problem.initial_layout + 7.0)
    parts = {"layout": str(path), "turbine": str(path)}
    again = load_problem(small_config, parts)
    np.testing.assert_allclose(again.initial_layout, problem.initial_layout + 7.0)
    np.testing.assert_array_equal(again.types, problem.types)
    for ours, theirs in zip(problem.turbines, again.turbines, strict=True):
        assert theirs.name == ours.name
        assert theirs.hub_height == ours.hub_height
        assert theirs.rotor_diameter == ours.rotor_diameter
        np.testing.assert_array_equal(theirs.wind_speed, ours.wind_speed)
        np.testing.assert_array_equal(theirs.power, ours.power)
        np.testing.assert_array_equal(theirs.thrust_coefficient, ours.thrust_coefficient)
    windIO.validate(path, "plant/wind_farm")


def test_power_is_written_as_in_standard_air(small: LayoutProblem, tmp_path: Path) -> None:
    """Thin air takes more wind for the same power: as much less in air of standard density."""
    thin = replace(small, turbines=(replace(small.turbine, ref_air_density=1.0),))
    path = tmp_path / "layout.windio.yaml"
    write_windio_layout(path, thin, np.zeros((1, 2)))
    curves = yaml.safe_load(path.read_text())["turbines"]["performance"]
    speeds = np.array(curves["power_curve"]["power_wind_speeds"])
    np.testing.assert_allclose(1.225 * speeds**3, 1.0 * small.turbine.wind_speed**3)
    np.testing.assert_array_equal(curves["Ct_curve"]["Ct_wind_speeds"], small.turbine.wind_speed)
