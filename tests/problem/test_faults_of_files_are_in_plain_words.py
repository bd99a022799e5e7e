"""What cannot be read is told in plain words, and once, not for each of thousands of points."""

import gzip
import json
from pathlib import Path

import pytest

from windopt.config.reader import load_config
from windopt.errors import ConfigError
from windopt.readers.load import load_problem
from windopt.readers.places.site import read_site

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
PYTHON_S = ("codec", "KeyError", "unicode string")


@pytest.mark.parametrize("name", ["site.yaml", "site.geojson", "site.shp"])
def test_what_is_no_text_or_no_shapes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bytes(range(250, 100, -1)) * 10)
    with pytest.raises(ConfigError) as caught:
        read_site(str(tmp_path / name))
    assert not any(word in str(caught.value) for word in PYTHON_S)
    if name != "site.shp":
        assert "it is no text in UTF-8 (byte 1 is 0xfa)" in str(caught.value)


def test_packed_config_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "farm.yaml"
    path.write_bytes(gzip.compress(QUICKSTART.read_bytes()))
    with pytest.raises(ConfigError, match="it is packed by gzip, unpack it"):
        load_config(path)


def test_control_character_is_told_by_its_position(tmp_path: Path) -> None:
    path = tmp_path / "farm.yaml"
    path.write_bytes(QUICKSTART.read_bytes() + b"\0")
    with pytest.raises(ConfigError, match=r"not allowed at position \d+"):
        load_config(path)


def test_points_without_a_distance_are_one_fault(tmp_path: Path) -> None:
    houses = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [i, 0]}}
        for i in range(1000, 1300)
    ]
    path = tmp_path / "houses.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": houses}))
    with pytest.raises(ConfigError) as caught:
        load_problem(QUICKSTART, {"exclusions": [{"file": str(path)}]})
    (fault,) = caught.value.faults
    assert fault.problem == "a point has no area, nor have 299 other features"
    assert "add distance_m to exclusions[0]" in fault.cure
