"""Puts the configs into the wheel, as windopt/configs; setuptools calls it (see pyproject.toml)."""

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

CONFIGS = Path(__file__).resolve().parent
LEFT_OUT = shutil.ignore_patterns("*.py", "__pycache__", "*.check.png")


class BuildWithConfigs(build_py):
    """Build the package with the configs in it; an editable installation has them beside it."""

    def run(self) -> None:
        """Build as always, then copy."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "windopt" / "configs"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(CONFIGS, target, ignore=LEFT_OUT)
