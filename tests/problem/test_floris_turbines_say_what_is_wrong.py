"""A FLORIS turbine with an entry that FLORIS does not know, or a number that is none."""

from pathlib import Path

import pytest
import yaml

from windopt.errors import ConfigError
from windopt.readers.turbine.context import TurbineContext
from windopt.readers.turbine.floris import library_turbine, read_floris_turbine


def read(folder: Path, **changes: object) -> None:
    turbine = yaml.safe_load(library_turbine("nrel_5MW").read_text(encoding="utf-8"))
    turbine["power_thrust_table"]["power"][9] = changes.pop("power", 1427.0)
    (folder / "mine.yaml").write_text(yaml.safe_dump(turbine | changes), encoding="utf-8")
    read_floris_turbine(folder / "mine.yaml", TurbineContext())


def test_misspelt_entry_is_a_fault(tmp_path: Path) -> None:
    """FLORIS refuses it too; read over, a floater would stand upright."""
    with pytest.raises(ConfigError, match="did you mean 'correct_cp_ct_for_tilt'"):
        read(tmp_path, correct_cp_ct_for_tlit=True)


def test_number_with_a_comma_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"power\[9\]: '1,427' is no number"):
        read(tmp_path, power="1,427")
