"""Commands load what they need and no more: `check` and `init` neither PyTorch, Numba nor FLORIS.

`--help` and `--version` load nothing of what windopt computes with.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import windopt

ROOT = Path(windopt.__file__).parents[1]
CONFIGS = ROOT / "configs"
BASIC = ("numpy", "shapely", "yaml", "matplotlib", "windopt.config", "windopt.problem")
HEAVY = ("torch", "numba", "floris", "xarray", "scipy.optimize", "scipy.stats")


@pytest.mark.parametrize(
    "arguments",
    [
        [
            "check",
            str(CONFIGS / "borssele.yaml"),
        ],  # scenarios are looked up in kernels: that takes PyTorch
        ["check", str(CONFIGS / "mixed.yaml"), "--no-draw"],
        [
            "init",
            *("--site", "windIO:plant_energy_site/IEA37_case_study_3_energy_site.yaml"),
            *("--wind", "windIO:plant_energy_resource/IEA37_case_study_4_energy_resource.yaml"),
            *("--turbine", "floris:iea_10MW"),
            *("--n-turbines", "9", "--ti", "0.06", "--yes"),
        ],
    ],
    ids=["check", "check-several-types", "init-floris-turbine"],
)
def test_nothing_heavy_is_imported(arguments: list[str], tmp_path: Path) -> None:
    said, loaded = loaded_by(arguments, HEAVY, tmp_path)
    assert "no faults" in said
    assert loaded == "loaded: []"


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["compare", "--help"], ["init", "--help"], ["--version"]],
    ids=" ".join,
)
def test_help_loads_nothing_that_computes(arguments: list[str], tmp_path: Path) -> None:
    said, loaded = loaded_by(arguments, (*BASIC, *HEAVY), tmp_path)
    assert "Usage" in said or said.startswith("windopt ")
    assert loaded == "loaded: []"


def loaded_by(arguments: list[str], names: tuple[str, ...], folder: Path) -> tuple[str, str]:
    """Return what a command says, and which of some modules it has loaded."""
    code = (
        "import sys\n"
        f"sys.argv = ['windopt', *{arguments!r}]\n"
        "from windopt.commands.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as ended:\n"
        "    assert not ended.code, ended.code\n"
        f"print('loaded:', [name for name in {names!r} if name in sys.modules])\n"
    )
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *said, loaded = done.stdout.strip().splitlines()
    return "\n".join(said), loaded
