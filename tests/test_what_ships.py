"""The wheel holds all that a run needs, and a config that ships is known by its name."""

import os
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

from windopt.config.reader import load_config
from windopt.config.shipped import find_config, shipped_configs
from windopt.errors import ConfigError

ROOT = Path(__file__).parents[1]
BUILD = "import setuptools.build_meta as b, sys; print(b.build_sdist(sys.argv[1]))"
CHECK = """
import windopt.commands.cli as cli
assert "site" in cli.__file__.split("/")[-4], cli.__file__
cli.main()
"""


def call(*arguments: str | Path, cwd: Path, **environment: str) -> str:
    """Run Python and return what it printed."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build an sdist of this checkout, a wheel of that, and install it into a folder of its own."""
    folder = tmp_path_factory.mktemp("dist")
    checkout = folder / "checkout"
    checkout.mkdir()
    listed = ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "configs", "windopt")
    for name in listed:
        (checkout / name).symlink_to(ROOT / name)
    sdist = call("-c", BUILD, folder, cwd=checkout).split()[-1]
    with tarfile.open(folder / sdist) as packed:
        packed.extractall(folder, filter="data")
    pip = ("-m", "pip", "-q", "--disable-pip-version-check")
    options = ("--no-deps", "--no-index", "--no-build-isolation")
    unpacked = folder / sdist.removesuffix(".tar.gz")
    call(*pip, "wheel", *options, "-w", folder, ".", cwd=unpacked)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    call(*pip, "install", "--no-compile", "--no-deps", "--target", site, wheel, cwd=folder)
    return site


def test_wheel_knows_its_configs_where_there_is_no_checkout(site: Path, tmp_path: Path) -> None:
    listed = call("-c", CHECK, "run", "--list", cwd=tmp_path, PYTHONPATH=str(site))
    assert "quickstart" in listed
    said = call("-c", CHECK, "check", "quickstart", cwd=tmp_path, PYTHONPATH=str(site))
    assert "14.08 km²" in said


def test_wheel_has_every_file_of_the_configs_and_the_kernels(site: Path) -> None:
    shipped = {path.relative_to(site / "windopt" / "configs") for path in _files(site)}
    assert shipped == {path.relative_to(ROOT / "configs") for path in _files(ROOT)}
    kernels = {path.name for path in (site / "windopt").glob("surrogate/kernels/*/*.safetensors")}
    assert len(kernels) >= 1
    assert list((site / "windopt").glob("report/live/*.js"))


def _files(root: Path) -> list[Path]:
    folder = root / "windopt" / "configs" if root != ROOT else root / "configs"
    left_out = (".py", ".pyc")
    found = (path for path in folder.rglob("*") if path.is_file())
    return [p for p in found if p.suffix not in left_out and not p.name.endswith(".check.png")]


def test_all_configs_that_ship_are_named_and_say_what_they_are_about() -> None:
    configs = {config.name: config.about for config in shipped_configs()}
    assert {"quickstart", "borssele", "onshore"} <= set(configs)
    assert "large_site" not in configs  # a site is no config
    assert all(about and "Run it with" not in about for about in configs.values())


def test_name_means_the_file_that_ships_unless_there_is_one_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_config(Path("quickstart")) == ROOT / "configs" / "quickstart.yaml"
    assert load_config("quickstart").name == load_config(ROOT / "configs/quickstart.yaml").name
    Path("quickstart").write_text("name: my own")
    assert find_config(Path("quickstart")) == Path("quickstart")
    assert find_config(Path("quickstart.yaml")) == Path("quickstart.yaml")


@pytest.mark.parametrize(
    ("name", "cure"), [("quickstrat", "did you mean 'quickstart'?"), ("x", "known are ")]
)
def test_unknown_name_is_told_with_the_names_that_are_known(
    name: str, cure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="no config of this name ships") as caught:
        load_config(name)
    assert cure in str(caught.value)


def test_one_version_is_stated() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
