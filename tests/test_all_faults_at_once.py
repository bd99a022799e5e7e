"""A section that is nothing without its faulty entry hides no other fault."""

from pathlib import Path

import pytest

from windopt.errors import ConfigError
from windopt.readers.load import load_problem

SECTIONS = ("site_setback: {m: -5}", "fixed_turbines: {counted: 7}", "n_turbines: yes")


@pytest.mark.parametrize("section", SECTIONS)
def test_files_are_looked_at_beside_a_faulty_section(section: str, tmp_path: Path) -> None:
    config = tmp_path / "a.yaml"
    files = "site: gone.geojson\nwind_resource: gone.csv\nturbine: gone.yaml"
    config.write_text(f"{files}\n{section}\n")
    with pytest.raises(ConfigError) as caught:
        load_problem(config)
    told = {fault.where.removeprefix("a.yaml: ").partition(".")[0] for fault in caught.value.faults}
    assert {"site", "wind_resource", "turbine", section.partition(":")[0]} <= told
