"""A first config from a FLORIS input has its air, also where something of it is said by hand."""

from pathlib import Path

from windopt.config.reader import load_config
from windopt.initialise.draft import Draft, draft_text

EXAMPLES = Path(__file__).parents[1] / "configs" / "examples"


def test_what_is_said_by_hand_stands_beside_the_air_of_the_input(tmp_path: Path) -> None:
    text = (EXAMPLES / "floris_input.yaml").read_text()
    given = text.replace("reference_wind_height: -1", "reference_wind_height: 90.0")
    assert given != text
    (tmp_path / "input.yaml").write_text(given.replace("air_density: 1.225", "air_density: 1.2"))
    site, rose = (str(EXAMPLES / name) for name in ("site.yaml", "rose.csv"))
    own = {"turbulence_intensity": 0.08}
    draft = Draft("site", site, rose, [str(tmp_path / "input.yaml")], n_turbines=4, facts=own)
    (tmp_path / "site.yaml").write_text(draft_text(draft, tmp_path / "site.yaml"))
    air = load_config(tmp_path / "site.yaml").atmosphere
    assert air.turbulence_intensity == 0.08
    assert (air.wind_shear, air.air_density, air.reference_height) == (0.12, 1.2, 90.0)
