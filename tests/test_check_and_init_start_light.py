"""`check` and `init` answer before PyTorch, Numba or FLORIS have been loaded: they need none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import windopt

ROOT = Path(windopt.__file__).parents[1]
CONFIGS = ROOT / "configs"
HEAVY = ("torch", "numba", "floris", "xarray", "scipy.optimize", "scipy.stats")


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", str(CONFIGS / "quickstart.yaml")],
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
    code = (
        "import sys\n"
        f"sys.argv = ['windopt', *{arguments!r}]\n"
        "from windopt.commands.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as ended:\n"
        "    assert not ended.code, ended.code\n"
        f"print('loaded:', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no faults" in done.stdout
    assert done.stdout.strip().endswith("loaded: []")
