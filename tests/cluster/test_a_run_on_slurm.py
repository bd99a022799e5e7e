"""A run on a real Slurm, where somebody asks for it: it takes minutes and installs slurm-wlm."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("slurm.sh")
NO_SLURM = 77
"""Exit code of the script where there can be no Slurm."""


@pytest.mark.skipif(
    not os.environ.get("WINDOPT_TEST_SLURM"),
    reason="takes minutes and installs slurm-wlm: WINDOPT_TEST_SLURM=1 asks for it",
)
def test_a_run_on_slurm_has_the_layout_of_processes() -> None:
    done = subprocess.run([SCRIPT], capture_output=True, text=True, check=False)
    if done.returncode == NO_SLURM:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "the same layout with Slurm" in done.stdout
