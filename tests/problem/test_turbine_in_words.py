"""A turbine in the words that `windopt check` prints, and its sizes in comments."""

from pathlib import Path

import pytest

from windopt.errors import ConfigError
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.turbine.floris import library_turbine, read_floris_turbine
from windopt.readers.turbine.table import read_turbine_csv

ROWS = "ws,power [kW],ct\n3,0,0.8\n8,1100,0.8\n12,3000,0.6\n25,3000,0.1\n"


def test_words_are_a_text() -> None:
    turbine = read_floris_turbine(library_turbine("floris:nrel_5MW"), TurbineContext())
    assert turbine.in_words == "nrel_5MW: 5 MW, D 125.88 m, hub 90 m"


@pytest.mark.parametrize("line", ["# hub_height: 262 ft", "# hub height [ft]: 262"])
def test_feet_in_a_comment_are_a_fault(tmp_path: Path, line: str) -> None:
    """The tower would be 262 m high."""
    file = tmp_path / "t.csv"
    file.write_text(f"{line}\n{ROWS}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"hub_height is .262 ft. in the comments; .*, in m"):
        read_turbine_csv(file, TurbineContext(rotor_diameter=90.0))


@pytest.mark.parametrize("line", ["# hub_height: 80 m", "# hub height [m]: 80", "# hub_height: 80"])
def test_metres_in_a_comment_are_read(tmp_path: Path, line: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(f"{line}\n{ROWS}", encoding="utf-8")
    assert read_turbine_csv(file, TurbineContext(rotor_diameter=90.0)).hub_height == 80.0
