"""windIO's files say to us what they say to windIO."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import windIO

from windopt.readers.windio.yaml_text import load_windio_yaml

spec = find_spec("windIO")
EXAMPLES = sorted(Path(str(spec and spec.origin)).parent.glob("examples/plant/**/*.y*ml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_is_as_windio_reads_it(file: Path) -> None:
    np.testing.assert_equal(load_windio_yaml(file), windIO.load_yaml(file))


def test_there_are_examples_with_netcdf_in_them() -> None:
    assert len(EXAMPLES) > 20
    assert any(b".nc" in file.read_bytes() for file in EXAMPLES)


SCALARS = "1e3 1.5E-3 012 0x1f -.5 .inf on No true ~ 1_000 2020-01-02 1:30 0.0.1 text"


@pytest.mark.parametrize("text", SCALARS.split())
def test_scalars_are_those_of_yaml_1_2(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scalar.yaml"
    file.write_text(f"value: {text}\n")
    assert load_windio_yaml(file) == windIO.load_yaml(file)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "twice.yaml"
    file.write_text("name: one\nturbines: 2\nname: two\n")
    with pytest.raises(Exception, match="'name' stands twice"):
        load_windio_yaml(file)


def test_values_are_plain(tmp_path: Path) -> None:
    file = tmp_path / "evil.yaml"
    file.write_text("name: !!python/object/apply:os.system ['true']\n")
    with pytest.raises(Exception, match="python/object"):
        load_windio_yaml(file)
